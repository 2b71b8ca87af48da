"""Results do not depend on what was in memory before."""

import numpy as np

import covector
import covector.numpy as jnp

N = 200  # large enough for the plugin's fast products
ONE = np.ones((N, N), np.float32)


def test_weights_that_are_updated_in_place() -> None:
    forward = covector.jit(lambda x, w: (x @ w)[0, 0])
    update = covector.jit(lambda w: w + 1.0, donate_argnums=0)
    x, w = jnp.asarray(ONE), jnp.zeros((N, N))
    for i in range(1, 6):
        w = update(w)
        assert float(forward(x, w)) == N * i


def test_operands_whose_memory_is_used_again() -> None:
    one = jnp.asarray(ONE)
    square = covector.jit(lambda x: jnp.sum(x @ x))
    for _ in range(3):
        out = [square(one * i) for i in range(10)]
        np.testing.assert_allclose(out, [float(N) ** 3 * i * i for i in range(10)], rtol=1e-5)
