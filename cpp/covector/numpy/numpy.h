#pragma once

// NumPy's semantics where operators and hot functions need them: promotion,
// broadcasting, indexing. C++ callers get the same behaviour as Python's.

#include <optional>
#include <variant>

#include "covector/lax/lax.h"

namespace covector::numpy {

// Promotion (promote.cpp): JAX's type lattice, with weak types. ----------------
struct LatticeType {
  DType dtype;
  bool weak = false;
};
LatticeType promote_types(LatticeType, LatticeType);
// The type of an operation on these values; checks the strict mode.
LatticeType result_type(Args);
LatticeType result_type(AvalSpan);
// Converts all operands to their common type.
Values promote_dtypes(Args);
// The same, and then to an inexact type (integers become float32 / float64).
Values promote_dtypes_inexact(Args);
DType to_inexact(DType);

// Broadcasting (broadcast.cpp). --------------------------------------------------
Shape broadcast_shapes(std::span<const Shape>);
Value broadcast_to(const Value&, std::span<const int64_t>);
Values broadcast_arrays(Args);
// Ranks made equal (rank 0 stays), as elementwise primitives want them; checks
// the rank promotion option.
Values promote_shapes(Args, std::string_view function);

// Operators (operators.cpp): promote, broadcast, apply. --------------------------
Value add(const Value&, const Value&);
Value subtract(const Value&, const Value&);
Value multiply(const Value&, const Value&);
Value true_divide(const Value&, const Value&);
Value floor_divide(const Value&, const Value&);
Value remainder(const Value&, const Value&);
std::pair<Value, Value> divmod(const Value&, const Value&);
Value power(const Value&, const Value&);
Value matmul(const Value&, const Value&, DotOptions = {});
Value bitwise_and(const Value&, const Value&);
Value bitwise_or(const Value&, const Value&);
Value bitwise_xor(const Value&, const Value&);
Value left_shift(const Value&, const Value&);
Value right_shift(const Value&, const Value&);
Value equal(const Value&, const Value&);
Value not_equal(const Value&, const Value&);
Value less(const Value&, const Value&);
Value less_equal(const Value&, const Value&);
Value greater(const Value&, const Value&);
Value greater_equal(const Value&, const Value&);
Value negative(const Value&);
Value positive(const Value&);
Value abs(const Value&);
Value invert(const Value&);
Value where(const Value& pred, const Value& x, const Value& y);

// A named elementwise function of NumPy, for front ends that make their module
// from a table: functions() lists them all with signature and doc.
struct Function {
  std::string_view name, signature, doc;
  size_t arity;
  Value (*unary)(const Value&) = nullptr;
  Value (*binary)(const Value&, const Value&) = nullptr;
};
std::span<const Function> functions();

// Indexing (indexing.cpp). ---------------------------------------------------------
struct Slice {
  std::optional<int64_t> start, stop, step;
};
struct NewAxis {};
struct Ellipsis {};
// `size` elements from `start` on, which may be traced (an integer scalar).
struct Window {
  Value start;
  int64_t size = 0, stride = 1;
};
// One item of x[i, j, ...]: integers known now, slices, None, ..., or arrays
// (integer or boolean, concrete or traced; a traced scalar is an array of rank 0).
using Index = std::variant<int64_t, Slice, NewAxis, Ellipsis, Value, Window>;
struct IndexingOptions {
  // By default getitem clamps, setitem drops what is out of bounds, and take fills.
  std::optional<IndexMode> mode;
  bool indices_are_sorted = false, unique_indices = false;
  bool wrap_negative = true;
  Value fill_value;
};
Value getitem(const Value&, std::span<const Index>, const IndexingOptions& = {});
// x.at[index].set/add/multiply/min/max(y)
Value setitem(ScatterKind, const Value& x, std::span<const Index>, const Value& y,
              const IndexingOptions& = {});
Value take(const Value&, const Value& indices, int64_t axis, const IndexingOptions& = {});

}  // namespace covector::numpy
