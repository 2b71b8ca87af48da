"""Which axes of a mesh divide which axes of an array."""

import weakref
from collections.abc import Iterable, Iterator
from typing import Any


class _Unconstrained:
    """What stands for an axis whose division is left to the compiler."""

    def __repr__(self) -> str:
        return "UNCONSTRAINED"

    def __reduce__(self) -> str:
        return "UNCONSTRAINED"


UNCONSTRAINED = _Unconstrained()


def _canonical(entry: Any) -> Any:
    """An entry in its one form: no tuple of one name, None for an empty one."""
    if not isinstance(entry, (tuple, list)):
        return entry
    if not entry:
        return None
    if any(isinstance(name, (tuple, list)) for name in entry):
        raise ValueError(
            f"A tuple inside PartitionSpec cannot contain a nested tuple. Got partition: {entry}"
        )
    return entry[0] if len(entry) == 1 else tuple(entry)


def _names(entry: Any) -> tuple[Any, ...]:
    """The names of mesh axes in an entry."""
    if entry is None or entry is UNCONSTRAINED:
        return ()
    return entry if isinstance(entry, tuple) else (entry,)


def _axis_set(names: Any, what: str) -> frozenset[Any]:
    if not isinstance(names, (set, frozenset)):
        raise TypeError(f"{what} argument of PartitionSpec should be a set, got {names!r}")
    if None in names:
        raise ValueError(
            f"{what} cannot contain None. All elements in {what} should refer to the mesh axes."
        )
    return frozenset(names)


class PartitionSpec:
    """For each axis of an array the mesh axes that divide it: a name, several, or None.

    Args:
      *partitions: an entry for each axis of the array, from the first one on.
      unreduced: mesh axes over which sums are still to be taken.
      reduced: mesh axes over which sums were taken.

    Raises:
      TypeError: if `unreduced` or `reduced` is no set.
      ValueError: if a mesh axis has several of the roles, or an entry nests tuples.

    >>> from covector.sharding import PartitionSpec as P
    >>> P("data", None, ("x", "y"))
    P('data', None, ('x', 'y'))
    >>> P("data") + (None,)
    P('data', None)
    """

    __slots__ = ("__weakref__", "partitions", "reduced", "unreduced")

    partitions: tuple[Any, ...]
    unreduced: frozenset[Any]
    reduced: frozenset[Any]

    UNCONSTRAINED = UNCONSTRAINED

    # Equal ones are the same object.
    def __new__(
        cls,
        *partitions: Any,
        unreduced: Iterable[Any] = frozenset(),
        reduced: Iterable[Any] = frozenset(),
    ) -> "PartitionSpec":
        entries = tuple(_canonical(entry) for entry in partitions)
        roles = {"unreduced": _axis_set(unreduced, "unreduced")}
        roles["reduced"] = _axis_set(reduced, "reduced")
        if both := roles["unreduced"] & roles["reduced"]:
            raise ValueError(
                f"`unreduced` and `reduced` argument to PartitionSpec cannot overlap, both name "
                f"{sorted(both, key=str)}"
            )
        dividing = {name for entry in entries for name in _names(entry)}
        for what, names in roles.items():
            if names & dividing:
                raise ValueError(
                    f"partitions cannot overlap with {what} axes passed to PartitionSpec. "
                    f"Got partitions: {entries} and {what} axes: {set(names)}"
                )
        key = (entries, *roles.values())
        if (found := _interned.get(key)) is not None:
            return found
        self = object.__new__(cls)
        object.__setattr__(self, "partitions", entries)
        for what, names in roles.items():
            object.__setattr__(self, what, names)
        return _interned.setdefault(key, self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("Subclassing `jax.P` is prohibited: PartitionSpec is final.")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"PartitionSpec is immutable, cannot set {name}")

    def _key(self) -> tuple[Any, ...]:
        return self.partitions, self.unreduced, self.reduced

    def _require_plain(self, what: str) -> None:
        if self.unreduced or self.reduced:
            raise ValueError(
                f"{what} leaves out the unreduced or reduced axes of {self}; "
                "use its `partitions` if that is meant"
            )

    def _require_added(self, what: str) -> None:
        if self.unreduced or self.reduced:
            raise TypeError(
                f"unreduced in `{what}` of PartitionSpec and a tuple would be lost: {self}. Add "
                "PartitionSpecs instead."
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartitionSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> Any:
        return _restore, (self.partitions, self.unreduced, self.reduced)

    def __repr__(self) -> str:
        parts = [repr(entry) for entry in self.partitions]
        for what in ("unreduced", "reduced"):
            if names := getattr(self, what):
                parts.append(f"{what}={set(names)!r}")
        trailing = "," if len(parts) == 1 and self.partitions else ""
        return f"P({', '.join(parts)}{trailing})"

    def __len__(self) -> int:
        return len(self.partitions)

    def __getitem__(self, index: Any) -> Any:
        self._require_plain("Indexing")
        return self.partitions[index]

    def __iter__(self) -> Iterator[Any]:
        self._require_plain("Iteration")
        return iter(self.partitions)

    def __add__(self, other: Any) -> "PartitionSpec":
        if isinstance(other, PartitionSpec):
            return PartitionSpec(
                *self.partitions,
                *other.partitions,
                unreduced=self.unreduced | other.unreduced,
                reduced=self.reduced | other.reduced,
            )
        if not isinstance(other, tuple):
            return NotImplemented
        self._require_added("__add__")
        return PartitionSpec(*self.partitions, *other)

    def __radd__(self, other: Any) -> "PartitionSpec":
        if not isinstance(other, tuple):
            return NotImplemented
        self._require_added("__radd__")
        return PartitionSpec(*other, *self.partitions)

    def index(self, value: Any) -> int:
        """The first axis of the array that `value` divides."""
        return self.partitions.index(_canonical(value))

    def count(self, value: Any) -> int:
        """How many axes of the array `value` divides."""
        return self.partitions.count(_canonical(value))

    def update(
        self, partitions: Any = None, unreduced: Any = None, reduced: Any = None
    ) -> "PartitionSpec":
        """The same but for what is given."""
        return PartitionSpec(
            *(self.partitions if partitions is None else partitions),
            unreduced=self.unreduced if unreduced is None else unreduced,
            reduced=self.reduced if reduced is None else reduced,
        )


_interned: weakref.WeakValueDictionary[Any, PartitionSpec] = weakref.WeakValueDictionary()


def _restore(
    partitions: tuple[Any, ...], unreduced: frozenset[Any], reduced: frozenset[Any]
) -> PartitionSpec:
    return PartitionSpec(*partitions, unreduced=unreduced, reduced=reduced)


def axes_of(spec: PartitionSpec) -> list[tuple[Any, ...]]:
    """For each entry the names of the mesh axes in it."""
    return [_names(entry) for entry in spec.partitions]
