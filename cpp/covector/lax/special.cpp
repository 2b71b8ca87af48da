// Special functions that StableHLO's client dialect has, and Bessel functions.

#include <cmath>
#include <numbers>

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

// Error functions ---------------------------------------------------------------------

constexpr double kTwoOverSqrtPi = 2 * std::numbers::inv_sqrtpi;

// factor exp(-x^2)
Value gaussian(const Value& x, double factor) { return like(x, factor) * exp(-square(x)); }

const Primitive erf_p{unary({
    .name = "erf",
    .summary = "The error function of each element.",
    .accepts = kFloats,
    .jvp = derivative(
        [](const Value& g, const Value&, Args x) { return g * gaussian(x[0], kTwoOverSqrtPi); }),
    .lower = hlo_op("chlo.erf"),
    .f = erf,
})};

const Primitive erfc_p{unary({
    .name = "erfc",
    .summary = "The complementary error function 1 - erf(x) of each element.",
    .accepts = kFloats,
    .jvp = derivative(
        [](const Value& g, const Value&, Args x) { return g * gaussian(x[0], -kTwoOverSqrtPi); }),
    .lower = hlo_op("chlo.erfc"),
    .f = erfc,
})};

const Primitive erf_inv_p{unary({
    .name = "erf_inv",
    .summary = "The inverse of the error function of each element.",
    .accepts = kFloats,
    .jvp = derivative([](const Value& g, const Value& y, Args) {
      return g * (like(y, 1 / kTwoOverSqrtPi) * exp(square(y)));
    }),
    .lower = hlo_op("chlo.erf_inv"),
    .f = erf_inv,
})};

// The gamma function's logarithm and its derivatives ------------------------------------

const Primitive lgamma_p{unary({
    .name = "lgamma",
    .summary = "The logarithm of the absolute value of the gamma function of each element.",
    .accepts = kFloats,
    .jvp = derivative([](const Value& g, const Value&, Args x) { return g * digamma(x[0]); }),
    .lower = hlo_op("chlo.lgamma"),
    .f = lgamma,
})};

const Primitive digamma_p{unary({
    .name = "digamma",
    .summary = "The derivative of the logarithm of the gamma function of each element.",
    .accepts = kFloats,
    .jvp = derivative([](const Value& g, const Value&, Args x) {
      return g * polygamma(full(x[0].aval(), 1), x[0]);
    }),
    .lower = hlo_op("chlo.digamma"),
    .f = digamma,
})};

const Primitive polygamma_p{binary({
    .name = "polygamma",
    .summary = "The m-th derivative of digamma at x for each pair of elements.",
    .accepts = kFloats,
    .jvp = partials({
        [](const Value&, const Value&, Args) -> Value {
          fail<ValueError>("polygamma gradient with respect to m is not supported");
        },
        [](const Value& g, const Value&, Args in) {
          return g * polygamma(in[0] + like(in[0], 1), in[1]);
        },
    }),
    .lower = hlo_op("chlo.polygamma"),
    .f = polygamma,
    .signature = "m, x",
})};

const Primitive zeta_p{binary({
    .name = "zeta",
    .summary = "The Hurwitz zeta function of x and q for each pair of elements.",
    .accepts = kFloats,
    .lower = hlo_op("chlo.zeta"),
    .f = zeta,
    .signature = "x, q",
})};

// Bessel functions ------------------------------------------------------------------

// Chebyshev coefficients of exp(-|x|) I0(x), from Cephes: for |x| <= 8 in
// x / 2 - 2, beyond (times sqrt(x)) in 32 / x - 2. Highest order first; single
// precision needs the last ones only.
constexpr double kNear[] = {
    -4.41534164647933937950e-18, 3.33079451882223809783e-17,  -2.43127984654795469359e-16,
    1.71539128555513303061e-15,  -1.16853328779934516808e-14, 7.67618549860493561688e-14,
    -4.85644678311192946090e-13, 2.95505266312963983461e-12,  -1.72682629144155570723e-11,
    9.67580903537323691224e-11,  -5.18979560163526290666e-10, 2.65982372468238665035e-9,
    -1.30002500998624804212e-8,  6.04699502254191894932e-8,   -2.67079385394061173391e-7,
    1.11738753912010371815e-6,   -4.41673835845875056359e-6,  1.64484480707288970893e-5,
    -5.75419501008210370398e-5,  1.88502885095841655729e-4,   -5.76375574538582365885e-4,
    1.63947561694133579842e-3,   -4.32430999505057594430e-3,  1.05464603945949983183e-2,
    -2.37374148058994688156e-2,  4.93052842396707084878e-2,   -9.49010970480476444210e-2,
    1.71620901522208775349e-1,   -3.04682672343198398683e-1,  6.76795274409476084995e-1};
constexpr double kFar[] = {
    -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17,
    3.46122286769746109310e-17,  -2.82762398051658348494e-16, -3.42548561967721913462e-16,
    1.77256013305652638360e-15,  3.81168066935262242075e-15,  -9.55484669882830764870e-15,
    -4.15056934728722208663e-14, 1.54008621752140982691e-14,  3.85277838274214270114e-13,
    7.18012445138366623367e-13,  -1.79417853150680611778e-12, -1.32158118404477131188e-11,
    -3.14991652796324136454e-11, 1.18891471078464383424e-11,  4.94060238822496958910e-10,
    3.39623202570838634515e-9,   2.26666899049817806459e-8,   2.04891858946906374183e-7,
    2.89137052083475648297e-6,   6.88975834691682398426e-5,   3.36911647825569408990e-3,
    8.04490411014108831608e-1};
constexpr size_t kNearSingle = 18, kFarSingle = 7;

// Clenshaw's recurrence.
Value chebyshev(const Value& x, std::span<const double> coefficients) {
  Value b0 = full(x.aval(), 0), b1 = b0, b2 = b0;
  for (double c : coefficients) {
    b2 = b1;
    b1 = b0;
    b0 = x * b1 - b2 + like(x, c);
  }
  return like(x, 0.5) * (b0 - b2);
}

Values bessel_i0e_formula(const Op&, Args in) {
  DType d = in[0].dtype();
  Value x = abs(d == kFloat64 ? in[0] : convert_element_type(in[0], kFloat32));
  std::span<const double> near(kNear), far(kFar);
  if (d != kFloat64) {
    near = near.last(kNearSingle);
    far = far.last(kFarSingle);
  }
  Value two = like(x, 2);
  Value below = chebyshev(like(x, 0.5) * x - two, near);
  Value above = chebyshev(like(x, 32) / x - two, far) / sqrt(x);
  return {convert_element_type(select(le(x, like(x, 8)), below, above), d)};
}

const Primitive bessel_i0e_p{unary({
    .name = "bessel_i0e",
    .summary = "exp(-|x|) times the modified Bessel function of order 0 of each element.",
    .accepts = kFloats,
    .jvp = derivative([](const Value& g, const Value& y, Args x) {
      return g * (bessel_i1e(x[0]) - sign(x[0]) * y);
    }),
    .lower = lower_via(bessel_i0e_formula),
    .f = bessel_i0e,
})};

double epsilon(DType d) {
  if (d == kFloat64) return 0x1p-52;
  return d == kFloat32 ? 0x1p-23 : d == kFloat16 ? 0x1p-10 : 0x1p-7;
}

// Near 0 the quotient in the formula is 0 / 0, and the slope 1/2.
Value bessel_i1e_slope(const Value& x, const Value& y) {
  Value eps = full(x.aval(), epsilon(x.dtype()));
  Value large = gt(abs(x), eps), safe = select(large, x, eps);
  Value slope = bessel_i0e(safe) - y * (sign(safe) + reciprocal(safe));
  return select(large, slope, full(x.aval(), 0.5));
}

const Primitive bessel_i1e_p{unary({
    .name = "bessel_i1e",
    .summary = "exp(-|x|) times the modified Bessel function of order 1 of each element.",
    .accepts = kFloats,
    .jvp = derivative(
        [](const Value& g, const Value& y, Args x) { return g * bessel_i1e_slope(x[0], y); }),
    .lower = hlo_op("chlo.bessel_i1e"),
    .f = bessel_i1e,
})};

}  // namespace

Value erf(const Value& x) { return erf_p.op().bind1({x}); }
Value erfc(const Value& x) { return erfc_p.op().bind1({x}); }
Value erf_inv(const Value& x) { return erf_inv_p.op().bind1({x}); }
Value lgamma(const Value& x) { return lgamma_p.op().bind1({x}); }
Value digamma(const Value& x) { return digamma_p.op().bind1({x}); }
Value polygamma(const Value& m, const Value& x) { return polygamma_p.op().bind1({m, x}); }
Value zeta(const Value& x, const Value& q) { return zeta_p.op().bind1({x, q}); }
Value bessel_i0e(const Value& x) { return bessel_i0e_p.op().bind1({x}); }
Value bessel_i1e(const Value& x) { return bessel_i1e_p.op().bind1({x}); }

}  // namespace covector
