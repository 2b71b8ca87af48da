"""Samples of gather and scatter."""

from typing import Any

import numpy as np

from primitives.sample import booleans, complexes, distinct, integers, reals, sample

# Gather ------------------------------------------------------------------------------------------

GATHERS = {
    # (operand shape, indices shape, dimension numbers, slice sizes)
    "rows": ((4, 3), (5, 1), ((1,), (0,), (0,)), (1, 3)),
    "elements": ((4, 3), (5, 2), ((), (0, 1), (0, 1)), (1, 1)),
    "windows": ((4, 5), (2, 3, 2), ((1, 3), (), (1, 0)), (2, 3)),
    "one": ((4, 3), (1,), ((0,), (0,), (0,)), (1, 2)),
    "no index": ((4, 3), (2, 0), ((1, 2), (), ()), (3, 2)),
    "batched": ((2, 4, 3), (2, 5, 1), ((2,), (1,), (1,), (0,), (0,)), (1, 1, 3)),
    "crossed": ((4, 2, 3), (5, 2, 1), ((1,), (0,), (0,), (1,), (1,)), (1, 1, 2)),
}
MODES = ("clip", "fill", "promise_in_bounds")


def gather(dims: Any, sizes: Any, **options: Any) -> Any:
    def fun(lax: Any, x: Any, indices: Any) -> Any:
        numbers = lax.GatherDimensionNumbers(*dims)
        return lax.gather(x, indices, numbers, sizes, **options)

    return fun


def positions(*shape: int, mode: str = "clip", dtype: str = "int32") -> np.ndarray:
    inside = mode == "promise_in_bounds"
    return integers(*shape, low=0 if inside else -2, high=1 if inside else 5, dtype=dtype)


for note, (shape, at, dims, sizes) in GATHERS.items():
    for mode in MODES:
        fun = gather(dims, sizes, mode=mode)
        sample("gather", fun, distinct(*shape), positions(*at, mode=mode), note=f"{note}, {mode}",
               order=2 if mode == "promise_in_bounds" else 1)  # fmt: skip
rows = GATHERS["rows"]
for make in (integers, booleans, complexes):
    for fill in (None, 1):
        fun = gather(rows[2], rows[3], mode="fill", fill_value=fill)
        sample("gather", fun, make(4, 3), positions(5, 1), note=f"fill {fill}", order=0)
fun = gather(rows[2], rows[3], mode="fill", fill_value=7.5)
sample("gather", fun, reals(4, 3), positions(5, 1), note="fill 7.5")
for dtype in ("int8", "uint8", "uint32"):
    at = positions(5, 1, mode="promise_in_bounds", dtype=dtype)
    sample("gather", gather(rows[2], rows[3], mode="fill"), reals(4, 3), at)
sample("gather", gather(rows[2], rows[3]), reals(4, 3), positions(0, 1))

# Scatter -----------------------------------------------------------------------------------------

SCATTERS = {
    # (operand shape, indices shape, updates shape, dimension numbers)
    "rows": ((4, 3), (3, 1), (3, 3), ((1,), (0,), (0,))),
    "elements": ((4, 3), (3, 2), (3,), ((), (0, 1), (0, 1))),
    "windows": ((4, 5), (2, 2), (2, 2, 3), ((1, 2), (), (1, 0))),
    "one": ((4, 3), (1,), (2,), ((0,), (0,), (0,))),
    "batched": ((2, 4, 3), (2, 3, 1), (2, 3, 3), ((2,), (1,), (1,), (0,), (0,))),
}
KINDS = ("scatter", "scatter_add", "scatter_sub", "scatter_mul", "scatter_min", "scatter_max")


def scatter(name: str, dims: Any, **options: Any) -> Any:
    def fun(lax: Any, x: Any, indices: Any, updates: Any) -> Any:
        numbers = lax.ScatterDimensionNumbers(*dims)
        return getattr(lax, name)(x, indices, updates, numbers, **options)

    return fun


def apart(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Index vectors whose windows do not overlap."""
    at = {"rows": [[2], [0], [3]], "elements": [[1, 2], [0, 0], [3, 1]], "one": [1],
          "windows": [[0, 0], [1, 2]], "batched": [[[2], [0], [3]], [[1], [3], [0]]]}  # fmt: skip
    return np.array(at[name], "int32").reshape(shape)


for kind in KINDS:
    primitive = kind.replace("_", "-")
    for note, (shape, at, updates, dims) in SCATTERS.items():
        operands = distinct(*shape), apart(note, at), distinct(*updates) + np.float32(0.13)
        sample(
            primitive, scatter(kind, dims, unique_indices=True), *operands, note=f"{note}, apart"
        )
    shape, at, updates, dims = SCATTERS["rows"]
    # Derivatives of products where windows overlap are not implemented in either library.
    order = {"scatter_mul": 0, "scatter": 1}.get(kind, 2)
    for mode in ("clip", "drop", "promise_in_bounds"):
        fun = scatter(kind, dims, mode=mode)
        same = np.array([[1], [1], [5 if mode != "promise_in_bounds" else 3]], "int32")
        operands = distinct(*shape), same, distinct(*updates) + np.float32(0.13)
        # JAX's derivative reads the operand out of bounds where it should be clipped.
        rule = False if mode == "clip" and kind in ("scatter_min", "scatter_max") else None
        sample(primitive, fun, *operands, note=mode, order=order, rule=rule)
    sample(primitive, scatter(kind, dims), integers(*shape), positions(*at), integers(*updates))
    sample(primitive, scatter(kind, dims), reals(4, 3), positions(0, 1), reals(0, 3), order=order)
ties = np.array([[1, 2, 3]] * 4, "float32")
for kind in ("scatter_min", "scatter_max"):
    fun = scatter(kind, SCATTERS["rows"][3])
    sample(kind.replace("_", "-"), fun, ties, np.array([[1], [1], [2]], "int32"), ties[:3],
           order=0, rule=True, note="ties")  # fmt: skip
