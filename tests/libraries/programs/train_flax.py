"""Flax linen: convolution, normalisation, dropout, attention, a scanned cell, remat."""

import flax.linen as nn
import jax
import jax.numpy as jnp


class Network(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        x = nn.Conv(4, (3, 3))(x)
        x = nn.BatchNorm(use_running_average=not train)(x)
        x = nn.relu(x)
        x = nn.avg_pool(x, (2, 2), strides=(2, 2))
        x = x.reshape((x.shape[0], -1, 4))
        x = x + nn.MultiHeadDotProductAttention(num_heads=2)(nn.LayerNorm()(x))
        x = nn.Dropout(0.1, deterministic=not train)(x)
        return nn.Dense(2)(x.mean(1))


class Unrolled(nn.Module):
    @nn.compact
    def __call__(self, xs):
        cell = nn.scan(
            nn.GRUCell, variable_broadcast="params", split_rngs={"params": False}, in_axes=0
        )(features=3)
        carry = cell.initialize_carry(jax.random.PRNGKey(0), xs[0].shape)
        return nn.remat(nn.Dense)(2)(cell(carry, xs)[1])


def main() -> dict[str, object]:
    x = jax.random.normal(jax.random.PRNGKey(0), (8, 6, 6, 1))
    y = (x.mean((1, 2, 3)) > 0).astype(jnp.int32)
    model = Network()
    variables = model.init({"params": jax.random.PRNGKey(1)}, x, False)
    params, stats = variables["params"], variables["batch_stats"]

    def loss(params, stats, key):
        logits, new = model.apply(
            {"params": params, "batch_stats": stats},
            x,
            True,
            rngs={"dropout": key},
            mutable=["batch_stats"],
        )
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1)
        return -jnp.mean(picked), new["batch_stats"]

    @jax.jit
    def step(params, stats, key):
        (value, stats), g = jax.value_and_grad(loss, has_aux=True)(params, stats, key)
        return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, params, g), stats, value

    values = []
    for key in jax.random.split(jax.random.PRNGKey(2), 10):
        params, stats, value = step(params, stats, key)
        values.append(value)
    xs = jax.random.normal(jax.random.PRNGKey(3), (5, 2))
    unrolled = Unrolled()
    out, _ = unrolled.init_with_output(jax.random.PRNGKey(4), xs)
    return {"values": values, "unrolled": out}
