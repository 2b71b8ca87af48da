"""Samples of reductions, searches and cumulative reductions."""

from itertools import combinations
from typing import Any

import numpy as np

from primitives.sample import booleans, complexes, distinct, integers, reals, sample

SHAPE = (2, 3, 2)
SUBSETS = [axes for n in range(4) for axes in combinations(range(3), n)]


def reduction(name: str, axes: Any) -> Any:
    return lambda lax, x: getattr(lax, name)(x, axes)


def some_reals(*shape: int) -> np.ndarray:
    return reals(*shape, low=0.5, high=1.5)


for name in ("reduce_sum", "reduce_prod", "reduce_max", "reduce_min"):
    make = distinct if name in ("reduce_max", "reduce_min") else some_reals
    for axes in SUBSETS:
        sample(name, reduction(name, axes), make(*SHAPE), note=f"{axes}")
    sample(name, reduction(name, (2, 0)), make(*SHAPE), note="unordered")
    sample(name, reduction(name, ()), make(), note="no axes")
    for axes in [(0,), (1,)]:
        sample(name, reduction(name, axes), make(0, 3), order=0, note=f"{axes}")
    sample(name, reduction(name, (0,)), integers(4, 3))
    sample(name, reduction(name, (0,)), integers(4, 3, low=0, dtype="uint8"))
    sample(name, reduction(name, (0,)), integers(0, 3))
    sample(name, reduction(name, (0, 1)), complexes(3, 2), order=1, tolerance=1e-5)
    sample(name, reduction(name, (0,)), reals(5, dtype="float16"), order=0, tolerance=2e-2)

for name in ("reduce_max", "reduce_min"):
    ties = np.array([[1, 1, 0], [2, 3, 3], [4, 4, 4], [np.nan, 1, 1]], "float32")
    sample(name, reduction(name, (1,)), ties, order=0, rule=True, note="ties")
    sample(name, reduction(name, (0, 1)), ties, order=0, rule=True, note="ties")
    sample(name, reduction(name, (0,)), booleans(3, 4))
    infinite = np.array([[np.inf, -np.inf], [-np.inf, -np.inf]], "float32")
    sample(name, reduction(name, (0,)), infinite, order=0)
zeros = np.array([[0, 2, 3], [0, 0, 3], [1, 2, 3]], "float32")
sample("reduce_prod", reduction("reduce_prod", (1,)), zeros, note="zeros")
sample("reduce_prod", reduction("reduce_prod", (0, 1)), zeros[:2], note="zeros")
sample("reduce_prod", reduction("reduce_prod", (0,)), some_reals(7))

for name in ("reduce_and", "reduce_or", "reduce_xor"):
    for axes in [(0,), (0, 1), ()]:
        sample(name, reduction(name, axes), booleans(3, 4), note=f"{axes}")
        sample(name, reduction(name, axes), integers(3, 4), note=f"{axes}")
    sample(name, reduction(name, (0,)), booleans(0, 4))
    sample(name, reduction(name, (0,)), integers(3, 4, low=0, dtype="uint8"))

# Reduction by a function ---------------------------------------------------------------------


def by_function(lax: Any, x: Any) -> Any:
    return lax.reduce(x, np.ones((), x.dtype), lambda a, b: a * b + 0 * b, (0,))


def by_two(lax: Any, x: Any, y: Any) -> Any:
    def body(a: Any, b: Any) -> Any:
        return a[0] * b[0], a[1] * b[0] + b[1]

    return lax.reduce((x, y), (np.ones((), x.dtype), np.zeros((), y.dtype)), body, (1,))


sample("reduce", by_function, some_reals(3, 2))
sample("reduce", by_function, some_reals(1, 2))
sample("reduce", lambda lax, x, y: by_two(lax, x, y)[0], some_reals(2, 4), some_reals(2, 4))
sample("reduce", lambda lax, x: lax.reduce(x, 0.0, lax.add, (0,)), reals(3, 2), note="sum")
sample(
    "reduce",
    lambda lax, x: lax.reduce(x, 2.0, lax.mul, (0, 1)),
    integers(3, 2).astype("float32"),
    order=0,
    oracle=False,
    batch=True,
    note="not an identity",
)

# Searches --------------------------------------------------------------------------------------

for name in ("argmax", "argmin"):

    def search(axis: int, dtype: str = "int32", name: str = name) -> Any:
        return lambda lax, x: getattr(lax, name)(x, axis, dtype)

    for axis in range(3):
        sample(name, search(axis), distinct(*SHAPE), order=0, rule=True, note=f"{axis}")
    for length in (5, 40, 100):
        repeated = integers(3, length, low=0, high=4)
        sample(name, search(1), repeated, note="repeated")
        sample(name, search(1), repeated.astype("float32"), order=0, note="repeated")
        with_nan = np.where(repeated == 2, np.nan, repeated).astype("float32")
        sample(name, search(1), with_nan, order=0, note="nan")
        sample(name, search(1), np.full((2, length), -np.inf, "float32"), order=0, note="-inf")
        sample(name, search(1), np.full((2, length), np.inf, "float32"), order=0, note="inf")
        sample(name, search(0), repeated.T.astype("uint8"), note="columns")
        sample(name, search(1), repeated > 2, note="bool")
        sample(name, search(1, "uint8"), repeated, note="to uint8")
    sample(name, search(1), distinct(0, 3), order=0)

# Cumulative reductions --------------------------------------------------------------------------


def cumulative(name: str, axis: int, reverse: bool = False) -> Any:
    return lambda lax, x: getattr(lax, name)(x, axis=axis, reverse=reverse)


for name in ("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"):
    make = distinct if name in ("cummax", "cummin") else some_reals
    for axis in range(3):
        for reverse in (False, True):
            note = f"{axis}{' reverse' if reverse else ''}"
            sample(name, cumulative(name, axis, reverse), make(2, 4, 3), note=note)
    for length in (1, 2, 5, 7, 70):
        short = length < 10
        row = {"order": 1, "batch": short, "note": f"{length}", "tolerance": 1e-5}
        sample(name, cumulative(name, 0), make(length), **row)
    sample(name, cumulative(name, 0, True), make(70), **row | {"order": 0, "note": "reverse"})
    for axis in range(2):
        sample(name, cumulative(name, axis), make(0, 3), order=0, note=f"{axis}")
    if name != "cumlogsumexp":
        sample(name, cumulative(name, 0), integers(6))
        sample(name, cumulative(name, 0), integers(6, low=0, dtype="uint8"))
    sample(name, cumulative(name, 0), reals(5, dtype="float16"), order=0, tolerance=2e-2)

for name in ("cumsum", "cumprod", "cumlogsumexp"):
    sample(name, cumulative(name, 0), complexes(4), order=1, tolerance=1e-5)
for name in ("cummax", "cummin"):
    equal = np.array([1, 1, 3, 2, 3, 3, 0, 0], "float32")
    sample(name, cumulative(name, 0), equal, order=0, rule=True, note="ties")
sample("cumprod", cumulative("cumprod", 0), np.array([2, 0, 3, 0, 1], "float32"), note="zeros")
low = np.array([-np.inf, 1, 2, -np.inf, 1e4], "float32")
sample("cumlogsumexp", cumulative("cumlogsumexp", 0), low, order=0, note="-inf")
