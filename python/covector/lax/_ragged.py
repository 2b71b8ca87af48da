"""Exchanges over named axes that are told what to send, and to whom."""

from collections.abc import Sequence
from typing import Any

from covector import _core
from covector._core import Array, Tracer
from covector.lax._collectives import AxisName, groups_of, names_of
from covector.lax._tokens import Token
from covector.tree_util import tree_map

_native = _core.collectives


def ragged_all_to_all(
    operand: Any,
    output: Any,
    input_offsets: Any,
    send_sizes: Any,
    output_offsets: Any,
    recv_sizes: Any,
    *,
    axis_name: Any,
    axis_index_groups: Any = None,
) -> Array:
    """Rows of arrays, sent to other indices of a named axis: to each as many as is said.

    Args:
      operand: the array whose rows are sent, (rows, ...).
      output: the array whose rows are written over with what comes; of the same dtype, and rows
        of the same shape.
      input_offsets: for each index of the axis, the first row to send to it: an array of integers
        of its size, or of a multiple, which sends several parts to each.
      send_sizes: how many rows to send to each.
      output_offsets: for each part sent, the row of the receiver's output from which to write it.
      recv_sizes: how many rows come from each: at one index what the others have in `send_sizes`.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      axis_index_groups: exchanges in parts of the axis: lists of indices, all of one length, of
        which each index is in one.

    Returns:
      An array like `output`.

    Raises:
      NameError: if no axis of that name is being mapped over.
      RuntimeError: if, besides, nothing is being traced.
      ValueError: if sizes and offsets are not vectors of integers of one size that fits the axis,
        or the arrays do not fit each other.

    JAX does not know it under `vmap` of that axis, but under `pmap` and `shard_map`.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> def f(x, sizes, starts, to, comes):
    ...     out = jnp.zeros(3, x.dtype)
    ...     return covector.lax.ragged_all_to_all(x, out, starts, sizes, to, comes, axis_name="i")
    >>> x, sizes = jnp.array([[1, 2, 3], [4, 5, 6]]), jnp.array([[1, 2], [1, 1]])
    >>> starts, to = jnp.array([[0, 1], [0, 1]]), jnp.array([[0, 0], [1, 2]])
    >>> covector.vmap(f, axis_name="i")(x, sizes, starts, to, sizes.T)
    Array([[1, 4, 0],
           [2, 3, 5]], dtype=int32)
    """
    operands = (operand, output, input_offsets, send_sizes, output_offsets, recv_sizes)
    names = names_of(axis_name)
    known = _native.axis_names()
    if not any(isinstance(x, Tracer) for x in operands) and not all(n in known for n in names):
        raise RuntimeError(
            "ragged_all_to_all must be used within a mapped context like vmap or shard_map."
        )
    return _native.ragged_all_to_all(operands, names, groups_of(axis_index_groups))


def pcast(x: Any, axis_name: Any, *, to: str) -> Any:
    """The same array. In JAX it changes what types in a `shard_map` say about how it varies.

    Args:
      x: a tree of arrays.
      axis_name: the name of an axis of the mesh, or a tuple of several.
      to: "varying", "reduced" or "unreduced".

    Returns:
      `x`.

    Raises:
      TypeError: if `axis_name` is a set.
      ValueError: if no axis of that name is being mapped over, or `to` is something else.

    Covector's types do not say how arrays vary over axes, so there is nothing to change; JAX
    also refuses changes for which the array has not the right type, and axes of a `vmap`.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> mesh, spec = covector.make_mesh((1,), ("i",)), covector.sharding.PartitionSpec()
    >>> cast = covector.shard_map(
    ...     lambda x: covector.lax.pcast(x, "i", to="varying"),
    ...     mesh=mesh, in_specs=spec, out_specs=spec,
    ... )
    >>> cast(jnp.arange(3))
    Array([0, 1, 2], dtype=int32)
    """
    if isinstance(axis_name, (set, frozenset)):
        raise TypeError(f"axis_name must be a name or a tuple of names, got {axis_name}")
    names = axis_name if isinstance(axis_name, tuple) else (axis_name,)
    if not axis_name:
        return x
    if to not in ("varying", "reduced", "unreduced"):
        raise ValueError(
            "Got unexpected `to` value for `pcast`: it must be 'varying', 'reduced' or "
            f"'unreduced', got {to!r}"
        )
    known = _native.axis_names()
    for name in names:
        if name not in known:
            raise ValueError(
                f"pcast to {to!r} should be called under covector.shard_map, over an axis of its "
                f"mesh; {name!r} is none"
            )
    return x


def _refuse_a_message(function: str, axis_name: Any, perm: Sequence[tuple[int, int]]) -> Any:
    names = names_of(axis_name)
    # Permuting a scalar makes the checks of names and indices.
    _native.ppermute(0, names, [(int(source), int(target)) for source, target in perm])
    raise NotImplementedError(
        f"{function} is for programs of several devices that send messages of their own accord; "
        "Covector's programs run on one. ppermute sends and receives in one operation"
    )


def psend(x: Any, axis_name: AxisName, perm: Sequence[tuple[int, int]]) -> Token:
    """Sends arrays to other devices, which get them by `precv`: not implemented.

    JAX compiles it for GPUs only; like there, there is no other platform where it works.

    Args:
      x: a tree of arrays.
      axis_name: the name of an axis.
      perm: pairs of a source and a destination.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if `perm` has indices out of range, or twice.
      NotImplementedError: else.

    >>> import covector
    >>> covector.vmap(lambda x: covector.lax.psend(x, "i", [(0, 1)]), axis_name="i")(
    ...     covector.numpy.arange(2)
    ... )
    Traceback (most recent call last):
    NotImplementedError: psend is for programs of several devices that send messages of their ...
    """
    tree_map(_core.asarray, x)
    return _refuse_a_message("psend", axis_name, perm)


def precv(
    token: Token, out_shape: Any, axis_name: AxisName, perm: Sequence[tuple[int, int]]
) -> Any:
    """Gets arrays that other devices sent by `psend`: not implemented.

    JAX compiles it for GPUs only; like there, there is no other platform where it works.

    Args:
      token: what the message is to come after.
      out_shape: a `ShapeDtypeStruct` of what comes.
      axis_name: the name of an axis.
      perm: pairs of a source and a destination.

    Raises:
      NameError: if no axis of that name is being mapped over.
      TypeError: if `token` is none.
      ValueError: if `perm` has indices out of range, or twice.
      NotImplementedError: else.

    >>> import covector
    >>> token, shape = covector.lax.create_token(), covector.ShapeDtypeStruct((), "float32")
    >>> covector.vmap(
    ...     lambda x: covector.lax.precv(token, shape, "i", [(0, 1)]), axis_name="i"
    ... )(covector.numpy.arange(2))
    Traceback (most recent call last):
    NotImplementedError: precv is for programs of several devices that send messages of their ...
    """
    if not isinstance(token, Token):
        raise TypeError(f"precv needs a token to come after, got {type(token)}")
    return _refuse_a_message("precv", axis_name, perm)
