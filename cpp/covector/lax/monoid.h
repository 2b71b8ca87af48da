#pragma once

// Associative operations with an identity: what reductions and scans are made of.

#include "covector/hlo/builder.h"

namespace covector::rules {

enum class Monoid : int8_t { kSum, kProduct, kMax, kMin, kAnd, kOr, kXor };

// Combines two operands of one type element by element. Maxima and minima are
// NaN if an operand is; complex numbers are ordered by their real, then
// imaginary parts.
hlo::Operand combine(hlo::Builder&, Monoid, const hlo::Operand&, const hlo::Operand&);

// The result for no elements. For maxima and minima it is infinite if the dtype
// has infinities.
Value identity(Monoid, DType);

}  // namespace covector::rules
