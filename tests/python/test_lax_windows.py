"""Convolution and reductions of windows: arguments, dtypes, errors and jaxprs as JAX's."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
from covector import lax
from python.jax_oracle import Case, assert_agrees

F = np.float32
X = (np.arange(30, dtype=F).reshape(1, 2, 3, 5) - 12) / 8
K = (np.arange(24, dtype=F).reshape(3, 2, 2, 2) - 10) / 4
LINE, TAPS = X[:, :, 0], K[:, :, 0]
WORDS = ("NCHW", "OIHW", "NCHW")
OF = covector.lax.ConvDimensionNumbers((0, 1, 2), (0, 1, 2), (0, 2, 1))


def conv(*args: Any, **options: Any) -> Case:
    return Case("conv_general_dilated", *args, **options)


CONVOLUTIONS = [
    conv(X, K, (1, 1), "VALID"),
    conv(X, K, (1, 2), "same"),
    conv(X, K, (2, 1), "SAME_LOWER"),
    conv(X, K, (1, 1), [(1, 2), (0, -1)]),
    conv(X, K, (1, 1), ((1, 2), (0, 0)), (2, 1), (1, 2), WORDS),
    conv(X, K, [1, 1], "VALID", dimension_numbers=["NCWH", "OIWH", "HNCW"]),
    conv(X, K[:2, :1], (1, 1), "VALID", feature_group_count=2),
    conv(X.astype(np.float16), K.astype(np.float16), (1, 1), "VALID"),
    conv(X.astype(np.int32), K.astype(np.int32), (1, 1), "VALID"),
    conv(X.astype(np.int8), K.astype(np.int8), (1, 1), "VALID", preferred_element_type=np.int32),
    conv(X + 1j * X, K - 1j * K, (1, 1), "VALID"),
    conv(X, K, (1, 1), "VALID", precision=("high", "highest")),
    conv(LINE[0].T, TAPS[:, :, 0], (), ()),
    Case("conv", X, K, (1, 1), "SAME"),
    Case("conv_with_general_padding", LINE, TAPS, (1,), [(1, 1)], (2,), None),
    *(
        Case("conv_transpose", LINE.swapaxes(1, 2), TAPS.T, (2,), padding, **options)
        for padding in ("SAME", "VALID", [(1, 0)])
        for options in ({}, {"rhs_dilation": (2,)})
    ),
    Case("conv_transpose", LINE, TAPS, (2,), [(1, 0)], use_consistent_padding=True,
         dimension_numbers=("NCH", "OIH", "NCH")),
    Case("conv_transpose", LINE, TAPS, (2,), "SAME", None, ("NCH", "IOH", "NCH"), True),
    Case("conv_general_dilated_patches", X, (2, 2), (1, 1), "SAME"),
    Case("conv_general_dilated_patches", X, (2, 2), (1, 1), "VALID", rhs_dilation=(1, 2),
         dimension_numbers=("NCHW", "HOIW", "HWNC")),
    Case("conv_general_dilated_local", LINE, K.reshape(3, 4, 2)[:, :, :1].repeat(4, 2), (1,),
         "VALID", (2,)),
]  # fmt: skip
MISUSED = [
    conv(X, K, (1, 1), "FULL"),
    conv(X, K, (1,), "VALID"),
    conv(X, LINE, (1, 1), "VALID"),
    conv(X, K[:, :1], (1, 1), "VALID"),
    conv(X, K, (1, 1), "VALID", feature_group_count=3),
    conv(X, K, (1, 1), "VALID", feature_group_count=0),
    conv(X, K[:, :1], (1, 1), "VALID", feature_group_count=2),
    conv(X, K, (1, 1), "VALID", batch_group_count=2),
    conv(X, K, (1, 1), "VALID", batch_group_count=-1),
    conv(X, K, (1, 1), [(0, 0)]),
    conv(X, K, (1, 1), [0, 0]),
    conv(X, K, (1, 1), [(-9, 0), (0, 0)]),
    conv(X, K, (1, 1), "SAME", (2, 2)),
    conv(X, K.astype(np.int32), (1, 1), "VALID"),
    conv(X, K, (1, 1), "VALID", preferred_element_type=np.int32),
    conv(X, K, (1, 1), "VALID", preferred_element_type=np.float16),
    conv(X, K, (1, 1), "VALID", precision="exact"),
    *(
        conv(X, K, (1, 1), "VALID", dimension_numbers=words)
        for words in (
            ("NCHW", "OIHW"),
            ("NCHW", "OIHW", 3),
            ("NCH", "OIHW", "NCHW"),
            ("NCHW", "OIHW", "NCHX"),
            ("NCHH", "OIHW", "NCHW"),
            ("NCHW", "NIHW", "NCHW"),
            "NCHW",
        )
    ),
    Case("conv_transpose", LINE[None], TAPS[None], (2, 2), "WRONG"),
]
SHAPES = [
    Case("conv_dimension_numbers", (1, 2, 3), (3, 2, 2), None),
    Case("conv_dimension_numbers", (1, 2, 3), (3, 2), None),
    Case("conv_dimension_numbers", (1, 2, 3), (3, 2, 2), ("NHC", "HIO", "CHN")),
    Case("conv_general_permutations", ("NHDWC", "DWIHO", "CNWHD")),
    Case("conv_general_permutations", ("NHC", "HIO", "NWC")),
    Case("conv_shape_tuple", (4, 2, 8), (6, 2, 3), (2,), []),
    Case("padtype_to_pads", (10, 9), (3, 4), (1, 2), "SAME"),
    Case("padtype_to_pads", (10, 9), (3, 4), (1, 2), "same_lower"),
    Case("padtype_to_pads", (10,), (3,), (1,), "OTHER"),
    Case("reduce_window_shape_tuple", (8, 5), (3, 1), (2, 1), [(0, 1), (1, 1)], (2, 1), (1, 3)),
]


@pytest.mark.parametrize("case", CONVOLUTIONS + MISUSED + SHAPES, ids=repr)
def test_as_jax(case: Case) -> None:
    assert_agrees(case, "lax", rtol=5e-3 if "float16" in repr(case) else 2e-5)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("conv_shape_tuple", ((4, 2, 8), (6, 2, 3), (2,), "SAME")),
        ("conv_shape_tuple", ((4, 2, 8), (6, 2, 3), (2,), [(1, 0)], 2)),
        ("conv_general_shape_tuple", ((1, 8, 2), (3, 2, 6), (2,), "VALID", ("NHC", "HIO", "NCH"))),
        ("conv_transpose_shape_tuple", ((1, 8, 2), (3, 2, 6), (2,), "SAME", ("NHC", "HIO", "NCH"))),
    ],
)
def test_shapes_as_jax(name: str, args: tuple[Any, ...]) -> None:
    """As integers of Python, where JAX mixes them with those of NumPy."""
    got = getattr(lax, name)(*args)
    assert {type(n) for n in got} == {int}
    assert got == getattr(jax.lax, name)(*args)


def test_default_precision() -> None:
    with covector.default_matmul_precision("highest"):
        jaxpr = covector.make_jaxpr(lambda x, k: lax.conv(x, k, (1, 1), "SAME"))(X, K)
    highest = lax.Precision.HIGHEST
    assert jaxpr.eqns[0].params["precision"] == (highest, highest)


# Reductions of windows -------------------------------------------------------------------------


def window(x: Any, init: Any, operation: Any, *args: Any, **options: Any) -> Any:
    """Calls both libraries with an operation of their own, by name or as a function."""

    def call(library: Any) -> Any:
        f = getattr(library.lax, operation) if isinstance(operation, str) else operation
        return library.lax.reduce_window(x, init, f, *args, **options)

    return call


def compare(call: Any, rtol: float = 1e-6) -> None:
    try:
        want = call(jax)
    except Exception as error:
        with pytest.raises(type(error)):
            call(covector)
        return
    got = call(covector)
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert (g.dtype, g.shape, g.weak_type) == (w.dtype, w.shape, w.weak_type)
        np.testing.assert_allclose(np.asarray(g), w, rtol=rtol)


def logaddexp(x: Any, y: Any) -> Any:
    return jax.numpy.logaddexp(x, y) if isinstance(x, jax.Array) else covector.numpy.logaddexp(x, y)


I32 = np.arange(6, dtype=np.int32)
WINDOWS = {
    "sum": (X, 0.0, "add", (1, 1, 2, 2)),
    "sum from 1": (X, 1.0, "add", (1, 1, 2, 2)),
    "max": (X, -np.inf, "max", (1, 1, 2, 2), (1, 1, 1, 2), "SAME"),
    "max of integers": (I32, -np.inf, "max", (3,)),
    "min of integers": (I32, np.int32(2**31 - 1), "min", (3,), None, [(1, 1)]),
    "bits": (I32, np.int32(0), "bitwise_or", (2,), (2,)),
    "logarithms": (X[0, 0], np.float32(-np.inf), logaddexp, (2, 2)),
    "wrong dtype": (X, 1, "mul", (1, 1, 2, 2)),
    "no scalar": (X, np.ones(2, F), "mul", (1, 1, 2, 2)),
    "wrong rank": (X, 0.0, "add", (2, 2)),
    "wrong strides": (X, 0.0, "add", (1, 1, 2, 2), (1,)),
    "wrong word": (X, 0.0, "add", (1, 1, 2, 2), (1, 1, 1, 1), "OTHER"),
    "no dtype for sums": (X > 0, False, "add", (1, 1, 2, 2)),
    "empty window": (X, 0.0, "add", (1, 1, 0, 2)),
    "zero stride": (X, 0.0, "add", (1, 1, 2, 2), (1, 1, 0, 1)),
    "dilation": (X, 0.0, "add", (1, 1, 2, 2), None, [(0, 0)] * 4, (1, 1, 2, 1), (1, 1, 1)),
    "no operand": ((), (), "add", (1,)),
    "other tree": ((X, X), (0.0,), "add", (1, 1, 1, 1)),
    "other result": ((X, X), (0.0, 1.0), lambda a, b: a[0] * b[0], (1, 1, 1, 1)),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_as_jax(name: str) -> None:
    compare(window(*WINDOWS[name]), rtol=1e-5)


def test_trees_of_arrays() -> None:
    def body(a: Any, b: Any) -> Any:
        return {"sum": a["sum"] + b["sum"], "product": a["product"] * b["product"]}

    arrays, inits = {"sum": X, "product": X / 2}, {"sum": F(0), "product": F(1)}
    compare(lambda library: library.lax.reduce_window(arrays, inits, body, (1, 1, 2, 2)), 1e-5)


@pytest.mark.parametrize(
    ("body", "init", "primitive"),
    [
        (lambda a, b: a + b, 0.0, "reduce_window_sum"),
        (covector.numpy.maximum, -np.inf, "reduce_window_max"),
        (lax.min, np.inf, "reduce_window_min"),
        (lax.add, 1.0, "reduce_window"),
        (lax.mul, 1.0, "reduce_window"),
    ],
)
def test_operations_are_recognized(body: Any, init: float, primitive: str) -> None:
    jaxpr = covector.make_jaxpr(lambda x: lax.reduce_window(x, init, body, (2,)))(X.ravel())
    assert [e.primitive.name for e in jaxpr.eqns] == [primitive]


def test_jaxprs_print_as_those_of_jax() -> None:
    def programs(library: Any) -> list[str]:
        lax, inf = library.lax, -np.inf

        def pooled(x: Any) -> Any:
            return lax.reduce_window(x, inf, lax.max, (1, 1, 2, 2), None, "VALID")

        def tangent(x: Any, t: Any) -> Any:
            return library.jvp(pooled, (x,), (t,))

        def convolved(x: Any, k: Any) -> Any:
            return lax.conv_general_dilated(x, k, (1, 1), "SAME", precision="highest")

        return [
            str(library.make_jaxpr(tangent)(X, X)),
            str(library.make_jaxpr(convolved)(X, K)),
        ]

    assert programs(covector) == programs(jax)


def test_gradient_by_any_function() -> None:
    """Where JAX has only tangents: windows of products, with zeros among the factors."""

    def products(x: Any) -> Any:
        return lax.reduce_window(x, 1.0, lax.mul, (3,), (1,), [(1, 0)])

    x = np.array([2, 0, 3, 0.5, -1, 4], F)
    got = covector.jit(covector.jacrev(products))(x)
    np.testing.assert_allclose(got, covector.jacfwd(products)(x))
    padded = np.concatenate([[1], x])
    want = np.zeros((5, 6))
    for i in range(5):
        for j in range(i, i + 3):
            others = [padded[k] for k in range(i, i + 3) if k != j]
            if j:
                want[i, j - 1] = np.prod(others)
    np.testing.assert_allclose(got, want)


def test_initial_values_have_no_tangents() -> None:
    def fun(init: Any) -> Any:
        return lax.reduce_window(X, init, lax.mul, (1, 1, 2, 2)).sum()

    for transform in (covector.grad, lambda f: lambda x: covector.jvp(f, (x,), (x,))):
        with pytest.raises(TypeError, match="init_value"):
            transform(fun)(1.0)


def test_scatter_checks_its_source() -> None:
    from covector._core import primitives
    from covector.lax._windows import select_and_gather_add, select_and_scatter_add

    x = covector.numpy.arange(4.0)
    with pytest.raises(TypeError, match=r"source must have the shape \(2,\)"):
        select_and_scatter_add(x, x, primitives.ge_p, (2,), (2,), "VALID")
    with pytest.raises(TypeError, match="shapes must match"):
        select_and_gather_add(x[:2], x, primitives.ge_p, (2,), (2,), "VALID")
