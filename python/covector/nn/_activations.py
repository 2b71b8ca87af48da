"""Activation functions, elementwise."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_array
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike


@custom_jvp
def relu(x: ArrayLike) -> Array:
    """max(x, 0), with derivative 0 at 0.

    The derivative at 0 is that of LeCun, Bengio and Hinton, "Deep learning" (2015).

    >>> covector.nn.relu(jnp.array([-1.0, 2.0]))
    Array([0., 2.], dtype=float32)
    """
    return jnp.maximum(x, 0)


def _relu_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return relu(x), jnp.where(x > 0, g, jnp.zeros_like(g))


relu.defjvp(_relu_jvp)


@composite()
def relu6(x: ArrayLike) -> Array:
    """min(max(x, 0), 6), with derivative 0 at 0 and at 6.

    >>> float(covector.nn.relu6(7.0))
    6.0
    """
    return _relu6(x)


@custom_jvp
def _relu6(x: ArrayLike) -> Array:
    return jnp.minimum(jnp.maximum(x, 0), 6.0)


def _relu6_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return _relu6(x), jnp.where((x > 0) & (x < 6), g, jnp.zeros_like(g))


_relu6.defjvp(_relu6_jvp)


@composite()
def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> float(covector.nn.sigmoid(0.0))
    0.5
    """
    (x,) = _inexact("sigmoid", x)
    return lax.logistic(x)


@composite()
def softplus(x: ArrayLike) -> Array:
    """log(1 + exp(x)), without overflow.

    >>> covector.nn.softplus(jnp.zeros(3)).shape
    (3,)
    """
    return jnp.logaddexp(x, 0)


@composite()
def sparse_plus(x: ArrayLike) -> Array:
    """0 below -1, x above 1, and (x + 1)**2 / 4 between: softplus with an end.

    >>> covector.nn.sparse_plus(jnp.array([-2.0, 0.0, 2.0]))
    Array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = as_array("sparse_plus", x)
    return jnp.where(x <= -1.0, 0.0, jnp.where(x >= 1.0, x, (x + 1.0) ** 2 / 4))


@composite()
def sparse_sigmoid(x: ArrayLike) -> Array:
    """0 below -1, 1 above 1, and (x + 1) / 2 between: the derivative of `sparse_plus`.

    >>> covector.nn.sparse_sigmoid(jnp.array([-2.0, 0.0, 2.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return 0.5 * jnp.clip(as_array("sparse_sigmoid", x) + 1.0, 0.0, 2.0)


@custom_jvp
def log1mexp(x: ArrayLike) -> Array:
    """log(1 - exp(-x)), exact for small and for large x.

    The formula is that of Maechler, "Accurately computing log(1 - exp(-|a|))" (2012).

    >>> float(covector.nn.log1mexp(jnp.inf))
    -0.0
    """
    return _log1mexp(x)


@composite()
def _log1mexp(x: ArrayLike) -> Array:
    x = as_array("log1mexp", x)
    small = x < jnp.log(2.0)
    return jnp.where(small, jnp.log(-jnp.expm1(-x)), jnp.log1p(-jnp.exp(-x)))


def _log1mexp_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return log1mexp(x), g / jnp.expm1(x)


log1mexp.defjvp(_log1mexp_jvp)


@composite()
def soft_sign(x: ArrayLike) -> Array:
    """x / (1 + |x|).

    >>> float(covector.nn.soft_sign(1.0))
    0.5
    """
    x = as_array("soft_sign", x)
    return x / (jnp.abs(x) + 1)


@composite()
def silu(x: ArrayLike) -> Array:
    """x * sigmoid(x), also called swish (Elfwing et al. 2017, Ramachandran et al. 2017).

    >>> float(covector.nn.silu(0.0))
    0.0
    """
    x = as_array("silu", x)
    return x * sigmoid(x)


swish = silu


@composite()
def mish(x: ArrayLike) -> Array:
    """x * tanh(softplus(x)) (Misra 2019).

    >>> float(covector.nn.mish(0.0))
    0.0
    """
    x = as_array("mish", x)
    return x * jnp.tanh(softplus(x))


@composite()
def log_sigmoid(x: ArrayLike) -> Array:
    """log(sigmoid(x)), without underflow.

    >>> covector.nn.log_sigmoid(jnp.zeros(3)).shape
    (3,)
    """
    return -softplus(-as_array("log_sigmoid", x))


@composite()
def elu(x: ArrayLike, alpha: ArrayLike = 1.0) -> Array:
    """x where positive, else alpha * (exp(x) - 1) (Clevert et al. 2015).

    >>> float(covector.nn.elu(0.0))
    0.0
    """
    x = as_array("elu", x)
    # The branch not taken must not overflow: its derivative would be 0 * inf.
    safe = jnp.where(x > 0, 0.0, x)
    return jnp.where(x > 0, x, alpha * jnp.expm1(safe))


@composite()
def celu(x: ArrayLike, alpha: ArrayLike = 1.0) -> Array:
    """x where positive, else alpha * (exp(x / alpha) - 1) (Barron 2017).

    >>> float(covector.nn.celu(0.0))
    0.0
    """
    x = as_array("celu", x)
    return jnp.maximum(x, 0.0) + alpha * jnp.expm1(jnp.minimum(x, 0.0) / alpha)


@composite()
def selu(x: ArrayLike) -> Array:
    """The scaled exponential linear unit (Klambauer et al. 2017).

    >>> float(covector.nn.selu(0.0))
    0.0
    """
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


@composite()
def leaky_relu(x: ArrayLike, negative_slope: ArrayLike = 1e-2) -> Array:
    """x where not negative, else negative_slope * x.

    >>> float(covector.nn.leaky_relu(2.0))
    2.0
    """
    x = as_array("leaky_relu", x)
    return jnp.where(x >= 0, x, negative_slope * x)


@composite()
def hard_tanh(x: ArrayLike) -> Array:
    """x clipped to [-1, 1].

    >>> float(covector.nn.hard_tanh(3.0))
    1.0
    """
    x = as_array("hard_tanh", x)
    return jnp.where(x > 1, 1, jnp.where(x < -1, -1, x))


@composite()
def hard_sigmoid(x: ArrayLike) -> Array:
    """relu6(x + 3) / 6.

    >>> float(covector.nn.hard_sigmoid(3.0))
    1.0
    """
    return relu6(as_array("hard_sigmoid", x) + 3.0) / 6.0


@composite()
def hard_silu(x: ArrayLike) -> Array:
    """x * hard_sigmoid(x) (Howard et al. 2019).

    >>> float(covector.nn.hard_silu(3.0))
    3.0
    """
    x = as_array("hard_silu", x)
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@composite("approximate")
def gelu(x: ArrayLike, approximate: bool = True) -> Array:
    """x times the normal distribution function of x (Hendrycks and Gimpel 2016).

    Args:
      x: an array; integers become floats.
      approximate: whether to use the approximation with tanh.

    >>> float(covector.nn.gelu(0.0))
    0.0
    """
    (x,) = _inexact("gelu", x)
    if approximate:
        root = np.sqrt(2 / np.pi).astype(x.dtype)
        return x * (0.5 * (1.0 + jnp.tanh(root * (x + 0.044715 * (x**3)))))
    half = np.sqrt(0.5).astype(x.dtype)
    return (0.5 * x * lax.erfc(-x * half)).astype(x.dtype)


@composite("axis")
def glu(x: ArrayLike, axis: int = -1) -> Array:
    """The first half along an axis, gated by the sigmoid of the second (Dauphin et al. 2017).

    Raises:
      AssertionError: if the axis has an odd size.

    >>> covector.nn.glu(jnp.ones((2, 4))).shape
    (2, 2)
    """
    x = as_array("glu", x)
    if x.shape[axis] % 2:
        raise AssertionError(
            f"axis size must be divisible by 2: glu was given axis {axis} of shape {x.shape}"
        )
    a, b = jnp.split(x, 2, axis)
    return a * sigmoid(b)


@composite()
def squareplus(x: ArrayLike, b: ArrayLike = 4) -> Array:
    """(x + sqrt(x**2 + b)) / 2 (Barron 2021).

    >>> float(covector.nn.squareplus(0.0))
    1.0
    """
    x, b = as_array("squareplus", x), as_array("squareplus", b, 1)
    return (x + jnp.sqrt(jnp.square(x) + b)) / 2.0


def identity(x: ArrayLike) -> Array:
    """x itself, as an array.

    >>> float(covector.nn.identity(2.0))
    2.0
    """
    return as_array("identity", x)


tanh = jnp.tanh


def _inexact(function: str, x: ArrayLike) -> tuple[Array]:
    from covector import _core

    return _core.numpy.promote_dtypes_inexact(as_array(function, x))
