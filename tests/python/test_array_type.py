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
    return source.removeprefix("lambda l: ")


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
    if op in (operator.floordiv, divmod) and type(other) is float:
        pytest.xfail("a Python float divided by an integer array is not weak, as it is in JAX")
    for left in (True, False):
        for value in (x + 1, m[0] + 1):

            def call(l, value=value, left=left):
                a = l.jnp.asarray(value)
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
            lambda l, o=other: op(l.jnp.asarray(m), o),
            lambda l, o=other: op(o, l.jnp.asarray(m)),
        ):
            assert outcome(call, OURS) == outcome(call, JAX)


EXPRESSIONS = [
    lambda l: -l.jnp.asarray(x),
    lambda l: +l.jnp.asarray(x),
    lambda l: abs(l.jnp.asarray(-x)),
    lambda l: ~l.jnp.asarray(m),
    lambda l: l.jnp.asarray(m) @ l.jnp.asarray(m.T),
    lambda l: l.jnp.asarray(m) @ m.T,
    lambda l: m @ l.jnp.asarray(m.T),
    lambda l: pow(l.jnp.asarray(m), 2, 5),
    lambda l: pow(3, l.jnp.asarray(2), 5),
    lambda l: l.jnp.asarray(x) + [1],
    lambda l: [1] + l.jnp.asarray(x),
    lambda l: [1] * l.jnp.asarray(3),
    lambda l: l.jnp.asarray(x) * (1, 2, 3),
    lambda l: l.jnp.asarray(x) + None,
    lambda l: l.jnp.asarray(x) + "a",
    lambda l: l.jnp.asarray(x) + np.array(["a"]),
    lambda l: l.jnp.asarray(x) == None,  # noqa: E711
    lambda l: l.jnp.asarray(x) != "a",
    lambda l: l.jnp.asarray(x) == [1],
    lambda l: l.jnp.asarray(x) < None,
    lambda l: l.jnp.asarray(x) + Reflected(),
    lambda l: l.jnp.asarray(x) @ Reflected(),
    lambda l: l.jnp.asarray(x) + Wrapper(l.jnp.asarray(x)),
    lambda l: Wrapper(l.jnp.asarray(x)) * l.jnp.asarray(x),
    lambda l: l.jnp.asarray(x) + 2**40,
    lambda l: l.jnp.asarray(x) + (1 + 2j),
    # Attributes
    lambda l: (l.jnp.asarray(m).shape, l.jnp.asarray(m).dtype, l.jnp.asarray(m).ndim),
    lambda l: (l.jnp.asarray(m).size, l.jnp.asarray(m).nbytes, l.jnp.asarray(m).itemsize),
    lambda l: (l.jnp.asarray(2).weak_type, l.jnp.asarray(x).weak_type),
    lambda l: repr(l.jnp.asarray(2).aval) + str(l.jnp.asarray(2).aval),
    lambda l: l.jnp.asarray(m).T,
    lambda l: l.jnp.asarray(m).mT,
    lambda l: l.jnp.asarray(x).mT,
    lambda l: (l.jnp.asarray(z).real, l.jnp.asarray(z).imag),
    lambda l: (l.jnp.asarray(x).real, l.jnp.asarray(m).imag),
    # Conversions to Python
    lambda l: bool(l.jnp.asarray(x)),
    lambda l: bool(l.jnp.zeros(0)),
    lambda l: [bool(l.jnp.asarray(v)) for v in (0, 2, 0.0, np.nan, 1j, True, -0.0)],
    lambda l: bool(l.jnp.ones((1, 1))),
    lambda l: [int(l.jnp.asarray(v)) for v in (3, 2.7, True, -1.5)],
    lambda l: int(l.jnp.asarray(np.nan)),
    lambda l: int(l.jnp.asarray(1j)),
    lambda l: float(l.jnp.asarray(1j)),
    lambda l: [float(l.jnp.asarray(v)) for v in (3, 2.5, True)],
    lambda l: float(l.jnp.ones(1)),
    lambda l: int(l.jnp.ones((1, 1))),
    lambda l: [complex(l.jnp.asarray(v)) for v in (3, 2.5, 1 + 2j)],
    lambda l: operator.index(l.jnp.asarray(3)),
    lambda l: operator.index(l.jnp.asarray(True)),
    lambda l: operator.index(l.jnp.asarray(3.0)),
    lambda l: [1, 2, 3][l.jnp.asarray(1)],
    lambda l: range(3)[l.jnp.ones(1, int)],
    lambda l: hash(l.jnp.asarray(x)),
    lambda l: l.jnp.asarray(x).item(),
    lambda l: l.jnp.asarray(x).item(1),
    lambda l: l.jnp.asarray(m).item(1, 2),
    lambda l: l.jnp.asarray(m).item((1, 2)),
    lambda l: l.jnp.asarray(3).item(),
    lambda l: l.jnp.asarray(1.5, "bfloat16").item(),
    lambda l: l.jnp.asarray(m).tolist(),
    lambda l: l.jnp.asarray(m).tobytes(),
    lambda l: l.jnp.asarray(1.5, "bfloat16").tolist(),
    # Sequences
    lambda l: len(l.jnp.asarray(m)),
    lambda l: len(l.jnp.asarray(1)),
    lambda l: list(l.jnp.asarray(m)),
    lambda l: list(l.jnp.asarray(x)),
    lambda l: list(l.jnp.asarray(1)),
    lambda l: list(l.jnp.zeros((0, 2))),
    lambda l: list(itertools.islice(l.jnp.arange(100), 2)),
    lambda l: [*map(float, l.jnp.asarray(x))],
    lambda l: list(reversed(l.jnp.asarray(x))),
    lambda l: 2 in l.jnp.asarray(x),
    lambda l: operator.setitem(l.jnp.asarray(x), 0, 1),
    lambda l: dict(zip("ab", l.jnp.asarray(m))),
    # NumPy
    lambda l: np.asarray(l.jnp.asarray(m)),
    lambda l: np.array(l.jnp.asarray(m)),
    lambda l: np.asarray(l.jnp.asarray(m), dtype=np.float64),
    lambda l: np.asarray(l.jnp.asarray(x, "bfloat16")),
    lambda l: np.add(x, l.jnp.asarray(x)),
    lambda l: np.stack([l.jnp.asarray(x), l.jnp.asarray(x)]),
    lambda l: np.sum(l.jnp.asarray(m)),
    lambda l: memoryview(l.jnp.asarray(m)).readonly,
    lambda l: memoryview(l.jnp.asarray(1.5, "bfloat16")),
    lambda l: np.from_dlpack(l.jnp.asarray(x)),
    # What becomes an array
    lambda l: [l.jnp.asarray(v) for v in (True, 1, 1.5, 1j, np.int8(3), np.float64(2), Color.RED)],
    lambda l: [l.jnp.asarray(v) for v in (np.uint64(2**63), np.int64(-1), np.bool_(True))],
    lambda l: [l.jnp.asarray(v) for v in (np.float16(1), np.complex128(1j), np.longlong(4))],
    lambda l: l.jnp.asarray(ml_dtypes.bfloat16(1.5)),
    lambda l: l.jnp.asarray(np.arange(10)[::2]),
    lambda l: l.jnp.asarray(np.asfortranarray(m)),
    lambda l: l.jnp.asarray(np.broadcast_to(np.float32(2), (200, 200))[:2, :2]),
    lambda l: l.jnp.asarray(np.arange(40000, dtype=np.float32)[::-1])[:3],
    lambda l: l.jnp.asarray(memoryview(x)),
    lambda l: l.jnp.asarray(Wrapper(l.jnp.asarray(x))),
    lambda l: l.jnp.asarray(2**40),
    lambda l: l.jnp.asarray(-(2**40)),
    lambda l: l.jnp.asarray(2**70),
    lambda l: l.jnp.asarray(2**32 - 1, dtype="uint32"),
    lambda l: l.jnp.asarray(-1, dtype="uint8"),
    lambda l: l.jnp.asarray(300, dtype="int8"),
    lambda l: l.jnp.asarray(3, dtype="float16"),
    lambda l: l.jnp.asarray(np.array(2**40)),
    lambda l: l.jnp.asarray("a"),
    lambda l: l.jnp.asarray(object()),
    lambda l: l.jnp.asarray(np.array("2020-01-01", dtype="M8[D]")),
    lambda l: l.jnp.asarray(np.ma.masked_array([1, 2], mask=[True, False])),
    lambda l: l.jnp.sin([1.0]),
    lambda l: l.jnp.sin(None),
    lambda l: l.jnp.sin(float),
    lambda l: l.lax.sin([1.0]),
    # Text
    lambda l: repr(l.jnp.asarray(m)) + str(l.jnp.asarray(m)),
    lambda l: repr(l.jnp.asarray(2.0)),
    lambda l: repr(l.jnp.zeros((0, 3))),
    lambda l: repr(l.jnp.arange(30.0)),
    lambda l: repr(l.jnp.ones((3, 25), "bfloat16")),
    lambda l: repr(l.jnp.arange(2000)),
    lambda l: repr(l.jnp.arange(13) * 1000),
    lambda l: f"{l.jnp.asarray(2.5):.3f} {l.jnp.asarray(x)}",
    lambda l: f"{l.jnp.asarray(x):.3f}",
    # Copies
    lambda l: copy.copy(l.jnp.asarray(2)),
    lambda l: copy.deepcopy([l.jnp.asarray(m)]),
    lambda l: pickle.loads(pickle.dumps(l.jnp.asarray(m))),
    lambda l: pickle.loads(pickle.dumps(l.jnp.asarray(2))),
    lambda l: pickle.loads(pickle.dumps(l.jnp.asarray(x, "bfloat16"))),
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


@pytest.mark.parametrize("index", INDICES, ids=lambda i: str(i).replace(" ", "")[:30])
def test_index(index):
    def call(l):
        return l.jnp.asarray(m)[index]

    assert outcome(call, OURS) == outcome(call, JAX)


TRACED = [
    lambda l, t: bool(t[0]),
    lambda l, t: bool(t),
    lambda l, t: bool(t[:0]),
    lambda l, t: int(t[0]),
    lambda l, t: float(t[0]),
    lambda l, t: complex(t[0]),
    lambda l, t: operator.index(t[0]),
    lambda l, t: operator.index(t),
    lambda l, t: [1, 2, 3][t[0]],
    lambda l, t: np.asarray(t),
    lambda l, t: np.sin(t),
    lambda l, t: t.item(),
    lambda l, t: t.tolist(),
    lambda l, t: len(list(t)),
    lambda l, t: list(t[0]),
    lambda l, t: len(t),
    lambda l, t: hash(t),
    lambda l, t: t[t > 0],
    lambda l, t: l.jnp.arange(3)[: t[0]],
    lambda l, t: repr(t),
    lambda l, t: f"{t:.2f}",
    lambda l, t: pickle.dumps(t),
    lambda l, t: t.device,
    lambda l, t: t.devices(),
    lambda l, t: t.sharding,
    lambda l, t: t.delete(),
    lambda l, t: t.block_until_ready(),
    lambda l, t: (t.shape, t.dtype, t.ndim, t.size, t.weak_type, t.nbytes),
    lambda l, t: isinstance(t, l.jax.Array) and isinstance(t, l.jax.core.Tracer),
    lambda l, t: range(t[0]),
    lambda l, t: t.__dlpack__(),
]


@pytest.mark.parametrize("expression", TRACED, ids=lambda f: line(f).removeprefix("lambda l, t: "))
def test_traced(expression):
    def call(l):
        results = []

        def f(t):
            results.append(expression(l, t))
            return t

        l.jax.jit(f)(l.jnp.arange(3))
        return results

    ours, theirs = outcome(call, OURS), outcome(call, JAX)
    assert ours == theirs
