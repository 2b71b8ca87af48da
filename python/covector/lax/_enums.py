"""Enumerations and records that say how an operation is to be done."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from covector._typing import DTypeLike
from covector.lax._records import DotDimensionNumbers


class AccuracyMode(enum.Enum):
    """How exact an elementwise function is where hardware offers a choice."""

    HIGHEST = 1
    DEFAULT = 2


@dataclass(frozen=True)
class Tolerance:
    """How far a result may be from the exact one.

    Attributes:
      atol: the absolute error allowed.
      rtol: the relative error allowed.
      ulps: the error allowed in units of the last place.

    Raises:
      ValueError: if one is negative, or all are zero.

    >>> from covector import lax
    >>> lax.exp(0.0, accuracy=lax.Tolerance(rtol=1e-5))
    Array(1., dtype=float32, weak_type=True)
    """

    atol: float = 0.0
    rtol: float = 0.0
    ulps: int = 0

    def __post_init__(self) -> None:
        if self.atol < 0 or self.rtol < 0 or self.ulps < 0:
            raise ValueError("Tolerances must be non-negative.")
        if self.atol == 0 and self.rtol == 0 and self.ulps == 0:
            raise ValueError("At least one of atol, rtol, or ulps must be set.")


class FftType(enum.IntEnum):
    """Kinds of Fourier transforms, for `fft`."""

    FFT = 0  # of complex numbers
    IFFT = 1  # the inverse of that
    RFFT = 2  # of real numbers, to half of the coefficients
    IRFFT = 3  # the inverse of that


class RandomAlgorithm(enum.IntEnum):
    """Generators of random bits, for `rng_bit_generator`."""

    RNG_DEFAULT = 0  # what suits the device best
    RNG_THREE_FRY = 1  # Threefry-2x32
    RNG_PHILOX = 2  # Philox-4x32

    def __str__(self) -> str:
        return self.name


class DotAlgorithm(NamedTuple):
    """A way to compute a product of matrices; members of `DotAlgorithmPreset` are the usual ones.

    Attributes:
      lhs_precision_type: the dtype that elements of the left operand are rounded to.
      rhs_precision_type: the same of the right operand.
      accumulation_type: the dtype of the sums.
      lhs_component_count: of how many parts of that dtype an element of the left one is the sum.
      rhs_component_count: the same of the right one.
      num_primitive_operations: how many products of parts are taken.
      allow_imprecise_accumulation: whether some sums may be less exact.
    """

    lhs_precision_type: DTypeLike
    rhs_precision_type: DTypeLike
    accumulation_type: DTypeLike
    lhs_component_count: int = 1
    rhs_component_count: int = 1
    num_primitive_operations: int = 1
    allow_imprecise_accumulation: bool = False


@dataclass(frozen=True, init=False)
class RaggedDotDimensionNumbers:
    """Which axes of `ragged_dot_general` correspond, and which one falls into groups.

    Attributes:
      dot_dimension_numbers: axes to sum over and to keep, as of `dot_general`.
      lhs_ragged_dimensions: the one axis of the left operand that falls into groups.
      rhs_group_dimensions: the axis of the right operand that counts the groups, if the other
        is neither summed over nor kept.
    """

    dot_dimension_numbers: DotDimensionNumbers
    lhs_ragged_dimensions: Sequence[int]
    rhs_group_dimensions: Sequence[int]

    def __init__(
        self,
        dot_dimension_numbers: Any,
        lhs_ragged_dimensions: Sequence[int],
        rhs_group_dimensions: Sequence[int],
    ) -> None:
        dims = tuple(tuple(tuple(axes) for axes in pair) for pair in dot_dimension_numbers)
        object.__setattr__(self, "dot_dimension_numbers", dims)
        object.__setattr__(self, "lhs_ragged_dimensions", tuple(lhs_ragged_dimensions))
        object.__setattr__(self, "rhs_group_dimensions", tuple(rhs_group_dimensions))
