"""Associated Legendre functions and spherical harmonics."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import concrete
from covector._composite import composite
from covector._core import Array
from covector.scipy.special._operands import single_or_double


def _checked(function: str, m: Any, n: Any, z: Any) -> tuple[int, Array]:
    x = single_or_double(function, z)
    if x.ndim != 1:
        raise ValueError("z must be a 1D array.")
    order, degree = (int(concrete(i, f"an argument of {function}")) for i in (m, n))
    if order != degree:
        raise NotImplementedError("Computations for m!=n are not yet supported.")
    return degree, x


def lpmn_values(m: int, n: int, z: Array, is_normalized: bool) -> Array:
    """The associated Legendre functions of orders and degrees up to n.

    Args:
      m: the last order; it must be n.
      n: the last degree.
      z: where, a vector.
      is_normalized: whether they are those of spherical harmonics.

    Returns:
      An array of shape (m + 1, n + 1, len(z)).

    Raises:
      NotImplementedError: if m is not n.

    >>> covector.scipy.special.lpmn_values(2, 2, jnp.zeros(1), False).shape
    (3, 3, 1)
    """
    degree, x = _checked("lpmn_values", m, n, z)
    return _legendre(degree, x, bool(is_normalized))


def lpmn(m: int, n: int, z: Array) -> tuple[Array, Array]:
    """The associated Legendre functions of orders and degrees up to n, and their derivatives.

    Args:
      m: the last order; it must be n.
      n: the last degree.
      z: where, a vector.

    Returns:
      Two arrays of shape (m + 1, n + 1, len(z)).

    Raises:
      NotImplementedError: if m is not n.

    >>> covector.scipy.special.lpmn(2, 2, jnp.zeros(1))[1].shape
    (3, 3, 1)
    """
    degree, x = _checked("lpmn", m, n, z)
    values = _legendre(degree, x, False)
    return values, _slopes(degree, x, values)


@composite("n", "is_normalized")
def _legendre(n: int, x: Array, is_normalized: bool) -> Array:
    """By recurrence over the degree: DLMF 14.10.3, with the phase of Condon and Shortley."""
    root = jnp.sqrt(1.0 - x * x)
    zero = jnp.zeros_like(x)
    first = 0.5 / np.sqrt(np.pi) if is_normalized else 1.0
    rows, diagonal = [], jnp.full_like(x, first)
    for m in range(n + 1):
        if m:
            step = -np.sqrt(1.0 + 0.5 / m) if is_normalized else 1.0 - 2.0 * m
            diagonal = diagonal * (step * root)
        row = [zero] * m + [diagonal]
        for degree in range(m + 1, n + 1):
            a, b = _weights(m, degree, is_normalized)
            before = row[degree - 2] if degree > m + 1 else zero
            row.append(a * x * row[degree - 1] - b * before)
        rows.append(jnp.stack(row))
    return jnp.stack(rows)


def _weights(m: int, degree: int, is_normalized: bool) -> tuple[float, float]:
    """P(degree) = a x P(degree - 1) - b P(degree - 2), for order m."""
    if not is_normalized:
        return (2.0 * degree - 1) / (degree - m), (degree + m - 1.0) / (degree - m)
    span = float(degree**2 - m**2)
    a = np.sqrt((4.0 * degree**2 - 1) / span)
    if degree == m + 1:
        return float(a), 0.0
    above = (2.0 * degree + 1) * ((degree - 1.0) ** 2 - m**2)
    return float(a), float(np.sqrt(above / ((2.0 * degree - 3) * span)))


@composite("n")
def _slopes(n: int, x: Array, p: Array) -> Array:
    """By DLMF 14.10.5: (1 - x^2) P' = (l + m) P(l - 1) - l x P(l)."""
    m, degree = (jnp.arange(n + 1, dtype=x.dtype).reshape(s) for s in ((-1, 1, 1), (1, -1, 1)))
    before = jnp.concatenate([jnp.zeros_like(p[:, :1]), p[:, :-1]], 1)
    slope = ((degree + m) * before - degree * x * p) / (1.0 - x * x)
    return jnp.where(degree >= m, slope, 0.0).astype(x.dtype)


def sph_harm_y(
    n: Array,
    m: Array,
    theta: Array,
    phi: Array,
    diff_n: int | None = None,
    n_max: int | None = None,
) -> Array:
    """Spherical harmonics.

    Args:
      n: degrees.
      m: orders.
      theta: polar angles.
      phi: azimuths.
      diff_n: must be None.
      n_max: the largest degree; None stands for that of n, which must then be known.

    Raises:
      NotImplementedError: if `diff_n` is given.

    >>> one = jnp.array([1])
    >>> covector.scipy.special.sph_harm_y(one, one, one * 0.5, one * 0.5).shape
    (1,)
    """
    if diff_n is not None:
        raise NotImplementedError(
            "The 'diff_n' argument to jax.scipy.special.sph_harm_y is not supported."
        )
    if n_max is None:
        n_max = int(np.max(np.asarray(n)))
    context = (
        "The `n_max` argument of `jnp.scipy.special.sph_harm` must be statically specified to use "
        "`sph_harm` within JAX transformations."
    )
    last = int(concrete(n_max, context))
    polar = jnp.atleast_1d(_core.asarray(theta))
    return _harmonics(_core.asarray(n), _core.asarray(m), polar, _core.asarray(phi), last)


@composite("n_max")
def _harmonics(n: Array, m: Array, theta: Array, phi: Array, n_max: int) -> Array:
    table = _legendre(n_max, jnp.cos(theta), True)
    order = jnp.abs(m)
    value = table.at[order, n, jnp.arange(len(n))].get(mode="clip")
    angle = order * phi
    out = lax.complex(value * jnp.cos(angle), value * jnp.sin(angle))
    return jnp.where(m < 0, (-1.0) ** order * jnp.conjugate(out), out)
