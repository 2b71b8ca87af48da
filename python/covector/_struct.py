"""The type of an array without the array: `ShapeDtypeStruct`."""

import math
from typing import Any

import numpy as np

from covector import _core
from covector._core import ExtendedDType


class ShapeDtypeStruct:
    """Shape and dtype of an array, for functions that look at nothing else.

    `eval_shape` and `make_jaxpr` return these and take them in place of arrays, as do the `lower`
    and `trace` of jitted functions.

    Attributes:
      shape: a tuple of integers.
      dtype: a dtype; not narrowed, whatever `enable_x64` says.
      weak_type: whether the dtype yields to others, as those of Python scalars do.
      sharding: where the array is or is to be; None if that is left open.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.eval_shape(jnp.sum, covector.ShapeDtypeStruct((3, 4), jnp.float32))
    ShapeDtypeStruct(shape=(), dtype=float32)
    """

    __slots__ = ("__weakref__", "dtype", "shape", "sharding", "weak_type")

    shape: tuple[int, ...]
    dtype: Any
    weak_type: bool
    sharding: Any

    def __init__(
        self, shape: Any, dtype: Any, *, sharding: Any = None, weak_type: bool = False
    ) -> None:
        """Makes the description.

        Args:
          shape: a sequence of integers.
          dtype: anything that names a dtype.
          sharding: where the array is; None leaves it open.
          weak_type: whether the dtype yields to others.

        Raises:
          ValueError: if there is no dtype.
          TypeError: if the shape is no sequence, or no dtype has this name.
        """
        if dtype is None:
            raise ValueError("ShapeDtypeStruct: dtype must be specified.")
        set_ = object.__setattr__
        set_(self, "shape", tuple(shape))
        set_(self, "dtype", dtype if isinstance(dtype, ExtendedDType) else np.dtype(dtype))
        set_(self, "weak_type", bool(weak_type))
        set_(self, "sharding", sharding)

    def __setattr__(self, name: str, value: Any) -> None:
        raise RuntimeError(
            f"Cannot reassign attributes ({name}) of immutable ShapeDtypeStruct objects; "
            "`update` makes a changed copy"
        )

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @classmethod
    def like(cls, x: Any) -> "ShapeDtypeStruct":
        """The description of an array or scalar, with the sharding of a committed array.

        >>> import covector
        >>> covector.ShapeDtypeStruct.like(1.5)
        ShapeDtypeStruct(shape=(), dtype=float32, weak_type=True)
        """
        aval = _core.aval_of(x) if _core.is_array_like(x) else x
        concrete = isinstance(x, _core.Array) and not isinstance(x, _core.Tracer)
        return cls(
            aval.shape,
            aval.dtype,
            weak_type=getattr(aval, "weak_type", False),
            sharding=x.sharding if concrete and x.committed else None,
        )

    def update(self, **changes: Any) -> "ShapeDtypeStruct":
        """A copy in which some attributes are others.

        Args:
          **changes: new values of `shape`, `dtype`, `weak_type` or `sharding`.

        Raises:
          ValueError: if another attribute is named.
        """
        kept = {name: getattr(self, name) for name in ("shape", "dtype", "weak_type", "sharding")}
        if unknown := changes.keys() - kept.keys():
            raise ValueError(f"ShapeDtypeStruct has no attributes {sorted(unknown)} to update")
        return ShapeDtypeStruct(**{**kept, **changes})

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def _key(self) -> tuple[Any, ...]:
        return self.shape, self.dtype, self.weak_type, self.sharding

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ShapeDtypeStruct):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        name = self.dtype.name if isinstance(self.dtype, np.dtype) else str(self.dtype)
        sharding = f", sharding={self.sharding}" if self.sharding is not None else ""
        weak = ", weak_type=True" if self.weak_type else ""
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={name}{sharding}{weak})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, self._key()


def _restore(shape: Any, dtype: Any, weak_type: bool, sharding: Any) -> ShapeDtypeStruct:
    return ShapeDtypeStruct(shape, dtype, weak_type=weak_type, sharding=sharding)


def struct_of(aval: Any) -> ShapeDtypeStruct:
    """The description of an array of this type."""
    return ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=aval.weak_type)
