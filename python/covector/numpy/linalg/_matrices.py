"""Arguments of linear algebra, and what its functions have in common."""

from typing import Any

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_arrays
from covector._core import Array


def inexact(function: str, *xs: Any) -> tuple[Array, ...]:
    """The arguments as arrays of one floating or complex dtype."""
    return _core.numpy.promote_dtypes_inexact(*as_arrays(f"jnp.linalg.{function}", *xs))


def adjoint(x: Array) -> Array:
    """The conjugate transpose of matrices."""
    return jnp.conj(jnp.matrix_transpose(x))


def precisely(a: Array, b: Array) -> Array:
    """The product of matrices in the highest precision that hardware offers."""
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def broadcast_batches(a: Array, b: Array) -> tuple[Array, Array]:
    """Both with one leading shape."""
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (
        jnp.broadcast_to(a, batch + a.shape[-2:]),
        jnp.broadcast_to(b, batch + b.shape[-2:]),
    )
