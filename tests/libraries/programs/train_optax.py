"""Optax: optimizers, a schedule, a line search and wrappers of optimizers fit a line."""

import jax
import jax.numpy as jnp
import optax


def by_line_search(loss):
    optimizer = optax.lbfgs()
    params = {"a": jnp.zeros(()), "b": jnp.zeros(())}
    value_and_grad = optax.value_and_grad_from_state(loss)

    def step(carry, _):
        params, state = carry
        value, gradient = value_and_grad(params, state=state)
        updates, state = optimizer.update(
            gradient, state, params, value=value, grad=gradient, value_fn=loss
        )
        return (optax.apply_updates(params, updates), state), value

    (params, _), values = jax.lax.scan(step, (params, optimizer.init(params)), length=8)
    return [params["a"], params["b"], *values]


def optimizers():
    schedule = optax.warmup_cosine_decay_schedule(0.0, 0.1, 10, 60)
    return {
        "sgd": optax.sgd(0.1, momentum=0.9, nesterov=True),
        "adam": optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule)),
        "adamw": optax.adamw(0.05, weight_decay=1e-3),
        "lion": optax.lion(0.02),
        "adafactor": optax.adafactor(0.1),
        "adagrad": optax.adagrad(0.5),
        "lamb": optax.lamb(0.05),
        "nadam": optax.nadam(0.1),
        "radam": optax.radam(0.1),
        "rmsprop": optax.rmsprop(0.05, momentum=0.5, centered=True),
        "multisteps": optax.MultiSteps(optax.novograd(0.1), 3),
        "injected": optax.inject_hyperparams(optax.yogi)(learning_rate=schedule),
        "ema": optax.chain(optax.ema(0.9), optax.sgd(0.1)),
    }


def main() -> dict[str, object]:
    x = jnp.linspace(-1.0, 1.0, 32)
    y = 3.0 * x - 1.0

    def loss(p):
        return jnp.mean((p["a"] * x + p["b"] - y) ** 2)

    results = {}
    for name, optimizer in optimizers().items():
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
    results["lbfgs"] = by_line_search(loss)
    logits = jnp.array([[1.0, 2.0, 0.5], [0.1, -1.0, 2.0]])
    labels = jnp.array([1, 2])
    results["losses"] = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    results["huber"] = optax.huber_loss(logits, 1.0)
    return results
