"""Arrays from other objects, from sizes and values, and ranges."""

import array

import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

F = np.float32
V = np.arange(3, dtype=F)


ARRAY = [
    Case("array", 3),
    Case("array", True),
    Case("array", 2.5),
    Case("array", 1 + 2j),
    Case("array", 2**40),
    Case("array", [2**40]),
    Case("array", -1, dtype="uint8"),
    Case("array", np.int16(3)),
    Case("array", np.float64(3)),
    Case("array", []),
    Case("array", [[], []]),
    Case("array", [1, 2.5]),
    Case("array", [True, 2]),
    Case("array", [1, 2j]),
    Case("array", [[1, 2], (3, 4)]),
    Case("array", [np.float16(1), 2.0]),
    Case("array", [np.int8(1), np.uint8(3)]),
    Case("array", [V, V + 1]),
    Case("array", [Device(V), [1, 2, 3]]),
    Case("array", [Device(2.0), 1.5, Device(3)]),
    Case("array", [Device(i) for i in range(20)]),
    Case("array", [[1], [2, 3]]),
    Case("array", [[1], Device(V)]),
    Case("array", None),
    Case("array", [1, None]),
    Case("array", {}),
    Case("array", "a"),
    Case("array", ["a"]),
    Case("array", object()),
    Case("array", range(4)),
    Case("array", memoryview(b"abc")),
    Case("array", array.array("h", [1, 2])),
    Case("array", np.arange(3)),
    Case("array", np.zeros(3, "M8[s]")),
    Case("array", V, dtype=int),
    Case("array", V, ndmin=3),
    Case("array", V, order="F"),
    Case("array", 3.7, dtype=int),
    Case("array", [1.5, 2.5], dtype="bfloat16"),
    Case("array", Device(2.0), dtype=np.float32),
    Case("array", Device(2.0)),
    Case("asarray", Device(2.0)),
    Case("asarray", 2.0),
    Case("asarray", [1, 2], dtype="int8"),
    Case("asarray", [1, 2], copy=False),
    Case("asarray", V, dtype="S3"),
    Case("copy", Device(2.0)),
    Case("copy", [1, 2]),
    Case("astype", V, bool),
    Case("astype", V * 1j, float),
    Case("astype", V, None),
    Case("astype", V, np.int8),
    Case("astype", Device(1.0), np.float32),
    Case("astype", [1], int),
]

FILLED = [
    *(Case(f, s) for f in ("zeros", "ones", "empty") for s in (3, (), (2, 0), [2, 3], np.int32(2))),
    *(Case("zeros", 2, d) for d in (int, bool, complex, "int4", "bfloat16", jnp.int8, np.uint16)),
    Case("zeros", (2, 1.5)),
    Case("zeros", "a"),
    Case("zeros", -1),
    Case("zeros", 2, 3),
    Case("ones", 2, "S3"),
    Case("full", 3, 1.0),
    Case("full", 3, 1),
    Case("full", (2, 3), V),
    Case("full", 2, V),
    Case("full", 2, 1.5, dtype=int),
    Case("full", 2, [1, 2]),
    Case("full", 2, np.float16(3)),
    *(Case(f, a) for f in ("zeros_like", "ones_like", "empty_like") for a in (V, 1, Device(1.0))),
    *(Case(f, a) for f in ("zeros_like", "ones_like", "empty_like") for a in ([1], None, "a")),
    Case("ones_like", V, dtype=int, shape=(2,)),
    Case("ones_like", Device(1.0), dtype=float),
    Case("full_like", V, 2),
    Case("full_like", 2, 1.5),
    Case("full_like", Device(1.0), 2, shape=3),
    Case("full_like", V, V[:1] + 1),
    Case("full_like", V.astype(int), V),
    Case("full_like", [1], 2),
    Case("full_like", V, [1]),
    Case("eye", 3),
    Case("eye", 2, 3, 1),
    Case("eye", 3, k=-1, dtype=int),
    Case("eye", 3, k=np.int32(1)),
    Case("eye", 3, k=1.5),
    Case("eye", -1),
    Case("eye", 2.0),
    Case("eye", 2, dtype=bool),
    Case("identity", 3, int),
    Case("tri", 3),
    Case("tri", 2, 4, 1, int),
    Case("tri", 3, k=-1),
]

RANGES = [
    *(Case("arange", n) for n in (4, 0, -2, 2.5, True, np.int8(3), np.float16(3), 3j, [1, 2])),
    Case("arange", None),
    Case("arange", 1, 5),
    Case("arange", 1, 5.5),
    Case("arange", 5, 1),
    Case("arange", 0, 1, 0.1),
    Case("arange", 5, step=2),
    Case("arange", 5, 0, -1),
    Case("arange", 0, 1, 0),
    Case("arange", 0, 3, dtype="bfloat16"),
    Case("arange", 0, 300, 3, dtype="bfloat16"),
    Case("arange", 3, dtype=bool),
    Case("arange", 3, dtype=complex),
    Case("arange", Device(3)),
    Case("linspace", 0, 1),
    Case("linspace", 0, 1, 5, endpoint=False),
    Case("linspace", 0, 10, 4, retstep=True),
    Case("linspace", 0, 10, 1, retstep=True),
    Case("linspace", 0, 10, 1, endpoint=False, retstep=True),
    Case("linspace", 0, 10, 0, retstep=True),
    Case("linspace", 0, 10, -1),
    Case("linspace", 0, 10, 7, dtype=int),
    Case("linspace", 0, 1j, 4),
    Case("linspace", np.float16(1), 2, 4),
    Case("linspace", V, 5, 4),
    Case("linspace", V, V[:, None], 4, axis=1),
    Case("linspace", V, 2 * V, 3, axis=-1),
    Case("linspace", [1], 2, 3),
    Case("linspace", 0, 1, 2.5),
    Case("logspace", 0, 3, 4),
    Case("logspace", 0, 3, 4, base=2, endpoint=False),
    Case("logspace", V, 3, 4, axis=1),
    Case("logspace", 0, 3, 4, dtype=int),
    Case("geomspace", 1, 256, 9),
    Case("geomspace", -1, -8, 4),
    Case("geomspace", V + 1, 8, 4, axis=-1),
    Case("geomspace", V + 1, 8, 4, endpoint=False),
    Case("meshgrid", V, V[:2]),
    Case("meshgrid", V, V[:2], indexing="ij"),
    Case("meshgrid", V, V[:2], 5, sparse=True),
    Case("meshgrid", V),
    Case("meshgrid"),
    Case("meshgrid", V, V, copy=False),
    Case("meshgrid", V, indexing="yx"),
    Case("meshgrid", np.ones((2, 2))),
    Case("indices", (2, 3)),
    Case("indices", ()),
    Case("indices", (2, 3), sparse=True),
    Case("indices", (2,), dtype=float),
]


@pytest.mark.parametrize("case", ARRAY + FILLED + RANGES, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case)


def test_values_of_ranges_are_numpys() -> None:
    np.testing.assert_array_equal(jnp.arange(3, 12, 2), np.arange(3, 12, 2))
    np.testing.assert_allclose(jnp.linspace(-1, 1, 9), np.linspace(-1, 1, 9), rtol=1e-6)
    np.testing.assert_array_equal(jnp.eye(3, 4, -1), np.eye(3, 4, -1))


def test_asarray_keeps_the_array() -> None:
    x = jnp.arange(3)
    assert jnp.asarray(x) is x
    assert jnp.array(x) is not x


def test_narrowing_warns() -> None:
    with pytest.warns(UserWarning, match="float64 requested in zeros is not available"):
        assert jnp.zeros(2, "float64").dtype == np.float32


def test_object_that_converts_itself() -> None:
    class Wrapped:
        def __jax_array__(self) -> covector.Array:
            return jnp.arange(2)

    assert jnp.array(Wrapped()).shape == (2,)
    assert jnp.array([Wrapped(), [1, 2]]).shape == (2, 2)


def test_ml_dtypes() -> None:
    x = jnp.array([1.0, 2.0], dtype=jnp.bfloat16)
    assert x.dtype == ml_dtypes.bfloat16
