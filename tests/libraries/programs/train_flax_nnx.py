"""Flax nnx: a network of mutable modules, trained in place by an optimizer of Optax, in a scan."""

import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Network(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        # A bias before a normalisation has no gradient but of rounding, which Adam would follow.
        self.first = nnx.Linear(3, 8, use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.2, rngs=rngs)
        self.last = nnx.Linear(8, 1, rngs=rngs)
        self.calls = nnx.Variable(jnp.array(0))

    def __call__(self, x):
        self.calls[...] += 1
        x = nnx.gelu(self.norm(self.first(x)))
        return self.last(self.dropout(x))


def stacked() -> object:
    """Layers made by a vmap and run by a scan."""

    @nnx.split_rngs(splits=3)
    @nnx.vmap(in_axes=(0,), out_axes=0)
    def create(rngs):
        return nnx.Linear(4, 4, rngs=rngs)

    @nnx.scan(in_axes=(nnx.Carry, 0), out_axes=nnx.Carry)
    def forward(x, layer):
        return nnx.relu(layer(x))

    layers = create(nnx.Rngs(3))
    return forward(jnp.ones((2, 4)), layers)


def main() -> dict[str, object]:
    x = jax.random.normal(jax.random.key(0), (16, 3))
    y = jnp.sin(x.sum(1, keepdims=True))
    model = Network(nnx.Rngs(1))
    optimizer = nnx.Optimizer(model, optax.adam(0.05), wrt=nnx.Param)

    def loss(model):
        return jnp.mean((model(x) - y) ** 2)

    @nnx.jit
    def step(model, optimizer):
        value, gradient = nnx.value_and_grad(loss)(model)
        optimizer.update(model, gradient)
        return value

    values = [step(model, optimizer) for _ in range(10)]
    model.eval()
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    gradient = nnx.grad(loss)(model)
    attention = nnx.MultiHeadAttention(2, 4, decode=False, rngs=nnx.Rngs(2))
    return {
        "values": values,
        "calls": model.calls[...],
        "mean": model.norm.mean[...],
        "out": nnx.merge(graph, params, rest)(x),
        "gradient": gradient["last"]["kernel"][...],
        "attention": attention(jnp.ones((2, 3, 4))),
        "stacked": stacked(),
    }
