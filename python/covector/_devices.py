"""Devices, and moving arrays to and from them."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from covector import _core
from covector._core import Array, Tracer
from covector._shardings import Sharding, single_device
from covector.tree_util import tree_flatten, tree_leaves, tree_map, tree_unflatten

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
      device: a device, a sharding on one device, or a tree of these that is a prefix of `x`; the
        arrays stay there. None is the default device, which programs may leave again.
      src: where the data come from; it is known without.
      donate: whether arrays that are copied may be deleted.
      may_alias: whether the result may share memory with `x`.

    Returns:
      A tree like `x` of arrays. Arrays that are there already are not copied.

    Raises:
      TypeError: if a leaf is no array and no scalar.
      ValueError: if `device` is no device, or the trees do not fit.

    >>> import covector
    >>> covector.device_put([1.0, 2.0])[1]
    Array(2., dtype=float32, weak_type=True)
    """
    leaves, tree = tree_flatten(x)
    if device is None or isinstance(device, (_core.Device, Sharding)):
        targets = [_target(device)] * len(leaves)
    else:
        flat = _core.tree.flatten_axes("device_put device", tree, device)
        targets = [_target(d) for d in flat]
    return tree_unflatten(tree, [_put(y, d, donate) for y, d in zip(leaves, targets)])


def _target(device: Any) -> Any:
    if device is None or isinstance(device, (_core.Device, Sharding)):
        return single_device(device, "device")
    raise ValueError(
        "`device_put` only accepts `None`, a device, a sharding, or a pytree of these values. "
        f"Received invalid value: {device}"
    )


def _put(x: Any, device: Any, donate: Any) -> Array:
    if isinstance(x, Tracer) or (isinstance(x, Array) and device is None):
        return x
    there: Any = _core.device_put(x, device, device is not None)
    if donate and isinstance(x, Array) and there is not x and _core.device_of(x) is not device:
        _core.delete(x)
    return cast(Array, there)


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
