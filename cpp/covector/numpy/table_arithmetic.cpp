// The table of NumPy's elementwise functions: arithmetic, rounding and extremes.

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr Function kFunctions[] = {
    {.name = "add",
     .signature = "x, y, /",
     .doc = R"(Sum; of booleans, their disjunction.

>>> jnp.add(jnp.array([1, 2]), 0.5)
Array([1.5, 2.5], dtype=float32, weak_type=True))",
     .arity = 2,
     .binary = numpy::add},
    {.name = "subtract",
     .signature = "x, y, /",
     .doc = R"(Difference of numbers.

>>> jnp.subtract(jnp.array([1, 2]), 0.5)
Array([0.5, 1.5], dtype=float32, weak_type=True))",
     .arity = 2,
     .binary = numpy::subtract},
    {.name = "multiply",
     .signature = "x, y, /",
     .doc = R"(Product; of booleans, their conjunction.

>>> jnp.multiply(jnp.array([1, 2]), 0.5)
Array([0.5, 1. ], dtype=float32, weak_type=True))",
     .arity = 2,
     .binary = numpy::multiply},
    {.name = "true_divide",
     .signature = "x1, x2, /",
     .doc = R"(Quotient, as a floating or complex number.

>>> jnp.true_divide(jnp.array([1, 2]), 2)
Array([0.5, 1. ], dtype=float32))",
     .arity = 2,
     .binary = numpy::true_divide},
    {.name = "divide",
     .signature = "x1, x2, /",
     .doc = "The same as `true_divide`.",
     .arity = 2,
     .binary = numpy::true_divide},
    {.name = "floor_divide",
     .signature = "x1, x2, /",
     .doc = R"(Quotient of real numbers, rounded down.

>>> jnp.floor_divide(jnp.array([7, -7]), 2)
Array([ 3, -4], dtype=int32))",
     .arity = 2,
     .binary = numpy::floor_divide},
    {.name = "remainder",
     .signature = "x1, x2, /",
     .doc = R"(What floor_divide leaves: has the sign of x2, and is 0 for integers where x2 is 0.

>>> jnp.remainder(jnp.array([7, -7]), 3)
Array([1, 2], dtype=int32))",
     .arity = 2,
     .binary = numpy::remainder},
    {.name = "mod",
     .signature = "x1, x2, /",
     .doc = "The same as `remainder`.",
     .arity = 2,
     .binary = numpy::remainder},
    {.name = "fmod",
     .signature = "x1, x2, /",
     .doc = R"(Remainder with the sign of x1.

>>> jnp.fmod(jnp.array([7, -7]), 3)
Array([ 1, -1], dtype=int32))",
     .arity = 2,
     .binary = numpy::fmod},
    {.name = "negative",
     .signature = "x, /",
     .doc = R"(-x

>>> jnp.negative(jnp.array([1, -2]))
Array([-1,  2], dtype=int32))",
     .arity = 1,
     .unary = numpy::negative},
    {.name = "positive",
     .signature = "x, /",
     .doc = R"(x itself.

>>> jnp.positive(jnp.array([1, -2]))
Array([ 1, -2], dtype=int32))",
     .arity = 1,
     .unary = numpy::positive},
    {.name = "absolute",
     .signature = "x, /",
     .doc = R"(Absolute value; of complex numbers, the magnitude.

>>> jnp.absolute(jnp.array([-1.5, 2.0]))
Array([1.5, 2. ], dtype=float32))",
     .arity = 1,
     .unary = numpy::abs},
    {.name = "abs",
     .signature = "x, /",
     .doc = "The same as `absolute`.",
     .arity = 1,
     .unary = numpy::abs},
    {.name = "fabs",
     .signature = "x, /",
     .doc = R"(Absolute value of real numbers, as a floating number.

>>> jnp.fabs(jnp.array([-1, 2]))
Array([1., 2.], dtype=float32))",
     .arity = 1,
     .unary = numpy::fabs},
    {.name = "sign",
     .signature = "x, /",
     .doc = R"(-1, 0 or 1 as x is negative, zero or positive; of complex numbers, x / abs(x).

>>> jnp.sign(jnp.array([-1.5, 0.0, 2.0]))
Array([-1.,  0.,  1.], dtype=float32))",
     .arity = 1,
     .unary = numpy::sign},
    {.name = "floor",
     .signature = "x, /",
     .doc = R"(Greatest integer <= x.

>>> jnp.floor(jnp.array([-1.5, 1.5]))
Array([-2.,  1.], dtype=float32))",
     .arity = 1,
     .unary = numpy::floor},
    {.name = "ceil",
     .signature = "x, /",
     .doc = R"(Least integer >= x.

>>> jnp.ceil(jnp.array([-1.5, 1.5]))
Array([-1.,  2.], dtype=float32))",
     .arity = 1,
     .unary = numpy::ceil},
    {.name = "trunc",
     .signature = "x",
     .doc = R"(Nearest integer towards 0.

>>> jnp.trunc(jnp.array([-1.5, 1.5]))
Array([-1.,  1.], dtype=float32))",
     .arity = 1,
     .unary = numpy::trunc},
    {.name = "rint",
     .signature = "x, /",
     .doc = R"(Nearest integer, as a floating number; halves go to the even one.

>>> jnp.rint(jnp.array([0.5, 1.5]))
Array([0., 2.], dtype=float32))",
     .arity = 1,
     .unary = numpy::rint},
    {.name = "maximum",
     .signature = "x, y, /",
     .doc = R"(The greater of two; NaN if one is NaN.

>>> jnp.maximum(jnp.array([1.0, jnp.nan]), 2.0)
Array([ 2., nan], dtype=float32))",
     .arity = 2,
     .binary = numpy::maximum},
    {.name = "minimum",
     .signature = "x, y, /",
     .doc = R"(The lesser of two; NaN if one is NaN.

>>> jnp.minimum(jnp.array([1.0, jnp.nan]), 2.0)
Array([ 1., nan], dtype=float32))",
     .arity = 2,
     .binary = numpy::minimum},
    {.name = "fmax",
     .signature = "x1, x2",
     .doc = R"(The greater of two, or the other one if one is NaN.

>>> jnp.fmax(jnp.array([1.0, jnp.nan]), 2.0)
Array([2., 2.], dtype=float32))",
     .arity = 2,
     .binary = numpy::fmax},
    {.name = "fmin",
     .signature = "x1, x2",
     .doc = R"(The lesser of two, or the other one if one is NaN.

>>> jnp.fmin(jnp.array([1.0, jnp.nan]), 2.0)
Array([1., 2.], dtype=float32))",
     .arity = 2,
     .binary = numpy::fmin},
    {.name = "heaviside",
     .signature = "x1, x2, /",
     .doc = R"(0, x2 or 1 as x1 is negative, zero or positive.

>>> jnp.heaviside(jnp.array([-1.5, 0.0, 2.0]), 0.5)
Array([0. , 0.5, 1. ], dtype=float32))",
     .arity = 2,
     .binary = numpy::heaviside},
    {.name = "copysign",
     .signature = "x1, x2, /",
     .doc = R"(The magnitude of x1 with the sign of x2.

>>> jnp.copysign(jnp.array([1.5, 2.0]), jnp.array([-1.0, 0.0]))
Array([-1.5,  2. ], dtype=float32))",
     .arity = 2,
     .binary = numpy::copysign},
    {.name = "nextafter",
     .signature = "x, y, /",
     .doc = R"(The number next to x1 in the direction of x2.

>>> jnp.nextafter(jnp.array([1.0]), 2.0)
Array([1.0000001], dtype=float32))",
     .arity = 2,
     .binary = numpy::nextafter},
    {.name = "spacing",
     .signature = "x, /",
     .doc = R"(Distance to the next number away from 0.

>>> jnp.spacing(jnp.array([1.0, 1024.0]))
Array([1.1920929e-07, 1.2207031e-04], dtype=float32))",
     .arity = 1,
     .unary = numpy::spacing},
    {.name = "conjugate",
     .signature = "x, /",
     .doc = R"(Complex conjugate; real x itself.

>>> jnp.conjugate(jnp.array([1 + 2j]))
Array([1.-2.j], dtype=complex64))",
     .arity = 1,
     .unary = numpy::conjugate},
    {.name = "conj",
     .signature = "x, /",
     .doc = "The same as `conjugate`.",
     .arity = 1,
     .unary = numpy::conjugate},
    {.name = "real",
     .signature = "val, /",
     .doc = R"(Real part.

>>> jnp.real(jnp.array([1 + 2j]))
Array([1.], dtype=float32))",
     .arity = 1,
     .unary = numpy::real},
    {.name = "imag",
     .signature = "val, /",
     .doc = R"(Imaginary part; 0 for real x.

>>> jnp.imag(jnp.array([1 + 2j]))
Array([2.], dtype=float32))",
     .arity = 1,
     .unary = numpy::imag},
};

}  // namespace

std::span<const Function> arithmetic_functions() { return kFunctions; }

}  // namespace covector::numpy
