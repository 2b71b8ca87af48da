#include <map>
#include <memory>
#include <mutex>

#include "covector/core/stage.h"
#include "covector/lax/indexing_ops.h"
#include "covector/lax/scatter_rules.h"

namespace covector {

using namespace rules;

void rules::ScatterParams::fields(FieldVisitor& f) const {
  Param d = param_of(dims), m = param_of(mode), no_consts = Axes();
  f("dimension_numbers", &d);
  f("indices_are_sorted", indices_are_sorted);
  f("mode", &m);
  f("unique_indices", unique_indices);
  f("update_consts", &no_consts);
  if (update_jaxpr.jaxpr)
    f("update_jaxpr", &update_jaxpr);
  else
    f("update_jaxpr", Param::None());
}

namespace {

// abstract_eval ------------------------------------------------------------------

void check_dims(const Op& op, const ScatterParams& p, AvalSpan in) {
  auto& d = p.dims;
  const Aval &x = in[0], &indices = in[1], &updates = in[2];
  require<TypeError>(indices.rank() > 0, op.name(), ": indices must have an axis of index vectors ",
                     "at the end, got ", indices);
  int64_t rank = indices.rank() - 1 + static_cast<int64_t>(d.update_window_dims.size());
  require<TypeError>(updates.rank() == rank, "Updates tensor must be of rank ", rank, "; got ",
                     updates.rank(), ".");
  require_sorted(op, "update_window_dims", d.update_window_dims);
  require_distinct(op, "update_window_dims", d.update_window_dims);
  require_in_range(op, "update_window_dims", d.update_window_dims, updates.rank());
  require_sorted(op, "inserted_window_dims", d.inserted_window_dims);
  require_distinct(op, "inserted_window_dims", d.inserted_window_dims);
  require_in_range(op, "inserted_window_dims", d.inserted_window_dims, x.rank());
  require_disjoint(op, "inserted_window_dims", d.inserted_window_dims, "operand_batching_dims",
                   d.operand_batching_dims);
  require_disjoint(op, "scatter_dims_to_operand_dims", d.scatter_dims_to_operand_dims,
                   "operand_batching_dims", d.operand_batching_dims);
  require_batching(op, x, indices,
                   {d.operand_batching_dims, d.scatter_indices_batching_dims,
                    "operand_batching_dims", "scatter_indices_batching_dims"});
  require_index_map(op, "scatter_dims_to_operand_dims", d.scatter_dims_to_operand_dims, x, indices);
  size_t window =
      d.update_window_dims.size() + d.inserted_window_dims.size() + d.operand_batching_dims.size();
  require<TypeError>(static_cast<int64_t>(window) == x.rank(), op.name(), " op has window of size ",
                     window, "; doesn't match operand of rank ", x.rank(), ".");
}

void check_updates(const ScatterParams& p, AvalSpan in) {
  const Aval &x = in[0], &indices = in[1], &updates = in[2];
  Shape window = window_sizes(p.dims, x.rank(), updates.shape());
  for (int64_t i = 0; i < x.rank(); ++i)
    require<TypeError>(window[static_cast<size_t>(i)] <= x.dim(i) ||
                           contains(p.dims.inserted_window_dims, i) ||
                           contains(p.dims.operand_batching_dims, i),
                       "Bounds of the window dimensions of updates must not exceed the bounds of ",
                       "the corresponding dimensions of operand, got ", updates, " for operand ", x,
                       " and update_window_dims=", p.dims.update_window_dims, ".");
  int64_t index_axis = 0;
  for (int64_t i : other_axes(updates.rank(), p.dims.update_window_dims))
    require<TypeError>(updates.dim(i) == indices.dim(index_axis++),
                       "Bounds of the scatter dimensions of updates must be the same as the ",
                       "bounds of the corresponding dimensions of scatter indices, got updates ",
                       updates, " and indices ", indices,
                       " with update_window_dims=", p.dims.update_window_dims, ".");
}

Avals scatter_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ScatterParams>();
  require_integer_indices(in[1]);
  require<TypeError>(in[0].dtype() == in[2].dtype(),
                     "lax.scatter requires arguments to have the same dtypes, got ",
                     in[0].dtype()->name, ", ", in[2].dtype()->name, ".");
  check_dims(op, p, in);
  check_updates(p, in);
  return {in[0]};
}

// batch --------------------------------------------------------------------------

BatchOut scatter_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ScatterParams p = op.get<ScatterParams>();
  Value indices = axes[1] == kUnmapped ? in[1] : move_axis(in[1], axes[1], 0);
  GatherDims d = gather_dims(p.dims);
  p.dims = scatter_dims(axes[1] == kUnmapped ? with_mapped_operand(d) : with_mapped_both(d));
  return {op.prim->with(std::move(p))
              .bind({batch_to_front(in[0], axis.size, axes[0]), indices,
                     batch_to_front(in[2], axis.size, axes[2])}),
          {0}};
}

// lower --------------------------------------------------------------------------

// Moves windows inside the operand.
hlo::Operand clamped_indices(const ScatterParams& p, hlo::Builder& b, hlo::Operands in) {
  const Shape& operand = in[0].aval.shape();
  Shape window = window_sizes(p.dims, in[0].aval.rank(), in[2].aval.shape());
  Axes bounds;
  for (int64_t i : p.dims.scatter_dims_to_operand_dims)
    bounds.push_back(operand[static_cast<size_t>(i)] - window[static_cast<size_t>(i)]);
  Aval aval = in[1].aval;
  int64_t last = aval.rank() - 1;
  auto clamped = [&](Args a) -> Values {
    Value hi =
        broadcast_in_dim(index_vector(bounds, aval.dtype()), aval.shape(), std::span(&last, 1));
    return {clamp(scalar_of(aval.dtype(), int64_t{0}), a[0], hi)};
  };
  return b.inline_jaxpr(stage(clamped, std::span(&aval, 1)), in.subspan(1, 1))[0];
}

std::string scatter_attrs(const ScatterParams& p, int64_t index_vector_dim) {
  auto& d = p.dims;
  std::string dims = dims_attr({{"update_window_dims", &d.update_window_dims},
                                {"inserted_window_dims", &d.inserted_window_dims},
                                {"input_batching_dims", &d.operand_batching_dims},
                                {"scatter_indices_batching_dims", &d.scatter_indices_batching_dims},
                                {"scatter_dims_to_operand_dims", &d.scatter_dims_to_operand_dims}},
                               index_vector_dim);
  return str("scatter_dimension_numbers = #stablehlo.scatter<", dims,
             ">, indices_are_sorted = ", p.indices_are_sorted ? "true" : "false",
             ", unique_indices = ", p.unique_indices ? "true" : "false");
}

hlo::Results scatter_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<ScatterParams>();
  hlo::Operand operands[] = {in[0], in[1], in[2]};
  if (p.mode == IndexMode::kClip) operands[1] = clamped_indices(p, b, in);
  Aval scalar(in[0].aval.dtype(), {});
  hlo::Region update{{scalar, scalar}, [&](hlo::Builder& body, hlo::Operands a) -> hlo::Results {
                       if (!p.update_jaxpr.jaxpr) return {a[1]};
                       return body.inline_jaxpr(p.update_jaxpr, a);
                     }};
  return b.region_op("scatter", operands, out, std::span(&update, 1),
                     scatter_attrs(p, in[1].aval.rank() - 1));
}

// The primitives -----------------------------------------------------------------

constexpr std::string_view kSignature =
    "operand, scatter_indices, updates, dimension_numbers, *, indices_are_sorted=False, "
    "unique_indices=False, mode=None";

// Documentation of one kind; `what` says what happens to old and new elements.
std::string_view scatter_doc(std::string_view what) {
  static std::vector<std::unique_ptr<std::string>> docs;
  docs.push_back(std::make_unique<std::string>(str(what, R"(

The semantics are StableHLO's; `x.at[...]` is nearly always simpler.

Args:
  operand: the array to update.
  scatter_indices: integers; the last axis holds index vectors.
  updates: windows of elements of the operand's dtype.
  dimension_numbers: a `ScatterDimensionNumbers`.
  indices_are_sorted: promises that index vectors are in ascending order.
  unique_indices: promises that windows do not overlap.
  mode: what happens to windows out of bounds: 'drop' (the default), 'clip' to
    move them inside, 'promise_in_bounds' to promise there are none.

Returns:
  An array of the operand's type.

Raises:
  TypeError: dtypes differ, or the dimension numbers do not fit.
  ValueError: the indices are not integers.)")));
  return *docs.back();
}

FunctionDef scatter_function(ScatterKind kind, std::string_view name, std::string_view what) {
  return {.signature = kSignature,
          .doc = scatter_doc(what),
          .call = [kind](const CallArgs& a) -> Values {
            IndexOptions o;
            o.indices_are_sorted = !a.is_none(4) && a.boolean(4);
            o.unique_indices = !a.is_none(5) && a.boolean(5);
            o.mode = read_index_mode(a.param(6), IndexMode::kFillOrDrop);
            return {scatter(kind, a.value(0), a.value(1), a.value(2), read_scatter_dims(a.param(3)),
                            o)};
          },
          .name = name};
}

PrimitiveDef scatter_def(std::string_view name, FunctionDef function,
                         decltype(PrimitiveDef::jvp) jvp,
                         decltype(PrimitiveDef::transpose) transpose) {
  return {.name = name,
          .abstract_eval = scatter_aval,
          .jvp = std::move(jvp),
          .transpose = std::move(transpose),
          .batch = scatter_batch,
          .lower = scatter_lower,
          .function = std::move(function)};
}

const Primitive scatter_p{scatter_def(
    "scatter",
    scatter_function(ScatterKind::kSet, "scatter",
                     "Replaces windows of an array, at places given by an array of indices.\n\n"
                     "Where windows overlap it is not specified which one wins."),
    scatter_set_jvp, scatter_set_transpose)};
const Primitive scatter_add_p{scatter_def(
    "scatter-add",
    scatter_function(ScatterKind::kAdd, "scatter_add",
                     "Adds to windows of an array, at places given by an array of indices."),
    scatter_add_jvp, scatter_add_transpose)};
const Primitive scatter_sub_p{scatter_def(
    "scatter-sub",
    scatter_function(ScatterKind::kSub, "scatter_sub",
                     "Subtracts from windows of an array, at places given by an array of indices."),
    scatter_add_jvp, scatter_sub_transpose)};
const Primitive scatter_mul_p{scatter_def(
    "scatter-mul",
    scatter_function(ScatterKind::kMul, "scatter_mul",
                     "Multiplies windows of an array, at places given by an array of indices."),
    scatter_mul_jvp, scatter_mul_transpose)};
const Primitive scatter_min_p{scatter_def(
    "scatter-min",
    scatter_function(ScatterKind::kMin, "scatter_min",
                     "Takes the minimum of windows of an array and updates, at places given by "
                     "an array of indices."),
    scatter_minmax_jvp, {})};
const Primitive scatter_max_p{scatter_def(
    "scatter-max",
    scatter_function(ScatterKind::kMax, "scatter_max",
                     "Takes the maximum of windows of an array and updates, at places given by "
                     "an array of indices."),
    scatter_minmax_jvp, {})};

struct Kind {
  const Primitive& prim;
  Value (*update)(const Value&, const Value&);
};
const Kind kKinds[] = {{scatter_p, nullptr}, {scatter_add_p, add}, {scatter_sub_p, sub},
                       {scatter_mul_p, mul}, {scatter_min_p, min}, {scatter_max_p, max}};

// One jaxpr for each kind and dtype, so that equal ops hold the same one.
const ClosedJaxpr& update_jaxpr(ScatterKind kind, DType d) {
  static std::mutex mutex;
  static auto& made = *new std::map<std::pair<ScatterKind, const DTypeInfo*>, ClosedJaxpr>;
  std::lock_guard lock(mutex);
  ClosedJaxpr& j = made[{kind, d.info()}];
  if (!j.jaxpr) {
    auto update = kKinds[static_cast<size_t>(kind)].update;
    Aval scalars[] = {Aval(d, {}), Aval(d, {})};
    j = stage([update](Args a) -> Values { return {update(a[0], a[1])}; }, scalars);
  }
  return j;
}

}  // namespace

Op scatter_op(ScatterKind kind, DType d, const ScatterDims& dims, const IndexOptions& o) {
  ScatterParams p{dims, o.indices_are_sorted, o.unique_indices, o.mode, {}};
  if (kind != ScatterKind::kSet) p.update_jaxpr = update_jaxpr(kind, d);
  return kKinds[static_cast<size_t>(kind)].prim.with(std::move(p));
}

Value scatter(ScatterKind kind, const Value& operand, const Value& indices, const Value& updates,
              const ScatterDims& dims, const IndexOptions& o) {
  return scatter_op(kind, operand.dtype(), dims, o).bind1({operand, indices, updates});
}

Value scatter_apply(const Value& operand, const Value& indices, const ClosedJaxpr& update,
                    std::span<const int64_t> update_shape, const ScatterDims& dims,
                    const IndexOptions& o) {
  ScatterParams p{dims, o.indices_are_sorted, o.unique_indices, o.mode, update};
  Value unused = zeros(Aval(operand.dtype(), update_shape));
  return scatter_p.with(std::move(p)).bind1({operand, indices, unused});
}

}  // namespace covector
