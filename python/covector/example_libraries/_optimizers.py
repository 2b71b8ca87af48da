"""Optimizers of one array; the decorator makes them ones of trees."""

import functools
from typing import Any

from covector import numpy as jnp
from covector.example_libraries._schedules import make_schedule
from covector.example_libraries._states import optimizer


def _first(state: Any) -> Any:
    """The parameters, where they lead the state."""
    return state[0]


def _itself(x: Any) -> Any:
    return x


@optimizer
def sgd(step_size: Any) -> Any:
    """Gradient descent.

    Args:
      step_size: a number or a schedule.

    >>> init, update, params = covector.example_libraries.optimizers.sgd(0.5)
    >>> params(update(0, 2.0, init(1.0)))
    0.0
    """
    size = make_schedule(step_size)
    return _itself, lambda i, g, x: x - size(i) * g, _itself


@optimizer
def momentum(step_size: Any, mass: float) -> Any:
    """Gradient descent with momentum.

    Args:
      step_size: a number or a schedule.
      mass: how much of the velocity stays.

    >>> init, update, params = covector.example_libraries.optimizers.momentum(0.5, 0.9)
    >>> float(params(update(0, 2.0, init(1.0))))
    0.0
    """
    size = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - size(i) * velocity, velocity

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def nesterov(step_size: Any, mass: float) -> Any:
    """Gradient descent with Nesterov's momentum; arguments are those of `momentum`.

    >>> init, update, params = covector.example_libraries.optimizers.nesterov(0.5, 0.0)
    >>> float(params(update(0, 2.0, init(1.0))))
    0.0
    """
    size = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - size(i) * (mass * velocity + g), velocity

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def adagrad(step_size: Any, momentum: float = 0.9) -> Any:
    """Duchi, Hazan and Singer, "Adaptive subgradient methods" (2011), with momentum.

    Args:
      step_size: a number or a schedule.
      momentum: how much of the last step stays.

    >>> init, update, params = covector.example_libraries.optimizers.adagrad(1.0, 0.0)
    >>> float(params(update(0, 2.0, init(1.0))))
    0.0
    """
    size = make_schedule(step_size)

    def init(x0: Any) -> Any:
        return x0, jnp.zeros_like(x0), jnp.zeros_like(x0)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, m = state
        squares = squares + jnp.square(g)
        inverse = jnp.where(squares > 0, 1.0 / jnp.sqrt(squares), 0.0)
        m = (1.0 - momentum) * (g * inverse) + momentum * m
        return x - size(i) * m, squares, m

    return init, update, _first


@optimizer
def rmsprop(step_size: Any, gamma: float = 0.9, eps: float = 1e-8) -> Any:
    """Tieleman and Hinton, "Divide the gradient by a running average" (2012).

    Args:
      step_size: a number or a schedule.
      gamma: how much of the average of squares stays.
      eps: what keeps quotients finite.

    >>> init, update, params = covector.example_libraries.optimizers.rmsprop(1.0, 0.0)
    >>> float(params(update(0, 2.0, init(1.0))))
    0.0
    """
    size = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares = state
        squares = squares * gamma + jnp.square(g) * (1.0 - gamma)
        return x - size(i) * g / jnp.sqrt(squares + eps), squares

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def rmsprop_momentum(
    step_size: Any, gamma: float = 0.9, eps: float = 1e-8, momentum: float = 0.9
) -> Any:
    """`rmsprop` with momentum.

    Args:
      step_size: a number or a schedule.
      gamma: how much of the average of squares stays.
      eps: what keeps quotients finite.
      momentum: how much of the last step stays.

    >>> init, update, params = covector.example_libraries.optimizers.rmsprop_momentum(1.0, 0.0)
    >>> float(params(update(0, 2.0, init(1.0))))
    0.0
    """
    size = make_schedule(step_size)

    def init(x0: Any) -> Any:
        return x0, jnp.zeros_like(x0), jnp.zeros_like(x0)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, step = state
        squares = squares * gamma + jnp.square(g) * (1.0 - gamma)
        step = momentum * step + size(i) * g / jnp.sqrt(squares + eps)
        return x - step, squares, step

    return init, update, _first


@optimizer
def adam(step_size: Any, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    """Kingma and Ba, "Adam: a method for stochastic optimization" (2015).

    Args:
      step_size: a number or a schedule.
      b1: how much of the average of gradients stays.
      b2: how much of the average of their squares stays.
      eps: what keeps quotients finite.

    >>> init, update, params = covector.example_libraries.optimizers.adam(1.0)
    >>> round(float(params(update(0, jnp.float32(2), init(jnp.float32(1))))), 3)
    0.0
    """
    size = make_schedule(step_size)

    def init(x0: Any) -> Any:
        return x0, jnp.zeros_like(x0), jnp.zeros_like(x0)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, m, v = state
        m = (1 - b1) * g + b1 * m
        v = (1 - b2) * jnp.square(g) + b2 * v
        mean = m / (1 - jnp.asarray(b1, m.dtype) ** (i + 1))
        square = v / (1 - jnp.asarray(b2, m.dtype) ** (i + 1))
        return x - size(i) * mean / (jnp.sqrt(square) + eps), m, v

    return init, update, _first


@optimizer
def adamax(step_size: Any, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    """The variant of `adam` with the largest gradient; arguments are those of `adam`.

    >>> init, update, params = covector.example_libraries.optimizers.adamax(1.0)
    >>> round(float(params(update(0, jnp.float32(2), init(jnp.float32(1))))), 3)
    0.0
    """
    size = make_schedule(step_size)

    def init(x0: Any) -> Any:
        return x0, jnp.zeros_like(x0), jnp.zeros_like(x0)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, m, largest = state
        m = (1 - b1) * g + b1 * m
        largest = jnp.maximum(b2 * largest, jnp.abs(g))
        scale = size(i) / (1 - jnp.asarray(b1, m.dtype) ** (i + 1))
        return x - scale * m / (largest + eps), m, largest

    return init, update, _first


@optimizer
def sm3(step_size: Any, momentum: float = 0.9) -> Any:
    """Anil, Gupta, Koren and Singer, "Memory-efficient adaptive optimization" (2019).

    Args:
      step_size: a number or a schedule.
      momentum: how much of the last step stays.

    >>> init, update, params = covector.example_libraries.optimizers.sm3(1.0, 0.0)
    >>> params(update(0, jnp.ones(2), init(jnp.ones(2))))
    Array([0., 0.], dtype=float32)
    """
    size = make_schedule(step_size)

    def init(x0: Any) -> Any:
        x = jnp.atleast_1d(x0)
        return x, jnp.zeros_like(x), [jnp.zeros(n, dtype=x.dtype) for n in x.shape], x0.shape

    def update(i: Any, g: Any, state: Any) -> Any:
        x, m, bounds, shape = state
        axes = range(x.ndim)
        spread = [jnp.expand_dims(v, [j for j in axes if j != k]) for k, v in enumerate(bounds)]
        squares = functools.reduce(jnp.minimum, spread) + jnp.square(g)
        inverse = jnp.where(squares > 0, 1.0 / jnp.sqrt(squares), 0)
        m = (1.0 - momentum) * (g * inverse) + momentum * m
        bounds = [squares.max([j for j in axes if j != k]) for k in axes]
        return x - size(i) * m, m, bounds, shape

    return init, update, lambda state: state[0].reshape(state[3])
