"""evosax: CMA-ES and a genetic algorithm on a quadratic function."""

import jax
import jax.numpy as jnp
from evosax.algorithms import CMA_ES, SimpleGA


def evolve(strategy, init, key):
    params = strategy.default_params
    state = init(strategy, key, params)

    def generation(state, key):
        ask, tell = jax.random.split(key)
        population, state = strategy.ask(ask, state, params)
        fitness = jnp.sum((population - 0.5) ** 2, axis=1)
        state, _ = strategy.tell(tell, population, fitness, state, params)
        return state, fitness.min()

    return jax.lax.scan(generation, state, jax.random.split(key, 15))[1]


def main() -> dict[str, object]:
    key = jax.random.PRNGKey(0)
    cma = CMA_ES(population_size=8, solution=jnp.zeros(3))
    ga = SimpleGA(population_size=8, solution=jnp.zeros(3))
    population = jax.random.normal(key, (8, 3))
    fitness = jnp.sum((population - 0.5) ** 2, axis=1)
    return {
        "cma": evolve(cma, lambda s, k, p: s.init(k, jnp.zeros(3), p), key),
        "ga": evolve(ga, lambda s, k, p: s.init(k, population, fitness, p), key),
    }
