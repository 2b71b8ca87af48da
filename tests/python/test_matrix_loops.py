"""Loops over rows, columns and diagonals of matrices: large ones, and starts of slices."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
from covector import numpy as jnp
from covector.scipy import linalg
from python.api_oracle import assert_agrees

rng = np.random.default_rng(3)
A, B, C = (rng.normal(size=(30, 30)).astype(np.float32) for _ in range(3))
SPD = A @ A.T / 30 + np.eye(30, dtype=np.float32)


def equations(size: int) -> int:
    """How many equations there are in the program of all four functions."""

    def program(a: Any) -> Any:
        f = linalg.funm(a, jnp.exp)
        return linalg.sqrtm(a), f, linalg.rsf2csf(a, a), linalg.solve_sylvester(a, a, a)

    return str(covector.make_jaxpr(program)(jnp.ones((size, size)))).count("=")


def test_programs_do_not_grow_with_matrices() -> None:
    assert equations(30) == equations(6)


def test_complex_schur_forms_of_large_matrices() -> None:
    t, z = linalg.rsf2csf(*linalg.schur(A))
    assert np.array_equal(t, np.triu(t))
    np.testing.assert_allclose(z @ t @ jnp.conj(z.T), A, atol=2e-4)
    np.testing.assert_allclose(z @ jnp.conj(z.T), np.eye(30), atol=2e-5)


def test_large_matrices() -> None:
    def program(library: Any) -> Any:
        import jax.scipy.linalg  # noqa: F401

        m = library.scipy.linalg
        functions = [m.sqrtm(SPD), m.funm(SPD, library.numpy.exp)]
        return [*functions, m.solve_sylvester(SPD, SPD, C)]

    assert_agrees(program, rtol=2e-3)


def test_no_matrices() -> None:
    none = jnp.zeros((0, 0))
    assert linalg.sqrtm(none).shape == linalg.funm(none, jnp.exp).shape == (0, 0)
    assert linalg.solve_sylvester(jnp.eye(2), none, jnp.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("dtype", ["int16", "uint8", "int64"])
def test_starts_of_any_integer_type(dtype: str) -> None:
    x, start = np.arange(16.0, dtype=np.float32).reshape(4, 4), np.ones((), dtype)

    def program(library: Any) -> Any:
        def both(x: Any, i: Any) -> Any:
            lax = library.lax
            part = lax.dynamic_slice_in_dim(x, i, 2, axis=0)
            return part, lax.dynamic_update_slice_in_dim(x, -part, i, axis=0)

        return library.jit(both)(x, start), both(library.numpy.asarray(x), start)

    assert_agrees(program)


def test_schur_forms_broadcast_over_their_transformations() -> None:
    # What is no Schur form shows which eigenvalue of a block comes first: SciPy's, by LAPACK.
    rng = np.random.default_rng(5)
    t, z = rng.standard_normal((3, 4, 4)), rng.standard_normal((4, 4))
    with covector.enable_x64(True), jax.enable_x64(True):
        for args in ((t, z), (z, t), (t[0] + 1j * t[1], z)):
            ours, theirs = covector.scipy.linalg.rsf2csf(*args), jax.scipy.linalg.rsf2csf(*args)
            for x, y in zip(ours, theirs):
                np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)


def test_exponentials_of_batches_promote_no_ranks() -> None:
    x = np.zeros((2, 3, 3), "float32")
    with covector.numpy_rank_promotion("raise"):
        np.testing.assert_array_equal(covector.scipy.linalg.expm(x), np.stack([np.eye(3)] * 2))
