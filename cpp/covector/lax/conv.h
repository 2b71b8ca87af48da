#pragma once

// Convolution (lax/conv.cpp, conv_rules.cpp, conv_dims.cpp).

#include "covector/lax/lax.h"
#include "covector/lax/window.h"

namespace covector {

// For each array its axes in the order (batch, feature, space...); of the kernel
// (output feature, input feature, space...).
struct ConvDims {
  Axes lhs, rhs, out;
  bool operator==(const ConvDims&) const = default;
};

struct ConvParams {
  // Of the axes of space. Strides, padding and dilations are the kernel's windows'.
  Axes window_strides;
  Margins padding;
  Axes lhs_dilation, rhs_dilation;
  ConvDims dims;
  int64_t feature_group_count = 1, batch_group_count = 1;
  std::optional<std::pair<Precision, Precision>> precision;
  DType preferred;  // null: the operands'

  void fields(FieldVisitor&) const;
  bool operator==(const ConvParams&) const = default;
};

Value conv_general_dilated(const Value& lhs, const Value& rhs, const ConvParams&);

namespace rules {

// The sizes of these axes.
Shape sizes_of(const Shape&, std::span<const int64_t> axes);
// The axes of space in a specification.
inline std::span<const int64_t> space(const Axes& spec) { return std::span(spec).subspan(2); }

// The shape of the result, of shapes in the order of a specification, dilated.
Shape conv_shape(std::span<const int64_t> lhs, std::span<const int64_t> rhs,
                 std::span<const int64_t> strides, const Margins&, int64_t batch_group_count = 1);

// From words such as NCHW, OIHW, NCHW.
ConvDims conv_permutations(const Param& words);
// From words, a ConvDimensionNumbers, or None.
ConvDims read_conv_dims(const Param&, std::span<const int64_t> lhs, std::span<const int64_t> rhs);
Param param_of(const ConvDims&);

// Rules of the primitive.
Values transpose_conv(const Op&, Args ct, TransposeArgs);
BatchOut batch_conv(const Op&, const AxisData&, Args, const MappedAxes&);

}  // namespace rules

}  // namespace covector
