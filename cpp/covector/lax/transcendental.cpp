// Elementwise functions of one inexact operand: exponentials, logarithms,
// roots, trigonometric and hyperbolic functions. Derivatives are the tangent
// times a factor that depends on primals only, so that linearization keeps one
// residual for each.

#include <numbers>

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

// Exponentials and logarithms --------------------------------------------------------

const Primitive exp_p{accurate_unary(
    &exp_p, {
                .name = "exp",
                .summary = "The exponential of each element.",
                .jvp = derivative([](const Value& g, const Value& y, Args) { return g * y; }),
                .lower = accurate_op("exponential"),
                .f = exp,
            })};

const Primitive exp2_p{accurate_unary(
    &exp2_p,
    {
        .name = "exp2",
        .summary = "2 to the power of each element.",
        .jvp = derivative([](const Value& g, const Value& y, Args) {
          return g * (like(y, std::numbers::ln2) * y);
        }),
        .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
          hlo::Operand scaled =
              b.elementwise("multiply", {b.splat(out[0], std::numbers::ln2), in[0]}, out[0]);
          return accurate_op("exponential")(op, b, hlo::Operands(&scaled, 1), out);
        },
        .f = exp2,
    })};

const Primitive expm1_p{
    accurate_unary(&expm1_p, {
                                 .name = "expm1",
                                 .summary = "exp(x) - 1 of each element, accurate near 0.",
                                 .jvp = derivative([](const Value& g, const Value& y, Args) {
                                   return g * (y + like(y, 1));
                                 }),
                                 .lower = accurate_op("exponential_minus_one"),
                                 .f = expm1,
                             })};

const Primitive log_p{accurate_unary(
    &log_p, {
                .name = "log",
                .summary = "The natural logarithm of each element.",
                .jvp = derivative([](const Value& g, const Value&, Args x) { return g / x[0]; }),
                .lower = accurate_op("log"),
                .f = log,
            })};

const Primitive log1p_p{
    accurate_unary(&log1p_p, {
                                 .name = "log1p",
                                 .summary = "log(1 + x) of each element, accurate near 0.",
                                 .jvp = derivative([](const Value& g, const Value&, Args x) {
                                   return g / (x[0] + like(x[0], 1));
                                 }),
                                 .lower = accurate_op("log_plus_one"),
                                 .f = log1p,
                             })};

const Primitive logistic_p{accurate_unary(
    &logistic_p, {
                     .name = "logistic",
                     .summary = "The logistic function 1 / (1 + exp(-x)) of each element.",
                     .jvp = derivative([](const Value& g, const Value& y, Args) {
                       return g * (y * (like(y, 1) - y));
                     }),
                     .lower = lower_via([](const Op&, Args x) -> Values {
                       Value one = like(x[0], 1);
                       return {one / (one + exp(-x[0]))};
                     }),
                     .f = logistic,
                 })};

// Roots --------------------------------------------------------------------------------

const Primitive sqrt_p{
    accurate_unary(&sqrt_p, {
                                .name = "sqrt",
                                .summary = "The square root of each element.",
                                .jvp = derivative([](const Value& g, const Value& y, Args) {
                                  return g * (like(y, 0.5) / y);
                                }),
                                .lower = accurate_op("sqrt"),
                                .f = sqrt,
                            })};

const Primitive rsqrt_p{
    accurate_unary(&rsqrt_p, {
                                 .name = "rsqrt",
                                 .summary = "1 / sqrt(x) of each element.",
                                 .jvp = derivative([](const Value& g, const Value& y, Args x) {
                                   return g * (like(y, -0.5) * (y / x[0]));
                                 }),
                                 .lower = accurate_op("rsqrt"),
                                 .f = rsqrt,
                             })};

const Primitive cbrt_p{
    accurate_unary(&cbrt_p, {
                                .name = "cbrt",
                                .summary = "The cube root of each element.",
                                .accepts = kFloats,
                                .jvp = derivative([](const Value& g, const Value& y, Args) {
                                  return g * (like(y, 1.0 / 3) * integer_pow(y, -2));
                                }),
                                .lower = accurate_op("cbrt"),
                                .f = cbrt,
                            })};

// Trigonometric functions -----------------------------------------------------------

// sinh(x) and cosh(x) by expm1: no cancellation near 0.
std::pair<Value, Value> sinh_cosh(const Value& x) {
  Value up = expm1(x), down = expm1(-x), two = like(x, 2);
  return {(up - down) / two, ((up + down) + two) / two};
}

// Where re is 0, cosh(im) may overflow without harm to the exact zero.
Values complex_sin(const Op&, Args z) {
  Value re = real(z[0]), im = imag(z[0]), zero = full(re.aval(), 0);
  auto [sh, ch] = sinh_cosh(im);
  Value y = cos(re) * sh;
  return {select(eq(re, zero), complex(zero, y), complex(sin(re) * ch, y))};
}

Values complex_cos(const Op&, Args z) {
  Value re = real(z[0]), im = imag(z[0]), zero = full(re.aval(), 0);
  auto [sh, ch] = sinh_cosh(im);
  Value x = cos(re) * ch;
  return {select(eq(re, zero), complex(x, zero), complex(x, -sin(re) * sh))};
}

// One operation for real operands, a composition for complex ones.
LowerRule real_or_complex(std::string_view name, Values (*composition)(const Op&, Args)) {
  return [on_real = accurate_op(name), on_complex = lower_via(composition)](
             const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
    return (is_complex(out[0].dtype()) ? on_complex : on_real)(op, b, in, out);
  };
}

const Primitive sin_p{accurate_unary(
    &sin_p,
    {
        .name = "sin",
        .summary = "The sine of each element.",
        .jvp = derivative([](const Value& g, const Value&, Args x) { return g * cos(x[0]); }),
        .lower = real_or_complex("sine", complex_sin),
        .f = sin,
    })};

const Primitive cos_p{accurate_unary(
    &cos_p,
    {
        .name = "cos",
        .summary = "The cosine of each element.",
        .jvp = derivative([](const Value& g, const Value&, Args x) { return g * -sin(x[0]); }),
        .lower = real_or_complex("cosine", complex_cos),
        .f = cos,
    })};

const Primitive tan_p{
    accurate_unary(&tan_p, {
                               .name = "tan",
                               .summary = "The tangent of each element.",
                               .jvp = derivative([](const Value& g, const Value& y, Args) {
                                 return g * (like(y, 1) + square(y));
                               }),
                               .lower = accurate_op("tan"),
                               .f = tan,
                           })};

// 1 - x^2
Value one_minus_square(const Value& x) { return like(x, 1) - square(x); }

const Primitive asin_p{unary({
    .name = "asin",
    .summary = "The arc sine of each element.",
    .jvp = derivative(
        [](const Value& g, const Value&, Args x) { return g * rsqrt(one_minus_square(x[0])); }),
    .lower = hlo_op("chlo.asin"),
    .f = asin,
})};

const Primitive acos_p{unary({
    .name = "acos",
    .summary = "The arc cosine of each element.",
    .jvp = derivative(
        [](const Value& g, const Value&, Args x) { return g * -rsqrt(one_minus_square(x[0])); }),
    .lower = hlo_op("chlo.acos"),
    .f = acos,
})};

const Primitive atan_p{unary({
    .name = "atan",
    .summary = "The arc tangent of each element.",
    .jvp = derivative(
        [](const Value& g, const Value&, Args x) { return g / (like(x[0], 1) + square(x[0])); }),
    .lower = hlo_op("chlo.atan"),
    .f = atan,
})};

// Hyperbolic functions --------------------------------------------------------------

const Primitive sinh_p{unary({
    .name = "sinh",
    .summary = "The hyperbolic sine of each element.",
    .jvp = derivative([](const Value& g, const Value&, Args x) { return g * cosh(x[0]); }),
    .lower = hlo_op("chlo.sinh"),
    .f = sinh,
})};

const Primitive cosh_p{unary({
    .name = "cosh",
    .summary = "The hyperbolic cosine of each element.",
    .jvp = derivative([](const Value& g, const Value&, Args x) { return g * sinh(x[0]); }),
    .lower = hlo_op("chlo.cosh"),
    .f = cosh,
})};

// (1 - y)(1 + y) rather than 1 - y^2: accurate where y is near 1.
const Primitive tanh_p{
    accurate_unary(&tanh_p, {
                                .name = "tanh",
                                .summary = "The hyperbolic tangent of each element.",
                                .jvp = derivative([](const Value& g, const Value& y, Args) {
                                  Value one = like(y, 1);
                                  return g * ((one + y) * (one - y));
                                }),
                                .lower = accurate_op("tanh"),
                                .f = tanh,
                            })};

const Primitive asinh_p{unary({
    .name = "asinh",
    .summary = "The inverse hyperbolic sine of each element.",
    .jvp = derivative([](const Value& g, const Value&, Args x) {
      return g * rsqrt(square(x[0]) + like(x[0], 1));
    }),
    .lower = hlo_op("chlo.asinh"),
    .f = asinh,
})};

// Of real numbers x^2 - 1 will do, whose accuracy near 0 is of no use here; of
// complex ones the square would lose the branch.
Value acosh_slope(const Value& x) {
  Value one = like(x, 1);
  if (is_complex(x.dtype())) return rsqrt(x - one) * rsqrt(x + one);
  return rsqrt(square(x) - one);
}

const Primitive acosh_p{unary({
    .name = "acosh",
    .summary = "The inverse hyperbolic cosine of each element.",
    .jvp = derivative([](const Value& g, const Value&, Args x) { return g * acosh_slope(x[0]); }),
    .lower = hlo_op("chlo.acosh"),
    .f = acosh,
})};

const Primitive atanh_p{unary({
    .name = "atanh",
    .summary = "The inverse hyperbolic tangent of each element.",
    .jvp = derivative([](const Value& g, const Value&, Args x) {
      Value one = like(x[0], 1);
      return g / ((one + x[0]) * (one - x[0]));
    }),
    .lower = hlo_op("chlo.atanh"),
    .f = atanh,
})};

}  // namespace

Value exp(const Value& x) { return plain(exp_p).bind1({x}); }
Value exp2(const Value& x) { return plain(exp2_p).bind1({x}); }
Value expm1(const Value& x) { return plain(expm1_p).bind1({x}); }
Value log(const Value& x) { return plain(log_p).bind1({x}); }
Value log1p(const Value& x) { return plain(log1p_p).bind1({x}); }
Value logistic(const Value& x) { return plain(logistic_p).bind1({x}); }
Value sqrt(const Value& x) { return plain(sqrt_p).bind1({x}); }
Value rsqrt(const Value& x) { return plain(rsqrt_p).bind1({x}); }
Value cbrt(const Value& x) { return plain(cbrt_p).bind1({x}); }
Value sin(const Value& x) { return plain(sin_p).bind1({x}); }
Value cos(const Value& x) { return plain(cos_p).bind1({x}); }
Value tan(const Value& x) { return plain(tan_p).bind1({x}); }
Value asin(const Value& x) { return asin_p.op().bind1({x}); }
Value acos(const Value& x) { return acos_p.op().bind1({x}); }
Value atan(const Value& x) { return atan_p.op().bind1({x}); }
Value sinh(const Value& x) { return sinh_p.op().bind1({x}); }
Value cosh(const Value& x) { return cosh_p.op().bind1({x}); }
Value tanh(const Value& x) { return plain(tanh_p).bind1({x}); }
Value asinh(const Value& x) { return asinh_p.op().bind1({x}); }
Value acosh(const Value& x) { return acosh_p.op().bind1({x}); }
Value atanh(const Value& x) { return atanh_p.op().bind1({x}); }

}  // namespace covector
