"""Norms of vectors and matrices, and what is measured with them."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_array, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy.linalg._decompositions import svd, svdvals
from covector.numpy.linalg._matrices import inexact


@composite("ord", "axis", "keepdims")
def norm(
    x: ArrayLike,
    ord: int | str | None = None,
    axis: tuple[int, ...] | int | None = None,
    keepdims: bool = False,
) -> Array:
    """Norms of vectors or of matrices.

    Args:
      x: an array.
      ord: which norm. Of vectors: any number p for the p-th root of the sum of p-th powers,
        by default 2; 0 for how many elements are not zero; inf and -inf for the greatest and
        the least absolute value. Of matrices: 'fro', the default, 'nuc', 1, -1, 2, -2, inf, -inf.
      axis: the axis of the vectors, or the two axes of the matrices; by default all axes, which
        must be one or two unless `ord` is None.
      keepdims: whether to keep these axes with size one.

    Returns:
      An array without the axes.

    Raises:
      ValueError: for a norm that there is not, or more than two axes.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.norm(jnp.array([3.0, 4.0, 12.0]))
    Array(13., dtype=float32)
    """
    (x,) = inexact("norm", x)
    if axis is None:
        if ord is None:
            return _euclidean(x, None, keepdims)
        axes = tuple(range(x.ndim))
    else:
        given = axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(canonical_axis(i, x.ndim) for i in given)
    if len(axes) == 1:
        return vector_norm(x, ord=2 if ord is None else ord, axis=axes, keepdims=keepdims)
    if len(axes) == 2:
        return _of_matrices(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError(
        f"Improper number of axes for norm: axis={axes}. Pass one axis to compute a vector-norm, "
        "or two axes to compute a matrix-norm."
    )


def _euclidean(x: Array, axis: Any, keepdims: bool) -> Array:
    return jnp.sqrt(jnp.sum(jnp.real(x * jnp.conj(x)), axis=axis, keepdims=keepdims))


def _of_matrices(x: Array, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Array:
    if ord in ("f", "fro"):
        return _euclidean(x, axes, keepdims)
    if ord in ("nuc", 2, -2):
        return _of_singular_values(x, ord, axes, keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError(f"Invalid order '{ord}' for matrix norm.")
    along, over = axes if ord in (1, -1) else axes[::-1]
    sums = jnp.sum(jnp.abs(x), axis=along, keepdims=True)
    if ord in (1, np.inf):
        extreme = jnp.max(sums, axis=over, keepdims=True, initial=0)
    else:
        extreme = jnp.min(sums, axis=over, keepdims=True)
    return extreme if keepdims else jnp.squeeze(extreme, axes)


def _of_singular_values(x: Array, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Array:
    s = svd(jnp.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    if ord == 2:
        y = jnp.max(s, axis=-1, initial=0)
    else:
        y = jnp.min(s, axis=-1) if ord == -2 else jnp.sum(s, axis=-1)
    return jnp.expand_dims(y, axes) if keepdims else y


def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: str | int = "fro") -> Array:
    """Norms of matrices.

    Args:
      x: matrices, `(..., m, n)`.
      keepdims: whether to keep the last two axes with size one.
      ord: which norm, as `norm` takes it.

    Returns:
      An array of the leading shape.

    Raises:
      ValueError: for a norm that there is not.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.matrix_norm(jnp.array([[1.0, 2.0], [3.0, 4.0]]), ord=1)
    Array(6., dtype=float32)
    """
    x = as_array("jnp.linalg.matrix_norm", x)
    return norm(x, ord=ord, keepdims=keepdims, axis=(-2, -1))


@composite("axis", "keepdims", "ord")
def vector_norm(
    x: ArrayLike,
    /,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    ord: int | str = 2,
) -> Array:
    """Norms of vectors, which may stand along several axes.

    Args:
      x: an array.
      axis: the axis or axes of the vectors; by default all.
      keepdims: whether to keep them with size one.
      ord: which norm, as `norm` takes it.

    Returns:
      An array without the axes.

    Raises:
      ValueError: for a norm that there is not.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.vector_norm(jnp.array([[3.0, 4.0], [0.0, 1.0]]), axis=1)
    Array([5., 1.], dtype=float32)
    """
    x = as_array("jnp.linalg.vector_norm", x)
    if ord is None or ord == 2:
        return _euclidean(x, axis, keepdims)
    if isinstance(ord, str):
        hint = f"Use '{'-' * (ord[0] == '-')}jnp.inf' instead." if ord.endswith("inf") else ""
        raise ValueError(f"Invalid order '{ord}' for vector norm. {hint}".rstrip())
    size = jnp.abs(x)
    if ord == np.inf:
        return jnp.max(size, axis=axis, keepdims=keepdims, initial=0)
    if ord == -np.inf:
        return jnp.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return jnp.sum(x != 0, dtype=jnp.finfo(x.dtype).dtype, axis=axis, keepdims=keepdims)
    if ord == 1:
        return jnp.sum(size, axis=axis, keepdims=keepdims)
    power = jnp.asarray(ord, size.dtype)
    return jnp.sum(size**power, axis=axis, keepdims=keepdims) ** (1 / power)


@composite("p")
def cond(x: ArrayLike, p: Any = None) -> Array:
    """Condition numbers of matrices, `norm(x, p) * norm(inv(x), p)`.

    Args:
      x: matrices, `(..., m, n)`; square unless `p` is None, 2 or -2.
      p: the norm, as `norm` takes it for matrices; None for 2.

    Returns:
      An array of the leading shape, infinite where a matrix is singular.

    Raises:
      ValueError: if the matrices are empty or not square.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.cond(jnp.diag(jnp.array([8.0, 2.0])))
    Array(4., dtype=float32)
    """
    # Solving needs norms too.
    from covector.numpy.linalg._inverses import inv

    x = as_array("cond", x)
    if x.ndim < 2:
        raise ValueError(f"jnp.linalg.cond: input array must be at least 2D; got {x.shape=}")
    if 0 in x.shape[-2:]:
        raise ValueError(f"jnp.linalg.cond: input array must not be empty; got {x.shape=}")
    if p in (None, 2, -2):
        s = svdvals(x)
        if p != -2:
            return s[..., 0] / s[..., -1]
        ratio = s[..., -1] / s[..., 0]
    else:
        if x.shape[-2] != x.shape[-1]:
            raise ValueError(f"jnp.linalg.cond: for {p=}, array must be square; got {x.shape=}")
        ratio = matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
    unknown = jnp.isnan(ratio) & ~jnp.isnan(x).any(axis=(-2, -1))
    return jnp.where(unknown, np.inf, ratio)


def matrix_rank(
    M: ArrayLike,
    rtol: ArrayLike | None = None,
    *,
    hermitian: bool = False,
    tol: ArrayLike | None = None,
) -> Array:
    """Ranks of matrices: how many singular values are not negligible.

    Args:
      M: matrices, `(..., m, n)`.
      rtol: singular values up to this, an absolute bound, are negligible; by default the
        largest times max(m, n) times the precision of the dtype.
      hermitian: whether the matrices are Hermitian, which is quicker.
      tol: an old name of `rtol`.

    Returns:
      An int32 array of the leading shape.

    Raises:
      ValueError: if both `rtol` and `tol` are given.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.matrix_rank(jnp.ones((3, 3)))
    Array(1, dtype=int32)
    """
    if tol is not None and rtol is not None:
        raise ValueError("matrix_rank: only one of tol or rtol may be specified.")
    (x,) = inexact("matrix_rank", M)
    return _matrix_rank(x, tol if rtol is None else rtol, hermitian)


@composite("hermitian")
def _matrix_rank(x: Array, bound: Any, hermitian: bool) -> Array:
    if x.ndim < 2:
        return (x != 0).any().astype(np.int32)
    s = svd(x, full_matrices=False, compute_uv=False, hermitian=hermitian)
    if bound is None:
        eps = jnp.finfo(s.dtype).eps
        bound = jnp.max(s, axis=-1) * lax.full((), max(x.shape[-2:]), s.dtype) * eps
    bound = jnp.asarray(bound)
    return jnp.sum(s > jnp.expand_dims(bound, bound.ndim), axis=-1)
