"""Layers that look at windows of images: convolutions and pooling."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import lax, random
from covector import numpy as jnp
from covector.example_libraries._layers import Layer
from covector.nn.initializers import glorot_normal, normal

_small = normal(1e-6)


def _convolution(
    convolve: Callable[..., Any],
    shape_of: Callable[..., Any],
    dimension_numbers: Any,
    out_chan: int,
    filter_shape: Sequence[int],
    W_init: Any,
    b_init: Any,
) -> Layer:
    lhs_spec, rhs_spec, out_spec = dimension_numbers
    w_init = W_init or glorot_normal(rhs_spec.index("I"), rhs_spec.index("O"))

    def init_fun(rng: Any, input_shape: Any) -> Any:
        sizes = iter(filter_shape)
        channels = {"O": out_chan, "I": input_shape[lhs_spec.index("C")]}
        kernel = [channels[c] if c in channels else next(sizes) for c in rhs_spec]
        bias = [out_chan if c == "C" else 1 for c in out_spec]
        k1, k2 = random.split(rng)
        return shape_of(input_shape, kernel), (w_init(k1, kernel), b_init(k2, bias))

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        w, b = params
        return convolve(inputs, w) + b

    return init_fun, apply_fun


def GeneralConv(
    dimension_numbers: Any,
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Any = None,
    padding: Any = "VALID",
    W_init: Any = None,
    b_init: Any = _small,
) -> Layer:
    """A convolution and a bias.

    Args:
      dimension_numbers: the letters of the axes of input, kernel and output.
      out_chan: the number of channels of the output.
      filter_shape: the shape of the window.
      strides: how far windows are apart; None is 1.
      padding: "VALID", "SAME" or numbers, see `covector.lax.conv_general_dilated`.
      W_init: the initializer of the kernel; None is `glorot_normal`.
      b_init: the initializer of the bias.

    >>> init, apply = covector.example_libraries.stax.Conv(4, (3, 3))
    >>> init(covector.random.PRNGKey(0), (1, 8, 8, 3))[0]
    (1, 6, 6, 4)
    """
    one = (1,) * len(filter_shape)
    steps = strides or one

    def convolve(x: Any, w: Any) -> Any:
        return lax.conv_general_dilated(
            x, w, steps, padding, one, one, dimension_numbers=dimension_numbers
        )

    def shape_of(x: Any, kernel: Any) -> Any:
        return lax.conv_general_shape_tuple(x, kernel, steps, padding, dimension_numbers)

    own = (dimension_numbers, out_chan, filter_shape, W_init, b_init)
    return _convolution(convolve, shape_of, *own)


Conv = functools.partial(GeneralConv, ("NHWC", "HWIO", "NHWC"))


def GeneralConvTranspose(
    dimension_numbers: Any,
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Any = None,
    padding: Any = "VALID",
    W_init: Any = None,
    b_init: Any = _small,
) -> Layer:
    """A transposed convolution and a bias; arguments are those of `GeneralConv`.

    >>> init, apply = covector.example_libraries.stax.ConvTranspose(4, (3, 3))
    >>> init(covector.random.PRNGKey(0), (1, 8, 8, 3))[0]
    (1, 10, 10, 4)
    """
    steps = strides or (1,) * len(filter_shape)

    def convolve(x: Any, w: Any) -> Any:
        return lax.conv_transpose(x, w, steps, padding, dimension_numbers=dimension_numbers)

    def shape_of(x: Any, kernel: Any) -> Any:
        return lax.conv_transpose_shape_tuple(x, kernel, steps, padding, dimension_numbers)

    own = (dimension_numbers, out_chan, filter_shape, W_init, b_init)
    return _convolution(convolve, shape_of, *own)


Conv1DTranspose = functools.partial(GeneralConvTranspose, ("NHC", "HIO", "NHC"))
ConvTranspose = functools.partial(GeneralConvTranspose, ("NHWC", "HWIO", "NHWC"))


def _other_axes(rank: int, spec: Any) -> list[int]:
    """The axes of batch and channels."""
    return [0, rank - 1] if spec is None else sorted((spec.index("N"), spec.index("C")))


def _pooling(
    reducer: Callable[..., Any], init_val: Any, rescaled: bool = False
) -> Callable[..., Layer]:
    def PoolingLayer(
        window_shape: Sequence[int], strides: Any = None, padding: Any = "VALID", spec: Any = None
    ) -> Layer:
        """A layer that reduces windows.

        Args:
          window_shape: the shape of the window.
          strides: how far windows are apart; None is 1.
          padding: "VALID", "SAME" or numbers.
          spec: the letters of the axes; None is N, spatial axes, C.
        """
        window = [*window_shape]
        steps = [*(strides or (1,) * len(window))]
        plain = (tuple(window), tuple(steps))
        for i in _other_axes(len(window) + 2, spec):
            window.insert(i, 1)
            steps.insert(i, 1)

        def init_fun(rng: Any, input_shape: Any) -> Any:
            pads = lax.padtype_to_pads(input_shape, window, steps, padding)
            one = (1,) * len(window)
            return lax.reduce_window_shape_tuple(input_shape, window, steps, pads, one, one), ()

        def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
            out = lax.reduce_window(inputs, init_val, reducer, tuple(window), tuple(steps), padding)
            return out / _window_sizes(inputs, *plain, padding, spec) if rescaled else out

        return init_fun, apply_fun

    return PoolingLayer


def _window_sizes(inputs: Any, window: Any, steps: Any, padding: Any, spec: Any) -> Any:
    """How many elements each window has, where padding does not count."""
    others = _other_axes(inputs.ndim, spec)
    shape = tuple(d for i, d in enumerate(inputs.shape) if i not in others)
    one = jnp.ones(shape, dtype=inputs.dtype)
    return jnp.expand_dims(lax.reduce_window(one, 0.0, lax.add, window, steps, padding), others)


MaxPool = _pooling(lax.max, -np.inf)
SumPool = _pooling(lax.add, 0.0)
AvgPool = _pooling(lax.add, 0.0, rescaled=True)
