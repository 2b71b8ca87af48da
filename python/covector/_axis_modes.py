"""Functions in which axes of the mesh are of another type: `auto_axes` and `explicit_axes`."""

import functools
from collections.abc import Callable
from typing import Any

from covector._mesh import (
    AbstractMesh,
    AxisType,
    Mesh,
    get_abstract_mesh,
    get_mesh,
    set_mesh,
    use_abstract_mesh,
)
from covector._named_sharding import NamedSharding, reshard
from covector.tree_util import tree_leaves


def auto_axes(f: Any = None, /, *, axes: Any = None, out_sharding: Any = None) -> Any:
    """Makes a function in which the compiler divides arrays over these axes of the mesh.

    Args:
      f: a function; without it, a decorator is made.
      axes: the name of an axis, or a tuple of names; None is all.
      out_sharding: how the results are divided: a tree of shardings and specs, a prefix of that of
        the results. Without it, the function takes it as an argument of that name.

    Returns:
      A function with the parameters of `f`, and `out_sharding` if it was not given.

    Raises:
      TypeError: if the function is called and `out_sharding` was never given.
      ValueError: if the mesh of `out_sharding` is not the one that is set.
      NotImplementedError: if an axis is `AxisType.Manual`, or the results lie on several devices.

    >>> import covector
    >>> from covector.sharding import NamedSharding, PartitionSpec as P, auto_axes
    >>> mesh = covector.make_mesh((1,), ("x",))
    >>> double = auto_axes(lambda a: 2 * a, out_sharding=NamedSharding(mesh, P("x")))
    >>> double(covector.numpy.arange(3))
    Array([0, 2, 4], dtype=int32)
    """
    if f is None:
        return functools.partial(auto_axes, axes=axes, out_sharding=out_sharding)

    @functools.wraps(f)
    def with_auto_axes(*args: Any, **kwargs: Any) -> Any:
        shardings = _one_of("out_sharding", out_sharding, kwargs)
        mesh = _with_axes(AxisType.Auto, axes, "auto_axes", shardings)
        if mesh is None:
            return f(*args, **kwargs)
        return reshard(_under(mesh, f, args, kwargs), shardings)

    return with_auto_axes


def explicit_axes(f: Any = None, /, *, axes: Any = None, in_sharding: Any = None) -> Any:
    """Makes a function in which types say how arrays are divided over these axes of the mesh.

    Args:
      f: a function; without it, a decorator is made.
      axes: the name of an axis, or a tuple of names; None is all.
      in_sharding: how the arguments are divided, as the results are for `auto_axes`.

    Returns:
      A function with the parameters of `f`, and `in_sharding` if it was not given.

    Raises:
      TypeError: if the function is called and `in_sharding` was never given.
      ValueError: if no mesh is set.
      NotImplementedError: if an axis is `AxisType.Manual`, or the arguments lie on several devices.

    >>> import covector
    >>> from covector.sharding import PartitionSpec as P, explicit_axes
    >>> with covector.set_mesh(covector.make_mesh((1,), ("x",))):
    ...     explicit_axes(lambda a: 2 * a, in_sharding=P("x"))(covector.numpy.arange(3))
    Array([0, 2, 4], dtype=int32)
    """
    if f is None:
        return functools.partial(explicit_axes, axes=axes, in_sharding=in_sharding)

    @functools.wraps(f)
    def with_explicit_axes(*args: Any, **kwargs: Any) -> Any:
        shardings = _one_of("in_sharding", in_sharding, kwargs)
        mesh = _with_axes(AxisType.Explicit, axes, "explicit_axes", None)
        if mesh is None:
            raise ValueError(
                "Context mesh cannot be empty. Set one with `covector.set_mesh` to use "
                "`explicit_axes`."
            )
        return _under(mesh, f, reshard(args, shardings), kwargs)

    return with_explicit_axes


def _one_of(name: str, given: Any, kwargs: dict[str, Any]) -> Any:
    """The option as it was given to the decorator, or else is with the call."""
    if given is not None:
        return given
    if name not in kwargs:
        raise TypeError(f"Missing required keyword argument: '{name}'")
    return kwargs.pop(name)


def _under(
    mesh: Mesh | AbstractMesh, f: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    with set_mesh(mesh) if isinstance(mesh, Mesh) else use_abstract_mesh(mesh):
        return f(*args, **kwargs)


def _with_axes(to: AxisType, axes: Any, what: str, shardings: Any) -> Mesh | AbstractMesh | None:
    """The mesh that is set or else that of the shardings, with these axes of another type."""
    mesh: Mesh | AbstractMesh = get_abstract_mesh() if get_mesh().empty else get_mesh()
    for sharding in tree_leaves(shardings):
        if isinstance(sharding, NamedSharding):
            own = sharding.mesh.abstract_mesh
            if not mesh.empty and own != mesh.abstract_mesh:
                raise ValueError(
                    f"{what}: shardings must be of one mesh, that which is set if there is one, "
                    f"got {own} and {mesh.abstract_mesh}"
                )
            mesh = sharding.mesh if mesh.empty else mesh
    if mesh.empty:
        return None
    changed = mesh.axis_names if axes is None else axes if isinstance(axes, tuple) else (axes,)
    if any(name in mesh.manual_axes for name in changed):
        raise NotImplementedError(f"{what}: axes of type Manual keep it, got {changed} of {mesh}")
    kinds = zip(mesh.axis_names, mesh.axis_types)
    return mesh.update(axis_types=tuple(to if name in changed else kind for name, kind in kinds))
