"""Functions of trees as functions of leaves, as older programs for JAX write them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from covector import _core
from covector._linear_util import Store, WrappedFun, transformation_with_aux2
from covector._signature import describe
from covector.tree_util import flatten_axes, tree_flatten, tree_unflatten

__all__ = [
    "DebugInfo",
    "argnums_partial",
    "debug_info",
    "flatten_axes",
    "flatten_fun",
    "flatten_fun_nokwargs",
    "safe_map",
    "shaped_abstractify",
]


@transformation_with_aux2
def flatten_fun(f: Callable[..., Any], store: Store, in_tree: Any, *leaves: Any) -> list[Any]:
    """The leaves of a call of a function of positional and keyword arguments."""
    args, kwargs = tree_unflatten(in_tree, leaves)
    out, out_tree = tree_flatten(f(*args, **kwargs))
    store.store(out_tree)
    return out


@transformation_with_aux2
def flatten_fun_nokwargs(
    f: Callable[..., Any], store: Store, in_tree: Any, *leaves: Any
) -> list[Any]:
    """The leaves of a call of a function of positional arguments."""
    out, out_tree = tree_flatten(f(*tree_unflatten(in_tree, leaves)))
    store.store(out_tree)
    return out


class DebugInfo(NamedTuple):
    """What a function is called, for messages."""

    traced_for: str
    func_src_info: str
    arg_names: tuple[str, ...] | None
    result_paths: Any


def debug_info(
    traced_for: str,
    fun: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    **options: Any,
) -> DebugInfo:
    """What a function is called, for messages.

    Args:
      traced_for: the transformation.
      fun: the function.
      args, kwargs: arguments it is called with.
      **options: accepted for compatibility.
    """
    return DebugInfo(traced_for, describe(fun), None, None)


def shaped_abstractify(x: Any) -> Any:
    """The type of an array, or of anything with a shape and a dtype.

    Raises:
      TypeError: if it is none of these.

    >>> from covector.api_util import shaped_abstractify
    >>> shaped_abstractify(1.0)
    ShapedArray(float32[], weak_type=True)
    """
    if _core.is_array_like(x):
        return _core.aval_of(x)
    if not (hasattr(x, "shape") and hasattr(x, "dtype")):
        raise TypeError(f"Argument '{x}' of type {type(x)} is not a valid JAX type")
    return _core.ShapedArray(x.shape, x.dtype, getattr(x, "weak_type", False))


def argnums_partial(
    f: WrappedFun,
    dyn_argnums: int | Sequence[int],
    args: Sequence[Any],
    require_static_args_hashable: bool = True,
) -> tuple[WrappedFun, tuple[Any, ...]]:
    """A function of some of its arguments, and these; the others are what they are now.

    Raises:
      ValueError: if a fixed argument cannot be hashed and must be.
    """
    numbers = (dyn_argnums,) if isinstance(dyn_argnums, int) else tuple(dyn_argnums)
    places = tuple(n % len(args) for n in numbers)
    fixed = [None if i in places else x for i, x in enumerate(args)]
    if require_static_args_hashable:
        for x in fixed:
            try:
                hash(x)
            except TypeError:
                raise ValueError(
                    "Non-hashable static arguments are used in a jitted function: "
                    f"{x} of type {type(x)}"
                ) from None

    def call(inner: Callable[..., Any], *dynamic: Any, **kwargs: Any) -> Any:
        merged = list(fixed)
        for place, x in zip(places, dynamic):
            merged[place] = x
        return inner(*merged, **kwargs)

    return f.wrap(call, (), None), tuple(args[i] for i in places)


def safe_map(f: Callable[..., Any], *sequences: Any) -> list[Any]:
    """`map` as a list, of sequences of one length.

    Raises:
      ValueError: if the lengths differ.

    >>> from covector.api_util import safe_map
    >>> safe_map(lambda x, y: x + y, [1, 2], [10, 20])
    [11, 22]
    """
    return [f(*items) for items in zip(*sequences, strict=True)]
