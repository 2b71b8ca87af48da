#pragma once

// How elementwise functions of NumPy are made of primitives: operands are
// converted to a common type and rank, then a function of `lax` is applied.

#include "covector/numpy/numpy.h"

namespace covector::numpy {

using Unary = Value (*)(const Value&);
using Binary = Value (*)(const Value&, const Value&);

// What a common type must be.
enum class Promotion : int8_t {
  kCommon,   // any
  kNumeric,  // not bool: that becomes the default integer
  kInexact,  // floating or complex: others become the default float
  kNone,     // operands stay as they are; f brings their types and ranks together
};

// A function of one operand, of static storage.
struct UnaryRule {
  std::string_view name;
  Unary f;
  Promotion promotion = Promotion::kCommon;
  // f is several operations, which run as one if nothing is being traced.
  bool composite = false;
};

struct BinaryRule {
  std::string_view name;
  Binary f;
  Promotion promotion = Promotion::kCommon;
  bool composite = false;
};

Value apply(const UnaryRule&, const Value&);
Value apply(const BinaryRule&, const Value&, const Value&);
// The same where a rule is the whole function.
template <const UnaryRule& kRule>
Value function(const Value& x) {
  return apply(kRule, x);
}
template <const BinaryRule& kRule>
Value function(const Value& x, const Value& y) {
  return apply(kRule, x, y);
}

// Common types ---------------------------------------------------------------------------

Value as_numeric(const Value&);
Value as_inexact(const Value&);
LatticeType promoted(LatticeType, Promotion);
// A scalar known to the host changes its type there.
Value as_type(const Value&, LatticeType);

// Helpers --------------------------------------------------------------------------------

// A scalar of the operand's dtype; weak if the operand is a weak scalar.
Value constant_like(const Value&, double);
// The same, never weak.
Value strong_constant_like(const Value&, double);
inline Value zero_like(const Value& x) { return constant_like(x, 0); }
// Ranks made equal where they are not 0, whatever the rank promotion option says.
Values equal_ranks(Args);
// where(pred, x, y) for operands of one dtype; scalars and axes of size 1 broadcast.
Value choose(const Value& pred, const Value& x, const Value& y);
bool is_complex(const Value&);
void require_real(std::string_view function, const Value&);

}  // namespace covector::numpy
