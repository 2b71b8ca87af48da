"""jaxtyping: shapes and dtypes in annotations, checked on arrays and on tracers."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree


def main() -> dict[str, object]:
    x = jnp.ones((2, 3))
    seen = []

    def f(x):
        seen.append(isinstance(x, Float[Array, "a b"]))
        return x.sum()

    jax.jit(f)(x)
    return {
        "checks": [
            isinstance(x, Float[Array, "2 3"]),
            isinstance(x, Float[Array, "2 4"]),
            isinstance(x, Int[Array, "..."]),
            isinstance({"w": x}, PyTree[Float[Array, "_ _"]]),
            *seen,
        ]
    }
