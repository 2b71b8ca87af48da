"""Calls back from programs into Python: `pure_callback`, `io_callback`."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector.tree_util import tree_flatten, tree_leaves, tree_unflatten

logger = logging.getLogger("covector.callbacks")

_VMAP_METHODS = (
    "sequential",
    "sequential_unrolled",
    "expand_dims",
    "broadcast_all",
    "legacy_vectorized",
    None,
)


class _FlatCallback:
    """A function of trees as one of leaves. Equal for the same function and tree."""

    __slots__ = ("callback_func", "in_tree", "kind")

    def __init__(self, callback_func: Callable[..., Any], in_tree: Any, kind: str) -> None:
        self.callback_func = callback_func
        self.in_tree = in_tree
        self.kind = kind

    def __call__(self, *leaves: Array) -> list[Any]:
        args, kwargs = tree_unflatten(self.in_tree, leaves)
        try:
            return tree_leaves(self.callback_func(*args, **kwargs))
        except BaseException:
            logger.exception("jax.%s failed", self.kind)
            raise

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _FlatCallback)
            and self.callback_func == other.callback_func
            and self.in_tree == other.in_tree
        )

    def __hash__(self) -> int:
        return hash((self.callback_func, self.in_tree))

    def __repr__(self) -> str:
        return f"_FlatCallback(callback_func={self.callback_func}, in_tree={self.in_tree})"


def _result_types(result_shape_dtypes: Any) -> tuple[list[Any], Any]:
    """The types of the leaves, and their tree."""
    wide_allowed = _core.get_option("enable_x64")
    leaves, tree = tree_flatten(result_shape_dtypes)
    types = []
    for leaf in leaves:
        dtype = leaf.dtype
        if isinstance(dtype, np.dtype) and not wide_allowed and _is_wide(dtype):
            raise ValueError(
                "result_shape_dtypes cannot specify 64-bit types when `jax_enable_x64` is disabled"
            )
        types.append(_core.ShapedArray(tuple(leaf.shape), dtype))
    return types, tree


def _is_wide(dtype: np.dtype) -> bool:
    return dtype.itemsize == (16 if dtype.kind == "c" else 8) and dtype.kind in "iufc"


def pure_callback(
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    *args: Any,
    sharding: Any = None,
    vmap_method: str | None = None,
    **kwargs: Any,
) -> Any:
    """Calls a Python function without side effects, also from compiled programs.

    The function runs on the host when the program does, with arrays in place of tracers. Since it
    is taken to be pure, it may be called more often than the program says, or not at all if its
    results are not used. An exception that it raises comes out of the program as a
    `JaxRuntimeError` whose text is the traceback and whose cause is the exception. It had better
    compute with NumPy: a device may not begin another program before this one has ended.

    Args:
      callback: the function, of trees of arrays. It returns arrays of the types announced.
      result_shape_dtypes: the result's tree, whose leaves have a `shape` and a `dtype`.
      *args, **kwargs: what the function is called with.
      sharding: the device to call from; with one device it changes nothing.
      vmap_method: what `vmap` does: "sequential" and "sequential_unrolled" call once for each
        element of the batch; "expand_dims" calls once, with batches of size 1 of the arguments
        that are not mapped; "broadcast_all" the same with full batches; "legacy_vectorized" leaves
        these arguments alone. With None, `vmap` is an error.

    Returns:
      What the function returned, as arrays of a traced program.

    Raises:
      ValueError: if `vmap_method` is none of these, or a result has a 64-bit type while these are
        disabled; when it is differentiated.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> import numpy as np
    >>> @covector.jit
    ... def f(x):
    ...     return covector.pure_callback(np.sort, x, x)
    >>> f(jnp.array([3.0, 1.0, 2.0]))
    Array([1., 2., 3.], dtype=float32)
    """
    if vmap_method not in _VMAP_METHODS:
        raise ValueError(
            f"vmap_method must be on of the allowed methods {list(_VMAP_METHODS)}, but got: "
            f"{vmap_method}"
        )
    leaves, in_tree = tree_flatten((args, kwargs))
    types, out_tree = _result_types(result_shape_dtypes)
    flat = _FlatCallback(callback, in_tree, "pure_callback")
    return tree_unflatten(out_tree, _core.pure_callback(flat, leaves, types, vmap_method or ""))


def io_callback(
    callback: Callable[..., Any],
    result_shape_dtypes: Any,
    *args: Any,
    sharding: Any = None,
    ordered: bool = False,
    **kwargs: Any,
) -> Any:
    """Calls a Python function for its side effects, also from compiled programs.

    It is called as often as the program says, whether its results are used or not. An exception
    that it raises comes out as one of `pure_callback` does.

    Args:
      callback: the function, of trees of arrays. It returns arrays of the types announced.
      result_shape_dtypes: the result's tree, whose leaves have a `shape` and a `dtype`.
      *args, **kwargs: what the function is called with.
      sharding: the device to call from; with one device it changes nothing.
      ordered: whether calls keep the order of the program, also with other ordered ones. Such a
        call cannot be mapped by `vmap`.

    Returns:
      What the function returned, as arrays of a traced program.

    Raises:
      ValueError: if a result has a 64-bit type while these are disabled; when it is
        differentiated; when an ordered one is mapped.

    >>> import covector
    >>> from covector.experimental import io_callback
    >>> log = []
    >>> @covector.jit
    ... def f(x):
    ...     io_callback(lambda x: log.append(float(x)), None, x, ordered=True)
    ...     return x + 1
    >>> f(1.0).block_until_ready()
    Array(2., dtype=float32, weak_type=True)
    >>> log
    [1.0]
    """
    leaves, in_tree = tree_flatten((args, kwargs))
    types, out_tree = _result_types(result_shape_dtypes)
    flat = _FlatCallback(callback, in_tree, "io_callback")
    return tree_unflatten(out_tree, _core.io_callback(flat, leaves, types, ordered))


def effects_barrier() -> None:
    """Waits until the side effects of all programs launched so far have happened.

    Raises:
      JaxRuntimeError: if a callback of one of them failed and nothing else has told of it.

    >>> import covector
    >>> covector.jit(lambda x: covector.debug.print("x = {}", x))(3)
    x = 3
    >>> covector.effects_barrier()
    """
    _core.effects_barrier()
