"""Elementwise compositions, logic, statistics, padding, interpolation, bits, windows..."""

import io

import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

F = np.float32
V = np.array([-2.5, -1.0, 0.5, 1.5, 2.25, 7.0], F)
M = V.reshape(2, 3)
INT = np.array([3, -4, 0, 7, 12, 18])
C = M + 1j * M[:, ::-1]
N = np.array([2.0, np.nan, -1.0, np.inf, -np.inf, -0.0], F)
B = np.array([True, False, True])
H = V.astype(np.float16)

UNARY = ["nan_to_num", "angle", "isposinf", "isneginf", "sinc", "modf", "frexp", "spacing", "i0"]
ELEMENTWISE = [
    *(Case(f, x) for f in UNARY for x in (V, N, H, INT, 2.5, B)),
    *(Case(f, C) for f in UNARY),
    *(Case(f, [1.0]) for f in UNARY),
    *(Case("round", x) for x in (V, H, INT, C, 2.5, Device(2.5), B)),
    *(Case("round", x, n) for x in (V / 3, H, C, 2.345) for n in (1, 2, -1, 60)),
    *(Case("round", INT, n) for n in (1, -1)),
    Case("around", V, 1),
    Case("round", V, out=3),
    *(Case("clip", x, -1, 2) for x in (V, INT, 3, Device(3), H, N, np.uint8([1, 9]))),
    Case("clip", V),
    Case("clip", V, min=0),
    Case("clip", INT, max=1.5),
    Case("clip", C, 0),
    Case("clip", V, 2, V[0]),
    Case("clip", None),
    Case("clip", [1], 0),
    Case("nan_to_num", N, nan=1, posinf=2, neginf=3),
    Case("angle", C, deg=True),
    *(
        Case(f, a, b)
        for f in ("heaviside", "hypot", "copysign", "float_power", "fmax", "fmin", "logaddexp2")
        for a, b in ((V, N), (M, 2), (INT, 3), (2.0, 3))
    ),
    *(Case(f, C, C) for f in ("hypot", "copysign", "float_power")),
    Case("hypot", np.array([3e38, 1e-30], F), np.array([3e37, 1e-30], F)),
    Case("frexp", np.array([1e-37, 3e38, 0.75, -12.0], F)),
    Case("ldexp", V, INT),
    Case("ldexp", np.array([1.0, 3e-39], F), np.array([-140, 200])),
    Case("ldexp", V, V),
    *(Case(f, a, b) for f in ("gcd", "lcm") for a, b in ((INT, 6), (INT, INT[::-1]), (12, 18))),
    Case("gcd", np.array([1836311903, 0]), np.array([1134903170, 0])),
    Case("gcd", V, V),
    Case("lcm", np.uint8([4, 6]), np.uint8([6, 9])),
]

LOGIC = [
    *(Case("isclose", a, b) for a, b in ((V, V + 1e-6), (N, N), (C, C), (INT, INT + 1), (1, 1.0))),
    Case("isclose", N, N, equal_nan=True),
    Case("isclose", V, V + 0.1, rtol=0.1, atol=0.2),
    Case("allclose", V, V),
    Case("allclose", N, N, equal_nan=True),
    Case("allclose", [1], [1]),
    Case("array_equal", V, V),
    Case("array_equal", V, M),
    Case("array_equal", N, N, equal_nan=True),
    Case("array_equal", [1, 2], [1, 2]),
    Case("array_equiv", M, V[:3]),
    Case("array_equiv", V, 2),
    Case("array_equiv", V, M),
    *(Case(f, x) for f in ("iscomplex", "isreal") for x in (C, V, B)),
    *(Case(f, x) for f in ("iscomplexobj", "isrealobj") for x in (C, V, 1j, [1j], None)),
    *(Case("isscalar", x) for x in (1, V, Device(1), Device(V), "a", [1], np.float32(1))),
    *(Case("iterable", x) for x in (1, Device(1), Device(V), "a")),
    Case("can_cast", np.int32, np.float64),
    Case("result_type", np.int8, 2.0),
    Case("result_type", "int32", None),
    Case("result_type"),
    Case("promote_types", np.int32, "bfloat16"),
    Case("issubdtype", "bfloat16", np.floating),
    Case("isdtype", np.int8, "integral"),
]

STATISTICS = [
    *(Case("cov", x) for x in (M, V, C, INT, M[:, :0], M[:0])),
    Case("cov", M, V[:3]),
    Case("cov", M, rowvar=False),
    Case("cov", M, M, rowvar=False),
    Case("cov", M[:1], rowvar=False),
    Case("cov", M, bias=True),
    Case("cov", M, ddof=0, fweights=np.array([1, 2, 3])),
    Case("cov", M, fweights=np.array([1, 2, 3]), aweights=V[3:]),
    Case("cov", M, aweights=V[3:]),
    Case("cov", M, fweights=V[:3]),
    Case("cov", M, aweights=V),
    Case("cov", M, dtype=int),
    Case("cov", M[None]),
    Case("corrcoef", M),
    Case("corrcoef", C),
    Case("corrcoef", V),
    Case("bincount", np.array([0, 1, 1, 3])),
    Case("bincount", np.array([0, 1, 1, 3]), minlength=6),
    Case("bincount", np.array([0, 1, 1, 3]), weights=V[:4]),
    Case("bincount", np.array([0, -1, 1, 3]), length=2),
    Case("bincount", np.zeros(0, int)),
    Case("bincount", B),
    Case("bincount", V),
    Case("bincount", M.astype(int)),
    Case("bincount", INT, weights=V[:2]),
    *(Case(f, V) for f in ("histogram", "histogram_bin_edges")),
    *(Case("histogram", V, b) for b in (3, np.array([-1.0, 1.0, 2.0]))),
    Case("histogram", V, 3, (0, 2), V + 3),
    Case("histogram", V, 3, density=True),
    Case("histogram", V[:1], 2),
    Case("histogram", V, 3, weights=V[:2]),
    Case("histogram", V, "auto"),
]

MODES = ("constant", "edge", "empty", "linear_ramp", "maximum", "mean", "median", "minimum")
PADDING = [
    *(Case("pad", M, 2, m) for m in MODES),
    *(Case("pad", M.astype(int), ((1, 2), (0, 3)), m) for m in MODES),
    *(Case("pad", M, ((1, 3), (5, 4)), m) for m in ("reflect", "symmetric", "wrap")),
    *(Case("pad", M, 2, m, reflect_type="odd") for m in ("reflect", "symmetric")),
    *(
        Case("pad", M.astype(d), 2, "reflect", reflect_type="odd")
        for d in ("uint8", "int8", "uint32")
    ),
    *(Case("pad", M, 2, m, stat_length=((1, 2), (2, 1))) for m in ("maximum", "mean")),
    Case("pad", M, (1, 2), constant_values=(3, 4)),
    Case("pad", M, ((1, 2), (3, 0)), constant_values=((1, 2), (3, 4))),
    Case("pad", M, 2, "linear_ramp", end_values=(3, -4)),
    Case("pad", 1.0, 0),
    Case("pad", M, 1.5),
    Case("pad", M, -1),
    Case("pad", M, (1, 2, 3)),
    Case("pad", M, 1, "mirror"),
    Case("pad", M, 1, "edge", constant_values=3),
]

X = np.array([0.0, 1.0, 2.0, 4.0], F)
INTERPOLATION = [
    *(Case("interp", V, X, X**2, **k) for k in ({}, {"left": -1, "right": 9}, {"period": 3.0})),
    Case("interp", V, X, X**2, "extrapolate", "extrapolate"),
    Case("interp", 1.5, X, X),
    Case("interp", V, X, X[:2]),
    Case("gradient", V),
    Case("gradient", M),
    Case("gradient", M, axis=1),
    Case("gradient", V, 2.0),
    Case("gradient", M, 2, X[:3]),
    Case("gradient", M, 2, 3, 4),
    Case("gradient", M[:1]),
    Case("gradient", V, edge_order=2),
    Case("trapezoid", V),
    Case("trapezoid", M, axis=0),
    Case("trapezoid", M, X[:3]),
    Case("trapezoid", M, dx=2),
    Case("trapezoid", M, M),
    Case("unwrap", 3 * V),
    Case("unwrap", INT, period=6),
    Case("unwrap", C),
]

POLYNOMIALS = [
    *(Case("polyval", V, x) for x in (2.0, X, 3)),
    Case("polyval", M, X[:3]),
    Case("polyadd", V, X),
    Case("polyadd", INT, 2 * X),
    Case("polysub", X, V),
    Case("polymul", X, V),
    Case("polymul", X, V, trim_leading_zeros=True),
    Case("polydiv", V, X[1:]),
    Case("polydiv", X[1:3], V),
    *(Case("polyder", V, m) for m in (0, 1, 2, 9, -1)),
    *(Case("polyint", V, m) for m in (0, 1, 2, -1)),
    Case("polyint", V, 2, X[:2]),
    Case("polyint", V, 2, X),
    Case("vander", V),
    Case("vander", INT, 3, True),
    Case("vander", M),
]

BITS = [
    *(Case("packbits", x, bitorder=o) for x in (INT, B) for o in ("big", "little", "middle")),
    Case("packbits", M.astype(int), axis=1),
    Case("packbits", V),
    *(Case("unpackbits", np.uint8([[5, 200]]), bitorder=o) for o in ("big", "little")),
    Case("unpackbits", np.uint8([[5, 200]]), axis=1, count=10),
    Case("unpackbits", np.uint8([[5, 200]]), axis=0, count=-3),
    Case("unpackbits", INT),
    *(Case(".view", Device(V), d) for d in ("int32", "int8", "uint16", None, "complex64", bool)),
    *(Case(".view", Device(INT.astype(np.int16)), d) for d in ("float32", "int8", "bfloat16")),
    Case(".view", Device(B), "int8"),
    Case(".view", Device(C.astype(np.complex64)), "float32"),
    Case(".view", Device(1.0), "int8"),
    Case(".byteswap", Device(INT.astype(np.int16))),
    Case(".byteswap", Device(V)),
]

OTHERS = [
    *(Case(f, n) for f in ("bartlett", "blackman", "hamming", "hanning") for n in (0, 1, 5)),
    Case("kaiser", 5, 2.0),
    Case("kaiser", 1, 2.0),
    Case("apply_along_axis", lambda x: x.sum(), 1, M),
    Case("apply_along_axis", lambda x: x[:2], 0, Device(M[None])),
    Case("apply_along_axis", lambda x: x, 3, M),
    Case("apply_over_axes", lambda x, i: x.sum(i), M, (0, 1)),
    Case("piecewise", V, [V < 0, V > 2], [lambda x: -x, 3, 7]),
    Case("piecewise", V, [V < 5, V < 0], [lambda x: -x, 3]),
    Case("piecewise", V, [V < 0], [1, 2, 3]),
    Case("fromfunction", lambda i, j: i + 10 * j, (2, 3)),
    Case("frombuffer", b"\x01\x02\x03", "uint8", offset=1),
    Case("fromstring", "1 2 3", int, sep=" "),
    Case("fromiter", iter([1])),
]

METHODS = [
    *(Case(f".{f}", Device(M)) for f in ("sum", "prod", "max", "min", "all", "any", "mean")),
    *(Case(f".{f}", Device(M)) for f in ("var", "std", "ptp", "argmax", "argmin", "cumsum", "T")),
    *(Case(f".{f}", Device(M)) for f in ("ravel", "flatten", "squeeze", "copy", "conj", "round")),
    *(Case(f".{f}", Device(M)) for f in ("nonzero", "transpose", "diagonal", "trace", "mT")),
    *(Case(".reshape", Device(M), *s) for s in ((3, 2), ((3, -1),), (6,), (4,), ((2, 3), 1))),
    Case(".reshape", Device(M), 3, 2, order="F"),
    *(Case(".transpose", Device(M), *a) for a in ((1, 0), ((1, 0),), (None,), (2, 0))),
    Case(".astype", Device(M), int),
    Case(".astype", Device(M), None),
    Case(".clip", Device(M), 0, 1),
    Case(".clip", Device(M), max=1),
    Case(".compress", Device(M), B, axis=1),
    Case(".choose", Device(np.array([0, 1])), [V[:2], V[2:4]]),
    Case(".repeat", Device(M), 2),
    Case(".swapaxes", Device(M), 0, 1),
    Case(".searchsorted", Device(X), V),
    Case(".take", Device(M), np.array([0, 5])),
    Case(".std", Device(M), ddof=1, axis=0),
    Case(".__round__", Device(V)),
    Case(".__round__", Device(V), 1),
    Case(".__contains__", Device(V), 1.5),
    Case(".sum", Device(M), axis=1, keepdims=True, dtype=int),
]

CASES = ELEMENTWISE + LOGIC + STATISTICS + PADDING + INTERPOLATION + POLYNOMIALS
CASES += BITS + OTHERS + METHODS


@pytest.mark.parametrize("case", CASES, ids=repr)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
def test_agrees(case: Case) -> None:
    assert_agrees(case, rtol=1e-5)


def test_padding_keeps_weak_types() -> None:
    for mode in MODES:
        for x in (jnp.full((3,), 1.0), jnp.full((3,), 1), jnp.ones(3)):
            assert jnp.pad(x, (0, 1), mode=mode).weak_type == x.weak_type, mode


def test_pad_by_a_function() -> None:
    def fill(row: covector.Array, width: tuple[int, int], axis: int, options: dict) -> object:
        return row.at[: width[0]].set(options["value"]).at[row.size - width[1] :].set(axis)

    got = jnp.pad(M, 1, fill, value=9)
    np.testing.assert_array_equal(got[1:-1, 0], [9, 9])
    np.testing.assert_array_equal(got[1:-1, 1:-1], M)


def test_pad_widths_by_axis() -> None:
    np.testing.assert_array_equal(jnp.pad(M, {-1: (2, 1)}), np.pad(M, {-1: (2, 1)}))
    np.testing.assert_array_equal(jnp.pad(M, ((1,), (2,))), np.pad(M, ((1,), (2,))))


def test_grids() -> None:
    np.testing.assert_array_equal(jnp.mgrid[0:3, 1:4:2], np.mgrid[0:3, 1:4:2])
    np.testing.assert_allclose(jnp.mgrid[0:1:5j], np.mgrid[0:1:5j])
    for got, want in zip(jnp.ogrid[0:3, 1:4], np.ogrid[0:3, 1:4]):
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(jnp.r_[1, 2:5, jnp.array([9])], np.r_[1, 2:5, np.array([9])])
    np.testing.assert_array_equal(jnp.r_["0,2", [1, 2], [3, 4]], np.r_["0,2", [1, 2], [3, 4]])
    np.testing.assert_array_equal(jnp.r_["c", 1:3], [[1], [2]])
    np.testing.assert_array_equal(jnp.c_[1:3, 3:5], np.c_[1:3, 3:5])
    assert jnp.s_[1:2] == slice(1, 2)
    with pytest.raises(ValueError, match="directive"):
        jnp.r_["x", 1]


def test_vectorize() -> None:
    product = jnp.vectorize(jnp.dot, signature="(m,n),(n)->(m)")
    x, y = np.ones((4, 1, 2, 3), F), np.ones((5, 3), F)
    assert product(x, y).shape == (4, 5, 2)
    add = jnp.vectorize(lambda a, b, c: a + b * c, excluded={2})
    np.testing.assert_allclose(add(M, V[:3], 2), M + 2 * V[:3])
    split = jnp.vectorize(lambda a: (a[0], a), signature="(n)->(),(n)")
    assert [s.shape for s in split(M)] == [(2,), (2, 3)]
    assert jnp.vectorize(lambda a: a, signature="()->()")(np.ones((1, 1))).shape == (1, 1)


def test_vectorize_checks() -> None:
    with pytest.raises(ValueError, match="signature"):
        jnp.vectorize(jnp.dot, signature="(n,(n)->()")
    product = jnp.vectorize(jnp.dot, signature="(n),(n)->()")
    with pytest.raises(ValueError, match="inconsistent size"):
        product(V, V[:2])
    with pytest.raises(ValueError, match="enough dimensions"):
        product(V, 1.0)
    with pytest.raises(TypeError, match="number of positional"):
        product(V)
    with pytest.raises(TypeError, match="number of output arguments"):
        jnp.vectorize(lambda a: (a, a), signature="(n)->(n)")(V)
    with pytest.raises(ValueError, match="output shape"):
        jnp.vectorize(lambda a: a.sum(), signature="(n)->(n)")(V)


def test_files() -> None:
    for values in (V, V.astype(ml_dtypes.bfloat16)):
        file = io.BytesIO()
        jnp.save(file, values)
        file.seek(0)
        got = jnp.load(file)
        assert got.dtype == values.dtype
        np.testing.assert_array_equal(got, values)


def test_scalar_types() -> None:
    assert jnp.float32(3).dtype == np.float32
    assert jnp.float32 == np.float32
    assert hash(jnp.int8) == hash(np.int8)
    assert np.dtype(jnp.bfloat16) == ml_dtypes.bfloat16
    assert jnp.dtype("int4") == ml_dtypes.int4
    assert {jnp.int32: 1}[np.int32] == 1
    assert isinstance(np.float32(1), jnp.float32)


def test_constants_are_numpys() -> None:
    for name in ("pi", "e", "euler_gamma", "inf", "newaxis"):
        assert getattr(jnp, name) is getattr(np, name)
    assert np.isnan(jnp.nan)
    assert jnp.ndarray is covector.Array
