"""RLax: temporal differences, policy gradients, returns."""

import jax
import jax.numpy as jnp
import rlax


def main() -> dict[str, object]:
    r = jnp.array([1.0, 0.5, -0.2, 0.3])
    discount = jnp.array([0.9, 0.9, 0.0, 0.9])
    v = jnp.array([0.1, 0.2, 0.3, 0.4])
    q = jnp.arange(12.0).reshape(4, 3) / 10
    a = jnp.array([0, 2, 1, 1])
    return {
        "returns": rlax.lambda_returns(r, discount, v, 0.8),
        "td": jax.vmap(rlax.td_learning)(v, r, discount, v[::-1]),
        "q": jax.vmap(rlax.q_learning)(q, a, r, discount, q[::-1]),
        "pg": rlax.policy_gradient_loss(q, a, r, jnp.ones(4)),
        "slope": jax.grad(lambda q: rlax.entropy_loss(q, jnp.ones(4)))(q),
        "vtrace": rlax.vtrace(v, v + 0.1, r, discount, jnp.ones(4) * 0.9),
    }
