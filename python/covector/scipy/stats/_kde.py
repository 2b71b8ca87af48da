"""Kernel density estimation with Gaussian kernels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core, random
from covector import numpy as jnp
from covector._arguments import check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special import logsumexp, ndtr
from covector.tree_util import register_pytree_node_class

BandwidthMethod = None | str | ArrayLike | Callable[[Any], Array]


@register_pytree_node_class
class gaussian_kde:
    """An estimate of a density from samples of it: a mixture of normal densities around them.

    See B. W. Silverman, "Density estimation for statistics and data analysis" (1986).

    Args:
      dataset: the samples, an array (dimensions, samples), or a vector for one dimension.
      bw_method: the width of kernels: "scott", "silverman", a factor, or a function of the
        estimate that gives it. None is "scott".
      weights: weights of samples, a vector.

    Raises:
      ValueError: if shapes do not fit, or there is no such method.

    >>> kde = covector.scipy.stats.gaussian_kde(jnp.arange(4.0))
    >>> kde.pdf(jnp.zeros(2)).shape
    (2,)
    """

    neff: Any
    dataset: Any
    weights: Any
    covariance: Any
    inv_cov: Any

    def __init__(
        self, dataset: ArrayLike, bw_method: BandwidthMethod = None, weights: Any = None
    ) -> None:
        """Computes the covariance of the kernels."""
        check_arraylike("gaussian_kde", dataset)
        data = jnp.atleast_2d(_core.asarray(dataset))
        if jnp.iscomplexobj(data):
            raise NotImplementedError("gaussian_kde does not support complex data")
        if data.size <= 1:
            raise ValueError("`dataset` input should have multiple elements.")
        n = data.shape[1]
        if weights is None:
            (data,) = _core.numpy.promote_dtypes_inexact(data)
            w = jnp.full(n, 1.0 / n, dtype=data.dtype)
        else:
            check_arraylike("gaussian_kde", weights)
            data, w = _core.numpy.promote_dtypes_inexact(data, _core.asarray(weights))
            w = jnp.atleast_1d(w)
            if w.ndim != 1:
                raise ValueError("`weights` input should be one-dimensional.")
            if len(w) != n:
                raise ValueError("`weights` input should be of length n")
            w = w / jnp.sum(w)
        self._set(neff=1 / jnp.sum(w**2), dataset=data, weights=w)
        factor = self._factor(bw_method)
        covariance = jnp.atleast_2d(jnp.cov(data, rowvar=True, bias=False, aweights=w))
        inverse = jnp.linalg.inv(covariance) / factor**2
        self._set(covariance=covariance * factor**2, inv_cov=inverse)

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"cannot assign to field {name!r}: a gaussian_kde does not change")

    def _factor(self, method: BandwidthMethod) -> Any:
        d = self.d
        if method is None or (isinstance(method, str) and method == "scott"):
            return jnp.power(self.neff, -1.0 / (d + 4))
        if isinstance(method, str) and method == "silverman":
            return jnp.power(self.neff * (d + 2) / 4.0, -1.0 / (d + 4))
        if jnp.isscalar(method) and not isinstance(method, str):
            return method
        if callable(method):
            return method(self)
        raise ValueError("`bw_method` should be 'scott', 'silverman', a scalar, or a callable.")

    def tree_flatten(self) -> Any:
        """The arrays of the estimate."""
        return (self.neff, self.dataset, self.weights, self.covariance, self.inv_cov), None

    @classmethod
    def tree_unflatten(cls, aux_data: Any, children: Any) -> "gaussian_kde":
        """The estimate of these arrays."""
        del aux_data
        kde = cls.__new__(cls)
        names = ("neff", "dataset", "weights", "covariance", "inv_cov")
        kde._set(**dict(zip(names, children)))
        return kde

    @property
    def d(self) -> int:
        """The number of dimensions."""
        return self.dataset.shape[0]

    @property
    def n(self) -> int:
        """The number of samples."""
        return self.dataset.shape[1]

    def evaluate(self, points: ArrayLike) -> Array:
        """The density at points (dimensions, points)."""
        return self._at("evaluate", points, False)

    def __call__(self, points: ArrayLike) -> Array:
        """The density at points."""
        return self.evaluate(points)

    def pdf(self, x: ArrayLike) -> Array:
        """The density at points."""
        return self.evaluate(x)

    def logpdf(self, x: ArrayLike) -> Array:
        """The logarithm of the density at points."""
        return self._at("logpdf", x, True)

    def _at(self, function: str, points: ArrayLike, in_log: bool) -> Array:
        check_arraylike(function, points)
        at = self._reshaped(points)
        return _evaluated(self.dataset, self.weights, at, self.inv_cov, in_log)

    def _reshaped(self, points: ArrayLike) -> Array:
        x = jnp.atleast_2d(_core.asarray(points))
        if jnp.iscomplexobj(x):
            raise NotImplementedError("gaussian_kde does not support complex coordinates")
        if x.shape[0] == self.d:
            return x
        if x.shape == (1, self.d):
            return x.reshape(self.d, 1)
        raise ValueError(f"points have dimension {x.shape[0]}, dataset has dimension {self.d}")

    def integrate_gaussian(self, mean: ArrayLike, cov: ArrayLike) -> Array:
        """The integral of the estimate times a normal density.

        Raises:
          ValueError: if the mean or the covariance have another dimension.
        """
        m = jnp.atleast_1d(jnp.squeeze(_core.asarray(mean)))
        c = jnp.atleast_2d(_core.asarray(cov))
        if m.shape != (self.d,):
            raise ValueError(f"mean does not have dimension {self.d}")
        if c.shape != (self.d, self.d):
            raise ValueError(f"covariance does not have dimension {self.d}")
        return _overlap(self.covariance + c, self.dataset, m[:, None], self.weights, jnp.ones(1))

    def integrate_box_1d(self, low: ArrayLike, high: ArrayLike) -> Array:
        """The integral over an interval, of an estimate in one dimension.

        Raises:
          ValueError: if it has more, or a bound is no scalar.
        """
        if self.d != 1:
            raise ValueError("integrate_box_1d() only handles 1D pdfs")
        if np.ndim(low) or np.ndim(high):
            raise ValueError("the limits of integration in integrate_box_1d must be scalars")
        deviation = jnp.squeeze(jnp.sqrt(self.covariance))
        ends = (jnp.squeeze((end - self.dataset) / deviation) for end in (low, high))
        below, above = map(ndtr, ends)
        return jnp.sum(self.weights * (above - below))

    def integrate_kde(self, other: "gaussian_kde") -> Array:
        """The integral of the product with another estimate.

        Raises:
          ValueError: if the other has another dimension.
        """
        if other.d != self.d:
            raise ValueError("KDEs are not the same dimensionality")
        both = self.covariance + other.covariance
        return _overlap(both, self.dataset, other.dataset, self.weights, other.weights)

    def resample(self, key: ArrayLike, shape: Any = ()) -> Array:
        """Samples of the estimated distribution: an array (dimensions, *shape).

        Args:
          key: a key.
          shape: the shape of the samples.
        """
        key_which, key_noise = random.split(key)
        which = random.choice(key_which, self.n, shape=shape, p=self.weights)
        zero = jnp.zeros(self.d, self.covariance.dtype)
        noise = random.multivariate_normal(
            key_noise, zero, self.covariance, shape=shape, dtype=self.dataset.dtype
        )
        return self.dataset[:, which] + noise.T

    def integrate_box(self, low_bounds: Any, high_bounds: Any, maxpts: Any = None) -> Array:
        """Raises NotImplementedError: `integrate_box_1d` is there."""
        raise NotImplementedError("only 1D box integrations are supported; use `integrate_box_1d`")

    def set_bandwidth(self, bw_method: BandwidthMethod = None) -> None:
        """Raises NotImplementedError: an estimate does not change."""
        raise NotImplementedError("dynamically changing the bandwidth method is not supported")


@composite("in_log")
def _evaluated(data: Array, weights: Array, points: Array, precision: Array, in_log: bool) -> Array:
    data, weights, points, precision = _core.numpy.promote_dtypes_inexact(
        data, weights, points, precision
    )
    whitening = jnp.linalg.cholesky(precision)
    log_norm = jnp.sum(jnp.log(jnp.diag(whitening))) - 0.5 * len(data) * np.log(2 * np.pi)
    own, at = jnp.dot(data.T, whitening), jnp.dot(points.T, whitening)
    squares = jnp.sum(jnp.square(at[:, None] - own[None]), axis=-1)
    exponents = log_norm - 0.5 * squares
    if in_log:
        return logsumexp(jnp.log(weights) + exponents, axis=1)
    return jnp.sum(weights * jnp.exp(exponents), axis=1)


@composite()
def _overlap(covariance: Array, a: Array, b: Array, weights_a: Array, weights_b: Array) -> Array:
    """The integral of the product of two mixtures, the covariance being the sum of theirs."""
    factor = jnp.linalg.cholesky(covariance)
    norm = 1.0 / (np.sqrt(2 * np.pi) ** len(a) * jnp.prod(jnp.diag(factor)))
    difference = (a[:, :, None] - b[:, None, :]).reshape(len(a), -1)
    exponents = 0.5 * jnp.sum(difference * jnp.linalg.solve(covariance, difference), axis=0)
    terms = jnp.exp(-exponents).reshape(a.shape[1], b.shape[1])
    return norm * jnp.sum(terms * weights_a[:, None] * weights_b[None])
