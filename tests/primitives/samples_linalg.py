"""Samples of the primitives of linear algebra, at matrices that are far from singular ones."""

from typing import Any

import numpy as np

from primitives import sample as table
from primitives.sample import complexes, reals

TOLERANCE = 2e-5


def sample(name: str, f: Any, *args: np.ndarray, batch: bool = True, **options: Any) -> None:
    """Complex matrices are batched as real ones are, by the same rule: one of both suffices."""
    real = all(x.dtype.kind != "c" for x in args)
    table.sample(name, f, *args, batch=batch and real, **options)


def call(name: str, **options: Any) -> Any:
    """lax.linalg.<name>(arrays...)"""
    return lambda lax, *x: getattr(lax.linalg, name)(*x, **options)


def matrix(*shape: int, dtype: Any = "float32") -> np.ndarray:
    """With singular values that differ, between one and about the number of them."""
    kind = complexes if np.dtype(dtype).kind == "c" else reals
    u, _, vh = np.linalg.svd(kind(*shape).astype("complex128"), full_matrices=False)
    s = np.arange(1.0, u.shape[-1] + 1)
    product = (u * s) @ vh
    return (product if np.dtype(dtype).kind == "c" else product.real).astype(dtype)


def definite(*shape: int, dtype: Any = "float32") -> np.ndarray:
    x = matrix(*shape, dtype=dtype)
    return x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1], dtype=dtype)


def triangle(n: int, dtype: Any = "float32") -> np.ndarray:
    return matrix(n, n, dtype=dtype) / 4 + 2 * np.eye(n, dtype=dtype)


def cube(lax: Any, x: Any) -> Any:
    """The third power, through eigenvalues."""
    v, w = lax.linalg.eigh(x)
    columns = v * lax.convert_element_type(lax.expand_dims(w * w * w, (0,)), v.dtype)
    return lax.dot(columns, lax.conj(lax.transpose(v, (1, 0))) if v.dtype.kind == "c" else v.T)


def unitary(lax: Any, x: Any) -> Any:
    """The unitary factor of the polar decomposition."""
    u, _, vh = lax.linalg.svd(x, full_matrices=False)
    return lax.dot(u, vh)


# Factorizations -----------------------------------------------------------------------------

for dtype in ("float32", "complex64"):
    sample("cholesky", call("cholesky"), definite(3, 3, dtype=dtype), tolerance=TOLERANCE)
    for shape in [(3, 3), (4, 3), (3, 4)]:
        sample("lu", call("lu"), matrix(*shape, dtype=dtype), tolerance=TOLERANCE)
        for full in (False, True):
            f = call("qr", full_matrices=full)
            sample("qr", f, matrix(*shape, dtype=dtype), tolerance=TOLERANCE, note=f"{full}")
    pivoted = call("qr", pivoting=True, full_matrices=False)
    sample("qr", pivoted, matrix(3, 3, dtype=dtype), order=1, tolerance=TOLERANCE, note="pivoted")
    for shape in [(3, 3), (4, 2), (2, 4)]:
        x = matrix(*shape, dtype=dtype)
        # Complex vectors are determined up to a phase, which no rule can differentiate.
        f = call("svd", full_matrices=False)
        real = dtype == "float32"
        sample("svd", f, x, order=int(real), rule=not real, tolerance=TOLERANCE)
        f = call("svd", full_matrices=False, compute_uv=False)
        sample("svd", f, x, tolerance=TOLERANCE, note="values")
    sample("svd", call("svd"), matrix(4, 2, dtype=dtype), order=0, tolerance=TOLERANCE, note="full")
    x = definite(3, 3, dtype=dtype)
    order = 2 if dtype == "float32" else 0
    sample("eigh", call("eigh"), x, order=order, rule=order == 0, tolerance=TOLERANCE)
    sample("eigh", cube, x, tolerance=1e-4, note="cube")
    sample("svd", unitary, matrix(3, 3, dtype=dtype), order=1, tolerance=TOLERANCE, note="unitary")
    f = call("eigh", lower=False, symmetrize_input=False)
    sample("eigh", f, definite(3, 3, dtype=dtype), order=0, tolerance=TOLERANCE, note="upper")
    values = call("eig", compute_left_eigenvectors=False, compute_right_eigenvectors=False)
    sample("eig", values, matrix(3, 3, dtype=dtype), order=1, tolerance=1e-4, note="values")
    vectors = call("eig", enable_eigvec_derivs=True)
    sample("eig", vectors, matrix(3, 3, dtype=dtype), order=1, tolerance=1e-4)
    sample("schur", call("schur"), matrix(3, 3, dtype=dtype), order=0, tolerance=TOLERANCE)

sample("cholesky", call("cholesky", symmetrize_input=False), definite(2, 3, 3), order=0)
sample("cholesky", call("cholesky"), -definite(2, 2), order=0, note="indefinite")
for name, shape in [("cholesky", (0, 0)), ("lu", (0, 3)), ("qr", (3, 0)), ("eigh", (2, 0, 0))]:
    sample(name, call(name), reals(*shape), order=0)
sample("svd", call("svd"), reals(0, 3), order=0)
sample("lu", call("lu"), np.ones((3, 3), "float32"), order=0, note="singular")

# The whole of values alone, so that no one depends on the signs of vectors.
sample("schur", call("schur", compute_schur_vectors=False), matrix(2, 3, 3), order=0)

sample(
    "cholesky_update",
    call("cholesky_update"),
    np.ascontiguousarray(np.linalg.cholesky(definite(4, 4)).T),
    reals(4),
    order=0,
    batch=False,
    tolerance=TOLERANCE,
)
f = call("cholesky_update")
sample("cholesky_update", f, np.eye(2, dtype="f"), np.zeros(2, "f"), order=0, batch=False)

# Householder reflectors ----------------------------------------------------------------------

for dtype in ("float32", "complex64"):
    x = matrix(4, 3, dtype=dtype)
    sample("geqrf", call("geqrf"), x, order=0, oracle=False)
    free = np.zeros(3, "int32")
    sample("geqp3", call("geqp3"), x, free, order=0, oracle=False)
    f = call("hessenberg")
    sample("hessenberg", f, matrix(4, 4, dtype=dtype), order=0, tolerance=TOLERANCE)
    for lower in (True, False):
        f = call("tridiagonal", lower=lower)
        sample("tridiagonal", f, definite(4, 4, dtype=dtype), order=0, tolerance=1e-4)
    reflectors, taus = np.tril(x, -1) / 4, np.array([1.2, 1.1, 1.3]).astype(dtype)
    f = call("householder_product")
    sample("householder_product", f, reflectors, taus, order=0, tolerance=TOLERANCE)
    for left, transpose in [(True, False), (True, True), (False, False), (False, True)]:
        f = call("ormqr", left=left, transpose=transpose)
        c = matrix(4, 2, dtype=dtype) if left else matrix(2, 4, dtype=dtype)
        note = f"{left},{transpose}"
        sample("ormqr", f, reflectors, taus, c, order=0, tolerance=TOLERANCE, note=note)

# Systems of equations ------------------------------------------------------------------------

for dtype in ("float32", "complex64"):
    for options in [
        {"left_side": True, "lower": True},
        {"left_side": True, "transpose_a": True, "conjugate_a": True},
        {"lower": True, "unit_diagonal": True},
        {"transpose_a": True},
        {"left_side": True, "conjugate_a": True},
    ]:
        b = matrix(3, 2, dtype=dtype) if options.get("left_side") else matrix(2, 3, dtype=dtype)
        f = call("triangular_solve", **options)
        note = ",".join(options)
        sample("triangular_solve", f, triangle(3, dtype), b, tolerance=TOLERANCE, note=note)
    diagonals = [reals(4).astype(dtype), (reals(4) + 6).astype(dtype), reals(4).astype(dtype)]
    f = call("tridiagonal_solve")
    b = matrix(4, 2, dtype=dtype)
    sample("tridiagonal_solve", f, *diagonals, b, tolerance=TOLERANCE)
f = call("triangular_solve", left_side=True)
sample("triangular_solve", f, triangle(3), reals(3), tolerance=TOLERANCE, note="vector")
sample(
    "triangular_solve",
    f,
    triangle(3, "float16"),
    reals(3, 2, dtype="float16"),
    order=0,
    tolerance=2e-2,
)
sample("triangular_solve", f, reals(2, 0, 0), reals(2, 0, 3), order=0)
f = call("tridiagonal_solve", perturb_singular=True)
sample(
    "tridiagonal_solve",
    f,
    reals(3),
    reals(3) + 5,
    reals(3),
    reals(3, 1),
    order=0,
    tolerance=TOLERANCE,
)

f = lambda lax, x: lax.linalg.lu_pivots_to_permutation(x, 5)
sample("lu_pivots_to_permutation", f, np.array([[1, 1, 4], [2, 3, 2]], "int32"))
sample("lu_pivots_to_permutation", f, np.zeros((2, 0), "int32"))

f = call("symmetric_product", alpha=2.0, beta=0.5, symmetrize_output=True)
sample("symmetric_product", f, reals(3, 2), definite(3, 3), order=0, tolerance=TOLERANCE)
