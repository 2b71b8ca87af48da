"""What the array API standard asks a namespace to tell of itself."""

from typing import Any

import numpy as np

from covector import _core, dlpack
from covector._core import Array
from covector._dtypes import canonicalize_dtype, isdtype

_STANDARD = ["bool", "int8", "int16", "int32", "uint8", "uint16", "uint32", "float32", "complex64"]
_STANDARD_WIDE = ["int64", "uint64", "float64", "complex128"]


class ArrayNamespaceInfo:
    """What the namespace can do, by the array API standard: see its page on inspection.

    >>> import covector.numpy as jnp
    >>> jnp.__array_namespace_info__().default_dtypes()["integral"]
    dtype('int32')
    """

    def capabilities(self) -> dict[str, Any]:
        """What functions can do under transformations, where shapes have to be known."""
        return {"boolean indexing": False, "data-dependent shapes": False, "max dimensions": 64}

    def default_device(self) -> None:
        """None: arrays are put where it suits until someone chooses a device."""
        return None

    def devices(self) -> list[Any]:
        """The devices that arrays can be on; None for no choice."""
        return [None, *_core.devices()]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes that Python numbers get as arrays, and that of indices.

        Args:
          device: of no effect.
        """
        integral = canonicalize_dtype(int)
        return {
            "real floating": canonicalize_dtype(float),
            "complex floating": canonicalize_dtype(complex),
            "integral": integral,
            "indexing": integral,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes of the standard that arrays can have, by name.

        Args:
          device: of no effect.
          kind: the name of a kind, as of `isdtype`, or several; all by default.
        """
        kinds = ("bool", "numeric") if kind is None else kind
        wide = _STANDARD_WIDE if canonicalize_dtype(np.int64) == np.int64 else []
        return {n: np.dtype(n) for n in _STANDARD + wide if isdtype(np.dtype(n), kinds)}


def __array_namespace_info__() -> ArrayNamespaceInfo:
    """What this namespace can do, by the array API standard."""
    return ArrayNamespaceInfo()


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """An array of ours in the memory of another library's; see `covector.dlpack.from_dlpack`.

    >>> import covector.numpy as jnp, numpy as np
    >>> jnp.from_dlpack(np.arange(3, dtype=np.int32))
    Array([0, 1, 2], dtype=int32)
    """
    return dlpack.from_dlpack(x, device=device, copy=copy)
