// The table of NumPy's elementwise functions: sines, angles and their hyperbolic relatives.

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr UnaryRule kSin{"sin", covector::sin, Promotion::kInexact};
constexpr UnaryRule kCos{"cos", covector::cos, Promotion::kInexact};
constexpr UnaryRule kTan{"tan", covector::tan, Promotion::kInexact};
constexpr UnaryRule kArcsin{"arcsin", covector::asin, Promotion::kInexact};
constexpr UnaryRule kArccos{"arccos", covector::acos, Promotion::kInexact};
constexpr UnaryRule kArctan{"arctan", covector::atan, Promotion::kInexact};
constexpr UnaryRule kSinh{"sinh", covector::sinh, Promotion::kInexact};
constexpr UnaryRule kCosh{"cosh", covector::cosh, Promotion::kInexact};
constexpr UnaryRule kTanh{"tanh", covector::tanh, Promotion::kInexact};
constexpr UnaryRule kArcsinh{"arcsinh", covector::asinh, Promotion::kInexact};
constexpr UnaryRule kArctanh{"arctanh", covector::atanh, Promotion::kInexact};

constexpr Function kFunctions[] = {
    {.name = "sin",
     .signature = "x, /",
     .doc = R"(Sine of angles in radians.

>>> jnp.sin(jnp.array([0.0, 0.5]))
Array([0.        , 0.47942555], dtype=float32))",
     .arity = 1,
     .unary = function<kSin>},
    {.name = "cos",
     .signature = "x, /",
     .doc = R"(Cosine of angles in radians.

>>> jnp.cos(jnp.array([0.0, 0.5]))
Array([1.        , 0.87758255], dtype=float32))",
     .arity = 1,
     .unary = function<kCos>},
    {.name = "tan",
     .signature = "x, /",
     .doc = R"(Tangent of angles in radians.

>>> jnp.tan(jnp.array([0.0, 0.5]))
Array([0.       , 0.5463025], dtype=float32))",
     .arity = 1,
     .unary = function<kTan>},
    {.name = "arcsin",
     .signature = "x, /",
     .doc = R"(Angle in [-pi/2, pi/2] whose sine is x; NaN outside of [-1, 1] for real x.

>>> jnp.arcsin(jnp.array([0.0, 1.0]))
Array([0.       , 1.5707964], dtype=float32))",
     .arity = 1,
     .unary = function<kArcsin>},
    {.name = "asin",
     .signature = "x, /",
     .doc = "The same as `arcsin`.",
     .arity = 1,
     .unary = function<kArcsin>},
    {.name = "arccos",
     .signature = "x, /",
     .doc = R"(Angle in [0, pi] whose cosine is x; NaN outside of [-1, 1] for real x.

>>> jnp.arccos(jnp.array([1.0, 0.0]))
Array([0.       , 1.5707964], dtype=float32))",
     .arity = 1,
     .unary = function<kArccos>},
    {.name = "acos",
     .signature = "x, /",
     .doc = "The same as `arccos`.",
     .arity = 1,
     .unary = function<kArccos>},
    {.name = "arctan",
     .signature = "x, /",
     .doc = R"(Angle in [-pi/2, pi/2] whose tangent is x.

>>> jnp.arctan(jnp.array([0.0, 1.0]))
Array([0.       , 0.7853982], dtype=float32))",
     .arity = 1,
     .unary = function<kArctan>},
    {.name = "atan",
     .signature = "x, /",
     .doc = "The same as `arctan`.",
     .arity = 1,
     .unary = function<kArctan>},
    {.name = "sinh",
     .signature = "x, /",
     .doc = R"(Hyperbolic sine.

>>> jnp.sinh(jnp.array([0.0, 1.0]))
Array([0.       , 1.1752012], dtype=float32))",
     .arity = 1,
     .unary = function<kSinh>},
    {.name = "cosh",
     .signature = "x, /",
     .doc = R"(Hyperbolic cosine.

>>> jnp.cosh(jnp.array([0.0, 1.0]))
Array([1.       , 1.5430806], dtype=float32))",
     .arity = 1,
     .unary = function<kCosh>},
    {.name = "tanh",
     .signature = "x, /",
     .doc = R"(Hyperbolic tangent.

>>> jnp.tanh(jnp.array([0.0, 1.0]))
Array([0.       , 0.7615942], dtype=float32))",
     .arity = 1,
     .unary = function<kTanh>},
    {.name = "arcsinh",
     .signature = "x, /",
     .doc = R"(Number whose hyperbolic sine is x.

>>> jnp.arcsinh(jnp.array([0.0, 1.0]))
Array([0.        , 0.88137364], dtype=float32))",
     .arity = 1,
     .unary = function<kArcsinh>},
    {.name = "asinh",
     .signature = "x, /",
     .doc = "The same as `arcsinh`.",
     .arity = 1,
     .unary = function<kArcsinh>},
    {.name = "arccosh",
     .signature = "x, /",
     .doc = R"(Number >= 0 whose hyperbolic cosine is x; NaN below 1 for real x.

>>> jnp.arccosh(jnp.array([1.0, 2.0]))
Array([0.      , 1.316958], dtype=float32))",
     .arity = 1,
     .unary = numpy::arccosh},
    {.name = "acosh",
     .signature = "x, /",
     .doc = "The same as `arccosh`.",
     .arity = 1,
     .unary = numpy::arccosh},
    {.name = "arctanh",
     .signature = "x, /",
     .doc = R"(Number whose hyperbolic tangent is x; NaN outside of [-1, 1] for real x.

>>> jnp.arctanh(jnp.array([0.0, 0.5]))
Array([0.        , 0.54930615], dtype=float32))",
     .arity = 1,
     .unary = function<kArctanh>},
    {.name = "atanh",
     .signature = "x, /",
     .doc = "The same as `arctanh`.",
     .arity = 1,
     .unary = function<kArctanh>},
    {.name = "arctan2",
     .signature = "x1, x2, /",
     .doc = R"(Angle in [-pi, pi] of the point with ordinate x1 and abscissa x2.

>>> jnp.arctan2(jnp.array([1.0, -1.0]), jnp.array([0.0, -1.0]))
Array([ 1.5707964, -2.3561945], dtype=float32))",
     .arity = 2,
     .binary = numpy::arctan2},
    {.name = "atan2",
     .signature = "x1, x2, /",
     .doc = "The same as `arctan2`.",
     .arity = 2,
     .binary = numpy::arctan2},
    {.name = "hypot",
     .signature = "x1, x2, /",
     .doc = R"(Length of the hypotenuse, sqrt(x1**2 + x2**2), without overflow.

>>> jnp.hypot(3.0, jnp.array([4.0, 0.0]))
Array([5., 3.], dtype=float32))",
     .arity = 2,
     .binary = numpy::hypot},
    {.name = "deg2rad",
     .signature = "x, /",
     .doc = R"(Degrees as radians.

>>> jnp.deg2rad(jnp.array([0.0, 180.0]))
Array([0.       , 3.1415927], dtype=float32))",
     .arity = 1,
     .unary = numpy::deg2rad},
    {.name = "radians",
     .signature = "x, /",
     .doc = "The same as `deg2rad`.",
     .arity = 1,
     .unary = numpy::deg2rad},
    {.name = "rad2deg",
     .signature = "x, /",
     .doc = R"(Radians as degrees.

>>> jnp.rad2deg(jnp.array([0.0, jnp.pi]))
Array([  0., 180.], dtype=float32))",
     .arity = 1,
     .unary = numpy::rad2deg},
    {.name = "degrees",
     .signature = "x, /",
     .doc = "The same as `rad2deg`.",
     .arity = 1,
     .unary = numpy::rad2deg},
    {.name = "sinc",
     .signature = "x, /",
     .doc = R"(sin(pi x) / (pi x), and 1 where x is 0.

>>> jnp.sinc(jnp.array([0.0, 0.5]))
Array([1.        , 0.63661975], dtype=float32))",
     .arity = 1,
     .unary = numpy::sinc},
};

}  // namespace

std::span<const Function> trigonometric_functions() { return kFunctions; }

}  // namespace covector::numpy
