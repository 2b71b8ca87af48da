#pragma once

// The elementwise functions of NumPy that are not operators, and the parts of
// the table of all of them.

#include "covector/numpy/elementwise.h"

namespace covector::numpy {

// elementary.cpp
Value fabs(const Value&);
Value sign(const Value&);
Value floor(const Value&);
Value ceil(const Value&);
Value trunc(const Value&);
Value rint(const Value&);
Value arccosh(const Value&);
Value log2(const Value&);
Value log10(const Value&);
Value square(const Value&);
Value reciprocal(const Value&);
Value deg2rad(const Value&);
Value rad2deg(const Value&);
Value sinc(const Value&);
Value maximum(const Value&, const Value&);
Value minimum(const Value&, const Value&);
Value fmax(const Value&, const Value&);
Value fmin(const Value&, const Value&);
Value fmod(const Value&, const Value&);
Value float_power(const Value&, const Value&);
Value arctan2(const Value&, const Value&);
Value hypot(const Value&, const Value&);
Value heaviside(const Value&, const Value&);
Value logaddexp(const Value&, const Value&);
Value logaddexp2(const Value&, const Value&);

// inspection.cpp
Value conjugate(const Value&);
Value real(const Value&);
Value imag(const Value&);
Value isreal(const Value&);
Value iscomplex(const Value&);
Value isfinite(const Value&);
Value isinf(const Value&);
Value isposinf(const Value&);
Value isneginf(const Value&);
Value isnan(const Value&);
Value signbit(const Value&);
Value spacing(const Value&);
Value copysign(const Value&, const Value&);
Value nextafter(const Value&, const Value&);
Value ldexp(const Value&, const Value&);
Value logical_not(const Value&);
Value logical_and(const Value&, const Value&);
Value logical_or(const Value&, const Value&);
Value logical_xor(const Value&, const Value&);
Value bitwise_count(const Value&);

// Parts of functions().
std::span<const Function> trigonometric_functions();  // table_trigonometric.cpp
std::span<const Function> exponential_functions();    // table_exponential.cpp
std::span<const Function> arithmetic_functions();     // table_arithmetic.cpp
std::span<const Function> logical_functions();        // table_logical.cpp

}  // namespace covector::numpy
