#pragma once

// Associative operations with an identity: what reductions and scans are made of.

#include "covector/hlo/builder.h"

namespace covector::rules {

enum class Monoid : int8_t { kSum, kProduct, kMax, kMin, kAnd, kOr, kXor };

// Combines two operands of one type element by element. Maxima and minima are
// NaN if an operand is; complex numbers are ordered by their real, then
// imaginary parts.
hlo::Operand combine(hlo::Builder&, Monoid, const hlo::Operand&, const hlo::Operand&);

// Reduces axes of an array.
hlo::Operand reduce_axes(hlo::Builder&, Monoid, const hlo::Operand&, std::span<const int64_t> axes);

// XLA's CPU compilers may take the extremes of many floats for those of the
// numbers among them. Where that is so, `x` is best replaced by integers of the
// same order, among which NaN is the extreme; `from_keys` gives the floats again.
bool needs_keys(const hlo::Builder&, Monoid, DType);
hlo::Operand to_keys(hlo::Builder&, Monoid, const hlo::Operand& x);
hlo::Operand from_keys(hlo::Builder&, const hlo::Operand& keys, DType);
// The key of the identity.
Value key_identity(Monoid, DType);

// The result for no elements. For maxima and minima it is infinite if the dtype
// has infinities.
Value identity(Monoid, DType);

}  // namespace covector::rules
