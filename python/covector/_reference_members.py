"""Members of references that are written in Python."""

from collections.abc import Callable
from typing import Any

from covector import _core
from covector import _references as references
from covector._core import Array, LinearFunction, Ref
from covector.tree_util import tree_map, tree_structure


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


def with_refs(self: LinearFunction, *refs: Any) -> Callable[..., tuple[Any, ...]]:
    """What `vjp` returned, as a function that adds cotangents to references.

    Args:
      *refs: for each argument a tree like it, in which references stand for leaves. What they are
        given is not returned: None is in its place.
    """

    def add(ref: Any, cotangent: Any) -> Any:
        if not isinstance(ref, Ref):
            return cotangent
        references.addupdate(ref, ..., cotangent)
        return None

    def pull(*cotangents: Any) -> tuple[Any, ...]:
        results = self(*cotangents)
        return tuple(
            tree_map(add, ref, result, is_leaf=lambda x: isinstance(x, Ref))
            if tree_structure(ref) == tree_structure(result)
            else result
            for ref, result in zip(refs, results)
        )

    return pull


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
