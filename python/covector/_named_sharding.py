"""Arrays divided over a mesh by a partition spec."""

import math
from typing import Any

import numpy as np

from covector._mesh import AbstractMesh, AxisType, Mesh, get_mesh
from covector._partition_spec import UNCONSTRAINED, PartitionSpec, axes_of
from covector._shardings import Index, Sharding, check_memory_kind, single_device
from covector._staging import typeof
from covector.tree_util import flatten_axes, tree_flatten, tree_unflatten


class IndivisibleError(ValueError):
    """A size cannot be divided as a sharding says."""


class DuplicateSpecError(Exception):
    """A partition spec names a mesh axis twice."""


def _check(mesh: Mesh | AbstractMesh, spec: PartitionSpec) -> None:
    named = [name for names in axes_of(spec) for name in names]
    if twice := sorted({f"`{name}`" for name in named if named.count(name) > 1}):
        raise DuplicateSpecError(
            "A single NamedSharding spec specification can map every mesh axis to at most one "
            f"positional dimension, but {spec} has duplicate entries for {', '.join(twice)}"
        )
    for name in [*named, *spec.reduced]:
        if name not in mesh.axis_names:
            raise ValueError(
                f"Resource axis: {name} of {spec} is not found in mesh: {mesh.axis_names}."
            )
    _check_unreduced(mesh, spec)
    if UNCONSTRAINED in spec.partitions and AxisType.Auto not in mesh.axis_types:
        raise ValueError(
            f"{spec} cannot contain `P.UNCONSTRAINED` when no mesh axis_types are `Auto`. "
            f"Got mesh axis_types: {mesh.axis_types}"
        )


def _check_unreduced(mesh: Mesh | AbstractMesh, spec: PartitionSpec) -> None:
    if absent := spec.unreduced - set(mesh.axis_names):
        raise ValueError(
            f"Unreduced axes {sorted(absent, key=str)} of {spec} are not found in mesh: "
            f"{mesh.axis_names}."
        )
    if left := spec.unreduced - set(mesh.explicit_axes) - set(mesh.manual_axes):
        raise ValueError(
            "Unreduced axes can only refer to mesh axes of type Explicit or Manual, but "
            f"{sorted(left, key=str)} of {spec} are not: {mesh}"
        )


class NamedSharding(Sharding):
    """Arrays divided over a mesh: each of their axes over the mesh axes that the spec names.

    Args:
      mesh: devices in a grid.
      spec: which of its axes divide which axes of an array.
      memory_kind: None or 'device'.

    Raises:
      ValueError: if the spec names an axis that the mesh lacks.
      DuplicateSpecError: if it names one twice.

    >>> import covector
    >>> from covector.sharding import NamedSharding, PartitionSpec as P
    >>> divided = NamedSharding(covector.make_mesh((1,), ("x",)), P("x"))
    >>> covector.device_put(covector.numpy.arange(3), divided)
    Array([0, 1, 2], dtype=int32)
    """

    def __init__(
        self, mesh: Mesh | AbstractMesh, spec: PartitionSpec, *, memory_kind: str | None = None
    ) -> None:
        if not isinstance(mesh, (Mesh, AbstractMesh)) or not isinstance(spec, PartitionSpec):
            raise TypeError(
                f"NamedSharding expects a mesh and a PartitionSpec, got {mesh!r} and {spec!r}"
            )
        _check(mesh, spec)
        check_memory_kind(memory_kind)
        self._mesh, self._spec, self._memory_kind = mesh, spec, memory_kind

    @property
    def mesh(self) -> Any:
        """The devices in a grid, or a mesh without devices."""
        return self._mesh

    @property
    def spec(self) -> PartitionSpec:
        """Which axes of the mesh divide which axes of an array."""
        return self._spec

    @property
    def memory_kind(self) -> str | None:
        return self._memory_kind

    def _key(self) -> tuple[Any, ...]:
        return self.mesh, self.spec, self.memory_kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedSharding) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        kind = f", memory_kind={self.memory_kind}" if self.memory_kind is not None else ""
        return f"NamedSharding(mesh={self.mesh!s}, spec={self.spec}{kind})"

    @property
    def device_set(self) -> set[Any]:
        return set(self.mesh.devices.flat)

    @property
    def num_devices(self) -> int:
        return self.mesh.size

    @property
    def is_fully_replicated(self) -> bool:
        return math.prod(self._parts(len(self.spec))) == 1

    def _parts(self, ndim: int) -> list[int]:
        """Into how many parts each axis is divided."""
        sizes = self.mesh.shape
        divided = [math.prod(sizes[name] for name in names) for names in axes_of(self.spec)]
        return divided + [1] * (ndim - len(divided))

    def shard_shape(self, global_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the part that one device holds.

        Raises:
          ValueError: if the spec has more entries than the shape.
          IndivisibleError: if a size cannot be divided; also a ValueError.
        """
        self.check_compatible_aval(global_shape)
        parts = self._parts(len(global_shape))
        for axis, (size, n) in enumerate(zip(global_shape, parts)):
            if size % n:
                raise IndivisibleError(
                    f"Sharding {self} implies that array axis {axis} is partitioned {n} times, "
                    f"but the dimension size is {size} (full shape: {tuple(global_shape)}, per-"
                    f"dimension tiling factors: {parts} should evenly divide the shape)"
                )
        return tuple(size // n for size, n in zip(global_shape, parts))

    def devices_indices_map(self, global_shape: tuple[int, ...]) -> dict[Any, Index]:
        shard = self.shard_shape(global_shape)
        parts = self._parts(len(global_shape))
        names = axes_of(self.spec) + [()] * (len(global_shape) - len(self.spec))
        result = {}
        places = [dict(zip(self.mesh.axis_names, at)) for at in _indices(self.mesh.axis_sizes)]
        for device, place in zip(self.mesh.devices.flat, places):
            index = []
            for size, n, dividing in zip(shard, parts, names):
                block = 0
                for name in dividing:
                    block = block * self.mesh.shape[name] + place[name]
                whole = slice(None) if n == 1 else slice(block * size, (block + 1) * size)
                index.append(whole)
            result[device] = tuple(index)
        return result

    def check_compatible_aval(self, aval_shape: tuple[int, ...]) -> None:
        """Raises ValueError if an array of this shape has fewer axes than the spec."""
        if len(aval_shape) < len(self.spec):
            hint = "" if aval_shape else " For scalars the PartitionSpec should be P()"
            raise ValueError(
                f"Sharding {self} is only valid for values of rank at least {len(self.spec)}, "
                f"but was applied to a value of rank {len(aval_shape)}.{hint}"
            )

    def with_memory_kind(self, kind: str) -> "NamedSharding":
        """The same in another kind of memory."""
        return NamedSharding(self.mesh, self.spec, memory_kind=kind)

    def update(self, **changes: Any) -> "NamedSharding":
        """The same but for `mesh`, `spec` or `memory_kind`."""
        spec = changes.get("spec", self.spec)
        return NamedSharding(
            changes.get("mesh", self.mesh),
            spec if isinstance(spec, PartitionSpec) else PartitionSpec(*spec),
            memory_kind=changes.get("memory_kind", self.memory_kind),
        )


def _indices(sizes: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(np.ndindex(*sizes))


def with_sharding_constraint(x: Any, shardings: Any) -> Any:
    """The arrays, divided as told: on one device, as they are.

    Args:
      x: a tree of arrays.
      shardings: a sharding, or a `PartitionSpec` where a mesh is set; or a tree of them, a prefix
        of that of `x`.

    Returns:
      The tree of arrays.

    Raises:
      RuntimeError: for a `PartitionSpec` where no mesh is set.
      ValueError: if an array has fewer axes than a spec.
      NotImplementedError: for several devices.

    >>> import covector
    >>> from covector.sharding import PartitionSpec as P
    >>> with covector.set_mesh(covector.make_mesh((1,), ("x",))):
    ...     covector.lax.with_sharding_constraint(covector.numpy.arange(3), P("x"))
    Array([0, 1, 2], dtype=int32)
    """
    leaves, tree = tree_flatten(x)
    for leaf, given in zip(leaves, flatten_axes("with_sharding_constraint", tree, shardings)):
        sharding = _placed(given)
        single_device(sharding, "shardings")
        if isinstance(sharding, NamedSharding):
            sharding.check_compatible_aval(typeof(leaf).shape)
    return tree_unflatten(tree, leaves)


def _placed(x: Any) -> Any:
    """A sharding for what may be a bare spec."""
    if isinstance(x, Sharding):
        return x
    if x is None:
        raise ValueError(
            "One of with_sharding_constraint arguments got sharding None which is not allowed. "
            "Please only pass shardings."
        )
    mesh = get_mesh()
    if mesh.empty:
        raise RuntimeError(
            "with_sharding_constraint requires a non-empty mesh if you are passing "
            "`PartitionSpec`s. Set one with `covector.set_mesh`, or pass a NamedSharding."
        )
    return NamedSharding(mesh, x)


def reshard(xs: Any, out_shardings: Any) -> Any:
    """The arrays, divided in another way; see `with_sharding_constraint`."""
    return with_sharding_constraint(xs, out_shardings)
