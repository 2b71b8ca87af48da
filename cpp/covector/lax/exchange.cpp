// Collectives that move elements between the indices of a named axis.

#include <algorithm>

#include "covector/lax/collectives.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

Effects named(const Op&) { return {&kNamedAxis}; }

JvpOut linear_jvp(const Op& op, Args primals, Args tangents) {
  return {op.bind(primals), tangents[0] ? op.bind(tangents) : Values(1)};
}

// The operand with the axis in front, whether it is mapped or not.
Value stacked(const AxisData& axis, const Value& x, int d) {
  return batch_to_front(x, axis.size, d);
}

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
  AxisName axis_name;
  Sends perm;
  void fields(FieldVisitor& f) const {
    Param::Tuple names, pairs;
    names.items.push_back(axis_name);
    for (auto [from, to] : perm) pairs.items.emplace_back(Axes{from, to});
    Param name(std::move(names)), p(std::move(pairs));
    f("axis_name", &name);
    f("perm", &p);
  }
  bool operator==(const PermuteParams&) const = default;
};

Avals permute_avals(const Op& op, AvalSpan in) {
  auto& [name, perm] = op.get<PermuteParams>();
  int64_t n = axis_size(name);
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

Value rows_at(const Value& x, const Axes& rows) {
  Shape sizes = x.shape();
  sizes[0] = 1;
  std::vector<int32_t> indices(rows.begin(), rows.end());
  Value at = host_array(Aval(kInt32, {std::ssize(indices), 1}), indices.data());
  GatherDims dims{.offset_dims = iota_axes(x.rank() - 1, 1),
                  .collapsed_slice_dims = {0},
                  .start_index_map = {0},
                  .operand_batching_dims = {},
                  .start_indices_batching_dims = {}};
  IndexOptions options;
  options.mode = IndexMode::kPromiseInBounds;
  return gather(x, at, dims, sizes, options);
}

BatchOut permute_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& [name, perm] = op.get<PermuteParams>();
  if (!(name == axis.name)) return {op.bind(in), {axes[0]}};
  bool full = std::ssize(perm) == axis.size;
  if (axes[0] == kUnmapped && full) return {{in[0]}, {kUnmapped}};
  Value x = stacked(axis, in[0], axes[0]);
  Axes sources(static_cast<size_t>(axis.size), 0);
  std::vector<uint8_t> receives(static_cast<size_t>(axis.size), 0);
  for (auto [from, to] : perm) {
    sources[static_cast<size_t>(to)] = from;
    receives[static_cast<size_t>(to)] = 1;
  }
  Value r = rows_at(x, sources);
  if (full) return {{r}, {0}};
  Value mask = host_array(Aval(kBool, {axis.size}), receives.data());
  int64_t front = 0;
  mask = broadcast_in_dim(mask, r.shape(), std::span(&front, 1));
  return {{select(mask, r, full_like(r, 0))}, {0}};
}

Values permute_transpose(const Op& op, Args cts, TransposeArgs) {
  PermuteParams p = op.get<PermuteParams>();
  for (auto& [from, to] : p.perm) std::swap(from, to);
  return op.prim->with(std::move(p)).bind(cts);
}

const Primitive ppermute_p{{
    .name = "ppermute",
    .abstract_eval = permute_avals,
    .jvp = linear_jvp,
    .transpose = permute_transpose,
    .batch = permute_batch,
    .effects = named,
}};

// pbroadcast --------------------------------------------------------------------------

struct BroadcastParams {
  AxisName axis_name;
  int64_t source = 0;
  void fields(FieldVisitor& f) const {
    f("axis_name", &axis_name);
    f("source", source);
  }
  bool operator==(const BroadcastParams&) const = default;
};

const Primitive pbroadcast_p{{
    .name = "pbroadcast",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      auto& [name, source] = op.get<BroadcastParams>();
      require<ValueError>(source >= 0 && source < axis_size(name),
                          "pbroadcast: source must be an index of the axis, got ", source);
      return {in[0]};
    },
    .jvp = linear_jvp,
    .transpose = [](const Op& op, Args cts, TransposeArgs) -> Values {
      auto& [name, source] = op.get<BroadcastParams>();
      Value sum = psum(cts[0], {name});
      Value is_source = eq(axis_index(name), scalar_of(kInt32, source));
      return {select(is_source, sum, full_like(sum, 0))};
    },
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      auto& [name, source] = op.get<BroadcastParams>();
      if (!(name == axis.name)) return {op.bind(in), {axes[0]}};
      if (axes[0] == kUnmapped) return {{in[0]}, {kUnmapped}};
      Axes start(static_cast<size_t>(in[0].rank()), 0), limit = in[0].shape();
      int64_t d = axes[0];
      start[static_cast<size_t>(d)] = source;
      limit[static_cast<size_t>(d)] = source + 1;
      return {{squeeze(slice(in[0], start, limit), std::span(&d, 1))}, {kUnmapped}};
    },
    .effects = named,
}};

// all_gather and reduce_scatter, each the transpose of the other ------------------------

struct GatherAxisParams {
  std::string_view dimension;  // the name of the parameter `axis`
  AxisName axis_name;
  int64_t axis = 0, size = 0;
  bool tiled = false;
  void fields(FieldVisitor& f) const {
    Param name(Param::Tuple{{axis_name}});
    f(dimension, axis);
    f("axis_index_groups", Param::None());
    f("axis_name", &name);
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
  int64_t n = axis_size(p.axis_name), last = in[0].rank() - (p.tiled ? 1 : 0);
  require<ValueError>(p.axis >= 0 && p.axis <= last, "all_gather: axis ", p.axis,
                      " is out of range for ", in[0]);
  if (!p.tiled) return {in[0].with_axis(p.axis, n)};
  Shape s = in[0].shape();
  s[static_cast<size_t>(p.axis)] *= n;
  return {in[0].with_shape(s)};
}

BatchOut all_gather_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<GatherAxisParams>();
  if (!(p.axis_name == axis.name)) return over_another_axis(op, in, axes[0], 1);
  Value y = move_axis(stacked(axis, in[0], axes[0]), 0, static_cast<int>(p.axis));
  return {{p.tiled ? merged(y, p.axis) : y}, {kUnmapped}};
}

const Primitive all_gather_p{{
    .name = "all_gather",
    .abstract_eval = all_gather_avals,
    .jvp = linear_jvp,
    .transpose = [](const Op& op, Args cts, TransposeArgs) -> Values {
      auto& p = op.get<GatherAxisParams>();
      return {reduce_scatter(cts[0], p.axis_name, p.axis, p.tiled)};
    },
    .batch = all_gather_batch,
    .effects = named,
}};

Avals reduce_scatter_avals(const Op& op, AvalSpan in) {
  auto& p = op.get<GatherAxisParams>();
  int64_t n = axis_size(p.axis_name);
  require<ValueError>(p.axis >= 0 && p.axis < in[0].rank(), "reduce_scatter: axis ", p.axis,
                      " is out of range for ", in[0]);
  int64_t size = in[0].dim(p.axis);
  if (!p.tiled) {
    require<ValueError>(size == n, "reduce_scatter operand scatter dimension size ", size,
                        " must match shard count ", n);
    return {in[0].without_axis(p.axis)};
  }
  require<ValueError>(size % n == 0, "tiled reduce_scatter operand scatter dimension size ", size,
                      " must be divisible by shard_count ", n);
  Shape s = in[0].shape();
  s[static_cast<size_t>(p.axis)] /= n;
  return {in[0].with_shape(s)};
}

BatchOut reduce_scatter_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<GatherAxisParams>();
  if (!(p.axis_name == axis.name)) return over_another_axis(op, in, axes[0], -1);
  int64_t d = 0;
  Value y = reduce_sum(stacked(axis, in[0], axes[0]), std::span(&d, 1));
  return {{p.tiled ? split_off(y, p.axis, axis.size) : y}, {static_cast<int>(p.axis)}};
}

const Primitive reduce_scatter_p{{
    .name = "reduce_scatter",
    .abstract_eval = reduce_scatter_avals,
    .jvp = linear_jvp,
    .transpose = [](const Op& op, Args cts, TransposeArgs) -> Values {
      auto& p = op.get<GatherAxisParams>();
      return {all_gather(cts[0], p.axis_name, p.axis, p.tiled)};
    },
    .batch = reduce_scatter_batch,
    .effects = named,
}};

// all_to_all --------------------------------------------------------------------------

struct AllToAllParams {
  AxisName axis_name;
  int64_t split_axis = 0, concat_axis = 0;
  void fields(FieldVisitor& f) const {
    f("axis_index_groups", Param::None());
    f("axis_name", &axis_name);
    f("concat_axis", concat_axis);
    f("split_axis", split_axis);
    f("tiled", true);
  }
  bool operator==(const AllToAllParams&) const = default;
};

Avals all_to_all_avals(const Op& op, AvalSpan in) {
  auto& [name, split, concat] = op.get<AllToAllParams>();
  int64_t n = axis_size(name), rank = in[0].rank();
  require<ValueError>(split >= 0 && split < rank && concat >= 0 && concat < rank,
                      "all_to_all: axes ", split, " and ", concat, " are not both axes of ", in[0]);
  require<ValueError>(in[0].dim(split) % n == 0, "all_to_all: the size of axis ", split, " of ",
                      in[0], " must be a multiple of that of the named axis, which is ", n);
  Shape s = in[0].shape();
  s[static_cast<size_t>(split)] /= n;
  s[static_cast<size_t>(concat)] *= n;
  return {in[0].with_shape(s).strong()};
}

BatchOut all_to_all_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  AllToAllParams p = op.get<AllToAllParams>();
  int d = axes[0];
  if (!(p.axis_name == axis.name)) {
    if (d == kUnmapped) return {op.bind(in), {kUnmapped}};
    p.split_axis += d <= p.split_axis;
    p.concat_axis += d <= p.concat_axis;
    return {op.prim->with(std::move(p)).bind(in), {d}};
  }
  // [source, ..., destination, part, ...] -> [destination, ..., source, concat, ...]
  Value x = split_off(stacked(axis, in[0], d), p.split_axis + 1, axis.size);
  Axes perm{p.split_axis + 1};
  for (int64_t i = 0; i + 2 < x.rank(); ++i) {
    if (i == p.concat_axis) perm.push_back(0);
    perm.push_back(i + 1 + (i >= p.split_axis));
  }
  return {{merged(transpose(x, perm), p.concat_axis + 1)}, {0}};
}

Values all_to_all_transpose(const Op& op, Args cts, TransposeArgs) {
  AllToAllParams p = op.get<AllToAllParams>();
  std::swap(p.split_axis, p.concat_axis);
  return op.prim->with(std::move(p)).bind(cts);
}

const Primitive all_to_all_p{{
    .name = "all_to_all",
    .abstract_eval = all_to_all_avals,
    .jvp = linear_jvp,
    .transpose = all_to_all_transpose,
    .batch = all_to_all_batch,
    .effects = named,
}};

// Types are checked here, too: a batch rule may meet the operation first.
Value checked(const Op& op, const Value& x) {
  op.prim->def().abstract_eval(op, AvalSpan(&x.aval(), 1));
  return op.bind1({x});
}

}  // namespace

Value ppermute(const Value& x, const AxisName& name, const Sends& perm) {
  return checked(ppermute_p.with(PermuteParams{name, perm}), x);
}

Value pbroadcast(const Value& x, const AxisName& name, int64_t source) {
  return checked(pbroadcast_p.with(BroadcastParams{name, source}), x);
}

Value all_gather(const Value& x, const AxisName& name, int64_t axis, bool tiled) {
  GatherAxisParams p{"all_gather_dimension", name, axis, axis_size(name), tiled};
  return checked(all_gather_p.with(std::move(p)), x);
}

Value reduce_scatter(const Value& x, const AxisName& name, int64_t axis, bool tiled) {
  GatherAxisParams p{"scatter_dimension", name, axis, axis_size(name), tiled};
  return checked(reduce_scatter_p.with(std::move(p)), x);
}

Value all_to_all(const Value& x, const AxisName& name, int64_t split_axis, int64_t concat_axis) {
  return checked(all_to_all_p.with(AllToAllParams{name, split_axis, concat_axis}), x);
}

}  // namespace covector
