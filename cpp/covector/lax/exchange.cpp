// Collectives that move elements between the indices of a named axis.

#include <algorithm>

#include "covector/lax/collectives.h"
#include "covector/lax/named_axes.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

Value merged(const Value& x, int64_t axis) {  // with the one behind it
  Shape s;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i == axis + 1)
      s.back() *= x.aval().dim(i);
    else
      s.push_back(x.aval().dim(i));
  return reshape(x, s);
}

Value split_off(const Value& x, int64_t axis, int64_t size) {  // in front of the rest of it
  Shape s;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (i == axis) s.push_back(size);
    s.push_back(i == axis ? x.aval().dim(i) / size : x.aval().dim(i));
  }
  return reshape(x, s);
}

// ppermute ---------------------------------------------------------------------------

struct PermuteParams {
  NamedAxes over;
  Sends perm;
  void fields(FieldVisitor& f) const {
    Param::Tuple pairs;
    for (auto [from, to] : perm) pairs.items.emplace_back(Axes{from, to});
    Param name = over.names_param(), p(std::move(pairs));
    f("axis_name", &name);
    f("perm", &p);
  }
  bool operator==(const PermuteParams&) const = default;
};

Avals permute_avals(const Op& op, AvalSpan in) {
  auto& [over, perm] = op.get<PermuteParams>();
  int64_t n = over.total();
  Axes from, to;
  for (auto [src, dst] : perm) {
    require<ValueError>(src >= 0 && src < n && dst >= 0 && dst < n,
                        "ppermute: perm must have indices of an axis of size ", n, ", got ", src,
                        " and ", dst);
    from.push_back(src);
    to.push_back(dst);
  }
  for (Axes* side : {&from, &to}) {
    std::sort(side->begin(), side->end());
    require<ValueError>(std::adjacent_find(side->begin(), side->end()) == side->end(),
                        "ppermute: no index may send twice or receive twice");
  }
  return {in[0]};
}

BatchOut permute_rows(const Op& op, int64_t size, Args in) {
  auto& perm = op.get<PermuteParams>().perm;
  Axes sources(static_cast<size_t>(size), 0);
  std::vector<uint8_t> receives(static_cast<size_t>(size), 0);
  for (auto [from, to] : perm) {
    sources[static_cast<size_t>(to)] = from;
    receives[static_cast<size_t>(to)] = 1;
  }
  Value r = rows_at(in[0], sources);
  if (std::ssize(perm) == size) return {{r}, {0}};
  Value mask = host_array(Aval(kBool, {size}), receives.data());
  int64_t front = 0;
  mask = broadcast_in_dim(mask, r.shape(), std::span(&front, 1));
  return {{select(mask, r, full_like(r, 0))}, {0}};
}

BatchOut permute_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& [over, perm] = op.get<PermuteParams>();
  if (!over.has(axis.name)) return {op.bind(in), {axes[0]}};
  if (axes[0] == kUnmapped && over.names.size() == 1 && std::ssize(perm) == axis.size)
    return {{in[0]}, {kUnmapped}};
  return batch_named(op, over, axis, in, axes, permute_rows);
}

Values permute_transpose(const Op& op, Args cts, TransposeArgs) {
  PermuteParams p = op.get<PermuteParams>();
  for (auto& [from, to] : p.perm) std::swap(from, to);
  return op.prim->with(std::move(p)).bind(cts);
}

const Primitive ppermute_p{{
    .name = "ppermute",
    .abstract_eval = permute_avals,
    .jvp = linear_exchange,
    .transpose = permute_transpose,
    .batch = permute_batch,
    .effects = names_an_axis,
}};

// pbroadcast --------------------------------------------------------------------------

struct BroadcastParams {
  NamedAxes over;
  int64_t source = 0;
  void fields(FieldVisitor& f) const {
    Param name = over.name_param();
    f("axis_name", &name);
    f("source", source);
  }
  bool operator==(const BroadcastParams&) const = default;
};

// Only the source's operand has a part in the results, and in all of them.
Values broadcast_transpose(const Op& op, Args cts, TransposeArgs) {
  auto& [over, source] = op.get<BroadcastParams>();
  Value sum = psum(cts[0], over), index = scalar_of(kInt32, int64_t{0});
  for (const AxisName& name : over.names)
    index = index * scalar_of(kInt32, axis_size(name)) + axis_index(name);
  return {select(eq(index, scalar_of(kInt32, source)), sum, full_like(sum, 0))};
}

BatchOut broadcast_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& [over, source] = op.get<BroadcastParams>();
  if (!over.has(axis.name)) return {op.bind(in), {axes[0]}};
  if (axes[0] == kUnmapped && over.names.size() == 1) return {{in[0]}, {kUnmapped}};
  return batch_named(op, over, axis, in, axes, [&](const Op&, int64_t, Args x) -> BatchOut {
    Axes start(static_cast<size_t>(x[0].rank()), 0), limit = x[0].shape();
    start[0] = source;
    limit[0] = source + 1;
    int64_t front = 0;
    return {{squeeze(slice(x[0], start, limit), std::span(&front, 1))}, {kUnmapped}};
  });
}

const Primitive pbroadcast_p{{
    .name = "pbroadcast",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      auto& [over, source] = op.get<BroadcastParams>();
      require<ValueError>(source >= 0 && source < over.total(),
                          "pbroadcast: source must be an index of the axis, got ", source);
      return {in[0]};
    },
    .jvp = linear_exchange,
    .transpose = broadcast_transpose,
    .batch = broadcast_batch,
    .effects = names_an_axis,
}};

// all_gather and reduce_scatter, each the transpose of the other ------------------------

struct GatherAxisParams {
  std::string_view dimension;  // the name of the parameter `axis`
  NamedAxes over;
  int64_t axis = 0, size = 0;
  bool tiled = false;
  void fields(FieldVisitor& f) const {
    Param names = over.names_param(), groups = over.groups_param();
    f(dimension, axis);
    f("axis_index_groups", &groups);
    f("axis_name", &names);
    f("axis_size", size);
    f("tiled", tiled);
  }
  bool operator==(const GatherAxisParams&) const = default;
};

// Batching over another axis `d`: the parameter's axis, and where `d` is afterwards.
// `change` is by how many axes the rank grows.
BatchOut over_another_axis(const Op& op, Args in, int d, int change) {
  GatherAxisParams p = op.get<GatherAxisParams>();
  if (d == kUnmapped) return {op.bind(in), {kUnmapped}};
  if (d <= p.axis)
    ++p.axis;
  else if (!p.tiled)
    d += change;
  return {op.prim->with(std::move(p)).bind(in), {d}};
}

Avals all_gather_avals(const Op& op, AvalSpan in) {
  auto& p = op.get<GatherAxisParams>();
  p.over.check("all_gather");
  int64_t n = p.size, last = in[0].rank() - (p.tiled ? 1 : 0);
  require<ValueError>(p.axis >= 0 && p.axis <= last, "all_gather: axis ", p.axis,
                      " is out of range for ", in[0]);
  if (!p.tiled) return {in[0].with_axis(p.axis, n)};
  Shape s = in[0].shape();
  s[static_cast<size_t>(p.axis)] *= n;
  return {in[0].with_shape(s)};
}

BatchOut all_gather_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<GatherAxisParams>();
  if (!p.over.has(axis.name)) return over_another_axis(op, in, axes[0], 1);
  return batch_named(op, p.over, axis, in, axes, [&](const Op&, int64_t, Args x) -> BatchOut {
    Value y = move_axis(x[0], 0, static_cast<int>(p.axis));
    return {{p.tiled ? merged(y, p.axis) : y}, {kUnmapped}};
  });
}

const Primitive all_gather_p{{
    .name = "all_gather",
    .abstract_eval = all_gather_avals,
    .jvp = linear_exchange,
    .transpose = [](const Op& op, Args cts, TransposeArgs) -> Values {
      auto& p = op.get<GatherAxisParams>();
      return {reduce_scatter(cts[0], p.over, p.axis, p.tiled)};
    },
    .batch = all_gather_batch,
    .effects = names_an_axis,
}};

Avals reduce_scatter_avals(const Op& op, AvalSpan in) {
  auto& p = op.get<GatherAxisParams>();
  p.over.check("reduce_scatter");
  int64_t n = p.size;
  require<ValueError>(p.axis >= 0 && p.axis < in[0].rank(), "reduce_scatter: axis ", p.axis,
                      " is out of range for ", in[0]);
  int64_t size = in[0].dim(p.axis);
  if (!p.tiled) {
    require<ValueError>(size == n, "reduce_scatter operand scatter dimension size ", size,
                        " must match shard count ", n);
    return {in[0].without_axis(p.axis)};
  }
  require<ValueError>(n > 0 && size % n == 0,
                      "tiled reduce_scatter operand scatter dimension size ", size,
                      " must be divisible by shard_count ", n);
  Shape s = in[0].shape();
  s[static_cast<size_t>(p.axis)] /= n;
  return {in[0].with_shape(s)};
}

BatchOut reduce_scatter_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<GatherAxisParams>();
  if (!p.over.has(axis.name)) return over_another_axis(op, in, axes[0], -1);
  return batch_named(op, p.over, axis, in, axes, [&](const Op&, int64_t n, Args x) -> BatchOut {
    int64_t front = 0;
    Value y = reduce_sum(x[0], std::span(&front, 1));
    return {{p.tiled ? split_off(y, p.axis, n) : y}, {static_cast<int>(p.axis)}};
  });
}

const Primitive reduce_scatter_p{{
    .name = "reduce_scatter",
    .abstract_eval = reduce_scatter_avals,
    .jvp = linear_exchange,
    .transpose = [](const Op& op, Args cts, TransposeArgs) -> Values {
      auto& p = op.get<GatherAxisParams>();
      return {all_gather(cts[0], p.over, p.axis, p.tiled)};
    },
    .batch = reduce_scatter_batch,
    .effects = names_an_axis,
}};

// all_to_all --------------------------------------------------------------------------

struct AllToAllParams {
  NamedAxes over;
  int64_t split_axis = 0, concat_axis = 0;
  void fields(FieldVisitor& f) const {
    Param name = over.name_param(), groups = over.groups_param();
    f("axis_index_groups", &groups);
    f("axis_name", &name);
    f("concat_axis", concat_axis);
    f("split_axis", split_axis);
    f("tiled", true);
  }
  bool operator==(const AllToAllParams&) const = default;
};

Avals all_to_all_avals(const Op& op, AvalSpan in) {
  auto& [over, split, concat] = op.get<AllToAllParams>();
  over.check("all_to_all");
  int64_t n = over.size(), rank = in[0].rank();
  require<ValueError>(split >= 0 && split < rank && concat >= 0 && concat < rank,
                      "all_to_all: axes ", split, " and ", concat, " are not both axes of ", in[0]);
  require<ValueError>(n > 0 && in[0].dim(split) % n == 0,
                      "all_to_all requires the size of the mapped axes, ", n,
                      ", to divide that of axis ", split, " of ", in[0]);
  Shape s = in[0].shape();
  s[static_cast<size_t>(split)] /= n;
  s[static_cast<size_t>(concat)] *= n;
  return {in[0].with_shape(s).strong()};
}

// [source, ..., destination, part, ...] -> [destination, ..., source, concat, ...]
BatchOut exchange_parts(const Op& op, int64_t size, Args in) {
  auto& p = op.get<AllToAllParams>();
  Value x = split_off(in[0], p.split_axis + 1, size);
  Axes perm{p.split_axis + 1};
  for (int64_t i = 0; i + 2 < x.rank(); ++i) {
    if (i == p.concat_axis) perm.push_back(0);
    perm.push_back(i + 1 + (i >= p.split_axis));
  }
  return {{merged(transpose(x, perm), p.concat_axis + 1)}, {0}};
}

BatchOut all_to_all_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  AllToAllParams p = op.get<AllToAllParams>();
  if (p.over.has(axis.name)) return batch_named(op, p.over, axis, in, axes, exchange_parts);
  int d = axes[0];
  if (d == kUnmapped) return {op.bind(in), {kUnmapped}};
  p.split_axis += d <= p.split_axis;
  p.concat_axis += d <= p.concat_axis;
  return {op.prim->with(std::move(p)).bind(in), {d}};
}

Values all_to_all_transpose(const Op& op, Args cts, TransposeArgs) {
  AllToAllParams p = op.get<AllToAllParams>();
  std::swap(p.split_axis, p.concat_axis);
  return op.prim->with(std::move(p)).bind(cts);
}

const Primitive all_to_all_p{{
    .name = "all_to_all",
    .abstract_eval = all_to_all_avals,
    .jvp = linear_exchange,
    .transpose = all_to_all_transpose,
    .batch = all_to_all_batch,
    .effects = names_an_axis,
}};

// Types are checked here, too: a batch rule may meet the operation first.
Value checked(const Op& op, const Value& x) {
  op.prim->def().abstract_eval(op, AvalSpan(&x.aval(), 1));
  return op.bind1({x});
}

}  // namespace

Value ppermute(const Value& x, const NamedAxes& over, const Sends& perm) {
  return checked(ppermute_p.with(PermuteParams{over, perm}), x);
}

Value pbroadcast(const Value& x, const NamedAxes& over, int64_t source) {
  return checked(pbroadcast_p.with(BroadcastParams{over, source}), x);
}

Value all_gather(const Value& x, const NamedAxes& over, int64_t axis, bool tiled) {
  GatherAxisParams p{"all_gather_dimension", over, axis, over.size(), tiled};
  return checked(all_gather_p.with(std::move(p)), x);
}

Value reduce_scatter(const Value& x, const NamedAxes& over, int64_t axis, bool tiled) {
  GatherAxisParams p{"scatter_dimension", over, axis, over.size(), tiled};
  return checked(reduce_scatter_p.with(std::move(p)), x);
}

Value all_to_all(const Value& x, const NamedAxes& over, int64_t split_axis, int64_t concat_axis) {
  return checked(all_to_all_p.with(AllToAllParams{over, split_axis, concat_axis}), x);
}

}  // namespace covector
