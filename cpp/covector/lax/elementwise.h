#pragma once

// Makers of whole entries for elementwise primitives: families differ in name,
// dtypes, derivative and operation only.

#include "covector/lax/rules.h"

namespace covector::rules {

// Dtypes that an operand may have, and their names in messages.
struct DTypeSet {
  DTypeTest has;
  std::string_view names;
};
inline constexpr DTypeSet kFloats{is_floating, "floating"};
inline constexpr DTypeSet kInexact{is_inexact, "floating, complexfloating"};
inline constexpr DTypeSet kNumbers{is_number, "integer, floating, complexfloating"};
inline constexpr DTypeSet kIntegers{is_integer, "integer"};
inline constexpr DTypeSet kBits{is_int_or_bool, "integer, bool"};
inline constexpr DTypeSet kReals{is_real, "integer, floating"};
inline constexpr DTypeSet kOrdered{is_real_or_bool, "integer, floating, bool"};
inline constexpr DTypeSet kAny{is_number_or_bool, "integer, floating, complexfloating, bool"};
inline constexpr DTypeSet kComplex{is_complex, "complexfloating"};

using EvalRule = std::function<Avals(const Op&, AvalSpan)>;
using JvpRule = std::function<JvpOut(const Op&, Args, Args)>;
using TransposeRule = std::function<Values(const Op&, Args, TransposeArgs)>;
using DTypeMap = DType (*)(DType);

inline DType same_dtype(DType d) { return d; }
inline DType bool_dtype(DType) { return kBool; }

// Checks the operands of an elementwise operation. The result has the dtype
// that `result` makes of theirs, and is weak if they all are.
EvalRule elementwise_eval(DTypeSet accepts, DTypeMap result = same_dtype, bool extended = false);

struct UnarySpec {
  std::string_view name, summary;
  DTypeSet accepts = kInexact;
  DTypeMap result = same_dtype;
  JvpRule jvp = {};
  TransposeRule transpose = {};
  LowerRule lower = {};
  Value (*f)(const Value&) = nullptr;
};
PrimitiveDef unary(UnarySpec);

struct BinarySpec {
  std::string_view name, summary;
  DTypeSet accepts = kNumbers;
  DTypeMap result = same_dtype;
  JvpRule jvp = {};
  TransposeRule transpose = {};
  LowerRule lower = {};
  Value (*f)(const Value&, const Value&) = nullptr;
  std::string_view signature = "x, y";
};
PrimitiveDef binary(BinarySpec);

// Keeps text for as long as primitives live: for ever.
std::string_view kept(std::string);
// The doc string of lax.<name>: what it does, then its operands by name.
std::string_view elementwise_doc(std::string_view summary, std::string_view signature,
                                 std::string_view dtypes);

// The derivative rule of a function of one operand.
inline JvpRule derivative(Partial p) { return partials({std::move(p)}); }

// A scalar of x's dtype (and weak if x is), for formulas.
inline Value like(const Value& x, double c) {
  return scalar_of(x.dtype(), c, x.aval().weak_type());
}
inline Value reciprocal(const Value& x) { return integer_pow(x, -1); }
// 1 where x is 0, so that one can divide by it.
Value replace_zero(const Value& x);
// Of an extreme `out` of x and `other`: 1 where it is x alone, 1/2 where both.
Value share_of_extreme(const Value& x, const Value& other, const Value& out);

// Functions whose accuracy the caller may choose -----------------------------------

struct AccuracyParams {
  Param accuracy;  // None, AccuracyMode.HIGHEST or .DEFAULT, or (atol, rtol, ulps)
  void fields(FieldVisitor& f) const {
    if (std::holds_alternative<Param::None>(accuracy.v))
      f.quiet("accuracy", Param::None());
    else
      f("accuracy", &accuracy);
  }
  bool operator==(const AccuracyParams&) const = default;
};

// The op with accuracy left to the compiler.
Op plain(const Primitive&);
// As `unary` for a primitive with AccuracyParams; `self` is the primitive made.
PrimitiveDef accurate_unary(const Primitive* self, UnarySpec);
// hlo_op with the attribute that asks for the op's accuracy.
LowerRule accurate_op(std::string_view name);

}  // namespace covector::rules
