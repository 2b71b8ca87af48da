// Sums and extremes of windows.

#include "covector/lax/elementwise.h"
#include "covector/lax/monoid.h"
#include "covector/lax/window.h"

namespace covector {

using namespace rules;

namespace {

EvalRule window_eval(DTypeSet accepts) {
  return [accepts](const Op& op, AvalSpan in) -> Avals {
    const Aval& x = in[0];
    require<TypeError>(accepts.has(x.dtype()), "operand to ", op.name(), " must have a ",
                       accepts.names, " dtype, got ", x.dtype()->name);
    return {x.with_shape(windows_shape("reduce_window", x.shape(), op.get<Windows>()))};
  };
}

// A window over each cotangent of a result that an element is in. With strides
// the cotangents are apart; with base dilation only some windows are at elements.
Values sum_transpose(const Op& op, Args ct, TransposeArgs in) {
  const Windows& w = op.get<Windows>();
  const Shape& shape = in[0].aval.shape();
  Margins margins = transposed_margins(shape, ct[0].shape(), w);
  std::vector<PadDim> dims;
  for (size_t i = 0; i < margins.size(); ++i)
    dims.push_back({margins[i].low, margins[i].high, w.strides[i] - 1});
  Value spread = pad(ct[0], zeros(Aval(ct[0].dtype(), {})), dims);
  Axes ones(shape.size(), 1);
  return {reduce_window_sum(
      spread, {w.dimensions, w.base_dilation, Margins(shape.size()), ones, w.window_dilation})};
}

template <Selection s>
JvpOut extreme_jvp(const Op& op, Args x, Args t) {
  return {op.bind(x), {select_and_gather_add(t[0], x[0], s, op.get<Windows>())}};
}

BatchOut window_batch(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  return {op.prim->with(with_axis(op.get<Windows>(), axes[0])).bind(in), {axes[0]}};
}

LowerRule window_lower(Monoid m) {
  return [m](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
    DType d = in[0].aval.dtype();
    bool keys = needs_keys(b, m, d);
    hlo::Operand operands[2] = {keys ? to_keys(b, m, in[0]) : in[0],
                                b.constant(keys ? key_identity(m, d) : identity(m, d))};
    DType k = operands[0].aval.dtype();
    Aval element(k, {}), result = out[0].with_dtype(k);
    hlo::Region body{{element, element}, [m](hlo::Builder& r, hlo::Operands a) -> hlo::Results {
                       return {combine(r, m, a[0], a[1])};
                     }};
    hlo::Operand r = b.region_op("reduce_window", operands, std::span(&result, 1),
                                 std::span(&body, 1), window_attrs(op.get<Windows>()))[0];
    return {keys ? from_keys(b, r, d) : r};
  };
}

struct WindowReduction {
  std::string_view name;
  Monoid monoid;
  DTypeSet accepts;
  JvpRule jvp;
  TransposeRule transpose = {};
};

PrimitiveDef window_reduction(WindowReduction s) {
  return {.name = s.name,
          .abstract_eval = window_eval(s.accepts),
          .jvp = std::move(s.jvp),
          .transpose = std::move(s.transpose),
          .batch = window_batch,
          .lower = window_lower(s.monoid)};
}

const Primitive reduce_window_sum_p{window_reduction({
    .name = "reduce_window_sum",
    .monoid = Monoid::kSum,
    .accepts = {is_number, "number"},
    .jvp = linear,
    .transpose = sum_transpose,
})};

const Primitive reduce_window_max_p{window_reduction({
    .name = "reduce_window_max",
    .monoid = Monoid::kMax,
    .accepts = kAny,
    .jvp = extreme_jvp<Selection::kGreatest>,
})};

const Primitive reduce_window_min_p{window_reduction({
    .name = "reduce_window_min",
    .monoid = Monoid::kMin,
    .accepts = kAny,
    .jvp = extreme_jvp<Selection::kLeast>,
})};

}  // namespace

Value reduce_window_sum(const Value& x, const Windows& w) {
  return reduce_window_sum_p.with(w).bind1({x});
}
Value reduce_window_max(const Value& x, const Windows& w) {
  return reduce_window_max_p.with(w).bind1({x});
}
Value reduce_window_min(const Value& x, const Windows& w) {
  return reduce_window_min_p.with(w).bind1({x});
}

}  // namespace covector
