// Gamma samples by the rejection method of Marsaglia and Tsang, "A simple
// method for generating gamma variables" (2000). Every element has a key of its
// own and leaves the loop when its sample is accepted, so that results do not
// depend on what else is sampled. Samples are those of JAX.

#include "covector/random/gamma.h"

#include <cmath>

#include "covector/lax/loop.h"
#include "covector/random/random.h"

namespace covector::random {

using namespace rules;
using namespace rules::formula;

namespace {

int64_t mantissa_bits(DType d) {
  if (d == kFloat64) return 52;
  if (d == kFloat32) return 23;
  return d == kFloat16 ? 10 : 7;
}

double smallest_normal(DType d) {
  if (d == kFloat64) return 0x1p-1022;
  return d == kFloat16 ? 0x1p-14 : 0x1p-126;
}

// Keys -----------------------------------------------------------------------------

// The i-th key of each of keys[n, count, 2].
Value key_at(const Value& keys, int64_t i) {
  int64_t n = keys.shape()[0], start[] = {0, i, 0}, limit[] = {n, i + 1, 2}, one[] = {1};
  return squeeze(slice(keys, start, limit), one);
}

Value split_keys(const Value& keys, int64_t count) {
  return threefry::split(keys, std::span(&count, 1));
}

// Standard samples, one for each of keys[n, 2] --------------------------------------

// Random mantissas under the exponent of 1 are uniform in [1, 2).
Value uniform(const Value& keys, DType d, double low, double high) {
  int64_t mantissa = mantissa_bits(d), width = mantissa < 8 ? 8 : int64_t{d->bits};
  DType word = dtype_by_name(str("uint", d->bits));
  Value bits = convert_element_type(threefry::bits(keys, width, {}), word);
  Value one = scalar_of(d, 1.0), min = scalar_of(d, low);
  bits = shift_right_logical(bits, scalar_of(word, width - mantissa));
  bits = bitwise_or(bits, bitcast_convert_type(one, word));
  Value floats = bitcast_convert_type(bits, d) - one;
  return max(min, floats * scalar_of(d, high - low) + min);
}

Value normal(const Value& keys, DType d) {
  double above_minus_one = -1 + std::ldexp(1, static_cast<int>(-mantissa_bits(d) - 1));
  Value u = uniform(keys, d, above_minus_one, 1);
  return scalar_of(d, std::sqrt(2.0)) * erf_inv(u);
}

// The loops ---------------------------------------------------------------------------

using Rule = std::function<hlo::Results(hlo::Builder&, hlo::Operands)>;

hlo::Results while_loop(hlo::Builder& b, const Fun& condition, const Rule& body,
                        hlo::Operands state) {
  Avals avals;
  for (const hlo::Operand& x : state) avals.push_back(x.aval);
  auto test = [&](hlo::Builder& r, hlo::Operands a) { return lower_fun(r, condition, a); };
  const hlo::Region regions[2] = {{avals, test}, {avals, body}};
  return b.region_op("while", state, avals, regions);
}

// New values where an element is still on, old ones elsewhere.
Value keep(const Value& on, const Value& next, const Value& old) {
  Value mask = on;
  if (next.rank() > on.rank()) {
    int64_t axis = on.rank(), leading[] = {0};
    mask = broadcast_in_dim(on, next.shape(), std::span(leading, static_cast<size_t>(axis)));
  }
  return select(mask, next, old);
}

// Inner state: keys, x, v, c. A normal x is drawn until v = 1 + c x is positive.
Value is_negative(Args s) { return le(s[2], like(s[2], 0)); }

Values draw_normal(Args s) {
  Value keys = split_keys(s[0], 2), on = is_negative(s);
  Value x = normal(key_at(keys, 1), s[1].dtype());
  Value v = like(x, 1) + x * s[3];
  return {keep(on, key_at(keys, 0), s[0]), keep(on, x, s[1]), keep(on, v, s[2]), s[3]};
}

// Outer state: keys, X = x^2, V = v^3, U, d, c.
enum Outer { kKeys, kX, kV, kU, kD, kC };

Value is_rejected(Args s) {
  const Value &x = s[kX], &v = s[kV], &u = s[kU], &d = s[kD];
  Value one = like(x, 1);
  Value outside_squeeze = ge(u, one - like(x, 0.0331) * (x * x));
  return outside_squeeze & ge(log(u), x * like(x, 0.5) + d * ((one - v) + log(v)));
}

// The outer state, and with it the inner one.
Values before_normal(Args s) {
  Value keys = split_keys(s[kKeys], 3), zero = full_like(s[kX], 0), start = full_like(s[kX], -1);
  return {key_at(keys, 0), key_at(keys, 2), key_at(keys, 1), zero, start, s[kC]};
}

// Operands: the outer state, its next keys, the keys of U, x, v.
Values after_normal(Args s) {
  const Value &x = s[8], &v = s[9];
  Value on = is_rejected(s.first(6)), u = uniform(s[7], x.dtype(), 0, 1);
  return {keep(on, s[6], s[kKeys]),
          keep(on, x * x, s[kX]),
          keep(on, (v * v) * v, s[kV]),
          keep(on, u, s[kU]),
          s[kD],
          s[kC]};
}

hlo::Results outer_body(hlo::Builder& b, hlo::Operands outer) {
  hlo::Results begun = lower_fun(b, before_normal, outer);
  hlo::Results inner = while_loop(
      b, [](Args s) -> Values { return {any(is_negative(s))}; },
      [](hlo::Builder& r, hlo::Operands s) { return lower_fun(r, draw_normal, s); },
      hlo::Operands(begun).subspan(2));
  hlo::Results all(outer.begin(), outer.end());
  for (const hlo::Operand& x : {begun[0], begun[1], inner[1], inner[2]}) all.push_back(x);
  return lower_fun(b, after_normal, all);
}

// The whole ---------------------------------------------------------------------------

// A key for each element of `a`: those of an array are split further.
Value key_of_each(const Value& keys, const Value& a) {
  int64_t n = a.aval().size(), known = keys.aval().size() / 2;
  int64_t flat[] = {known, 2}, each[] = {n, 2};
  int64_t count = known == 0 ? 0 : n / known;
  return reshape(split_keys(reshape(keys, flat), count), each);
}

// Operands: keys[n, 2], a[n]. Gives the outer state and the keys for the boost of small `a`,
// for which a sample of a + 1 is multiplied by U^(1/a).
Values start(Args in) {
  Value keys = split_keys(in[0], 2);
  const Value& a = in[1];
  Value third = like(a, 1.0 / 3), one = like(a, 1);
  Value d = select(ge(a, one), a, a + one) - third;
  Value c = third / sqrt(d);
  return {key_at(keys, 0), full_like(a, 0), full_like(a, 1), full_like(a, 2), d, c,
          key_at(keys, 1)};
}

// Operands: a, d, V, keys of the boost.
Value finish(Args in, bool log_space) {
  const Value &a = in[0], &d = in[1], &v = in[2];
  Value one = like(a, 1), boosted = ge(a, one);
  Value u = uniform(in[3], a.dtype(), 0, 1);
  if (!log_space) return (d * v) * select(boosted, full_like(a, 1), pow(one - u, one / a));
  Value log_u = log1p(-u);
  Value boost = select(boosted | is(log_u, 0), full_like(a, 0), log_u * (one / a));
  return (log(d) + log(v)) + boost;
}

struct GammaParams {
  bool log_space = false;
  void fields(FieldVisitor& f) const { f("log_space", log_space); }
  bool operator==(const GammaParams&) const = default;
};

hlo::Results gamma_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  bool log_space = op.get<GammaParams>().log_space;
  hlo::Results flat = lower_fun(
      b,
      [](Args x) -> Values {
        int64_t n = x[1].aval().size();
        return {key_of_each(x[0], x[1]), reshape(x[1], std::span(&n, 1))};
      },
      in);
  hlo::Results begun = lower_fun(b, start, flat);
  hlo::Results state = while_loop(
      b, [](Args s) -> Values { return {any(is_rejected(s))}; }, outer_body,
      hlo::Operands(begun).first(6));
  const hlo::Operand last[] = {flat[1], state[kD], state[kV], begun[6]};
  return lower_fun(
      b, [&](Args x) -> Values { return {reshape(finish(x, log_space), out[0].shape())}; }, last);
}

Avals gamma_aval(const Op& op, AvalSpan in) {
  const Aval &keys = in[0], &a = in[1];
  bool typed = keys.dtype() == kKeyFry;
  require<TypeError>(
      typed || (keys.dtype() == kUint32 && keys.rank() >= 1 && keys.dim(keys.rank() - 1) == 2),
      op.name(), " takes key array operand, got ", keys);
  require_dtype(op, a, is_floating, "floating");
  auto leading = static_cast<size_t>(keys.rank() - (typed ? 0 : 1));
  bool fits = leading <= a.shape().size() &&
              std::equal(keys.shape().begin(), keys.shape().begin() + leading, a.shape().begin());
  require<TypeError>(fits, op.name(), ": the shape of a, ", a,
                     ", must begin with that of the keys ", keys);
  return {a};
}

// The derivative of a sample by a; of its logarithm, x being the logarithm.
Value slope(const Value& x, const Value& a, bool log_space) {
  if (!log_space) return random_gamma_grad(a, x);
  Value sample = exp(x);
  sample = put(is(sample, 0), smallest_normal(x.dtype()), sample);
  return random_gamma_grad(a, sample) / sample;
}

const Primitive random_gamma_p{{
    .name = "random_gamma",
    .abstract_eval = gamma_aval,
    .jvp = [](const Op& op, Args primals, Args tangents) -> JvpOut {
      Value x = op.bind1(primals);
      if (!tangents[1]) return {{x}, {Value()}};
      return {{x}, {tangents[1] * slope(x, primals[1], op.get<GammaParams>().log_space)}};
    },
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind(all_to_front(axis, in, axes)), {0}};
    },
    .lower = gamma_lower,
    .physical = [](const Op& op, Args in) -> Values { return op.bind(in); },
}};

}  // namespace

Value random_gamma(const Value& keys, const Value& a, bool log_space) {
  return random_gamma_p.with(GammaParams{log_space}).bind1({keys, a});
}

}  // namespace covector::random
