"""What `pickle` makes of devices, arrays and jitted functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array, Tracer
from covector.errors import ConcretizationTypeError


def restore_device(platform: str, id: int) -> Any:
    """The device of this number, in the process that reads the pickle.

    Raises:
      RuntimeError: if it has none.
    """
    for device in _core.devices(platform):
        if device.id == id:
            return device
    raise RuntimeError(f"The pickle is of device {id} of platform '{platform}', which is not here.")


def restore_array(elements: np.ndarray[Any, Any], weak_type: bool, impl: str | None) -> Array:
    """An array of these elements, or keys for the generator `impl`."""
    if impl is not None:
        return _core.random.wrap(elements, impl)
    return _core.convert(elements, elements.dtype, weak_type)


def _reduce_device(device: Any) -> Any:
    return restore_device, (device.platform, device.id)


def _reduce_array(x: Array) -> Any:
    if isinstance(x, Tracer):
        raise ConcretizationTypeError(x, "A traced array cannot be pickled.")
    dtype: Any = x.dtype  # which type checkers take for one of NumPy's
    if not isinstance(dtype, _core.ExtendedDType):
        return restore_array, (np.array(x), x.weak_type, None)
    (tag,) = (row[1] for row in _core.random.generators() if row[2] == dtype)
    return restore_array, (np.array(_core.random.unwrap(x)), x.weak_type, tag)


def restore_jitted(fun: Callable[..., Any], spec: Any, options: dict[str, Any]) -> Any:
    """A jitted function of these options, without the traces: a call makes them again."""
    from covector._jit import jitted

    return jitted(fun, spec, options)


def _reduce_jitted(f: Any) -> Any:
    return restore_jitted, (f.__wrapped__, f._spec, f._options)


def attach() -> None:
    """Makes these functions methods of the core's classes."""
    members: tuple[tuple[type, Callable[..., Any]], ...] = (
        (_core.Device, _reduce_device),
        (_core.Array, _reduce_array),
        (_core.JitFunction, _reduce_jitted),
    )
    for cls, function in members:
        cls.__reduce__ = function  # type: ignore[method-assign]
