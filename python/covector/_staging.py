"""Looking at functions without running them on data: jaxprs and the types of results."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from covector import _core
from covector._core import Array
from covector._paths import argument_paths
from covector._signature import adopt, as_ints, check_callable, describe, name_of
from covector._struct import ShapeDtypeStruct, struct_of
from covector._value_handlers import pytype_aval_mappings
from covector.tree_util import tree_flatten, tree_map, tree_unflatten

F = TypeVar("F", bound=Callable[..., Any])

_SCALARS = (bool, int, float, complex, np.generic, np.ndarray)


def is_abstractable(x: Any) -> bool:
    """Whether there is an array type for this: it is array-like, or has a shape and a dtype."""
    if isinstance(x, (Array, *_SCALARS)) or hasattr(x, "__jax_array__"):
        return True
    return hasattr(x, "shape") and hasattr(x, "dtype")


def check_arguments(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    leaves: Iterable[Any],
    needed: Iterable[bool] = itertools.repeat(True),
) -> None:
    """Raises TypeError, with the argument's path, if a leaf needs an array type and has none."""
    for i, (x, is_needed) in enumerate(zip(leaves, needed)):
        if is_needed and not is_abstractable(x):
            path = argument_paths(fun, args, kwargs)[i]
            raise TypeError(
                f"Error interpreting argument to {describe(fun)} as an abstract array. The "
                f"problematic value is of type {type(x)} and was passed to the function at path "
                f"{path}.\nArguments have to be arrays, scalars or trees of them; others can be "
                "marked as static (static_argnums, static_argnames), or closed over."
            )


def stage(fun: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The closed jaxpr of a call and the tree of its result."""
    leaves, tree = tree_flatten((args, kwargs))
    check_arguments(fun, args, kwargs, leaves)
    return _core.stage(fun, leaves, tree)


def make_jaxpr(
    fun: Callable[..., Any],
    static_argnums: int | Iterable[int] = (),
    axis_env: Sequence[tuple[Any, int]] | None = None,
    return_shape: bool = False,
) -> Callable[..., Any]:
    """Makes a function that returns the program that `fun` stands for, as a jaxpr.

    Args:
      fun: the function to trace.
      static_argnums: positions of arguments that are passed on as they are.
      axis_env: names and sizes of mapped axes; only collective operations look at them.
      return_shape: whether to return the types of the result as well.

    Returns:
      A function of the same arguments, or of `ShapeDtypeStruct`s in their place. It returns a
      closed jaxpr; with `return_shape` a pair of that and the result's tree of
      `ShapeDtypeStruct`s.

    Raises:
      TypeError: if `fun` is no function, or an argument is no array.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.make_jaxpr(lambda x: jnp.sin(x) * 2)(1.0)
    { lambda ; a:f32[]. let b:f32[] = sin a; c:f32[] = mul b 2.0:f32[] in (c,) }
    """
    check_callable(fun)
    static = as_ints(static_argnums)

    def make_jaxpr_fun(*args: Any, **kwargs: Any) -> Any:
        staged, dynamic = _bind_static(fun, args, static)
        with contextlib.ExitStack() as scopes:
            for name, size in axis_env or ():
                scopes.enter_context(_core.collectives.AxisScope(name, size))
            jaxpr, tree = stage(staged, dynamic, kwargs)
        if not return_shape:
            return jaxpr
        return jaxpr, tree_unflatten(tree, [struct_of(a) for a in jaxpr.out_avals])

    adopt(fun, make_jaxpr_fun, None)
    make_jaxpr_fun.__name__ = f"make_jaxpr({name_of(fun)})"
    make_jaxpr_fun.__qualname__ = f"make_jaxpr({getattr(fun, '__qualname__', name_of(fun))})"
    return make_jaxpr_fun


def _bind_static(
    fun: Callable[..., Any], args: tuple[Any, ...], static: tuple[int, ...]
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function of the other arguments, and these."""
    wanted = {i % len(args) for i in static if -len(args) <= i < len(args)}
    if not wanted:
        return fun, args

    def with_static(*dynamic: Any, **kwargs: Any) -> Any:
        rest = iter(dynamic)
        return fun(*(a if i in wanted else next(rest) for i, a in enumerate(args)), **kwargs)

    dynamic = tuple(a for i, a in enumerate(args) if i not in wanted)
    return adopt(fun, with_static, None), dynamic


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The types of what `fun` would return, found without computing it.

    Args:
      fun: the function to look at; it may return `ShapeDtypeStruct`s in place of arrays.
      *args, **kwargs: its arguments, as arrays or anything with a shape and a dtype.

    Returns:
      A tree like the result, whose leaves are `ShapeDtypeStruct`s.

    Raises:
      TypeError: if `fun` is no function, or an argument is no array.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.eval_shape(jnp.dot, jnp.ones((1000, 10)), jnp.ones(10))
    ShapeDtypeStruct(shape=(1000,), dtype=float32)
    """
    check_callable(fun)

    def with_arrays(*args: Any, **kwargs: Any) -> Any:
        return tree_map(_array_of_struct, fun(*args, **kwargs))

    jaxpr, tree = stage(adopt(fun, with_arrays, None), args, kwargs)
    return tree_unflatten(tree, [struct_of(a) for a in jaxpr.out_avals])


def _array_of_struct(x: Any) -> Any:
    """What a function under `eval_shape` returns may be types already: arrays stand for them."""
    if not isinstance(x, ShapeDtypeStruct):
        return x
    return _core.numpy.broadcast_to(_core.convert(0, x.dtype, x.weak_type), x.shape)


def typeof(x: Any) -> Any:
    """The type of an array or scalar, as jaxprs know it.

    Args:
      x: an array, a tracer or a scalar.

    Returns:
      A `core.ShapedArray`; for instances of classes given to `experimental.hijax.register_hitype`
      what was said there.

    Raises:
      TypeError: if it is none of these.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.typeof(jnp.ones(3))
    ShapedArray(float32[3])
    """
    if not is_abstractable(x):
        type_of = pytype_aval_mappings.get(type(x))
        if type_of is None:
            raise TypeError(f"Argument '{x}' of type {type(x)} is not a valid JAX type")
        return type_of(x)
    if _core.is_array_like(x):
        return _core.aval_of(x)
    return _core.ShapedArray(x.shape, x.dtype, getattr(x, "weak_type", False))
