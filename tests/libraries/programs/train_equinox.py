"""Equinox: an MLP and a GRU, filtered transformations, serialisation of a tree of arrays."""

import equinox as eqx
import jax
import jax.numpy as jnp


class Recurrent(eqx.Module):
    cell: eqx.nn.GRUCell
    head: eqx.nn.Linear

    def __init__(self, key):
        first, second = jax.random.split(key)
        self.cell = eqx.nn.GRUCell(2, 8, key=first)
        self.head = eqx.nn.Linear(8, 1, key=second)

    def __call__(self, xs):
        def step(h, x):
            return self.cell(x, h), None

        h, _ = jax.lax.scan(step, jnp.zeros(8), xs)
        return self.head(h)[0]


def main() -> dict[str, object]:
    key = jax.random.PRNGKey(0)
    mlp = eqx.nn.MLP(2, 1, 16, 2, key=key)
    x = jax.random.normal(jax.random.PRNGKey(1), (64, 2))
    y = jnp.sin(x[:, 0]) * x[:, 1]

    @eqx.filter_value_and_grad
    def loss(model, x, y):
        return jnp.mean((jax.vmap(model)(x)[:, 0] - y) ** 2)

    @eqx.filter_jit
    def step(model, x, y):
        value, gradient = loss(model, x, y)
        return eqx.apply_updates(model, jax.tree_util.tree_map(lambda g: -0.1 * g, gradient)), value

    values = []
    for _ in range(20):
        mlp, value = step(mlp, x, y)
        values.append(value)

    model = Recurrent(key)
    sequences = jax.random.normal(jax.random.PRNGKey(2), (4, 5, 2))
    out = eqx.filter_jit(jax.vmap(model))(sequences)
    slope = eqx.filter_grad(lambda m: jnp.sum(jax.vmap(m)(sequences)))(model)
    norm = eqx.nn.LayerNorm(8)(jnp.arange(8.0))
    dynamic, static = eqx.partition(mlp, eqx.is_array)
    again = eqx.combine(dynamic, static)(jnp.ones(2))
    return {
        "values": values,
        "out": out,
        "slope": slope.head.weight,
        "norm": norm,
        "again": again,
    }
