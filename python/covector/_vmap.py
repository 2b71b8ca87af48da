"""`vmap`: functions of arrays as functions of batches of arrays."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from covector import _core
from covector._core import Array
from covector._paths import argument_paths, type_text
from covector._signature import adopt, check_callable
from covector._staging import check_arguments, is_abstractable
from covector._vmappable import Elements, any_vmappable
from covector.tree_util import (
    keystr,
    tree_flatten,
    tree_leaves,
    tree_leaves_with_path,
    tree_structure,
    tree_unflatten,
)

F = TypeVar("F", bound=Callable[..., Any])
AxisTree = Any

_DOC = (
    "Vectorized version of {name}. Takes similar arguments as {name} but with additional array "
    "axes over which {name} is mapped."
)


def vmap(
    fun: F,
    in_axes: int | Sequence[Any] | None = 0,
    out_axes: AxisTree = 0,
    axis_name: Any = None,
    axis_size: int | None = None,
    spmd_axis_name: Any = None,
    sum_match: bool = False,
) -> F:
    """Makes a function of batches out of a function of single arrays.

    The function runs once, on values that stand for whole batches: each operation becomes one on
    an array with one more axis. No loop is left, and no result is computed twice that does not
    depend on the batch.

    Args:
      fun: the function to map. Arguments and results are trees of arrays.
      in_axes: which axis of each positional argument is mapped: an integer (negative ones count
        from the end), None for an argument that is the same for the whole batch, or a tuple with
        one entry per argument. An entry can be a tree of these that is a prefix of its argument.
        Arguments by keyword are mapped along axis 0.
      out_axes: where the mapped axis is to be in the results: an integer, None for what does not
        depend on the batch, or a tree that is a prefix of the result.
      axis_name: a name for the mapped axis.
      axis_size: the size of the mapped axis; needed only where no argument is mapped.
      spmd_axis_name: the name of a mesh axis that the mapped axis is divided over; with one
        device it changes nothing.
      sum_match: accepted for compatibility; it matters only for collectives.

    Returns:
      A function of the same arguments with one more axis where `in_axes` says so.

    Raises:
      TypeError: if `fun` is no function, or `in_axes` or `out_axes` are no trees of integers and
        None.
      ValueError: when the function is called: if sizes of mapped axes differ (all are listed), an
        argument does not have the axis, a tree does not fit, or a result that depends on the
        batch is to have no axis for it.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> rows = covector.vmap(jnp.dot, in_axes=(0, None))
    >>> rows(jnp.arange(6.0).reshape(3, 2), jnp.array([1.0, 2.0]))
    Array([ 2.,  8., 14.], dtype=float32)
    """
    check_callable(fun)
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not (in_axes is None or type(in_axes) is int or isinstance(in_axes, tuple)):
        raise TypeError(
            "vmap in_axes must be an int, None, or a tuple of entries corresponding to the "
            f"positional arguments passed to the function, but got {in_axes}."
        )
    _check_axes(in_axes, "in_axes")
    _check_axes(out_axes, "out_axes")

    def vmap_fun(*args: Any, **kwargs: Any) -> Any:
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise ValueError(
                "vmap in_axes must be an int, None, or a tuple of entries corresponding to the "
                "positional arguments passed to the function, but got "
                f"len(in_axes)={len(in_axes)}, len(args)={len(args)}"
            )
        leaves, tree = tree_flatten((args, kwargs))
        if type(in_axes) is int and not kwargs:
            axes: list[int | None] = [in_axes] * len(leaves)
        else:
            axes = _core.tree.flatten_axes("vmap in_axes", tree, (in_axes, 0), kws=True)
        check_arguments(fun, args, kwargs, leaves, [a is not None for a in axes])
        batch = _Batch(fun, args, kwargs, leaves, axes)
        size = batch.size(axis_size)
        return _mapped(fun, (args, kwargs), leaves, tree, batch.axes, size, axis_name, out_axes)

    return adopt(fun, vmap_fun, _DOC)


def _mapped(
    fun: Callable[..., Any],
    call: tuple[tuple[Any, ...], dict[str, Any]],
    leaves: list[Any],
    tree: Any,
    axes: list[int | None],
    size: int,
    axis_name: Any,
    out_axes: AxisTree,
) -> Any:
    """The result of a call, with the mapped axis where it is to be."""
    elements = Elements(fun, call, axes) if any_vmappable() else None
    if elements is not None:
        fun, tree = elements.function, tree_structure((tuple(leaves), {}))
    single, arrays, tree, axes = _without_objects(fun, leaves, tree, axes)
    out, mapped, out_tree = _core.batch(single, arrays, tree, axes, size, axis_name)
    if elements is not None:
        out_tree = elements.result_tree
    wanted = _wanted(len(out), out_tree, out_axes)
    placed = _place(out, mapped, wanted, size, axis_name)
    if elements is not None:
        return elements.results(placed, wanted, size)
    return tree_unflatten(out_tree, placed)


def _check_axes(axes: AxisTree, option: str) -> None:
    """Raises TypeError unless leaves are integers."""
    if any(type(leaf) is not int for leaf in tree_leaves(axes)):
        raise TypeError(
            f"vmap {option} must be an int, None, or (nested) container with those types as "
            f"leaves, but got {axes}."
        )


def _without_objects(
    fun: Callable[..., Any], leaves: list[Any], tree: Any, axes: list[int | None]
) -> tuple[Callable[..., Any], list[Any], Any, list[int | None]]:
    """The call as one of arrays alone: functions and such are no part of a batch."""
    if all(is_abstractable(x) for x in leaves):
        return fun, leaves, tree, axes
    places = [i for i, x in enumerate(leaves) if is_abstractable(x)]

    def of_arrays(*arrays: Any) -> Any:
        merged = list(leaves)
        for i, x in zip(places, arrays):
            merged[i] = x
        args, kwargs = tree_unflatten(tree, merged)
        return fun(*args, **kwargs)

    arrays, arrays_tree = tree_flatten((tuple(leaves[i] for i in places), {}))
    return adopt(fun, of_arrays, None), arrays, arrays_tree, [axes[i] for i in places]


def _wanted(number: int, tree: Any, out_axes: AxisTree) -> list[int | None]:
    """Where the mapped axis of each result is to be."""
    if type(out_axes) is int:
        return [out_axes] * number
    return cast(list[int | None], _core.tree.flatten_axes("vmap out_axes", tree, out_axes))


def _place(
    values: list[Array],
    mapped: list[int | None],
    wanted: list[int | None],
    size: int,
    axis_name: Any,
) -> list[Array]:
    """The results with their mapped axis where the caller wants it."""
    placed = []
    for value, axis, to in zip(values, mapped, wanted):
        if to is None and axis is not None:
            raise ValueError(
                f"vmap has mapped output ({axis_name=!s}) but out_axes is None: at vmap out_axes, "
                f"got axis spec None but output was batched on axis {axis}. A result that depends "
                "on the mapped arguments needs an axis"
            )
        if to is not None:
            rank = value.ndim + (axis is None)
            if not -rank <= to < rank:
                raise ValueError(f"axis {to} is out of bounds for array of dimension {rank}")
        placed.append(cast(Array, _core.move_batch_axis(value, axis, to, size)))
    return placed


class _Batch:
    """The leaves of one call, and along which axes they are mapped."""

    def __init__(
        self,
        fun: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: list[Any],
        axes: list[int | None],
    ) -> None:
        self._call = (fun, args, kwargs)
        self._shapes = [_shape(x) for x in leaves]
        self._leaves = leaves
        self.axes = [
            None if axis is None else self._from_front(axis, shape)
            for axis, shape in zip(axes, self._shapes)
        ]

    def _from_front(self, axis: int, shape: tuple[int, ...]) -> int:
        rank = len(shape)
        if -rank <= axis < rank:
            return axis % rank
        raise ValueError(
            f"vmap was requested to map its argument along axis {axis}, which implies that its "
            f"rank should be at least {axis + 1 if axis >= 0 else -axis}, but is only {rank} "
            f"(its shape is {shape})"
        )

    def size(self, asked: int | None) -> int:
        """The one size of all mapped axes.

        Raises:
          ValueError: if there is none, or more than one.
        """
        sizes = {s[a] for s, a in zip(self._shapes, self.axes) if a is not None}
        if asked is not None:
            sizes.add(asked)
        if len(sizes) == 1:
            return sizes.pop()
        if sizes:
            raise ValueError(self._differences(asked))
        _, args, kwargs = self._call
        if self._leaves:
            raise ValueError(
                "vmap must have at least one non-None value in in_axes or axis_size must be "
                "specified"
            )
        raise ValueError(
            "vmap wrapped function must be passed at least one argument containing an array or "
            f"axis_size must be specified, got empty *args={args} and **kwargs={kwargs}"
        )

    def _differences(self, asked: int | None) -> str:
        """Which sizes there are, the most frequent first, and an argument that has each."""
        fun, args, kwargs = self._call
        paths = [f"argument {path}" for path in argument_paths(fun, args, {})]
        paths += [f"kwargs{keystr(path)}" for path, _ in tree_leaves_with_path(kwargs)]
        count: Counter[int] = Counter()
        example: dict[int, str] = {}
        for path, leaf, shape, axis in zip(paths, self._leaves, self._shapes, self.axes):
            if axis is not None:
                count[shape[axis]] += 1
                text = f"axis {axis} of {path} of type {type_text(leaf)}"
                example.setdefault(shape[axis], text)
        lines = []
        if asked is not None:
            lines.append(f"  * the `axis_size` argument was {asked}")
        ranking = count.most_common()
        for i, (size, n) in enumerate(ranking):
            if n == 1:
                lines.append(f"  * one axis had size {size}: {example[size]}")
                continue
            which = "most" if i == 0 else "some"
            lines.append(f"  * {which} axes ({n} of them) had size {size}, e.g. {example[size]}")
        return "vmap got inconsistent sizes for array axes to be mapped:\n" + ";\n".join(lines)


def _shape(x: Any) -> tuple[int, ...]:
    """The shape of an argument; one that is no array has none and is left to the core."""
    shape = getattr(x, "shape", ())
    return shape if isinstance(shape, tuple) else ()
