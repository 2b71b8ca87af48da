"""Samples of primitives that move, pick, contract and order elements."""

from typing import Any

import numpy as np

from primitives.sample import booleans, complexes, distinct, integers, reals, sample


def call(name: str, *args: Any, **kwargs: Any) -> Any:
    """lax.<name>(array, args...)"""
    return lambda lax, *x: getattr(lax, name)(*x, *args, **kwargs)


# Shapes ------------------------------------------------------------------------------------------

for shape, dims in [
    ((4, 2, 3), (1, 2)),
    ((2, 5, 3), (0, 2)),
    ((2, 3), (0, 1)),
    ((2, 0, 3), (0, 2)),
]:
    sample("broadcast_in_dim", call("broadcast_in_dim", shape, dims), reals(2, 3))
sample("broadcast_in_dim", call("broadcast_in_dim", (2, 5, 3), (0, 2)), reals(1, 3), note="ones")
sample("broadcast_in_dim", call("broadcast_in_dim", (4, 3, 2), (0, 2)), reals(1, 1), note="ones")
sample("broadcast_in_dim", call("broadcast_in_dim", (3, 4, 2), (2, 0)), reals(2, 3), note="crossed",
       rule=False)  # fmt: skip
sample("broadcast_in_dim", call("broadcast_in_dim", (2, 3), ()), reals())
sample("broadcast_in_dim", call("broadcast_in_dim", (2, 3), ()), booleans())
sample("broadcast_in_dim", call("broadcast_in_dim", (2, 3), (1,)), complexes(3))

for sizes in [(6,), (3, 2), (1, 2, 1, 3), (2, 3)]:
    sample("reshape", call("reshape", sizes), reals(2, 3), note=f"{sizes}")
sample("reshape", call("reshape", (3, 4), (2, 0, 1)), reals(2, 2, 3), note="permuted")
sample("reshape", call("reshape", ()), reals(1, 1))
sample("reshape", call("reshape", (1, 1)), integers())
sample("reshape", call("reshape", (5, 0)), reals(0, 3))

for perm in [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0)]:
    sample("transpose", call("transpose", perm), reals(2, 3, 4), note=f"{perm}")
sample("transpose", call("transpose", ()), reals())

sample("squeeze", call("squeeze", (0, 2)), reals(1, 3, 1, 1))
sample("squeeze", call("squeeze", (-1,)), complexes(2, 1))
sample("squeeze", call("squeeze", ()), reals(2, 1))
sample("squeeze", lambda lax, x: lax.squeeze(lax.expand_dims(x, (0, 3)), (3,)), reals(2, 3))

for dims in [(), (0,), (1, 2), (2, 0)]:
    sample("rev", call("rev", dims), reals(2, 3, 2), note=f"{dims}")
for reps in [(1, 1), (2, 3), (0, 2)]:
    sample("tile", call("tile", reps), reals(2, 3), note=f"{reps}")
sample("tile", call("tile", (2,)), integers(3))

for dtype in ("int32", "uint8", "float32", "complex64"):
    sample(
        "iota",
        lambda lax, x, d=dtype: lax.broadcasted_iota(d, (2, 3), 1) + x,
        np.ones((), dtype),
        order=0,
    )

# Joining, dividing, padding ----------------------------------------------------------------------

concatenate = {axis: lambda lax, *x, axis=axis: lax.concatenate(x, axis) for axis in (0, 1)}
sample("concatenate", concatenate[0], reals(2, 3), reals(1, 3), reals(0, 3))
sample("concatenate", concatenate[1], reals(2, 3), reals(2, 1))
sample("concatenate", concatenate[1], booleans(2, 3), booleans(2, 1))
sample(
    "concatenate", lambda lax, x: lax.concatenate([x] * 20 + [2 * x] * 20, 0), reals(1, 2),
    note="many",
)  # fmt: skip

sample("split", call("split", (1, 0, 2)), reals(3, 2))
sample("split", call("split", (3, 1), axis=-1), complexes(2, 4))
sample("split", lambda lax, x: lax.split(x, (1, 2))[1], reals(3, 2), note="one used")
sample("split", call("split", (2, 1)), integers(3))

PADDINGS = {
    "around": [(1, 2, 0), (0, 1, 0)],
    "between": [(0, 0, 2), (1, 1, 1)],
    "cropped": [(-1, 0, 0), (2, -2, 0)],
    "all": [(-1, 3, 2), (2, -1, 1)],
    "nothing left": [(-2, 0, 0), (0, 0, 0)],
}
for note, config in PADDINGS.items():
    sample("pad", call("pad", config), reals(2, 3), reals(), note=note)
sample("pad", call("pad", [(1, 1, 2)]), reals(0), reals())
sample("pad", call("pad", [(1, 1, 0)]), integers(2), integers())
sample("pad", call("pad", []), reals(), reals())

# Slices ------------------------------------------------------------------------------------------

sample("slice", call("slice", (0, 1), (2, 3)), reals(2, 4))
sample("slice", call("slice", (1, 0), (5, 4), (2, 3)), reals(5, 4), note="strides")
sample("slice", call("slice", (0, 1), (4, 5), (3, 2)), reals(5, 6), note="strides")
sample("slice", call("slice", (2,), (2,)), reals(3), note="empty")
sample("slice", call("slice", (0,), (2,)), booleans(3))

AT = integers(low=-2, high=4)


def dynamic_slice(sizes: tuple[int, ...], **options: Any) -> Any:
    return lambda lax, x, *starts: lax.dynamic_slice(x, starts, sizes, **options)


def dynamic_update_slice(lax: Any, x: Any, y: Any, *starts: Any) -> Any:
    return lax.dynamic_update_slice(x, y, starts)


for i in (-4, -1, 0, 2, 7):
    at = np.int32(i)
    sample("dynamic_slice", dynamic_slice((2, 2)), reals(4, 3), at, np.int32(1), note=f"{i}")
    sample(
        "dynamic_update_slice",
        dynamic_update_slice,
        reals(4, 3),
        reals(2, 2),
        at,
        np.int32(1),
        note=f"{i}",
    )
sample("dynamic_slice", dynamic_slice((2,)), reals(4), np.uint8(3))
sample("dynamic_slice", dynamic_slice((2,), allow_negative_indices=False), reals(4), np.int32(3))
sample("dynamic_slice", dynamic_slice(()), reals())
sample("dynamic_slice", dynamic_slice((2, 0)), complexes(4, 3), AT, AT)
sample("dynamic_update_slice", dynamic_update_slice, reals(), reals())
sample("dynamic_update_slice", dynamic_update_slice, integers(4), integers(2), np.int32(1))
sample("dynamic_update_slice", dynamic_update_slice, reals(4), reals(0), np.int32(1))

# Contraction -------------------------------------------------------------------------------------

DOTS = {
    "matrices": ((2, 3), (3, 4), (((1,), (0,)), ((), ()))),
    "vectors": ((3,), (3,), (((0,), (0,)), ((), ()))),
    "outer": ((2,), (3,), (((), ()), ((), ()))),
    "batched": ((2, 3, 4), (2, 4, 5), (((2,), (1,)), ((0,), (0,)))),
    "crossed": ((3, 2, 4), (4, 5, 2), (((2,), (0,)), ((1,), (2,)))),
    "two": ((2, 3, 4), (4, 3, 2), (((1, 2), (1, 0)), ((), ()))),
    "two batches": ((2, 3, 4), (3, 2, 4), (((2,), (2,)), ((0, 1), (1, 0)))),
    "empty": ((2, 0), (0, 3), (((1,), (0,)), ((), ()))),
    "scalars": ((), (), (((), ()), ((), ()))),
}
for note, (left, right, dims) in DOTS.items():
    sample("dot_general", call("dot_general", dims), reals(*left), reals(*right), note=note)
left, right, dims = DOTS["batched"]
for options in ({"precision": "highest"}, {"precision": ("high", "default")}):
    fun = call("dot_general", dims, **options)
    sample("dot_general", fun, reals(*left), reals(*right), note=f"{options}")
sample("dot_general", call("dot_general", dims), complexes(*left), complexes(*right))
sample("dot_general", call("dot_general", dims), integers(*left), integers(*right))
sample("dot_general", call("dot_general", dims), reals(*left), complexes(*right), note="mixed")
half = reals(*left, dtype="float16")
wide = call("dot_general", dims, preferred_element_type="float32")
sample("dot_general", wide, half, reals(*right, dtype="float16"), tolerance=2e-3)
sample("dot_general", call("dot_general", dims), half, reals(*right), tolerance=2e-3, note="mixed")

# Order -------------------------------------------------------------------------------------------


def sort(axis: int, num_keys: int = 1) -> Any:
    return lambda lax, *xs: list(lax.sort(xs, dimension=axis, num_keys=num_keys))


keys = np.array([[2, 0, 2, 1], [0, 0, 0, 0]], "float32")
unordered = np.array([2, np.nan, -0.0, 1, 0.0, -np.inf, np.inf, np.nan, -1], "float32")
for axis in (0, 1, -1):
    sample("sort", sort(axis), distinct(3, 4), note=f"{axis}")
    sample("sort", sort(axis), distinct(3, 4), reals(3, 4), note=f"{axis}")
sample("sort", sort(1, 2), keys, distinct(2, 4), reals(2, 4), order=0, rule=True, note="two keys")
sample("sort", sort(1), keys, reals(2, 4), order=0, rule=True, note="ties")
sample("sort", sort(0), unordered, np.arange(9, dtype="float32"), order=0, rule=True)
sample("sort", sort(0), integers(8, dtype="uint8"), integers(8))
sample("sort", sort(0), booleans(8), integers(8))
sample("sort", sort(0), complexes(8), order=1)
sample("sort", sort(0), reals(0), reals(0))
# Larger ones are lowered in other ways.
many = reals(5000)
many[::7], many[::11] = np.nan, -0.0
sample("sort", sort(0), many, order=0, batch=False)
for dtype in ("float32", "float16", "int32", "uint32", "uint8", "bool"):
    numbers = reals(20000, low=-99, high=99)
    numbers[::7], numbers[::11], numbers[::13] = 0, -0.0, 3
    if dtype.startswith("float"):
        numbers[::9] = np.nan
    elif dtype.startswith("uint"):
        numbers = abs(numbers)
    sample("sort", sort(0), numbers.astype(dtype), np.arange(20000), order=0, batch=False)
sample("sort", sort(0), reals(200, 100), integers(200, 100), order=0, batch=False)
sample("sort", sort(1), reals(200, 100), integers(200, 100), order=0, batch=False)

for axis in (0, 1):
    sample("top_k", call("top_k", 2, axis=axis), distinct(3, 4), note=f"{axis}")
sample("top_k", call("top_k", 3), integers(2, 5))
sample("top_k", call("top_k", 4), unordered, order=0, rule=True)
sample("top_k", call("top_k", 0), reals(3))

# Sums of cotangents ------------------------------------------------------------------------------


def summed_cotangents(lax: Any, x: Any, ct: Any) -> Any:
    pullback = lax.library.vjp(lambda x: lax.mul(x, lax.sin(x)), x)[1]
    return pullback(ct)[0]


sample("add_any", summed_cotangents, reals(2, 3), reals(2, 3))
