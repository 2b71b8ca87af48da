"""pure_callback and io_callback, compared with JAX's: values, order, errors, threads."""

import gc
import threading
import weakref
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.experimental import io_callback
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def numpy_sin(x: Any) -> np.ndarray:
    return np.sin(np.asarray(x))


def sin(library: Any, x: Any, **options: Any) -> Any:
    return library.pure_callback(
        numpy_sin, library.ShapeDtypeStruct(x.shape, x.dtype), x, **options
    )


def dictionary(x: Any, *, scale: float) -> dict[str, Any]:
    return {"a": np.asarray(x) * scale, "b": np.int32(7)}


def with_tree(library: Any) -> Any:
    types = {"a": X, "b": library.ShapeDtypeStruct((), np.int32)}
    return library.jit(lambda x: library.pure_callback(dictionary, types, x, scale=np.float32(2)))(
        X
    )


def shapes(method: str) -> Any:
    def program(library: Any) -> Any:
        seen: list[Any] = []

        def callback(x: Any, y: Any) -> Any:
            seen.append((x.shape, y.shape))
            return np.asarray(x) + np.asarray(y)

        def fun(x: Any, y: Any) -> Any:
            type_ = library.ShapeDtypeStruct((3,), np.float32)
            return library.pure_callback(callback, type_, x, y, vmap_method=method)

        out = library.vmap(fun, in_axes=(0, None))(X, X[0])
        out = library.jit(library.vmap(fun, in_axes=(1, 0)))(X.T, X) + out
        return out, str(seen)

    return program


PROGRAMS = {
    "eager": lambda library: sin(library, library.numpy.asarray(X)),
    "jit": lambda library: library.jit(lambda x: sin(library, x) + 1)(X),
    "scalar": lambda library: library.jit(lambda x: sin(library, x))(np.float32(2)),
    "empty": lambda library: library.jit(lambda x: sin(library, x))(np.zeros((0, 3), np.float32)),
    "tree": with_tree,
    "nested vmap": lambda library: library.jit(
        library.vmap(library.vmap(lambda x: sin(library, x, vmap_method="sequential")), in_axes=1)
    )(X),
    "under grad, by a custom rule": lambda library: library.grad(ruled(library))(np.float32(2)),
    **{m: shapes(m) for m in ("sequential", "expand_dims", "broadcast_all", "legacy_vectorized")},
}


def ruled(library: Any) -> Any:
    @library.custom_jvp
    def f(x: Any) -> Any:
        return sin(library, x)

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        return f(*primals), library.numpy.cos(primals[0]) * tangents[0]

    return library.jit(f)


@pytest.mark.parametrize("name", PROGRAMS)
def test_pure_callback(name: str) -> None:
    assert_agrees(PROGRAMS[name])


ZERO = np.float32(0)


def fails(callback: Any, result: Any = ZERO) -> Any:
    def program(library: Any) -> Any:
        return library.jit(lambda x: library.pure_callback(callback, result, x))(1.0)

    return program


def broken(x: Any) -> Any:
    raise KeyError("no such thing")


ERRORS = {
    "raising": (fails(broken), "CpuCallback error", "KeyError", "no such thing"),
    "eager": (
        lambda library: library.pure_callback(broken, np.float32(0), 1.0),
        "CpuCallback error",
        "no such thing",
    ),
    "shape": (fails(lambda x: np.zeros(3, np.float32)), "Incorrect output shape", "(3,)"),
    "dtype": (fails(lambda x: 3), "Incorrect output dtype", "Expected: float32, Actual: int32"),
    "count": (fails(lambda x: (x, x)), "Mismatched number of outputs", "Actual: 2"),
    "grad": (
        lambda library: library.grad(lambda x: sin(library, x))(np.float32(1)),
        "do not support JVP",
    ),
    "vmap": (lambda library: library.vmap(lambda x: sin(library, x))(X), "vmap_method=None"),
    "method": (lambda library: sin(library, X, vmap_method="wat"), "vmap_method must be"),
    "wide": (fails(lambda x: x, np.float64(0)), "64-bit types"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    program, *texts = ERRORS[name]
    assert_fails_alike(program, *texts)


def test_the_exception_is_the_cause() -> None:
    f = covector.jit(lambda x: covector.pure_callback(broken, x, x))
    with pytest.raises(covector.errors.JaxRuntimeError, match="no such thing") as caught:
        f(1.0).block_until_ready()
    assert isinstance(caught.value.__cause__, KeyError)


def io_log(library: Any, ordered: bool) -> Any:
    experimental = __import__(f"{library.__name__}.experimental").experimental
    log: list[float] = []

    def append(x: Any) -> Any:
        log.append(float(x))
        return np.float32(len(log))

    def f(x: Any) -> Any:
        n = experimental.io_callback(append, np.float32(0), x, ordered=ordered)
        experimental.io_callback(append, np.float32(0), x + n, ordered=ordered)
        return x

    return log, f


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_io_callback(ordered: bool, jit: bool) -> None:
    logs = []
    for library in (covector, jax):
        log, f = io_log(library, ordered)
        g = library.jit(lambda x, f=f, library=library: library.jit(f)(x) + 1) if jit else f
        g(np.float32(10))
        g(np.float32(20))
        library.effects_barrier()
        logs.append(log)
    assert logs[0] == logs[1] == [10.0, 11.0, 20.0, 23.0]


def test_io_callback_is_mapped_in_order_and_not_removed() -> None:
    log: list[float] = []

    def f(x: Any) -> None:
        io_callback(lambda x: log.append(float(x)), None, x)

    covector.jit(covector.vmap(f))(jnp.arange(4.0))
    covector.effects_barrier()
    assert log == [0.0, 1.0, 2.0, 3.0]


def ordered_io(library: Any) -> Any:
    experimental = __import__(f"{library.__name__}.experimental").experimental
    return lambda x: experimental.io_callback(lambda x: x, x, x, ordered=True)


def test_io_callback_refuses() -> None:
    assert_fails_alike(lambda library: library.grad(ordered_io(library))(1.0), "do not support JVP")
    assert_fails_alike(lambda library: library.vmap(ordered_io(library))(X), "ordered IO callback")


def test_effects_are_those_of_the_jaxpr() -> None:
    jaxpr = covector.make_jaxpr(covector.jit(ordered_io(covector)))(1.0)
    assert {str(e) for e in jaxpr.effects} == {"OrderedIO"}


def test_arguments_are_arrays_on_the_host() -> None:
    def check(x: Any) -> Any:
        assert isinstance(x, covector.Array)
        assert not isinstance(x, covector.core.Tracer)
        return x

    assert covector.jit(lambda x: covector.pure_callback(check, x, x))(1.0) == 1.0


def test_callbacks_may_call_the_library() -> None:
    def inside(x: Any) -> Any:
        return covector.jit(lambda x: jnp.sum(x @ x))(jnp.full((300, 300), x))

    def f(x: Any) -> Any:
        y = covector.pure_callback(inside, x, x)
        return covector.pure_callback(inside, x, y * 0 + x)

    # The program is small enough to run on the thread that launches it.
    want = np.float32(300.0**3)
    np.testing.assert_allclose(covector.jit(f)(jnp.float32(1)), want, rtol=1e-5)
    np.testing.assert_allclose(f(jnp.float32(1)), want, rtol=1e-5)


def test_threads() -> None:
    """More threads than the device has, and programs that run on its threads."""
    big = jnp.ones((200, 200))

    def inside(x: Any) -> Any:
        return np.sort(np.asarray(x)[None])[0]

    @covector.jit
    def f(x: Any) -> Any:
        y = covector.pure_callback(inside, covector.ShapeDtypeStruct((), x.dtype), jnp.sum(x @ x))
        return y + 1

    results: dict[int, float] = {}

    def work(i: int) -> None:
        for _ in range(3):
            results[i] = float(f(big * i))

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(timeout=100)
    assert not any(t.is_alive() for t in threads)
    for i in range(12):
        np.testing.assert_allclose(results[i], 200.0**3 * i * i + 1, rtol=1e-5)


def test_a_callback_lives_as_long_as_its_program() -> None:
    class Callback:
        def __call__(self, x: Any) -> Any:
            return np.asarray(x) + 1

    callback = Callback()
    dead = weakref.ref(callback)
    f = covector.jit(lambda x, c=callback: covector.pure_callback(c, x, x))
    y = f(jnp.ones(3))
    del callback
    gc.collect()
    assert dead() is not None
    assert f(y).tolist() == [3.0, 3.0, 3.0]
    y.block_until_ready()
    del f
    gc.collect()
    covector.clear_caches()
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("name", ["int2", "int4", "uint2", "uint4", "float4_e2m1fn", "bool"])
def test_elements_smaller_than_a_byte(name: str) -> None:
    dtype = jnp.dtype(name)
    want = np.array([0, 1, 0, 1, 1, 0, 1], "int32")
    if name.startswith("int"):
        want = -want

    def there(x: Any) -> Any:
        return covector.pure_callback(
            lambda x: np.asarray(x).astype(dtype), covector.ShapeDtypeStruct((7,), dtype), x
        )

    def back(x: Any) -> Any:
        type_ = covector.ShapeDtypeStruct((7,), np.int32)
        return covector.pure_callback(lambda x: np.asarray(x).astype("int32"), type_, x)

    got, through = covector.jit(lambda x: (there(x), back(there(x) + 0)))(want)
    np.testing.assert_array_equal(np.asarray(got), want.astype(dtype))
    np.testing.assert_array_equal(through, want)


def test_64_bit_results_where_they_are_enabled() -> None:
    with covector.enable_x64(True):
        x = jnp.arange(3.0)
        y = covector.jit(lambda x: covector.pure_callback(np.exp, x, x))(x)
    assert y.dtype == np.float64


def test_callbacks_on_threads_of_the_device_may_call_the_library() -> None:
    """Programs that are large enough run there, one after the other."""
    big = jnp.ones((200, 200))

    def inside(x: Any) -> Any:
        return covector.jit(lambda y: jnp.sum(y @ y))(big) + x

    type_ = covector.ShapeDtypeStruct((), np.float32)
    f = covector.jit(lambda x: covector.pure_callback(inside, type_, jnp.sum(x @ x)))
    np.testing.assert_allclose(float(f(big)), 2 * 200.0**3, rtol=1e-5)
    assert float(big[0, 0]) == 1.0


def test_a_callback_that_would_wait_for_itself_is_an_error() -> None:
    """A callback of a program that a callback runs, where both are on threads of devices."""
    big = np.ones((200, 200), np.float32)
    type_ = covector.ShapeDtypeStruct((), np.float32)

    def calling(inside: Any) -> Any:
        return covector.jit(lambda x: covector.pure_callback(inside, type_, jnp.sum(x @ x)))

    inner = calling(lambda x: np.asarray(covector.jit(lambda y: jnp.sum(y @ y))(big)))
    outer = calling(lambda x: np.asarray(inner(big)))
    with pytest.raises(covector.errors.JaxRuntimeError, match="does not begin"):
        float(outer(big))
    np.testing.assert_allclose(float(inner(big)), 200.0**3, rtol=1e-5)


def test_many_operations_in_callbacks_that_nobody_waits_for() -> None:
    """They would fill the queue of a device that waits for the callbacks' program."""
    seen = []

    def look(i: Any, limit: Any) -> None:
        seen.append(i == limit)

    @covector.jit
    def f(x: Any) -> Any:
        def step(v: Any) -> Any:
            covector.debug.callback(look, v[0] + 1, 100)
            return v[0] + 1, v[1] + 1

        return covector.lax.while_loop(lambda v: v[0] < 100, step, (0, x))[1]

    x = jnp.zeros((128, 128))
    out = [f(x + i) for i in range(3)]
    assert [float(y[0, 0]) for y in out] == [100.0, 101.0, 102.0]
    covector.effects_barrier()
    assert len(seen) == 300
    assert sum(bool(s) for s in seen) == 3
