"""Forms of convolution, made of `conv_general_dilated`."""

import math
from collections.abc import Sequence

import numpy as np

from covector import _core
from covector._core import Array
from covector._typing import ArrayLike, DTypeLike
from covector.lax._convolution_shapes import (
    ConvGeneralDilatedDimensionNumbers,
    Padding,
    conv_dimension_numbers,
    transposed_margins,
)
from covector.lax._operands import as_operand
from covector.lax._records import PrecisionLike


def conv(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: Padding,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """A convolution of arrays with axes in the order (examples, features, space).

    Args:
      lhs: an array of rank two or more.
      rhs: a kernel of the same rank, with axes (output features, input features, space).
      window_strides: how far windows are apart, for each axis of space.
      padding: 'SAME', 'SAME_LOWER' or 'VALID', or pairs of margins.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array with axes (examples, output features, space).

    Raises:
      As `conv_general_dilated`.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.conv(jnp.arange(4.0).reshape(1, 1, 4), jnp.ones((1, 1, 2)), (1,), "VALID")
    Array([[[1., 3., 5.]]], dtype=float32)
    """
    return _core.lax.conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def conv_with_general_padding(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: Padding,
    lhs_dilation: Sequence[int] | None,
    rhs_dilation: Sequence[int] | None,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """As `conv`, with dilations.

    Args:
      lhs: an array of rank two or more.
      rhs: a kernel of the same rank, with axes (output features, input features, space).
      window_strides: how far windows are apart, for each axis of space.
      padding: 'SAME', 'SAME_LOWER' or 'VALID', or pairs of margins.
      lhs_dilation: how far elements of `lhs` are apart; None: adjacent.
      rhs_dilation: how far elements of a window are apart; None: adjacent.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array with axes (examples, output features, space).

    Raises:
      As `conv_general_dilated`.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> x, k = jnp.arange(4.0).reshape(1, 1, 4), jnp.ones((1, 1, 2))
    >>> lax.conv_with_general_padding(x, k, (1,), [(0, 0)], None, (2,))
    Array([[[2., 4.]]], dtype=float32)
    """
    return _core.lax.conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


_DEFAULT_WORDS = {
    2: ("NC", "IO", "NC"),
    3: ("NHC", "HIO", "NHC"),
    4: ("NHWC", "HWIO", "NHWC"),
    5: ("NHWDC", "HWDIO", "NHWDC"),
}


def conv_transpose(
    lhs: ArrayLike,
    rhs: ArrayLike,
    strides: Sequence[int],
    padding: Padding,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    transpose_kernel: bool = False,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    use_consistent_padding: bool = False,
) -> Array:
    """A convolution that makes arrays larger by its strides, as Keras's Conv2DTranspose does.

    It has the shape of the gradient of a convolution with respect to its input; with
    `transpose_kernel` it is that gradient.

    Args:
      lhs: an array of rank two or more.
      rhs: a kernel of the same rank.
      strides: how many times larger each axis of space becomes.
      padding: 'SAME' or 'VALID': that of the convolution this is the transpose of; or pairs of
        margins.
      rhs_dilation: how far elements of a window are apart; None: adjacent.
      dimension_numbers: as of `conv_general_dilated`; None is ('NHWC', 'HWIO', 'NHWC') for two
        axes of space.
      transpose_kernel: whether to reverse the kernel's axes of space and swap its features.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      use_consistent_padding: pairs of margins also are those of the other convolution.

    Returns:
      An array with the axes that `dimension_numbers` tells.

    Raises:
      ValueError: if there are no default dimension numbers, or the padding is no known word.
      Also as `conv_general_dilated`.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.conv_transpose(jnp.ones((1, 3, 1)), jnp.ones((2, 1, 1)), (2,), "SAME").shape
    (1, 6, 1)
    """
    lhs, rhs = as_operand(lhs), as_operand(rhs)
    if dimension_numbers is None:
        if lhs.ndim not in _DEFAULT_WORDS:
            raise ValueError("No 4+ dimensional dimension_number defaults.")
        dimension_numbers = _DEFAULT_WORDS[lhs.ndim]
    numbers = conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    out_features, in_features, *space = numbers.rhs_spec
    dilation = (1,) * len(space) if rhs_dilation is None else rhs_dilation
    if use_consistent_padding or padding in ("SAME", "VALID"):
        windows = [_dilated(rhs.shape[i], d) for i, d in zip(space, dilation)]
        paddings = [padding] * len(windows) if isinstance(padding, str) else padding
        padding = [transposed_margins(*each) for each in zip(windows, strides, paddings)]
    if transpose_kernel:
        rhs = _core.lax.rev(rhs, space).swapaxes(out_features, in_features)
    return _core.lax.conv_general_dilated(
        lhs,
        rhs,
        (1,) * len(space),
        padding,
        strides,
        dilation,
        numbers,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def _dilated(size: int, dilation: int) -> int:
    return 1 + dilation * (size - 1) if size else 0


def conv_general_dilated_patches(
    lhs: ArrayLike,
    filter_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Padding,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The windows that a convolution sums over, as features.

    Args:
      lhs: an array of rank two or more.
      filter_shape: the sizes of windows along the axes of space, as the kernel would have them.
      window_strides: as of `conv_general_dilated`, as are the following.
      padding: margins.
      lhs_dilation: how far elements of `lhs` are apart.
      rhs_dilation: how far elements of a window are apart.
      dimension_numbers: of `lhs`, the kernel there would be, and the result.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to return.

    Returns:
      An array whose feature axis holds for each feature of `lhs` the elements of a window.

    Raises:
      As `conv_general_dilated`.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.conv_general_dilated_patches(jnp.arange(4.0).reshape(1, 1, 4), (2,), (1,), "VALID")
    Array([[[0., 1., 2.],
            [1., 2., 3.]]], dtype=float32)
    """
    lhs = as_operand(lhs)
    filter_shape = tuple(filter_shape)
    numbers = conv_dimension_numbers(lhs.shape, (1, 1, *filter_shape), dimension_numbers)
    features, size = lhs.shape[numbers.lhs_spec[1]], math.prod(filter_shape)
    # A kernel that picks one element of a window for each output feature.
    one = _core.asarray(np.eye(size), lhs.dtype)
    kernel = _core.lax.broadcast_in_dim(one, (features, size, size), (1, 2))
    kernel = kernel.reshape(features * size, 1, *filter_shape)
    kernel = _core.lax.transpose(kernel, np.argsort(numbers.rhs_spec).tolist())
    return _core.lax.conv_general_dilated(
        lhs,
        kernel,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        numbers,
        feature_group_count=features,
        precision=None if precision is None else (precision, "default"),
        preferred_element_type=preferred_element_type,
    )


def conv_general_dilated_local(
    lhs: ArrayLike,
    rhs: ArrayLike,
    window_strides: Sequence[int],
    padding: Padding,
    filter_shape: Sequence[int],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    precision: PrecisionLike = None,
) -> Array:
    """A convolution with another kernel at each place of the result.

    Args:
      lhs: an array of rank two or more.
      rhs: kernels: axes of space are the result's, and input features are those of
        `conv_general_dilated_patches`.
      window_strides: as of `conv_general_dilated`, as are the following.
      padding: margins.
      filter_shape: the sizes of windows along the axes of space.
      lhs_dilation: how far elements of `lhs` are apart.
      rhs_dilation: how far elements of a window are apart.
      dimension_numbers: of `lhs`, `rhs`, and the result.
      precision: how exact to be where hardware offers a choice.

    Returns:
      An array with the axes that `dimension_numbers` tells.

    Raises:
      As `conv_general_dilated` and `dot_general`.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> x, k = jnp.arange(4.0).reshape(1, 1, 4), jnp.arange(6.0).reshape(1, 2, 3)
    >>> lax.conv_general_dilated_local(x, k, (1,), "VALID", (2,))
    Array([[[ 3.,  9., 19.]]], dtype=float32)
    """
    lhs, rhs = as_operand(lhs), as_operand(rhs)
    first = precision[0] if isinstance(precision, tuple) else precision
    patches = conv_general_dilated_patches(
        lhs,
        filter_shape,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        dimension_numbers,
        first,
    )
    _, kernel, out = conv_dimension_numbers(lhs.shape, (1, 1, *filter_shape), dimension_numbers)
    space = sorted(zip(out[2:], kernel[2:]))
    batch = tuple(o for o, _ in space), tuple(k for _, k in space)
    product = _core.lax.dot_general(patches, rhs, (((out[1],), (kernel[1],)), batch), precision)
    # The axes of space come in the result's order, then those of examples and features.
    origin = dict(zip((*batch[0], out[0], out[1]), range(product.ndim)))
    return _core.lax.transpose(product, [origin[i] for i in range(product.ndim)])
