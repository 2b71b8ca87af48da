"""Arrays as Python objects: each expression gives with Covector what it gives with JAX."""

import copy
import enum
import inspect
import itertools
import operator
import pickle
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy
import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy

# JAX first warns of some conversions that it then refuses.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

JAX = SimpleNamespace(jax=jax, jnp=jax.numpy, lax=jax.lax)
OURS = SimpleNamespace(jax=covector, jnp=covector.numpy, lax=covector.lax)


class Color(enum.IntEnum):
    RED = 1


class Wrapper:
    """Becomes an array when asked."""

    def __init__(self, array):
        self.array = array

    def __jax_array__(self):
        return self.array


class Reflected:
    """Knows the operators from the right."""

    def __radd__(self, other):
        return "radd"

    def __rmatmul__(self, other):
        return "rmatmul"

    def __eq__(self, other):
        return "eq"


def outcome(function: Any, library: Any) -> Any:
    """What a call gives, in a form that can be compared."""
    try:
        return describe(function(library))
    except Exception as e:  # the class is what is compared
        return f"raises {type(e).__name__}"


def describe(x: Any) -> Any:
    if isinstance(x, (jax.Array, covector.Array)):
        dtype = getattr(x.dtype, "name", str(x.dtype))
        return ("array", dtype, x.shape, bool(x.weak_type), np.asarray(x).tolist())
    if isinstance(x, np.ndarray):
        return ("ndarray", str(x.dtype), x.shape, x.flags.writeable, x.tolist())
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [describe(i) for i in x]
    if isinstance(x, np.dtype):
        return str(x)
    return type(x).__name__, repr(x)


def line(function: Any) -> str:
    """The text of a lambda, for the name of its test."""
    source = inspect.getsource(function).strip().rstrip(",")
    return source.removeprefix("lambda lib: ")


x = np.arange(3.0, dtype=np.float32)
m = np.arange(6, dtype=np.int32).reshape(2, 3)
z = np.array([1 + 2j, 3 - 1j], np.complex64)

OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    divmod,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]
BIT_OPERATORS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
OTHERS = [2, 2.5, True, np.float32(3), np.int8(2), np.arange(1, 4), np.float64(1.5), Color.RED]


@pytest.mark.parametrize("other", OTHERS, ids=lambda o: f"{type(o).__name__}")
@pytest.mark.parametrize("op", OPERATORS, ids=lambda f: f.__name__)
def test_operators_take_scalars_and_numpy_arrays(op, other):
    for left in (True, False):
        for value in (x + 1, m[0] + 1):

            def call(lib, value=value, left=left):
                a = lib.jnp.asarray(value)
                return op(a, other) if left else op(other, a)

            ours, theirs = outcome(call, OURS), outcome(call, JAX)
            if "raises" not in str(theirs):
                np.testing.assert_allclose(
                    flat_values(ours), flat_values(theirs), rtol=1e-6, err_msg=str(theirs)
                )
                ours, theirs = without_values(ours), without_values(theirs)
            assert ours == theirs


def flat_values(described: Any) -> Any:
    if described[0] == "array":
        return described[-1]
    return [flat_values(d) for d in described[1]]


def without_values(described: Any) -> Any:
    if described[0] == "array":
        return described[:-1]
    return [without_values(d) for d in described[1]]


@pytest.mark.parametrize("op", BIT_OPERATORS, ids=lambda f: f.__name__)
def test_bit_operators(op):
    for other in (2, np.int8(2), m, True):
        for call in (
            lambda lib, o=other: op(lib.jnp.asarray(m), o),
            lambda lib, o=other: op(o, lib.jnp.asarray(m)),
        ):
            assert outcome(call, OURS) == outcome(call, JAX)


EXPRESSIONS = [
    lambda lib: -lib.jnp.asarray(x),
    lambda lib: +lib.jnp.asarray(x),
    lambda lib: abs(lib.jnp.asarray(-x)),
    lambda lib: ~lib.jnp.asarray(m),
    lambda lib: lib.jnp.asarray(m) @ lib.jnp.asarray(m.T),
    lambda lib: lib.jnp.asarray(m) @ m.T,
    lambda lib: m @ lib.jnp.asarray(m.T),
    lambda lib: pow(lib.jnp.asarray(m), 2, 5),
    lambda lib: pow(3, lib.jnp.asarray(2), 5),
    lambda lib: lib.jnp.asarray(x) + [1],
    lambda lib: [1] + lib.jnp.asarray(x),
    lambda lib: [1] * lib.jnp.asarray(3),
    lambda lib: lib.jnp.asarray(x) * (1, 2, 3),
    lambda lib: lib.jnp.asarray(x) + None,
    lambda lib: lib.jnp.asarray(x) + "a",
    lambda lib: lib.jnp.asarray(x) + np.array(["a"]),
    lambda lib: lib.jnp.asarray(x) == None,  # noqa: E711
    lambda lib: lib.jnp.asarray(x) != "a",
    lambda lib: lib.jnp.asarray(x) == [1],
    lambda lib: lib.jnp.asarray(x) < None,
    lambda lib: lib.jnp.asarray(x) + Reflected(),
    lambda lib: lib.jnp.asarray(x) @ Reflected(),
    lambda lib: lib.jnp.asarray(x) + Wrapper(lib.jnp.asarray(x)),
    lambda lib: Wrapper(lib.jnp.asarray(x)) * lib.jnp.asarray(x),
    lambda lib: lib.jnp.asarray(x) + 2**40,
    lambda lib: lib.jnp.asarray(x) + (1 + 2j),
    # Attributes
    lambda lib: (lib.jnp.asarray(m).shape, lib.jnp.asarray(m).dtype, lib.jnp.asarray(m).ndim),
    lambda lib: (lib.jnp.asarray(m).size, lib.jnp.asarray(m).nbytes, lib.jnp.asarray(m).itemsize),
    lambda lib: (lib.jnp.asarray(2).weak_type, lib.jnp.asarray(x).weak_type),
    lambda lib: repr(lib.jnp.asarray(2).aval) + str(lib.jnp.asarray(2).aval),
    lambda lib: lib.jnp.asarray(m).T,
    lambda lib: lib.jnp.asarray(m).mT,
    lambda lib: lib.jnp.asarray(x).mT,
    lambda lib: (lib.jnp.asarray(z).real, lib.jnp.asarray(z).imag),
    lambda lib: (lib.jnp.asarray(x).real, lib.jnp.asarray(m).imag),
    # Conversions to Python
    lambda lib: bool(lib.jnp.asarray(x)),
    lambda lib: bool(lib.jnp.zeros(0)),
    lambda lib: [bool(lib.jnp.asarray(v)) for v in (0, 2, 0.0, np.nan, 1j, True, -0.0)],
    lambda lib: bool(lib.jnp.ones((1, 1))),
    lambda lib: [int(lib.jnp.asarray(v)) for v in (3, 2.7, True, -1.5)],
    lambda lib: int(lib.jnp.asarray(np.nan)),
    lambda lib: int(lib.jnp.asarray(1j)),
    lambda lib: float(lib.jnp.asarray(1j)),
    lambda lib: [float(lib.jnp.asarray(v)) for v in (3, 2.5, True)],
    lambda lib: float(lib.jnp.ones(1)),
    lambda lib: int(lib.jnp.ones((1, 1))),
    lambda lib: [complex(lib.jnp.asarray(v)) for v in (3, 2.5, 1 + 2j)],
    lambda lib: operator.index(lib.jnp.asarray(3)),
    lambda lib: operator.index(lib.jnp.asarray(True)),
    lambda lib: operator.index(lib.jnp.asarray(3.0)),
    lambda lib: [1, 2, 3][lib.jnp.asarray(1)],
    lambda lib: range(3)[lib.jnp.ones(1, int)],
    lambda lib: hash(lib.jnp.asarray(x)),
    lambda lib: lib.jnp.asarray(x).item(),
    lambda lib: lib.jnp.asarray(x).item(1),
    lambda lib: lib.jnp.asarray(m).item(1, 2),
    lambda lib: lib.jnp.asarray(m).item((1, 2)),
    lambda lib: lib.jnp.asarray(3).item(),
    lambda lib: lib.jnp.asarray(1.5, "bfloat16").item(),
    lambda lib: lib.jnp.asarray(m).tolist(),
    lambda lib: lib.jnp.asarray(m).tobytes(),
    lambda lib: lib.jnp.asarray(1.5, "bfloat16").tolist(),
    # Sequences
    lambda lib: len(lib.jnp.asarray(m)),
    lambda lib: len(lib.jnp.asarray(1)),
    lambda lib: list(lib.jnp.asarray(m)),
    lambda lib: list(lib.jnp.asarray(x)),
    lambda lib: list(lib.jnp.asarray(1)),
    lambda lib: list(lib.jnp.zeros((0, 2))),
    lambda lib: list(itertools.islice(lib.jnp.arange(100), 2)),
    lambda lib: [*map(float, lib.jnp.asarray(x))],
    lambda lib: list(reversed(lib.jnp.asarray(x))),
    lambda lib: 2 in lib.jnp.asarray(x),
    lambda lib: operator.setitem(lib.jnp.asarray(x), 0, 1),
    lambda lib: dict(zip("ab", lib.jnp.asarray(m))),
    # NumPy
    lambda lib: np.asarray(lib.jnp.asarray(m)),
    lambda lib: np.array(lib.jnp.asarray(m)),
    lambda lib: np.asarray(lib.jnp.asarray(m), dtype=np.float64),
    lambda lib: np.asarray(lib.jnp.asarray(x, "bfloat16")),
    lambda lib: np.add(x, lib.jnp.asarray(x)),
    lambda lib: np.stack([lib.jnp.asarray(x), lib.jnp.asarray(x)]),
    lambda lib: np.sum(lib.jnp.asarray(m)),
    lambda lib: memoryview(lib.jnp.asarray(m)).readonly,
    lambda lib: memoryview(lib.jnp.asarray(1.5, "bfloat16")),
    lambda lib: np.from_dlpack(lib.jnp.asarray(x)),
    # What becomes an array
    lambda lib: [
        lib.jnp.asarray(v) for v in (True, 1, 1.5, 1j, np.int8(3), np.float64(2), Color.RED)
    ],
    lambda lib: [lib.jnp.asarray(v) for v in (np.uint64(2**63), np.int64(-1), np.bool_(True))],
    lambda lib: [lib.jnp.asarray(v) for v in (np.float16(1), np.complex128(1j), np.longlong(4))],
    lambda lib: lib.jnp.asarray(ml_dtypes.bfloat16(1.5)),
    lambda lib: lib.jnp.asarray(np.arange(10)[::2]),
    lambda lib: lib.jnp.asarray(np.asfortranarray(m)),
    lambda lib: lib.jnp.asarray(np.broadcast_to(np.float32(2), (200, 200))[:2, :2]),
    lambda lib: lib.jnp.asarray(np.arange(40000, dtype=np.float32)[::-1])[:3],
    lambda lib: lib.jnp.asarray(memoryview(x)),
    lambda lib: lib.jnp.asarray(Wrapper(lib.jnp.asarray(x))),
    lambda lib: lib.jnp.asarray(2**40),
    lambda lib: lib.jnp.asarray(-(2**40)),
    lambda lib: lib.jnp.asarray(2**70),
    lambda lib: lib.jnp.asarray(2**32 - 1, dtype="uint32"),
    lambda lib: lib.jnp.asarray(-1, dtype="uint8"),
    lambda lib: lib.jnp.asarray(300, dtype="int8"),
    lambda lib: lib.jnp.asarray(3, dtype="float16"),
    lambda lib: lib.jnp.asarray(np.array(2**40)),
    lambda lib: lib.jnp.asarray("a"),
    lambda lib: lib.jnp.asarray(object()),
    lambda lib: lib.jnp.asarray(np.array("2020-01-01", dtype="M8[D]")),
    lambda lib: lib.jnp.asarray(np.ma.masked_array([1, 2], mask=[True, False])),
    lambda lib: lib.jnp.sin([1.0]),
    lambda lib: lib.jnp.sin(None),
    lambda lib: lib.jnp.sin(float),
    lambda lib: lib.lax.sin([1.0]),
    # Text
    lambda lib: repr(lib.jnp.asarray(m)) + str(lib.jnp.asarray(m)),
    lambda lib: repr(lib.jnp.asarray(2.0)),
    lambda lib: repr(lib.jnp.zeros((0, 3))),
    lambda lib: repr(lib.jnp.arange(30.0)),
    lambda lib: repr(lib.jnp.ones((3, 25), "bfloat16")),
    lambda lib: repr(lib.jnp.arange(2000)),
    lambda lib: repr(lib.jnp.arange(13) * 1000),
    lambda lib: f"{lib.jnp.asarray(2.5):.3f} {lib.jnp.asarray(x)}",
    lambda lib: f"{lib.jnp.asarray(x):.3f}",
    # Copies
    lambda lib: copy.copy(lib.jnp.asarray(2)),
    lambda lib: copy.deepcopy([lib.jnp.asarray(m)]),
    lambda lib: pickle.loads(pickle.dumps(lib.jnp.asarray(m))),
    lambda lib: pickle.loads(pickle.dumps(lib.jnp.asarray(2))),
    lambda lib: pickle.loads(pickle.dumps(lib.jnp.asarray(x, "bfloat16"))),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=line)
def test_expression(expression):
    assert outcome(expression, OURS) == outcome(expression, JAX)


INDICES = [
    np.s_[1],
    np.s_[-1],
    np.s_[7],
    np.s_[0, 1],
    np.s_[0, 1, 2],
    np.s_[1:],
    np.s_[::-1],
    np.s_[..., 0],
    np.s_[None, ..., None],
    np.s_[..., ...],
    np.s_[True],
    np.s_[np.array([0, 1])],
    np.s_[np.array([True, False])],
    np.s_[[0, 1]],
    np.s_[[0, 1],],
    np.s_[[],],
    np.s_[range(1)],
    np.s_[()],
    np.s_["a"],
    np.s_[1.0],
    np.s_[np.float32(1)],
    np.s_[1.5:],
    np.s_[np.int8(1)],
    np.s_[np.array(1)],
    np.s_[Color.RED],
    np.s_[{}],
    np.s_[object()],
    np.s_[np.array([0, 5]), 1:],
]


@pytest.mark.parametrize(
    "index", INDICES, ids=lambda i: str(i).replace(" ", "").partition("at0x")[0][:30]
)
def test_index(index):
    def call(lib):
        return lib.jnp.asarray(m)[index]

    assert outcome(call, OURS) == outcome(call, JAX)


TRACED = [
    lambda lib, t: bool(t[0]),
    lambda lib, t: bool(t),
    lambda lib, t: bool(t[:0]),
    lambda lib, t: int(t[0]),
    lambda lib, t: float(t[0]),
    lambda lib, t: complex(t[0]),
    lambda lib, t: operator.index(t[0]),
    lambda lib, t: operator.index(t),
    lambda lib, t: [1, 2, 3][t[0]],
    lambda lib, t: np.asarray(t),
    lambda lib, t: np.sin(t),
    lambda lib, t: t.item(),
    lambda lib, t: t.tolist(),
    lambda lib, t: len(list(t)),
    lambda lib, t: list(t[0]),
    lambda lib, t: len(t),
    lambda lib, t: hash(t),
    lambda lib, t: t[t > 0],
    lambda lib, t: lib.jnp.arange(3)[: t[0]],
    lambda lib, t: repr(t),
    lambda lib, t: f"{t:.2f}",
    lambda lib, t: pickle.dumps(t),
    lambda lib, t: t.device,
    lambda lib, t: t.devices(),
    lambda lib, t: t.sharding,
    lambda lib, t: t.delete(),
    lambda lib, t: t.block_until_ready(),
    lambda lib, t: (t.shape, t.dtype, t.ndim, t.size, t.weak_type, t.nbytes),
    lambda lib, t: isinstance(t, lib.jax.Array) and isinstance(t, lib.jax.core.Tracer),
    lambda lib, t: range(t[0]),
    lambda lib, t: t.__dlpack__(),
]


@pytest.mark.parametrize(
    "expression", TRACED, ids=lambda f: line(f).removeprefix("lambda lib, t: ")
)
def test_traced(expression):
    def call(lib):
        results = []

        def f(t):
            results.append(expression(lib, t))
            return t

        lib.jax.jit(f)(lib.jnp.arange(3))
        return results

    ours, theirs = outcome(call, OURS), outcome(call, JAX)
    assert ours == theirs
