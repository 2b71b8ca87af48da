"""Samplers of counts, by rejection: each element is redrawn until it is accepted."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, check_arraylike, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import finfo, iinfo
from covector.random._continuous import _uniform
from covector.random._keys import check_key, key_impl, split
from covector.random._parameters import check_shape, real_dtype


def poisson(
    key: ArrayLike,
    lam: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the Poisson distribution.

    Args:
      key: a key of the generator threefry2x32.
      lam: the mean.
      shape: the shape of the result; None stands for that of `lam`.
      dtype: an integer dtype; None stands for the default one.
      out_sharding: where the result goes.

    Raises:
      NotImplementedError: for keys of another generator.

    >>> covector.random.poisson(covector.random.PRNGKey(0), jnp.array([0.0, 3.0])).shape
    (2,)
    """
    k, d = check_key("poisson", key), user_dtype(int if dtype is None else dtype, "poisson")
    if (impl := key_impl(k)) != "threefry2x32":
        raise NotImplementedError(
            f"`poisson` is only implemented for the threefry2x32 RNG, not {impl}"
        )
    dims = np.shape(lam) if shape is None else canonical_shape(shape)
    mean = lax.convert_element_type(jnp.broadcast_to(lam, dims), np.float32)
    return place(_poisson(k, mean, dims, d), None, out_sharding)


@composite("shape", "dtype")
def _poisson(key: Array, mean: Array, shape: Any, dtype: Any) -> Array:
    # Each method gets harmless means where the other one is used.
    few = jnp.isnan(mean) | (mean < 10)
    small = _by_products(key, jnp.where(few, mean, np.float32(0)), shape, dtype)
    large = _by_transformation(key, jnp.where(few, np.float32(1e5), mean), shape, dtype)
    return jnp.where(mean == 0, jnp.zeros((), dtype), jnp.where(few, small, large))


def _by_products(key: Array, mean: Array, shape: Any, dtype: Any) -> Array:
    """How many uniform factors keep a product above exp(-mean).

    See D. E. Knuth, "The art of computer programming", volume 2, 3.4.1.
    """
    most = dtype.type(iinfo(dtype).max)

    def step(state: Any) -> Any:
        i, count, key, log_product = state
        key, subkey = split(key)
        count = jnp.where(log_product > -mean, count + 1, count)
        u = _uniform(subkey, shape, np.dtype(np.float32), 0.0, 1.0)
        return i + 1, count, key, log_product + jnp.log(u)

    def on(state: Any) -> Any:
        return jnp.any(state[3] > -mean) & (state[0] < most)

    start = (0, jnp.zeros(shape, dtype), key, jnp.zeros(shape, np.float32))
    return (lax.while_loop(on, step, start)[1] - 1).astype(dtype)


def _by_transformation(key: Array, mean: Array, shape: Any, dtype: Any) -> Array:
    """W. Hörmann, "The transformed rejection method for generating Poisson random variables"
    (1993), algorithm PTRS."""
    log_mean = lax.log(mean)
    b = 0.931 + 2.53 * lax.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    most = dtype.type(iinfo(dtype).max)

    def step(state: Any) -> Any:
        i, out, accepted, key = state
        key, key_u, key_v = split(key, 3)
        u = _uniform(key_u, shape, mean.dtype, 0.0, 1.0) - 0.5
        v = _uniform(key_v, shape, mean.dtype, 0.0, 1.0)
        distance = 0.5 - abs(u)
        k = lax.floor((2 * a / distance + b) * u + mean + 0.43)
        s = lax.log(v * inverse_alpha / (a / (distance * distance) + b))
        t = -mean + k * log_mean - lax.lgamma(k + 1)
        inside = (distance >= 0.07) & (v <= v_r)
        outside = (k < 0) | ((distance < 0.013) & (v > distance))
        accept = inside | (~outside & (s <= t))
        return i + 1, jnp.where(accept, k, out), accepted | accept, key

    def on(state: Any) -> Any:
        return jnp.any(~state[2]) & (state[0] < most)

    start = (0, jnp.full(shape, -1, mean.dtype), jnp.zeros(shape, bool), key)
    return lax.while_loop(on, step, start)[1].astype(dtype)


def binomial(
    key: ArrayLike,
    n: ArrayLike,
    p: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
) -> Array:
    """Samples of the binomial distribution: how many of n trials succeed.

    Args:
      key: a key.
      n: the number of trials.
      p: the probability of success.
      shape: the shape of the result; None stands for that of the parameters.
      dtype: a floating dtype; None stands for the default one.

    Returns:
      An array of whole floats; NaN where a parameter is out of range.

    >>> float(covector.random.binomial(covector.random.PRNGKey(0), 5, 1.0))
    5.0
    """
    k = check_key("binomial", key)
    check_arraylike("binomial", n, p)
    d = real_dtype("binomial", dtype)
    own = (np.shape(n), np.shape(p))
    dims = jnp.broadcast_shapes(*own) if shape is None else canonical_shape(shape)
    check_shape("binomial", dims, *own)
    return _binomial(k, n, p, dims, d)


@composite("shape", "dtype")
def _binomial(key: Array, n: Any, p: Any, shape: Any, dtype: Any) -> Array:
    (p,) = _core.numpy.promote_dtypes_inexact(_core.asarray(p))
    n = jnp.broadcast_to(lax.convert_element_type(_core.asarray(n), p.dtype), shape)
    p = jnp.broadcast_to(p, shape)
    # Failures are counted where they are fewer.
    less = p < 0.5
    q = jnp.where(less, p, 1.0 - p)
    bad_n, endless = jnp.isnan(n) | (n < 0.0), jnp.isinf(n)
    bad_q, below = jnp.isnan(q), q < 0.0
    q = jnp.where(bad_q | below, 0.01, q)
    few = bad_n | (n * q <= 10.0)
    n = jnp.floor(n)
    small = _by_waiting(key, jnp.where(few, n, 0.0), q, shape, dtype)
    large = _by_btrs(key, jnp.where(few, 1e4, n), jnp.where(few, 0.5, q), shape, dtype)
    out = jnp.where(few, small, large)
    invalid = below | bad_q | bad_n
    out = jnp.where(invalid, np.nan, out)
    out = jnp.where(endless & ~invalid, np.inf, out)
    return jnp.where(less | bad_n | bad_q | endless, out, n.astype(dtype) - out).astype(dtype)


def _by_waiting(key: Array, n: Array, p: Array, shape: Any, dtype: Any) -> Array:
    """How many geometric waiting times fit into n trials (L. Devroye, "Non-uniform random variate
    generation", 1986, X.4.3)."""
    log_failure = jnp.log1p(-p)
    most = dtype.type(finfo(dtype).max)

    def step(state: Any) -> Any:
        i, count, total, key = state
        subkey, key = split(key)
        count = jnp.where(total <= n, count + 1, count)
        u = _uniform(subkey, shape, p.dtype, 0.0, 1.0)
        return i + 1, count, total + jnp.ceil(jnp.log(u) / log_failure), key

    def on(state: Any) -> Any:
        return jnp.any(state[2] <= n) & (state[0] < most)

    zero = jnp.zeros(shape, p.dtype)
    return (lax.while_loop(on, step, (0, zero, zero, key))[1] - 1).astype(dtype)


def _by_btrs(key: Array, n: Array, p: Array, shape: Any, dtype: Any) -> Array:
    """W. Hörmann, "The generation of binomial random variates" (1993), algorithm BTRS."""
    deviation = jnp.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = jnp.floor((n + 1) * p)
    most = dtype.type(finfo(dtype).max)

    def step(state: Any) -> Any:
        i, out, accepted, key = state
        key, key_u, key_v = split(key, 3)
        u = _uniform(key_u, shape, p.dtype, 0.0, 1.0)
        v = _uniform(key_v, shape, p.dtype, 0.0, 1.0)
        u = u - 0.5
        distance = 0.5 - jnp.abs(u)
        inside = (distance >= 0.07) & (v <= v_r)
        k = jnp.floor((2 * a / distance + b) * u + c)
        outside = (k < 0) | (k > n)
        v = jnp.log(v * alpha / (a / (distance * distance) + b))
        bound = (
            (mode + 0.5) * jnp.log((mode + 1) / (odds * (n - mode + 1)))
            + (n + 1) * jnp.log((n - mode + 1) / (n - k + 1))
            + (k + 0.5) * jnp.log(odds * (n - k + 1) / (k + 1))
            + _stirling_rest(mode)
            + _stirling_rest(n - mode)
            - _stirling_rest(k)
            - _stirling_rest(n - k)
        )
        accept = inside | (~outside & (v <= bound))
        return i + 1, jnp.where(accept, k, out), accepted | accept, key

    def on(state: Any) -> Any:
        return jnp.any(~state[2]) & (state[0] < most)

    start = (0, jnp.full(shape, -1, p.dtype), jnp.zeros(shape, bool), key)
    return lax.while_loop(on, step, start)[1].astype(dtype)


_STIRLING = (
    0.0810614667953272,
    0.0413406959554092,
    0.0276779256849983,
    0.02079067210376509,
    0.0166446911898211,
    0.0138761288230707,
    0.0118967099458917,
    0.010411265261972,
    0.00925546218271273,
    0.00833056343336287,
)


def _stirling_rest(k: Array) -> Array:
    """log(k!) less Stirling's approximation of it."""
    table = jnp.array(_STIRLING, dtype=k.dtype)
    small = k <= 9
    k = lax.clamp(np.array(0, k.dtype), k, np.array(9, k.dtype))
    square = (k + 1) * (k + 1)
    series = (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
    return jnp.where(small, table[jnp.floor(k).astype(np.int32)], series)


def multinomial(
    key: Array,
    n: ArrayLike,
    p: ArrayLike,
    *,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    unroll: int | bool = 1,
) -> Array:
    """Samples of the multinomial distribution: how many of n trials fall into each category.

    Args:
      key: a key.
      n: the number of trials.
      p: the probabilities of categories, along the last axis.
      shape: the shape of the result; None stands for that of `p`.
      dtype: the dtype of the result; None stands for that of the promoted parameters.
      unroll: how many categories each step of the loop treats.

    >>> covector.random.multinomial(covector.random.PRNGKey(0), 9, jnp.ones(3) / 3).shape
    (3,)
    """
    k = check_key("multinomial", key)
    check_arraylike("multinomial", n, p)
    trials, chances = _core.numpy.promote_dtypes_inexact(_core.asarray(n), _core.asarray(p))
    dims = chances.shape if shape is None else canonical_shape(shape)
    out = _multinomial(k, trials, chances, dims, unroll)
    return out.astype(float if dtype is None else dtype)


@composite("shape", "unroll")
def _multinomial(key: Array, n: Array, p: Array, shape: Any, unroll: Any) -> Array:
    n, p = jnp.broadcast_to(n, shape[:-1]), jnp.moveaxis(jnp.broadcast_to(p, shape), -1, 0)
    rest = lax.cumsum(p, 0, reverse=True)
    ratios = p / jnp.where(rest == 0, 1, rest)

    def draw(remaining: Array, ratio_and_key: Any) -> Any:
        ratio, subkey = ratio_and_key
        count = binomial(subkey, remaining, jnp.clip(ratio, 0, 1), dtype=remaining.dtype)
        return remaining - count, count

    keys = split(key, ratios.shape[0])
    _, counts = lax.scan(draw, n, (ratios, keys), unroll=unroll)
    return jnp.moveaxis(counts, 0, -1)
