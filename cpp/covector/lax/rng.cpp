// Random bits and numbers from the compiler's own generators.

#include "covector/lax/rng.h"

#include "covector/lax/index_dims.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

// rng_bit_generator ------------------------------------------------------------------

struct Algorithm {
  std::string_view member, hlo;
};
constexpr Algorithm kAlgorithms[] = {
    {"RNG_DEFAULT", "DEFAULT"}, {"RNG_THREE_FRY", "THREE_FRY"}, {"RNG_PHILOX", "PHILOX"}};

struct BitParams {
  const Algorithm* algorithm = kAlgorithms;
  DType dtype;
  Shape shape;
  void fields(FieldVisitor& f) const {
    Param a = Param::Enum{"RandomAlgorithm", algorithm->member};
    f("algorithm", &a);
    f("dtype", dtype);
    f("out_sharding", Param::None());
    f("shape", &shape);
  }
  bool operator==(const BitParams&) const = default;
};

Avals bits_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<BitParams>();
  const Aval& key = in[0];
  bool words = key.dtype() == kUint32 && key.shape() == Shape{4};
  bool halves = key.dtype() == kUint64 && key.shape() == Shape{2};
  require<TypeError>(words || halves,
                     "rng_bit_generator: the key must be of type u32[4] or u64[2], got ", key);
  require<TypeError>(is_unsigned_int(p.dtype) && p.dtype->bits >= 8,
                     "rng_bit_generator: unsupported dtype ", p.dtype->name);
  for (int64_t n : p.shape)
    require<TypeError>(n >= 0, "rng_bit_generator: shape must have no negative size, got ",
                       p.shape);
  return {key, Aval(p.dtype, p.shape)};
}

// A batch draws all its bits by the first key; which bits an element gets
// depends on the whole batch, as in JAX.
BatchOut bits_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  BitParams p = op.get<BitParams>();
  p.shape.insert(p.shape.begin(), axis.size);
  Value keys = move_axis(in[0], axes[0], 0);
  Shape start(2, 0), limit{1, keys.aval().dim(1)};
  int64_t zero = 0;
  Value key = squeeze(slice(keys, start, limit), std::span(&zero, 1));
  Values r = op.prim->with(std::move(p)).bind({key});
  Value origin = scalar_of(kInt32, zero), starts[] = {origin, origin};
  Value moved = dynamic_update_slice(keys, expand_dims(r[0], std::span(&zero, 1)), starts);
  return {{moved, r[1]}, {0, 0}};
}

// The compiler's generator takes a key of two 64-bit words.
hlo::Results bits_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<BitParams>();
  bool words = in[0].aval.dtype() == kUint32;
  Aval halves(kUint64, {2});
  hlo::Operand key = in[0];
  if (words) key = b.op("bitcast_convert", {b.reshape(key, Shape{2, 2})}, halves);
  Aval types[] = {halves, out[1]};
  hlo::Results r = b.op_n("rng_bit_generator", std::span(&key, 1), types,
                          str("rng_algorithm = #stablehlo<rng_algorithm ", p.algorithm->hlo, ">"));
  if (words) {
    hlo::Operand pairs = b.op("bitcast_convert", {r[0]}, Aval(kUint32, {2, 2}));
    r[0] = b.reshape(pairs, Shape{4});
  }
  return r;
}

const Algorithm* read_algorithm(const CallArgs& a, size_t i) {
  if (a.is_none(i)) return kAlgorithms;
  Param p = a.param(i);
  if (auto* n = std::get_if<int64_t>(&p.v); n && *n >= 0 && *n < 3) return &kAlgorithms[*n];
  std::string name = name_of(p, "algorithm");
  for (const Algorithm& x : kAlgorithms)
    if (x.member == name) return &x;
  fail<ValueError>("rng_bit_generator: there is no algorithm ", name);
}

const Primitive rng_bit_generator_p{{
    .name = "rng_bit_generator",
    .multiple_results = true,
    .abstract_eval = bits_aval,
    .jvp = zero_jvp,
    .batch = bits_batch,
    .lower = bits_lower,
    .function = {.signature = "key, shape, dtype='uint32', algorithm=None, *, out_sharding=None",
                 .doc = R"(Random bits, and the state that follows.

Functions of `random` are easier to use and give the same numbers on every
device; here the bits are those of the device's generator.

Args:
  key: the state: an array of type uint32[4] or uint64[2].
  shape: the shape of the bits.
  dtype: an unsigned integer type of 8 bits or more.
  algorithm: a `RandomAlgorithm`; by default what suits the device best.
  out_sharding: must be None.

Returns:
  A list of the next state, of the key's type, and the bits.

Raises:
  TypeError: the key or the dtype is of another type.)",
                 .call = [](const CallArgs& a) -> Values {
                   BitParams p{read_algorithm(a, 3), canonical(a.dtype(2)), a.axes(1)};
                   return rng_bit_generator_p.with(std::move(p)).bind({a.value(0)});
                 },
                 .name = "_rng_bit_generator"},
}};

// rng_uniform --------------------------------------------------------------------------

struct UniformParams {
  Shape shape;
  void fields(FieldVisitor& f) const { f("shape", &shape); }
  bool operator==(const UniformParams&) const = default;
};

Avals uniform_aval(const Op& op, AvalSpan in) {
  auto& shape = op.get<UniformParams>().shape;
  const Aval &a = in[0], &b = in[1];
  require<ValueError>(a.dtype() == b.dtype(),
                      "Arguments to rng_uniform must have identical dtypes, ", "got ",
                      a.dtype()->name, " and ", b.dtype()->name, ".");
  require<ValueError>(a.rank() == 0 && b.rank() == 0, "Arguments to rng_uniform must be scalars; ",
                      "got shapes ", a.shape(), " and ", b.shape(), ".");
  require_dtype(op, a, is_real_or_bool, "integer, floating, bool");
  for (int64_t n : shape)
    require<TypeError>(n >= 0, "rng_uniform: shape must have no negative size, got ", shape);
  return {Aval(a.dtype(), shape, a.weak_type() && b.weak_type())};
}

hlo::Results uniform_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  hlo::Operand shape = b.constant(index_vector(op.get<UniformParams>().shape, kInt64));
  return {b.op("rng", {in[0], in[1], shape}, out[0],
               "rng_distribution = #stablehlo<rng_distribution UNIFORM>")};
}

const Primitive rng_uniform_p{{
    .name = "rng_uniform",
    .abstract_eval = uniform_aval,
    .lower = uniform_lower,
    .function = {.signature = "a, b, shape",
                 .doc = R"(Uniformly distributed numbers from a generator with hidden state.

Two calls give different numbers; `random.uniform` is the function to use where
results must be the same again.

Args:
  a: the lower bound, a scalar.
  b: the upper bound, of the same dtype.
  shape: the shape of the result.

Returns:
  An array of the bounds' dtype with elements in [a, b).

Raises:
  ValueError: dtypes differ or the bounds are no scalars.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {rng_uniform_p.with(UniformParams{a.axes(2)})
                               .bind1({a.value(0), a.value(1)})};
                 },
                 .name = "_rng_uniform"},
}};

}  // namespace

Values rng_bit_generator(const Value& state, DType dtype, std::span<const int64_t> shape) {
  BitParams p{kAlgorithms, dtype, Shape(shape.begin(), shape.end())};
  return rng_bit_generator_p.with(std::move(p)).bind({state});
}

}  // namespace covector
