"""Samples of elementwise primitives."""

from functools import partial
from typing import Any

import ml_dtypes
import numpy as np

from primitives.sample import (
    booleans,
    complexes,
    distinct,
    integers,
    reals,
    sample,
    special_reals,
)

SHAPE = (2, 3)


def call(name: str, *args: Any, **kwargs: Any) -> Any:
    """lax.<name>(arrays..., args...)"""
    return lambda lax, *x: getattr(lax, name)(*x, *args, **kwargs)


# One operand ------------------------------------------------------------------------------


def unary(
    name: str,
    function: str = "",
    low: float = -1.5,
    high: float = 1.5,
    of_complex: bool = True,
    at_special: bool = True,
    tolerance: float = 2e-6,
) -> None:
    f = call(function or name)
    sample(name, f, reals(*SHAPE, low=low, high=high), tolerance=tolerance)
    sample(name, f, reals(low=low, high=high), order=1, tolerance=tolerance)
    sample(name, f, reals(0, 3), order=0)
    for dtype in (np.float16, ml_dtypes.bfloat16):
        sample(name, f, reals(4, low=low, high=high, dtype=dtype), order=0, tolerance=2e-2)
    if at_special:
        sample(name, f, special_reals(), order=0, note="special", tolerance=tolerance)
    if of_complex:
        sample(name, f, complexes(*SHAPE), order=1, tolerance=1e-5)


for function in [
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "atan",
    "exp",
    "exp2",
    "expm1",
    "logistic",
    "square",
]:
    unary(function)
unary("asin", low=-0.9, high=0.9)
unary("acos", low=-0.9, high=0.9)
unary("atanh", low=-0.9, high=0.9)
unary("acosh", low=1.2, high=3, of_complex=False)
# JAX takes the other branch of the slope in the left half plane.
sample("acosh", call("acosh"), complexes(*SHAPE, low=0.2), order=1, tolerance=1e-5)
sample("acosh", call("acosh"), complexes(*SHAPE, high=-0.2), order=1, oracle=False, note="left")
unary("log", low=0.2, high=3)
unary("log1p", low=-0.8, high=3)
unary("sqrt", low=0.2, high=3)
unary("rsqrt", low=0.2, high=3)
unary("cbrt", low=0.2, high=3, of_complex=False)
unary("neg")
unary("erf", of_complex=False)
unary("erfc", of_complex=False)
unary("erf_inv", low=-0.9, high=0.9, of_complex=False)
unary("lgamma", low=0.3, high=4, of_complex=False, tolerance=1e-5)
unary("digamma", low=0.6, high=4, of_complex=False, tolerance=1e-5)
unary("bessel_i0e", low=0.3, high=9, of_complex=False, tolerance=1e-5)
unary("bessel_i1e", low=0.3, high=9, of_complex=False, tolerance=1e-5)
unary("abs", low=0.3)
unary("abs", low=-1.5, high=-0.3, of_complex=False, at_special=False)
for function in ["floor", "ceil"]:
    sample(function, call(function), reals(*SHAPE), order=0, rule=True)
    sample(function, call(function), special_reals(), order=0)
for function in ("sign", "abs", "neg", "square"):
    sample(function, call(function), integers(*SHAPE))
sample("sign", call("sign"), reals(*SHAPE), order=0, rule=True)
sample("sign", call("sign"), special_reals(), order=0)
sample("sign", call("sign"), complexes(*SHAPE), order=0)
sample("sign", call("sign"), integers(*SHAPE, low=0, dtype="uint8"))
sample("abs", call("abs"), np.array([0, -1, 2], "float32"), order=0, rule=True, note="at 0")
sample("abs", call("abs"), np.array([0, 3 + 4j], "complex64"), order=0, rule=True, note="at 0")
sample("abs", lambda lax, x: lax.abs(lax.sub(x, x)), reals(3), order=0, rule=True, note="inside")
sample("is_finite", call("is_finite"), special_reals(), order=0, rule=True)
halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.4999, 3.5], "float32")
sample("round", call("round"), halves, order=0, rule=True, note="away from zero")
sample("round", lambda lax, x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN), halves, order=0)

for dtype in ("int8", "uint8", "int32", "uint32"):
    x = integers(*SHAPE, low=0, high=120, dtype=dtype)
    for name, function in [
        ("not", "bitwise_not"),
        ("population_count", "population_count"),
        ("clz", "clz"),
    ]:
        sample(name, call(function), x)
sample("not", call("bitwise_not"), booleans(*SHAPE))

for power in (-3, -2, -1, 0, 1, 2, 3, 4, 7):
    note = f"to the {power}"
    f = call("integer_pow", power)
    sample("integer_pow", f, reals(*SHAPE, low=0.5, high=1.5), note=note)
    sample("integer_pow", f, complexes(3, low=0.5), order=1, note=note, tolerance=1e-5)
    if power >= 0:
        sample("integer_pow", f, integers(*SHAPE), note=note)
        sample("integer_pow", f, np.zeros(2, "float32"), order=0, rule=True, note=note + " of 0")

for dtype in ("float32", "complex64", "int32", "bool"):
    x = (reals(*SHAPE) > 0).astype(dtype)
    sample("copy", lambda lax, x: lax.bind("copy", x), x, order=1)
    sample("todense", lambda lax, x: lax.bind("todense", x), x, order=1, oracle=False)
    sample("stop_gradient", call("stop_gradient"), x, order=0, rule=True)

# Complex numbers ---------------------------------------------------------------------------

sample("real", call("real"), complexes(*SHAPE))
sample("imag", call("imag"), complexes(*SHAPE))
sample("conj", call("conj"), complexes(*SHAPE))
sample("conj", call("conj"), reals(*SHAPE))
sample("complex", call("complex"), reals(*SHAPE), reals(*SHAPE))
sample("complex", call("complex"), reals(2, 1), reals(1, 3))

# Two operands -------------------------------------------------------------------------------


def broadcasting(name: str, make: Any, function: str = "", **options: Any) -> None:
    """Operands of equal shapes, of rank 0, and with axes of size 1."""
    f = call(function or name)
    for x, y in [
        (make(*SHAPE), make(*SHAPE)),
        (make(), make(*SHAPE)),
        (make(*SHAPE), make()),
        (make(2, 1), make(1, 3)),
        (make(1, 1), make(2, 3)),
    ]:
        sample(name, f, x, y, **options)
    sample(name, f, make(0, 3), make(1, 3), **options)


def positive(*shape: int) -> np.ndarray:
    return reals(*shape, low=0.5, high=2)


SPECIAL = np.array([*np.meshgrid(special_reals(), special_reals())], "float32").reshape(2, -1)

for function in ["add", "sub", "mul", "div"]:
    broadcasting(function, positive)
    sample(function, call(function), complexes(*SHAPE), complexes(*SHAPE), order=1, tolerance=1e-5)
    sample(function, call(function), integers(*SHAPE), integers(*SHAPE, low=1))
    sample(function, call(function), *SPECIAL, order=0, note="special")
    for dtype in (np.float16, ml_dtypes.bfloat16):
        sample(function, call(function), reals(3, dtype=dtype), reals(3, dtype=dtype), order=0)
    sample(function, lambda lax, x, f=function: getattr(lax, f)(x, 2.0), reals(3), note="literal")
    sample(function, lambda lax, x, f=function: getattr(lax, f)(2.0, 3.0), reals(3), note="weak")
sample("mul", lambda lax, x: lax.mul(x, x), reals(*SHAPE), note="square")
sample(
    "mul",
    lambda lax, x, y: lax.mul(x, y, out_dtype="float32"),
    reals(3, dtype="float16"),
    reals(3, dtype="float16"),
    order=0,
    note="out_dtype",
)
sample("rem", call("rem"), np.array([5.5, -5.5, 4.2], "f"), np.array([2, 2, -1.5], "f"))
sample("rem", call("rem"), integers(*SHAPE), integers(*SHAPE, low=1))
sample("rem", call("rem"), *SPECIAL, order=0, note="special")
sample("div", call("div"), np.array([7, -7, 7, -7], "i"), np.array([2, 2, -2, -2], "i"))

for function in ["max", "min"]:
    broadcasting(function, distinct)
    ties = np.array([[1, 2, 0, np.nan], [1, 3, -1, 1]], "float32")
    sample(function, call(function), *ties, order=0, rule=True, note="ties")
    sample(function, call(function), *SPECIAL, order=0, note="special")
    sample(function, call(function), integers(*SHAPE), integers(*SHAPE))
    sample(function, call(function), booleans(4), booleans(4))
    sample(function, call(function), complexes(4), complexes(4), order=1)
    sample(function, call(function), np.array([1 + 1j] * 2), np.array([1 + 2j, 1 + 0j]), order=0)

broadcasting("pow", positive, tolerance=1e-5)
sample("pow", call("pow"), *SPECIAL, order=0, note="special", tolerance=1e-5)
sample("pow", call("pow"), positive(4), integers(4, low=-3, high=3), tolerance=1e-5)
sample("pow", call("pow"), positive(2, 1), integers(1, 3, low=-3, high=3), tolerance=1e-5)
sample("pow", call("pow"), complexes(3, low=0.5), complexes(3), order=1, tolerance=1e-5)
zero_powers = np.array([[0, 0, 0, 2, 0.0], [2, 1, 0, 0, 0.5]], "float32")
sample("pow", call("pow"), *zero_powers, order=0, rule=True, note="of 0")
sample(
    "pow",
    call("pow"),
    np.array([0, 0, 0, 3], "float32"),
    np.array([0, 1, 2, 0], "int32"),
    order=0,
    rule=True,
    note="of 0",
)
broadcasting("atan2", reals)
sample("atan2", call("atan2"), *SPECIAL, order=0, note="special")
broadcasting("nextafter", reals, order=0)

for name in ("and", "or", "xor"):
    broadcasting(name, integers, f"bitwise_{name}")
    sample(name, call(f"bitwise_{name}"), booleans(*SHAPE), booleans(*SHAPE))
for function in ("shift_left", "shift_right_logical", "shift_right_arithmetic"):
    for dtype in ("int32", "uint8"):
        x = integers(*SHAPE, low=0 if dtype == "uint8" else -9, dtype=dtype)
        sample(function, call(function), x, integers(*SHAPE, low=0, high=7, dtype=dtype))
    far = np.array([31, 32, 40, -1], "int32")
    sample(function, call(function), np.array([5, -5, 5, -5], "int32"), far, note="far")

# Comparisons and choices ----------------------------------------------------------------------

for function in ["eq", "ne", "ge", "gt", "le", "lt"]:
    broadcasting(function, lambda *shape: integers(*shape, low=-1, high=1))
    sample(function, call(function), *SPECIAL, order=0, rule=True, note="special")
    sample(function, call(function), booleans(4), booleans(4))
for function in ["eq", "ne"]:
    sample(function, call(function), complexes(3), complexes(3), order=0)


def select(lax: Any, *args: Any) -> Any:
    return lax.select_n(*args)


sample("select_n", select, booleans(*SHAPE), reals(*SHAPE), reals(*SHAPE))
sample("select_n", select, booleans(), reals(*SHAPE), reals(*SHAPE), note="scalar")
sample("select_n", select, booleans(), reals(), reals(), note="scalars")
sample("select_n", select, integers(*SHAPE, low=0, high=2), *(reals(*SHAPE) for _ in range(3)))
sample("select_n", select, integers(low=0, high=3), *(reals(3) for _ in range(4)))
sample("select_n", select, booleans(*SHAPE), complexes(*SHAPE), complexes(*SHAPE), order=1)
# JAX fails to transpose this.
sample("select_n", select, booleans(*SHAPE), reals(*SHAPE), note="one case", oracle=False)
sample("select_n", select, booleans(0, 3), reals(0, 3), reals(0, 3))

low, high = np.array(-0.5, "float32"), np.array(0.7, "float32")
edges = np.array([-0.5, 0.7, 0, 2, -2, np.nan], "float32")


def clamp_between(low: float, high: float) -> Any:
    return lambda lax, x: lax.clamp(
        lax.full_like(x, low, shape=()), x, lax.full_like(x, high, shape=())
    )


sample("clamp", call("clamp"), reals(2, 3, high=-1), distinct(*SHAPE), reals(2, 3, low=1))
sample("clamp", call("clamp"), low, distinct(), high)
sample("clamp", clamp_between(-0.5, 0.7), distinct(*SHAPE))
sample("clamp", clamp_between(-0.5, 0.7), edges, order=0, rule=True, note="edges")
sample("clamp", clamp_between(0.7, -0.5), edges, order=0, rule=True, note="crossed")
# JAX has no derivative by bounds that are scalars where the operand is not.
sample("clamp", call("clamp"), low, distinct(*SHAPE), high, oracle=False)
sample("clamp", call("clamp"), low, distinct(*SHAPE), reals(2, 3, low=1), oracle=False)
sample("clamp", call("clamp"), integers(low=-3, high=-1), integers(*SHAPE), integers(low=1, high=3))

# Types ----------------------------------------------------------------------------------------

TYPES = ["bool", "int8", "int32", "uint8", "uint32", "float16", "bfloat16", "float32", "complex64"]
for source in ("bool", "int32", "uint8", "float32", "bfloat16", "complex64"):
    numbers = np.array([0, 1, 2, 100], ml_dtypes.bfloat16 if source == "bfloat16" else source)
    for target in TYPES:
        f = call("convert_element_type", target)
        sample("convert_element_type", f, numbers, order=0, rule=True, note=f"to {target}")
sample(
    "convert_element_type",
    lambda lax, x: lax.convert_element_type(x, lax.complex(x, x).dtype),
    reals(*SHAPE),
    note="to complex",
)
sample("convert_element_type", call("convert_element_type", "float16"), reals(4), order=0)
halfway = np.array([-1.7, 1.5, np.nan, 3e9, -3e9, 0.25], "float32")
for target in ("int32", "uint8", "bool"):
    f = call("convert_element_type", target)
    sample("convert_element_type", f, halfway, order=0, note=f"to {target}")

for source, target in [
    ("float32", "int32"),
    ("float32", "uint16"),
    ("float32", "uint8"),
    ("int32", "float32"),
    ("uint8", "int8"),
]:
    f = call("bitcast_convert_type", target)
    x = reals(*SHAPE, low=0, high=90, dtype=source)
    sample("bitcast_convert_type", f, x, order=0, note=f"to {target}")
pairs, bytes_ = integers(3, 2, dtype="int16"), integers(3, 4, low=0, dtype="uint8")
sample("bitcast_convert_type", call("bitcast_convert_type", "int32"), pairs, order=0)
sample("bitcast_convert_type", call("bitcast_convert_type", "uint32"), bytes_, order=0)

sample("reduce_precision", call("reduce_precision", 5, 3), reals(*SHAPE), order=0, rule=True)
sample("reduce_precision", call("reduce_precision", 11, 52), reals(*SHAPE))

# Functions of several arguments -------------------------------------------------------------

TIGHT = {"tolerance": 2e-5}
above_half = partial(reals, low=0.5, high=4)
for function in ("igamma", "igammac"):  # long programs: one batched
    broadcasting(function, above_half, order=1, batch=False, **TIGHT)
    sample(function, call(function), above_half(3), above_half(3), order=1, **TIGHT)
GRID = np.array(
    [
        *np.meshgrid(
            [0, 0.1, 1, 3.5, 20, 150, -1, np.inf, np.nan], [0, 0.2, 1, 4, 140, -2, np.inf, np.nan]
        )
    ],
    "float32",
).reshape(2, -1)
for function in ("igamma", "igammac", "igamma_grad_a", "random_gamma_grad"):
    sample(function, call(function), *GRID, order=0, batch=False, note="grid", tolerance=1e-4)
    positive_pair = reals(4, low=0.5, high=4), reals(4, low=0.5, high=4)
    sample(function, call(function), *positive_pair, order=0, **TIGHT)
    sample(
        function,
        call(function),
        *(x.astype("float16") for x in positive_pair),
        order=0,
        batch=False,
        tolerance=2e-2,
    )
sample(
    "random_gamma_grad",
    call("random_gamma_grad"),
    reals(low=1, high=2),
    reals(low=1, high=2),
    order=0,
)

beta = [
    reals(*SHAPE, low=0.5, high=4),
    reals(*SHAPE, low=0.5, high=4),
    reals(*SHAPE, low=0.1, high=0.9),
]
sample("regularized_incomplete_beta", call("betainc"), *beta, order=0, **TIGHT)
sample(
    "regularized_incomplete_beta",
    lambda lax, x: lax.betainc(lax.full_like(x, 1.5), lax.full_like(x, 2.5), x),
    beta[2],
    order=2,
    **TIGHT,
)
corners = np.array(
    [*np.meshgrid([0, 0.5, 30, np.inf, -1], [0, 2, 1e-40, np.inf, np.nan], [0, 0.3, 1, 1.5])],
    "float32",
).reshape(3, -1)
sample(
    "regularized_incomplete_beta",
    call("betainc"),
    *corners,
    order=0,
    batch=False,
    note="corners",
    tolerance=1e-4,
)
sample(
    "polygamma",
    call("polygamma"),
    np.array([1, 2, 3], "f"),
    reals(3, low=0.5, high=4),
    order=0,
    tolerance=1e-4,
)
sample(
    "polygamma",
    lambda lax, x: lax.polygamma(lax.full_like(x, 1), x),
    reals(3, low=0.5, high=4),
    order=2,
    tolerance=1e-4,
)
sample(
    "zeta",
    call("zeta"),
    reals(3, low=1.5, high=4),
    reals(3, low=0.5, high=4),
    order=0,
    tolerance=1e-4,
)


def square_rule(lax: Any, x: Any, t: Any) -> Any:
    """The sum of two tangents."""
    return lax.library.jvp(lambda x: lax.mul(x, x), (x,), (t,))[1]


sample("add_any", square_rule, reals(*SHAPE), reals(*SHAPE))
sample("add_any", square_rule, complexes(3), complexes(3), order=1)
