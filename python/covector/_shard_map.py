"""Functions that see the part of an array that one device of a mesh holds."""

from collections.abc import Callable, Set
from typing import Any

from covector import lax
from covector._mesh import AbstractMesh, Mesh, get_abstract_mesh
from covector._partition_spec import PartitionSpec
from covector._signature import adopt, check_callable
from covector._vmap import vmap
from covector.tree_util import broadcast_prefix, prefix_errors, tree_leaves, tree_map

_INFER = object()


def shard_map(
    f: Callable[..., Any] | None = None,
    /,
    *,
    out_specs: Any,
    in_specs: Any = _INFER,
    mesh: Mesh | AbstractMesh | None = None,
    axis_names: Set[Any] = frozenset(),
    check_vma: bool = True,
) -> Callable[..., Any]:
    """The function applied on each device of a mesh to the part of the arguments it holds.

    Covector computes on one device, and takes meshes of one: the parts are the whole arrays,
    and the collective operations over the mesh's axes combine one value.

    Args:
      f: a function of trees of arrays; if it is left out, the result is a decorator.
      out_specs: a tree of `PartitionSpec`s, a prefix of the result: how its parts are joined.
      in_specs: the same for the tuple of arguments: how they are divided.
      mesh: names and sizes of axes; those of the mesh that is set if None.
      axis_names: those axes over which `f` is mapped; all of the mesh if empty.
      check_vma: accepted for compatibility: on one device, values do not vary over the axes.

    Returns:
      A function of the same positional arguments.

    Raises:
      TypeError: if `f` is not callable.
      ValueError: when called, if there is no mesh, if specs do not fit the arguments or results,
        or if they name axes that the mesh does not have.
      NotImplementedError: when called, if the mesh has several devices.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> from covector.sharding import PartitionSpec as P
    >>> mesh = covector.make_mesh((1,), ("x",))
    >>> @covector.shard_map(mesh=mesh, in_specs=P("x"), out_specs=P())
    ... def total(part):
    ...     return covector.lax.psum(part.sum(), "x")
    >>> total(jnp.arange(4.0))
    Array(6., dtype=float32)
    """
    if f is None:
        return lambda g: shard_map(
            g,
            out_specs=out_specs,
            in_specs=in_specs,
            mesh=mesh,
            axis_names=axis_names,
            check_vma=check_vma,
        )
    check_callable(f)

    def mapped(*args: Any) -> Any:
        grid = get_abstract_mesh() if mesh is None else mesh
        names = _manual_axes(grid, axis_names)
        if in_specs is not _INFER:
            _check("in_specs", in_specs, args, grid)

        def whole() -> Any:
            out = f(*args)
            _check("out_specs", out_specs, out, grid)
            return out

        call: Callable[[], Any] = whole
        for name in reversed(names):
            call = _bind(call, name)
        return call()

    return adopt(f, mapped, None)


def _bind(call: Callable[[], Any], name: Any) -> Callable[[], Any]:
    """The call where a name stands for an axis of size one."""
    mapped = vmap(call, in_axes=(), axis_name=name, axis_size=1)
    return lambda: tree_map(lambda x: lax.squeeze(x, (0,)), mapped())


def _manual_axes(mesh: Mesh | AbstractMesh, axis_names: Set[Any]) -> tuple[Any, ...]:
    if mesh.empty:
        raise ValueError(
            "The context mesh cannot be empty. Either use `covector.set_mesh(mesh)` to enter "
            "a mesh context or pass a mesh to `shard_map` via the `mesh` keyword argument."
        )
    unknown = set(axis_names) - set(mesh.axis_names)
    if unknown:
        raise ValueError(
            f"shard_map got axis_names={set(axis_names)}, but the mesh has no axis "
            f"{', '.join(map(repr, unknown))}; its axes are {mesh.axis_names}"
        )
    if mesh.size > 1:
        raise NotImplementedError(
            f"shard_map over several devices is not supported: the mesh {mesh} has {mesh.size}; "
            "use a mesh of one device"
        )
    return tuple(n for n in mesh.axis_names if not axis_names or n in axis_names)


def _is_spec(x: Any) -> bool:
    return x is None or isinstance(x, PartitionSpec)


def _check(what: str, specs: Any, values: Any, mesh: Mesh | AbstractMesh) -> None:
    """Whether specs are a prefix of a tree, and divide axes that are there over the mesh's."""
    try:
        each = broadcast_prefix(specs, values, is_leaf=_is_spec)
    except ValueError:
        error, *_ = prefix_errors(specs, values)
        raise error(f"shard_map {what}") from None
    for spec, x in zip(each, tree_leaves(values), strict=True):
        if spec is None:
            continue
        if not isinstance(spec, PartitionSpec):
            raise TypeError(f"shard_map {what} must be PartitionSpecs, got {spec!r}")
        rank = len(getattr(x, "shape", ()))
        if len(spec) > rank:
            raise ValueError(
                f"shard_map {what} has {spec}, of {len(spec)} axes, for an array of {rank}"
            )
        _check_names(what, spec, mesh)


def _check_names(what: str, spec: PartitionSpec, mesh: Mesh | AbstractMesh) -> None:
    for entry in spec:
        for name in entry if isinstance(entry, tuple) else (entry,):
            if isinstance(name, str) and name not in mesh.axis_names:
                raise ValueError(
                    f"shard_map {what} has {spec}, but the mesh has no axis {name!r}; its axes "
                    f"are {mesh.axis_names}"
                )
