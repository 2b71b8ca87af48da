"""Methods of arrays about where their elements are, and when."""

from typing import Any, NamedTuple

import numpy as np

from covector import _core, _devices
from covector._core import Array, Tracer
from covector._shardings import Sharding, SingleDeviceSharding
from covector.errors import ConcretizationTypeError, JaxRuntimeError


def _concrete(x: Array, what: str) -> Array:
    if isinstance(x, Tracer):
        raise ConcretizationTypeError(x, f"The {what} is not available on traced arrays.")
    return x


def _require_alive(x: Array, what: str) -> Array:
    if _core.is_deleted(_concrete(x, what)):
        raise RuntimeError(f"Array has been deleted with shape={x.dtype.name}{list(x.shape)}.")
    return x


def _device_of(x: Array, what: str) -> Any:
    """The device an array is on, or would be put on."""
    return _core.device_of(_concrete(x, what)) or _core.default_device()


def _absent(x: Array, what: str) -> AttributeError:
    return AttributeError(
        f"The {what} is not available on traced array with shape {x.dtype.name}{list(x.shape)}."
    )


class Shard(NamedTuple):
    """The part of an array that one device holds."""

    device: Any
    index: tuple[slice, ...]  # type: ignore[assignment]  # JAX's name, also a method of tuples
    replica_id: int
    data: Array


def device(self: Array) -> Any:
    """The device that the elements are on; the sharding if there are several."""
    if isinstance(self, Tracer):
        raise _absent(self, "'device' attribute")
    found = sharding(self)
    return found if found.num_devices > 1 else _device_of(self, "'device' attribute")


def devices(self: Array) -> set[Any]:
    """The devices that hold elements.

    >>> import covector.numpy as jnp
    >>> jnp.zeros(3).devices()
    {CpuDevice(id=0)}
    """
    return sharding(_concrete(self, "devices() method")).device_set


def sharding(self: Array) -> Sharding:
    """How the elements are divided among devices."""
    if isinstance(self, Tracer):
        raise _absent(self, "'sharding' attribute")
    several: Sharding | None = _core.sharding_of(self)
    return several or SingleDeviceSharding(_device_of(self, "'sharding' attribute"))


def format(self: Array) -> Any:
    """How the elements lie in memory, row-major, and how they are divided among devices.

    >>> import covector.numpy as jnp
    >>> jnp.zeros((2, 3)).format.layout.major_to_minor
    (0, 1)
    """
    from covector.experimental.layout import Format, Layout

    return Format(Layout(tuple(range(self.ndim))), sharding(self))


def committed(self: Array) -> bool:
    """Whether the array stays on its device: someone chose it, as `device_put` does."""
    return _core.committed(_concrete(self, "'committed' attribute"))


def is_fully_addressable(self: Array) -> bool:
    """Whether this process can use all devices that hold elements."""
    return sharding(_concrete(self, "is_fully_addressable property")).is_fully_addressable


def is_fully_replicated(self: Array) -> bool:
    """Whether every device that holds elements holds all of them."""
    return sharding(_concrete(self, "is_fully_replicated property")).is_fully_replicated


def addressable_shards(self: Array) -> list[Shard]:
    """The parts on devices that this process can use."""
    place = _device_of(self, "'addressable_shards' attribute")
    parts = _core.shards(self)
    if parts is None:
        return [Shard(place, (slice(None),) * self.ndim, 0, self)]
    shards: list[Shard] = []
    places = sharding(self).addressable_devices_indices_map(self.shape)
    for (on, index), part in zip(places.items(), parts):
        replica = sum(shard.index == index for shard in shards)
        shards.append(Shard(on, index, replica, part))
    return shards


def addressable_data(self: Array, index: int) -> Array:
    """The part of the array on one of the devices.

    Raises:
      IndexError: if there is no such part.
    """
    return addressable_shards(self)[index].data


def block_until_ready(self: Array) -> Array:
    """Waits until the elements have been computed, and returns the array itself.

    Raises:
      JaxRuntimeError: if the computation failed.

    >>> import covector.numpy as jnp
    >>> (jnp.ones(2) + 1).block_until_ready()
    Array([2., 2.], dtype=float32)
    """
    if isinstance(self, Tracer):
        raise _absent(self, "'block_until_ready' method")
    _core.block_until_ready(self)
    return self


def is_ready(self: Array) -> bool:
    """Whether the elements have been computed."""
    if isinstance(self, Tracer):
        raise _absent(self, "'is_ready' method")
    return _core.is_ready(self)


def copy_to_host_async(self: Array) -> None:
    """Asks for the elements on the host, where they will be wanted."""
    if isinstance(self, Tracer):
        raise _absent(self, "'copy_to_host_async' method")
    _require_alive(self, "'copy_to_host_async' method")


def delete(self: Array) -> None:
    """Frees the memory of the elements now. The array cannot be used afterwards."""
    _core.delete(_concrete(self, "delete() method"))


def is_deleted(self: Array) -> bool:
    """Whether the elements are gone: deleted, or donated to a function."""
    return _core.is_deleted(_concrete(self, "is_deleted() method"))


def clone(self: Array) -> Array:
    """Another array object of the same memory: no elements are copied.

    Raises:
      RuntimeError: if the array was deleted.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(2)
    >>> x.clone() is x, x.clone().unsafe_buffer_pointer() == x.unsafe_buffer_pointer()
    (False, True)
    """
    return _core.clone(_require_alive(self, "'clone' method"))


def to_device(self: Array, device: Any, *, stream: Any = None) -> Array:
    """The same elements on another device.

    Args:
      device: a device or a sharding.
      stream: not used; None.

    Raises:
      NotImplementedError: if a stream is given.
    """
    if stream is not None:
        raise NotImplementedError("The stream argument of to_device is not supported")
    return _devices.device_put(self, device)


def platform(self: Array) -> str:
    """The kind of device that the elements are on: 'cpu', 'gpu' or 'tpu'."""
    return _device_of(self, "platform() method").platform


def on_device_size_in_bytes(self: Array) -> int:
    """The bytes that the elements take on their device, padding included."""
    return _core.on_device_size(_concrete(self, "on_device_size_in_bytes() method"))


def unsafe_buffer_pointer(self: Array) -> int:
    """The address of the elements on their device, which nothing keeps them at.

    Raises:
      JaxRuntimeError: if the elements are on several devices.
    """
    if len(_core.shards(_concrete(self, "unsafe_buffer_pointer() method")) or ()) > 1:
        raise JaxRuntimeError("unsafe_buffer_pointer() is supported only for unsharded arrays.")
    return _core.buffer_pointer(_concrete(self, "unsafe_buffer_pointer() method"))


def device_buffer(self: Array) -> Any:
    """Raises AttributeError: it is called `addressable_data(0)`."""
    raise AttributeError("arr.device_buffer has been removed: use arr.addressable_data(0)")


def device_buffers(self: Array) -> Any:
    """Raises AttributeError: they are in `addressable_shards`."""
    raise AttributeError(
        "arr.device_buffers has been removed: use [x.data for x in arr.addressable_shards]"
    )


def __cuda_array_interface__(self: Array) -> dict[str, Any]:
    """Where the elements are on a GPU, for other libraries.

    Raises:
      AttributeError: if they are on another device.
    """
    if platform(self) != "gpu":
        raise AttributeError("__cuda_array_interface__ is only defined for NVidia GPU buffers.")
    block_until_ready(self)
    return {
        "shape": self.shape,
        "typestr": np.dtype(self.dtype).str,
        "data": (unsafe_buffer_pointer(self), True),  # read-only
        "strides": None,
        "version": 2,
    }


def _value(self: Array) -> np.ndarray[Any, Any]:
    """The elements as a NumPy array; other libraries look at this."""
    if isinstance(self, Tracer):
        raise _absent(self, "'_value' attribute")
    return np.asarray(self)


_committed = committed
global_shards = addressable_shards
