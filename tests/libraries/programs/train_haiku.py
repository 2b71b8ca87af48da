"""Haiku: batch normalisation, dropout, an LSTM, attention; trained by gradient descent."""

import haiku as hk
import jax
import jax.numpy as jnp


def network(x, is_training):
    x = hk.Conv2D(4, 3)(x)
    x = hk.BatchNorm(True, True, 0.9)(x, is_training)
    x = jax.nn.relu(x)
    x = hk.Flatten()(x)
    if is_training:
        x = hk.dropout(hk.next_rng_key(), 0.2, x)
    return hk.Linear(2)(x)


def attend(x):
    initializer = hk.initializers.VarianceScaling(2.0)
    x = hk.MultiHeadAttention(2, 3, model_size=4, w_init=initializer)(x, x, x)
    return hk.LayerNorm(-1, True, True)(x)


def main() -> dict[str, object]:
    model = hk.transform_with_state(network)
    x = jax.random.normal(jax.random.PRNGKey(0), (8, 6, 6, 1))
    y = (x.mean((1, 2, 3)) > 0).astype(jnp.int32)
    params, state = model.init(jax.random.PRNGKey(1), x, True)

    def loss(params, state, key):
        logits, state = model.apply(params, state, key, x, True)
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1)
        return -jnp.mean(picked), state

    @jax.jit
    def step(params, state, key):
        (value, state), g = jax.value_and_grad(loss, has_aux=True)(params, state, key)
        return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, params, g), state, value

    values = []
    for key in jax.random.split(jax.random.PRNGKey(2), 10):
        params, state, value = step(params, state, key)
        values.append(value)
    logits, _ = model.apply(params, state, None, x, False)
    lstm = hk.without_apply_rng(
        hk.transform(
            lambda xs: hk.dynamic_unroll(hk.LSTM(3), xs, hk.LSTM(3).initial_state(None))[0]
        )
    )
    xs = jnp.ones((4, 2))
    unrolled = lstm.apply(lstm.init(jax.random.PRNGKey(3), xs), xs)
    attention = hk.without_apply_rng(hk.transform(attend))
    weights = attention.init(jax.random.PRNGKey(4), xs)
    gradient = jax.grad(lambda w: jnp.sum(attention.apply(w, xs) ** 2))(weights)
    return {
        "values": values,
        "logits": logits,
        "unrolled": unrolled,
        "attention": attention.apply(weights, xs),
        "gradient": gradient["multi_head_attention/linear"]["w"],
    }
