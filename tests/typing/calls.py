"""Calls that users make, and the types that checkers see: read by python/test_typing.py."""

from collections.abc import Callable
from typing import reveal_type

import covector
import covector.numpy as jnp
from covector import lax, random

x = jnp.arange(6.0).reshape(2, 3)
reveal_type(x)  # Array
reveal_type(jnp.zeros((2, 3)))  # Array
reveal_type(jnp.array([1, 2]))  # Array
reveal_type(x + 1)  # Array
reveal_type(2 * x)  # Array
reveal_type(-x)  # Array
reveal_type(x @ x.T)  # Array
reveal_type(x > 0)  # Array
reveal_type(x == 0)  # Array
reveal_type(x[0])  # Array
reveal_type(x[:, None])  # Array
reveal_type(x.shape)  # tuple[int, ...]
reveal_type(x.ndim)  # int
reveal_type(x.dtype)  # numpy.dtype[Any]
reveal_type(x.T)  # Array
reveal_type(x.sum(axis=0))  # Array
reveal_type(x.mean())  # Array
reveal_type(x.reshape(3, 2))  # Array
reveal_type(x.astype(jnp.int32))  # Array
reveal_type(x.at[0].set(1.0))  # Array
reveal_type(x.item())  # Any
reveal_type(x.tolist())  # Any
reveal_type(jnp.sin(x))  # Array
reveal_type(jnp.add(x, 1))  # Array
reveal_type(jnp.maximum(x, 0))  # Array
reveal_type(jnp.where(x > 0, x, 0))  # Array
reveal_type(jnp.dot(x, x.T))  # Array
reveal_type(jnp.einsum("ij,kj->ik", x, x))  # Array
reveal_type(jnp.concatenate([x, x]))  # Array
reveal_type(jnp.stack([x, x], axis=1))  # Array
reveal_type(jnp.split(x, 3, axis=1))  # list[Array]
reveal_type(jnp.linalg.norm(x))  # Array
reveal_type(jnp.linalg.inv(x @ x.T))  # Array
reveal_type(jnp.fft.rfft(x))  # Array
reveal_type(jnp.sort(x))  # Array
reveal_type(jnp.argsort(x))  # Array
reveal_type(jnp.nonzero(x))  # tuple[Array, ...]
reveal_type(jnp.meshgrid(x[0], x[0]))  # list[Array]
reveal_type(jnp.allclose(x, x))  # Array
reveal_type(lax.exp(x))  # Array
reveal_type(lax.fori_loop(0, 3, lambda i, c: c + i, x))  # Array
reveal_type(lax.scan(lambda c, a: (c + a, c), x[0], x))  # tuple[Array, Any]
key = random.key(0)
reveal_type(key)  # Array
reveal_type(random.normal(key, (2,)))  # Array
reveal_type(random.split(key))  # Array


def loss(w: covector.Array, y: covector.Array) -> covector.Array:
    return jnp.sum((w - y) ** 2)


reveal_type(covector.grad(loss))  # def (*Any, **Any) -> Any
reveal_type(covector.jit(loss))  # covector.stages.Wrapped
reveal_type(jnp.where(x))  # tuple[Array, ...]
reveal_type(covector.vmap(loss)(x, x))  # Array
f: Callable[[covector.Array, covector.Array], covector.Array] = covector.jit(loss)
for row in x:
    reveal_type(row)  # Array
