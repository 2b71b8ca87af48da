"""Where arrays are: on one device, as `SingleDeviceSharding` says, or divided over several."""

from typing import Any

from covector import _core
from covector.tree_util import tree_leaves

# Of the part of an array that a device holds: a slice for each axis.
Index = tuple[slice, ...]

_MEMORY_KINDS = ("device", "pinned_host", "unpinned_host")


def check_memory_kind(kind: str | None, only: tuple[str, ...] = _MEMORY_KINDS) -> None:
    """Raises ValueError if there is no such kind of memory, None aside."""
    if kind is not None and kind not in only:
        raise ValueError(
            f"Got invalid memory kind: {kind}. memory_kind must be None or one of {only}"
        )


class Sharding:
    """How the elements of an array are divided among devices. The base of such descriptions."""

    @property
    def device_set(self) -> set[Any]:
        """All devices that hold elements."""
        raise NotImplementedError(f"{type(self).__name__} does not say which devices it uses")

    @property
    def num_devices(self) -> int:
        """How many devices hold elements."""
        return len(self.device_set)

    @property
    def addressable_devices(self) -> set[Any]:
        """The devices among them that this process can use."""
        here = _core.default_device().process_index
        return {d for d in self.device_set if d.process_index == here}

    @property
    def is_fully_addressable(self) -> bool:
        """Whether this process can use all of them."""
        return self.addressable_devices == self.device_set

    @property
    def is_fully_replicated(self) -> bool:
        """Whether each device holds all elements."""
        raise NotImplementedError(f"{type(self).__name__} does not say what each device holds")

    @property
    def memory_kind(self) -> str | None:
        """The kind of memory that the elements are in; None is the one that devices compute in."""
        return None

    def devices_indices_map(self, global_shape: tuple[int, ...]) -> dict[Any, Index]:
        """For each device the part of an array of this shape that it holds."""
        raise NotImplementedError(f"{type(self).__name__} does not say what each device holds")

    def addressable_devices_indices_map(self, global_shape: tuple[int, ...]) -> dict[Any, Index]:
        """The same for the devices that this process can use."""
        here = self.addressable_devices
        return {d: i for d, i in self.devices_indices_map(global_shape).items() if d in here}

    def shard_shape(self, global_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the part that one device holds."""
        index = next(iter(self.devices_indices_map(global_shape).values()))
        return tuple(len(range(*s.indices(n))) for s, n in zip(index, global_shape))

    def is_equivalent_to(self, other: "Sharding", ndim: int) -> bool:
        """Whether arrays of this rank are divided alike by both, over devices in the same order."""
        if self == other:
            return True
        if self.memory_kind != other.memory_kind and {"device"} != {
            s.memory_kind or "device" for s in (self, other)
        }:
            return False
        if self.num_devices != other.num_devices or self.device_set != other.device_set:
            return False
        # A shape that can be divided in every way.
        shape = (self.num_devices,) * ndim
        mine, others = self.devices_indices_map(shape), other.devices_indices_map(shape)
        return [*mine.items()] == [*others.items()]


class SingleDeviceSharding(Sharding):
    """All elements are on one device.

    >>> import covector
    >>> from covector.sharding import SingleDeviceSharding
    >>> here = SingleDeviceSharding(covector.devices("cpu")[0])
    >>> here.num_devices
    1
    """

    __slots__ = ("_device",)

    def __init__(self, device: Any, *, memory_kind: str | None = None) -> None:
        """Describes arrays on this device.

        Args:
          device: the device.
          memory_kind: None or 'device'.

        Raises:
          TypeError: if it is no device.
          ValueError: if another kind of memory is named.
        """
        if not isinstance(device, _core.Device):
            raise TypeError(f"SingleDeviceSharding expects a device, got {device!r}")
        check_memory_kind(memory_kind, ("device",))
        self._device = device

    @property
    def device_set(self) -> set[Any]:
        return {self._device}

    @property
    def memory_kind(self) -> str:
        """The kind of memory that the elements are in."""
        return "device"

    @property
    def is_fully_replicated(self) -> bool:
        return True

    def devices_indices_map(self, global_shape: tuple[int, ...]) -> dict[Any, Index]:
        return {self._device: (slice(None),) * len(global_shape)}

    def with_memory_kind(self, kind: str) -> "SingleDeviceSharding":
        """The same in another kind of memory; 'device' is the only one."""
        return SingleDeviceSharding(self._device, memory_kind=kind)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SingleDeviceSharding):
            return NotImplemented
        return self._device is other._device

    def __hash__(self) -> int:
        return hash((SingleDeviceSharding, self._device.platform, self._device.id))

    def __repr__(self) -> str:
        return f"SingleDeviceSharding(device={self._device!r}, memory_kind=device)"


def make_single_device_sharding(device: Any, *, memory_kind: str | None = None) -> Sharding:
    """Describes arrays on this device; see `SingleDeviceSharding`."""
    return SingleDeviceSharding(device, memory_kind=memory_kind)


def single_device(x: Any, what: str) -> Any:
    """The device that an option names: None, a device, a sharding, or a tree of the same one.

    Args:
      x: the option's value.
      what: its name, for messages.

    Raises:
      TypeError: if it is something else.
      NotImplementedError: if it names several devices.
    """
    if x is None or isinstance(x, _core.Device):
        return x
    found: list[Any] = []
    for leaf in tree_leaves(x):
        if isinstance(leaf, Sharding):
            found += leaf.device_set
        elif isinstance(leaf, _core.Device):
            found.append(leaf)
        else:
            raise TypeError(
                f"{what} must be None, a device, or a sharding on one device, but got {leaf!r}"
            )
    if len({(d.platform, d.id) for d in found}) > 1:
        raise NotImplementedError(
            f"{what} names several devices, but programs run on one device: {found}"
        )
    return found[0] if found else None
