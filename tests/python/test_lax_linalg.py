"""Factorizations: 100 random matrices for each routine and dtype, batched and one by one."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.lax import linalg

COUNT, N = 100, 5
DTYPES = ["float32", "float64", "complex64", "complex128"]


@pytest.fixture(autouse=True)
def x64() -> Iterator[None]:
    with covector.enable_x64(True):
        yield


def random(dtype: str, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    parts = rng.normal(size=(2, *shape))
    return (parts[0] + 1j * parts[1] if dtype[0] == "c" else parts[0]).astype(dtype)


def adjoint(x: Any) -> np.ndarray:
    return np.conj(np.swapaxes(np.asarray(x), -1, -2))


def unit(x: Any) -> np.ndarray:
    return np.broadcast_to(np.eye(x.shape[-1]), (*x.shape[:-2], x.shape[-1], x.shape[-1]))


def columns(x: np.ndarray, factors: Any) -> np.ndarray:
    return np.asarray(x) * np.asarray(factors)[..., None, :]


def definite(a: np.ndarray) -> np.ndarray:
    return a @ adjoint(a) + np.eye(a.shape[-1], dtype=a.dtype)


def triangles(lu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.tril(lu, -1) + np.eye(lu.shape[-1]), np.triu(lu)


def cholesky(a: Any) -> list[tuple[Any, Any]]:
    factor = np.asarray(linalg.cholesky(definite(a)))
    return [(factor @ adjoint(factor), definite(a))]


def qr(a: Any) -> list[tuple[Any, Any]]:
    q, r = map(np.asarray, linalg.qr(a))
    return [(q @ r, a), (adjoint(q) @ q, unit(a)), (np.tril(r, -1), np.zeros_like(r))]


def pivoted_qr(a: Any) -> list[tuple[Any, Any]]:
    q, r, p = map(np.asarray, linalg.qr(a, pivoting=True))
    sizes = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    assert np.all(np.diff(sizes) <= 1e-5)
    return [(q @ r, np.take_along_axis(a, p[..., None, :], axis=-1))]


def lu(a: Any) -> list[tuple[Any, Any]]:
    factors, pivots, permutation = map(np.asarray, linalg.lu(a))
    lower, upper = triangles(factors)
    assert permutation.dtype == pivots.dtype == np.int32
    moved = np.take_along_axis(a, permutation[..., None], axis=-2)
    solved = [np.asarray(linalg.lu_solve(factors, permutation, a, t)) for t in (0, 1, 2)]
    return [
        (lower @ upper, moved),
        (a @ solved[0], a),
        (np.swapaxes(a, -1, -2) @ solved[1], a),
        (adjoint(a) @ solved[2], a),
    ]


def eigh(a: Any) -> list[tuple[Any, Any]]:
    h = (a + adjoint(a)) / 2
    v, w = map(np.asarray, linalg.eigh(a))
    assert np.all(np.diff(w) >= 0)
    assert w.dtype == h.real.dtype
    return [(columns(v, w) @ adjoint(v), h), (adjoint(v) @ v, unit(a))]


def eig(a: Any) -> list[tuple[Any, Any]]:
    w, left, right = map(np.asarray, linalg.eig(a))
    return [(a @ right, columns(right, w)), (adjoint(left) @ a, w[..., None] * adjoint(left))]


def svd(a: Any) -> list[tuple[Any, Any]]:
    u, s, vh = map(np.asarray, linalg.svd(a))
    again = np.asarray(linalg.svd(a, algorithm=linalg.SvdAlgorithm.QR, compute_uv=False))
    assert np.all(np.diff(s) <= 0)
    return [(columns(u, s) @ vh, a), (adjoint(u) @ u, unit(a)), (again, s)]


def schur(a: Any) -> list[tuple[Any, Any]]:
    t, z = map(np.asarray, linalg.schur(a))
    return [(z @ t @ adjoint(z), a), (np.tril(t, -2), np.zeros_like(t))]


def hessenberg(a: Any) -> list[tuple[Any, Any]]:
    reflectors, taus = linalg.hessenberg(a)
    h = np.triu(reflectors, -1)
    q = np.array(unit(a), a.dtype)
    q[..., 1:, 1:] = linalg.householder_product(np.asarray(reflectors)[..., 1:, :-1], taus)
    return [(q @ h @ adjoint(q), a)]


def reflectors(a: Any) -> list[tuple[Any, Any]]:
    factors, taus = linalg.geqrf(a)
    q = np.asarray(linalg.householder_product(factors, taus))
    return [
        (linalg.ormqr(factors, taus, a), q @ a),
        (linalg.ormqr(factors, taus, a, transpose=True), adjoint(q) @ a),
        (linalg.ormqr(factors, taus, a, left=False), a @ q),
    ]


def tridiagonal(a: Any) -> list[tuple[Any, Any]]:
    _, d, e, _ = map(np.asarray, linalg.tridiagonal(definite(a)))
    t = np.stack([np.diag(x) + np.diag(y, 1) + np.diag(y, -1) for x, y in zip(d, e)])
    return [(np.linalg.eigvalsh(t), np.linalg.eigvalsh(definite(a)))]


def tridiagonal_solve(a: Any) -> list[tuple[Any, Any]]:
    dl, d, du = a[..., 0], a[..., 1] + 6, a[..., 2]
    t = np.stack(
        [np.diag(y) + np.diag(x[1:], -1) + np.diag(z[:-1], 1) for x, y, z in zip(dl, d, du)]
    )
    exact = np.asarray(linalg.tridiagonal_solve(dl, d, du, a))
    perturbed = np.asarray(linalg.tridiagonal_solve(dl, d, du, a, perturb_singular=True))
    return [(t @ exact, a), (t @ perturbed, a)]


def triangular_solve(a: Any) -> list[tuple[Any, Any]]:
    triangle = np.tril(a, -1) / 5 + 3 * unit(a).astype(a.dtype)
    left = np.asarray(linalg.triangular_solve(triangle, a, left_side=True, lower=True))
    right = np.asarray(
        linalg.triangular_solve(triangle, a, lower=True, transpose_a=True, conjugate_a=True)
    )
    return [(triangle @ left, a), (right @ adjoint(triangle), a)]


def polar(a: Any) -> list[tuple[Any, Any]]:
    u, h, _, converged = map(np.asarray, linalg.qdwh(a))
    assert np.all(converged)
    return [(u @ h, a), (adjoint(u) @ u, unit(a))]


ROUTINES: list[Callable[[Any], list[tuple[Any, Any]]]] = [
    *(cholesky, qr, pivoted_qr, lu, eigh, eig, svd, schur, hessenberg, reflectors, tridiagonal),
    *(tridiagonal_solve, triangular_solve, polar),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("routine", ROUTINES, ids=lambda f: f.__name__)
def test_residuals_are_small(routine: Any, dtype: str) -> None:
    a = random(dtype, COUNT, N, N)
    tolerance = 2e-3 if dtype in ("float32", "complex64") else 1e-9
    for got, want in routine(a):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_a_batch_is_its_matrices(dtype: str) -> None:
    a = random(dtype, 6, N, N)

    def all_of(x: Any) -> list[Any]:
        out = [linalg.cholesky(x @ jnp.conj(x.mT) + jnp.eye(N, dtype=x.dtype)), *linalg.lu(x)]
        return [*out, *linalg.qr(x), *linalg.eigh(x), *linalg.svd(x), *linalg.eig(x)]

    whole = covector.jit(all_of)(a)
    one = covector.jit(all_of)
    for i in range(len(a)):
        for got, want in zip(one(a[i]), whole):
            np.testing.assert_allclose(got, want[i], rtol=1e-5, atol=1e-5)


def test_failures_are_nan_for_the_matrix_at_fault() -> None:
    a = np.stack([np.eye(2), -np.eye(2)]).astype("float32")
    factors = np.asarray(linalg.cholesky(a))
    np.testing.assert_array_equal(factors[0], np.eye(2))
    assert np.all(np.isnan(np.tril(factors[1])[np.tril_indices(2)]))
    assert np.all(np.isnan(linalg.eigh(np.full((2, 2), np.nan, "float32"))[1]))
    singular = np.zeros((2, 2), "float32")
    assert not np.any(np.isnan(linalg.lu(singular)[0]))


def test_cholesky_update_adds_an_outer_product() -> None:
    a, w = definite(random("float64", 4, 4)), random("float64", 4)
    r = np.asarray(linalg.cholesky_update(adjoint(np.linalg.cholesky(a)), w))
    np.testing.assert_allclose(r.T @ r, a + np.outer(w, w), atol=1e-12)
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: linalg.cholesky(np.ones((2, 3), "f"), symmetrize_input=False),
            ValueError,
            "square",
        ),
        (
            lambda: linalg.cholesky(np.ones((2, 2), int), symmetrize_input=False),
            TypeError,
            "does not accept dtype int",
        ),
        (lambda: linalg.lu(np.ones(3, "f")), TypeError, "rank at least 2"),
        (lambda: linalg.cholesky(np.eye(2, dtype="float16")), NotImplementedError, "float16"),
        (lambda: linalg.eigh(np.ones((2, 3), "f"), symmetrize_input=False), ValueError, "n, n"),
        (
            lambda: linalg.eigh(np.eye(3, dtype="f"), subset_by_index=(0, 1)),
            NotImplementedError,
            "subset_by_index",
        ),
        (
            lambda: linalg.svd(np.eye(3, dtype="f"), subset_by_index=(0, 1)),
            ValueError,
            "full_matrices and subset_by_index",
        ),
        (
            lambda: linalg.triangular_solve(np.eye(2, dtype="f"), np.ones((3, 3), "f")),
            ValueError,
            "Incompatible shapes",
        ),
        (
            lambda: covector.jvp(linalg.eig, (np.eye(2),), (np.eye(2),)),
            NotImplementedError,
            "enable_eigvec_derivs",
        ),
        (lambda: linalg.lu_solve(np.eye(2), np.arange(2), np.eye(2), 5), ValueError, "trans"),
        (lambda: linalg.qdwh(np.ones((2, 3), "f")), ValueError, "M >= N"),
    ],
)
def test_errors_are_those_of_jax(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def run_alone(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_jaxlib_is_loaded_when_it_is_needed_and_from_its_file() -> None:
    text = run_alone(
        "import sys, covector, covector.numpy as jnp\n"
        "assert not any('jaxlib' in m for m in sys.modules)\n"
        "sys.modules['jaxlib'] = None\n"
        "print(covector.lax.linalg.cholesky(jnp.eye(1) * 4))\n"
    )
    assert text.strip() == "[[2.]]"


def test_a_missing_jaxlib_is_an_error_that_says_what_to_install() -> None:
    text = run_alone(
        "import covector, covector.numpy as jnp\n"
        "from covector import _lapack\n"
        "_lapack._file = lambda: None\n"
        "covector.lax.linalg.cholesky(jnp.eye(1))\n"
    )
    assert "RuntimeError" in text
    assert "pip install 'jaxlib>=0.10,<0.11' scipy" in text
