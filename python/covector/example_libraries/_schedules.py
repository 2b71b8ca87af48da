"""Step sizes that depend on the number of the step; norms of gradients."""

from collections.abc import Callable
from typing import Any

from covector import numpy as jnp
from covector.tree_util import tree_leaves, tree_map

Schedule = Callable[[Any], Any]


def constant(step_size: Any) -> Schedule:
    """Always the same step size.

    >>> covector.example_libraries.optimizers.constant(0.1)(7)
    0.1
    """
    return lambda i: step_size


def exponential_decay(step_size: Any, decay_steps: Any, decay_rate: Any) -> Schedule:
    """A step size that is multiplied by a rate each so many steps.

    >>> covector.example_libraries.optimizers.exponential_decay(1.0, 2, 0.5)(4)
    0.25
    """
    return lambda i: step_size * decay_rate ** (i / decay_steps)


def inverse_time_decay(
    step_size: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False
) -> Schedule:
    """A step size divided by 1 + rate * step / steps.

    Args:
      step_size: the first one.
      decay_steps: the unit of time.
      decay_rate: how fast it decays.
      staircase: whether time is counted in whole units.

    >>> covector.example_libraries.optimizers.inverse_time_decay(1.0, 2, 0.5)(4)
    0.5
    """
    if staircase:
        return lambda i: step_size / (1 + decay_rate * jnp.floor(i / decay_steps))
    return lambda i: step_size / (1 + decay_rate * i / decay_steps)


def polynomial_decay(
    step_size: Any, decay_steps: Any, final_step_size: Any, power: Any = 1.0
) -> Schedule:
    """A step size that goes to a last one as a power of the time left.

    Args:
      step_size: the first one.
      decay_steps: when the last one is reached.
      final_step_size: the last one.
      power: the exponent.

    >>> float(covector.example_libraries.optimizers.polynomial_decay(1.0, 4, 0.5)(9))
    0.5
    """

    def schedule(step_num: Any) -> Any:
        step = jnp.minimum(step_num, decay_steps)
        left = (1 - step / decay_steps) ** power
        return left * (step_size - final_step_size) + final_step_size

    return schedule


def piecewise_constant(boundaries: Any, values: Any) -> Schedule:
    """A step size for each interval of steps.

    Args:
      boundaries: the last step of each interval but the last.
      values: the step sizes.

    Raises:
      ValueError: if there is not one value more than boundaries.

    >>> float(covector.example_libraries.optimizers.piecewise_constant([2], [1.0, 0.5])(3))
    0.5
    """
    ends, sizes = jnp.array(boundaries), jnp.array(values)
    if not ends.ndim == sizes.ndim == 1:
        raise ValueError("boundaries and values must be sequences")
    if ends.shape[0] != sizes.shape[0] - 1:
        raise ValueError("boundaries length must be one shorter than values length")
    return lambda i: sizes[jnp.sum(i > ends)]


def make_schedule(scalar_or_schedule: Any) -> Schedule:
    """A schedule as it is, a number as a constant one.

    Raises:
      TypeError: if it is neither.

    >>> covector.example_libraries.optimizers.make_schedule(0.1)(7)
    0.1
    """
    if callable(scalar_or_schedule):
        return scalar_or_schedule
    if jnp.ndim(scalar_or_schedule) == 0:
        return constant(scalar_or_schedule)
    raise TypeError(type(scalar_or_schedule))


def l2_norm(tree: Any) -> Any:
    """The Euclidean norm of all leaves as one vector.

    >>> float(covector.example_libraries.optimizers.l2_norm([jnp.array([3.0]), jnp.array(4.0)]))
    5.0
    """
    return jnp.sqrt(sum(jnp.vdot(x, x) for x in tree_leaves(tree)))


def clip_grads(grad_tree: Any, max_norm: Any) -> Any:
    """Gradients scaled so that their norm is not larger.

    >>> covector.example_libraries.optimizers.clip_grads(jnp.array([3.0, 4.0]), 1.0)
    Array([0.6, 0.8], dtype=float32)
    """
    norm = l2_norm(grad_tree)
    return tree_map(lambda g: jnp.where(norm < max_norm, g, g * (max_norm / norm)), grad_tree)
