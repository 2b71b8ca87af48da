"""numpy.linalg and scipy.linalg: values, types and derivatives are JAX's on the same arrays."""

import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

RNG = np.random.default_rng(11)


def real(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


def complex_(*shape: int) -> np.ndarray:
    return (real(*shape) + 1j * real(*shape)).astype("complex64")


A, B, Z = real(4, 4), real(4, 4), complex_(4, 4)
H = Z @ Z.conj().T + np.eye(4, dtype="complex64")
SPD = A @ A.T + np.eye(4, dtype="float32")
TALL, WIDE, BATCH = real(5, 3), real(3, 5), real(2, 3, 3)
LOWER = (np.tril(A) + 4 * np.eye(4)).astype("float32")
V, INT = real(4), np.array([[2, 1], [1, 3]], "int32")

Case = tuple[str, Callable[[Any], Any]]

# For each the function of (numpy.linalg) or (scipy.linalg), called with the module.
NUMPY: list[Case] = [
    ("cholesky", lambda m: [m.cholesky(SPD), m.cholesky(H, upper=True), m.cholesky(INT)]),
    ("cond", lambda m: [m.cond(A, p) for p in (None, 1, -1, 2, -2, np.inf, "fro")]),
    ("cross", lambda m: m.cross(real(2, 3), np.ones(3, "f"))),
    ("det", lambda m: [m.det(x) for x in (A, Z, BATCH, INT, A[:1, :1], A[:2, :2], A * 0)]),
    ("diagonal", lambda m: m.diagonal(BATCH, offset=1)),
    ("eigvals", lambda m: [m.eigvals(A), m.eigvals(Z)]),
    ("eig", lambda m: m.eig(A)),
    ("eigh", lambda m: [*m.eigh(SPD), *m.eigh(H, UPLO="U"), *m.eigh(INT)]),
    ("eigvalsh", lambda m: m.eigvalsh(BATCH + BATCH.mT)),
    ("inv", lambda m: [m.inv(A), m.inv(Z), m.inv(BATCH), m.inv(INT)]),
    ("lstsq", lambda m: [*m.lstsq(TALL, real(5)), *m.lstsq(WIDE, np.ones((3, 2), "f"))]),
    ("lstsq_numpy", lambda m: m.lstsq(WIDE, np.ones((3, 2), "f"), numpy_resid=True)),
    ("matmul", lambda m: m.matmul(A, V)),
    ("matrix_norm", lambda m: [m.matrix_norm(BATCH, ord=o) for o in ("fro", "nuc", 1, -2)]),
    ("matrix_power", lambda m: [m.matrix_power(A, n) for n in (-2, 0, 1, 2, 3, 7)]),
    ("matrix_rank", lambda m: [m.matrix_rank(x) for x in (A, TALL, V, np.ones((3, 3), "f"))]),
    ("matrix_rank_tol", lambda m: m.matrix_rank(A, 1.0)),
    ("matrix_transpose", lambda m: m.matrix_transpose(BATCH)),
    ("multi_dot", lambda m: m.multi_dot([V, A, B, V])),
    ("norm", lambda m: [m.norm(V, o) for o in (None, 0, 1, 2, 3, 0.5, np.inf, -np.inf)]),
    ("norm_axes", lambda m: [m.norm(BATCH, 1, (0, 2), True), m.norm(BATCH, axis=1), m.norm(BATCH)]),
    ("norm_of_matrices", lambda m: [m.norm(A, o) for o in ("nuc", 1, -1, 2, np.inf, -np.inf)]),
    ("outer", lambda m: m.outer(V, V)),
    ("pinv", lambda m: [m.pinv(x) for x in (TALL, WIDE, Z, np.ones((2, 2), "f"))]),
    ("pinv_hermitian", lambda m: m.pinv(SPD, hermitian=True)),
    ("qr", lambda m: [*m.qr(TALL), *m.qr(TALL, "complete"), m.qr(Z, "r"), *m.qr(A, "raw")]),
    ("slogdet", lambda m: [*m.slogdet(A), *m.slogdet(Z), *m.slogdet(BATCH), *m.slogdet(A * 0)]),
    ("slogdet_qr", lambda m: m.slogdet(A, method="qr")),
    (
        "solve",
        lambda m: [m.solve(A, B), m.solve(Z, V), m.solve(BATCH, BATCH[0]), m.solve(INT, INT)],
    ),
    ("svd", lambda m: [*m.svd(TALL), *m.svd(Z, full_matrices=False), m.svd(A, compute_uv=False)]),
    ("svd_hermitian", lambda m: m.svd(SPD, hermitian=True)),
    ("svdvals", lambda m: m.svdvals(BATCH)),
    ("tensordot", lambda m: m.tensordot(A, B, axes=1)),
    ("tensorinv", lambda m: m.tensorinv(A.reshape(2, 2, 4), 2)),
    ("tensorsolve", lambda m: m.tensorsolve(A.reshape(2, 2, 4), np.ones((2, 2), "f"))),
    ("trace", lambda m: m.trace(BATCH)),
    ("vecdot", lambda m: m.vecdot(Z, Z)),
    ("vector_norm", lambda m: [m.vector_norm(A), m.vector_norm(A, axis=(0, 1), ord=3)]),
]

SCIPY: list[Case] = [
    ("block_diag", lambda m: m.block_diag(A, V, INT)),
    ("cholesky", lambda m: [m.cholesky(SPD), m.cholesky(H, lower=True)]),
    ("cho_solve", lambda m: [m.cho_solve(m.cho_factor(H, lower=w), B) for w in (True, False)]),
    ("circulant", lambda m: m.circulant(A)),
    ("companion", lambda m: [m.companion(V), m.companion(A)]),
    ("convolution_matrix", lambda m: [m.convolution_matrix(A, 3, k) for k in ("full", "same")]),
    ("convolution_valid", lambda m: [m.convolution_matrix(V, n, "valid") for n in (2, 6)]),
    ("det", lambda m: m.det(A)),
    ("dft", lambda m: [m.dft(4), m.dft(3, "n"), m.dft(3, "sqrtn")]),
    ("eigh", lambda m: [*m.eigh(H), m.eigh(SPD, eigvals_only=True)]),
    ("expm", lambda m: [m.expm(A), m.expm(Z * 3), m.expm(BATCH), m.expm(A / 50), m.expm(INT)]),
    ("expm_triangular", lambda m: m.expm(np.triu(A), upper_triangular=True)),
    ("expm_frechet", lambda m: m.expm_frechet(A, B)),
    ("fiedler", lambda m: [m.fiedler(V), m.fiedler(A)]),
    ("fiedler_companion", lambda m: [m.fiedler_companion(real(n)) for n in (2, 3, 4, 5, 6)]),
    ("funm", lambda m: m.funm(SPD, lambda x: x**2)),
    ("hadamard", lambda m: [m.hadamard(4), m.hadamard(1, "float32")]),
    ("hankel", lambda m: [m.hankel(V), m.hankel(V, V[1:]), m.hankel(A)]),
    ("helmert", lambda m: [m.helmert(4), m.helmert(3, full=True)]),
    ("hessenberg", lambda m: [m.hessenberg(A), *m.hessenberg(Z, calc_q=True)]),
    ("hilbert", lambda m: m.hilbert(4)),
    ("inv", lambda m: m.inv(A)),
    ("invhilbert", lambda m: m.invhilbert(4)),
    ("invpascal", lambda m: [m.invpascal(4, k) for k in (None, "lower", "upper")]),
    ("leslie", lambda m: m.leslie(V, V[1:])),
    ("lu", lambda m: [*m.lu(TALL), *m.lu(WIDE, permute_l=True)]),
    ("lu_solve", lambda m: [m.lu_solve(m.lu_factor(Z), V, trans=t) for t in (0, 1, 2)]),
    ("pascal", lambda m: [m.pascal(4, k) for k in (None, "lower", "upper")]),
    ("polar", lambda m: [*m.polar(TALL), *m.polar(WIDE, side="left"), *m.polar(A, method="svd")]),
    ("qr", lambda m: [*m.qr(A, mode="economic"), *m.qr(A, pivoting=True), *m.qr(TALL, mode="r")]),
    (
        "qr_multiply",
        lambda m: [
            *m.qr_multiply(TALL, real(3, 2) * 0 + 1, "left"),
            *m.qr_multiply(Z, Z, conjugate=True),
            *m.qr_multiply(A, V, pivoting=True),
        ],
    ),
    ("schur", lambda m: [*m.schur(A), *m.schur(A, output="complex")]),
    ("rsf2csf", lambda m: m.rsf2csf(*m.schur(A))),
    ("solve", lambda m: [m.solve(A, V), m.solve(SPD, B, assume_a="pos"), m.solve(BATCH, BATCH)]),
    (
        "solve_triangular",
        lambda m: [m.solve_triangular(LOWER, B, trans=t, lower=True) for t in ("N", 1, 2)],
    ),
    ("solve_sylvester", lambda m: m.solve_sylvester(A, SPD, B)),
    ("sqrtm", lambda m: [m.sqrtm(SPD), m.sqrtm(Z)]),
    ("svd", lambda m: m.svd(TALL, full_matrices=False)),
    ("toeplitz", lambda m: [m.toeplitz(V), m.toeplitz(V, V[1:]), m.toeplitz(A, B)]),
]
# Not the very numbers of JAX: what is unique about them.
LOOSE = {"rsf2csf": 5e-4, "sqrtm": 5e-4, "solve_sylvester": 2e-3, "expm": 2e-4, "cond": 1e-3}


def leaves(x: Any) -> list[Any]:
    return (
        jax.tree.leaves(x)
        if not isinstance(x, (list, tuple))
        else [y for z in x for y in leaves(z)]
    )


def compare(ours: Any, theirs: Any, tolerance: float) -> None:
    got, want = leaves(ours), leaves(theirs)
    assert len(got) == len(want)
    for x, y in zip(got, want):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        scale = float(np.max(np.abs(y), initial=1.0, where=np.isfinite(y)))
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize(("name", "f"), NUMPY, ids=[name for name, _ in NUMPY])
def test_numpy_linalg_is_that_of_jax(name: str, f: Any) -> None:
    state = RNG.bit_generator.state
    ours = f(covector.numpy.linalg)
    RNG.bit_generator.state = state
    compare(ours, f(jax.numpy.linalg), LOOSE.get(name, 1e-4))


@pytest.mark.parametrize(("name", "f"), SCIPY, ids=[name for name, _ in SCIPY])
def test_scipy_linalg_is_that_of_jax(name: str, f: Any) -> None:
    state = RNG.bit_generator.state
    ours = f(covector.scipy.linalg)
    RNG.bit_generator.state = state
    compare(ours, f(jax.scipy.linalg), LOOSE.get(name, 1e-4))


def test_every_public_name_is_there() -> None:
    for ours, theirs in [
        (covector.numpy.linalg, jax.numpy.linalg),
        (covector.scipy.linalg, jax.scipy.linalg),
        (covector.lax.linalg, jax.lax.linalg),
    ]:
        names = {n for n in vars(theirs) if not n.startswith("_")}
        assert names - set(dir(ours)) == set()


def test_tridiagonal_eigenvalues_are_those_of_the_matrix() -> None:
    d, e = real(5), real(4)
    matrix = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    w, v = covector.scipy.linalg.eigh_tridiagonal(d, e)
    np.testing.assert_allclose(matrix @ np.asarray(v), np.asarray(v) * w, atol=1e-5)
    some = covector.scipy.linalg.eigh_tridiagonal(
        d, e, eigvals_only=True, select="i", select_range=(1, 2)
    )
    np.testing.assert_allclose(some, np.linalg.eigvalsh(matrix)[1:3], atol=1e-5)


GRADIENTS: list[Case] = [
    ("solve", lambda m: lambda x: m.solve(x, B)),
    ("inv", lambda m: m.inv),
    ("det", lambda m: m.det),
    ("slogdet", lambda m: lambda x: m.slogdet(x)[1]),
    ("pinv", lambda m: m.pinv),
    ("norm", lambda m: lambda x: m.norm(x, "nuc")),
    ("matrix_power", lambda m: lambda x: m.matrix_power(x, 3)),
]


@pytest.mark.parametrize(("name", "make"), GRADIENTS, ids=[name for name, _ in GRADIENTS])
def test_gradients_are_those_of_jax(name: str, make: Any) -> None:
    def gradient(library: Any) -> Any:
        f = make(library.numpy.linalg)
        total = lambda x: library.numpy.sum(library.numpy.sin(f(x)))
        return library.jit(library.grad(total))(A)

    compare(gradient(covector), gradient(jax), 2e-3)


def test_determinants_of_singular_matrices_have_derivatives() -> None:
    for rank in (3, 2):
        x = (A[:, :rank] @ A[:rank, :]).astype("float64")
        with covector.enable_x64(True):
            got = covector.grad(covector.numpy.linalg.det)(x)
        minors = [
            [np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) * (-1) ** (i + j) for j in range(4)]
            for i in range(4)
        ]
        np.testing.assert_allclose(got, minors, atol=1e-8)


@pytest.mark.parametrize("name", ["det", "slogdet"])
def test_determinants_are_differentiable_under_strict_rank_promotion(name: str) -> None:
    x = np.random.default_rng(3).standard_normal((2, 4, 4)).astype(np.float32)

    def gradient(library: Any) -> Any:
        def total(x: Any) -> Any:
            y = getattr(library.numpy.linalg, name)(x)
            return (y if name == "det" else y[1]).sum()

        with library.numpy_rank_promotion("raise"):
            return library.grad(total)(x)

    np.testing.assert_allclose(gradient(covector), gradient(jax), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("transposed", [False, True])
def test_pinv_is_differentiable_at_many_columns(transposed: bool) -> None:
    x = np.random.default_rng(4).standard_normal((2, 100_000)).astype(np.float32)
    x = x.T if transposed else x
    pinv = covector.numpy.linalg.pinv
    # No product of all columns, 40 GB.
    types = str(covector.make_jaxpr(lambda x: covector.vjp(pinv, x)[1](x.T))(x))
    assert "[100000,100000]" not in types
    tangent = covector.jvp(pinv, (x,), (x,))[1]
    np.testing.assert_allclose(tangent, -pinv(x), rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize(
    "axes", [(0, 1), (1, 0), (0, -1), (3, 2), [0, 2], (5,), (0, 0), 0], ids=str
)
@pytest.mark.parametrize("shape", [(2, 3), (3, 2)], ids=str)
def test_tensorsolve_moves_axes_like_jax(axes: Any, shape: tuple[int, int]) -> None:
    a = np.random.default_rng(5).standard_normal((2, 3, 2, 3)).astype(np.float32)
    b = np.ones(shape, np.float32)
    try:
        expected = jax.numpy.linalg.tensorsolve(a, b, axes=axes)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            covector.numpy.linalg.tensorsolve(a, b, axes=axes)
        return
    result = covector.numpy.linalg.tensorsolve(a, b, axes=axes)
    np.testing.assert_allclose(result, expected, rtol=1e-3, atol=1e-4)


def test_batches_of_vectors_are_deprecated_as_in_jax() -> None:
    a, b = np.stack([LOWER, LOWER]), np.stack([V, V])
    with pytest.warns(FutureWarning, match="batched 1D solves"):
        got = covector.scipy.linalg.solve_triangular(a, b, lower=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = jax.scipy.linalg.solve_triangular(a, b, lower=True)
    compare(got, want, 1e-5)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda m: m.numpy.linalg.inv(np.ones((2, 3))), ValueError),
        (lambda m: m.numpy.linalg.det(V), ValueError),
        (lambda m: m.numpy.linalg.norm(BATCH, 2), ValueError),
        (lambda m: m.numpy.linalg.norm(A, "bad"), ValueError),
        (lambda m: m.numpy.linalg.qr(A, "bad"), ValueError),
        (lambda m: m.numpy.linalg.eigh(A, "X"), ValueError),
        (lambda m: m.numpy.linalg.matrix_power(A, 1.5), TypeError),
        (lambda m: m.numpy.linalg.matrix_power(V, 2), TypeError),
        (lambda m: m.numpy.linalg.multi_dot([A]), ValueError),
        (lambda m: m.numpy.linalg.solve([[1.0]], V), TypeError),
        (lambda m: m.numpy.linalg.pinv(A, 1.0, rcond=1.0), ValueError),
        (lambda m: m.numpy.linalg.slogdet(A, method="bad"), ValueError),
        (lambda m: m.numpy.linalg.tensorinv(A, 0), ValueError),
        (lambda m: m.scipy.linalg.solve(A, V, assume_a="bad"), ValueError),
        (lambda m: m.scipy.linalg.solve_triangular(A, V, trans=7), ValueError),
        (lambda m: m.scipy.linalg.eigh(A, A), NotImplementedError),
        (lambda m: m.scipy.linalg.polar(TALL, side="left"), NotImplementedError),
        (lambda m: m.scipy.linalg.hadamard(3), ValueError),
        (lambda m: m.scipy.linalg.expm(TALL), ValueError),
    ],
)
def test_errors_are_of_the_class_of_jax(call: Any, error: type[Exception]) -> None:
    for library in (jax, covector):
        with pytest.raises(error):
            call(library)
