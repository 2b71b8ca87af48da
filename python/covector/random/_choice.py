"""Samples of what is given: permutations, choices, categories."""

import math
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.random._continuous import gumbel, uniform
from covector.random._discrete import randint
from covector.random._keys import as_shape, check_key, split


@composite("axis")
def _shuffled(key: Array, x: Array, axis: int) -> Array:
    """Sorted by random keys, so often that ties leave no trace (cubic in the size)."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = split(key)
        order = _core.random.bits(subkey, 32, x.shape)
        _, x = lax.sort((order, x), dimension=axis, num_keys=1)
    return x


def permutation(
    key: ArrayLike, x: int | ArrayLike, axis: int = 0, independent: bool = False
) -> Array:
    """A random order of integers, or of the slices of an array.

    Args:
      key: a key.
      x: an integer n, which stands for 0, ..., n-1; or an array.
      axis: the axis along which the array is permuted.
      independent: whether each vector along the axis gets an order of its own.

    Raises:
      TypeError: if a scalar x is no integer.

    >>> int(covector.random.permutation(covector.random.PRNGKey(0), 4).sum())
    6
    """
    k = check_key("permutation", key)
    if not np.ndim(x):
        if not isinstance(x, (int, np.integer)):
            raise TypeError("x must be an integer or at least 1-dimensional")
        return _shuffled(k, jnp.arange(x), 0)
    array = _core.asarray(x)
    axis = axis % array.ndim
    if independent or array.ndim == 1:
        return _shuffled(k, array, axis)
    order = _shuffled(k, jnp.arange(array.shape[axis]), 0)
    return jnp.take(array, order, axis, unique_indices=True)


def choice(
    key: ArrayLike,
    a: int | ArrayLike,
    shape: Any = (),
    replace: bool = True,
    p: ArrayLike | None = None,
    axis: int = 0,
    mode: str | None = None,
) -> Array:
    """Random elements of an array.

    Args:
      key: a key.
      a: an array, or an integer n, which stands for 0, ..., n-1.
      shape: the shape of the draws, which takes the place of the axis.
      replace: whether an element can be drawn again.
      p: the probabilities of the elements; None makes them equal.
      axis: the axis along which elements stand.
      mode: how Gumbel noise is made for draws without replacement; see `gumbel`.

    Raises:
      ValueError: if there are too few elements, or probabilities of a wrong shape.

    >>> covector.random.choice(covector.random.PRNGKey(0), 5, (2,)).shape
    (2,)
    """
    k, dims = check_key("choice", key), as_shape(shape)
    draws = math.prod(dims)
    array = None if np.ndim(a) == 0 else _core.asarray(a)
    n = int(a) if array is None else array.shape[axis]  # type: ignore[arg-type]
    if draws == 0:
        rest = () if array is None else array.shape[:axis] + array.shape[axis + 1 :]
        return jnp.zeros(dims + rest, jnp.result_type(a))
    if n <= 0:
        raise ValueError("a must be greater than 0 unless no samples are taken")
    if not replace and draws > n:
        raise ValueError(
            f"Cannot take a larger sample (size {draws}) than population (size {n}) when "
            "'replace=False'"
        )
    if p is None and not replace:
        slots = permutation(k, n if array is None else array, axis)
        chosen = lax.slice_in_dim(slots, 0, draws, axis=0 if array is None else axis)
        return _placed(chosen, dims, 0 if array is None else axis)
    index = _drawn(k, n, dims, draws, replace, p, mode)
    return index if array is None else jnp.take(array, index, axis)


def _placed(x: Array, dims: tuple[int, ...], axis: int) -> Array:
    axis = axis % x.ndim
    return jnp.reshape(x, x.shape[:axis] + dims + x.shape[axis + 1 :])


def _drawn(
    key: Array,
    n: int,
    dims: tuple[int, ...],
    draws: int,
    replace: bool,
    p: ArrayLike | None,
    mode: str | None,
) -> Array:
    """The indices of the draws."""
    if p is None:
        return randint(key, dims, 0, n)
    (weights,) = _core.numpy.promote_dtypes_inexact(_core.asarray(p))
    if weights.shape != (n,):
        raise ValueError(
            f"p must be None or a 1D vector with the same size as a.shape[axis]. "
            f"p has shape {weights.shape} and a.shape[axis] is {n}."
        )
    if not replace:
        noise = gumbel(key, (n,), weights.dtype, mode=mode)
        best = lax.top_k(noise + jnp.log(weights), draws)[1]
        return jnp.reshape(best.astype(_core.canonical_dtype(int)), dims)
    return _by_weight(key, weights, dims)


@composite("shape")
def _by_weight(key: Array, weights: Array, shape: Any) -> Array:
    cumulative = jnp.cumsum(weights)
    r = cumulative[-1] * (1 - uniform(key, shape, dtype=cumulative.dtype))
    return jnp.searchsorted(cumulative, r).astype(_core.canonical_dtype(int))


def categorical(
    key: ArrayLike,
    logits: ArrayLike,
    axis: int = -1,
    shape: Any = None,
    replace: bool = True,
    mode: str | None = None,
) -> Array:
    """Categories with probabilities proportional to exp(logits).

    Args:
      key: a key.
      logits: unnormalized log-probabilities.
      axis: the axis of the categories.
      shape: the shape of the result; it must end in the shape of the logits without the axis.
        None stands for that.
      replace: whether one category can be drawn twice along the leading axes of `shape`.
      mode: see `gumbel`.

    Returns:
      Integers: positions along the axis.

    Raises:
      ValueError: if the shapes do not fit, or there are more draws than categories.

    >>> covector.random.categorical(covector.random.PRNGKey(0), jnp.zeros(3)).shape
    ()
    """
    k, scores = check_key("categorical", key), _core.asarray(logits)
    axis = axis % scores.ndim if scores.ndim else axis
    batch = scores.shape[:axis] + scores.shape[axis + 1 :]
    dims = batch if shape is None else as_shape(shape)
    prefix = dims[: len(dims) - len(batch)]
    if jnp.broadcast_shapes(dims, batch) != dims:
        raise ValueError(
            f"the shape {dims} of categorical must end in the shape of the logits without their "
            f"axis, {batch}"
        )
    if replace:
        inner = dims[len(prefix) :]
        noise_shape = (*prefix, *inner[:axis], scores.shape[axis], *inner[axis:])
        noise = gumbel(k, noise_shape, scores.dtype, mode=mode)
        return jnp.argmax(noise + scores, axis=axis + len(prefix))
    return _without_replacement(k, scores, axis, prefix, mode)


def _without_replacement(
    key: Array, scores: Array, axis: int, prefix: tuple[int, ...], mode: str | None
) -> Array:
    draws = math.prod(prefix)
    if draws > scores.shape[axis]:
        raise ValueError(
            f"Number of samples without replacement ({draws}) cannot exceed number of categories "
            f"({scores.shape[axis]})."
        )
    noisy = scores + gumbel(key, scores.shape, scores.dtype, mode=mode)
    best = lax.top_k(jnp.moveaxis(noisy, axis, -1), draws)[1]
    out = jnp.moveaxis(best, -1, 0)
    return jnp.reshape(out, prefix + out.shape[1:])
