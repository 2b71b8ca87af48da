// Cumulative reductions along one axis.

#include <cmath>
#include <numbers>

#include "covector/lax/loop.h"
#include "covector/lax/monoid.h"
#include "covector/lax/scan.h"

namespace covector {

using namespace rules;

namespace {

struct CumulativeParams {
  int64_t axis = 0;
  bool reverse = false;
  void fields(FieldVisitor& f) const {
    f("axis", axis);
    f("reverse", reverse);
  }
  bool operator==(const CumulativeParams&) const = default;
};

// Combinations of two elements, and of two elements with their tangents --------------

Value plus_log1p(const Value& most, const Value& difference) {
  return most + log1p(exp(difference));
}

// The angle brought to [-pi, pi].
Value wrapped(const Value& angle) {
  Value pi = like(angle, std::numbers::pi), turn = like(angle, 2 * std::numbers::pi);
  Value r = rem(angle + pi, turn);
  return select(lt(r, like(r, 0)), r + turn, r) - pi;
}

// log(exp(x) + exp(y)) without overflow.
Value logaddexp(const Value& x, const Value& y) {
  Value most = max(x, y);
  if (is_complex(x.dtype())) {
    Value z = plus_log1p(most, (x + y) - like(x, 2) * most);
    return complex(real(z), wrapped(imag(z)));
  }
  // NaN for infinities of one sign, whose sum is right.
  Value difference = x - y;
  return select(ne(difference, difference), x + y, plus_log1p(most, -abs(difference)));
}

Values product_dual(Args a, Args b) { return {a[0] * b[0], a[1] * b[0] + a[0] * b[1]}; }

template <Value (*choose)(const Value&, const Value&)>
Values extreme_dual(Args a, Args b) {
  Value y = choose(a[0], b[0]);
  Value t = a[1] * share_of_extreme(a[0], b[0], y) + b[1] * share_of_extreme(b[0], a[0], y);
  return {std::move(y), std::move(t)};
}

Values logaddexp_dual(Args a, Args b) {
  auto finite = [](const Value& x) {
    return select(eq(x, like(x, INFINITY)), full(x.aval(), 0), x);
  };
  Value y = logaddexp(a[0], b[0]), top = finite(y);
  Value t = a[1] * exp(finite(a[0]) - top) + b[1] * exp(finite(b[0]) - top);
  return {std::move(y), std::move(t)};
}

// Rules ----------------------------------------------------------------------------

EvalRule cumulative_eval(DTypeSet accepts) {
  return [accepts](const Op& op, AvalSpan in) -> Avals {
    int64_t axis = op.get<CumulativeParams>().axis;
    require_dtype(op, in[0], accepts.has, accepts.names);
    require<ValueError>(axis >= 0, op.name(), ": XLA operations do not allow negative axes");
    require<ValueError>(axis < in[0].rank(), op.name(), ": axis ", axis,
                        " is out of bounds for array of shape ", in[0].shape());
    return {in[0]};
  };
}

// Tangents go through the scan with the values that they belong to.
JvpRule scan_jvp(Combine dual) {
  return [dual = std::move(dual)](const Op& op, Args x, Args t) -> JvpOut {
    auto& p = op.get<CumulativeParams>();
    op.prim->def().abstract_eval(op, AvalSpan(&x[0].aval(), 1));  // checks the axis
    Values r = associative_scan(dual, Values{x[0], t[0]}, p.axis, p.reverse);
    return {{std::move(r[0])}, {std::move(r[1])}};
  };
}

BatchOut cumulative_batch(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  CumulativeParams p = op.get<CumulativeParams>();
  p.axis += p.axis >= axes[0];
  return {op.prim->with(p).bind(in), {axes[0]}};
}

std::string window_attrs(const Aval& a, const CumulativeParams& p) {
  size_t rank = a.shape().size(), axis = static_cast<size_t>(p.axis);
  Axes window(rank, 1);
  window[axis] = a.shape()[axis];
  std::string padding;
  for (size_t i = 0; i < rank; ++i) {
    int64_t n = i == axis ? window[axis] - 1 : 0;
    padding += str(i ? ", " : "", "[", p.reverse ? 0 : n, ", ", p.reverse ? n : 0, "]");
  }
  return str(hlo::array_attr("window_dimensions", window), ", padding = dense<[", padding,
             "]> : tensor<", rank, "x2xi64>");
}

// What a lowering knows of the operation: on elements inside a window, on whole
// arrays, where a window starts, and the sizes of axes and of arrays up to which
// windows are the better way.
struct Operation {
  std::function<hlo::Results(hlo::Builder&, hlo::Operands)> on_elements;
  Combine on_arrays;
  Value (*start)(DType);
  int64_t window_axis, window_size;
  std::optional<Monoid> monoid = {};
};

// A window over all elements before each: XLA rewrites it into a tree, so that
// the work is linear.
hlo::Operand by_windows(const Operation& f, const CumulativeParams& p, hlo::Builder& b,
                        const hlo::Operand& x) {
  DType d = x.aval.dtype();
  if (f.monoid && needs_keys(b, *f.monoid, d))
    return from_keys(b, by_windows(f, p, b, to_keys(b, *f.monoid, x)), d);
  Aval element(d, {}), out = x.aval;
  hlo::Region region{{element, element}, f.on_elements};
  hlo::Operand operands[2] = {x, b.constant(f.start(d))};
  return b.region_op("reduce_window", operands, std::span(&out, 1), std::span(&region, 1),
                     window_attrs(x.aval, p))[0];
}

// The work in a window is a multiple of the elements. On the CPU large arrays are
// first made smaller by combining neighbors, at some cost to compile.
LowerRule cumulative_lower(Operation f) {
  return [f = std::move(f)](const Op& op, hlo::Builder& b, hlo::Operands in,
                            AvalSpan out) -> hlo::Results {
    const CumulativeParams& p = op.get<CumulativeParams>();
    auto in_windows = [&](const Aval& a) {
      return !b.for_cpu() || a.dim(p.axis) <= f.window_axis || a.size() <= f.window_size;
    };
    if (out[0].dim(p.axis) < 2) return {in[0]};
    if (in_windows(out[0])) return {by_windows(f, p, b, in[0])};
    ShortScan rest = [&](Args x) -> Values {
      if (!in_windows(x[0].aval())) return {};
      return op.prim->with(CumulativeParams{p.axis, false}).bind(x);
    };
    return lower_fun(
        b, [&](Args x) { return associative_scan(f.on_arrays, x, p.axis, p.reverse, rest); }, in);
  };
}

template <Monoid m, Value (*f)(const Value&, const Value&)>
LowerRule monoid_lower() {
  return cumulative_lower({
      [](hlo::Builder& b, hlo::Operands a) -> hlo::Results { return {combine(b, m, a[0], a[1])}; },
      [](Args a, Args b) -> Values { return {f(a[0], b[0])}; },
      [](DType d) { return identity(m, d); },
      /*window_axis=*/31,
      /*window_size=*/1 << 16,
      m,
  });
}

LowerRule logaddexp_lower() {
  return cumulative_lower({
      [](hlo::Builder& b, hlo::Operands a) {
        return lower_fun(b, [](Args x) -> Values { return {logaddexp(x[0], x[1])}; }, a);
      },
      [](Args a, Args b) -> Values { return {logaddexp(a[0], b[0])}; },
      [](DType d) { return scalar_of(d, -INFINITY); },
      /*window_axis=*/1,
      /*window_size=*/1 << 12,
  });
}

// Entries --------------------------------------------------------------------------

struct CumulativeSpec {
  std::string_view name, summary;
  DTypeSet accepts{is_number, "number"};
  JvpRule jvp;
  TransposeRule transpose = {};
  LowerRule lower;
  Value (*f)(const Value&, int64_t, bool) = nullptr;
};

PrimitiveDef cumulative(CumulativeSpec s) {
  std::string doc = str(s.summary, R"(

Args:
  operand: an array of dtype )",
                        s.accepts.names, R"(.
  axis: the axis to go along, not negative.
  reverse: go from the end to the start.

Returns:
  An array of the operand's type.

Raises:
  TypeError: the dtype is not one of these.
  ValueError: the axis is out of bounds.)");
  return {.name = s.name,
          .abstract_eval = cumulative_eval(s.accepts),
          .jvp = std::move(s.jvp),
          .transpose = std::move(s.transpose),
          .batch = cumulative_batch,
          .lower = std::move(s.lower),
          .function = {.signature = "operand, axis=0, reverse=False",
                       .doc = kept(std::move(doc)),
                       .call = [f = s.f](const CallArgs& a) -> Values {
                         return {f(a.value(0), a.integer(1), a.boolean(2))};
                       }}};
}

const Primitive cumsum_p{cumulative({
    .name = "cumsum",
    .summary = "The sums of the elements up to each.",
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values {
      auto& p = op.get<CumulativeParams>();
      return {cumsum(ct[0], p.axis, !p.reverse)};
    },
    .lower = monoid_lower<Monoid::kSum, add>(),
    .f = cumsum,
})};

const Primitive cumprod_p{cumulative({
    .name = "cumprod",
    .summary = "The products of the elements up to each.",
    .jvp = scan_jvp(product_dual),
    .lower = monoid_lower<Monoid::kProduct, mul>(),
    .f = cumprod,
})};

const Primitive cummax_p{cumulative({
    .name = "cummax",
    .summary = "The greatest of the elements up to each.",
    .jvp = scan_jvp(extreme_dual<max>),
    .lower = monoid_lower<Monoid::kMax, max>(),
    .f = cummax,
})};

const Primitive cummin_p{cumulative({
    .name = "cummin",
    .summary = "The least of the elements up to each.",
    .jvp = scan_jvp(extreme_dual<min>),
    .lower = monoid_lower<Monoid::kMin, min>(),
    .f = cummin,
})};

const Primitive cumlogsumexp_p{cumulative({
    .name = "cumlogsumexp",
    .summary = "The logarithms of the sums of the exponentials of the elements up to each.",
    .accepts = kInexact,
    .jvp = scan_jvp(logaddexp_dual),
    .lower = logaddexp_lower(),
    .f = cumlogsumexp,
})};

Value bound(const Primitive& p, const Value& x, int64_t axis, bool reverse) {
  return p.with(CumulativeParams{axis, reverse}).bind1({x});
}

}  // namespace

Value cumsum(const Value& x, int64_t axis, bool reverse) {
  return bound(cumsum_p, x, axis, reverse);
}
Value cumprod(const Value& x, int64_t axis, bool reverse) {
  return bound(cumprod_p, x, axis, reverse);
}
Value cummax(const Value& x, int64_t axis, bool reverse) {
  return bound(cummax_p, x, axis, reverse);
}
Value cummin(const Value& x, int64_t axis, bool reverse) {
  return bound(cummin_p, x, axis, reverse);
}
Value cumlogsumexp(const Value& x, int64_t axis, bool reverse) {
  return bound(cumlogsumexp_p, x, axis, reverse);
}

}  // namespace covector
