"""The Python array API standard, v2024.12: every function of it that JAX has, and arrays."""

import inspect
import operator
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import array_api_strict as strict
import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.array_api_cases import CASES, EMPTY, FLAGS, SPD, M, N, S, T, V
from python.array_api_oracle import DTYPES, VERSION, Case, alike, assert_same, dtype_name

UNARY = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "bitwise_invert", "ceil", "conj",
    "cos", "cosh", "exp", "expm1", "floor", "imag", "isfinite", "isinf", "isnan", "log",
    "log10", "log1p", "log2", "logical_not", "negative", "positive", "real", "reciprocal",
    "round", "sign", "signbit", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
]  # fmt: skip
BINARY = [
    "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "copysign", "divide", "equal", "floor_divide", "greater", "greater_equal",
    "hypot", "less", "less_equal", "logaddexp", "logical_and", "logical_or", "logical_xor",
    "maximum", "minimum", "multiply", "nextafter", "not_equal", "pow", "remainder", "subtract",
]  # fmt: skip
CLIPS = [Case("clip", x, *a, **k) for x in (M, N, S, EMPTY) for a, k in (
    ((1, 3), {}), ((), {"min": 2}), ((), {"max": 2}), ((None, 4), {}), ((), {}))]  # fmt: skip
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.0, 3.0]
NO_FUNCTIONS = {"Device", "ArrayAPIStrictFlags", *DTYPES}
NEWER = {"broadcast_shapes", "isin"}  # came with the next version of the standard
# Where JAX is not as the standard says, and we are as JAX: it converts from one kind to another
# as NumPy does, has indices of 32 bits, and takes a relative tolerance as an absolute one.
AS_JAX = {"can_cast", "searchsorted", "linalg.matrix_rank"}


@pytest.fixture(autouse=True)
def wide() -> Iterator[None]:
    with covector.enable_x64(True), jax.enable_x64(True):
        yield


def functions() -> Iterator[str]:
    """Names of all functions of the standard."""
    for name in strict.__all__:
        if callable(getattr(strict, name)) and "strict_flags" not in name:
            yield name
    for extension in ("linalg", "fft"):
        yield from (f"{extension}.{n}" for n in getattr(strict, extension).__all__)


FUNCTIONS = sorted(set(functions()) - NO_FUNCTIONS - NEWER)


def accepted(name: str, *operands: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """The operands that the standard defines a function for, and its results."""
    cases = [Case(name, *args) for args in operands]
    found = [(args, want) for args, c in zip(operands, cases) if (want := reference(c)) is not None]
    return [args for args, _ in found], [want for _, want in found]


def reference(case: Case) -> Any:
    try:
        return case.run(strict)
    except (TypeError, ValueError):
        return None


def sample(dtype: str, positive: bool = False) -> np.ndarray[Any, Any]:
    if dtype == "bool":
        return np.array([positive, True, False])
    if dtype[0] in "iu":
        return np.array([2, 1, 3] if positive or dtype[0] == "u" else [1, -2, 5]).astype(dtype)
    x = np.array([2, 0.75, 1.5] if positive else [0.5, -1.25, 3])
    return (x + 0.75j * x[::-1] if dtype[0] == "c" else x).astype(dtype)


def compiled(library: Any, name: str, operands: list[Any]) -> Any:
    """The results for all operands, of one program."""
    f = attrgetter(name)(library.numpy)
    return library.jit(lambda all_of_them: [f(*args) for args in all_of_them])(operands)


def test_version() -> None:
    assert jnp.__array_api_version__ == VERSION
    assert jnp.zeros(1).__array_namespace__(api_version=VERSION) is jnp
    for name in ("e", "inf", "nan", "pi", "newaxis"):
        np.testing.assert_equal(getattr(jnp, name), getattr(strict, name))


def test_every_function_is_tested() -> None:
    tested = {*UNARY, *BINARY, *(case.name for case in [*CASES, *CLIPS])}
    missing = {n for n in FUNCTIONS if not callable(attrgetter(n)(jax.numpy))}
    assert tested | missing == set(FUNCTIONS)
    assert not missing


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters(name: str) -> None:
    ours = inspect.signature(attrgetter(name)(jnp))
    theirs = inspect.signature(attrgetter(name)(strict)).parameters.values()
    first = [p for p in theirs if p.kind == p.POSITIONAL_ONLY]
    either = [p.name for p in theirs if p.kind == p.POSITIONAL_OR_KEYWORD]
    named = {p.name: 0 for p in theirs if p.kind == p.KEYWORD_ONLY}
    ours.bind(*range(len(first) + len(either)), **named)
    ours.bind(*range(len(first)), **dict.fromkeys(either, 0), **named)
    defaults = [p for p in theirs if p.kind == p.KEYWORD_ONLY and p.name != "device"]
    for p in defaults:
        assert ours.parameters[p.name].kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)


@pytest.mark.parametrize("case", [*CASES, *CLIPS], ids=repr)
def test_function(case: Case) -> None:
    got = case.run(jnp)
    if case.name not in AS_JAX:
        return assert_same(got, case.run(strict), repr(case))
    want = case.run(jax.numpy)
    assert getattr(got, "dtype", None) == getattr(want, "dtype", None)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", UNARY)
def test_elementwise(name: str) -> None:
    samples = [sample(d) for d in DTYPES]
    shapes = [s for x in samples for s in (x, x[0].reshape(()), x[:0].reshape(0, 1))]
    operands, wants = accepted(name, *((x,) for x in shapes))
    assert operands
    for args, got, want in zip(operands, compiled(covector, name, operands), wants):
        assert_same(got, want, f"{name}{args}")
    assert_same(Case(name, *operands[0]).run(jnp), wants[0], "eager")


@pytest.mark.parametrize("name", BINARY)
def test_promotion(name: str) -> None:
    """Of all pairs of dtypes in the standard's table; and of shapes."""
    pairs = [(sample(a), sample(b, positive=True)) for a in DTYPES for b in DTYPES]
    operands, wants = accepted(name, *pairs)
    assert operands
    f = getattr(jnp, name)
    types = covector.eval_shape(lambda all_of_them: [f(*args) for args in all_of_them], operands)
    for args, got, want in zip(operands, types, wants):
        assert (got.dtype.name, got.shape) == (dtype_name(want.dtype), want.shape), args
    mixed = [(x[0], y[1:]) for x, y in operands] if name == "add" else []
    same = [(x, y) for x, y in operands if x.dtype == y.dtype]
    shapes = [(p, q) for x, y in same[:2] for p, q in (
        (x[0], y), (x[:1].reshape(1, 1), y), (x[:0].reshape(0, 1), y), (x[0], y[0]))]  # fmt: skip
    arrays = [(np.asarray(x), np.asarray(y)) for x, y in same + shapes + mixed]
    operands, wants = accepted(name, *arrays)
    for args, got, want in zip(operands, compiled(covector, name, operands), wants):
        assert_same(got, want, f"{name}{args}")


@pytest.mark.parametrize("name", BINARY)
def test_numbers(name: str) -> None:
    arrays = [sample(d) for d in ("bool", "int8", "float32", "complex64")]
    numbers = [True, 2, 1.5, 2j]
    pairs = [p for x in arrays for n in numbers for p in ((x, n), (abs(x), n), (n, abs(x)))]
    operands, wants = accepted(name, *pairs)
    assert operands
    f = getattr(jnp, name)
    program = covector.jit(lambda: [f(*args) for args in operands])
    for args, got, want in zip(operands, program(), wants):
        assert_same(got, want, f"{name}{args}")


def specials(arity: int, dtype: str) -> tuple[np.ndarray[Any, Any], ...]:
    if dtype[0] == "c":
        parts = np.array(SPECIAL[:8])
        grid = np.empty((8, 8), dtype)
        grid.real, grid.imag = parts[:, None], parts
        return (grid,)
    x = np.array(SPECIAL, dtype)
    if arity == 1:
        return (x,)
    return tuple(np.ascontiguousarray(g) for g in np.meshgrid(x, x))


# Of what share of special values JAX agrees with the reference: this much at least.
AGREED = {"f": 0.8, "c": 0.3}


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_special_values(name: str) -> None:
    """Where JAX gives NaN, infinity and the signs of zeros as the standard says, so do we."""
    arity = 1 if name in UNARY else 2
    dtypes = DTYPES[-4:-1] if arity == 1 else DTYPES[-4:-2]
    operands, wants = accepted(name, *(specials(arity, d) for d in dtypes))
    for args, got, theirs, want in zip(
        operands,
        *(compiled(library, name, operands) for library in (covector, jax)),
        wants,
        strict=True,
    ):
        right, agreed = (alike(np.asarray(x), np.asarray(want)) for x in (got, theirs))
        assert agreed.mean() >= AGREED[args[0].dtype.kind], f"{name}: {agreed.mean()}"
        wrong = agreed & ~right
        assert not wrong.any(), f"{name}{[a[wrong] for a in args]}: {np.asarray(got)[wrong]}"


OPERATORS = {
    "all": ["eq", "ne"],
    "boolean": ["and_", "or_", "xor"],
    "integer": ["lshift", "rshift", "floordiv", "mod"],
    "numeric": ["add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge"],
}
INPLACE = ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow"]
METHODS = [
    "__abs__", "__add__", "__and__", "__array_namespace__", "__bool__", "__complex__",
    "__dlpack__", "__dlpack_device__", "__eq__", "__float__", "__floordiv__", "__ge__",
    "__getitem__", "__gt__", "__index__", "__int__", "__invert__", "__le__", "__lshift__",
    "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__", "__neg__", "__or__", "__pos__",
    "__pow__", "__rshift__", "__sub__", "__truediv__", "__xor__", "to_device", "dtype",
    "device", "mT", "ndim", "shape", "size", "T",
]  # fmt: skip


def same_operation(f: Callable[..., Any], *args: Any) -> None:
    """An expression has one value for our arrays and for those of the reference."""
    got, want = (f(*(xp.asarray(a) if isinstance(a, np.ndarray) else a for a in args))
                 for xp in (jnp, strict))  # fmt: skip
    assert_same(got, want, f"{f}{args}")


@pytest.mark.parametrize("name", [n for names in OPERATORS.values() for n in names] + INPLACE)
def test_operators(name: str) -> None:
    f = getattr(operator, name)
    pairs = [(N, N + 1), (N, 2), (2, N)]
    if name in OPERATORS["boolean"]:
        pairs += [(FLAGS, ~FLAGS), (FLAGS, True), (False, FLAGS)]
    if name in OPERATORS["numeric"] + OPERATORS["all"]:
        pairs = [(M, M + 1), (M, 2), (2.5, M + 1), (M, S), *(pairs if name != "truediv" else [])]
    if name in INPLACE:
        pairs = [(M, M + 1), (M, 2)]
    if name in ("floordiv", "mod"):
        pairs = [(N, N + 1), (N, 2), (2, N + 1), (M - 3, M + 1), (M, -2.5)]
    for a, b in pairs:
        same_operation(f, a, b)


def test_members_of_arrays() -> None:
    assert not [n for n in METHODS if not hasattr(jnp.zeros((1, 1)), n)]
    for f in (operator.neg, operator.pos, abs):
        same_operation(f, M - 2)
        same_operation(f, S)
    same_operation(operator.invert, N)
    same_operation(operator.matmul, M, M.T)
    for member in ("shape", "size", "ndim", "dtype", "mT", "T"):
        same_operation(attrgetter(member), M)
    same_operation(attrgetter("mT"), T)
    for kind in (bool, float, complex):
        same_operation(kind, S)
    for kind in (int, operator.index):
        same_operation(kind, np.array(3))


INDICES = [
    0, -1, slice(1), slice(None, None, -1), slice(-1, None, 2), slice(2, 2), ..., (None, 0),
    (0, None), (..., 0), (None, ...),
]  # fmt: skip
PAIRS = [
    (0, 1),
    (slice(None), slice(0, 2)),
    (None, 0, ..., None),
    (1, slice(2, None, -2)),
    (..., 0),
]


def test_indexing() -> None:
    for index in INDICES:
        same_operation(operator.itemgetter(index), V)
    for pair in PAIRS:
        same_operation(operator.itemgetter(pair), M)
    same_operation(operator.itemgetter(...), S)
    for chosen in (FLAGS, np.array(True)):
        same_operation(lambda x, i: x[i], M, chosen)
    rows, columns = np.array([1, 0, 1]), np.array([0, 2, -1])
    same_operation(lambda x, i, j: x[i, j], M, rows, columns)
    same_operation(lambda x, i: x[i, 1], M, rows)


def test_devices_and_exchange() -> None:
    x = jnp.asarray(SPD)
    assert x.to_device(x.device).device == x.device
    assert jnp.from_dlpack(strict.asarray(V)).tolist() == V.tolist()
    assert strict.from_dlpack(jnp.asarray(V)) is not None
    for create in (lambda **k: jnp.zeros(2, **k), lambda **k: jnp.asarray(V, **k)):
        assert create(device=x.device).device == x.device
