// The table of NumPy's elementwise functions: comparisons, logic and bits.

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr Function kFunctions[] = {
    {.name = "equal",
     .signature = "x, y, /",
     .doc = R"(Whether elements are equal.

>>> jnp.equal(jnp.array([1, 2]), 2)
Array([False,  True], dtype=bool))",
     .arity = 2,
     .binary = numpy::equal},
    {.name = "not_equal",
     .signature = "x, y, /",
     .doc = R"(Whether elements differ.

>>> jnp.not_equal(jnp.array([1, 2]), 2)
Array([ True, False], dtype=bool))",
     .arity = 2,
     .binary = numpy::not_equal},
    {.name = "less",
     .signature = "x, y, /",
     .doc = R"(Whether x < y. Complex numbers are ordered by real, then imaginary part.

>>> jnp.less(jnp.array([1, 2]), 2)
Array([ True, False], dtype=bool))",
     .arity = 2,
     .binary = numpy::less},
    {.name = "less_equal",
     .signature = "x, y, /",
     .doc = R"(Whether x <= y. Complex numbers are ordered by real, then imaginary part.

>>> jnp.less_equal(jnp.array([1, 2]), 2)
Array([ True,  True], dtype=bool))",
     .arity = 2,
     .binary = numpy::less_equal},
    {.name = "greater",
     .signature = "x, y, /",
     .doc = R"(Whether x > y. Complex numbers are ordered by real, then imaginary part.

>>> jnp.greater(jnp.array([1, 2]), 1)
Array([False,  True], dtype=bool))",
     .arity = 2,
     .binary = numpy::greater},
    {.name = "greater_equal",
     .signature = "x, y, /",
     .doc = R"(Whether x >= y. Complex numbers are ordered by real, then imaginary part.

>>> jnp.greater_equal(jnp.array([1, 2]), 2)
Array([False,  True], dtype=bool))",
     .arity = 2,
     .binary = numpy::greater_equal},
    {.name = "isnan",
     .signature = "x, /",
     .doc = R"(Whether elements are NaN.

>>> jnp.isnan(jnp.array([1.0, jnp.nan]))
Array([False,  True], dtype=bool))",
     .arity = 1,
     .unary = numpy::isnan},
    {.name = "isinf",
     .signature = "x, /",
     .doc = R"(Whether elements, or one of their parts, are infinite.

>>> jnp.isinf(jnp.array([1.0, -jnp.inf]))
Array([False,  True], dtype=bool))",
     .arity = 1,
     .unary = numpy::isinf},
    {.name = "isposinf",
     .signature = "x, /",
     .doc = R"(Whether real elements are +inf.

>>> jnp.isposinf(jnp.array([jnp.inf, -jnp.inf]))
Array([ True, False], dtype=bool))",
     .arity = 1,
     .unary = numpy::isposinf},
    {.name = "isneginf",
     .signature = "x, /",
     .doc = R"(Whether real elements are -inf.

>>> jnp.isneginf(jnp.array([jnp.inf, -jnp.inf]))
Array([False,  True], dtype=bool))",
     .arity = 1,
     .unary = numpy::isneginf},
    {.name = "isfinite",
     .signature = "x, /",
     .doc = R"(Whether elements are neither NaN nor infinite.

>>> jnp.isfinite(jnp.array([1.0, jnp.nan]))
Array([ True, False], dtype=bool))",
     .arity = 1,
     .unary = numpy::isfinite},
    {.name = "isreal",
     .signature = "x",
     .doc = R"(Whether the imaginary part is 0.

>>> jnp.isreal(jnp.array([1 + 0j, 1j]))
Array([ True, False], dtype=bool))",
     .arity = 1,
     .unary = numpy::isreal},
    {.name = "iscomplex",
     .signature = "x",
     .doc = R"(Whether the imaginary part is not 0.

>>> jnp.iscomplex(jnp.array([1 + 0j, 1j]))
Array([False,  True], dtype=bool))",
     .arity = 1,
     .unary = numpy::iscomplex},
    {.name = "signbit",
     .signature = "x, /",
     .doc = R"(Whether the sign bit is set: true also for -0.0.

>>> jnp.signbit(jnp.array([-0.0, 1.0]))
Array([ True, False], dtype=bool))",
     .arity = 1,
     .unary = numpy::signbit},
    {.name = "logical_and",
     .signature = "x, y, /",
     .doc = R"(Whether both are true (not 0).

>>> jnp.logical_and(jnp.array([True, False]), True)
Array([ True, False], dtype=bool))",
     .arity = 2,
     .binary = numpy::logical_and},
    {.name = "logical_or",
     .signature = "x, y, /",
     .doc = R"(Whether one or both are true (not 0).

>>> jnp.logical_or(jnp.array([True, False]), False)
Array([ True, False], dtype=bool))",
     .arity = 2,
     .binary = numpy::logical_or},
    {.name = "logical_xor",
     .signature = "x, y, /",
     .doc = R"(Whether exactly one is true (not 0).

>>> jnp.logical_xor(jnp.array([True, False]), True)
Array([False,  True], dtype=bool))",
     .arity = 2,
     .binary = numpy::logical_xor},
    {.name = "logical_not",
     .signature = "x, /",
     .doc = R"(Whether elements are false (0).

>>> jnp.logical_not(jnp.array([True, False]))
Array([False,  True], dtype=bool))",
     .arity = 1,
     .unary = numpy::logical_not},
    {.name = "bitwise_and",
     .signature = "x, y, /",
     .doc = R"(Bits that both integers or booleans have.

>>> jnp.bitwise_and(jnp.array([6, 5]), 3)
Array([2, 1], dtype=int32))",
     .arity = 2,
     .binary = numpy::bitwise_and},
    {.name = "bitwise_or",
     .signature = "x, y, /",
     .doc = R"(Bits that one or both integers or booleans have.

>>> jnp.bitwise_or(jnp.array([6, 5]), 3)
Array([7, 7], dtype=int32))",
     .arity = 2,
     .binary = numpy::bitwise_or},
    {.name = "bitwise_xor",
     .signature = "x, y, /",
     .doc = R"(Bits that exactly one of two integers or booleans has.

>>> jnp.bitwise_xor(jnp.array([6, 5]), 3)
Array([5, 6], dtype=int32))",
     .arity = 2,
     .binary = numpy::bitwise_xor},
    {.name = "bitwise_not",
     .signature = "x, /",
     .doc = R"(All bits of integers or booleans flipped.

>>> jnp.bitwise_not(jnp.array([6, -1]))
Array([-7,  0], dtype=int32))",
     .arity = 1,
     .unary = numpy::invert},
    {.name = "bitwise_invert",
     .signature = "x, /",
     .doc = "The same as `bitwise_not`.",
     .arity = 1,
     .unary = numpy::invert},
    {.name = "invert",
     .signature = "x, /",
     .doc = "The same as `bitwise_not`.",
     .arity = 1,
     .unary = numpy::invert},
    {.name = "left_shift",
     .signature = "x, y, /",
     .doc = R"(Bits of x moved up by y places.

>>> jnp.left_shift(jnp.array([1, 3]), 2)
Array([ 4, 12], dtype=int32))",
     .arity = 2,
     .binary = numpy::left_shift},
    {.name = "bitwise_left_shift",
     .signature = "x, y, /",
     .doc = "The same as `left_shift`.",
     .arity = 2,
     .binary = numpy::left_shift},
    {.name = "right_shift",
     .signature = "x1, x2, /",
     .doc = R"(Bits of x1 moved down by x2 places; keeps the sign of signed integers.

>>> jnp.right_shift(jnp.array([8, -8]), 2)
Array([ 2, -2], dtype=int32))",
     .arity = 2,
     .binary = numpy::right_shift},
    {.name = "bitwise_right_shift",
     .signature = "x1, x2, /",
     .doc = "The same as `right_shift`.",
     .arity = 2,
     .binary = numpy::right_shift},
    {.name = "bitwise_count",
     .signature = "x, /",
     .doc = R"(How many bits of the magnitude are set.

>>> jnp.bitwise_count(jnp.array([7, -8]))
Array([3, 1], dtype=uint8))",
     .arity = 1,
     .unary = numpy::bitwise_count},
};

}  // namespace

std::span<const Function> logical_functions() { return kFunctions; }

}  // namespace covector::numpy
