"""Members of references that are written in Python."""

from typing import Any

from covector import _core
from covector import _references as references
from covector._core import Array, Ref


def at(self: Ref) -> references.Parts:
    """Parts of the reference: `ref.at[1:3][...] = x`."""
    return references.Parts(self, ())


def addupdate(self: Ref, value: Any, idx: Any = ...) -> None:
    """Adds to what it holds."""
    references.addupdate(self, idx, value)


def get(self: Ref, idx: Any = ...) -> Array:
    """What it holds."""
    return references.get(self, idx)


def set(self: Ref, value: Any, idx: Any = ...) -> None:
    """Writes what it holds."""
    references.set(self, idx, value)


def sharding(self: Ref) -> Any:
    """How the array is divided over devices."""
    return self[...].sharding


def committed(self: Ref) -> bool:
    """Whether the user chose the devices."""
    return self[...].committed


def __repr__(self: Ref) -> str:
    if not _core.is_eager() or _core.reference_is_traced(self):
        return f"Ref<{self.aval}>"
    return "Ref" + repr(self[...]).removeprefix("Array")
