"""Chex: assertions on shapes and traces, a dataclass that is a tree, variants."""

import chex
import jax
import jax.numpy as jnp


@chex.dataclass
class State:
    position: chex.Array
    velocity: chex.Array


def refuses(check, *args, **kwargs) -> bool:
    try:
        check(*args, **kwargs)
    except AssertionError:
        return True
    return False


def main() -> dict[str, object]:
    state = State(position=jnp.arange(3.0), velocity=jnp.ones(3))
    moved = jax.jit(lambda s: s.replace(position=s.position + 0.5 * s.velocity))(state)
    slope = jax.grad(lambda s: jnp.sum(s.position**2 * s.velocity))(state)
    chex.assert_shape(moved.position, (3,))
    chex.assert_rank(moved.velocity, 1)
    chex.assert_tree_all_finite(moved)
    chex.assert_trees_all_close(moved.velocity, state.velocity)

    @jax.jit
    @chex.assert_max_traces(n=1)
    def traced_once(x):
        return x + 1

    traced_once(jnp.ones(2))
    return {
        "moved": moved.position,
        "slope": slope.position,
        "refused": [
            refuses(chex.assert_shape, moved.position, (4,)),
            refuses(chex.assert_tree_all_finite, jnp.array([1.0, jnp.nan])),
            refuses(chex.assert_trees_all_close, 1.0, 2.0),
            refuses(traced_once, jnp.ones(3)),
        ],
    }
