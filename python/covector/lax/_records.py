"""Records and enumerations that are parameters of operations."""

import enum
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias


class GatherDimensionNumbers(NamedTuple):
    """Which axes of operand, indices and result of `gather` correspond.

    Attributes:
      offset_dims: axes of the result that run along the windows.
      collapsed_slice_dims: axes of the operand of window size one that the result lacks.
      start_index_map: the axis of the operand that each component of an index vector counts.
      operand_batching_dims: axes of the operand that run along with the indices.
      start_indices_batching_dims: axes of the indices that run along with the operand.
    """

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    start_indices_batching_dims: tuple[int, ...] = ()


class ScatterDimensionNumbers(NamedTuple):
    """Which axes of operand, indices and updates of `scatter` correspond.

    Attributes:
      update_window_dims: axes of the updates that run along the windows.
      inserted_window_dims: axes of the operand of window size one that the updates lack.
      scatter_dims_to_operand_dims: the axis of the operand that each component of an index
        vector counts.
      operand_batching_dims: axes of the operand that run along with the indices.
      scatter_indices_batching_dims: axes of the indices that run along with the operand.
    """

    update_window_dims: Sequence[int]
    inserted_window_dims: Sequence[int]
    scatter_dims_to_operand_dims: Sequence[int]
    operand_batching_dims: Sequence[int] = ()
    scatter_indices_batching_dims: Sequence[int] = ()


class ConvDimensionNumbers(NamedTuple):
    """Which axes of array, kernel and result of a convolution are which.

    Attributes:
      lhs_spec: axes of the array: (examples, features, space...).
      rhs_spec: axes of the kernel: (output features, input features, space...).
      out_spec: axes of the result: (examples, features, space...).
    """

    lhs_spec: Sequence[int]
    rhs_spec: Sequence[int]
    out_spec: Sequence[int]


class GatherScatterMode(enum.Enum):
    """What happens to indices out of bounds.

    `from_any` also takes the words 'clip', 'fill', 'drop' and 'promise_in_bounds'.
    """

    CLIP = 1  # they are moved to the nearest one in bounds
    FILL_OR_DROP = 2  # reading gives a fill value, writing does nothing
    PROMISE_IN_BOUNDS = 3  # there are none, says the caller
    ONE_HOT = 4  # as FILL_OR_DROP, by a product with a matrix of zeros and ones

    @staticmethod
    def from_any(s: "str | GatherScatterMode | None") -> "GatherScatterMode":
        """The mode that a word stands for; None is FILL_OR_DROP.

        Raises:
          ValueError: for another word.
        """
        if isinstance(s, GatherScatterMode):
            return s
        if s is None or s in ("fill", "drop"):
            return GatherScatterMode.FILL_OR_DROP
        try:
            return GatherScatterMode[s.upper()]
        except KeyError:
            raise ValueError(f'Unknown gather mode "{s}"') from None


class Precision(enum.Enum):
    """How exact products of matrices are where hardware offers a choice.

    >>> from covector import lax
    >>> lax.Precision("float32")
    Precision.HIGHEST
    """

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2

    @classmethod
    def _missing_(cls, value: object) -> "Precision | None":
        return _PRECISIONS.get(value)

    def __repr__(self) -> str:
        return f"Precision.{self.name}"

    def __str__(self) -> str:
        return self.name


_PRECISIONS: dict[object, Precision] = {
    None: Precision.DEFAULT,
    "default": Precision.DEFAULT,
    "fastest": Precision.DEFAULT,
    "bfloat16": Precision.DEFAULT,
    "high": Precision.HIGH,
    "bfloat16_3x": Precision.HIGH,
    "tensorfloat32": Precision.HIGH,
    "highest": Precision.HIGHEST,
    "float32": Precision.HIGHEST,
}


class DotAlgorithmPreset(enum.Enum):
    """Ways to compute a product of matrices, by the types of operands and of sums.

    Hardware that lacks one makes a program that asks for it fail to compile.
    """

    DEFAULT = enum.auto()
    ANY_F8_ANY_F8_F32 = enum.auto()
    ANY_F8_ANY_F8_F32_FAST_ACCUM = enum.auto()
    ANY_F8_ANY_F8_ANY = enum.auto()
    ANY_F8_ANY_F8_ANY_FAST_ACCUM = enum.auto()
    F16_F16_F16 = enum.auto()
    F16_F16_F32 = enum.auto()
    BF16_BF16_BF16 = enum.auto()
    BF16_BF16_F32 = enum.auto()
    BF16_BF16_F32_X3 = enum.auto()
    BF16_BF16_F32_X6 = enum.auto()
    BF16_BF16_F32_X9 = enum.auto()
    TF32_TF32_F32 = enum.auto()
    TF32_TF32_F32_X3 = enum.auto()
    F32_F32_F32 = enum.auto()
    F64_F64_F64 = enum.auto()

    def __repr__(self) -> str:
        return f"DotAlgorithmPreset.{self.name}"

    def __str__(self) -> str:
        return self.name


PrecisionLike: TypeAlias = (
    str | DotAlgorithmPreset | Precision | tuple[str, str] | tuple[Precision, Precision] | None
)
DotDimensionNumbers: TypeAlias = tuple[
    tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]
]


class RoundingMethod(enum.IntEnum):
    """Where numbers halfway between two integers go in `round`."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1
