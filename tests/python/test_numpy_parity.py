"""Small differences of JAX from NumPy: warnings, ranks, masks, exchange of memory."""

import gc
import warnings
from typing import Any

import jax
import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

V = np.array([3.0, -1.0, 2.5, 0.0, 7.0, 2.5], np.float32)
POINTS = np.array([[0.0, 1.0, 2.0], [0.5, 1.5, 0.0], [3.0, 0.0, 2.0], [3.0, 3.0, 3.0]], np.float32)
I8 = np.array([0, 1, 1], np.int8)

CASES = [
    Case("histogram2d", POINTS[:, 0], POINTS[:, 1], bins=3),
    Case("histogram2d", POINTS[:, 0], POINTS[:, 1], bins=(2, 3), range=[(0, 2), None]),
    Case("histogram2d", POINTS[:, 0], POINTS[:, 1], weights=V[:4], density=True),
    Case("histogram2d", POINTS[:, 0], POINTS[:3, 1]),
    Case("histogramdd", POINTS, bins=2),
    Case("histogramdd", POINTS, bins=[2, 3, np.array([0.0, 1.0, 4.0])], density=True),
    Case("histogramdd", POINTS, weights=V[:3]),
    Case("histogramdd", POINTS, bins=(2, 2)),
    Case("histogramdd", POINTS, range=[(0, 1)]),
    Case("ravel_multi_index", (I8, I8), (2, 3)),
    Case("ravel_multi_index", (I8, I8), (2, 3), dtype=np.int16, order="F"),
    Case("ravel_multi_index", (I8, I8 + 5), (2, 3), mode="ignore"),
    Case("ravel_multi_index", (I8, I8), (2, 300), dtype=np.int8),
    Case("ravel_multi_index", (I8, V[:3]), (2, 3)),
    Case("unravel_index", I8, (Device(2), 3)),
    Case("unravel_index", I8, 5),
    Case("unravel_index", I8, ((2,), 3)),
    Case("permute_dims", POINTS, axes=(1, 0)),
    Case("setxor1d", Device([3, 1, 3]), Device([1, 2]), assume_unique=True, size=3),
    Case("setxor1d", Device([3, 1, 3]), Device([1, 2]), size=3, fill_value=9),
    Case("cov", POINTS, aweights=V[:3] + 4),
    Case("quantile", V.astype(np.float16), np.array([0.3, 0.7], np.float32)),
    Case("cumulative_sum", POINTS),
    Case("cumulative_sum", np.float32(3)),
    Case("max", V, where=V > 0),
    Case("sum", POINTS, where=V[:3] > 0),
    Case("arange", 1j),
    Case("size", POINTS, 1),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.parametrize("equal_nan", [True, False])
def test_unique_of_nan_in_short_floats(equal_nan: bool) -> None:
    x = np.array([np.nan, 2, np.nan, -1, 2], ml_dtypes.bfloat16)
    found = jnp.unique(jnp.asarray(x), equal_nan=equal_nan)
    want = np.unique(x.astype(np.float32), equal_nan=equal_nan)
    np.testing.assert_array_equal(np.asarray(found, np.float32), want)
    assert found.dtype == x.dtype


class Wrapped:
    """Converts itself."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __jax_array__(self) -> Any:
        return jnp.asarray(self.x)


def test_objects_that_convert_themselves_have_a_shape() -> None:
    x = Wrapped(POINTS)
    assert (jnp.shape(x), jnp.size(x), jnp.ndim(x)) == ((4, 3), 12, 2)
    np.testing.assert_allclose(jnp.einsum(x, (0, 1), Wrapped(V[:3]), (1,), (0,)), POINTS @ V[:3])
    assert jnp.iscomplexobj(Wrapped(V + 1j))
    assert jnp.delete(x, Wrapped(1), axis=1).shape == (4, 2)


def caught(function: Any) -> list[tuple[type, str]]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        function()
    return [(w.category, str(w.message).partition(" with jax")[0]) for w in seen]


@pytest.mark.parametrize("array", [np.int16, np.int32, np.float32, np.complex64])
@pytest.mark.parametrize("value", [np.int32(0), np.float32(0), 0, 0.5, True])
def test_writes_that_lose_bits_warn(array: Any, value: Any) -> None:
    theirs = jax.numpy.zeros(3, array)
    ours = jnp.zeros(3, array)
    want = [w for w in caught(lambda: theirs.at[0].set(value)) if w[0] is FutureWarning]
    assert caught(lambda: ours.at[0].set(value)) == want


def test_rank_promotion_can_warn() -> None:
    a, b = jnp.ones((2, 3)), jnp.ones(3)
    with covector.numpy_rank_promotion("warn"):
        [(category, text)] = set(caught(lambda: a + b))
        assert category is UserWarning
        assert "rank promotion for add" in text
        assert caught(lambda: a + 1) == []
    with covector.numpy_rank_promotion("raise"):
        jnp.where(b > 0, a, 0)  # has no operands whose ranks have to be equal
        with pytest.raises(ValueError, match="require rank promotion"):
            jnp.vectorize(jnp.add, signature="(),()->()")(a, b)


def test_complex_values_lose_a_part_with_a_warning() -> None:
    x = jnp.array([1j])
    [(category, _)] = caught(lambda: covector.lax.convert_element_type(x, np.float32))
    assert category is np.exceptions.ComplexWarning


def test_memory_is_shared_with_numpy() -> None:
    aligned = np.empty(80, np.float32)
    offset = -aligned.ctypes.data % 64 // 4
    x = aligned[offset : offset + 64]
    x[:] = np.arange(64)
    y = covector.dlpack.from_dlpack(x, copy=False)
    assert y.unsafe_buffer_pointer() == x.ctypes.data
    assert covector.dlpack.from_dlpack(x, copy=True).unsafe_buffer_pointer() != x.ctypes.data
    del x, aligned  # the array keeps the memory
    gc.collect()
    np.testing.assert_array_equal(y + 1, np.arange(64) + 1)
    with pytest.raises(ValueError, match="requires a copy"):
        covector.dlpack.from_dlpack(np.ones((4, 4), np.float32).T[::2], copy=False)
    with pytest.raises(TypeError, match="__dlpack__"):
        jnp.from_dlpack([1, 2])
    assert jnp.from_dlpack(np.arange(3)).dtype == np.int32  # 64 bits are not enabled


def test_namespace_tells_of_itself() -> None:
    ours, theirs = (m.__array_namespace_info__() for m in (jnp, jax.numpy))
    assert ours.capabilities() == theirs.capabilities()
    assert ours.default_dtypes() == theirs.default_dtypes()
    assert None in ours.devices()
    assert ours.default_device() is None
    for kind in (None, "bool", "signed integer", "real floating", ("bool", "integral"), "numeric"):
        assert ours.dtypes(kind=kind) == theirs.dtypes(kind=kind)
