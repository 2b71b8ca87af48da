// A sort whose comparator is more than one comparison runs it as a function
// call for each pair of elements. Comparing plain numbers is several times
// faster on a CPU, so larger sorts are brought to that form:
//  - one array of floats: NaNs are sorted as infinities and put back at the end;
//  - several arrays with one key of up to 32 bits: the key and the position are
//    packed into one 64-bit integer, and what it says is then picked.

#include "covector/lax/sort_lower.h"

#include <limits>

#include "covector/core/stage.h"
#include "covector/lax/rules.h"

namespace covector::rules {

namespace {

// The general comparator -------------------------------------------------------------

// Makes all zeros equal and all NaNs the greatest under a total order.
hlo::Operand canonical_float(hlo::Builder& b, const hlo::Operand& x) {
  hlo::Operand zero = b.splat(x.aval, 0.0);
  hlo::Operand nan = b.splat(x.aval, std::numeric_limits<double>::quiet_NaN());
  hlo::Operand r = b.select(b.compare(x, zero, "EQ"), zero, x);
  return b.select(b.compare(x, x, "NE"), nan, r);
}

// What is compared for one operand: itself, or real and imaginary part.
void push_keys(hlo::Builder& b, const hlo::Operand& x, std::vector<hlo::Operand>& keys) {
  DType d = x.aval.dtype();
  if (is_complex(d)) {
    Aval part = x.aval.with_dtype(real_dtype(d));
    keys.push_back(canonical_float(b, b.op("real", {x}, part)));
    keys.push_back(canonical_float(b, b.op("imag", {x}, part)));
  } else {
    keys.push_back(is_floating(d) ? canonical_float(b, x) : x);
  }
}

// Region arguments alternate: of each operand the left element, then the right.
hlo::Results lexicographic_less(hlo::Builder& b, hlo::Operands args, int64_t num_keys) {
  std::vector<hlo::Operand> x, y;
  for (size_t i = 0; i < static_cast<size_t>(num_keys); ++i) {
    push_keys(b, args[2 * i], x);
    push_keys(b, args[2 * i + 1], y);
  }
  std::optional<hlo::Operand> less;
  for (size_t i = x.size(); i-- > 0;) {
    bool total = is_floating(x[i].aval.dtype());
    hlo::Operand lt = b.compare(x[i], y[i], "LT", total);
    if (less) {
      hlo::Operand tie = b.compare(x[i], y[i], "EQ", total);
      lt = b.elementwise("or", {lt, b.elementwise("and", {tie, *less}, less->aval)}, less->aval);
    }
    less = lt;
  }
  return {*less};
}

using Comparator = std::function<hlo::Results(hlo::Builder&, hlo::Operands)>;

hlo::Results write_sort(const SortParams& p, hlo::Builder& b, hlo::Operands in, AvalSpan out,
                        Comparator less) {
  hlo::Region comparator;
  for (const hlo::Operand& x : in)
    for (int side = 0; side < 2; ++side) comparator.args.push_back(x.aval.with_shape({}).strong());
  comparator.body = std::move(less);
  return b.region_op("sort", in, out, std::span(&comparator, 1),
                     str(hlo::int_attr("dimension", p.dimension),
                         ", is_stable = ", p.is_stable ? "true" : "false"));
}

hlo::Results general_sort(const SortParams& p, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  return write_sort(p, b, in, out, [&](hlo::Builder& body, hlo::Operands a) {
    return lexicographic_less(body, a, p.num_keys);
  });
}

// One array of floats ------------------------------------------------------------------

// x -> (x with infinities for NaNs, number of NaNs along the axis).
Values hide_nans(const Value& x, int64_t axis) {
  Value nan = ne(x, x);
  Value inf =
      broadcast_to_shape(scalar_of(x.dtype(), std::numeric_limits<double>::infinity()), x.shape());
  return {select(nan, inf, x), reduce_sum(convert_element_type(nan, kInt32), std::span(&axis, 1))};
}

Value restore_nans(const Value& x, const Value& count, int64_t axis) {
  Axes others = other_axes(x.rank(), std::span(&axis, 1));
  Value first = sub(scalar_of(kInt32, x.aval().dim(axis)), count);
  Value at_end = ge(iota(kInt32, x.shape(), axis), broadcast_in_dim(first, x.shape(), others));
  Value nan =
      broadcast_to_shape(scalar_of(x.dtype(), std::numeric_limits<double>::quiet_NaN()), x.shape());
  return select(at_end, nan, x);
}

hlo::Results float_sort(const SortParams& p, hlo::Builder& b, const hlo::Operand& x) {
  Aval aval = x.aval;
  ClosedJaxpr hide =
      stage([&](Args a) { return hide_nans(a[0], p.dimension); }, std::span(&aval, 1));
  hlo::Results hidden = b.inline_jaxpr(hide, std::span(&x, 1));
  hlo::Results sorted = write_sort(p, b, std::span(hidden).first(1), std::span(&aval, 1),
                                   [](hlo::Builder& body, hlo::Operands a) -> hlo::Results {
                                     return {body.compare(a[0], a[1], "LT")};
                                   });
  Aval avals[] = {aval, hidden[1].aval};
  ClosedJaxpr restore =
      stage([&](Args a) -> Values { return {restore_nans(a[0], a[1], p.dimension)}; }, avals);
  hlo::Operand operands[] = {sorted[0], hidden[1]};
  return b.inline_jaxpr(restore, operands);
}

// Packed keys ----------------------------------------------------------------------------

// The key as an int32 that compares as the key does.
Value ordered_int32(Value key) {
  DType d = key.dtype();
  if (is_unsigned_int(d) && d->bits == 32) {
    Value top = scalar_of(kUint32, int64_t{1} << 31);
    return bitcast_convert_type(bitwise_xor(key, broadcast_to_shape(top, key.shape())), kInt32);
  }
  if (!is_floating(d)) return convert_element_type(key, kInt32);
  key = convert_element_type(key, kFloat32);
  auto fill = [&](double x) { return broadcast_to_shape(scalar_of(kFloat32, x), key.shape()); };
  Value zero = fill(0), nan = fill(std::numeric_limits<double>::quiet_NaN());
  key = select(ne(key, key), nan, select(eq(key, zero), zero, key));
  // Negative floats grow in magnitude as their bits grow: flip those.
  Value bits = bitcast_convert_type(key, kInt32);
  Value sign = shift_right_arithmetic(bits, scalar_of(kInt32, int64_t{31}));
  return bitwise_xor(bits, bitwise_and(sign, scalar_of(kInt32, int64_t{INT32_MAX})));
}

Values packed_sort(const SortParams& p, Args in) {
  const Shape& shape = in[0].shape();
  Value high = shift_left(convert_element_type(ordered_int32(in[0]), kInt64),
                          scalar_of(kInt64, int64_t{32}));
  Value packed = bitwise_or(high, iota(kInt64, shape, p.dimension));
  Value order = sort(std::span(&packed, 1), p.dimension, false, 1)[0];
  Value low = bitwise_and(order, scalar_of(kInt64, int64_t{INT32_MAX}));
  int64_t last = static_cast<int64_t>(shape.size());
  Value indices = expand_dims(convert_element_type(low, kInt32), std::span(&last, 1));
  Axes others = other_axes(last, std::span(&p.dimension, 1));
  GatherDims dims{{}, {p.dimension}, {p.dimension}, others, others};
  IndexOptions trusted{IndexMode::kPromiseInBounds, false, true, {}};
  Values out;
  for (const Value& x : in)
    out.push_back(gather(x, indices, dims, Shape(shape.size(), 1), trusted));
  return out;
}

bool fits_int32(DType d) {
  return is_bool(d) || ((is_integer(d) || is_floating(d)) && d->bits <= 32);
}

}  // namespace

hlo::Results sort_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  // Below these sizes the shorter program wins (it compiles in half the time).
  constexpr int64_t kManyFloats = 4096, kManyPairs = 16384;
  auto& p = op.get<SortParams>();
  const Aval& key = in[0].aval;
  bool simple = p.num_keys == 1 && key.dim(p.dimension) <= INT32_MAX && b.for_cpu();
  if (simple && in.size() == 1 && is_floating(key.dtype()) && key.dtype()->bits >= 16 &&
      key.size() >= kManyFloats)
    return float_sort(p, b, in[0]);
  if (simple && in.size() > 1 && fits_int32(key.dtype()) && key.size() >= kManyPairs)
    return lower_via([&](const Op&, Args a) { return packed_sort(p, a); })(op, b, in, out);
  return general_sort(p, b, in, out);
}

}  // namespace covector::rules
