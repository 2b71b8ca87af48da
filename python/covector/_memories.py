"""The memories of devices. Arrays are in the one that a device computes in."""

from typing import Any, NamedTuple

from covector.errors import JaxRuntimeError


class Memory(NamedTuple):
    """A memory that a device reaches.

    Attributes:
      kind: what it is called in `memory_kind=`.
      device: whose it is.
    """

    kind: str
    device: Any

    @property
    def platform(self) -> str:
        """The platform of its device."""
        return self.device.platform

    @property
    def process_index(self) -> int:
        """The process that its device belongs to."""
        return self.device.process_index

    def addressable_by_devices(self) -> list[Any]:
        """The devices that reach it."""
        return [self.device]


def default_memory(self: Any) -> Memory:
    """The memory that arrays are put in.

    >>> import covector
    >>> covector.devices("cpu")[0].default_memory().kind
    'device'
    """
    return Memory("device", self)


def addressable_memories(self: Any) -> list[Memory]:
    """The memories that arrays can be put in."""
    return [default_memory(self)]


def memory(self: Any, kind: str) -> Memory:
    """The memory of this kind.

    Raises:
      JaxRuntimeError: if arrays cannot be put in such a memory.
    """
    kinds = {m.kind: m for m in addressable_memories(self)}
    if kind not in kinds:
        raise JaxRuntimeError(
            f"Could not find memory addressable by device {self.device_kind}. Got memory kind: "
            f"{kind}, device {self.device_kind} can address the following memory kinds: "
            f"{', '.join(kinds)}."
        )
    return kinds[kind]
