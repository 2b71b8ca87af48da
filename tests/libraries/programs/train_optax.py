"""Optax: three optimizers and a schedule fit a line."""

import jax
import jax.numpy as jnp
import optax


def main() -> dict[str, object]:
    x = jnp.linspace(-1.0, 1.0, 32)
    y = 3.0 * x - 1.0

    def loss(p):
        return jnp.mean((p["a"] * x + p["b"] - y) ** 2)

    results = {}
    schedule = optax.warmup_cosine_decay_schedule(0.0, 0.1, 10, 60)
    for name, optimizer in {
        "sgd": optax.sgd(0.1, momentum=0.9, nesterov=True),
        "adam": optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule)),
        "adamw": optax.adamw(0.05, weight_decay=1e-3),
        "lion": optax.lion(0.02),
    }.items():
        params = {"a": jnp.zeros(()), "b": jnp.zeros(())}
        state = optimizer.init(params)

        @jax.jit
        def step(params, state, optimizer=optimizer):
            value, gradient = jax.value_and_grad(loss)(params)
            updates, state = optimizer.update(gradient, state, params)
            return optax.apply_updates(params, updates), state, value

        for _ in range(60):
            params, state, value = step(params, state)
        results[name] = [params["a"], params["b"], value]
    logits = jnp.array([[1.0, 2.0, 0.5], [0.1, -1.0, 2.0]])
    labels = jnp.array([1, 2])
    results["losses"] = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    results["huber"] = optax.huber_loss(logits, 1.0)
    return results
