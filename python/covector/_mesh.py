"""Devices in a grid whose axes have names."""

import contextlib
import enum
import math
import threading
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covector import _core


class AxisType(enum.Enum):
    """Who decides how arrays are divided over a mesh axis."""

    Auto = enum.auto()
    Explicit = enum.auto()
    Manual = enum.auto()

    def __repr__(self) -> str:
        return self.name


def _axis_types(names: tuple[Any, ...], types: Any, what: str) -> tuple[AxisType, ...]:
    if types is None:
        return (AxisType.Auto,) * len(names)
    types = types if isinstance(types, tuple) else (types,)
    if not all(isinstance(t, AxisType) for t in types):
        raise TypeError(f"axis_types passed to {what} must be of type AxisType, got {types}")
    if len(types) != len(names):
        raise ValueError(
            "Number of axis names should match the number of axis_types. "
            f"Got axis_names={names} and axis_types={types}"
        )
    return types


class _Grid:
    """What meshes of devices and meshes without devices have in common. Immutable."""

    axis_names: tuple[Any, ...]
    axis_types: tuple[AxisType, ...]
    axis_sizes: tuple[int, ...]

    def _set(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable, cannot set {name}")

    @property
    def shape_tuple(self) -> tuple[tuple[Any, int], ...]:
        """Name and size of each axis."""
        return tuple(zip(self.axis_names, self.axis_sizes))

    @property
    def shape(self) -> "OrderedDict[Any, int]":
        """Sizes by name."""
        return OrderedDict(self.shape_tuple)

    @property
    def size(self) -> int:
        """How many devices there are."""
        return math.prod(self.axis_sizes) if self.axis_names else 0

    @property
    def empty(self) -> bool:
        """Whether it has no axes."""
        return self.size == 0

    def _of_type(self, kind: AxisType) -> tuple[Any, ...]:
        return tuple(n for n, t in zip(self.axis_names, self.axis_types) if t == kind)

    @property
    def auto_axes(self) -> tuple[Any, ...]:
        """Names of the axes over which the compiler divides."""
        return self._of_type(AxisType.Auto)

    @property
    def explicit_axes(self) -> tuple[Any, ...]:
        """Names of the axes over which types say how arrays are divided."""
        return self._of_type(AxisType.Explicit)

    @property
    def manual_axes(self) -> tuple[Any, ...]:
        """Names of the axes over which the program divides."""
        return self._of_type(AxisType.Manual)

    def _text(self) -> str:
        sizes = ", ".join(f"'{name}': {size}" for name, size in self.shape_tuple)
        return f"{sizes or '()'}, axis_types={self.axis_types}"


@dataclass(frozen=True)
class AbstractDevice:
    """A kind of device."""

    device_kind: str
    num_cores: int | None
    platform: str


class AbstractMesh(_Grid):
    """Names and sizes of mesh axes, without devices.

    Args:
      axis_sizes: the size of each axis.
      axis_names: the name of each axis.
      axis_types: of each axis; `AxisType.Auto` if None.
      abstract_device: the kind of the devices, if it matters.

    >>> from covector.sharding import AbstractMesh
    >>> AbstractMesh((2, 4), ("x", "y")).shape["y"]
    4
    """

    abstract_device: Any

    def __init__(
        self,
        axis_sizes: tuple[int, ...],
        axis_names: tuple[Any, ...],
        axis_types: Any = None,
        *,
        abstract_device: Any = None,
    ) -> None:
        self._set(
            axis_sizes=tuple(axis_sizes),
            axis_names=tuple(axis_names),
            axis_types=_axis_types(tuple(axis_names), axis_types, "AbstractMesh"),
            abstract_device=abstract_device,
        )

    def _key(self) -> tuple[Any, ...]:
        return self.shape_tuple, self.axis_types, self.abstract_device

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbstractMesh) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        device = f", {self.abstract_device}" if self.abstract_device is not None else ""
        return f"AbstractMesh({self._text()}{device})"

    @property
    def abstract_mesh(self) -> "AbstractMesh":
        """Itself."""
        return self

    @property
    def devices(self) -> Any:
        """Raises ValueError: there are none."""
        raise ValueError("AbstractMesh does not implement devices")

    def update(self, axis_sizes: Any = None, axis_names: Any = None, axis_types: Any = None) -> Any:
        """The same but for what is given."""
        return AbstractMesh(
            self.axis_sizes if axis_sizes is None else axis_sizes,
            self.axis_names if axis_names is None else axis_names,
            self.axis_types if axis_types is None else axis_types,
            abstract_device=self.abstract_device,
        )


class Mesh(_Grid, contextlib.ContextDecorator):
    """Devices in a grid whose axes have names.

    Args:
      devices: an array of devices, as many-dimensional as there are names.
      axis_names: a name, or one for each axis.
      axis_types: of each axis; `AxisType.Auto` if None.

    Raises:
      ValueError: if the numbers of axes differ, or a name is None.

    >>> import covector
    >>> mesh = covector.sharding.Mesh(covector.devices("cpu")[:1], "x")
    >>> mesh.size, mesh.axis_names
    (1, ('x',))
    """

    devices: np.ndarray

    # Equal ones are the same object.
    def __new__(cls, devices: Any, axis_names: Any, axis_types: Any = None) -> "Mesh":
        grid = np.array(devices, dtype=object)
        names = (axis_names,) if isinstance(axis_names, str) else tuple(axis_names)
        if None in names:
            raise ValueError(f"Mesh axis names cannot be None. Got: {names}")
        if grid.ndim != len(names):
            raise ValueError(
                "Mesh requires the ndim of its first argument (`devices`) to equal the length of "
                f"its second argument (`axis_names`), but got devices.ndim == {grid.ndim} and "
                f"len(axis_names) == {len(names)}."
            )
        grid.flags.writeable = False
        types = _axis_types(names, axis_types, "Mesh")
        key = (tuple(grid.flat), grid.shape, names, types)
        if (found := _interned.get(key)) is not None:
            return found
        self = super().__new__(cls)
        self._set(devices=grid, axis_sizes=grid.shape, axis_names=names, axis_types=types)
        return _interned.setdefault(key, self)

    def _key(self) -> tuple[Any, ...]:
        return tuple(self.devices.flat), self.axis_sizes, self.axis_names, self.axis_types

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mesh) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> Any:
        return Mesh, (self.devices, self.axis_names, self.axis_types)

    def __str__(self) -> str:
        return "Mesh()" if self.empty else f"Mesh({self._text()})"

    def __repr__(self) -> str:
        if self.empty:
            return "Mesh(axis_sizes=(), axis_names=())"
        return (
            f"Mesh(axis_sizes={self.axis_sizes}, axis_names={self.axis_names!r}, "
            f"axis_types={self.axis_types})"
        )

    @property
    def device_ids(self) -> np.ndarray:
        """The grid of the devices' numbers."""
        return np.vectorize(lambda d: d.id, otypes=[int])(self.devices)

    @property
    def local_devices(self) -> list[Any]:
        """The devices that this process can use."""
        here = _core.default_device().process_index
        return [d for d in self.devices.flat if d.process_index == here]

    @property
    def is_multi_process(self) -> bool:
        """Whether other processes have some of the devices."""
        return len(self.local_devices) != self.devices.size

    @property
    def local_mesh(self) -> "Mesh":
        """The part of the grid that this process can use."""
        if self.is_multi_process:
            raise NotImplementedError("meshes over several processes are not supported")
        return self

    @property
    def abstract_mesh(self) -> AbstractMesh:
        """Names and sizes alone."""
        if self.empty:
            return AbstractMesh((), ())
        first = self.devices.flat[0]
        kind = AbstractDevice(first.device_kind, None, first.platform)
        return AbstractMesh(self.axis_sizes, self.axis_names, self.axis_types, abstract_device=kind)

    def update(self, devices: Any = None, axis_names: Any = None, axis_types: Any = None) -> "Mesh":
        """The same but for what is given."""
        return Mesh(
            self.devices if devices is None else devices,
            self.axis_names if axis_names is None else axis_names,
            self.axis_types if axis_types is None else axis_types,
        )

    def __enter__(self) -> "Mesh":
        warnings.warn(
            "`with mesh:` is deprecated, use `with covector.set_mesh(mesh):`",
            DeprecationWarning,
            stacklevel=2,
        )
        _state.entered.append(_swap(self))
        return self

    def __exit__(self, *error: Any) -> None:
        _swap(_state.entered.pop())


_interned: weakref.WeakValueDictionary[Any, Mesh] = weakref.WeakValueDictionary()


class _State(threading.local):
    """The mesh that is set in this thread."""

    def __init__(self) -> None:
        self.mesh: Mesh | AbstractMesh = Mesh(np.empty((), object), ())
        self.entered: list[Mesh | AbstractMesh] = []


_state = _State()


def _swap(mesh: Mesh | AbstractMesh) -> Mesh | AbstractMesh:
    previous, _state.mesh = _state.mesh, mesh
    return previous


class set_mesh:
    """Sets the mesh that bare `PartitionSpec`s refer to, for good or as a context manager.

    Args:
      mesh: a mesh of devices, or None.

    Raises:
      ValueError: if it is something else.

    >>> import covector
    >>> with covector.set_mesh(covector.make_mesh((1,), ("x",))):
    ...     covector.sharding.get_mesh().size
    1
    """

    def __init__(self, mesh: Mesh | None) -> None:
        if mesh is not None and not isinstance(mesh, Mesh):
            raise ValueError(f"Expected a mesh, got {type(mesh)}")
        self._previous = _swap(Mesh(np.empty((), object), ()) if mesh is None else mesh)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        _swap(self._previous)


@contextlib.contextmanager
def use_abstract_mesh(mesh: AbstractMesh) -> Iterator[None]:
    """A context in which this mesh, without devices, is the one that is set.

    Args:
      mesh: names and sizes of axes.
    """
    if not isinstance(mesh, AbstractMesh):
        raise ValueError(f"Expected mesh of type AbstractMesh. Got type: {type(mesh)}")
    previous = _swap(mesh)
    try:
        yield
    finally:
        _swap(previous)


def get_mesh() -> Mesh:
    """The mesh of devices that is set; an empty one if there is none."""
    return _state.mesh if isinstance(_state.mesh, Mesh) else Mesh(np.empty((), object), ())


def get_abstract_mesh() -> AbstractMesh:
    """Names and sizes of the axes of the mesh that is set."""
    return _state.mesh.abstract_mesh


def make_mesh(
    axis_shapes: Sequence[int],
    axis_names: Sequence[Any],
    axis_types: tuple[AxisType, ...] | None = None,
    *,
    devices: Sequence[Any] | None = None,
) -> Mesh:
    """A mesh of these sizes, of the first devices.

    Args:
      axis_shapes: the size of each axis.
      axis_names: the name of each axis.
      axis_types: of each axis; `AxisType.Explicit` if None.
      devices: which devices to use; all those of the default backend if None.

    Raises:
      ValueError: if there are not enough devices.

    >>> import covector
    >>> covector.make_mesh((1,), ("x",)).axis_types
    (Explicit,)
    """
    devices = list(_core.devices() if devices is None else devices)
    sizes = tuple(axis_shapes)
    if not all(isinstance(size, (int, np.integer)) for size in sizes):
        raise ValueError(
            f"`axis_shapes` passed to `make_mesh` should be a sequence of ints. Got {axis_shapes}"
        )
    total = math.prod(sizes)
    if total > len(devices):
        raise ValueError(
            f"Number of devices {len(devices)} must be >= the product of mesh_shape {sizes}"
        )
    grid = np.array(devices[:total], dtype=object).reshape(sizes)
    types = (AxisType.Explicit,) * len(sizes) if axis_types is None else axis_types
    return Mesh(grid, axis_names, types)
