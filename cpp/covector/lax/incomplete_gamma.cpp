// The regularized incomplete gamma functions P(a, x) = igamma and Q = 1 - P =
// igammac, and the derivative of P by a. Where x is small or less than a, a power
// series gives P; elsewhere Legendre's continued fraction gives Q. Derivatives
// by a are those of the recurrences, term by term.

#include <cmath>
#include <limits>

#include "covector/lax/loop.h"

namespace covector {

using namespace rules;
using namespace rules::formula;

namespace {

double epsilon(const Value& x) { return x.dtype() == kFloat64 ? 0x1p-52 : 0x1p-23; }
double log_of_largest(const Value& x) {
  return x.dtype() == kFloat64 ? std::log(std::numeric_limits<double>::max())
                               : std::log(std::numeric_limits<float>::max());
}

// log(x^a exp(-x) / Gamma(a)), the factor before both expansions.
Value log_factor(const Value& a, const Value& x) { return a * log(x) - x - lgamma(a); }

// Elements whose expansion has converged keep their state.
Values update(const Value& on, Args before, Values after) {
  for (size_t i = 0; i < after.size(); ++i)
    if (after[i].shape() == on.shape()) after[i] = select(on, after[i], before[i]);
  return after;
}

// The power series 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ... -----------------------
// State: on, n, x, term, sum; with slopes also those of term and sum by a.

Values series_start(Args in, bool slopes) {
  const Value &a = in[0], &x = in[1], &on = in[2];
  Value zero = full(a.aval(), 0), one = full(a.aval(), 1);
  Values s{on, a, x, one, one};
  if (slopes) s.append(Values{zero, zero});
  return s;
}

Values series_step(Args s, bool slopes) {
  const Value &on = s[0], &x = s[2], &term = s[3];
  Value n = s[1] + like(s[1], 1), ratio = x / n;
  Value next = term * ratio, sum = s[4] + next;
  Value change = next / sum;
  Values r{on, n, x, next, sum};
  if (slopes) {
    Value slope = s[5] * ratio - (term * x) / (n * n), sum_slope = s[6] + slope;
    change = abs(slope / sum_slope);
    r.append(Values{slope, sum_slope});
  }
  Value more = on & gt(change, like(x, epsilon(x)));
  r = update(on, s, std::move(r));
  r[0] = more;
  return r;
}

// The continued fraction ----------------------------------------------------------------
// Its convergents are p / q. State: on, k, y, z, p1, q1, p2, q2, value; with
// slopes also those of p1, q1, p2, q2 and the value by a.

constexpr double kMaxIterations = 2000;

Values fraction_start(Args in, bool slopes) {
  const Value &a = in[0], &x = in[1], &on = in[2];
  Value zero = full(x.aval(), 0), one = full(x.aval(), 1);
  Value y = like(a, 1) - a, z = x + y + like(x, 1);
  Value p1 = x + one, q1 = z * x, value = p1 / q1;
  Values s{on, like(x, 0), y, z, p1, q1, one, x, value};
  if (slopes) s.append(Values{zero, -x, zero, zero, (value * x) / q1});
  return s;
}

// The recurrence of numerators and denominators. By a, z falls and y k falls k
// times as fast.
struct Convergent {
  Value next, slope;
};

Convergent recur(const Value& z, const Value& y, const Value& k, const Value& u1, const Value& u2,
                 const Value& slope1, const Value& slope2) {
  Value yk = y * k, next = u1 * z - u2 * yk;
  if (!slope1) return {next, {}};
  return {next, slope1 * z - u1 - slope2 * yk + u2 * k};
}

Values fraction_step(Args s, bool slopes) {
  const Value& on = s[0];
  auto slope_of = [&](size_t i) { return slopes ? s[i + 5] : Value(); };
  Value k = s[1] + like(s[1], 1), y = s[2] + like(s[2], 1), z = s[3] + like(s[3], 2);
  Convergent p = recur(z, y, k, s[4], s[6], slope_of(4), slope_of(6));
  Convergent q = recur(z, y, k, s[5], s[7], slope_of(5), slope_of(7));
  Value valid = ne(q.next, like(z, 0)), ratio = p.next / q.next;
  Value value = select(valid, ratio, s[8]);
  Value change = put(~valid, 1, abs((s[8] - ratio) / ratio));
  // Large terms are scaled down, all alike.
  Value eps = like(z, epsilon(z)), large = gt(abs(p.next), like(z, 1 / epsilon(z)));
  auto scaled = [&](const Value& u) { return select(large, u * eps, u); };
  Values r{on, k, y, z, scaled(p.next), scaled(q.next), scaled(s[4]), scaled(s[5]), value};
  if (slopes) {
    Value slope = select(valid, (p.slope - value * q.slope) / q.next, s[13]);
    change = put(~valid, 1, abs(slope - s[13]));
    r.append(Values{scaled(p.slope), scaled(q.slope), scaled(s[9]), scaled(s[10]), slope});
  }
  Value more = on & gt(change, eps);
  r = update(on, s, std::move(r));
  r[0] = more;
  r[1] = k;
  return r;
}

// Putting them together -------------------------------------------------------------------

enum class Kind { kLower, kUpper, kSlope, kSampleSlope };

bool is_slope(Kind k) { return k == Kind::kSlope || k == Kind::kSampleSlope; }

// Where the result is not a number, and where the series is the one to take.
struct Domain {
  Value error, by_series;
};

Domain domain_of(Kind kind, const Value& a, const Value& x) {
  Value nan = is_nan(a) | is_nan(x), zero = like(x, 0), one = like(x, 1);
  if (is_slope(kind)) return {lt(x, zero) | le(a, zero) | nan, ~(gt(x, one) & gt(x, a))};
  Value error = lt(x, zero) | lt(a, zero) | (is(a, 0) & is(x, 0)) | nan;
  if (kind == Kind::kLower) return {error, ~(ge(x, one) & gt(x, a))};
  return {error, lt(x, one) | lt(x, a)};
}

// Which elements each expansion has to work on.
Values masks(Kind kind, Args in) {
  const Value &a = in[0], &x = in[1];
  Domain d = domain_of(kind, a, x);
  Value idle = d.error | lt(log_factor(a, x), like(x, -log_of_largest(x)));
  if (kind != Kind::kUpper) idle = idle | is(x, 0);
  if (kind == Kind::kUpper) idle = idle | is(a, 0);
  if (!is_slope(kind)) idle = idle | is(x, INFINITY);
  return {~idle & d.by_series, ~idle & ~d.by_series};
}

Value value_of(Kind kind, const Value& by_series, const Value& a, const Value& x,
               const Value& series, const Value& fraction) {
  Value factor = exp(log_factor(a, x)), one = like(x, 1);
  Value lower = (series * factor) / a, upper = fraction * factor;
  if (kind == Kind::kLower) {
    Value r = select(by_series, lower, one - upper);
    return put(is(x, INFINITY), 1, put(is(x, 0), 0, r));
  }
  return put(is(x, INFINITY) | is(a, 0), 0, select(by_series, one - lower, upper));
}

// The derivative by a; of samples x = x(a) with P(a, x) fixed it is that of P
// divided by minus the density.
Value slope_of(Kind kind, const Value& by_series, const Value& a, const Value& x, Args series,
               Args fraction) {
  Value log_x = log(x);
  Value lower = series[1] + series[0] * (log_x - digamma(a + like(a, 1)));
  Value upper = fraction[1] + fraction[0] * (log_x - digamma(a));
  Value r;
  if (kind == Kind::kSampleSlope) {
    r = select(by_series, -lower * x / a, upper * x);
  } else {
    Value factor = exp(log_factor(a, x));
    r = select(by_series, factor * lower / a, -(factor * upper));
  }
  return put(is(x, 0), 0, r);
}

// Operands: a, x, the series' sum, the fraction's value, and their slopes.
Values finish(Kind kind, Args in) {
  const Value &a = in[0], &x = in[1];
  Domain d = domain_of(kind, a, x);
  Value r = is_slope(kind)
                ? slope_of(kind, d.by_series, a, x, Values{in[2], in[4]}, Values{in[3], in[5]})
                : value_of(kind, d.by_series, a, x, in[2], in[3]);
  return {put(d.error, NAN, r)};
}

hlo::Results lower(Kind kind, hlo::Builder& b, hlo::Operands in, const Aval& out) {
  bool slopes = is_slope(kind);
  hlo::Results ax = working_operands(b, in, out);
  hlo::Results on = lower_fun(b, [=](Args v) { return masks(kind, v); }, ax);
  auto from = [&](const hlo::Operand& mask, Values (*start)(Args, bool)) {
    hlo::Operand v[3] = {ax[0], ax[1], mask};
    return lower_fun(b, [=](Args w) { return start(w, slopes); }, v);
  };
  hlo::Results series = lower_while(
      b, [](Args s) -> Values { return {any(s[0])}; },
      [=](Args s) { return series_step(s, slopes); }, from(on[0], series_start));
  hlo::Results fraction = lower_while(
      b, [](Args s) -> Values { return {any(s[0]) & lt(s[1], like(s[1], kMaxIterations))}; },
      [=](Args s) { return fraction_step(s, slopes); }, from(on[1], fraction_start));
  hlo::Results last{ax[0], ax[1], series[4], fraction[8]};
  if (slopes) last.append(hlo::Results{series[6], fraction[13]});
  return {b.convert(lower_fun(b, [=](Args v) { return finish(kind, v); }, last)[0], out.dtype())};
}

template <Kind kind>
hlo::Results lower_rule(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  return lower(kind, b, in, out[0]);
}

// The density of the gamma distribution.
Value density(Args in) {
  const Value &a = in[0], &x = in[1];
  return exp((a - like(a, 1)) * log(x) - x - lgamma(a));
}

const Primitive igamma_p{binary({
    .name = "igamma",
    .summary = "The regularized lower incomplete gamma function of a at x for each pair.",
    .accepts = kFloats,
    .jvp = partials({
        [](const Value& g, const Value&, Args in) { return g * igamma_grad_a(in[0], in[1]); },
        [](const Value& g, const Value&, Args in) { return g * density(in); },
    }),
    .lower = lower_rule<Kind::kLower>,
    .f = igamma,
    .signature = "a, x",
})};

const Primitive igammac_p{binary({
    .name = "igammac",
    .summary = "The regularized upper incomplete gamma function of a at x for each pair.",
    .accepts = kFloats,
    .jvp = partials({
        [](const Value& g, const Value&, Args in) { return g * -igamma_grad_a(in[0], in[1]); },
        [](const Value& g, const Value&, Args in) { return g * -density(in); },
    }),
    .lower = lower_rule<Kind::kUpper>,
    .f = igammac,
    .signature = "a, x",
})};

const Primitive igamma_grad_a_p{binary({
    .name = "igamma_grad_a",
    .summary = "The derivative of igamma(a, x) by a for each pair.",
    .accepts = kFloats,
    .lower = lower_rule<Kind::kSlope>,
    .f = igamma_grad_a,
    .signature = "a, x",
})};

const Primitive random_gamma_grad_p{binary({
    .name = "random_gamma_grad",
    .summary = "The derivative by a of a sample x of the gamma distribution of shape a.",
    .accepts = kFloats,
    .lower = lower_rule<Kind::kSampleSlope>,
    .f = random_gamma_grad,
    .signature = "a, x",
})};

}  // namespace

Value igamma(const Value& a, const Value& x) { return igamma_p.op().bind1({a, x}); }
Value igammac(const Value& a, const Value& x) { return igammac_p.op().bind1({a, x}); }
Value igamma_grad_a(const Value& a, const Value& x) { return igamma_grad_a_p.op().bind1({a, x}); }
Value random_gamma_grad(const Value& a, const Value& x) {
  return random_gamma_grad_p.op().bind1({a, x});
}

}  // namespace covector
