"""Long short-term memory, of several layers and in both directions.

Weights are one vector: for each layer and direction, the matrices for the input and for the hidden
state; then for each, the two biases. Each of them has the rows of four gates, one after the other:
input, forget, cell and output, as in PyTorch.
"""

import math
from typing import Any

import numpy as np

from covector import lax, random
from covector import numpy as jnp
from covector._core import Array
from covector.nn import sigmoid

__all__ = [
    "get_num_params_in_lstm",
    "init_lstm_weight",
    "lstm",
    "lstm_ref",
    "swap_lstm_gates",
    "unpack_lstm_weights",
]

Weights = dict[int, Array]


def _shapes(
    input_size: int, hidden_size: int, num_layers: int, bidirectional: bool
) -> list[tuple[int, ...]]:
    """Of all matrices, then of all biases."""
    directions = 2 if bidirectional else 1
    rows, number = 4 * hidden_size, num_layers * directions
    shapes: list[tuple[int, ...]] = []
    for i in range(number):
        columns = input_size if i < directions else directions * hidden_size
        shapes += [(rows, columns), (rows, hidden_size)]
    return shapes + [(rows,)] * (2 * number)


def _parts(weights: Array, *sizes: Any) -> list[Array]:
    shapes = _shapes(*sizes)
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = jnp.split(weights, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]


def get_num_params_in_lstm(
    input_size: int, hidden_size: int, num_layers: int, bidirectional: bool
) -> int:
    """The number of weights.

    Args:
      input_size: the number of features of an input.
      hidden_size: that of a hidden state.
      num_layers: the number of layers.
      bidirectional: whether there is a second direction.

    Returns:
      The number.

    >>> get_num_params_in_lstm(2, 3, 1, False)
    84
    """
    return sum(map(math.prod, _shapes(input_size, hidden_size, num_layers, bidirectional)))


def init_lstm_weight(
    rng: Array, input_size: int, hidden_size: int, num_layers: int, bidirectional: bool
) -> Array:
    """Random weights, uniform up to the inverse square root of the hidden size.

    Args:
      rng: a key.
      input_size: the number of features of an input.
      hidden_size: that of a hidden state.
      num_layers: the number of layers.
      bidirectional: whether there is a second direction.

    Returns:
      A vector of weights.

    >>> from covector import random
    >>> init_lstm_weight(random.key(0), 2, 3, 1, False).shape
    (84,)
    """
    number = get_num_params_in_lstm(input_size, hidden_size, num_layers, bidirectional)
    limit = np.sqrt(1.0 / hidden_size)
    return random.uniform(rng, (number,), jnp.float32, -limit, limit)


def swap_lstm_gates(
    weights: Any, input_size: int, hidden_size: int, num_layers: int, bidirectional: bool
) -> Array:
    """Weights with the rows of the last two gates exchanged.

    Args:
      weights: a vector of weights.
      input_size: the number of features of an input.
      hidden_size: that of a hidden state.
      num_layers: the number of layers.
      bidirectional: whether there is a second direction.

    Returns:
      A vector of weights.

    >>> swap_lstm_gates(jnp.arange(16.0), 1, 1, 1, False)[:4]
    Array([0., 1., 3., 2.], dtype=float32)
    """
    sizes = (input_size, hidden_size, num_layers, bidirectional)
    swapped = []
    for part in _parts(jnp.asarray(weights), *sizes):
        a, b, c, d = jnp.split(part, 4)
        swapped += [x.ravel() for x in (a, b, d, c)]
    return jnp.concatenate(swapped)


def unpack_lstm_weights(
    weights: Array, input_size: int, hidden_size: int, num_layers: int, bidirectional: bool
) -> tuple[Weights, Weights, Weights, Weights]:
    """Weights by layer and direction.

    Args:
      weights: a vector of weights.
      input_size: the number of features of an input.
      hidden_size: that of a hidden state.
      num_layers: the number of layers.
      bidirectional: whether there is a second direction.

    Returns:
      Matrices for the input and for the hidden state, and biases for both: dictionaries by the
      number of the layer, or with two directions, of a direction in a layer.

    >>> W_ih, W_hh, b_ih, b_hh = unpack_lstm_weights(jnp.arange(84.0), 2, 3, 1, False)
    >>> W_ih[0].shape, b_hh[0].shape
    ((12, 2), (12,))
    """
    parts = _parts(weights, input_size, hidden_size, num_layers, bidirectional)
    matrices, biases = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    kinds = (matrices[::2], matrices[1::2], biases[::2], biases[1::2])
    W_ih, W_hh, b_ih, b_hh = (dict(enumerate(kind)) for kind in kinds)
    return W_ih, W_hh, b_ih, b_hh


def lstm(
    x: Array,
    h_0: Array,
    c_0: Array,
    weights: Array,
    seq_lengths: Array,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    dropout: float,
    bidirectional: bool,
    precision: Any = None,
) -> tuple[Array, Array, Array]:
    """Long short-term memory of a batch of sequences.

    Args:
      x: inputs, of shape `(batch, steps, input_size)`.
      h_0: hidden states to begin with, `(layers and directions, batch, hidden_size)`.
      c_0: cell states to begin with, of the same shape.
      weights: a vector of weights.
      seq_lengths: how long each sequence is, of dtype int32; what is behind is padding.
      input_size: the number of features of an input.
      hidden_size: that of a hidden state.
      num_layers: the number of layers.
      dropout: only 0 is supported.
      bidirectional: whether there is a second direction.
      precision: that of products, as for `lax.dot`; None is the default.

    Returns:
      Outputs, of shape `(batch, steps, directions * hidden_size)`, and the last states. It is a
      composition on all devices; JAX has one for GPUs alone.

    Raises:
      NotImplementedError: for dropout, and other types of lengths.

    >>> zeros = jnp.zeros((1, 1, 3))
    >>> y, _, _ = lstm(jnp.ones((1, 4, 2)), zeros, zeros, jnp.full(84, 0.1), jnp.array([4]),
    ...                2, 3, 1, 0.0, False)
    >>> y.shape
    (1, 4, 3)
    """
    sizes = (input_size, hidden_size, num_layers)
    parts = unpack_lstm_weights(weights, *sizes, bidirectional)
    return _layers(x, h_0, c_0, *parts, seq_lengths, num_layers, dropout, bidirectional, precision)


def lstm_ref(
    x: Array,
    h_0: Array,
    c_0: Array,
    W_ih: Weights,
    W_hh: Weights,
    b_ih: Weights,
    b_hh: Weights,
    seq_lengths: Array,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    dropout: float,
    bidirectional: bool,
) -> tuple[Array, Array, Array]:
    """Like `lstm`, of weights by layer and direction as `unpack_lstm_weights` gives them.

    >>> zeros, sizes = jnp.zeros((1, 1, 3)), (2, 3, 1)
    >>> parts = unpack_lstm_weights(jnp.full(84, 0.1), *sizes, False)
    >>> y, h, _ = lstm_ref(jnp.ones((1, 4, 2)), zeros, zeros, *parts, jnp.array([4]), *sizes, 0.0,
    ...                    False)
    >>> bool((y[:, -1] == h[0]).all())
    True
    """
    parts = (W_ih, W_hh, b_ih, b_hh)
    return _layers(x, h_0, c_0, *parts, seq_lengths, num_layers, dropout, bidirectional, None)


def _layers(
    x: Array,
    h_0: Array,
    c_0: Array,
    W_ih: Weights,
    W_hh: Weights,
    b_ih: Weights,
    b_hh: Weights,
    lengths: Array,
    num_layers: int,
    dropout: float,
    bidirectional: bool,
    precision: Any,
) -> tuple[Array, Array, Array]:
    if lengths.dtype != np.int32:
        raise NotImplementedError("`seq_lengths` can only be int32.")
    if dropout != 0.0:
        raise NotImplementedError("Dropout not supported in LSTM reference.")
    directions = 2 if bidirectional else 1
    ys, hs, cs = x.transpose(1, 0, 2), [], []
    for layer in range(num_layers):
        outputs = []
        for i in range(layer * directions, (layer + 1) * directions):
            # The second direction reads each sequence from its own end.
            backwards = i % directions == 1
            inputs = _turned(ys, lengths) if backwards else ys
            weights = (W_ih[i], W_hh[i], b_ih[i] + b_hh[i])
            out, h, c = _sequence(inputs, h_0[i], c_0[i], *weights, lengths, precision)
            outputs.append(_turned(out, lengths) if backwards else out)
            hs.append(h)
            cs.append(c)
        ys = jnp.concatenate(outputs, -1)
    return ys.transpose(1, 0, 2), jnp.stack(hs), jnp.stack(cs)


def _sequence(
    xs: Array, h: Array, c: Array, W_ih: Array, W_hh: Array, b: Array, lengths: Array, p: Any
) -> tuple[Array, Array, Array]:
    """One layer in one direction: all outputs, and the states after the last step of each."""

    def step(carry: Any, x: Array) -> Any:
        h, c = carry
        gates = jnp.matmul(x, W_ih.T, precision=p) + jnp.matmul(h, W_hh.T, precision=p) + b[None]
        i, f, g, o = jnp.split(gates, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        h = sigmoid(o) * jnp.tanh(c)
        return (h, c), (h, c)

    _, (hs, cs) = lax.scan(step, (h, c), xs)
    last, sequences = lengths - 1, jnp.arange(xs.shape[1])
    inside = jnp.arange(xs.shape[0])[:, None] < lengths[None]
    return jnp.where(inside[..., None], hs, 0), hs[last, sequences], cs[last, sequences]


def _turned(xs: Array, lengths: Array) -> Array:
    """Each sequence backwards; padding stays behind."""
    steps = jnp.arange(xs.shape[0])[:, None]
    places = jnp.where(steps < lengths[None], lengths[None] - 1 - steps, steps)
    return jnp.take_along_axis(xs, places[..., None], axis=0)
