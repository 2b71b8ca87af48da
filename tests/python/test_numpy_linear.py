"""Products, Einstein's sums, sorting, searching, sets."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

F = np.float32
V = np.array([3.0, 1.0, 2.0, 5.0, 1.0, 4.0], F)
M = V.reshape(2, 3)
T = np.arange(24, dtype=F).reshape(2, 3, 4) / 8
E = np.zeros((0, 3), F)
C = M + 1j * M[:, ::-1]
N = np.array([2.0, np.nan, -1.0, np.inf, np.nan, 0.0], F)
B = np.array([True, False, True])
I8 = M.astype(np.int8)

PRODUCTS = [
    Case("dot", V, V),
    Case("dot", M, V[:3]),
    Case("dot", T, M.T @ M, precision="highest"),
    Case("dot", 2, M),
    Case("dot", 2.0, 3),
    Case("dot", M, M),
    Case("dot", B, B),
    Case("dot", I8, I8.T),
    Case("dot", I8, I8.T, preferred_element_type=np.int32),
    Case("dot", M, M.T, precision="exact"),
    Case("dot", [1], [2]),
    *(Case("matmul", a, b) for a, b in ((M, M.T), (T, M.T[:, :1] @ M[:1, :]), (V, V), (M, V[:3]))),
    Case("matmul", V[:2], M),
    Case("matmul", T, T.swapaxes(1, 2)),
    Case("matmul", T[:, None], T.swapaxes(1, 2)),
    Case("matmul", M.astype(int), M.T),
    Case("matmul", M, M),
    Case("matmul", T, T[:1].repeat(3, 0).swapaxes(1, 2)),
    Case("matmul", M, 2),
    Case("matmul", C, M.T),
    Case("matmul", E, M.T),
    Case("matmul", I8, I8.T, preferred_element_type=np.float32),
    Case("vdot", C, C),
    Case("vdot", M, V),
    Case("vdot", M, V[:3]),
    Case("vecdot", M, M),
    Case("vecdot", C, C, axis=0),
    Case("vecdot", T, T[0, 0]),
    Case("vecdot", M, V),
    Case("matvec", T, V[:4]),
    Case("matvec", M, V),
    Case("vecmat", V[:3], T),
    Case("vecmat", C[0], C.T),
    Case("tensordot", T, M.T[:, None], 1),
    Case("tensordot", T, T, ((0, 2), (0, 2))),
    Case("tensordot", T, T, (0, 0)),
    Case("tensordot", M, M, 0),
    Case("tensordot", M, M, 2),
    Case("tensordot", M, M, 3),
    Case("tensordot", M, M, ((0,), (0, 1))),
    Case("inner", M, T[:, :, :3]),
    Case("inner", 2, M),
    Case("inner", V, V),
    Case("outer", V, M),
    Case("outer", 2, 3.0),
    Case("outer", V, V, out=3),
    Case("kron", M, V[:2]),
    Case("kron", M, T),
    Case("kron", 2, 3),
    Case("cross", V[:3], V[3:]),
    Case("cross", M, M[::-1]),
    Case("cross", M.T, M.T[:, ::-1], axis=0),
    Case("cross", V[:2], V[2:4]),
    Case("cross", V[:2], V[3:]),
    Case("cross", T[..., :3], T[..., 1:], axisc=0),
    Case("cross", V, V),
    *(Case(f, V, V[:3], m) for f in ("convolve", "correlate") for m in ("full", "same", "valid")),
    *(Case(f, V[:2], V, m) for f in ("convolve", "correlate") for m in ("full", "same", "valid")),
    *(Case(f, V, V[:2], m) for f in ("convolve", "correlate") for m in ("full", "same", "valid")),
    Case("convolve", I8[0], I8[1]),
    Case("correlate", C[0], C[1, :2]),
    Case("convolve", V, M),
    Case("convolve", V, V[:0]),
    Case("convolve", V, V, "half"),
]

SUBSCRIPTS = [
    ("ij,jk->ik", M, M.T),
    ("ij,jk", M, M.T),
    ("ij->", M),
    ("ij->ji", M),
    ("ii->i", M @ M.T),
    ("ii", M @ M.T),
    ("i,j->ij", V, V),
    ("i,i,i->", V, V, V),
    ("...ij,...jk->...ik", T, T.swapaxes(1, 2)),
    ("bij,bkj,bkl->bil", T, T, T),
    ("ij,ik->jk", M[:1], M),
    ("ij,k->i", M, V),
    (" i j , j k -> i k ", M, M.T),
    ("ij,ij->j", I8, I8),
    (",ij->ij", 2.0, M),
    ("ij,jk->ik", M, M),
    ("ij->ijk", M),
    ("i->i", M),
]
EINSUM = [
    *(Case("einsum", *s) for s in SUBSCRIPTS),
    *(
        Case("einsum", "ab,bc,cd->ad", M, M.T, M, optimize=o)
        for o in (True, False, "greedy", [(1, 2), (0, 1)])
    ),
    Case("einsum", M, [0, 1], M, [2, 1], [0, 2]),
    Case("einsum", "ij,jk->ik", I8, I8.T, preferred_element_type=np.int32),
    Case("einsum", "ij,jk->ik", M, M.T, out=3),
]

SORTING = [
    *(Case(f, x) for f in ("sort", "argsort") for x in (V, M, N, B, C, 2, E)),
    *(Case(f, T, a) for f in ("sort", "argsort") for a in (0, 1, None, -1, 3)),
    *(Case(f, x, descending=True) for f in ("sort", "argsort") for x in (V, N, M)),
    *(Case(f, V, stable=False) for f in ("sort",)),
    *(Case(f, V, kind="quicksort") for f in ("sort", "argsort")),
    *(Case(f, V, order=1) for f in ("sort", "argsort")),
    *(Case(f, [1]) for f in ("sort", "argsort")),
    Case("argsort", V, dtype=np.uint8),
    Case("argsort", V, dtype=float),
    Case("lexsort", (V, V[::-1])),
    Case("lexsort", M),
    Case("lexsort", (M, M), axis=0),
    Case("lexsort", ()),
    Case("lexsort", (V, M)),
    Case("lexsort", (1, 2)),
    Case("partition", V, 2),
    Case("partition", M, 1, 0),
    Case("partition", V, 9),
    Case("partition", C, 0),
    Case("argpartition", V, 2),
    Case("argpartition", M, 1),
    Case("sort_complex", V),
    Case("sort_complex", I8),
    Case("sort_complex", C),
    Case("sort_complex", C[0]),
]

S = np.sort(V)
SEARCHING = [
    *(
        Case("searchsorted", S, x, side, method=m)
        for x in (2.0, V[:, None] - 0.5, N)
        for side in ("left", "right")
        for m in ("scan", "scan_unrolled", "sort", "compare_all")
    ),
    *(Case("searchsorted", S[:n], V) for n in range(5)),
    Case("searchsorted", np.sort(N), N),
    Case("searchsorted", np.sort(N), N, side="right"),
    Case("searchsorted", V, V, sorter=np.argsort(V)),
    Case("searchsorted", S.astype(int), 2.5),
    Case("searchsorted", M, V),
    Case("searchsorted", S, V, side="middle"),
    Case("searchsorted", S, V, method="guess"),
    *(Case("digitize", V + 0.5, b, r) for b in (S, S[::-1], S[:0]) for r in (True, False)),
    Case("digitize", V, M),
]

U = np.array([3, 1, 2, 3, 1, 7])
W = np.array([7, 3, 9, 9])
RETURNS = {"return_index": True, "return_inverse": True, "return_counts": True}
UNIQUE = [
    Case("unique", U),
    *(Case("unique", U, **RETURNS, size=n) for n in (None, 2, 4, 6)),
    *(Case("unique", U.reshape(2, 3), **RETURNS, size=n) for n in (None, 6)),
    *(
        Case("unique", np.array([[1, 2], [1, 2], [0, 5]]), **RETURNS, axis=0, size=n)
        for n in (None, 3)
    ),
    Case("unique", np.array([[1, 2, 1], [1, 2, 1]]), axis=1),
    *(Case("unique", N, equal_nan=e, size=n) for e in (True, False) for n in (None, 6)),
    Case("unique", U, size=6, fill_value=-1),
    Case("unique", U, True, size=6, fill_value=-1),
    Case("unique", V[:0], size=2, fill_value=3),
    Case("unique", V[:0], size=2),
    Case("unique", V[:0]),
    Case("unique", B),
    Case("unique_values", U),
    Case("unique_counts", U),
    Case("unique_inverse", U),
    *(Case("isin", U, W, method=m) for m in ("auto", "compare_all", "binary_search", "sort", "x")),
    Case("isin", U.reshape(2, 3), W, invert=True),
    Case("isin", U, W[:0]),
    Case("isin", 3, W),
    *(
        Case(f, U, W, size=n)
        for f in ("union1d", "intersect1d", "setdiff1d", "setxor1d")
        for n in (None, 2, 6)
    ),
    *(
        Case(f, U, W, size=7, fill_value=-5)
        for f in ("union1d", "intersect1d", "setdiff1d", "setxor1d")
    ),
    *(Case("intersect1d", U, W, return_indices=True, size=n) for n in (None, 2)),
    Case("setdiff1d", U, W, assume_unique=True),
    Case("setdiff1d", V, W),
    Case("union1d", V, W),
    Case("setdiff1d", V[:0], W, size=2),
]

CASES = PRODUCTS + EINSUM + SORTING + SEARCHING + UNIQUE


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case, rtol=1e-5)


def test_einsum_path_is_taken() -> None:
    path, info = jnp.einsum_path("ab,bc,cd->ad", M, M.T, M)
    assert "Complete contraction" in str(info)
    want = M @ M.T @ M
    np.testing.assert_allclose(jnp.einsum("ab,bc,cd->ad", M, M.T, M, optimize=path), want)


def test_einsum_takes_a_product_of_ones_own() -> None:
    calls = []

    def product(*args: object, **options: object) -> covector.Array:
        calls.append(options)
        return covector.lax.dot_general(*args, **options)

    out = jnp.einsum("ij,jk->ik", M, M.T, precision="high", _dot_general=product)
    np.testing.assert_allclose(out, M @ M.T, rtol=1e-6)
    assert calls[0]["precision"] == "high"


def test_sort_leaves_the_array_unchanged() -> None:
    x = jnp.array([3, 1, 2])
    np.testing.assert_array_equal(x.sort(), [1, 2, 3])
    np.testing.assert_array_equal(x, [3, 1, 2])


def test_traced_sets_need_a_size() -> None:
    error = covector.errors.ConcretizationTypeError
    for name in ("unique", "union1d", "intersect1d", "setdiff1d", "setxor1d"):
        function = getattr(jnp, name)
        args = (U,) if name == "unique" else (U, W)
        with pytest.raises(error, match="size"):
            covector.jit(function)(*args)
        assert covector.jit(lambda *a, f=function: f(*a, size=3))(*args).shape == (3,)


def test_methods_of_device_arrays() -> None:
    assert_agrees(Case(".sort", Device(V)))
    assert_agrees(Case(".argsort", Device(V), descending=True))
    assert_agrees(Case(".dot", Device(M), V[:3]))


@pytest.mark.parametrize(
    "dtypes", [("int8", "float32"), ("bfloat16", "float32"), ("bool", "int32")]
)
def test_contractions_take_operands_of_two_dtypes(dtypes: tuple[str, str]) -> None:
    """They convert no operand: a compiler multiplies mixed ones, and a program says so."""
    x, y = (np.ones((2, 2), d) for d in dtypes)

    def primitives(library: Any) -> list[list[str]]:
        jnp = library.numpy
        products = (
            lambda a, b: jnp.einsum("ij,jk->ik", a, b),
            lambda a, b: jnp.tensordot(a, b, 1),
            jnp.matmul,
            jnp.inner,
        )
        return [[eqn.primitive.name for eqn in library.make_jaxpr(f)(x, y).eqns] for f in products]

    ours = primitives(covector)
    assert ours[:3] == primitives(jax)[:3] == [["dot_general"]] * 3
    assert "convert_element_type" not in ours[3]


def test_complex_numbers_are_as_wide_as_what_they_are_made_of() -> None:
    with covector.enable_x64(True), jax.enable_x64(True):
        for dtype in ("int8", "int32", "int64", "float32", "float64"):
            x = np.array([2, 1], dtype)
            assert jnp.sort_complex(x).dtype == jax.numpy.sort_complex(x).dtype
