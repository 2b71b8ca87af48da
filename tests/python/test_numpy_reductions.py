"""Reductions, with and without NaN, cumulative ones, quantiles."""

import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

F = np.float32
V = np.array([3.0, -1.0, 2.5, 0.0, 7.0, 2.5], F)
M = V.reshape(2, 3)
T = np.arange(24, dtype=np.int32).reshape(2, 3, 4) - 7
E = np.zeros((0, 3), F)
N = np.array([[np.nan, 1.0, 2.0], [3.0, np.nan, -np.inf]], F)
B = np.array([[True, False, True], [True, True, True]])
C = M + 1j * M[:, ::-1]
H = np.array([0.1, 1000.0, -1000.0], np.float16)
W = np.array([[True, False, True], [False, True, True]])
MASK = {"where": W, "initial": 1}
DTYPES = [np.int8, np.uint8, np.uint32, np.int32, np.float16, ml_dtypes.bfloat16, np.complex64]

SUMS = [
    *(Case(f, x) for f in ("sum", "prod", "max", "min") for x in (V, M, 2, Device(2.0), E[:, :0])),
    *(Case(f, T, axis=a) for f in ("sum", "max") for a in (0, -1, (0, 2), [1], (), 3, (0, 0))),
    *(Case(f, M, axis=1, keepdims=True) for f in ("sum", "prod", "max", "min", "ptp")),
    *(Case("sum", V.astype(d)) for d in DTYPES),
    *(Case("prod", V.astype(d)) for d in DTYPES),
    *(Case("max", V.astype(d)) for d in DTYPES),
    *(Case("sum", V, dtype=d) for d in (int, bool, np.float16, complex, "bfloat16")),
    *(Case(f, B) for f in ("sum", "prod", "max", "min", "all", "any", "ptp", "mean")),
    *(Case(f, B, axis=0) for f in ("sum", "prod", "max", "min", "all", "any")),
    *(Case(f, M, **MASK) for f in ("sum", "prod", "max", "min")),
    *(Case(f, M, where=W) for f in ("sum", "prod", "max", "min", "all", "any", "mean")),
    *(Case(f, T, where=T > 2, initial=3, axis=1) for f in ("sum", "prod", "max", "min")),
    *(Case(f, N) for f in ("sum", "prod", "max", "min", "all", "any", "mean")),
    *(Case(f, E, axis=0) for f in ("sum", "prod", "max", "min", "all", "any", "mean", "ptp")),
    *(Case(f, E, axis=1) for f in ("sum", "prod", "max", "min", "all", "any", "mean", "ptp")),
    *(Case(f, M, out=3) for f in ("sum", "prod", "max", "min", "all", "any", "mean", "ptp")),
    *(Case(f, [1, 2]) for f in ("sum", "prod", "max", "min", "all", "any", "mean", "ptp")),
    *(Case(f, None) for f in ("sum", "max", "all", "mean")),
    Case("sum", T.astype(np.int8), promote_integers=False),
    Case("sum", B, promote_integers=False),
    Case("sum", H),
    Case("sum", H, dtype=np.float16),
    Case("sum", M, where=M),
    Case("sum", M, initial=V),
    Case("max", E, initial=2),
    Case("amax", M, 0),
    Case("amin", M, 0),
    Case("all", V),
    Case("any", V, keepdims=True),
    Case("all", C),
    Case("count_nonzero", V),
    Case("count_nonzero", B, axis=0, keepdims=True),
]

AVERAGES = [
    *(Case(f, x) for f in ("mean", "var", "std") for x in (V, T, C, H, B, 2, Device(2.0), N)),
    *(Case(f, M, axis=a) for f in ("mean", "var", "std") for a in (0, (0, 1), -1, 2)),
    *(Case(f, M, axis=0, keepdims=True) for f in ("mean", "var", "std")),
    *(Case(f, M, dtype=d) for f in ("mean", "var") for d in (np.float16, complex, int)),
    *(Case(f, M, where=W, axis=0) for f in ("mean", "var", "std")),
    *(Case(f, M, ddof=1) for f in ("var", "std")),
    *(Case(f, M, correction=1.5) for f in ("var", "std")),
    *(Case(f, M, ddof=1, correction=1) for f in ("var", "std")),
    *(Case(f, M, mean=np.ones((2, 1), F), axis=1) for f in ("var", "std")),
    Case("var", V[:1], ddof=1),
    Case("var", C, dtype=float),
    Case("std", M, dtype=int),
    Case("average", M),
    Case("average", M, axis=0),
    Case("average", M, weights=M),
    Case("average", M, 1, V[:3]),
    Case("average", M, 1, V[:3], returned=True),
    Case("average", M, weights=V[:3]),
    Case("average", M, 0, V[:3]),
    Case("average", T, (2, 0), np.ones((4, 2), F)),
    Case("average", T, returned=True, axis=1, keepdims=True),
]

NAN = [
    *(
        Case(f, x, axis=a)
        for f in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd")
        for x in (N, M, T)
        for a in (None, 0)
    ),
    *(Case(f, N * np.nan) for f in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar")),
    *(Case(f, N, where=W, initial=0) for f in ("nansum", "nanprod", "nanmax", "nanmin")),
    *(Case(f, N, where=W, axis=1) for f in ("nanmean", "nanvar", "nanstd")),
    Case("nansum", N, dtype=np.float16, keepdims=True),
    Case("nanvar", N, axis=0, ddof=1),
    *(Case(f, N, axis=a) for f in ("nanargmax", "nanargmin") for a in (None, 0, 1)),
    *(Case(f, T, keepdims=True) for f in ("nanargmax", "nanargmin")),
    *(Case(f, N * np.nan, axis=0) for f in ("nanargmax", "nanargmin")),
]

EXTREMES = [
    *(Case(f, x) for f in ("argmax", "argmin") for x in (V, M, T, B, N, 3, Device(2.0), H)),
    *(Case(f, T, axis=a) for f in ("argmax", "argmin") for a in (0, -1, 3)),
    *(Case(f, T, axis=1, keepdims=True) for f in ("argmax", "argmin")),
    *(Case(f, T, keepdims=True) for f in ("argmax", "argmin")),
    *(Case(f, E) for f in ("argmax", "argmin")),
    *(Case(f, E, axis=1) for f in ("argmax", "argmin")),
]

CUMULATIVE = [
    *(Case(f, x) for f in ("cumsum", "cumprod") for x in (V, M, T.astype(np.int8), B, 2, E)),
    *(Case(f, T, axis=a) for f in ("cumsum", "cumprod") for a in (0, -1, 3)),
    *(Case(f, M, dtype=d) for f in ("cumsum", "cumprod") for d in (int, bool, np.float16)),
    *(Case(f, N, axis=a) for f in ("nancumsum", "nancumprod") for a in (None, 1)),
    *(Case(f, V) for f in ("cumulative_sum", "cumulative_prod")),
    *(Case(f, B, axis=0) for f in ("cumulative_sum", "cumulative_prod")),
    *(Case(f, T, axis=1, include_initial=True) for f in ("cumulative_sum", "cumulative_prod")),
    *(Case(f, M) for f in ("cumulative_sum", "cumulative_prod")),
    *(Case(f, 2) for f in ("cumulative_sum", "cumulative_prod")),
    Case("cumsum", V, out=3),
    Case("cumsum", [1]),
    *(Case("diff", x) for x in (V, M, T, B, 2)),
    *(Case("diff", T, n=n, axis=0) for n in (0, 1, 2, 5, -1)),
    Case("diff", V, prepend=1, append=V[:2]),
    Case("diff", V, prepend=[1]),
    Case("ediff1d", M),
    Case("ediff1d", V, to_end=1.5, to_begin=V[:2]),
    Case("ediff1d", T, to_end=1.5),
    Case("ediff1d", [1]),
]

NOTHING = [np.full((2, 2), np.nan, F), np.zeros((2, 0), F), np.full((2, 2), np.nan, np.complex64)]
EXTREMES_OF_NOTHING = [
    Case(f, x, axis=1, initial=1) for f in ("nanmax", "nanmin", "nansum") for x in NOTHING
]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf")
Q = np.array([0.0, 0.3, 1.0], F)
QUANTILES = [
    *(Case("quantile", V, q, method=m) for m in METHODS for q in (0.3, Q)),
    *(Case("nanquantile", N, q, axis=1, method=m) for m in METHODS for q in (0.3, Q)),
    *(Case("quantile", T, Q, axis=a) for a in (None, 0, (0, 2), -1)),
    *(Case("quantile", T, 0.2, axis=a, keepdims=True) for a in (None, 0, (0, 2), -1)),
    *(Case("quantile", T, Q, axis=a, keepdims=True) for a in (None, 0, (0, 2))),
    *(Case("nanquantile", T, Q, axis=a, keepdims=True) for a in (None, (0, 2))),
    Case("quantile", N, Q, axis=0),
    Case("quantile", H, 0.5),
    Case("quantile", V, Q, method="inverted_cdf", weights=V + 2),
    Case("quantile", M, Q, 1, method="inverted_cdf", weights=V[:3] + 2),
    Case("quantile", V, Q, weights=V),
    Case("quantile", V, 0.5, method="cubic"),
    Case("quantile", C, 0.5),
    Case("quantile", V, np.ones((2, 2), F)),
    Case("percentile", V, 30),
    Case("nanpercentile", N, np.array([10, 60]), axis=0),
    Case("median", M),
    Case("median", T, axis=(0, 1)),
    Case("median", N, axis=0, keepdims=True),
    Case("nanmedian", N, axis=0),
    Case("median", [1]),
    Case("median", V, out=3),
]

CASES = [
    *(*SUMS, *AVERAGES, *NAN, *EXTREMES, *EXTREMES_OF_NOTHING, *CUMULATIVE, *QUANTILES),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_agrees(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std", "median"])
def test_values_are_numpys(name: str) -> None:
    ours, theirs = getattr(jnp, name), getattr(np, name)
    np.testing.assert_allclose(ours(T, axis=1), theirs(T, axis=1), rtol=1e-6)


def test_quantiles_promote_no_ranks() -> None:
    weights = np.abs(M) + 1
    with covector.numpy_rank_promotion("raise"):
        got = jnp.percentile(M, Q * 100, axis=1, method="inverted_cdf", weights=weights)
    want = np.percentile(M, Q * 100, axis=1, method="inverted_cdf", weights=weights)
    np.testing.assert_allclose(got, want)
