"""Long short-term memory: values and derivatives of JAX."""

from typing import Any

import jax
import numpy as np
import pytest
from jax.experimental import rnn as jax_rnn

import covector
import covector.numpy as jnp
from covector.experimental import rnn


@pytest.mark.parametrize("bidirectional", [False, True])
def test_lstm(bidirectional: bool) -> None:
    rng = np.random.default_rng(0)
    sizes, directions = (3, 4, 2), 1 + bidirectional
    number = rnn.get_num_params_in_lstm(*sizes, bidirectional)
    assert number == jax_rnn.get_num_params_in_lstm(*sizes, bidirectional)
    weights = rng.normal(size=number).astype("float32") / 2
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    h, c = rng.normal(size=(2, 2 * directions, 2, 4)).astype("float32")
    lengths = np.array([5, 3], "int32")

    def program(library: Any, module: Any) -> Any:
        def outputs(weights: Any) -> Any:
            parts = module.unpack_lstm_weights(weights, *sizes, bidirectional)
            arrays = [library.numpy.asarray(a) for a in (x, h, c)]
            n = library.numpy.asarray(lengths)
            return module.lstm_ref(*arrays, *parts, n, *sizes, 0.0, bidirectional)

        def loss(weights: Any) -> Any:
            return sum((out**2).sum() for out in outputs(weights))

        w = library.numpy.asarray(weights)
        swapped = module.swap_lstm_gates(w, *sizes, bidirectional)
        return library.jit(lambda w: (outputs(w), library.grad(loss)(w)))(w), swapped

    ours, theirs = program(covector, rnn), program(jax, jax_rnn)
    for a, b in zip(covector.tree.leaves(ours[0]), jax.tree.leaves(theirs[0]), strict=True):
        assert np.allclose(a, b, rtol=1e-4, atol=1e-4)
    assert np.array_equal(ours[1], theirs[1])
    y, _, _ = rnn.lstm(*map(jnp.asarray, (x, h, c, weights, lengths)), *sizes, 0.0, bidirectional)
    assert np.allclose(y, ours[0][0][0], atol=1e-5)
    with pytest.raises(NotImplementedError, match="Dropout"):
        rnn.lstm(*map(jnp.asarray, (x, h, c, weights, lengths)), *sizes, 0.5, bidirectional)
