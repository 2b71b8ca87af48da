"""Dimension numbers and shapes of convolutions."""

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from covector import _core
from covector.lax._records import ConvDimensionNumbers

ConvGeneralDilatedDimensionNumbers: TypeAlias = tuple[str, str, str] | ConvDimensionNumbers | None
Padding: TypeAlias = str | Sequence[tuple[int, int]]


def transposed_margins(window: int, stride: int, padding: Any) -> tuple[int, int]:
    """Margins of the convolution that undoes the shape of one with this padding."""
    if padding == "SAME":
        both = window + stride - 2
        low = window - 1 if stride > window - 1 else -(-both // 2)
    elif padding == "VALID":
        both = window + stride - 2 + max(window - stride, 0)
        low = window - 1
    elif isinstance(padding, tuple):
        margins = [window - p - 1 for p in padding]
        both, low = sum(margins), margins[0]
    else:
        raise ValueError(f"Invalid padding mode: {padding}")
    return low, both - low


def conv_dimension_numbers(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    dimension_numbers: ConvGeneralDilatedDimensionNumbers,
) -> ConvDimensionNumbers:
    """Dimension numbers of a convolution as axes.

    Args:
      lhs_shape: the shape of the array.
      rhs_shape: the shape of the kernel.
      dimension_numbers: three words, or None, or the result itself.

    Returns:
      A `ConvDimensionNumbers`.

    Raises:
      TypeError: if words do not fit the shapes or one another.

    >>> from covector import lax
    >>> lax.conv_dimension_numbers((1, 8, 3), (2, 3, 4), ("NWC", "WIO", "NWC"))
    ConvDimensionNumbers(lhs_spec=(0, 2, 1), rhs_spec=(2, 1, 0), out_spec=(0, 2, 1))
    """
    numbers = _core.conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers)
    return cast("ConvDimensionNumbers", numbers)


def conv_general_permutations(
    dimension_numbers: Sequence[str],
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The axes that three words name, for each in the order (N, C, space) or (O, I, space).

    Args:
      dimension_numbers: words for the array, the kernel and the result.

    Returns:
      Three tuples of axes.

    Raises:
      TypeError: if words do not fit one another.

    >>> from covector import lax
    >>> lax.conv_general_permutations(("NWC", "WIO", "NWC"))
    ((0, 2, 1), (2, 1, 0), (0, 2, 1))
    """
    permutations = _core.conv_permutations(dimension_numbers)
    return cast("tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]", permutations)


def conv_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    strides: Sequence[int],
    pads: Padding,
    batch_group_count: int = 1,
) -> tuple[int, ...]:
    """The shape of a convolution of arrays with axes in the order of `conv`.

    Args:
      lhs_shape: the shape of the array.
      rhs_shape: the shape of the kernel.
      strides: how far windows are apart.
      pads: margins.
      batch_group_count: into how many groups examples are divided.

    Returns:
      A tuple of sizes.

    Raises:
      TypeError: if there are too few or too many pairs of margins.

    >>> from covector import lax
    >>> lax.conv_shape_tuple((1, 3, 8), (4, 3, 2), (1,), [(0, 0)])
    (1, 4, 7)
    """
    shape = _core.conv_shape(lhs_shape, rhs_shape, strides, pads, batch_group_count)
    return cast("tuple[int, ...]", shape)


def conv_general_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Padding,
    dimension_numbers: Sequence[str],
) -> tuple[int, ...]:
    """The shape of a convolution with dimension numbers.

    Args:
      lhs_shape: the shape of the array.
      rhs_shape: the shape of the kernel.
      window_strides: how far windows are apart.
      padding: margins.
      dimension_numbers: three words.

    Returns:
      A tuple of sizes.

    >>> from covector import lax
    >>> lax.conv_general_shape_tuple((1, 8, 3), (2, 3, 4), (1,), "SAME", ("NWC", "WIO", "NWC"))
    (1, 8, 4)
    """
    lhs, rhs, out = conv_general_permutations(dimension_numbers)
    shape = conv_shape_tuple(
        [lhs_shape[i] for i in lhs], [rhs_shape[i] for i in rhs], window_strides, padding
    )
    return tuple(shape[out.index(i)] for i in range(len(out)))


def conv_transpose_shape_tuple(
    lhs_shape: Sequence[int],
    rhs_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Padding,
    dimension_numbers: Sequence[str],
) -> tuple[int, ...]:
    """The shape of a `conv_transpose`.

    Args:
      lhs_shape: the shape of the array.
      rhs_shape: the shape of the kernel.
      window_strides: its strides.
      padding: its padding.
      dimension_numbers: three words.

    Returns:
      A tuple of sizes.

    >>> from covector import lax
    >>> words = ("NWC", "WIO", "NWC")
    >>> lax.conv_transpose_shape_tuple((1, 8, 3), (2, 3, 4), (2,), "SAME", words)
    (1, 16, 4)
    """
    lhs, rhs, out = conv_general_permutations(dimension_numbers)
    windows = [rhs_shape[i] for i in rhs[2:]]
    if isinstance(padding, str):
        padding = [transposed_margins(k, s, padding) for k, s in zip(windows, window_strides)]
    shape = [lhs_shape[lhs[0]], rhs_shape[rhs[0]]]
    for i, window, stride, margins in zip(lhs[2:], windows, window_strides, padding):
        shape.append((lhs_shape[i] - 1) * stride - window + 2 + sum(margins))
    return tuple(shape[out.index(i)] for i in range(len(out)))
