"""Arrays as Python objects: identity, memory, references, errors at the user's line."""

import contextlib
import weakref
from types import SimpleNamespace

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

m = np.arange(6, dtype=np.int32).reshape(2, 3)


def test_errors_name_the_function_and_the_line():
    def abruptly(v):
        w = v + 1
        if w:
            return v
        return w

    with pytest.raises(covector.errors.TracerBoolConversionError) as e:
        covector.jit(abruptly)(1)
    text = str(e.value)
    assert "abruptly" in text
    assert __file__ in text
    assert "lax.cond" in text
    assert "Attempted boolean conversion of traced array with shape int32[]." in text


def test_values_are_known_under_grad():
    def f(v):
        assert v > 1
        assert float(v) == 3.0
        assert np.asarray(v) == 3.0
        assert v.item() == 3.0
        return v * v

    assert covector.grad(f)(3.0) == 6.0


def test_types():
    a = covector.numpy.ones(3)
    assert type(a).__name__ == "ArrayImpl"
    assert isinstance(a, covector.Array)
    assert issubclass(covector.core.Tracer, covector.Array)
    with pytest.raises(TypeError):
        covector.Array()
    with pytest.raises(TypeError):
        type("Mine", (type(a),), {})
    assert not hasattr(a, "__dict__")


def test_what_jax_refuses():
    a = covector.numpy.asarray(m)
    assert 7 not in a
    assert 5 in a
    assert memoryview(a).tolist() == m.tolist()
    assert np.asarray(covector.numpy.asarray(np.arange(3, dtype=">i4"))).tolist() == [0, 1, 2]
    assert a.__dlpack_device__() == (1, 0)
    with pytest.raises(AttributeError):
        a.foo = 1
    with pytest.raises(TypeError):
        del a[0]
    with pytest.raises(BufferError):
        covector.jit(lambda t: memoryview(t))(a)


def test_weak_references():
    a = covector.numpy.ones(3) + 1
    ref = weakref.ref(a)
    assert ref() is a
    del a
    assert ref() is None


def test_in_place_operators_rebind():
    a = b = covector.numpy.ones(3)
    a += 1
    assert a is not b
    assert b[0] == 1
    assert a[0] == 2


def test_an_array_in_is_the_same_array_out():
    a = covector.numpy.ones(3)
    assert covector.numpy.asarray(a) is a
    seen = []
    covector.make_jaxpr(lambda t: seen.append(t) or (t, t))(a)
    seen.append(None)
    assert +a is not None
    assert a.T is a


def test_clones_share_memory():
    for library in (jax, covector):
        x = library.numpy.arange(3)
        y = x.clone()
        assert y is not x
        assert y.unsafe_buffer_pointer() == x.unsafe_buffer_pointer()
        assert library.numpy.asarray(2.0).clone().weak_type
    x.delete()
    with pytest.raises(RuntimeError, match="deleted"):
        x.clone()
    for name in ("device_buffer", "device_buffers"):
        with pytest.raises(AttributeError, match="addressable"):
            getattr(covector.numpy.arange(3), name)


def test_numpy_views_outlive_and_pin_their_array():
    a = covector.numpy.arange(1000.0) + 1
    view = np.asarray(a)
    del a
    assert view[-1] == 1000.0
    with pytest.raises(ValueError):
        view[0] = 2.0


def test_numpy_memory_is_copied():
    for size in (10, 100_000):
        source = np.zeros(size, np.float32)
        a = covector.numpy.asarray(source)
        source[:] = 1
        assert float(a[0]) == 0.0
        assert float(a[-1]) == 0.0


def test_dlpack_round_trip():
    for dtype in (np.float32, np.int8, np.bool_, np.complex64, ml_dtypes.bfloat16):
        a = covector.numpy.asarray(np.arange(6).reshape(2, 3).astype(dtype))
        b = covector._core.from_dlpack(a)
        assert b.dtype == a.dtype
        assert np.asarray(b).tolist() == np.asarray(a).tolist()
    strided = covector._core.from_dlpack(np.arange(12, dtype=np.int32).reshape(3, 4)[:, ::2])
    assert strided.tolist() == [[0, 2], [4, 6], [8, 10]]
    capsule = covector.numpy.ones(2).__dlpack__()
    covector._core.from_dlpack(capsule)
    with pytest.raises((ValueError, BufferError)):
        covector._core.from_dlpack(capsule)


def test_no_references_leak():
    a = covector.numpy.ones(3)
    (a + a, a[0], a.shape, a.dtype, list(a), np.asarray(a), a.T, a == a)
    import sys

    objects = (a, a.dtype, np.float32, 1, None)
    before = [sys.getrefcount(o) for o in objects]
    for _ in range(100):
        a + a, a + 1, 1 + a, a[0], a[None], a[...], a.shape, a.dtype, list(a), a.T, a == None  # noqa: E711
        np.asarray(a), float(a[0]), bool(a[0]), a.tolist(), a.weak_type, a.aval
        with contextlib.suppress(TypeError):
            a + [1]
        with contextlib.suppress(TypeError):
            a["b"]
    after = [sys.getrefcount(o) for o in objects]
    assert all(abs(i - j) < 20 for i, j in zip(before, after)), (before, after)
