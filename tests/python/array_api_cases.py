"""Calls of the functions of the array API standard that are not elementwise."""

from typing import Any

import numpy as np

from python.array_api_oracle import DTYPES, Case

D = np.dtype
V = np.array([3.0, 1.0, 2.0, 1.0])
M = np.arange(6.0).reshape(2, 3)
F = M.astype(np.float32)
N = np.arange(6, dtype=np.int32).reshape(2, 3)
T = np.arange(24.0).reshape(2, 3, 4)
S = np.array(2.5)
EMPTY = np.zeros((0, 3))
FLAGS = np.array([[True, False, True], [False, False, True]])
SPD = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]])
STACK = np.stack([SPD, SPD + np.eye(3), np.diag([1.0, 2.0, 3.0])])
HERMITIAN = SPD + 1j * np.array([[0, 1, 0], [-1, 0, 2], [0, -2, 0]])
C = V + 1j * V[::-1]


def shape_and_dtype(x: Any) -> tuple[Any, ...]:
    return x.shape, x.dtype


def product(factors: Any) -> Any:
    """What factors make, which are not unique themselves."""
    if len(factors) == 2:
        return [*map(shape_and_dtype, factors), factors[0] @ factors[1]]
    u, s, vh = factors
    k = s.shape[-1]
    whole = (u[..., :k] * s[..., None, :]) @ vh[..., :k, :]
    return [*map(shape_and_dtype, factors), whole]


def spectrum(result: Any) -> Any:
    w, v = result.eigenvalues, result.eigenvectors
    return w, (v * w[..., None, :]) @ (v.mT.conj() if hasattr(v, "conj") else v.mT)


CREATION = [
    *(Case("asarray", x) for x in ([1, 2], 2.5, [[True], [False]], [1.0, 2.5], 1 + 2j, M)),
    Case("asarray", [1, 2], dtype=D("int8")),
    Case("asarray", M, copy=True),
    *(Case("arange", *args) for args in ((5,), (1, 7, 2), (0.0, 1.0, 0.25), (5, 1, -2), (3, 1))),
    Case("arange", 3, dtype=D("float32")),
    Case("arange", 1, stop=3, step=1),
    *(Case("empty", shape, look=shape_and_dtype) for shape in (3, (2, 3), (), (0, 2))),
    Case("empty", 2, dtype=D("uint8"), look=shape_and_dtype),
    *(Case("empty_like", x, look=shape_and_dtype) for x in (M, N, S, EMPTY)),
    Case("empty_like", M, dtype=D("int16"), look=shape_and_dtype),
    Case("eye", 3), Case("eye", 2, 3), Case("eye", 3, k=1), Case("eye", 3, 4, k=-2),
    Case("eye", 2, dtype=D("bool")), Case("eye", 0),
    *(Case("from_dlpack", x) for x in (V, N, S, C)),
    *(Case("full", (2, 2), value) for value in (3, 2.5, True, 1j)),
    Case("full", 3, 1, dtype=D("uint16")), Case("full", (), 7.0), Case("full", (0, 2), 1),
    Case("full_like", N, 3), Case("full_like", M, 2), Case("full_like", S, 1.5),
    Case("full_like", N, 1, dtype=D("float32")),
    Case("linspace", 0, 1, 5), Case("linspace", 1.0, -1.0, 4, endpoint=False),
    Case("linspace", 0, 1, num=1), Case("linspace", 0, 1, 0), Case("linspace", 0, 1j, 3),
    Case("linspace", 0, 2, 3, dtype=D("float32")),
    Case("meshgrid", V, M[0]), Case("meshgrid", V, M[0], indexing="ij"), Case("meshgrid", V),
    *(Case(f, shape) for f in ("ones", "zeros") for shape in (3, (2, 3), (), (0, 2))),
    *(Case(f, 2, dtype=D(d)) for f in ("ones", "zeros") for d in ("bool", "int8", "complex64")),
    *(Case(f, x) for f in ("ones_like", "zeros_like") for x in (M, N, S, EMPTY, FLAGS)),
    *(Case(f, M, dtype=D("int64")) for f in ("ones_like", "zeros_like")),
    *(Case(f, x) for f in ("tril", "triu") for x in (M, N, T, EMPTY)),
    *(Case(f, T, k=k) for f in ("tril", "triu") for k in (1, -1, 5)),
]  # fmt: skip

DATA_TYPES = [
    *(Case("astype", N, D(d)) for d in DTYPES),
    *(Case("astype", x, D("float32"), copy=False) for x in (S, EMPTY, FLAGS)),
    *(Case("can_cast", D(a), D(b)) for a in ("int8", "uint8", "float32", "bool") for b in DTYPES),
    Case("can_cast", N, D("int64")),
    *(Case("isdtype", D(d), kind) for d in DTYPES for kind in (
        "bool", "signed integer", "unsigned integer", "integral", "real floating",
        "complex floating", "numeric", D("float32"), ("integral", "bool"), (D("int8"), "bool"))),
    *(Case("result_type", D(a), D(b)) for a, b in (
        ("int8", "int16"), ("uint8", "int8"), ("float32", "float64"), ("float32", "complex64"),
        ("float64", "complex64"), ("uint32", "int32"), ("bool", "bool"))),
    Case("result_type", N, D("int64")), Case("result_type", M, 1), Case("result_type", N, 1),
    Case("result_type", D("float32"), 2.5), Case("result_type", D("complex64"), M, 1),
    *(Case("finfo", D(d), look=lambda f: (f.bits, float(f.eps), float(f.max), float(f.min),
                                          float(f.smallest_normal), f.dtype))
      for d in ("float32", "float64", "complex64", "complex128")),
    *(Case("iinfo", D(d), look=lambda i: (i.bits, int(i.max), int(i.min), i.dtype))
      for d in DTYPES if "int" in d),
    Case("__array_namespace_info__", look=lambda i: sorted(i.dtypes())),
    Case("__array_namespace_info__", look=lambda i: sorted(i.dtypes(kind="integral"))),
    Case("__array_namespace_info__", look=lambda i: list(i.default_dtypes().values())),
    Case("__array_namespace_info__", look=lambda i: sorted(i.capabilities())),
    *(Case("broadcast_arrays", *xs) for xs in ((M, V[:3]), (S, M), (EMPTY, V[:3]), (M,))),
    *(Case("broadcast_to", x, s) for x, s in (
        (V, (2, 4)), (S, (3,)), (M, (2, 2, 3)), (EMPTY, (2, 0, 3)))),
]  # fmt: skip

MANIPULATION = [
    Case("concat", [M, M]), Case("concat", (M, M), axis=1), Case("concat", [M, F], axis=None),
    Case("concat", [M, EMPTY]), Case("concat", [V, V.astype(np.float32)], axis=-1),
    *(Case("expand_dims", x, axis=a) for x, a in ((M, 0), (M, -1), (M, 1), (S, 0), (EMPTY, 2))),
    *(Case("flip", T, axis=a) for a in (None, 0, -1, (0, 2))), Case("flip", S), Case("flip", EMPTY),
    Case("moveaxis", T, 0, -1), Case("moveaxis", T, (0, 1), (2, 0)), Case("moveaxis", M, -1, 0),
    Case("permute_dims", T, (2, 0, 1)), Case("permute_dims", M, axes=(1, 0)),
    Case("permute_dims", S, ()), Case("permute_dims", EMPTY, (1, 0)),
    Case("repeat", M, 2), Case("repeat", M, 2, axis=1), Case("repeat", V, np.array([1, 0, 2, 1])),
    Case("repeat", M, np.array([2, 1]), axis=0), Case("repeat", EMPTY, 2, axis=0),
    *(Case("reshape", M, s) for s in ((3, 2), (-1,), (1, 6, 1), (6,))), Case("reshape", S, (1, 1)),
    Case("reshape", M, shape=(3, -1)), Case("reshape", EMPTY, (3, 0)), Case("reshape", V[:1], ()),
    Case("roll", M, 1), Case("roll", M, shift=-1, axis=1), Case("roll", T, (1, 2), axis=(0, 2)),
    Case("roll", EMPTY, 2, axis=1), Case("roll", S, 1),
    Case("squeeze", M[None], 0), Case("squeeze", M[None, :, None], axis=(0, 2)),
    Case("squeeze", EMPTY[:, :1], -1),
    *(Case("stack", [M, M + 1], axis=a) for a in (0, 1, -1)), Case("stack", (S, S)),
    Case("stack", [EMPTY, EMPTY]), Case("stack", [F, M]),
    *(Case("tile", M, r) for r in ((2,), (1, 2), (2, 1, 1), (0, 1))), Case("tile", S, (3,)),
    Case("unstack", M), Case("unstack", T, axis=1), Case("unstack", M, axis=-1),
]  # fmt: skip

REDUCTIONS = [
    *(Case(f, x, **k) for f in ("max", "min", "sum", "prod", "mean", "std", "var", "all", "any",
                                "argmax", "argmin", "count_nonzero")
      for x, k in ((M, {}), (M, {"axis": 0}), (T, {"axis": -1, "keepdims": True}), (S, {}))),
    *(Case(f, T, axis=(0, 2), keepdims=k) for k in (False, True) for f in (
        "max", "min", "sum", "prod", "mean", "std", "var", "all", "any", "count_nonzero")),
    *(Case(f, EMPTY, axis=0) for f in ("sum", "prod", "all", "any", "count_nonzero")),
    *(Case(f, EMPTY) for f in ("sum", "prod", "all", "any", "mean")),
    *(Case(f, N.astype(d)) for f in ("sum", "prod") for d in DTYPES[1:]),
    *(Case(f, N[0].astype(d)) for f in ("cumulative_sum", "cumulative_prod") for d in DTYPES[1:]),
    *(Case(f, N.astype(d)) for f in ("max", "min", "argmax") for d in DTYPES[1:-2]),
    *(Case(f, N.astype(d)) for f in ("mean", "all", "any", "count_nonzero") for d in DTYPES[-4:]),
    *(Case(f, N, dtype=D(d)) for f in ("sum", "prod") for d in ("int8", "float32", "complex128")),
    *(Case(f, M, correction=c, axis=1) for f in ("std", "var") for c in (1, 0.5)),
    *(Case(f, np.array([1.0, np.nan, 3.0])) for f in (
        "max", "min", "argmax", "argmin", "sum", "any")),
    *(Case(f, V, **k) for f in ("cumulative_sum", "cumulative_prod")
      for k in ({}, {"include_initial": True}, {"dtype": D("float32")})),
    *(Case(f, T, axis=a, include_initial=i) for f in ("cumulative_sum", "cumulative_prod")
      for a in (0, -1) for i in (False, True)),
    Case("cumulative_prod", N, axis=1), Case("cumulative_sum", EMPTY, axis=0, include_initial=True),
    Case("diff", V), Case("diff", M, axis=0), Case("diff", T, n=2), Case("diff", V, n=0),
    Case("diff", V, prepend=V[:1], append=V[:2]),
]  # fmt: skip

SEARCHING = [
    *(Case("nonzero", x) for x in (M, FLAGS, V, EMPTY)),
    *(Case("searchsorted", np.sort(V), x, side=s) for x in (M, S, V) for s in ("left", "right")),
    Case("searchsorted", V, M, sorter=np.array([1, 3, 2, 0])),
    Case("where", FLAGS, M, -M), Case("where", FLAGS, M, 0.0), Case("where", FLAGS, F, M),
    Case("where", FLAGS[0], S, M), Case("where", FLAGS[:0], EMPTY, EMPTY),
    *(Case(f, x) for f in ("unique_all", "unique_counts", "unique_inverse", "unique_values")
      for x in (V, M, N, FLAGS, S, EMPTY)),
    *(Case("sort", x, **k) for x, k in ((V, {}), (T, {"axis": 0}), (V, {"descending": True}),
                                         (V, {"stable": False}), (EMPTY, {"axis": 0}))),
    *(Case("argsort", x, **k) for x, k in ((V, {}), (T, {"axis": 0}), (V, {"descending": True}),
                                            (N, {"descending": True}), (EMPTY, {"axis": 0}))),
    *(Case("sort", N.astype(d), descending=True) for d in DTYPES if d[0] in "iuf"),
    *(Case("take", M, i, axis=a) for i, a in ((np.array([1, 0]), 0), (np.array([2, 2, 0]), 1))),
    Case("take", V, np.array([3, 0])), Case("take", V, np.array([-1, 1])),
    Case("take_along_axis", M, np.array([[0, 2], [1, 1]])),
    Case("take_along_axis", M, np.array([[0, 1, 0]]), axis=0),
]  # fmt: skip

LINEAR = [
    *(Case(f, a, b) for f in ("matmul", "linalg.matmul") for a, b in (
        (M, M.T), (V, V), (T, V), (V[:2], M), (STACK, SPD), (EMPTY, M.T), (M.T, M), (N, N.T))),
    Case("matmul", HERMITIAN, SPD), Case("matmul", N, M.T),
    *(Case(f, *a, **k) for f in ("tensordot", "linalg.tensordot") for a, k in (
        ((M, M.T), {"axes": 1}), ((T, T.reshape(3, 4, 2)), {}), ((V, V), {"axes": 0}),
        ((T, M), {"axes": ((0, 1), (0, 1))}))),
    *(Case(f, x) for f in ("matrix_transpose", "linalg.matrix_transpose") for x in (M, T, EMPTY)),
    *(Case(f, a, b, **k) for f in ("vecdot", "linalg.vecdot") for a, b, k in (
        (V, V, {}), (M, M, {"axis": -2}), (T, T[:1], {}), (C, C, {}), (N, N, {}))),
    *(Case("linalg.cholesky", x, **k) for x in (SPD, STACK, HERMITIAN + 3 * np.eye(3))
      for k in ({}, {"upper": True})),
    Case("linalg.cross", V[:3], V[1:]), Case("linalg.cross", STACK, SPD, axis=-1),
    Case("linalg.cross", STACK, STACK + 1, axis=-2),
    *(Case(f, x) for f in ("linalg.det", "linalg.slogdet", "linalg.inv")
      for x in (SPD, STACK, HERMITIAN, SPD.astype(np.float32))),
    *(Case("linalg.diagonal", x, offset=k) for x in (M, STACK) for k in (0, 1, -1)),
    *(Case("linalg.trace", x, offset=k) for x in (SPD, STACK) for k in (0, 1)),
    Case("linalg.trace", N[:, :2]), Case("linalg.trace", SPD, dtype=D("float32")),
    *(Case("linalg.eigvalsh", x) for x in (SPD, STACK, HERMITIAN)),
    *(Case("linalg.eigh", x, look=spectrum) for x in (SPD, STACK)),
    *(Case("linalg.qr", x, look=product) for x in (M, M.T, STACK)),
    Case("linalg.qr", M.T, mode="complete", look=product),
    *(Case("linalg.svd", x, full_matrices=f, look=product) for x in (M, M.T, STACK)
      for f in (False, True)),
    *(Case("linalg.svdvals", x) for x in (M, STACK, HERMITIAN)),
    *(Case("linalg.matrix_norm", x, **k) for x in (M, STACK) for k in (
        {}, {"keepdims": True}, *({"ord": o} for o in (1, -1, 2, -2, np.inf, -np.inf, "nuc")))),
    *(Case("linalg.vector_norm", x, **k) for x in (V, M, C) for k in (
        {}, {"axis": 0}, {"keepdims": True}, *({"ord": o} for o in (0, 1, 3, np.inf, -np.inf)))),
    *(Case("linalg.matrix_power", SPD, n) for n in (0, 1, 3, -2)),
    Case("linalg.matrix_power", STACK, 2),
    Case("linalg.matrix_rank", M), Case("linalg.matrix_rank", STACK),
    Case("linalg.matrix_rank", M, rtol=0.5),
    Case("linalg.outer", V, V), Case("linalg.outer", V, M[0]), Case("linalg.outer", C, V),
    Case("linalg.pinv", M), Case("linalg.pinv", STACK), Case("linalg.pinv", M, rtol=0.5),
    Case("linalg.solve", SPD, V[:3]), Case("linalg.solve", SPD, M.T),
    Case("linalg.solve", STACK, SPD),
]  # fmt: skip

FOURIER = [
    *(Case(f"fft.{f}", C.astype(d), **k) for f in ("fft", "ifft", "hfft", "irfft")
      for d in ("complex64", "complex128") for k in ({}, {"n": 6}, {"norm": "ortho"})),
    *(Case(f"fft.{f}", T, **k) for f in ("rfft", "ihfft")
      for k in ({}, {"axis": 1}, {"n": 3}, {"norm": "forward"})),
    *(Case(f"fft.{f}", T + 1j * T, **k) for f in ("fftn", "ifftn", "irfftn")
      for k in ({}, {"axes": (0, 1)}, {"s": (4, 4), "axes": (1, 2)}, {"norm": "ortho"})),
    *(Case("fft.rfftn", T, **k) for k in ({}, {"axes": (0, 1)}, {"norm": "ortho"})),
    *(Case(f"fft.{f}", n, **k) for f in ("fftfreq", "rfftfreq") for n in (4, 5)
      for k in ({}, {"d": 0.5}, {"dtype": D("float32")})),
    *(Case(f"fft.{f}", T, axes=a) for f in ("fftshift", "ifftshift") for a in (None, 0, (1, 2))),
]  # fmt: skip

CASES = [*CREATION, *DATA_TYPES, *MANIPULATION, *REDUCTIONS, *SEARCHING, *LINEAR, *FOURIER]
