"""BlackJAX: NUTS on a correlated normal distribution, and a random walk."""

import blackjax
import jax
import jax.numpy as jnp


def logdensity(x):
    return -0.5 * (x[0] ** 2 + (x[1] - 0.5 * x[0]) ** 2 / 0.75)


def chain(kernel, state, key, n):
    def step(state, key):
        state, _ = kernel(key, state)
        return state, state.position

    return jax.lax.scan(step, state, jax.random.split(key, n))[1]


def main() -> dict[str, object]:
    start = jnp.array([1.0, -1.0])
    nuts = blackjax.nuts(logdensity, step_size=0.5, inverse_mass_matrix=jnp.ones(2))
    first = chain(jax.jit(nuts.step), nuts.init(start), jax.random.PRNGKey(0), 30)
    hmc = blackjax.hmc(
        logdensity, step_size=0.3, inverse_mass_matrix=jnp.ones(2), num_integration_steps=5
    )
    second = chain(jax.jit(hmc.step), hmc.init(start), jax.random.PRNGKey(1), 30)
    return {"nuts": first[:5], "nuts mean": first.mean(0), "hmc": second[:5]}
