// Conversions between element types: of values, of bits, and of precision only.

#include "covector/base/notice.h"
#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

// convert_element_type ---------------------------------------------------------------

struct ConvertParams {
  DType new_dtype;
  bool weak_type = false;
  void fields(FieldVisitor& f) const {
    f("new_dtype", new_dtype);
    f("weak_type", weak_type);
    f.quiet("sharding", Param::None());
  }
  bool operator==(const ConvertParams&) const = default;
};

Avals convert_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ConvertParams>();
  require<ValueError>(!is_extended(p.new_dtype) && !is_extended(in[0].dtype()),
                      "Cannot convert_element_type from ", in[0].dtype()->name, " to ",
                      p.new_dtype->name);
  return {Aval(p.new_dtype, in[0].shape(), p.weak_type)};
}

// Only inexact types have tangents on either side.
JvpOut convert_jvp(const Op& op, Args x, Args t) {
  bool differentiable = t[0] && is_inexact(op.get<ConvertParams>().new_dtype);
  return {op.bind(x), {differentiable ? op.bind1(t) : Value()}};
}

// Complex numbers lose their imaginary part before anything else; everything but
// zero is true.
hlo::Results convert_lower(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  hlo::Operand x = in[0];
  DType to = out[0].dtype();
  if (is_complex(x.aval.dtype()) && !is_complex(to))
    x = b.op("real", {x}, x.aval.with_dtype(real_dtype(x.aval.dtype())));
  if (is_bool(to) && !is_bool(x.aval.dtype()))
    return {b.compare(x, b.splat(x.aval, int64_t{0}), "NE")};
  return {b.convert(x, to)};
}

const Primitive convert_element_type_p{{
    .name = "convert_element_type",
    .abstract_eval = convert_aval,
    .jvp = convert_jvp,
    .transpose = [](const Op&, Args ct, TransposeArgs in) -> Values {
      return {convert_element_type(ct[0], in[0].aval.dtype(), in[0].aval.weak_type())};
    },
    .batch = batch_elementwise,
    .lower = convert_lower,
    .function = {.signature = "operand, new_dtype",
                 .doc = R"(Converts each element to another type, as a C cast does.

Complex numbers become real ones by losing their imaginary part. A 64-bit type
stands for the 32-bit one unless 64-bit types are enabled.

Args:
  operand: an array of any dtype.
  new_dtype: the dtype to convert to.

Returns:
  An array of the operand's shape; the operand itself if it has the dtype.

Raises:
  ValueError: either dtype is an extended one and the other is not.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   DType to = canonical(a.dtype(1));
                   if (is_complex(x.dtype()) && !is_complex(to) && !is_bool(to))
                     warn(Warning::kComplex,
                          "Casting complex values to real discards the imaginary part");
                   return {convert_element_type(x, to)};
                 }},
}};

// A constant that the host knows and converts without loss stays one: no
// operation, and a literal in jaxprs.
Value converted_constant(const Value& x, DType d, bool weak_type) {
  const Array* a = x.array();
  if (!a || !a->scalar() || is_complex(x.dtype()) || x.dtype() == kUint64) return {};
  DType from = x.dtype();
  if (is_extended(from) || from == kFloat0 || d == kFloat0) return {};
  if (is_integer(from) || is_bool(from)) return scalar_of(d, to_int64(*a), weak_type);
  if (is_inexact(d) || is_bool(d)) return scalar_of(d, to_double(*a), weak_type);
  return {};
}

// bitcast_convert_type ---------------------------------------------------------------

struct BitcastParams {
  DType new_dtype;
  void fields(FieldVisitor& f) const { f("new_dtype", new_dtype); }
  bool operator==(const BitcastParams&) const = default;
};

// Narrower elements come in a new last axis; wider ones take the last axis up.
Avals bitcast_aval(const Op& op, AvalSpan in) {
  DType from = in[0].dtype(), to = op.get<BitcastParams>().new_dtype;
  Shape shape = in[0].shape();
  if (from->bits > to->bits) shape.push_back(from->bits / to->bits);
  if (from->bits < to->bits) {
    int64_t n = shape.empty() ? 1 : shape.back();
    require<ValueError>(n * from->bits == to->bits, "Attempting to convert array of shape ", shape,
                        " from ", from->name, " of size ", from->bits, " bits to ", to->name,
                        " of size ", to->bits, " bits but ", n, " * ", from->bits,
                        " != ", to->bits);
    shape.pop_back();
  }
  auto has_no_bits = [](DType d) { return is_bool(d) || is_complex(d) || is_extended(d); };
  require<TypeError>(from == to || (!has_no_bits(from) && !has_no_bits(to)),
                     "lax.bitcast_convert_type does not support bool or complex values unless the "
                     "operand and destination types match. Got operand dtype=",
                     from->name, ", new_dtype=", to->name,
                     ". Consider using the arr.view() method instead.");
  return {Aval(to, shape)};
}

const Primitive bitcast_convert_type_p{{
    .name = "bitcast_convert_type",
    .abstract_eval = bitcast_aval,
    .jvp = zero_jvp,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind({move_axis(in[0], axes[0], 0)}), {0}};
    },
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return {b.op("bitcast_convert", in, out[0])};
    },
    .function = {.signature = "operand, new_dtype",
                 .doc = R"(Reads the bits of each element as another type.

Args:
  operand: an array of a dtype other than bool and the complex ones.
  new_dtype: the dtype to read as. If its elements are k times narrower, the
    result has a new last axis of size k; if they are k times wider, the
    operand's last axis must have size k and is taken up.

Returns:
  An array of dtype `new_dtype`.

Raises:
  TypeError: bool or complex, unless the operand has the dtype already.
  ValueError: the last axis does not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {bitcast_convert_type(a.value(0), canonical(a.dtype(1)))};
                 }},
}};

// reduce_precision --------------------------------------------------------------------

struct PrecisionParams {
  int64_t exponent_bits = 0, mantissa_bits = 0;
  void fields(FieldVisitor& f) const {
    f("exponent_bits", exponent_bits);
    f("mantissa_bits", mantissa_bits);
  }
  bool operator==(const PrecisionParams&) const = default;
};

Avals reduce_precision_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<PrecisionParams>();
  require<ValueError>(p.exponent_bits >= 1,
                      "reduce_precision: exponent_bits must be positive; got ", p.exponent_bits);
  require<ValueError>(p.mantissa_bits >= 0,
                      "reduce_precision: mantissa_bits must be non-negative; got ",
                      p.mantissa_bits);
  return elementwise_eval(kFloats)(op, in);
}

const Primitive reduce_precision_p{{
    .name = "reduce_precision",
    .abstract_eval = reduce_precision_aval,
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values { return op.bind(ct); },
    .batch = batch_elementwise,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      auto& p = op.get<PrecisionParams>();
      return {b.op("reduce_precision", in, out[0],
                   str("exponent_bits = ", p.exponent_bits,
                       " : i32, mantissa_bits = ", p.mantissa_bits, " : i32"))};
    },
    .function = {.signature = "operand, exponent_bits, mantissa_bits",
                 .doc = R"(Rounds each element to what a narrower float type can hold.

Args:
  operand: an array of dtype floating.
  exponent_bits: the number of exponent bits, at least 1.
  mantissa_bits: the number of mantissa bits, at least 0.

Returns:
  An array of the operand's type.

Raises:
  TypeError: the dtype is not floating.
  ValueError: a number of bits is out of range.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {reduce_precision(a.value(0), a.integer(1), a.integer(2))};
                 }},
}};

}  // namespace

Value convert_element_type(const Value& x, DType d, bool weak_type) {
  if (x.dtype() == d && x.aval().weak_type() == weak_type) return x;
  if (x.dtype() == d && is_extended(d)) return x;
  if (!is_extended(d))
    if (Value c = converted_constant(x, d, weak_type)) return c;
  return convert_element_type_p.with(ConvertParams{d, weak_type}).bind1({x});
}

Value bitcast_convert_type(const Value& x, DType d) {
  return bitcast_convert_type_p.with(BitcastParams{d}).bind1({x});
}

Value reduce_precision(const Value& x, int64_t exponent_bits, int64_t mantissa_bits) {
  return reduce_precision_p.with(PrecisionParams{exponent_bits, mantissa_bits}).bind1({x});
}

}  // namespace covector
