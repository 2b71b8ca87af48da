// Batching over axes that an operation names: groups of indices, several names.

#include "covector/lax/named_axes.h"

#include <algorithm>

#include "covector/lax/collectives.h"
#include "covector/lax/rules.h"

namespace covector {

bool NamedAxes::has(const AxisName& name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int64_t NamedAxes::total() const {
  int64_t n = 1;
  for (const AxisName& name : names) n *= axis_size(name);
  return n;
}

int64_t NamedAxes::size() const { return groups.empty() ? total() : std::ssize(groups[0]); }

Param NamedAxes::names_param() const {
  Param::Tuple t;
  t.items = names;
  return t;
}

Param NamedAxes::name_param() const { return names.size() == 1 ? names[0] : names_param(); }

Param NamedAxes::groups_param() const {
  if (groups.empty()) return Param::None{};
  Param::Tuple t;
  for (const Axes& group : groups) t.items.emplace_back(group);
  return t;
}

void NamedAxes::check(std::string_view operation, bool equal) const {
  int64_t n = total();
  if (groups.empty()) return;
  Axes all;
  for (const Axes& group : groups) {
    require<ValueError>(!equal || group.size() == groups[0].size(), operation,
                        ": axis_index_groups must be of one size, got ", group.size(), " and ",
                        groups[0].size());
    all.append(group);
  }
  std::sort(all.begin(), all.end());
  require<ValueError>(all == rules::iota_axes(n), operation,
                      ": axis_index_groups must cover all indices exactly once, which are those of "
                      "an axis of size ",
                      n);
}

namespace rules {
namespace {

// Each group by itself, and the results put back to where the indices are.
BatchOut in_groups(const Op& op, const std::vector<Axes>& groups, Args in, const InGroup& f) {
  std::vector<Values> parts;  // of each result
  Axes order;
  for (const Axes& group : groups) {
    auto size = std::ssize(group);
    Values rows;
    for (const Value& x : in) rows.push_back(rows_at(x, group));
    BatchOut out = f(op, size, rows);
    parts.resize(out.values.size());
    for (size_t i = 0; i < parts.size(); ++i)
      parts[i].push_back(batch_to_front(out.values[i], size, out.axes[i]));
    order.append(group);
  }
  BatchOut r;
  for (const Values& each : parts) {
    r.values.push_back(rows_at(concatenate(each, 0), inverse_permutation(order)));
    r.axes.push_back(0);
  }
  return r;
}

// [axis, ...] of this index of the other names -> [all of the names as one axis, ...]
Value with_others(const NamedAxes& over, size_t mine, Value x) {
  Shape shape(x.shape().begin() + 1, x.shape().end());
  shape.insert(shape.begin(), over.total());
  for (size_t k = over.names.size(); k-- > 0;)
    if (k != mine) x = all_gather(x, {{over.names[k]}}, 0, false);
  x = move_axis(x, static_cast<int>(over.names.size()) - 1, static_cast<int>(mine));
  return reshape(x, shape);
}

// The other way: the part of this index of the other names.
Value without_others(const NamedAxes& over, size_t mine, const Value& x) {
  Shape all, sizes;
  Values starts;
  Axes gone;
  for (size_t k = 0; k < over.names.size(); ++k) {
    all.push_back(axis_size(over.names[k]));
    sizes.push_back(k == mine ? all.back() : 1);
    starts.push_back(k == mine ? scalar_of(kInt32, int64_t{0}) : axis_index(over.names[k]));
    if (k != mine) gone.push_back(static_cast<int64_t>(k));
  }
  for (int64_t i = 1; i < x.rank(); ++i) {
    all.push_back(x.aval().dim(i));
    sizes.push_back(all.back());
    starts.push_back(scalar_of(kInt32, int64_t{0}));
  }
  return squeeze(dynamic_slice(reshape(x, all), starts, sizes), gone);
}

}  // namespace

BatchOut batch_named(const Op& op, const NamedAxes& over, const AxisData& axis, Args in,
                     const MappedAxes& axes, const InGroup& f) {
  auto at = std::find(over.names.begin(), over.names.end(), axis.name);
  auto mine = static_cast<size_t>(at - over.names.begin());
  bool several = over.names.size() > 1;
  Values x = all_to_front(axis, in, axes);
  if (several)
    for (Value& v : x) v = with_others(over, mine, v);
  int64_t size = several ? over.total() : axis.size;
  BatchOut out = over.groups.empty() ? f(op, size, x) : in_groups(op, over.groups, x, f);
  if (!several) return out;
  for (size_t i = 0; i < out.values.size(); ++i) {
    if (out.axes[i] == kUnmapped) continue;
    out.values[i] = without_others(over, mine, batch_to_front(out.values[i], size, out.axes[i]));
    out.axes[i] = 0;
  }
  return out;
}

Effects names_an_axis(const Op&) { return {&kNamedAxis}; }

JvpOut linear_exchange(const Op& op, Args primals, Args tangents) {
  return {op.bind(primals), tangents[0] ? op.bind(tangents) : Values(1)};
}

Value rows_at(const Value& x, const Axes& rows) {
  if (rows == iota_axes(x.aval().dim(0))) return x;
  std::vector<int32_t> indices(rows.begin(), rows.end());
  return rows_at(x, host_array(Aval(kInt32, {std::ssize(indices)}), indices.data()));
}

Value rows_at(const Value& x, const Value& rows) {
  Shape sizes = x.shape();
  sizes[0] = 1;
  int64_t batch = rows.rank(), last = batch;
  GatherDims dims{.offset_dims = iota_axes(x.rank() - 1, batch),
                  .collapsed_slice_dims = {0},
                  .start_index_map = {0},
                  .operand_batching_dims = {},
                  .start_indices_batching_dims = {}};
  IndexOptions options;
  options.mode = IndexMode::kPromiseInBounds;
  return gather(x, expand_dims(rows, std::span(&last, 1)), dims, sizes, options);
}

}  // namespace rules
}  // namespace covector
