// Elementwise arithmetic of one operand: sign, rounding, bits, integer powers,
// and identities that matter to transformations only.

#include "covector/lax/elementwise.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/shown_param.h"

namespace covector {

using namespace rules;

namespace {

// Sign -----------------------------------------------------------------------------

const Primitive neg_p{unary({
    .name = "neg",
    .summary = "The negative of each element.",
    .accepts = kNumbers,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs) -> Values { return {-ct[0]}; },
    .lower = hlo_op("negate"),
    .f = neg,
})};

Value abs_partial(const Value& g, const Value& y, Args x) {
  if (!is_complex(x[0].dtype())) return select(ge(x[0], like(x[0], 0)), g, -g);
  return real(g * (conj(x[0]) / replace_zero(convert_element_type(y, x[0].dtype()))));
}

// Nor do integers of fewer bits than a byte have one in JAX.
bool has_abs(DType d) { return (is_signed_int(d) && d->bits >= 8) || is_inexact(d); }

const Primitive abs_p{unary({
    .name = "abs",
    .summary = "The absolute value of each element; a complex number's is real.",
    .accepts = {has_abs, "signedinteger, floating, complexfloating"},
    .result = real_dtype,
    .jvp = derivative(abs_partial),
    .lower = hlo_op("abs"),
    .f = abs,
})};

const Primitive sign_p{unary({
    .name = "sign",
    .summary = "-1, 0 or 1 for each element; x / |x| for complex numbers.",
    .accepts = kNumbers,
    .jvp = zero_jvp,
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      const Aval& a = out[0];
      if (!is_unsigned_int(a.dtype())) return {b.elementwise("sign", in, a)};
      hlo::Operand zero = b.splat(a, int64_t{0});
      return {b.select(b.compare(in[0], zero, "EQ"), zero, b.splat(a, int64_t{1}))};
    },
    .f = sign,
})};

// Rounding ---------------------------------------------------------------------------

const Primitive floor_p{unary({
    .name = "floor",
    .summary = "The greatest integer not above each element.",
    .accepts = kFloats,
    .jvp = zero_jvp,
    .lower = hlo_op("floor"),
    .f = floor,
})};

const Primitive ceil_p{unary({
    .name = "ceil",
    .summary = "The least integer not below each element.",
    .accepts = kFloats,
    .jvp = zero_jvp,
    .lower = hlo_op("ceil"),
    .f = ceil,
})};

constexpr std::string_view kAway = "AWAY_FROM_ZERO", kToEven = "TO_NEAREST_EVEN";

struct RoundParams {
  Rounding rounding_method = Rounding::kAwayFromZero;
  void fields(FieldVisitor& f) const {
    bool even = rounding_method == Rounding::kToNearestEven;
    Param::Enum value{"RoundingMethod", even ? kToEven : kAway};
    Param method = shown_as(value, [](const Param& p) {
      return std::string(std::get<Param::Enum>(p.v).member == kToEven ? "1" : "0");
    });
    f("rounding_method", &method);
  }
  bool operator==(const RoundParams&) const = default;
};

Rounding rounding_of(const Param& p) {
  std::string name;
  if (auto* i = std::get_if<int64_t>(&p.v))
    name = *i == 0 || *i == 1 ? std::string(*i ? kToEven : kAway) : str(*i);
  else
    name = name_of(p, "rounding_method");
  if (name == kAway) return Rounding::kAwayFromZero;
  require<ValueError>(name == kToEven, "'", name, "' is not a valid RoundingMethod");
  return Rounding::kToNearestEven;
}

PrimitiveDef round_def() {
  PrimitiveDef def = unary({
      .name = "round",
      .summary = "The nearest integer to each element. Halves go away from zero, or with "
                 "RoundingMethod.TO_NEAREST_EVEN to the even neighbor.",
      .accepts = kFloats,
      .jvp = zero_jvp,
      .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
        bool even = op.get<RoundParams>().rounding_method == Rounding::kToNearestEven;
        return {b.elementwise(even ? "round_nearest_even" : "round_nearest_afz", in, out[0])};
      },
      .f = [](const Value& x) { return round(x); },
  });
  def.function.signature = "x, rounding_method=0";
  def.function.call = [](const CallArgs& a) -> Values {
    return {round(a.value(0), rounding_of(a.param(1)))};
  };
  return def;
}

const Primitive round_p{round_def()};

const Primitive is_finite_p{unary({
    .name = "is_finite",
    .summary = "Whether each element is neither infinite nor NaN.",
    .accepts = kFloats,
    .result = bool_dtype,
    .jvp = zero_jvp,
    .lower = hlo_op("is_finite"),
    .f = is_finite,
})};

// Bits -----------------------------------------------------------------------------

PrimitiveDef not_def() {
  PrimitiveDef def = unary({
      .name = "not",
      .summary = "The bits of each element inverted; for booleans, logical negation.",
      .accepts = kBits,
      .jvp = zero_jvp,
      .lower = hlo_op("not"),
      .f = bitwise_not,
  });
  def.function.name = "bitwise_not";
  return def;
}

const Primitive not_p{not_def()};

const Primitive population_count_p{unary({
    .name = "population_count",
    .summary = "The number of 1 bits of each element.",
    .accepts = kIntegers,
    .jvp = zero_jvp,
    .lower = hlo_op("popcnt"),
    .f = population_count,
})};

const Primitive clz_p{unary({
    .name = "clz",
    .summary = "The number of leading 0 bits of each element.",
    .accepts = kIntegers,
    .jvp = zero_jvp,
    .lower = hlo_op("count_leading_zeros"),
    .f = clz,
})};

// Powers ---------------------------------------------------------------------------

const Primitive square_p{unary({
    .name = "square",
    .summary = "The square of each element.",
    .accepts = kNumbers,
    .jvp =
        derivative([](const Value& g, const Value&, Args x) { return g * (like(x[0], 2) * x[0]); }),
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      if (is_complex(out[0].dtype())) return {b.op("chlo.square", in, out[0])};
      return {b.elementwise("multiply", {in[0], in[0]}, out[0])};
    },
    .f = square,
})};

struct IntegerPowParams {
  int64_t y = 0;
  void fields(FieldVisitor& f) const { f("y", y); }
  bool operator==(const IntegerPowParams&) const = default;
};

Avals integer_pow_aval(const Op& op, AvalSpan in) {
  Avals out = elementwise_eval(kNumbers)(op, in);
  int64_t y = op.get<IntegerPowParams>().y;
  require<TypeError>(y >= 0 || !is_integer(out[0].dtype()),
                     "Integers cannot be raised to negative powers, got integer_pow(", in[0], ", ",
                     y, ")");
  return out;
}

JvpOut integer_pow_jvp(const Op& op, Args x, Args t) {
  int64_t y = op.get<IntegerPowParams>().y;
  Value out = op.bind1(x);
  if (y == 0) return {{std::move(out)}, {Value()}};
  if (y == 1) return {{std::move(out)}, {t[0]}};
  Value n = like(x[0], static_cast<double>(y));
  Value slope = n * (y == 2 ? x[0] : integer_pow(x[0], y - 1));
  return {{std::move(out)}, {t[0] * slope}};
}

// Repeated squaring.
hlo::Results integer_pow_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  const Aval& a = out[0];
  int64_t y = op.get<IntegerPowParams>().y;
  hlo::Operand one = y > 0 ? hlo::Operand{} : b.splat(a, int64_t{1});
  if (y == 0) return {one};
  auto times = [&](const hlo::Operand& l, const hlo::Operand& r) {
    return b.elementwise("multiply", {l, r}, a);
  };
  // The order decides which infinities and NaNs overflow gives: JAX's.
  if (y == 3) return {times(times(in[0], in[0]), in[0])};
  hlo::Operand power = in[0], product;
  bool empty = true;
  // Not negated as a signed number: the least one has no negative.
  for (uint64_t n = y < 0 ? -static_cast<uint64_t>(y) : static_cast<uint64_t>(y);;) {
    if (n & 1) product = empty ? power : times(product, power);
    if (n & 1) empty = false;
    if (!(n >>= 1)) break;
    power = times(power, power);
  }
  return {y < 0 ? b.elementwise("divide", {one, product}, a) : product};
}

const Primitive integer_pow_p{{
    .name = "integer_pow",
    .abstract_eval = integer_pow_aval,
    .jvp = integer_pow_jvp,
    .batch = batch_elementwise,
    .lower = integer_pow_lower,
    .function = {.signature = "x, y",
                 .doc = R"(Each element to the power of a fixed integer.

Args:
  x: an array of dtype integer, floating, complexfloating.
  y: a Python integer. Must not be negative if `x` is of integer type.

Returns:
  An array of the type of `x`.

Raises:
  TypeError: a negative power of integers.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {integer_pow(a.value(0), a.integer(1))};
                 }},
}};

// Identities --------------------------------------------------------------------------

hlo::Results identity_lower(const Op&, hlo::Builder&, hlo::Operands in, AvalSpan) {
  return {in[0]};
}

Avals identity_aval(const Op&, AvalSpan in) { return {in[0]}; }

// An array with a buffer of its own.
const Primitive copy_p{{
    .name = "copy",
    .abstract_eval = identity_aval,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs) -> Values { return {copy(ct[0])}; },
    .batch = batch_elementwise,
    .lower = identity_lower,
    .function = {.signature = "x",
                 .doc = R"(A copy of an array, in memory of its own.

Args:
  x: an array of any dtype.

Returns:
  An equal array.)",
                 .call = [](const CallArgs& a) -> Values { return {copy(a.value(0))}; }},
}};

// Where a function of sparse arrays asks for a dense one. An array is dense already.
extern const Primitive todense_p;
const Primitive todense_p{{
    .name = "todense",
    .abstract_eval = identity_aval,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs) -> Values { return {ct[0]}; },
    .batch = batch_elementwise,
    .lower = identity_lower,
    .function = {.signature = "x",
                 .doc = R"(The operand, where functions of sparse arrays need it dense.

Args:
  x: an array of any dtype.

Returns:
  `x`.)",
                 .call = [](const CallArgs& a) -> Values {
                   return todense_p.op().bind({a.value(0)});
                 }},
}};

const Primitive stop_gradient_p{{
    .name = "stop_gradient",
    .abstract_eval = identity_aval,
    .jvp = zero_jvp,
    .batch = batch_elementwise,
    .lower = identity_lower,
    .function = {.signature = "x",
                 .doc = R"(The operand, which differentiation takes for a constant.

Args:
  x: an array of any dtype.

Returns:
  `x`, with no derivative with respect to anything.)",
                 .call = [](const CallArgs& a) -> Values { return {stop_gradient(a.value(0))}; }},
}};

}  // namespace

Value neg(const Value& x) { return neg_p.op().bind1({x}); }
Value abs(const Value& x) { return abs_p.op().bind1({x}); }
Value sign(const Value& x) { return sign_p.op().bind1({x}); }
Value floor(const Value& x) { return floor_p.op().bind1({x}); }
Value ceil(const Value& x) { return ceil_p.op().bind1({x}); }
Value round(const Value& x, Rounding r) { return round_p.with(RoundParams{r}).bind1({x}); }
Value is_finite(const Value& x) { return is_finite_p.op().bind1({x}); }
Value bitwise_not(const Value& x) { return not_p.op().bind1({x}); }
Value population_count(const Value& x) { return population_count_p.op().bind1({x}); }
Value clz(const Value& x) { return clz_p.op().bind1({x}); }
Value square(const Value& x) { return square_p.op().bind1({x}); }
Value integer_pow(const Value& x, int64_t y) {
  return integer_pow_p.with(IntegerPowParams{y}).bind1({x});
}
Value copy(const Value& x) { return copy_p.op().bind1({x}); }

Value stop_gradient(const Value& x) {
  if (!x.tracer() || !is_inexact(x.dtype())) return x;
  return stop_gradient_p.op().bind1({x});
}

}  // namespace covector
