#pragma once

// C++ signatures of the first-order operations. Operands of elementwise
// operations have one dtype; their shapes are equal, or rank 0, or of equal
// rank with axes of size 1, which broadcast. NumPy's promotion is one layer up
// (covector/numpy).

#include <optional>

#include "covector/core/primitive.h"
#include "covector/core/trace.h"

namespace covector {

// Elementwise, one operand (lax/unary.cpp, transcendental.cpp, special.cpp, complex.cpp).
Value neg(const Value&);
Value sin(const Value&);
Value cos(const Value&);
Value tan(const Value&);
Value asin(const Value&);
Value acos(const Value&);
Value atan(const Value&);
Value sinh(const Value&);
Value cosh(const Value&);
Value tanh(const Value&);
Value asinh(const Value&);
Value acosh(const Value&);
Value atanh(const Value&);
Value exp(const Value&);
Value exp2(const Value&);
Value expm1(const Value&);
Value log(const Value&);
Value log1p(const Value&);
Value sqrt(const Value&);
Value rsqrt(const Value&);
Value cbrt(const Value&);
Value square(const Value&);
Value logistic(const Value&);
Value erf(const Value&);
Value erfc(const Value&);
Value erf_inv(const Value&);
Value lgamma(const Value&);
Value digamma(const Value&);
Value bessel_i0e(const Value&);
Value bessel_i1e(const Value&);
Value abs(const Value&);
Value sign(const Value&);
Value floor(const Value&);
Value ceil(const Value&);
enum class Rounding : int8_t { kAwayFromZero = 0, kToNearestEven = 1 };
Value round(const Value&, Rounding = Rounding::kAwayFromZero);
Value is_finite(const Value&);
Value bitwise_not(const Value&);
Value population_count(const Value&);
Value clz(const Value&);
Value real(const Value&);
Value imag(const Value&);
Value conj(const Value&);
Value integer_pow(const Value&, int64_t exponent);
Value copy(const Value&);
Value stop_gradient(const Value&);

// Elementwise, two or more operands (lax/binary.cpp, bits.cpp, compare.cpp, mulhi.cpp,
// select.cpp, special.cpp, incomplete_gamma.cpp, incomplete_beta.cpp).
Value add(const Value&, const Value&);
Value sub(const Value&, const Value&);
Value mul(const Value&, const Value&);
Value mulhi(const Value&, const Value&);
Value div(const Value&, const Value&);
Value rem(const Value&, const Value&);
Value max(const Value&, const Value&);
Value min(const Value&, const Value&);
Value pow(const Value&, const Value&);
Value atan2(const Value&, const Value&);
Value nextafter(const Value&, const Value&);
Value complex(const Value& re, const Value& im);
Value polygamma(const Value& m, const Value& x);
Value zeta(const Value& x, const Value& q);
Value igamma(const Value& a, const Value& x);
Value igammac(const Value& a, const Value& x);
Value igamma_grad_a(const Value& a, const Value& x);
Value random_gamma_grad(const Value& a, const Value& x);
Value betainc(const Value& a, const Value& b, const Value& x);
Value bitwise_and(const Value&, const Value&);
Value bitwise_or(const Value&, const Value&);
Value bitwise_xor(const Value&, const Value&);
Value shift_left(const Value&, const Value&);
Value shift_right_logical(const Value&, const Value&);
Value shift_right_arithmetic(const Value&, const Value&);
Value eq(const Value&, const Value&);
Value ne(const Value&, const Value&);
Value ge(const Value&, const Value&);
Value gt(const Value&, const Value&);
Value le(const Value&, const Value&);
Value lt(const Value&, const Value&);
Value select_n(const Value& which, Args cases);
// where(pred, on_true, on_false) without promotion.
Value select(const Value& pred, const Value& on_true, const Value& on_false);
Value clamp(const Value& lo, const Value& x, const Value& hi);

// Types (lax/convert.cpp).
Value convert_element_type(const Value&, DType, bool weak_type = false);
Value bitcast_convert_type(const Value&, DType);
Value reduce_precision(const Value&, int64_t exponent_bits, int64_t mantissa_bits);

// Shapes (lax/shape.cpp).
Value broadcast_in_dim(const Value&, std::span<const int64_t> shape, std::span<const int64_t> dims);
Value broadcast(const Value&, std::span<const int64_t> sizes);  // new leading axes
Value reshape(const Value&, std::span<const int64_t> shape);
Value transpose(const Value&, std::span<const int64_t> perm);
Value squeeze(const Value&, std::span<const int64_t> axes);
Value expand_dims(const Value&, std::span<const int64_t> axes);
Value tile(const Value&, std::span<const int64_t> reps);
Value concatenate(Args, int64_t axis);
Values split(const Value&, std::span<const int64_t> sizes, int64_t axis);
struct PadDim {
  int64_t low = 0, high = 0, interior = 0;
  bool operator==(const PadDim&) const = default;
};
Value pad(const Value&, const Value& fill, std::span<const PadDim>);
Value rev(const Value&, std::span<const int64_t> axes);
Value iota(DType, std::span<const int64_t> shape, int64_t axis);

// Slices (lax/slice.cpp). Start indices of dynamic ones are clamped.
Value slice(const Value&, std::span<const int64_t> start, std::span<const int64_t> limit,
            std::span<const int64_t> strides = {});
Value dynamic_slice(const Value&, Args starts, std::span<const int64_t> sizes);
Value dynamic_update_slice(const Value&, const Value& update, Args starts);

// Gather and scatter (lax/gather.cpp, scatter.cpp).
// What an index out of bounds does. kOneHot is kFillOrDrop that reads zeros.
enum class IndexMode : int8_t { kClip, kFillOrDrop, kPromiseInBounds, kOneHot };
struct GatherDims {
  Axes offset_dims, collapsed_slice_dims, start_index_map, operand_batching_dims,
      start_indices_batching_dims;
  bool operator==(const GatherDims&) const = default;
};
struct ScatterDims {
  Axes update_window_dims, inserted_window_dims, scatter_dims_to_operand_dims,
      operand_batching_dims, scatter_indices_batching_dims;
  bool operator==(const ScatterDims&) const = default;
};
struct IndexOptions {
  IndexMode mode = IndexMode::kClip;
  bool indices_are_sorted = false, unique_indices = false;
  Value fill_value;  // gather with kFillOrDrop; null: the dtype's default
};
Value gather(const Value& operand, const Value& indices, const GatherDims&,
             std::span<const int64_t> slice_sizes, const IndexOptions&);
enum class ScatterKind : int8_t { kSet, kAdd, kSub, kMul, kMin, kMax };
Value scatter(ScatterKind, const Value& operand, const Value& indices, const Value& updates,
              const ScatterDims&, const IndexOptions&);
// Replaces elements x of windows of the given shape by update(x, unused).
Value scatter_apply(const Value& operand, const Value& indices, const ClosedJaxpr& update,
                    std::span<const int64_t> update_shape, const ScatterDims&, const IndexOptions&);

// Reductions (lax/reduce.cpp, argreduce.cpp, cumulative.cpp).
Value reduce_sum(const Value&, std::span<const int64_t> axes);
Value reduce_prod(const Value&, std::span<const int64_t> axes);
Value reduce_max(const Value&, std::span<const int64_t> axes);
Value reduce_min(const Value&, std::span<const int64_t> axes);
Value reduce_and(const Value&, std::span<const int64_t> axes);
Value reduce_or(const Value&, std::span<const int64_t> axes);
Value reduce_xor(const Value&, std::span<const int64_t> axes);
Value argmax(const Value&, int64_t axis, DType index_dtype);
Value argmin(const Value&, int64_t axis, DType index_dtype);
Value cumsum(const Value&, int64_t axis, bool reverse = false);
Value cumprod(const Value&, int64_t axis, bool reverse = false);
Value cummax(const Value&, int64_t axis, bool reverse = false);
Value cummin(const Value&, int64_t axis, bool reverse = false);
Value cumlogsumexp(const Value&, int64_t axis, bool reverse = false);

// Contraction (lax/dot_general.cpp).
struct DotDims {
  Axes lhs_contract, rhs_contract, lhs_batch, rhs_batch;
  bool operator==(const DotDims&) const = default;
};
enum class Precision : int8_t { kDefault = 0, kHigh = 1, kHighest = 2 };
struct DotOptions {
  std::optional<std::pair<Precision, Precision>> precision;
  DType preferred_element_type;  // null: the operands'
  // Instead of a precision: a member of DotAlgorithmPreset (see dot_algorithm.h).
  std::string_view algorithm;
};
Value dot_general(const Value& lhs, const Value& rhs, const DotDims&, const DotOptions& = {});

// Order (lax/sort.cpp). Sorts all operands by the first `num_keys` of them.
Values sort(Args operands, int64_t axis, bool is_stable = true, int64_t num_keys = 1);
Values top_k(const Value&, int64_t k);

// Random bits (lax/threefry.cpp): key words and counts of type uint32.
Values threefry2x32(const Value& k0, const Value& k1, const Value& x0, const Value& x1);

inline Value operator+(const Value& x, const Value& y) { return add(x, y); }
inline Value operator-(const Value& x, const Value& y) { return sub(x, y); }
inline Value operator*(const Value& x, const Value& y) { return mul(x, y); }
inline Value operator/(const Value& x, const Value& y) { return div(x, y); }
inline Value operator-(const Value& x) { return neg(x); }

// What transformations need of arrays as vectors (lax/vector_space.cpp) --------

Value zeros(const Aval&);  // of the aval's type, weak if it is
Value ones(const Aval&);
Value full(const Aval&, double);
Value full_like(const Value&, double);         // same dtype and shape, strong
Value instantiate(const Value&, const Aval&);  // zeros of the tangent aval if null
Value add_any(const Value&, const Value&);     // either may be null
Value move_axis(const Value&, int from, int to);
Value batch_to_front(const Value&, int64_t size, int axis);  // broadcasts if unmapped
// Sums what broadcasting to a larger shape had copied.
Value unbroadcast(const Value& ct, const Aval&);

}  // namespace covector
