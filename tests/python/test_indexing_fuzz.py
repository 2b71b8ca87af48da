"""Indexing with what hypothesis draws: reads and updates are NumPy's in bounds, JAX's outside.

A drawn batch of indices is one program in each library. `COVECTOR_FUZZ_EXAMPLES` sets how many
batches are drawn, for a longer run than the suite's.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import jax
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

import covector

EXAMPLES = int(os.environ.get("COVECTOR_FUZZ_EXAMPLES", "12"))
BATCH = 8
SHAPES = [(), (5,), (1,), (3, 4), (2, 3, 4), (2, 0, 3), (2, 2, 2, 3)]
BROADCASTABLE = [(), (1,), (2,), (2, 1), (1, 2), (3, 2)]
UPDATES: dict[str, np.ufunc | None] = {
    "set": None,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "divide": np.true_divide,
    "power": np.power,
}

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 12,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Access:
    """One read or update of an array of a shape.

    Attributes:
      index: its items; each `Slot` among them stands for an array that is an argument.
      arrays: those arguments.
      method: None for a plain read, else one of `.at[index]`.
      value: of an update; a scalar, or True for an array of the shape that is read.
      options: of the method.
    """

    index: tuple[Any, ...]
    arrays: tuple[np.ndarray, ...]
    method: str | None
    value: Any
    options: dict[str, Any]

    def filled(self, arrays: Any) -> tuple[Any, ...]:
        return tuple(arrays[i.number] if isinstance(i, Slot) else i for i in self.index)


@dataclass(frozen=True)
class Slot:
    number: int


@st.composite
def accesses(draw: st.DrawFn, shape: tuple[int, ...], outside: bool) -> Access:
    left = draw(st.integers(0, len(shape)))
    items = draw(several(shape[:left], outside))
    if draw(st.booleans()):  # what follows the ellipsis counts from the last axis
        right = draw(st.integers(0, len(shape) - left))
        items += [Ellipsis, *draw(several(shape[len(shape) - right :], outside))]
    arrays: list[np.ndarray] = []
    for i, item in enumerate(items):
        if isinstance(item, np.ndarray) and item.dtype != bool and draw(st.booleans()):
            items[i] = Slot(len(arrays))
            arrays.append(item)
    return Access(tuple(items), tuple(arrays), *draw(methods(outside)))


@st.composite
def several(draw: st.DrawFn, shape: tuple[int, ...], outside: bool) -> list[Any]:
    """Items for all axes of this shape."""
    items: list[Any] = []
    axis = 0
    while axis < len(shape):
        n = shape[axis]
        margin = 3 if outside else 0
        kinds = ["slice", "slice", "none", "mask"] + ["int", "array"] * (2 * (n > 0))
        kind = draw(st.sampled_from(kinds))
        if kind == "none":
            items.append(None)
            continue
        if kind == "slice":
            ends = st.none() | st.integers(-n - 2, n + 2)
            step = draw(st.sampled_from([None, 1, 2, -1, -2, 3]))
            items.append(slice(draw(ends), draw(ends), step))
        elif kind == "int":
            items.append(draw(st.integers(-n - margin, n - 1 + margin)))
        elif kind == "mask":
            axes = draw(st.integers(1, min(2, len(shape) - axis)))
            items.append(draw(masks(shape[axis : axis + axes])))
            axis += axes - 1
        else:
            of = draw(st.sampled_from(BROADCASTABLE))
            r = np.random.default_rng(draw(st.integers(0, 999)))
            dtype = draw(st.sampled_from([np.int32, np.int8]))
            items.append(r.integers(-n - margin, n + margin, of).astype(dtype))
        axis += 1
    return items


@st.composite
def masks(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    chosen = draw(st.sampled_from([0, 1, 2]))
    mask = np.zeros(int(np.prod(shape)), bool)
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(mask.size)
    mask[order[:chosen]] = True
    return mask.reshape(shape)


@st.composite
def methods(draw: st.DrawFn, outside: bool) -> tuple[str | None, Any, dict[str, Any]]:
    method = draw(st.sampled_from([None, "get", *UPDATES, "apply"]))
    options: dict[str, Any] = {}
    if method and outside:
        options["mode"] = draw(st.sampled_from([None, "fill", "clip", "drop"]))
        options["wrap_negative_indices"] = draw(st.sampled_from([True, True, False]))
        if method == "get" and draw(st.booleans()):
            options["fill_value"] = 7
    # Where places repeat, which of several values stays is open; so `set` has one.
    value: Any = 2 if method == "set" else draw(st.sampled_from([2, True]))
    return method, value, options


def batches(outside: bool) -> st.SearchStrategy[tuple[tuple[int, ...], list[Access]]]:
    def of(shape: tuple[int, ...]) -> Any:
        drawn = st.lists(accesses(shape, outside), min_size=BATCH, max_size=BATCH)
        return st.tuples(st.just(shape), drawn)

    return st.sampled_from(SHAPES).flatmap(of)


def values_like(shape: tuple[int, ...]) -> np.ndarray:
    return np.linspace(1, 2, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def run(library: Any, x: Any, a: Access, arrays: Any) -> Any:
    """The access in a library with `.at`."""
    index = a.filled(arrays)
    if a.method is None:
        return x[index]
    place = x.at[index]
    if a.method == "get":
        return place.get(**a.options)
    if a.method == "apply":
        return place.apply(library.numpy.square, **a.options)
    value = values_like(x[index].shape) if a.value is True else a.value
    return getattr(place, a.method)(value, **a.options)


def outcomes(library: Any, x: np.ndarray, batch: list[Access]) -> list[Any]:
    """Results and errors of all accesses, of one program."""
    errors: dict[int, Exception] = {}

    def program(x: Any, arrays: list[Any]) -> dict[int, Any]:
        results = {}
        for number, access in enumerate(batch):
            try:
                results[number] = run(library, x, access, arrays[number])
            except Exception as error:
                errors[number] = error
        return results

    results = library.jit(program)(x, [a.arrays for a in batch])
    return [errors[i] if i in errors else np.asarray(results[i]) for i in range(len(batch))]


def numpy_outcome(x: np.ndarray, a: Access) -> Any:
    """What NumPy makes of the access."""
    index = a.filled(a.arrays)
    try:
        found = x[index]
        if a.method in (None, "get"):
            return found
        y = x.copy()
        if a.method == "set":
            y[index] = a.value
        elif a.method == "apply":
            np.square.at(y, index)
        else:
            operation: Any = UPDATES[a.method]
            operation.at(y, index, values_like(found.shape) if a.value is True else a.value)
        return y
    except Exception as error:
        return error


def check(x: np.ndarray, batch: list[Access], got: list[Any], want: list[Any]) -> None:
    for access, g, w in zip(batch, got, want, strict=True):
        what = f"array of shape {x.shape}, {access}"
        if isinstance(w, Exception):
            assert isinstance(g, Exception), f"{what}: {g!r} instead of {w!r}"
        elif isinstance(g, Exception):
            raise AssertionError(f"{what}: {g!r}") from g
        else:
            assert g.shape == w.shape, f"{what}: shape {g.shape} instead of {w.shape}"
            np.testing.assert_allclose(g, w, rtol=2e-5, err_msg=what)


def array(shape: tuple[int, ...]) -> np.ndarray:
    counted = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float32)
    return (counted / 4).reshape(shape)


@fuzz
@given(batches(outside=False))
def test_in_bounds_as_numpy(drawn: tuple[tuple[int, ...], list[Access]]) -> None:
    shape, batch = drawn
    x = array(shape)
    check(x, batch, outcomes(covector, x, batch), [numpy_outcome(x, a) for a in batch])


@fuzz
@given(batches(outside=True))
def test_out_of_bounds_as_jax(drawn: tuple[tuple[int, ...], list[Access]]) -> None:
    shape, batch = drawn
    x = array(shape)
    check(x, batch, outcomes(covector, x, batch), outcomes(jax, x, batch))


def test_the_check_sees_differences() -> None:
    x = array((5,))
    a = Access((slice(1, 3),), (), None, 2, {})
    wrong: list[Callable[[], Any]] = [lambda: x[1:4], lambda: x[1:3] + 1, lambda: ValueError()]
    for other in wrong:
        try:
            check(x, [a], [other()], [x[1:3]])
        except AssertionError:
            continue
        raise RuntimeError("a difference was not seen")
