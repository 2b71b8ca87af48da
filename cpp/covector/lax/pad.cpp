#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

using PadDims = std::vector<PadDim>;

// As front ends see it: a tuple of (low, high, interior).
Param param_of(const PadDims& dims) {
  Param::Tuple t;
  for (const PadDim& d : dims) t.items.push_back(Axes{d.low, d.high, d.interior});
  return t;
}

struct PadParams {
  PadDims dims;
  void fields(FieldVisitor& f) const {
    Param p = param_of(dims);
    f("padding_config", &p);
  }
  bool operator==(const PadParams&) const = default;
};

std::string text(const PadDims& dims) {
  Param p = param_of(dims);
  return to_string(FieldValue(&p));
}

Avals pad_aval(const Op& op, AvalSpan in) {
  auto& dims = op.get<PadParams>().dims;
  const Aval& x = in[0];
  require<TypeError>(x.dtype() == in[1].dtype(),
                     "pad operand and padding_value must be same dtype: got ", x.dtype()->name,
                     " and ", in[1].dtype()->name, ".");
  require<ValueError>(in[1].rank() == 0, "padding_value must be a scalar; got ",
                      "np.shape(padding_value)=", in[1].shape());
  if (static_cast<int64_t>(dims.size()) != x.rank())
    fail<ValueError>("length of padding_config must equal the number of axes of operand, got ",
                     "padding_config ", text(dims), " for operand shape ", x.shape());
  Shape out;
  bool negative = false;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i].interior < 0)
      fail<ValueError>("interior padding in padding_config must be nonnegative, got ",
                       "padding_config ", text(dims));
    int64_t n = x.shape()[i];
    int64_t dilated = n == 0 ? 0 : n + (n - 1) * dims[i].interior;
    out.push_back(dims[i].low + dims[i].high + dilated);
    negative |= out.back() < 0;
  }
  if (negative)
    fail<ValueError>("Dimension size after padding is not at least 0, got result shape ", out,
                     ", for padding_config ", text(dims), " and operand shape ", x.shape());
  return {Aval(x.dtype(), out, x.weak_type() && in[1].weak_type())};
}

// The part of a padded array that came from the operand.
Value unpad(const Value& y, const PadDims& dims, const Shape& shape) {
  PadDims cut;
  Shape start, strides;
  for (const PadDim& d : dims) {
    cut.push_back({-d.low, -d.high, 0});
    start.push_back(0);
    strides.push_back(d.interior + 1);
  }
  Value v = pad(y, zeros(Aval(y.dtype(), {})), cut);
  // An operand without elements leaves nothing to pick.
  return v.shape() == shape ? v : slice(v, start, v.shape(), strides);
}

Values pad_transpose(const Op& op, Args ct, TransposeArgs in) {
  Value inner = unpad(ct[0], op.get<PadParams>().dims, in[0].aval.shape());
  Values out(2);
  if (in[0].linear) out[0] = inner;
  if (in[1].linear) {
    auto total = [](const Value& x) { return reduce_sum(x, iota_axes(x.rank())); };
    out[1] = sub(total(ct[0]), total(inner));
  }
  return out;
}

// Where each example has a fill value of its own, pads with any and then puts
// the fill values where the operand's elements are not.
BatchOut pad_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  PadParams p = op.get<PadParams>();
  int at = axes[0] == kUnmapped ? 0 : axes[0];
  p.dims.insert(p.dims.begin() + at, PadDim{});
  Value x = axes[0] == kUnmapped ? batch_to_front(in[0], axis.size, kUnmapped) : in[0];
  if (axes[1] == kUnmapped) return {op.prim->with(std::move(p)).bind({x, in[1]}), {at}};
  Value padded = pad(x, zeros(Aval(x.dtype(), {})), p.dims);
  Value inside = pad(ones(Aval(kBool, x.shape())), zeros(Aval(kBool, {})), p.dims);
  int64_t dims[] = {at};
  return {{select(inside, padded, broadcast_in_dim(in[1], padded.shape(), dims))}, {at}};
}

hlo::Results pad_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  Axes low, high, interior;
  for (const PadDim& d : op.get<PadParams>().dims)
    low.push_back(d.low), high.push_back(d.high), interior.push_back(d.interior);
  return {b.op("pad", in, out[0],
               str(hlo::array_attr("edge_padding_low", low), ", ",
                   hlo::array_attr("edge_padding_high", high), ", ",
                   hlo::array_attr("interior_padding", interior)))};
}

PadDims read_dims(const Param& config) {
  PadDims dims;
  for (const Param& item : items_of(config, "pad: padding_config")) {
    Axes d = ints_of(item, "pad: padding_config entry");
    require<ValueError>(d.size() == 3, "pad: entries of padding_config must be triples ",
                        "(low, high, interior), got ", d);
    dims.push_back({d[0], d[1], d[2]});
  }
  return dims;
}

const Primitive pad_p{{
    .name = "pad",
    .abstract_eval = pad_aval,
    .jvp = linear,
    .transpose = pad_transpose,
    .batch = pad_batch,
    .lower = pad_lower,
    .function = {.signature = "operand, padding_value, padding_config",
                 .doc = R"(Puts a value around and between the elements of an array.

Args:
  operand: an array of any dtype.
  padding_value: a scalar of the same dtype.
  padding_config: for each axis a triple `(low, high, interior)`: how many
    values to put before, after, and between elements. Negative `low` and
    `high` drop elements.

Returns:
  The padded array.

Raises:
  TypeError: the dtypes differ.
  ValueError: `padding_config` does not fit the operand.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {pad(a.value(0), a.value(1), read_dims(a.param(2)))};
                 }},
}};

}  // namespace

Value pad(const Value& x, const Value& fill, std::span<const PadDim> dims) {
  return pad_p.with(PadParams{PadDims(dims.begin(), dims.end())}).bind1({x, fill});
}

}  // namespace covector
