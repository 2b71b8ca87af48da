"""Samples of operations that have no family: stacks, barriers, random bits, grouped products."""

from typing import Any

import ml_dtypes
import numpy as np

from primitives.sample import booleans, complexes, distinct, integers, reals, sample, special_reals

# stack and unstack --------------------------------------------------------------------------------

for axis in (0, 1, -1):
    sample(
        "stack",
        lambda lax, x, y, axis=axis: lax.stack([x, y], axis),
        *(reals(2, 3), reals(2, 3)),
        note=str(axis),
    )
    sample("unstack", lambda lax, x, axis=axis: lax.unstack(x, axis), reals(2, 3), note=str(axis))
sample("stack", lambda lax, x: lax.stack([x, x, x]), complexes())
sample("stack", lambda lax, x, y: lax.stack([x, y]), integers(2, 0), integers(2, 0))
sample("unstack", lambda lax, x: lax.unstack(x), booleans(2, 0))

# The upper half of products -----------------------------------------------------------------------

for dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32"):
    low = 0 if dtype.startswith("u") else np.iinfo(dtype).min
    factors = [integers(3, 4, low=low, high=np.iinfo(dtype).max, dtype=dtype) for _ in "xy"]
    sample("mulhi", lambda lax, x, y: lax.mulhi(x, y), *factors)

# Comparison in total order ------------------------------------------------------------------------

row, column = special_reals()[None, :], special_reals()[:, None]
for name in ("eq_to", "le_to", "lt_to"):
    fun = lambda lax, x, y, name=name: lax.bind(name, x, y)
    sample(name, fun, np.repeat(row, 12, 0), np.repeat(column, 12, 1), order=0)
    sample(name, fun, integers(3), integers(3), order=0)
# JAX does not compile it.
sample(
    "eq_to",
    lambda lax, x, y: lax.bind("eq_to", x, y),
    *(complexes(2), complexes(2)),
    order=0,
    oracle=False,
)

# What compilers are told --------------------------------------------------------------------------

sample(
    "optimization_barrier",
    lambda lax, x, y: lax.optimization_barrier((lax.sin(x), y)),
    *(reals(2, 3), reals(4)),
)
sample("optimization_barrier", lambda lax, x: lax.optimization_barrier(x), integers(3))


def sink(lax: Any, x: Any) -> Any:
    lax.dce_sink(lax.sin(x))
    return lax.cos(x)


sample("dce_sink", sink, reals(3))
sample(
    "composite",
    lambda lax, x, y: lax.composite(lambda x, y: (lax.mul(lax.sin(x), y), x), "sample.product")(
        x, y
    ),
    *(reals(2, 3), reals(2, 3)),
    order=0,
)

# The greatest elements, approximately -------------------------------------------------------------

for name in ("approx_max_k", "approx_min_k"):
    sample("approx_top_k", lambda lax, x, f=name: getattr(lax, f)(x, 2), distinct(3, 5), note=name)
    sample(
        "approx_top_k",
        lambda lax, x, f=name: getattr(lax, f)(x, 3, reduction_dimension=0),
        distinct(5, 2),
        note=f"{name}, first axis",
    )
sample(
    "approx_top_k",
    # The result has more elements than asked for; which ones the oracle picks is its choice.
    lambda lax, x: (
        lax.approx_max_k(x, 2, aggregate_to_topk=False)[0].shape[0] * lax.reduce_max(x, (0,))
    ),
    distinct(2000),
    order=0,
    batch=False,  # how many depends on the rank
)

# Random bits --------------------------------------------------------------------------------------

WORDS = integers(4, low=0, high=2**32 - 1, dtype="uint32")
for algorithm in ("RNG_DEFAULT", "RNG_THREE_FRY", "RNG_PHILOX"):
    for dtype in ("uint8", "uint16", "uint32"):
        # A batch draws its bits by one key.
        sample(
            "rng_bit_generator",
            lambda lax, key, a=algorithm, d=dtype: lax.rng_bit_generator(
                key, (3, 5), d, getattr(lax.RandomAlgorithm, a)
            ),
            WORDS,
            batch=False,
            note=f"{algorithm}, {dtype}",
        )


def one_number(lax: Any, low: Any, high: Any) -> Any:
    return lax.rng_uniform(low, high, (3,))


# The interval holds one number, so that the hidden state does not matter.
bounds = np.float32(2), np.nextafter(np.float32(2), np.float32(3))
sample("rng_uniform", one_number, *bounds, order=0, batch=False)
sample("rng_uniform", one_number, np.int32(4), np.int32(5), batch=False)

# Products of groups -------------------------------------------------------------------------------

SIZES = np.array([2, 0, 1], "int32")
RAGGED = {
    # (lhs shape, rhs shape, group sizes, dimension numbers)
    "rows": ((4, 2), (3, 2, 5), SIZES, ((((1,), (1,)), ((), ())), (0,), (0,))),
    "rows behind": ((2, 4), (2, 5, 3), SIZES, ((((0,), (0,)), ((), ())), (1,), (2,))),
    "rows of batches": (
        *((2, 4, 3), (3, 2, 3, 5)),
        *(np.array([[2, 0, 1], [1, 1, 2]], "int32"), ((((2,), (2,)), ((0,), (1,))), (1,), (0,))),
    ),
    "summed": ((4, 2), (4, 5), SIZES, ((((0,), (0,)), ((), ())), (0,), ())),
    "summed, two axes": ((2, 4, 3), (3, 4, 5), SIZES, ((((1, 2), (1, 0)), ((), ())), (1,), ())),
    "summed in batches": ((2, 4, 3), (2, 4, 5), SIZES, ((((1,), (1,)), ((0,), (0,))), (1,), ())),
}


def ragged(numbers: Any) -> Any:
    def fun(lax: Any, x: Any, y: Any, sizes: Any) -> Any:
        dims = lax.RaggedDotDimensionNumbers(*numbers)
        return lax.ragged_dot_general(x, y, sizes, dims)

    return fun


for note, (lhs, rhs, sizes, numbers) in RAGGED.items():
    # JAX has no transpose where the summed axis is the ragged one.
    rule = {"oracle": not note.startswith("summed")}
    sample(
        "ragged_dot_general", ragged(numbers), reals(*lhs), reals(*rhs), sizes, note=note, **rule
    )
    if note.startswith("summed"):
        operands = reals(*lhs), reals(*rhs), sizes
        sample("ragged_dot_general", ragged(numbers), *operands, note=f"{note}, values", order=0)
kept = ((((2,), (1,)), ((0,), (0,))), (0,), ())
operands = reals(3, 2, 4), reals(3, 4, 2), SIZES
sample("ragged_dot_general", ragged(kept), *operands, note="batches", order=0)
sample("ragged_dot_general", lambda lax, x, y, s: lax.ragged_dot(x, y, s), reals(4, 2),
       reals(3, 2, 5), SIZES, note="ragged_dot", order=1)  # fmt: skip

# Products of scaled blocks ------------------------------------------------------------------------

narrow = (
    reals(2, 3, 8).astype(ml_dtypes.float8_e4m3fn),
    reals(2, 8, 2).astype(ml_dtypes.float8_e4m3fn),
)
scales = np.float32([1, 2, 4]), np.float32([0.5, 2])
scales = (
    np.resize(scales[0], (2, 3, 2)).astype(ml_dtypes.float8_e8m0fnu),
    np.resize(scales[1], (2, 4, 2)).astype(ml_dtypes.float8_e8m0fnu),
)
sample(
    "scaled_dot",
    lambda lax, x, y, s, t: lax.scaled_dot(
        x, y, lhs_scale=s, rhs_scale=t, preferred_element_type=np.float32
    ),
    *(*narrow, *scales),
    order=0,
    tolerance=1e-2,
)
sample("scaled_dot", lambda lax, x, y: lax.scaled_dot(x, y), *narrow, order=0, tolerance=1e-2)
