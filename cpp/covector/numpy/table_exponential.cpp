// The table of NumPy's elementwise functions: exponentials, logarithms and powers.

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr UnaryRule kExp{"exp", covector::exp, Promotion::kInexact};
constexpr UnaryRule kExp2{"exp2", covector::exp2, Promotion::kInexact};
constexpr UnaryRule kExpm1{"expm1", covector::expm1, Promotion::kInexact};
constexpr UnaryRule kLog{"log", covector::log, Promotion::kInexact};
constexpr UnaryRule kLog1p{"log1p", covector::log1p, Promotion::kInexact};
constexpr UnaryRule kSqrt{"sqrt", covector::sqrt, Promotion::kInexact};
constexpr UnaryRule kCbrt{"cbrt", covector::cbrt, Promotion::kInexact};

constexpr Function kFunctions[] = {
    {.name = "exp",
     .signature = "x, /",
     .doc = R"(e to the power of x.

>>> jnp.exp(jnp.array([0.0, 1.0]))
Array([1.       , 2.7182817], dtype=float32))",
     .arity = 1,
     .unary = function<kExp>},
    {.name = "exp2",
     .signature = "x, /",
     .doc = R"(2 to the power of x.

>>> jnp.exp2(jnp.array([0.0, 3.0]))
Array([1., 8.], dtype=float32))",
     .arity = 1,
     .unary = function<kExp2>},
    {.name = "expm1",
     .signature = "x, /",
     .doc = R"(exp(x) - 1, exact also for small x.

>>> jnp.expm1(jnp.array([0.0, 1e-5]))
Array([0.000000e+00, 1.000005e-05], dtype=float32))",
     .arity = 1,
     .unary = function<kExpm1>},
    {.name = "log",
     .signature = "x, /",
     .doc = R"(Natural logarithm; NaN for negative real x, -inf for 0.

>>> jnp.log(jnp.array([1.0, 2.0]))
Array([0.       , 0.6931472], dtype=float32))",
     .arity = 1,
     .unary = function<kLog>},
    {.name = "log2",
     .signature = "x, /",
     .doc = R"(Logarithm to base 2.

>>> jnp.log2(jnp.array([1.0, 8.0]))
Array([0., 3.], dtype=float32))",
     .arity = 1,
     .unary = numpy::log2},
    {.name = "log10",
     .signature = "x, /",
     .doc = R"(Logarithm to base 10.

>>> jnp.log10(jnp.array([1.0, 100.0]))
Array([0., 2.], dtype=float32))",
     .arity = 1,
     .unary = numpy::log10},
    {.name = "log1p",
     .signature = "x, /",
     .doc = R"(log(1 + x), exact also for small x.

>>> jnp.log1p(jnp.array([0.0, 1e-5]))
Array([0.00000e+00, 9.99995e-06], dtype=float32))",
     .arity = 1,
     .unary = function<kLog1p>},
    {.name = "logaddexp",
     .signature = "x, y, /",
     .doc = R"(log(exp(x1) + exp(x2)), without overflow.

>>> jnp.logaddexp(1.0, jnp.array([1.0, 2.0]))
Array([1.6931472, 2.3132617], dtype=float32))",
     .arity = 2,
     .binary = numpy::logaddexp},
    {.name = "logaddexp2",
     .signature = "x, y, /",
     .doc = R"(log2(2**x1 + 2**x2), without overflow.

>>> jnp.logaddexp2(1.0, jnp.array([1.0, 2.0]))
Array([2.       , 2.5849624], dtype=float32))",
     .arity = 2,
     .binary = numpy::logaddexp2},
    {.name = "sqrt",
     .signature = "x, /",
     .doc = R"(Square root; NaN for negative real x.

>>> jnp.sqrt(jnp.array([4.0, 2.0]))
Array([2.       , 1.4142135], dtype=float32))",
     .arity = 1,
     .unary = function<kSqrt>},
    {.name = "cbrt",
     .signature = "x, /",
     .doc = R"(Cube root of real numbers.

>>> jnp.cbrt(jnp.array([8.0, -27.0]))
Array([ 2., -3.], dtype=float32))",
     .arity = 1,
     .unary = function<kCbrt>},
    {.name = "square",
     .signature = "x, /",
     .doc = R"(x times x.

>>> jnp.square(jnp.array([2, -3]))
Array([4, 9], dtype=int32))",
     .arity = 1,
     .unary = numpy::square},
    {.name = "reciprocal",
     .signature = "x, /",
     .doc = R"(1 / x, as a floating or complex number.

>>> jnp.reciprocal(jnp.array([2, 4]))
Array([0.5 , 0.25], dtype=float32))",
     .arity = 1,
     .unary = numpy::reciprocal},
    {.name = "power",
     .signature = "x1, x2, /",
     .doc = R"(x1 to the power of x2.

Integers to powers of integers are integers; an exponent that is an integer known
now, as in x**2, is applied by multiplication.

>>> jnp.power(jnp.array([2, 3]), jnp.array([3, 2]))
Array([8, 9], dtype=int32))",
     .arity = 2,
     .binary = numpy::power},
    {.name = "pow",
     .signature = "x1, x2, /",
     .doc = "The same as `power`.",
     .arity = 2,
     .binary = numpy::power},
    {.name = "float_power",
     .signature = "x, y, /",
     .doc = R"(x1 to the power of x2, as a floating or complex number.

>>> jnp.float_power(jnp.array([2, 3]), 2)
Array([4., 9.], dtype=float32))",
     .arity = 2,
     .binary = numpy::float_power},
    {.name = "ldexp",
     .signature = "x1, x2, /",
     .doc = R"(x1 times 2**x2, for integers x2.

>>> jnp.ldexp(jnp.array([0.5, 3.0]), jnp.array([2, 4]))
Array([ 2., 48.], dtype=float32))",
     .arity = 2,
     .binary = numpy::ldexp},
};

}  // namespace

std::span<const Function> exponential_functions() { return kFunctions; }

}  // namespace covector::numpy
