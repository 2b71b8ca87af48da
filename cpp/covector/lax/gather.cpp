#include "covector/lax/fill_value.h"
#include "covector/lax/index_dims.h"
#include "covector/lax/indexing_ops.h"

namespace covector {

using namespace rules;

namespace {

struct GatherParams {
  GatherDims dims;
  Shape slice_sizes;
  IndexMode mode = IndexMode::kPromiseInBounds;
  bool indices_are_sorted = false, unique_indices = false;
  FillValue fill_value;

  void fields(FieldVisitor& f) const {
    Param d = param_of(dims), m = param_of(mode), fill = fill_value.param();
    f("dimension_numbers", &d);
    f("fill_value", &fill);
    f("indices_are_sorted", indices_are_sorted);
    f("mode", &m);
    f("slice_sizes", &slice_sizes);
    f("unique_indices", unique_indices);
  }
  bool operator==(const GatherParams&) const = default;
};

// abstract_eval ------------------------------------------------------------------

void check_dims(const Op& op, const GatherParams& p, const Aval& x, const Aval& indices) {
  auto& d = p.dims;
  int64_t out_rank = static_cast<int64_t>(d.offset_dims.size()) + indices.rank() - 1;
  require_sorted(op, "offset_dims", d.offset_dims);
  require_distinct(op, "offset_dims", d.offset_dims);
  for (size_t i = 0; i < d.offset_dims.size(); ++i)
    require<TypeError>(d.offset_dims[i] >= 0 && d.offset_dims[i] < out_rank, "Offset dimension ", i,
                       " in gather op is out of bounds; got ", d.offset_dims[i],
                       ", but should have been in [0, ", out_rank, ")");
  require_index_map(op, "start_index_map", d.start_index_map, x, indices);
  require_sorted(op, "collapsed_slice_dims", d.collapsed_slice_dims);
  require_in_range(op, "collapsed_slice_dims", d.collapsed_slice_dims, x.rank());
  require_distinct(op, "collapsed_slice_dims", d.collapsed_slice_dims);
  require_disjoint(op, "collapsed_slice_dims", d.collapsed_slice_dims, "operand_batching_dims",
                   d.operand_batching_dims);
  require_disjoint(op, "start_index_map", d.start_index_map, "operand_batching_dims",
                   d.operand_batching_dims);
  require_batching(op, x, indices,
                   {d.operand_batching_dims, d.start_indices_batching_dims, "operand_batching_dims",
                    "start_indices_batching_dims"});
}

void check_slice_sizes(const GatherParams& p, const Aval& x, const Aval& indices) {
  auto& d = p.dims;
  require<TypeError>(static_cast<int64_t>(p.slice_sizes.size()) == x.rank(),
                     "gather op must have one slice size for every input dimension; got: ",
                     "slice_sizes=", p.slice_sizes, " for ", x);
  require<TypeError>(p.slice_sizes.size() == d.offset_dims.size() + d.collapsed_slice_dims.size() +
                                                 d.operand_batching_dims.size(),
                     "All components of the offset index in a gather op must either be a offset ",
                     "dimension or explicitly collapsed/batching; got slice_sizes=", p.slice_sizes,
                     ", offset_dims=", d.offset_dims,
                     ", collapsed_slice_dims=", d.collapsed_slice_dims,
                     ", operand_batching_dims=", d.operand_batching_dims, ".");
  // Nothing is read where there is no index.
  auto where = std::span(indices.shape()).first(indices.shape().size() - 1);
  bool none = std::ranges::find(where, 0) != where.end();
  for (size_t i = 0; i < p.slice_sizes.size(); ++i)
    require<TypeError>(none || (p.slice_sizes[i] >= 0 && p.slice_sizes[i] <= x.shape()[i]),
                       "Slice size at index ", i, " in gather op is out of range, must be within ",
                       "[0, ", x.shape()[i], " + 1), got ", p.slice_sizes[i], ".");
  for (size_t i = 0; i < d.collapsed_slice_dims.size(); ++i) {
    int64_t axis = d.collapsed_slice_dims[i], bound = p.slice_sizes[static_cast<size_t>(axis)];
    require<TypeError>(bound == 1, "Gather op can only collapse slice dims with bound 1, but ",
                       "bound is ", bound, " for index ", axis, " at position ", i, ".");
  }
  for (size_t i = 0; i < d.operand_batching_dims.size(); ++i) {
    int64_t axis = d.operand_batching_dims[i], bound = p.slice_sizes[static_cast<size_t>(axis)];
    require<TypeError>(bound <= 1, "Gather op can only have operand batching dims with bound 0/1, ",
                       "but bound is ", bound, " for index ", axis, " at position ", i, ".");
  }
}

// Window axes go to offset_dims, the indices' axes fill the rest.
Avals gather_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<GatherParams>();
  require_integer_indices(in[1]);
  check_dims(op, p, in[0], in[1]);
  check_slice_sizes(p, in[0], in[1]);
  Axes window;
  for (int64_t i = 0; i < in[0].rank(); ++i)
    if (!contains(p.dims.collapsed_slice_dims, i) && !contains(p.dims.operand_batching_dims, i))
      window.push_back(p.slice_sizes[static_cast<size_t>(i)]);
  Shape out;
  auto w = window.begin();
  int64_t index_axis = 0, rank = static_cast<int64_t>(window.size()) + in[1].rank() - 1;
  for (int64_t i = 0; i < rank; ++i)
    out.push_back(contains(p.dims.offset_dims, i) ? *w++ : in[1].dim(index_axis++));
  return {in[0].with_shape(out)};
}

// Derivatives --------------------------------------------------------------------

IndexOptions options_of(const GatherParams& p) {
  return {p.mode, p.indices_are_sorted, p.unique_indices, {}};
}

// Tangents read out of bounds are zero, not the fill value.
JvpOut gather_jvp(const Op& op, Args primals, Args tangents) {
  Values out = op.bind(primals);
  if (!tangents[0]) return {out, {Value()}};
  auto& p = op.get<GatherParams>();
  IndexOptions o = options_of(p);
  if (p.fill_value.given()) o.fill_value = scalar_of(kInt32, int64_t{0});
  return {std::move(out), {gather(tangents[0], primals[1], p.dims, p.slice_sizes, o)}};
}

Values gather_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& p = op.get<GatherParams>();
  return {scatter(ScatterKind::kAdd, zeros(in[0].aval.strong()), in[1].value, ct[0],
                  scatter_dims(p.dims), options_of(p)),
          Value()};
}

// batch --------------------------------------------------------------------------

BatchOut gather_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  GatherParams p = op.get<GatherParams>();
  Values v;
  for (size_t i = 0; i < 2; ++i)
    v.push_back(axes[i] == kUnmapped ? in[i] : move_axis(in[i], axes[i], 0));
  if (axes[1] == kUnmapped) {
    p.dims = with_mapped_operand(p.dims);
    p.slice_sizes.insert(p.slice_sizes.begin(), axis.size);
  } else if (axes[0] == kUnmapped) {
    p.dims = with_mapped_indices(p.dims);
    // Examples may pick the same places.
    p.indices_are_sorted = p.unique_indices = false;
  } else {
    p.dims = with_mapped_both(p.dims);
    p.slice_sizes.insert(p.slice_sizes.begin(), std::min<int64_t>(axis.size, 1));
  }
  return {op.prim->with(std::move(p)).bind(v), {0}};
}

// lower --------------------------------------------------------------------------

// The greatest in-bounds start of a window along each indexed axis.
Axes start_bounds(const GatherParams& p, const Shape& operand) {
  Axes r;
  for (int64_t i : p.dims.start_index_map)
    r.push_back(operand[static_cast<size_t>(i)] - p.slice_sizes[static_cast<size_t>(i)]);
  return r;
}

// A gather that may trust its indices, and a mask over what it read.
Values gather_fill(const Op& op, Args in) {
  GatherParams p = op.get<GatherParams>();
  Value indices = widened_indices(in[1], in[0].shape());
  int64_t last = indices.rank() - 1;
  Value bounds = broadcast_in_dim(index_vector(start_bounds(p, in[0].shape()), indices.dtype()),
                                  indices.shape(), std::span(&last, 1));
  Value inside =
      bitwise_and(ge(indices, scalar_of(indices.dtype(), int64_t{0})), le(indices, bounds));
  inside = reduce_and(inside, std::span(&last, 1));
  FillValue fill = std::exchange(p.fill_value, {});
  p.mode = IndexMode::kPromiseInBounds;
  Axes offset_dims = p.dims.offset_dims;
  Value out = op.prim->with(std::move(p)).bind1({in[0], indices});
  Value mask = broadcast_in_dim(inside, out.shape(), other_axes(out.rank(), offset_dims));
  Value filler = broadcast_in_dim(fill.of(out.dtype()), out.shape(), {});
  return {select(mask, out, filler)};
}

hlo::Results gather_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<GatherParams>();
  if (out[0].size() == 0) return {b.splat(out[0], int64_t{0})};
  if (p.mode == IndexMode::kFillOrDrop || p.mode == IndexMode::kOneHot)
    return lower_via(gather_fill)(op, b, in, out);
  auto& d = p.dims;
  std::string dims = dims_attr({{"offset_dims", &d.offset_dims},
                                {"collapsed_slice_dims", &d.collapsed_slice_dims},
                                {"operand_batching_dims", &d.operand_batching_dims},
                                {"start_indices_batching_dims", &d.start_indices_batching_dims},
                                {"start_index_map", &d.start_index_map}},
                               in[1].aval.rank() - 1);
  return {b.op("gather", in, out[0],
               str("dimension_numbers = #stablehlo.gather<", dims,
                   ">, indices_are_sorted = ", p.indices_are_sorted ? "true" : "false", ", ",
                   hlo::array_attr("slice_sizes", p.slice_sizes)))};
}

// The primitive ------------------------------------------------------------------

Values gather_call(const CallArgs& a) {
  IndexOptions o;
  o.unique_indices = !a.is_none(4) && a.boolean(4);
  o.indices_are_sorted = !a.is_none(5) && a.boolean(5);
  o.mode = read_index_mode(a.param(6), IndexMode::kPromiseInBounds);
  if (!a.is_none(7)) o.fill_value = a.value(7);
  return {gather(a.value(0), a.value(1), read_gather_dims(a.param(2)), a.axes(3), o)};
}

const Primitive gather_p{{
    .name = "gather",
    .abstract_eval = gather_aval,
    .jvp = gather_jvp,
    .transpose = gather_transpose,
    .batch = gather_batch,
    .lower = gather_lower,
    .function = {.signature =
                     "operand, start_indices, dimension_numbers, slice_sizes, *, "
                     "unique_indices=False, indices_are_sorted=False, mode=None, fill_value=None",
                 .doc = R"(Reads windows of an array at places given by an array of indices.

The semantics are StableHLO's; indexing with `x[...]` is nearly always simpler.

Args:
  operand: the array to read.
  start_indices: integers; the last axis holds index vectors.
  dimension_numbers: a `GatherDimensionNumbers`.
  slice_sizes: the size of the window along each axis of the operand.
  unique_indices: promises that windows do not overlap.
  indices_are_sorted: promises that index vectors are in ascending order.
  mode: what windows out of bounds give: 'clip' moves them inside, 'fill' reads
    `fill_value`, 'promise_in_bounds' (the default) promises there are none.
  fill_value: by default NaN, the least signed or greatest unsigned integer, or
    True.

Returns:
  An array of the operand's dtype.

Raises:
  TypeError: the dimension numbers do not fit.
  ValueError: the indices are not integers.)",
                 .call = gather_call},
}};

}  // namespace

Op gather_op(DType d, const GatherDims& dims, std::span<const int64_t> sizes,
             const IndexOptions& o) {
  GatherParams p{
      dims, Shape(sizes.begin(), sizes.end()), o.mode, o.indices_are_sorted, o.unique_indices, {}};
  if (o.mode == IndexMode::kFillOrDrop)
    p.fill_value =
        o.fill_value ? FillValue::read(o.fill_value, "fill_value") : FillValue::out_of_bounds(d);
  return gather_p.with(std::move(p));
}

Value gather(const Value& operand, const Value& indices, const GatherDims& dims,
             std::span<const int64_t> slice_sizes, const IndexOptions& o) {
  return gather_op(operand.dtype(), dims, slice_sizes, o).bind1({operand, indices});
}

}  // namespace covector
