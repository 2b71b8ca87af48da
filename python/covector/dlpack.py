"""Exchange of arrays with other libraries by the DLPack protocol, without a copy where it can be.

An array of ours is given away by `numpy.from_dlpack(x)` or what the other library calls it: by
its methods `__dlpack__` and `__dlpack_device__`.
"""

from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector._devices import device_put
from covector._dtypes import CUSTOM_FLOATS
from covector._typing import DTypeLike

__all__ = ["from_dlpack", "is_supported_dtype"]

_PLATFORMS = {1: "cpu", 2: "cuda", 3: "cpu", 10: "rocm"}
_NUMPY = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
_SUPPORTED = {np.dtype(t) for t in (*_NUMPY, *CUSTOM_FLOATS) if np.dtype(t).name[:6] != "float4"}


def from_dlpack(external_array: Any, device: Any = None, copy: bool | None = None) -> Array:
    """An array of ours in the memory of another library's.

    The other library must not write to that memory while the array lives.

    Args:
      external_array: has the methods `__dlpack__` and `__dlpack_device__`, as arrays of NumPy,
        PyTorch and others do.
      device: a device or sharding to put the result on; the one it is on by default.
      copy: True: always make new memory. False: never. None: only where the memory cannot be
        used, as it is on another device, not dense or not aligned.

    Returns:
      An array. 64-bit types are narrowed unless they are enabled.

    Raises:
      TypeError: if the object does not have the methods, or is on a device of unknown kind.
      ValueError: if `copy` is False and there is no way without one.
      NotImplementedError: if the elements are in memory that this process cannot read.

    >>> import covector, numpy as np
    >>> covector.dlpack.from_dlpack(np.arange(3, dtype=np.float32))
    Array([0., 1., 2.], dtype=float32)
    """
    if not (hasattr(external_array, "__dlpack__") and hasattr(external_array, "__dlpack_device__")):
        raise TypeError(
            "The array passed to from_dlpack must have __dlpack__ and __dlpack_device__ methods, "
            f"got {type(external_array)}."
        )
    kind = external_array.__dlpack_device__()[0]
    if int(kind) not in _PLATFORMS:
        raise TypeError(
            "Array passed to from_dlpack is on unsupported device type (DLDeviceType: "
            f"{int(kind)}, array: {type(external_array)})"
        )
    here = _core.default_device()
    (target,) = getattr(device, "device_set", {device})
    moves = target is not None and target != here
    if moves and copy is False:
        raise ValueError(
            f"Specified {device=} which requires a copy since the source device is {here!r}, "
            "however copy=False. Set copy=True or copy=None to perform the requested operation."
        )
    out = _core.from_dlpack(external_array, copy)
    return out if device is None else device_put(out, device)


def is_supported_dtype(dtype: DTypeLike) -> bool:
    """Whether arrays of this dtype can be exchanged.

    >>> import covector
    >>> covector.dlpack.is_supported_dtype("int4")
    False
    """
    return np.dtype(dtype) in _SUPPORTED
