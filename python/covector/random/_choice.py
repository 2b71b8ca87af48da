"""Samples of what is given: permutations, choices, categories."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import (
    canonical_axis,
    canonical_shape,
    check_arraylike,
    concrete,
    place,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import dtype_of, issubdtype
from covector._typing import ArrayLike
from covector.random._continuous import uniform
from covector.random._discrete import randint
from covector.random._gumbel import gumbel
from covector.random._keys import check_key, split
from covector.random._parameters import check_shape


@composite("axis")
def _shuffled(key: Array, x: Array, axis: int) -> Array:
    """Sorted by random keys, so often that ties leave no trace (cubic in the size)."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = split(key)
        _, x = lax.sort_key_val(_core.random.bits(subkey, 32, x.shape), x, axis)
    return x


def permutation(
    key: ArrayLike,
    x: int | ArrayLike,
    axis: int = 0,
    independent: bool = False,
    *,
    out_sharding: Any = None,
) -> Array:
    """A random order of integers, or of the slices of an array.

    Args:
      key: a key.
      x: an integer n, which stands for 0, ..., n-1; or an array.
      axis: the axis along which the array is permuted.
      independent: whether each vector along the axis gets an order of its own.
      out_sharding: where the result goes.

    Raises:
      TypeError: if a scalar x is no integer.

    >>> int(covector.random.permutation(covector.random.PRNGKey(0), 4).sum())
    6
    """
    k = check_key("permutation", key)
    check_arraylike("permutation", x)
    axis = canonical_axis(axis, np.ndim(x) or 1)
    return place(_permuted(k, x, axis, independent), None, out_sharding)


def _permuted(key: Array, x: Any, axis: int, independent: bool) -> Array:
    if not np.ndim(x):
        if not issubdtype(dtype_of(x), np.integer):
            raise TypeError("x must be an integer or at least 1-dimensional")
        n = int(concrete(x, "argument x of jax.random.permutation()"))
        return _shuffled(key, jnp.arange(n), axis)
    array = _core.asarray(x)
    if independent or array.ndim == 1:
        return _shuffled(key, array, axis)
    order = _shuffled(key, jnp.arange(array.shape[axis]), 0)
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
      TypeError: if the shape is no sequence.
      ValueError: if there are too few elements, or probabilities of a wrong shape.

    >>> covector.random.choice(covector.random.PRNGKey(0), 5, (2,)).shape
    (2,)
    """
    k = check_key("choice", key)
    if not isinstance(shape, Sequence):
        raise TypeError(f"shape argument of jax.random.choice must be a sequence, got {shape}")
    check_arraylike("choice", a)
    dims = canonical_shape(shape)
    array = _core.asarray(a)
    if array.ndim:
        axis = canonical_axis(axis, array.ndim)
        n = array.shape[axis]
    else:
        n = int(concrete(a, "The error occurred in jax.random.choice()"))
    draws = math.prod(dims)
    if draws == 0:
        return jnp.zeros(dims, array.dtype)
    if n <= 0:
        raise ValueError("a must be greater than 0 unless no samples are taken")
    if not replace and draws > n:
        raise ValueError(
            f"Cannot take a larger sample (size {draws}) than population (size {n}) when "
            "'replace=False'"
        )
    if p is None and not replace:
        along = axis if array.ndim else 0
        slots = permutation(k, array if array.ndim else n, along)
        chosen = lax.slice_in_dim(slots, 0, draws, axis=along)
    else:
        index = _drawn(k, n, dims, draws, replace, p, mode)
        chosen = jnp.take(array, index, axis) if array.ndim else index
    full = array.shape[:axis] + dims + array.shape[axis + 1 :] if array.ndim else dims
    return jnp.reshape(chosen, full)


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
    check_arraylike("choice", p)
    (weights,) = _core.numpy.promote_dtypes_inexact(_core.asarray(p))
    if weights.shape != (n,):
        raise ValueError(
            f"p must be None or a 1D vector with the same size as a.shape[axis]. "
            f"p has shape {weights.shape} and a.shape[axis] is {n}."
        )
    if not replace:
        noise = gumbel(key, (n,), weights.dtype, mode=mode)
        best = lax.top_k(noise + jnp.log(weights), draws)[1]
        return best.astype(_core.canonical_dtype(int))
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
    *,
    out_sharding: Any = None,
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
      out_sharding: where the result goes.

    Returns:
      Integers: positions along the axis.

    Raises:
      ValueError: if the shapes do not fit, or there are more draws than categories.

    >>> covector.random.categorical(covector.random.PRNGKey(0), jnp.zeros(3)).shape
    ()
    """
    k = check_key("categorical", key)
    check_arraylike("categorical", logits)
    scores = _core.asarray(logits)
    axis = canonical_axis(axis, scores.ndim)
    batch = scores.shape[:axis] + scores.shape[axis + 1 :]
    dims = batch if shape is None else canonical_shape(shape)
    check_shape("categorical", dims, batch)
    prefix = dims[: len(dims) - len(batch)]
    if not replace:
        return place(_without_replacement(k, scores, axis, prefix, mode), None, out_sharding)
    inner = dims[len(prefix) :]
    noise_shape = (*prefix, *inner[:axis], scores.shape[axis], *inner[axis:])
    noise = gumbel(k, noise_shape, scores.dtype, mode=mode)
    spread = lax.expand_dims(scores, tuple(range(len(prefix))))
    return place(jnp.argmax(noise + spread, axis=axis - scores.ndim), None, out_sharding)


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
