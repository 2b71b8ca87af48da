"""Devices, and moving arrays to and from them."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from covector import _core, _sharded
from covector._core import Array, Tracer
from covector._partition_spec import PartitionSpec
from covector._shardings import Sharding, SingleDeviceSharding, single_device
from covector.tree_util import broadcast_prefix, tree_flatten, tree_leaves, tree_map, tree_unflatten

T = TypeVar("T")


def devices(backend: str | None = None) -> list[Any]:
    """The devices of a platform.

    Args:
      backend: 'cpu', 'gpu', 'tpu' or another platform; None is the preferred one.

    Returns:
      A list of devices, never empty.

    Raises:
      RuntimeError: if the platform's plugin is missing or there is no such device.

    >>> import covector
    >>> covector.devices("cpu")
    [CpuDevice(id=0)]
    """
    return _core.devices(backend)


def local_devices(
    process_index: int | None = None, backend: str | None = None, host_id: int | None = None
) -> list[Any]:
    """The devices of a platform that belong to one process.

    Args:
      process_index: the process; None is this one.
      backend: the platform; None is the preferred one.
      host_id: an old name of `process_index`.

    Raises:
      ValueError: if there is no such process.
      RuntimeError: if there is no such platform.

    >>> import covector
    >>> len(covector.local_devices(backend="cpu"))
    1
    """
    if host_id is not None:
        process_index = host_id
    found = devices(backend)
    if process_index is None:
        return [d for d in found if d.process_index == _this_process(backend)]
    if process_index not in {d.process_index for d in found}:
        raise ValueError(f"Unknown process_index {process_index}")
    return [d for d in found if d.process_index == process_index]


def _this_process(backend: str | None) -> int:
    return min(d.process_index for d in devices(backend))


def device_count(backend: str | None = None) -> int:
    """How many devices a platform has, over all processes.

    Args:
      backend: the platform; None is the preferred one.

    >>> import covector
    >>> covector.device_count("cpu")
    1
    """
    return len(devices(backend))


def local_device_count(backend: str | None = None) -> int:
    """How many devices of a platform belong to this process; see `device_count`."""
    return len(local_devices(backend=backend))


def process_index(backend: str | None = None) -> int:
    """The number of this process among those that work together; 0 if it works alone."""
    return _this_process(backend)


def process_indices(backend: str | None = None) -> list[int]:
    """The numbers of all processes that have devices of a platform."""
    return sorted({d.process_index for d in devices(backend)})


def process_count(backend: str | None = None) -> int:
    """How many processes work together; 1 if this one works alone."""
    return len(process_indices(backend))


def default_backend() -> str:
    """The name of the preferred platform: 'cpu', 'gpu' or 'tpu'.

    >>> import covector
    >>> covector.default_backend() in ("cpu", "gpu", "tpu")
    True
    """
    return devices()[0].platform


def device_put(
    x: Any,
    device: Any = None,
    *,
    src: Any = None,
    donate: Any = False,
    may_alias: Any = None,
) -> Any:
    """Copies data to a device.

    Args:
      x: a tree of arrays, NumPy arrays and scalars.
      device: a device, a sharding, a `PartitionSpec` where a mesh is set, or a tree of these that
        is a prefix of `x`; the arrays stay there. None is the default device, which programs may
        leave again.
      src: where the data come from; it is known without.
      donate: whether arrays that are copied may be deleted.
      may_alias: whether the result may share memory with `x`.

    Returns:
      A tree like `x` of arrays. Arrays that are there already are not copied.

    Raises:
      TypeError: if a leaf is no array and no scalar.
      ValueError: if `device` is no device, an array cannot be divided as the sharding says, or the
        trees do not fit.

    >>> import covector
    >>> covector.device_put([1.0, 2.0])[1]
    Array(2., dtype=float32, weak_type=True)
    """
    leaves, tree = tree_flatten(x)
    if device is None or isinstance(device, (_core.Device, Sharding, PartitionSpec)):
        targets = [_target(device)] * len(leaves)
    else:
        flat = _core.tree.flatten_axes("device_put device", tree, device)
        targets = [_target(d) for d in flat]
    return tree_unflatten(tree, [_put(y, d, donate) for y, d in zip(leaves, targets)])


def _target(device: Any) -> Any:
    """The device, or the sharding that is more than one."""
    device = _sharded.placed(getattr(device, "sharding", device), "device_put")
    if isinstance(device, Sharding) and not isinstance(device, SingleDeviceSharding):
        return device
    if device is None or isinstance(device, (_core.Device, Sharding)):
        return single_device(device, "device")
    raise ValueError(
        "`device_put` only accepts `None`, a device, a sharding, or a pytree of these values. "
        f"Received invalid value: {device}"
    )


def _put(x: Any, target: Any, donate: Any) -> Array:
    if isinstance(x, Tracer):
        single_device(target, "device")
        return x
    if isinstance(x, Array) and target is None:
        return x
    there: Any
    if isinstance(target, Sharding):
        with _core.ExplicitTransfers():
            there = _sharded.put(x, target)
    else:
        there = _core.device_put(x, target, target is not None)
    if donate and isinstance(x, Array) and there is not x and x.devices() != there.devices():
        _core.delete(x)
    return cast(Array, there)


def live_arrays(platform: str | None = None) -> list[Array]:
    """The arrays on the devices of a platform that programs hold; deleted ones are left out.

    Args:
      platform: 'cpu', 'gpu', 'tpu' or another one; None is the preferred one.

    Returns:
      A list, newest first. What the library keeps for itself is not in it.

    Raises:
      RuntimeError: if there is no such platform.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> x = jnp.arange(3)
    >>> any(a is x for a in covector.live_arrays())
    True
    """
    here = set(devices(platform))
    default = _core.default_device()
    return [
        a
        for a in _core.live_arrays()
        if not _core.is_deleted(a) and (_core.device_of(a) or default) in here
    ]


def make_array_from_process_local_data(
    sharding: Any, local_data: Any, global_shape: Any = None
) -> Any:
    """Arrays of the data that each process has of them: with one process, all of the data.

    Args:
      sharding: a sharding, a device, a `PartitionSpec` where a mesh is set; or a tree of them, a
        prefix of that of `local_data`.
      local_data: a tree of NumPy arrays.
      global_shape: the shapes of the whole arrays, a tree of tuples; None takes those of the data.

    Returns:
      A tree of arrays, divided as told.

    Raises:
      ValueError: if a shape is another than that of the data, or the trees do not fit.

    >>> import covector
    >>> import numpy as np
    >>> covector.make_array_from_process_local_data(covector.devices()[0], np.arange(3))
    Array([0, 1, 2], dtype=int32)
    """
    leaves, tree = tree_flatten(local_data)
    shapes = broadcast_prefix(
        global_shape, local_data, is_leaf=lambda x: x is None or isinstance(x, tuple)
    )
    for shape, data in zip(shapes, leaves):
        if shape is not None and tuple(shape) != np.shape(data):
            raise ValueError(
                "make_array_from_process_local_data: with one process the data are all of the "
                f"array, but global_shape={shape} and the data have shape {np.shape(data)}"
            )
    targets = broadcast_prefix(sharding, local_data)
    return tree_unflatten(tree, [device_put(x, s) for x, s in zip(leaves, targets)])


def device_get(x: Any) -> Any:
    """Copies arrays to the host.

    Args:
      x: a tree; leaves that are no arrays stay as they are.

    Returns:
      A tree like `x`, with NumPy arrays in place of arrays but those of keys.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.device_get({"a": jnp.arange(3), "b": "text"})
    {'a': array([0, 1, 2], dtype=int32), 'b': 'text'}
    """

    def get(leaf: Any) -> Any:
        is_key = isinstance(getattr(leaf, "dtype", None), _core.ExtendedDType)
        if is_key or isinstance(leaf, Tracer) or not hasattr(leaf, "__array__"):
            return leaf
        return np.asarray(leaf)

    with _core.ExplicitTransfers():
        return tree_map(get, x)


def copy_to_host_async(x: T) -> T:
    """Begins to copy the arrays in a tree to the host, so that a later look at them waits less.

    Args:
      x: a tree; leaves that are no arrays are passed over.

    Returns:
      The tree itself.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.copy_to_host_async(jnp.ones(2))
    Array([1., 1.], dtype=float32)
    """
    for leaf in tree_leaves(x):
        copy = getattr(leaf, "copy_to_host_async", None)
        if copy is not None and not isinstance(leaf, Tracer):
            copy()
    return x


def block_until_ready(x: T) -> T:
    """Waits until the arrays in a tree have been computed; to measure times, for example.

    Args:
      x: a tree; leaves that are no arrays are passed over.

    Returns:
      The tree itself.

    Raises:
      JaxRuntimeError: if a computation failed.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.block_until_ready(jnp.ones(2) + 1)
    Array([2., 2.], dtype=float32)
    """
    for leaf in tree_leaves(x):
        if isinstance(leaf, Array):
            if not isinstance(leaf, Tracer):
                _core.block_until_ready(leaf)
            continue
        wait: Callable[[], Any] | None = getattr(leaf, "block_until_ready", None)
        if wait is not None:
            wait()
    return x
