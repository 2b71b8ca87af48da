#pragma once

// Rule makers shared by families of primitives: each returns, or is, a rule of
// a PrimitiveDef.

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "covector/core/call_args.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"

namespace covector::rules {

// Sets of dtypes, for messages and checks.
using DTypeTest = bool (*)(DType);
inline bool any_dtype(DType) { return true; }
inline bool is_number(DType d) { return is_integer(d) || is_inexact(d); }
inline bool is_int_or_bool(DType d) { return is_integer(d) || is_bool(d); }
inline bool is_real(DType d) { return is_integer(d) || is_floating(d); }
inline bool is_real_or_bool(DType d) { return is_real(d) || is_bool(d); }
inline bool is_number_or_bool(DType d) { return is_number(d) || is_bool(d); }

// Checks ------------------------------------------------------------------------

// The operand's dtype is one that the primitive takes; `set` names them.
void require_dtype(const Op&, const Aval&, DTypeTest, std::string_view set);
// All operands have one dtype.
void require_same_dtype(const Op&, AvalSpan);
// Axes are in range (after no normalisation) and distinct.
void require_axes(const Op&, std::span<const int64_t> axes, int64_t rank);
// The shape that operands broadcast to: rank 0, or one rank with 1s.
Shape broadcast_shape(const Op&, AvalSpan);

// abstract_eval -------------------------------------------------------------------

// n operands of one dtype and shapes that broadcast; the result has that type.
std::function<Avals(const Op&, AvalSpan)> nary(DTypeTest, std::string_view set);
// The same with a fixed result dtype, e.g. bool of comparisons (never weak).
std::function<Avals(const Op&, AvalSpan)> nary_to(DType result, DTypeTest, std::string_view set);
// The same with a result dtype computed from the operands'.
std::function<Avals(const Op&, AvalSpan)> nary_map(DType (*result)(DType), DTypeTest,
                                                   std::string_view set);

// jvp -----------------------------------------------------------------------------

// The sum over operands of partial(tangent, result, operands); an empty partial
// is a zero. Terms are broadcast to the result's shape.
using Partial = std::function<Value(const Value& g, const Value& out, Args in)>;
std::function<JvpOut(const Op&, Args, Args)> partials(std::vector<Partial>);
// A function linear in all its operands together (missing tangents are
// instantiated), or in its one operand.
JvpOut linear(const Op&, Args primals, Args tangents);
// A function linear in operand 0, the others being constants (indices...).
JvpOut linear_in_first(const Op&, Args primals, Args tangents);
// A function linear in each of two operands.
JvpOut bilinear(const Op&, Args primals, Args tangents);
// A function without a derivative: the tangent is zero.
JvpOut zero_jvp(const Op&, Args primals, Args tangents);

// batch ---------------------------------------------------------------------------

// Elementwise operations of any number of operands.
BatchOut batch_elementwise(const Op&, const AxisData&, Args, const MappedAxes&);
// Moves every mapped operand's axis to the front and broadcasts the others.
Values all_to_front(const AxisData&, Args, const MappedAxes&);
// `axes` of the unbatched operand, seen when the mapped axis is in front.
Axes shifted(std::span<const int64_t> axes);

// lower ---------------------------------------------------------------------------

using LowerRule = std::function<hlo::Results(const Op&, hlo::Builder&, hlo::Operands, AvalSpan)>;
// One operation: operands are broadcast to the result's shape. `name` without
// a dialect is of stablehlo.
LowerRule hlo_op(std::string_view name);
// The lowering of a composition of other primitives.
LowerRule lower_via(std::function<Values(const Op&, Args)>);

// function ------------------------------------------------------------------------

// lax.<name>(x) and lax.<name>(x, y): binds the primitive without parameters.
FunctionDef unary_function(std::string_view doc, Value (*f)(const Value&));
FunctionDef binary_function(std::string_view doc, Value (*f)(const Value&, const Value&));

// Helpers -------------------------------------------------------------------------

inline bool contains(std::span<const int64_t> a, int64_t x) {
  return std::find(a.begin(), a.end(), x) != a.end();
}
// 0, 1, ..., n-1
Axes iota_axes(int64_t n, int64_t from = 0);
// The axes of an array of this rank that are not in `axes`.
Axes other_axes(int64_t rank, std::span<const int64_t> axes);
Axes inverse_permutation(std::span<const int64_t> perm);
// Broadcasts as an elementwise operation does; the value itself if it has the shape.
Value broadcast_to_shape(const Value&, const Shape&);

}  // namespace covector::rules
