// The primitives of typed keys. In programs each becomes what threefry.cpp has
// for raw keys (the `physical` rule).

#include "covector/random/random.h"

#include "covector/lax/rules.h"
#include "covector/random/generator.h"

namespace covector::random {

using namespace rules;

namespace {

bool is_key(DType d) { return generator_of(d) != nullptr; }

const Generator& require_key(const Op& op, const Aval& a) {
  const Generator* g = generator_of(a.dtype());
  require<TypeError>(g, op.name(), " takes key array operand, got ", a);
  return *g;
}

bool is_raw_key(const Aval& a, const Generator& g = threefry_generator()) {
  return a.dtype() == kUint32 && a.rank() >= 1 && a.dim(a.rank() - 1) == g.words();
}

// Key arrays lead the result's shape.
Shape joined(const Aval& keys, const Shape& shape) {
  Shape r = keys.shape();
  r.append(shape);
  return r;
}

// A mapped axis of the keys is a leading axis of the results.
BatchOut batch_keys(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  return {op.bind({move_axis(in[0], axes[0], 0)}), {0}};
}

// Wrapping and unwrapping ------------------------------------------------------------

struct ImplParams {
  const Generator* impl = &threefry_generator();
  void fields(FieldVisitor& f) const { f("impl", std::string_view(impl->tag)); }
  bool operator==(const ImplParams&) const = default;
};

// The same buffer seen as another type.
Values reinterpreted(const Op& op, Args in, const Aval& out) {
  const Array* a = in[0].array();
  if (!a || !a->buffer()) return evaluator().evaluate(op, in);
  return {make_ref<const Array>(out, Ref<const Buffer>(a->buffer()), a->committed())};
}

Values first_operand(const Op&, Args in) { return {in[0]}; }

hlo::Results no_operation(const Op&, hlo::Builder&, hlo::Operands in, AvalSpan) { return {in[0]}; }

Avals wrap_aval(const Op& op, AvalSpan in) {
  require<TypeError>(in[0].dtype() == kUint32, "invalid PRNG key data: expected ",
                     "key_data.dtype = uint32; got dtype=", in[0].dtype()->name);
  require<TypeError>(in[0].rank() >= 1, "invalid PRNG key data: expected ",
                     "key_data.ndim >= 1; got ndim=0");
  const Generator& g = *op.get<ImplParams>().impl;
  require<TypeError>(is_raw_key(in[0], g), op.name(), ": invalid PRNG key data: expected ",
                     "key_data.shape to end with (", g.words(), ",), got shape=", in[0].shape(),
                     " for generator ", g.name);
  return {Aval(g.dtype, std::span(in[0].shape()).first(in[0].shape().size() - 1))};
}

const Primitive random_wrap_p{{
    .name = "random_wrap",
    .abstract_eval = wrap_aval,
    .jvp = zero_jvp,
    .batch = batch_keys,
    .lower = no_operation,
    .physical = first_operand,
    .eager = [](const Op& op, Args in) -> Values {
      Aval aval = in[0].aval();
      return reinterpreted(op, in, wrap_aval(op, std::span(&aval, 1))[0]);
    },
}};

Avals unwrap_aval(const Op& op, AvalSpan in) {
  int64_t words = require_key(op, in[0]).words();
  return {in[0].with_dtype(kUint32).with_axis(in[0].rank(), words)};
}

const Primitive random_unwrap_p{{
    .name = "random_unwrap",
    .abstract_eval = unwrap_aval,
    .jvp = zero_jvp,
    .batch = batch_keys,
    .lower = no_operation,
    .physical = first_operand,
    .eager = [](const Op& op, Args in) -> Values {
      Aval aval = in[0].aval();
      return reinterpreted(op, in, unwrap_aval(op, std::span(&aval, 1))[0]);
    },
}};

const Primitive random_clone_p{{
    .name = "random_clone",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      require_key(op, in[0]);
      return {in[0]};
    },
    .jvp = zero_jvp,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind(in), axes};
    },
    .lower = no_operation,
    .physical = first_operand,
    .eager = [](const Op& op, Args in) -> Values {
      return reinterpreted(op, in, in[0].aval());  // another array: its uses are counted apart
    },
}};

// New keys -----------------------------------------------------------------------------

const Primitive random_seed_p{{
    .name = "random_seed",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      require<TypeError>(is_integer(in[0].dtype()), "PRNG key seed must be an integer; got ",
                         in[0]);
      return {Aval(op.get<ImplParams>().impl->dtype, in[0].shape())};
    },
    .jvp = zero_jvp,
    .batch = batch_keys,
    .physical = [](const Op& op, Args in) -> Values {
      return {op.get<ImplParams>().impl->seed(in[0])};
    },
}};

struct SplitParams {
  Shape shape;
  // Of the keys: what is left of them in programs does not show it. Not printed, as in JAX.
  const Generator* impl = &threefry_generator();
  void fields(FieldVisitor& f) const { f("shape", &shape); }
  bool operator==(const SplitParams&) const = default;
};

const Primitive random_split_p{{
    .name = "random_split",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      DType keys = require_key(op, in[0]).dtype;
      return {Aval(keys, joined(in[0], op.get<SplitParams>().shape))};
    },
    .jvp = zero_jvp,
    .batch = batch_keys,
    .physical = [](const Op& op, Args in) -> Values {
      auto& p = op.get<SplitParams>();
      return {p.impl->split(in[0], p.shape)};
    },
}};

struct FoldInParams {
  const Generator* impl = &threefry_generator();
  void fields(FieldVisitor&) const {}
  bool operator==(const FoldInParams&) const = default;
};

const Primitive random_fold_in_p{{
    .name = "random_fold_in",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      DType keys = require_key(op, in[0]).dtype;
      require<TypeError>(is_integer(in[1].dtype()), op.name(), ": data must be integers, got ",
                         in[1]);
      return {Aval(keys, broadcast_shape(op, in))};
    },
    .jvp = zero_jvp,
    .batch = batch_elementwise,
    .physical = [](const Op& op, Args in) -> Values {
      return {op.get<FoldInParams>().impl->fold_in(in[0], in[1])};
    },
}};

// Bits ---------------------------------------------------------------------------------

struct BitsParams {
  int64_t bit_width = 32;
  Shape shape;
  const Generator* impl = &threefry_generator();
  void fields(FieldVisitor& f) const { f("bit_width", bit_width), f("shape", &shape); }
  bool operator==(const BitsParams&) const = default;
};

Avals bits_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<BitsParams>();
  require_key(op, in[0]);
  DType d = dtype_by_name(str("uint", p.bit_width));
  require<TypeError>(d && p.bit_width >= 8, "requires 8-, 16-, 32- or 64-bit field width.");
  return {Aval(d, joined(in[0], p.shape))};
}

const Primitive random_bits_p{{
    .name = "random_bits",
    .abstract_eval = bits_aval,
    .jvp = zero_jvp,
    .batch = batch_keys,
    .physical = [](const Op& op, Args in) -> Values {
      auto& p = op.get<BitsParams>();
      return {p.impl->bits(in[0], p.bit_width, p.shape)};
    },
}};

// Raw keys go through typed ones, so that there is one implementation.
template <class F>
Value on_typed(const Value& key, F f) {
  if (is_key(key.dtype())) return f(key);
  require<TypeError>(is_raw_key(key.aval()) && key.rank() == 1,
                     "a random key must be of dtype key<fry> or uint32[2], got ", key.aval());
  return f(random_wrap(key));
}

}  // namespace

Value random_seed(const Value& seeds, const Generator& g) {
  return random_seed_p.with(ImplParams{&g}).bind1({seeds});
}

Value random_key(int64_t seed) { return random_seed(scalar_of(canonical(kInt64), seed)); }

Value random_split(const Value& key, std::span<const int64_t> shape) {
  Value r = on_typed(key, [&](const Value& k) {
    SplitParams p{Shape(shape.begin(), shape.end()), generator_of(k.dtype())};
    return random_split_p.with(p).bind1({k});
  });
  return is_key(key.dtype()) ? r : random_unwrap(r);
}

Value random_fold_in(const Value& key, const Value& data) {
  Value r = on_typed(key, [&](const Value& k) {
    FoldInParams p{generator_of(k.dtype())};
    return random_fold_in_p.with(p).bind1({k, convert_element_type(data, kUint32)});
  });
  return is_key(key.dtype()) ? r : random_unwrap(r);
}

Value random_bits(const Value& key, int64_t bit_width, std::span<const int64_t> shape) {
  return on_typed(key, [&](const Value& k) {
    BitsParams p{bit_width, Shape(shape.begin(), shape.end()), generator_of(k.dtype())};
    return random_bits_p.with(p).bind1({k});
  });
}

Value random_wrap(const Value& raw, const Generator& g) {
  return random_wrap_p.with(ImplParams{&g}).bind1({raw});
}

Value random_unwrap(const Value& keys) { return random_unwrap_p.op().bind1({keys}); }

Value random_clone(const Value& key) {
  Value r = on_typed(key, [](const Value& k) { return random_clone_p.op().bind1({k}); });
  return is_key(key.dtype()) ? r : random_unwrap(r);
}

}  // namespace covector::random
