"""Names for what functions accept; `covector.typing` re-exports the public ones."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from covector._core import Array


class SupportsDType(Protocol):
    """An object with a dtype: an array, or a scalar type such as `jnp.float32`."""

    @property
    def dtype(self) -> np.dtype: ...


class SupportsShape(Protocol):
    """An object with a shape and a dtype, such as `ShapeDtypeStruct`."""

    @property
    def dtype(self) -> np.dtype: ...
    @property
    def shape(self) -> tuple[int, ...]: ...


ArrayLike: TypeAlias = Array | np.ndarray | np.bool_ | np.number | bool | int | float | complex
DTypeLike: TypeAlias = str | type[Any] | np.dtype | SupportsDType
Shape: TypeAlias = Sequence[int]
ShapeLike: TypeAlias = int | Sequence[int]
Axis: TypeAlias = int | Sequence[int] | None
