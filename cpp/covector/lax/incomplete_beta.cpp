// The regularized incomplete beta function, by the continued fraction of DLMF
// 8.17.22, which converges fast for x < (a + 1) / (a + b + 2); elsewhere by
// I_x(a, b) = 1 - I_{1-x}(b, a). The fraction is evaluated by Lentz's method.

#include <cmath>
#include <limits>

#include "covector/lax/loop.h"

namespace covector {

using namespace rules;
using namespace rules::formula;

namespace {

bool is_double(const Value& x) { return x.dtype() == kFloat64; }
double half_epsilon(const Value& x) { return is_double(x) ? 0x1p-53 : 0x1p-24; }
int64_t max_iterations(const Value& x) { return is_double(x) ? 600 : 200; }

// The n-th partial numerator, n >= 1 a scalar. All partial denominators are 1.
Value numerator(const Value& n, const Value& a, const Value& b, const Value& x) {
  Value m = convert_element_type(div(n - like(n, 1), like(n, 2)), a.dtype());
  Value one = like(a, 1), a_2m = a + like(a, 2) * m;
  Value even = -((a + m) * (a + b + m) * x) / (a_2m * (a_2m + one));
  // The same for m = 0, also where a is too small to divide by.
  Value even_first = -((a + b) * x) / (a + one);
  Value odd = (m * (b - m) * x) / ((a_2m - one) * a_2m);
  Value of_even = select(is(m, 0), even_first, even);
  Value later = select(is(rem(n, like(n, 2)), 0), of_even, odd);
  return put(is(n, 1), 1, later);
}

// State: n, on, c, d, value, a, b, x.
Values step(Args s) {
  const Value &n = s[0], &a = s[5], &b = s[6], &x = s[7];
  Value one = like(x, 1), tiny = full(x.aval(), half_epsilon(x));
  auto away_from_zero = [&](const Value& v) { return select(lt(abs(v), tiny), tiny, v); };
  Value u = numerator(n, a, b, x);
  Value c = away_from_zero(one + u / s[2]);
  Value d = one / away_from_zero(one + u * s[3]);
  Value delta = c * d;
  Value far = ge(abs(delta - one), tiny);
  return {n + like(n, 1), any(far), c, d, s[4] * delta, a, b, x};
}

Value converges_fast(const Value& a, const Value& b, const Value& x) {
  return lt(x, (a + like(a, 1)) / (a + b + like(a, 2)));
}

// The operands as the fraction takes them.
Values reflected(Args in) {
  const Value &a = in[0], &b = in[1], &x = in[2];
  Value fast = converges_fast(a, b, x);
  return {select(fast, a, b), select(fast, b, a), select(fast, x, like(x, 1) - x)};
}

Values start(Args in) {
  const Value& x = in[2];
  Value tiny = full(x.aval(), half_epsilon(x));
  Value first = scalar_of(kInt32, int64_t{1}), on = scalar_of(kBool, int64_t{1});
  return {first, on, tiny, full(x.aval(), 0), tiny, in[0], in[1], x};
}

// x^a (1 - x)^b / (a B(a, b)); for tiny a, where a Gamma(a) is 1.
Value prefactor(const Value& a, const Value& b, const Value& x) {
  double tiny = 2 * (is_double(x) ? std::numeric_limits<double>::min()
                                  : static_cast<double>(std::numeric_limits<float>::min()));
  Value rest = log1p(-x) * b, log_beta = lgamma(b) - lgamma(a + b);
  Value general = exp(log(x) * a + rest - (lgamma(a) + log_beta)) / a;
  return select(lt(a, like(a, tiny)), exp(rest - log_beta), general);
}

// Limits and errors. Operands: a, b, x as given, those of the fraction, its value.
Values finish(Args in) {
  const Value &a = in[0], &b = in[1], &x = in[2];
  Value r = in[6] * prefactor(in[3], in[4], in[5]);
  r = select(converges_fast(a, b, x), r, like(r, 1) - r);
  Value a_vanishes = is(a, 0) | is(b, INFINITY), b_vanishes = is(b, 0) | is(a, INFINITY);
  Value at_0 = is(x, 0), at_1 = is(x, 1);
  r = put((b_vanishes & ~at_1) | (a_vanishes & at_0), 0, r);
  r = put((a_vanishes & ~at_0) | (b_vanishes & at_1), 1, r);
  Value zero = like(x, 0);
  Value error = lt(a, zero) | lt(b, zero) | lt(x, zero) | gt(x, like(x, 1)) |
                (a_vanishes & b_vanishes) | is_nan(a) | is_nan(b) | is_nan(x);
  return {put(error, NAN, r)};
}

hlo::Results betainc_lower(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  hlo::Results given = working_operands(b, in, out[0]);
  hlo::Results used = lower_fun(b, reflected, given);
  hlo::Results state = lower_while(
      b,
      [](Args s) -> Values {
        return {s[1] & lt(s[0], like(s[0], static_cast<double>(max_iterations(s[7]))))};
      },
      step, lower_fun(b, start, used));
  hlo::Results all = given;
  all.append(used);
  all.push_back(state[4]);
  return {b.convert(lower_fun(b, finish, all)[0], out[0].dtype())};
}

Value no_partial(const Value&, const Value&, Args) {
  fail<ValueError>("Betainc gradient with respect to a and b not supported.");
}

Value density(const Value& g, const Value&, Args in) {
  const Value &a = in[0], &b = in[1], &x = in[2];
  Value log_beta = lgamma(a) + lgamma(b) - lgamma(a + b);
  return g * exp((b - like(b, 1)) * log1p(-x) + (a - like(a, 1)) * log(x) - log_beta);
}

const Primitive regularized_incomplete_beta_p{{
    .name = "regularized_incomplete_beta",
    .abstract_eval = elementwise_eval(kFloats),
    .jvp = partials({no_partial, no_partial, density}),
    .batch = batch_elementwise,
    .lower = betainc_lower,
    .function = {.signature = "a, b, x",
                 .doc = elementwise_doc(
                     "The regularized incomplete beta function of a and b at x for each triple.",
                     "a, b, x", kFloats.names),
                 .call = [](const CallArgs& a) -> Values {
                   return {betainc(a.value(0), a.value(1), a.value(2))};
                 },
                 .name = "betainc"},
}};

}  // namespace

Value betainc(const Value& a, const Value& b, const Value& x) {
  return regularized_incomplete_beta_p.op().bind1({a, b, x});
}

}  // namespace covector
