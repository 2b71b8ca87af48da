// Gamma samples by the rejection method of Marsaglia and Tsang, "A simple
// method for generating gamma variables" (2000). Every element has a key of its
// own and leaves the loop when its sample is accepted, so that results do not
// depend on what else is sampled. Samples are those of JAX.

#include "covector/random/gamma.h"

#include <cmath>

#include "covector/lax/loop.h"
#include "covector/random/generator.h"

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

// The i-th key of each of keys[n, count, words].
Value key_at(const Value& keys, int64_t i) {
  int64_t start[] = {0, i, 0}, limit[] = {keys.shape()[0], i + 1, keys.shape()[2]}, one[] = {1};
  return squeeze(slice(keys, start, limit), one);
}

// What draws from one generator. Loops over elements keep its keys in their state.
class Sampler {
 public:
  Sampler(const Generator& g, bool log_space) : generator_(g), log_space_(log_space) {}

  // Samples for keys[n, words] and a[n].
  hlo::Results flat(hlo::Builder&, hlo::Operands) const;
  // The same one element after the other: the bits that other generators than
  // Threefry draw for many keys at once are not those that they draw for each.
  hlo::Results one_by_one(hlo::Builder&, hlo::Operands) const;

  // A key for each element of `a`: those of an array are split further.
  Value key_of_each(const Value& keys, const Value& a) const {
    int64_t words = generator_.words(), n = a.aval().size(), known = keys.aval().size() / words;
    int64_t rows[] = {known, words}, each[] = {n, words};
    return reshape(split(reshape(keys, rows), known == 0 ? 0 : n / known), each);
  }

 private:
  Value split(const Value& keys, int64_t count) const {
    return generator_.split(keys, std::span(&count, 1));
  }
  Value uniform(const Value& keys, DType, double low, double high) const;
  Value normal(const Value& keys, DType) const;

  Values start(Args) const;
  hlo::Results draw(hlo::Builder&, hlo::Operands outer) const;
  Values draw_normal(Args) const;
  Values before_normal(Args) const;
  Values after_normal(Args) const;
  Value finish(Args) const;

  const Generator& generator_;
  const bool log_space_;
};

// Standard samples, one for each key -------------------------------------------------

// Random mantissas under the exponent of 1 are uniform in [1, 2).
Value Sampler::uniform(const Value& keys, DType d, double low, double high) const {
  int64_t mantissa = mantissa_bits(d), width = mantissa < 8 ? 8 : int64_t{d->bits};
  DType word = dtype_by_name(str("uint", d->bits));
  Value bits = convert_element_type(generator_.bits(keys, width, {}), word);
  Value one = scalar_of(d, 1.0), min = scalar_of(d, low);
  bits = shift_right_logical(bits, scalar_of(word, width - mantissa));
  bits = bitwise_or(bits, bitcast_convert_type(one, word));
  Value floats = bitcast_convert_type(bits, d) - one;
  return max(min, floats * scalar_of(d, high - low) + min);
}

Value Sampler::normal(const Value& keys, DType d) const {
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
    int64_t leading[] = {0};
    mask = broadcast_in_dim(on, next.shape(), leading);
  }
  return select(mask, next, old);
}

// Inner state: keys, x, v, c. A normal x is drawn until v = 1 + c x is positive.
Value is_negative(Args s) { return le(s[2], like(s[2], 0)); }

Values Sampler::draw_normal(Args s) const {
  Value keys = split(s[0], 2), on = is_negative(s);
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
Values Sampler::before_normal(Args s) const {
  Value keys = split(s[kKeys], 3), zero = full_like(s[kX], 0), below = full_like(s[kX], -1);
  return {key_at(keys, 0), key_at(keys, 2), key_at(keys, 1), zero, below, s[kC]};
}

// Operands: the outer state, its next keys, the keys of U, x, v.
Values Sampler::after_normal(Args s) const {
  const Value &x = s[8], &v = s[9];
  Value on = is_rejected(s.first(6)), u = uniform(s[7], x.dtype(), 0, 1);
  return {keep(on, s[6], s[kKeys]),
          keep(on, x * x, s[kX]),
          keep(on, (v * v) * v, s[kV]),
          keep(on, u, s[kU]),
          s[kD],
          s[kC]};
}

hlo::Results Sampler::draw(hlo::Builder& b, hlo::Operands outer) const {
  hlo::Results begun = lower_fun(b, [this](Args s) { return before_normal(s); }, outer);
  auto body = [this](hlo::Builder& r, hlo::Operands state) {
    return lower_fun(r, [this](Args s) { return draw_normal(s); }, state);
  };
  hlo::Results inner = while_loop(
      b, [](Args s) -> Values { return {any(is_negative(s))}; }, body,
      hlo::Operands(begun).subspan(2));
  hlo::Results all(outer.begin(), outer.end());
  for (const hlo::Operand& x : {begun[0], begun[1], inner[1], inner[2]}) all.push_back(x);
  return lower_fun(b, [this](Args s) { return after_normal(s); }, all);
}

// The whole ---------------------------------------------------------------------------

// Gives the outer state and the keys for the boost of small `a`, for which a
// sample of a + 1 is multiplied by U^(1/a).
Values Sampler::start(Args in) const {
  Value keys = split(in[0], 2);
  const Value& a = in[1];
  Value third = like(a, 1.0 / 3), one = like(a, 1);
  Value d = select(ge(a, one), a, a + one) - third;
  Value c = third / sqrt(d);
  return {key_at(keys, 0), full_like(a, 0), full_like(a, 1), full_like(a, 2), d, c,
          key_at(keys, 1)};
}

// Operands: a, d, V, keys of the boost.
Value Sampler::finish(Args in) const {
  const Value &a = in[0], &d = in[1], &v = in[2];
  Value one = like(a, 1), boosted = ge(a, one);
  Value u = uniform(in[3], a.dtype(), 0, 1);
  if (!log_space_) return (d * v) * select(boosted, full_like(a, 1), pow(one - u, one / a));
  Value log_u = log1p(-u);
  Value boost = select(boosted | is(log_u, 0), full_like(a, 0), log_u * (one / a));
  return (log(d) + log(v)) + boost;
}

hlo::Results Sampler::flat(hlo::Builder& b, hlo::Operands in) const {
  hlo::Results begun = lower_fun(b, [this](Args x) { return start(x); }, in);
  auto body = [this](hlo::Builder& r, hlo::Operands s) { return draw(r, s); };
  hlo::Results state = while_loop(
      b, [](Args s) -> Values { return {any(is_rejected(s))}; }, body,
      hlo::Operands(begun).first(6));
  const hlo::Operand last[] = {in[1], state[kD], state[kV], begun[6]};
  return lower_fun(b, [this](Args x) -> Values { return {finish(x)}; }, last);
}

// State: number of the element, keys, a, samples.
hlo::Results Sampler::one_by_one(hlo::Builder& b, hlo::Operands in) const {
  int64_t n = in[1].aval.size();
  auto body = [this](hlo::Builder& r, hlo::Operands s) {
    hlo::Results one = lower_fun(
        r,
        [](Args x) -> Values {
          Value zero = scalar_of(kInt32, int64_t{0}), row[] = {x[0], zero};
          int64_t key[] = {1, x[1].shape()[1]}, single[] = {1};
          return {dynamic_slice(x[1], row, key), dynamic_slice(x[2], std::span(row, 1), single)};
        },
        s);
    hlo::Results next(s.begin(), s.end());
    next.push_back(flat(r, one)[0]);
    return lower_fun(
        r,
        [](Args x) -> Values {
          Value filled = dynamic_update_slice(x[3], x[4], std::span(&x[0], 1));
          return {x[0] + scalar_of(kInt32, int64_t{1}), x[1], x[2], filled};
        },
        next);
  };
  hlo::Results state{b.constant_i32(0), in[0], in[1], in[1]};
  auto on = [n](Args s) -> Values { return {lt(s[0], scalar_of(kInt32, n))}; };
  return {while_loop(b, on, body, state)[3]};
}

struct GammaParams {
  bool log_space = false;
  // Of the keys; not printed, as in JAX.
  const Generator* impl = &threefry_generator();
  void fields(FieldVisitor& f) const { f("log_space", log_space); }
  bool operator==(const GammaParams&) const = default;
};

hlo::Results gamma_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<GammaParams>();
  Sampler sampler(*p.impl, p.log_space);
  // If the compiler knew `a`, it would multiply its constants in another order, and round otherwise
  // than for one that it does not know.
  const Aval& a = in[1].aval;
  const hlo::Operand operands[] = {
      in[0], b.op_n("optimization_barrier", std::span(&in[1], 1), std::span(&a, 1))[0]};
  hlo::Results flat = lower_fun(
      b,
      [&](Args x) -> Values {
        int64_t n = x[1].aval().size();
        return {sampler.key_of_each(x[0], x[1]), reshape(x[1], std::span(&n, 1))};
      },
      operands);
  bool at_once = p.impl == &threefry_generator();
  hlo::Results samples = at_once ? sampler.flat(b, flat) : sampler.one_by_one(b, flat);
  return lower_fun(b, [&](Args x) -> Values { return {reshape(x[0], out[0].shape())}; }, samples);
}

Avals gamma_aval(const Op& op, AvalSpan in) {
  const Aval &keys = in[0], &a = in[1];
  bool typed = generator_of(keys.dtype());
  require<TypeError>(typed || (keys.dtype() == kUint32 && keys.rank() >= 1), op.name(),
                     " takes key array operand, got ", keys);
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
  const Generator* g = generator_of(keys.dtype());
  return random_gamma_p.with(GammaParams{log_space, g ? g : &threefry_generator()})
      .bind1({keys, a});
}

}  // namespace covector::random
