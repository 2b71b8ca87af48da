// slice: the part of an array between limits known when it is traced.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct SliceParams {
  Shape start_indices, limit_indices;
  std::optional<Axes> strides;
  void fields(FieldVisitor& f) const {
    f("limit_indices", &limit_indices);
    f("start_indices", &start_indices);
    if (strides)
      f("strides", &*strides);
    else
      f("strides", Param::None());
  }
  bool operator==(const SliceParams&) const = default;

  int64_t stride(size_t i) const { return strides ? (*strides)[i] : 1; }
};

void check_lengths(const SliceParams& p, const Aval& x) {
  size_t rank = x.shape().size();
  require<TypeError>(p.start_indices.size() == rank && p.limit_indices.size() == rank,
                     "slice start_indices and limit_indices must have length equal to the number ",
                     "of dimensions of the operand, got ", p.start_indices, " and ",
                     p.limit_indices, " for operand shape ", x.shape(), ".");
  require<TypeError>(!p.strides || p.strides->size() == rank,
                     "slice strides must have length equal to the number of dimensions of the ",
                     "operand, got strides ", p.strides.value_or(Axes()), " for operand shape ",
                     x.shape(), ".");
}

Avals slice_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<SliceParams>();
  const Aval& x = in[0];
  check_lengths(p, x);
  Shape out;
  for (size_t i = 0; i < p.start_indices.size(); ++i) {
    int64_t start = p.start_indices[i], limit = p.limit_indices[i];
    require<TypeError>(start >= 0, "slice start_indices must be greater than or equal to zero, ",
                       "got start_indices of ", p.start_indices, ".");
    require<TypeError>(limit <= x.shape()[i], "slice limit_indices must be less than or equal to ",
                       "operand shape, got limit_indices ", p.limit_indices, " for operand shape ",
                       x.shape(), ".");
    require<TypeError>(limit >= start, "slice limit_indices must be greater than or equal to ",
                       "start_indices, got start_indices ", p.start_indices, " and limit_indices ",
                       p.limit_indices, ".");
    require<TypeError>(p.stride(i) > 0, "slice strides must be positive, got ",
                       p.strides.value_or(Axes()));
    out.push_back((limit - start + p.stride(i) - 1) / p.stride(i));
  }
  return {x.with_shape(out)};
}

// Zeros around and, where there are strides, between the cotangent's elements.
Values slice_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& p = op.get<SliceParams>();
  std::vector<PadDim> dims;
  for (size_t i = 0; i < p.start_indices.size(); ++i) {
    int64_t n = ct[0].shape()[i], stride = p.stride(i), start = p.start_indices[i];
    int64_t end = n == 0 ? start : start + (n - 1) * stride + 1;
    dims.push_back({start, in[0].aval.shape()[i] - end, stride - 1});
  }
  return {pad(ct[0], zeros(Aval(ct[0].dtype(), {})), dims)};
}

BatchOut slice_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  SliceParams p = op.get<SliceParams>();
  p.start_indices.insert(p.start_indices.begin() + axes[0], 0);
  p.limit_indices.insert(p.limit_indices.begin() + axes[0], axis.size);
  if (p.strides) p.strides->insert(p.strides->begin() + axes[0], 1);
  return {op.prim->with(std::move(p)).bind(in), {axes[0]}};
}

// One compiled dynamic_slice serves all places of one size.
Values slice_eager(const Op& op, Args in) {
  auto& p = op.get<SliceParams>();
  Aval aval = in[0].aval();
  slice_aval(op, std::span(&aval, 1));  // only checks: dynamic_slice would clamp
  bool strided = p.strides && !std::ranges::all_of(*p.strides, [](int64_t s) { return s == 1; });
  if (strided || p.start_indices.empty()) return evaluator().evaluate(op, in);
  Values starts;
  Shape sizes;
  for (size_t i = 0; i < p.start_indices.size(); ++i) {
    starts.push_back(scalar_of(kInt32, p.start_indices[i]));
    sizes.push_back(p.limit_indices[i] - p.start_indices[i]);
    if (p.start_indices[i] > INT32_MAX) return evaluator().evaluate(op, in);
  }
  return {dynamic_slice(in[0], starts, sizes)};
}

const Primitive slice_p{{
    .name = "slice",
    .abstract_eval = slice_aval,
    .jvp = linear,
    .transpose = slice_transpose,
    .batch = slice_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
      auto& p = op.get<SliceParams>();
      Axes strides = p.strides.value_or(Axes(p.start_indices.size(), 1));
      return {b.slice(in[0], p.start_indices, p.limit_indices, strides)};
    },
    .eager = slice_eager,
    .function = {.signature = "operand, start_indices, limit_indices, strides=None",
                 .doc = R"(Takes the part of an array between limits.

Args:
  operand: an array of any dtype.
  start_indices: the first index of each axis.
  limit_indices: the index after the last one of each axis.
  strides: the step along each axis; 1 by default.

Returns:
  What `operand[start:limit:stride, ...]` is.

Raises:
  TypeError: the indices do not fit the operand. They are not clamped.)",
                 .call = [](const CallArgs& a) -> Values {
                   SliceParams p{a.axes(1), a.axes(2), std::nullopt};
                   Value x = a.value(0);
                   if (!a.is_none(3)) p.strides = a.axes(3);
                   return slice_p.with(std::move(p)).bind({x});
                 }},
}};

}  // namespace

Value slice(const Value& x, std::span<const int64_t> start, std::span<const int64_t> limit,
            std::span<const int64_t> strides) {
  SliceParams p{Shape(start.begin(), start.end()), Shape(limit.begin(), limit.end()), std::nullopt};
  if (!std::ranges::all_of(strides, [](int64_t s) { return s == 1; }))
    p.strides = Axes(strides.begin(), strides.end());
  return slice_p.with(std::move(p)).bind1({x});
}

}  // namespace covector
