"""`covector.shard_map` as older programs call it."""

from collections.abc import Callable
from typing import Any

from covector._mesh import AbstractMesh, Mesh
from covector._shard_map import shard_map as _shard_map

__all__ = ["shard_map"]


def shard_map(
    f: Callable[..., Any],
    mesh: Mesh | AbstractMesh,
    in_specs: Any,
    out_specs: Any,
    check_rep: bool = True,
) -> Callable[..., Any]:
    """The function applied on each device of a mesh to the part of the arguments it holds.

    Args:
      f: a function of trees of arrays.
      mesh: names and sizes of axes, of one device.
      in_specs, out_specs: trees of `PartitionSpec`s, how arguments and results are divided.
      check_rep: accepted for compatibility.

    Returns:
      A function of the same positional arguments; see `covector.shard_map`.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> from covector.experimental.shard_map import shard_map
    >>> from covector.sharding import PartitionSpec as P
    >>> mesh = covector.make_mesh((1,), ("x",))
    >>> shard_map(lambda x: covector.lax.psum(x, "x"), mesh, P("x"), P("x"))(jnp.arange(2.0))
    Array([0., 1.], dtype=float32)
    """
    return _shard_map(f, mesh=mesh, in_specs=in_specs, out_specs=out_specs, check_vma=check_rep)
