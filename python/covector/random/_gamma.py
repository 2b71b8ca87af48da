"""Samplers of the gamma distribution and of distributions made of it."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, concrete, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.random._continuous import _exponential, _normal
from covector.random._discrete import _rademacher
from covector.random._keys import check_key, split
from covector.random._parameters import check_shape, parametric, real_dtype, sample_shape


@composite("shape", "dtype", "log_space")
def _gamma(key: Array, a: Any, shape: Any, dtype: Any, log_space: bool = False) -> Array:
    a = jnp.broadcast_to(lax.convert_element_type(a, dtype), shape)
    return _core.random.gamma(key, a, log_space)


def gamma(
    key: ArrayLike,
    a: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the gamma distribution of scale 1, differentiable by `a`.

    Args:
      key: a key.
      a: the shape parameter.
      shape: the shape of the result; None stands for that of `a`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.gamma(covector.random.PRNGKey(0), 2.0) > 0)
    True
    """
    k, d = check_key("gamma", key), real_dtype("gamma", dtype)
    return place(_gamma(k, a, sample_shape("gamma", shape, a), d), None, out_sharding)


def loggamma(
    key: ArrayLike,
    a: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Logarithms of samples of the gamma distribution, exact where samples are tiny.

    Args:
      key: a key.
      a: the shape parameter.
      shape: the shape of the result; None stands for that of `a`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(jnp.isfinite(covector.random.loggamma(covector.random.PRNGKey(0), 1e-3)))
    True
    """
    k, d = check_key("loggamma", key), real_dtype("gamma", dtype)
    return place(_gamma(k, a, sample_shape("gamma", shape, a), d, True), None, out_sharding)


def beta(
    key: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the beta distribution, differentiable by its parameters.

    Args:
      key: a key.
      a: the first parameter.
      b: the second parameter.
      shape: the shape of the result; None stands for that of the parameters.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> covector.random.beta(covector.random.PRNGKey(0), 2.0, jnp.ones(3)).shape
    (3,)
    """
    return parametric("beta", _beta, key, (a, b), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _beta(key: Array, a: Array, b: Array, shape: Any, dtype: Any) -> Array:
    keys = split(key)
    log_a, log_b = (_gamma(k, x, shape, dtype, True) for k, x in zip(keys, (a, b)))
    top = lax.max(log_a, log_b)
    scaled_a, scaled_b = jnp.exp(log_a - top), jnp.exp(log_b - top)
    return scaled_a / (scaled_a + scaled_b)


def dirichlet(
    key: ArrayLike,
    alpha: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the Dirichlet distribution: vectors of positive numbers whose sum is 1.

    Args:
      key: a key.
      alpha: concentrations, along the last axis.
      shape: the leading axes of the result; None stands for those of `alpha`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    Raises:
      ValueError: if `alpha` has no axis.

    >>> covector.random.dirichlet(covector.random.PRNGKey(0), jnp.ones(3), (2,)).shape
    (2, 3)
    """
    k, d = check_key("dirichlet", key), real_dtype("dirichlet", dtype)
    own = np.shape(alpha)
    if not own:
        raise ValueError("dirichlet requires alpha.ndim >= 1, got alpha.ndim == 0")
    dims = own[:-1] if shape is None else canonical_shape(shape)
    check_shape("dirichlet", dims, own[:-1])
    return place(_dirichlet(k, alpha, (*dims, own[-1]), d), None, out_sharding)


@composite("shape", "dtype")
def _dirichlet(key: Array, alpha: Any, shape: Any, dtype: Any) -> Array:
    from covector.nn import softmax

    return softmax(_gamma(key, alpha, shape, dtype, True), -1)


def chisquare(
    key: ArrayLike,
    df: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the chi-square distribution.

    Args:
      key: a key.
      df: degrees of freedom.
      shape: the shape of the result; None stands for that of `df`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.chisquare(covector.random.PRNGKey(0), 3.0) > 0)
    True
    """
    return parametric("chisquare", _chisquare, key, (df,), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _chisquare(key: Array, df: Array, shape: Any, dtype: Any) -> Array:
    half = lax.div(lax.convert_element_type(df, dtype), np.array(2, dtype))
    return lax.mul(jnp.exp(_gamma(key, half, shape, dtype, True)), np.array(2, dtype))


def f(
    key: ArrayLike,
    dfnum: ArrayLike,
    dfden: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the F distribution: quotients of chi-square samples per degree of freedom.

    Args:
      key: a key.
      dfnum: degrees of freedom of the numerator.
      dfden: those of the denominator.
      shape: the shape of the result; None stands for that of the parameters.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.f(covector.random.PRNGKey(0), 3.0, 4.0) > 0)
    True
    """
    return parametric("f", _f, key, (dfnum, dfden), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _f(key: Array, dfnum: Array, dfden: Array, shape: Any, dtype: Any) -> Array:
    key_den, key_num = split(key)
    num, den = (lax.convert_element_type(x, dtype) for x in (dfnum, dfden))
    above = _chisquare(key_num, num, shape, dtype) / num
    return above / (_chisquare(key_den, den, shape, dtype) / den)


def t(
    key: ArrayLike,
    df: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of Student's t distribution.

    Args:
      key: a key.
      df: degrees of freedom.
      shape: the shape of the result; None stands for that of `df`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> covector.random.t(covector.random.PRNGKey(0), 3.0, (2,)).shape
    (2,)
    """
    return parametric("t", _t, key, (df,), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _t(key: Array, df: Array, shape: Any, dtype: Any) -> Array:
    key_n, key_g = split(key)
    half = lax.div(lax.convert_element_type(df, dtype), np.array(2, dtype))
    n, g = _normal(key_n, shape, dtype), _gamma(key_g, half, shape, dtype)
    return n * jnp.sqrt(half / g)


def generalized_normal(
    key: ArrayLike,
    p: float,
    shape: Any = (),
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples with a density proportional to exp(-|x|**p).

    Args:
      key: a key.
      p: the exponent.
      shape: the shape of the result.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> covector.random.generalized_normal(covector.random.PRNGKey(0), 2, (3,)).shape
    (3,)
    """
    k = check_key("generalized_normal", key)
    d = user_dtype(float if dtype is None else dtype, "generalized_normal")
    return place(_generalized_normal(k, p, canonical_shape(shape), d), None, out_sharding)


@composite("shape", "dtype")
def _generalized_normal(key: Array, p: Any, shape: Any, dtype: Any) -> Array:
    size, sign = split(key)
    return _rademacher(sign, shape, dtype) * _gamma(size, 1 / p, shape, dtype) ** (1 / p)


def ball(
    key: ArrayLike,
    d: int,
    p: float = 2,
    shape: Any = (),
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Points that are uniform in the unit ball of the p-norm.

    The method is that of Barthe, Guedon, Mendelson and Naor, "A probabilistic approach to the
    geometry of the l_p^n-ball" (2005).

    Args:
      key: a key.
      d: the dimension of the space, the last axis of the result.
      p: which norm.
      shape: the leading axes of the result.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> covector.random.ball(covector.random.PRNGKey(0), 3, shape=(2,)).shape
    (2, 3)
    """
    k, kind = check_key("ball", key), user_dtype(float if dtype is None else dtype, "ball")
    size = int(concrete(d, "The error occurred in jax.random.ball()"))
    return place(_ball(k, p, size, canonical_shape(shape), kind), None, out_sharding)


@composite("d", "shape", "dtype")
def _ball(key: Array, p: Any, d: int, shape: Any, dtype: Any) -> Array:
    key_g, key_e = split(key)
    g = _generalized_normal(key_g, p, (*shape, d), dtype)
    e = _exponential(key_e, shape, dtype)
    norm = ((jnp.abs(g) ** p).sum(-1) + e) ** (1 / p)
    return g / norm[..., None]
