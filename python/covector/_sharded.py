"""Arrays whose elements are on several devices: made here, from data or from their parts.

Programs run on one device: given such an array, they work on all of its elements on the first.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from covector import _core
from covector._core import Array, Tracer
from covector._mesh import get_mesh
from covector._named_sharding import NamedSharding
from covector._partition_spec import PartitionSpec
from covector._shardings import Index, Sharding, SingleDeviceSharding
from covector.errors import UnexpectedTracerError


def assemble(aval: Any, sharding: Sharding, arrays: Sequence[Array]) -> Array:
    """The array of this type of which these are the parts, in the order of the devices.

    Args:
      aval: shape, dtype and weak type of the whole.
      sharding: which device holds which part.
      arrays: the part on each device.
    """
    if isinstance(sharding, SingleDeviceSharding):
        return arrays[0]
    indices = sharding.addressable_devices_indices_map(aval.shape).values()
    starts = [[s.indices(n)[0] for s, n in zip(index, aval.shape)] for index in indices]
    return cast(Array, _core.sharded_array(aval, list(arrays), starts, sharding))


def put(x: Any, sharding: Sharding) -> Array:
    """The elements of an array or of what can become one, divided as told.

    Args:
      x: a concrete array, a NumPy array or a scalar.
      sharding: which device gets which part.

    Raises:
      ValueError: if the shape cannot be divided so.
    """
    if isinstance(x, Array) and _core.sharding_of(x) == sharding:
        return x
    if not isinstance(x, (Array, np.ndarray)):
        x = _core.device_put(x, cast(Any, None), False)
    aval = _core.aval_of(x)
    is_key = isinstance(aval.dtype, _core.ExtendedDType)
    whole = x if is_key or isinstance(x, np.ndarray) else np.asarray(x)
    parts = []
    for device, index in sharding.addressable_devices_indices_map(aval.shape).items():
        parts.append(_core.device_put(_part(whole, index), device, True))
    return assemble(aval, sharding, [_as_weak(p, aval) for p in parts])


def _part(whole: Any, index: Index) -> Any:
    """Elements of an array; all of it if the index leaves nothing out."""
    return whole if all(s == slice(None) for s in index) else whole[index]


def _as_weak(part: Array, aval: Any) -> Array:
    if part.weak_type == aval.weak_type:
        return part
    return cast(Array, _core.convert(part, aval.dtype, aval.weak_type))


def placed(x: Any, what: str) -> Any:
    """A sharding for a partition spec over the mesh that is set; all else as it is.

    Raises:
      ValueError: if no mesh is set.
    """
    if not isinstance(x, PartitionSpec):
        return x
    if get_mesh().empty:
        raise ValueError(
            f"{what}: a PartitionSpec needs a mesh. Set one with `covector.set_mesh`, or pass a "
            f"NamedSharding. Got {x}"
        )
    return NamedSharding(get_mesh(), x)


def _the_dtype(arrays: Sequence[Any], dtype: Any, what: str) -> Any:
    """The dtype that was asked for or else that of the parts."""
    if not arrays:
        if dtype is None:
            raise ValueError(
                "If the Array has no addressable shards, `dtype` must be provided via the `dtype` "
                f"argument to `jax.{what}`."
            )
        return dtype
    found = _core.aval_of(arrays[0]).dtype
    if dtype is not None and np.dtype(dtype) != found:
        raise ValueError(
            f"If `dtype` is provided to `jax.{what}`, it must match the dtype of the addressable "
            f"shards. Got dtype={np.dtype(dtype)} and shards of {found}"
        )
    return found


def make_array_from_callback(
    shape: tuple[int, ...],
    sharding: Any,
    data_callback: Callable[[Index], Any],
    dtype: Any = None,
) -> Array:
    """An array whose parts are fetched one by one, each when its device is given it.

    Args:
      shape: of the whole array.
      sharding: which device gets which part.
      data_callback: given the slices of a part, one for each axis, returns its elements: an array,
        a NumPy array or a scalar. Called once if every device gets all elements.
      dtype: what the elements must be; None takes what the callback gives.

    Returns:
      The array, divided as told.

    Raises:
      TypeError: if `sharding` is no sharding.
      ValueError: if a part has another shape or dtype than it has to have.
      UnexpectedTracerError: if the callback returns a traced array.

    >>> import covector
    >>> import numpy as np
    >>> from covector.sharding import NamedSharding, PartitionSpec as P
    >>> data = np.arange(4.0)
    >>> rows = NamedSharding(covector.make_mesh((1,), ("x",)), P("x"))
    >>> covector.make_array_from_callback((4,), rows, lambda index: data[index])
    Array([0., 1., 2., 3.], dtype=float32)
    """
    sharding = getattr(sharding, "sharding", sharding)  # of a Format
    if not isinstance(sharding, Sharding):
        raise TypeError(f"sharding should be an instance of `jax.sharding`. Got {sharding!r}")
    shape = tuple(shape)
    places = sharding.addressable_devices_indices_map(shape)
    fetched: list[Any] = []
    for index in places.values():
        alike = fetched and sharding.is_fully_replicated
        fetched.append(fetched[0] if alike else data_callback(index))
        if isinstance(fetched[-1], Tracer):
            raise UnexpectedTracerError(
                "jax.make_array_from_callback cannot be called within a traced context."
            )
    dtype = _the_dtype(fetched, dtype, "make_array_from_callback")
    expected = tuple(sharding.shard_shape(shape))
    for part in fetched:
        _check_part(part, expected, dtype, sharding)
    aval = _core.ShapedArray(shape, dtype)
    arrays = [_core.device_put(part, d, True) for part, d in zip(fetched, places)]
    return assemble(aval, sharding, [_as_weak(a, aval) for a in arrays])


def _check_part(part: Any, shape: tuple[int, ...], dtype: Any, sharding: Sharding) -> None:
    aval = _core.aval_of(part)
    if aval.dtype != dtype:
        raise ValueError(
            f"Input buffers to `Array` must have matching dtypes. Got {aval.dtype}, expected "
            f"{dtype} for buffer: {part}"
        )
    if tuple(aval.shape) != shape:
        raise ValueError(
            f"Expected shard shape {shape} doesn't match the single device array shape "
            f"{tuple(aval.shape)}. Sharding is {sharding}"
        )


def make_array_from_single_device_arrays(
    shape: tuple[int, ...], sharding: Any, arrays: Sequence[Array], *, dtype: Any = None
) -> Array:
    """The array of which these are the parts. Nothing is copied.

    Args:
      shape: of the whole array.
      sharding: which device holds which part.
      arrays: a list or tuple of arrays, one on each device of the sharding, of equal shapes.
      dtype: of the elements; None takes that of the parts.

    Returns:
      The array, which shares the memory of its parts.

    Raises:
      TypeError: if `arrays` is no sequence of arrays.
      ValueError: if the arrays are not on the devices of the sharding, or have another shape or
        dtype than parts of the array have to have.

    >>> import covector
    >>> from covector.sharding import SingleDeviceSharding
    >>> here = SingleDeviceSharding(covector.devices()[0])
    >>> part = covector.device_put(covector.numpy.arange(3), here)
    >>> covector.make_array_from_single_device_arrays((3,), here, [part])
    Array([0, 1, 2], dtype=int32)
    """
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(
            "jax.make_array_from_single_device_arrays `arrays` argument must be a list or tuple, "
            f"but got {type(arrays)}."
        )
    if any(isinstance(x, Tracer) for x in arrays):
        raise ValueError(
            "jax.make_array_from_single_device_arrays requires a list of concrete arrays as "
            f"input, but got types {set(map(type, arrays))}"
        )
    dtype = _the_dtype(arrays, dtype, "make_array_from_single_device_arrays")
    return from_parts(_core.ShapedArray(tuple(shape), dtype), sharding, arrays)


def from_parts(aval: Any, sharding: Sharding, arrays: Sequence[Array]) -> Array:
    """The array of this type of which these are the parts, in any order, after all checks."""
    for x in arrays:
        if (count := len(x.devices())) != 1:
            raise ValueError(
                "When making an array from single-device arrays the input arrays must have one "
                f"shard each. An argument array had {count} shard(s)."
            )
    places = sharding.addressable_devices_indices_map(aval.shape)
    if len(arrays) != len(places):
        raise ValueError(
            f"Expected {len(places)} per-device arrays (this is how many devices are addressable "
            f"by the sharding), but got {len(arrays)}"
        )
    by_device = {next(iter(x.devices())): x for x in arrays}
    if len(by_device) != len(arrays):
        raise ValueError(
            "When making an array from single-device arrays, the input arrays must be from "
            f"distinct devices, but they are on {[d.id for d in by_device]}"
        )
    _check_devices(set(places), set(by_device))
    expected = tuple(sharding.shard_shape(aval.shape))
    for x in arrays:
        _check_part(x, expected, aval.dtype, sharding)
    parts = [_core.device_put(by_device[d], d, True) for d in places]
    return assemble(aval, sharding, parts)


def _check_devices(expected: set[Any], given: set[Any]) -> None:
    if expected == given:
        return
    missing = {d.id for d in expected - given}
    extra = {d.id for d in given - expected}
    raise ValueError(
        "Addressable devices and per-device arrays devices do not match. Sharding contains "
        f"devices {missing} that are not present in per-device arrays. Per-device arrays contain "
        f"devices {extra} that are not present in the sharding."
    )
