"""Functions that normalize along axes: softmax and relatives, one-hot codes."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_array, index
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, Axis, DTypeLike


def _shift(x: Array, axis: Axis, where: Any) -> Array:
    """The maximum, which is subtracted before exponentials; it carries no derivative."""
    top = jnp.max(x, axis=axis, keepdims=True, where=where, initial=-np.inf)
    return lax.stop_gradient(jnp.where(jnp.isfinite(top), top, jnp.zeros_like(top)))


def logsumexp(
    a: ArrayLike,
    axis: Axis = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
    where: ArrayLike | None = None,
) -> Any:
    """log(sum(b * exp(a))), without overflow.

    Args:
      a: an array.
      axis: an axis or axes; None stands for all.
      b: factors, which broadcast against `a`.
      keepdims: whether summed axes stay, with size 1.
      return_sign: whether to return the sign of the sum too, so that it may be negative.
      where: which elements count.

    Returns:
      An array, or a pair of arrays with the sign.

    >>> float(covector.nn.logsumexp(jnp.zeros(1)))
    0.0
    """
    out, sign = _logsumexp(a, axis, b, keepdims, where, return_sign)
    if return_sign:
        return out, sign
    return out if b is None or jnp.iscomplexobj(out) else jnp.where(sign < 0, jnp.nan, out)


@composite("axis", "keepdims", "return_sign")
def _logsumexp(a: Any, axis: Axis, b: Any, keepdims: bool, where: Any, return_sign: bool) -> Any:
    if where is not None:  # what does not count must not have infinite exponentials
        a = jnp.where(where, a, 0)
    if b is None:
        (x,) = _core.numpy.promote_dtypes_inexact(as_array("logsumexp", a))
    else:
        x, factor = _core.numpy.promote_dtypes_inexact(
            as_array("logsumexp", a), as_array("logsumexp", b, 1)
        )
        x = jnp.where(factor != 0, x, np.array(-np.inf, x.dtype))
    shift = _shift(x.real, axis, where)
    terms = jnp.exp(x - shift.astype(x.dtype))
    terms = terms if b is None else terms * factor
    total = jnp.sum(terms, axis=axis, keepdims=keepdims, where=where)
    if not keepdims:
        shift = jnp.squeeze(shift, axis=axis)
    sign = jnp.sign(total)
    if return_sign or not jnp.iscomplexobj(total):
        total = jnp.abs(total)
    return jnp.log(total) + shift.astype(total.dtype), sign


def logmeanexp(
    x: ArrayLike,
    axis: Axis = None,
    where: ArrayLike | None = None,
    keepdims: bool = False,
) -> Array:
    """log(mean(exp(x))), without overflow.

    Args:
      x: an array.
      axis: an axis or axes; None stands for all.
      where: which elements count.
      keepdims: whether averaged axes stay, with size 1.

    >>> float(covector.nn.logmeanexp(jnp.zeros(3)))
    0.0
    """
    total = logsumexp(x, axis=axis, where=where, keepdims=keepdims)
    count = jnp.sum(jnp.ones_like(x), axis=axis, where=where, keepdims=keepdims)
    return total - jnp.log(count)


@composite("axis")
def softmax(x: ArrayLike, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    """exp(x) / sum(exp(x)), along an axis.

    Args:
      x: an array.
      axis: an axis or axes.
      where: which elements count; the others get 0.

    >>> covector.nn.softmax(jnp.zeros(2))
    Array([0.5, 0.5], dtype=float32)
    """
    (logits,) = _core.numpy.promote_dtypes_inexact(as_array("softmax", x))
    if where is not None:
        logits = jnp.where(where, logits, -np.inf)
    unnormalized = jnp.exp(logits - _shift(logits, axis, where))
    result = unnormalized / jnp.sum(unnormalized, axis, where=where, keepdims=True)
    return result if where is None else jnp.where(where, result, 0)


@composite("axis")
def log_softmax(x: ArrayLike, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    """x - log(sum(exp(x))), along an axis.

    Args:
      x: an array.
      axis: an axis or axes.
      where: which elements count; the others get -inf.

    >>> covector.nn.log_softmax(jnp.zeros(1))
    Array([0.], dtype=float32)
    """
    (logits,) = _core.numpy.promote_dtypes_inexact(as_array("log_softmax", x))
    if where is not None:
        logits = jnp.where(where, logits, -np.inf)  # else what is left out may overflow below
    shifted = logits - _shift(logits, axis, where)
    total = jnp.sum(jnp.exp(shifted), axis, where=where, keepdims=True)
    result = shifted - jnp.log(total)
    return result if where is None else jnp.where(where, result, -np.inf)


@composite("axis", "algorithm")
def standardize(
    x: ArrayLike,
    axis: Axis = -1,
    mean: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    epsilon: ArrayLike = 1e-5,
    where: ArrayLike | None = None,
    *,
    algorithm: str = "fast",
) -> Array:
    """(x - mean) / sqrt(variance + epsilon).

    Args:
      x: an array.
      axis: an axis or axes, along which mean and variance are taken.
      mean: the mean, if it is known.
      variance: the variance, if it is known.
      epsilon: what keeps the quotient finite.
      where: which elements count.
      algorithm: how the variance is computed: "fast", as the difference of the mean square and
        the squared mean; or "stable", of deviations from the mean.

    Raises:
      ValueError: if there is no such algorithm.

    >>> covector.nn.standardize(jnp.array([1.0, 3.0]), epsilon=0.0)
    Array([-1.,  1.], dtype=float32)
    """
    (values,) = _core.numpy.promote_dtypes_inexact(as_array("standardize", x))
    if mean is None:
        mean = jnp.mean(values, axis, keepdims=True, where=where)
    if algorithm not in ("fast", "stable"):
        raise ValueError(f"Unknown algorithm '{algorithm}'. Expected 'fast' or 'stable'.")
    if variance is None and algorithm == "stable":
        square = jnp.square(jnp.subtract(values, mean))
        variance = jnp.mean(square, axis, keepdims=True, where=where)
    elif variance is None:
        square = jnp.mean(jnp.square(values), axis, keepdims=True, where=where)
        # Rounding must not make it negative.
        variance = jnp.maximum(square - jnp.square(mean), 0.0)
    centered: Array = values - jnp.asarray(mean)
    return centered * lax.rsqrt(jnp.asarray(variance) + epsilon)


def one_hot(x: Any, num_classes: int, *, dtype: DTypeLike | None = None, axis: int = -1) -> Array:
    """Vectors with a one at the places that `x` names, and zeros elsewhere.

    Args:
      x: integers; those outside of 0, ..., num_classes - 1 give only zeros.
      num_classes: the size of the new axis.
      dtype: the dtype of the result; None stands for the default floating one.
      axis: where the new axis goes.

    >>> covector.nn.one_hot(jnp.array([0, 2]), 3)
    Array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    classes = index(num_classes, "The error arose in jax.nn.one_hot argument `num_classes`.")
    d = user_dtype(float if dtype is None else dtype, "one_hot")
    return _one_hot(jnp.asarray(x), classes, d, axis)


@composite("num_classes", "dtype", "axis")
def _one_hot(x: Array, num_classes: int, dtype: Any, axis: int) -> Array:
    place = axis % (x.ndim + 1)
    rows = jnp.arange(num_classes, dtype=x.dtype)
    shape = [1] * (x.ndim + 1)
    shape[place] = num_classes
    return (jnp.expand_dims(x, place) == rows.reshape(shape)).astype(dtype)
