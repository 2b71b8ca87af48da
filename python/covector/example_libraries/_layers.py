"""Layers of networks that look at one element or one vector at a time."""

import math
from collections.abc import Callable
from typing import Any

from covector import nn, random
from covector import numpy as jnp
from covector.nn.initializers import glorot_normal, normal, ones, zeros

Layer = tuple[Callable[..., Any], Callable[..., Any]]

glorot = glorot_normal
randn = normal
logsoftmax = nn.log_softmax


def Dense(out_dim: int, W_init: Any = None, b_init: Any = None) -> Layer:
    """A linear map and a bias.

    Args:
      out_dim: the size of the output's last axis.
      W_init: the initializer of the matrix; None is `glorot_normal()`.
      b_init: the initializer of the bias; None is `normal()`.

    >>> init, apply = covector.example_libraries.stax.Dense(4)
    >>> init(covector.random.PRNGKey(0), (-1, 3))[0]
    (-1, 4)
    """
    w_init, bias_init = W_init or glorot_normal(), b_init or normal()

    def init_fun(rng: Any, input_shape: Any) -> Any:
        k1, k2 = random.split(rng)
        w, b = w_init(k1, (input_shape[-1], out_dim)), bias_init(k2, (out_dim,))
        return (*input_shape[:-1], out_dim), (w, b)

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        w, b = params
        return jnp.dot(inputs, w) + b

    return init_fun, apply_fun


def BatchNorm(
    axis: Any = (0, 1, 2),
    epsilon: float = 1e-5,
    center: bool = True,
    scale: bool = True,
    beta_init: Any = zeros,
    gamma_init: Any = ones,
) -> Layer:
    """Normalization over a batch (Ioffe and Szegedy 2015), with a learned scale and center.

    Args:
      axis: the axes of which mean and variance are taken.
      epsilon: what is added to the variance.
      center: whether a parameter is added.
      scale: whether a parameter is a factor.
      beta_init: the initializer of the former.
      gamma_init: that of the latter.

    >>> init, apply = covector.example_libraries.stax.BatchNorm(axis=0)
    >>> init(covector.random.PRNGKey(0), (5, 3))[0]
    (5, 3)
    """
    axes = (axis,) if jnp.isscalar(axis) else tuple(axis)

    def init_fun(rng: Any, input_shape: Any) -> Any:
        shape = tuple(d for i, d in enumerate(input_shape) if i not in axes)
        k1, k2 = random.split(rng)
        beta = beta_init(k1, shape) if center else ()
        return input_shape, (beta, gamma_init(k2, shape) if scale else ())

    def apply_fun(params: Any, x: Any, **kwargs: Any) -> Any:
        beta, gamma = params
        spread = tuple(None if i in axes else slice(None) for i in range(jnp.ndim(x)))
        z = nn.standardize(x, axes, epsilon=epsilon)
        if scale:
            z = gamma[spread] * z
        return z + beta[spread] if center else z

    return init_fun, apply_fun


def elementwise(fun: Callable[..., Any], **fun_kwargs: Any) -> Layer:
    """A layer that applies a function without parameters.

    >>> init, apply = covector.example_libraries.stax.elementwise(jnp.clip, max=2.0)
    >>> float(apply((), 3.0))
    2.0
    """

    def init_fun(rng: Any, input_shape: Any) -> Any:
        return input_shape, ()

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        return fun(inputs, **fun_kwargs)

    return init_fun, apply_fun


Tanh = elementwise(jnp.tanh)
Relu = elementwise(nn.relu)
Exp = elementwise(jnp.exp)
LogSoftmax = elementwise(nn.log_softmax, axis=-1)
Softmax = elementwise(nn.softmax, axis=-1)
Softplus = elementwise(nn.softplus)
Sigmoid = elementwise(nn.sigmoid)
Elu = elementwise(nn.elu)
LeakyRelu = elementwise(nn.leaky_relu)
Selu = elementwise(nn.selu)
Gelu = elementwise(nn.gelu)


def _flattened_shape(rng: Any, input_shape: Any) -> Any:
    return (input_shape[0], math.prod(input_shape[1:])), ()


def _flattened(params: Any, inputs: Any, **kwargs: Any) -> Any:
    return jnp.reshape(inputs, (inputs.shape[0], -1))


Flatten = (_flattened_shape, _flattened)


def Dropout(rate: float, mode: str = "train") -> Layer:
    """A layer that drops elements at random and scales the others (Srivastava et al. 2014).

    Args:
      rate: the probability to keep an element.
      mode: whether elements are dropped: only if it is "train".

    >>> init, apply = covector.example_libraries.stax.Dropout(0.5, "test")
    >>> float(apply((), jnp.float32(2), rng=covector.random.PRNGKey(0)))
    2.0
    """

    def init_fun(rng: Any, input_shape: Any) -> Any:
        return input_shape, ()

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        rng = kwargs.get("rng")
        if rng is None:
            raise ValueError(
                "Dropout layer requires apply_fun to be called with a PRNG key argument. That is, "
                "instead of `apply_fun(params, inputs)`, call it like "
                "`apply_fun(params, inputs, rng)` where `rng` is a PRNG key (e.g. from "
                "`jax.random.key`)."
            )
        if mode != "train":
            return inputs
        keep = random.bernoulli(rng, rate, inputs.shape)
        return jnp.where(keep, inputs / rate, 0)

    return init_fun, apply_fun
