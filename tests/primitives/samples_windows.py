"""Samples of convolutions and of reductions of windows."""

from typing import Any

import numpy as np

from primitives.sample import booleans, complexes, distinct, integers, reals, sample

# Convolution ----------------------------------------------------------------------------------


def conv(*args: Any, **options: Any) -> Any:
    return lambda lax, x, k: lax.conv_general_dilated(x, k, *args, **options)


NHWC = ("NHWC", "HWIO", "NHWC")
CONVOLUTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "plain": ((2, 3, 5), (4, 3, 2), {}),
    "no space": ((2, 3), (4, 3), {"window_strides": (), "padding": ()}),
    "strides": ((1, 2, 7), (3, 2, 3), {"window_strides": (2,)}),
    "same": ((1, 2, 6), (2, 2, 4), {"padding": "SAME"}),
    "same lower": ((1, 2, 6), (2, 2, 4), {"padding": "SAME_LOWER", "window_strides": (2,)}),
    "margins": ((1, 2, 5), (2, 2, 3), {"padding": [(2, 1)]}),
    "negative margins": ((1, 2, 7), (2, 2, 3), {"padding": [(-1, -2)]}),
    "spread": ((1, 2, 4), (2, 2, 3), {"lhs_dilation": (2,), "padding": [(1, 2)]}),
    "spread kernel": ((1, 2, 7), (2, 2, 3), {"rhs_dilation": (2,)}),
    "feature groups": ((2, 4, 4), (6, 2, 2), {"feature_group_count": 2}),
    "depthwise": ((1, 3, 4), (6, 1, 2), {"feature_group_count": 3}),
    "batch groups": ((4, 2, 4), (6, 2, 2), {"batch_group_count": 2}),
    "no windows": ((1, 2, 2), (2, 2, 3), {}),
    "no examples": ((0, 2, 4), (2, 2, 3), {}),
    "no features": ((2, 0, 4), (2, 0, 3), {}),
    "planes": (
        (1, 5, 4, 2),
        (3, 2, 2, 3),
        {
            "window_strides": (2, 1),
            "padding": [(1, 0), (0, 2)],
            "lhs_dilation": (1, 2),
            "rhs_dilation": (2, 1),
            "dimension_numbers": NHWC,
        },
    ),
    "odd order": (
        (4, 2, 1, 3),
        (2, 2, 2, 3),
        {
            "window_strides": (1, 2),
            "dimension_numbers": ("HCNW", "WIHO", "CWNH"),
            "padding": [(0, 1), (1, 1)],
        },
    ),
}
for note, (left, right, params) in CONVOLUTIONS.items():
    params = {"window_strides": (1,) * (len(left) - 2), "padding": "VALID"} | params
    empty = note.startswith("no ") and note != "no space"
    order = 1 if empty else 2
    sample(
        "conv_general_dilated",
        conv(**params),
        reals(*left),
        reals(*right),
        note=note,
        order=order,
        tolerance=1e-5,
    )
grouped = conv((2,), "SAME", feature_group_count=2)
sample("conv_general_dilated", grouped, complexes(2, 4, 5), complexes(4, 2, 2), tolerance=1e-5)
sample("conv_general_dilated", conv((1,), "VALID"), integers(1, 2, 5), integers(3, 2, 2))
half = (reals(1, 2, 5, dtype="float16"), reals(3, 2, 2, dtype="float16"))
sample("conv_general_dilated", conv((1,), "VALID"), *half, order=0, tolerance=2e-3)
wide = conv((1,), "VALID", preferred_element_type="float32")
sample("conv_general_dilated", wide, *half, order=0, tolerance=2e-3, note="to float32")
exact = conv((1,), "VALID", precision="highest")
sample("conv_general_dilated", exact, reals(1, 2, 5), reals(3, 2, 2), note="precision")


def patches(lax: Any, x: Any) -> Any:
    return lax.conv_general_dilated_patches(x, (2, 3), (1, 2), "SAME", dimension_numbers=NHWC)


def local(lax: Any, x: Any, k: Any) -> Any:
    return lax.conv_general_dilated_local(x, k, (2,), "VALID", (3,))


def transposed(padding: Any, **options: Any) -> Any:
    return lambda lax, x, k: lax.conv_transpose(x, k, (2,), padding, **options)


sample("conv_general_dilated", patches, reals(1, 3, 5, 2), note="patches")
sample("conv_general_dilated", local, reals(2, 2, 7), reals(4, 6, 3), note="local", tolerance=1e-5)
for padding in ("SAME", "VALID", [(1, 2)]):
    sample(
        "conv_general_dilated",
        transposed(padding, transpose_kernel=padding == "SAME"),
        reals(2, 4, 3),
        reals(3, 3, 3),
        note=f"transposed {padding}",
        tolerance=1e-5,
    )

# Reduction of windows ---------------------------------------------------------------------------

INITS = {"add": 0.0, "max": -np.inf, "min": np.inf}


def windows(operation: str, init: Any, *args: Any, **options: Any) -> Any:
    def fun(lax: Any, x: Any) -> Any:
        start = np.asarray(init, x.dtype)
        return lax.reduce_window(x, start, getattr(lax, operation), *args, **options)

    return fun


WINDOWS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "one axis": ((6,), {"window_dimensions": (3,)}),
    "scalar": ((), {"window_dimensions": ()}),
    "strides": ((2, 7), {"window_dimensions": (1, 3), "window_strides": (1, 2)}),
    "overlap": ((5, 4), {"window_dimensions": (3, 2), "window_strides": (2, 1)}),
    "same": ((5,), {"window_dimensions": (2,), "window_strides": (2,), "padding": "SAME"}),
    "same lower": (
        (5,),
        {"window_dimensions": (4,), "window_strides": (2,), "padding": "SAME_LOWER"},
    ),
    "margins": ((4,), {"window_dimensions": (3,), "padding": [(1, 2)]}),
    "negative margins": ((7,), {"window_dimensions": (3,), "padding": [(-1, -1)]}),
    "spread": (
        (4,),
        {"window_dimensions": (3,), "base_dilation": (2,), "padding": [(1, 1)]},
    ),
    "none": ((2,), {"window_dimensions": (3,)}),
    "empty": ((0, 3), {"window_dimensions": (1, 2)}),
}
SPREAD_WINDOWS = {"window_dimensions": (2, 2), "window_dilation": (2, 1)}
NAMES = {"add": "reduce_window_sum", "max": "reduce_window_max", "min": "reduce_window_min"}
for operation, name in NAMES.items():
    make = reals if operation == "add" else distinct
    for note, (shape, params) in WINDOWS.items():
        fun = windows(operation, INITS[operation], **params)
        order = 1 if note in ("none", "empty") else 2
        # JAX's derivatives of extremes abort in XLA without axes, and fail with negative margins.
        oracle = operation == "add" or note not in ("scalar", "negative margins")
        sample(name, fun, make(*shape), note=note, order=order, oracle=oracle)
    sample(name, windows(operation, 0, (2,)), reals(5, dtype="float16"), order=0, tolerance=2e-3)

fun = windows("add", 0, **SPREAD_WINDOWS)
sample("reduce_window_sum", fun, reals(4, 3), note="spread windows")
sample("reduce_window_sum", windows("add", 0, (2,)), integers(5))
sample("reduce_window_sum", windows("add", 0, (2,)), complexes(5))
sample("reduce_window_max", windows("max", -(2**31), (2,)), integers(5))
sample("reduce_window_max", windows("max", False, (2,)), booleans(5))
sample("reduce_window_min", windows("min", 255, (2,)), integers(5, low=0, dtype="uint8"))
ties = np.array([1, 1, 2, 0, 0, 2, 2, -1], "float32")
undefined = np.array([1, np.nan, 2, np.inf, -np.inf, 5, -0.0, 0.0], "float32")
for operation in ("max", "min"):
    fun = windows(operation, INITS[operation], (2,), (2,))
    sample(NAMES[operation], fun, ties, order=0, rule=True, note="ties")
    sample(NAMES[operation], fun, undefined, order=0, note="nan")


def forward_only(lax: Any, x: Any, t: Any) -> Any:
    """Where a window's elements are apart, JAX has tangents and no gradients."""
    fun = windows("max", -np.inf, **SPREAD_WINDOWS)
    return lax.library.jvp(lambda x: fun(lax, x), (x,), (t,))[1]


sample("select_and_gather_add", forward_only, distinct(4, 3), reals(4, 3), order=0)


def pooling_gradient(lax: Any, x: Any, ct: Any) -> Any:
    fun = windows("max", -np.inf, (2, 2), (2, 1), "SAME")
    return lax.library.vjp(lambda x: fun(lax, x), x)[1](ct)[0]


sample("select_and_scatter_add", pooling_gradient, distinct(3, 3), reals(2, 3))

# By a function -----------------------------------------------------------------------------------


def products(*args: Any, **options: Any) -> Any:
    return windows("mul", 1, *args, **options)


def two_at_once(lax: Any, x: Any, y: Any) -> Any:
    def body(a: Any, b: Any) -> Any:
        return lax.add(a[0], b[0]), lax.mul(a[1], b[1])

    inits = np.asarray(0, x.dtype), np.asarray(1, x.dtype)
    return list(lax.reduce_window((x, y), inits, body, (2, 2), (1, 2), [(0, 1), (0, 0)]))


# JAX differentiates these forward only.
def positive(*shape: int) -> np.ndarray:
    return reals(*shape, low=0.5, high=1.5)


for note, fun, shape in (
    ("plain", products((3,)), (5,)),
    ("planes", products((2, 2), (2, 1), "SAME", (2, 1), (1, 1)), (3, 3)),
    ("spread", products((2,), None, [(1, 1)], (2,), (3,)), (4,)),
    ("none", products((3,)), (2,)),
    ("scalar", products(()), ()),
):
    sample("reduce_window", fun, positive(*shape), order=0, note=f"{note} as JAX")
    sample("reduce_window", fun, positive(*shape), oracle=False, note=note)
sample("reduce_window", two_at_once, positive(3, 4), positive(3, 4), order=0, note="as JAX")
sample("reduce_window", two_at_once, positive(3, 4), positive(3, 4), oracle=False)


def scattered(lax: Any, x: Any, y: Any) -> Any:
    def put(lax: Any) -> Any:
        if lax.library.__name__ == "jax":
            from jax._src.lax.windowed_reductions import _select_and_scatter

            return _select_and_scatter
        from covector.lax._windows import select_and_scatter

        return select_and_scatter

    start = np.asarray(1, x.dtype)
    return put(lax)(x, lax.ge, (2, 2), (1, 2), ((0, 0), (0, 0)), y, start, lax.mul)


sample("select_and_scatter", scattered, distinct(3, 4), reals(2, 2), order=0)
sample("select_and_scatter", scattered, integers(3, 4), integers(2, 2), order=0)
