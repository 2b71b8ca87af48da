"""Functions mapped over devices."""

from collections.abc import Callable, Iterable
from typing import Any

from covector import _core
from covector._jit import jit
from covector._signature import adopt, as_ints, check_callable
from covector._vmap import vmap
from covector.tree_util import flatten_axes, tree_flatten


def pmap(
    fun: Callable[..., Any],
    axis_name: Any = None,
    *,
    in_axes: Any = 0,
    out_axes: Any = 0,
    static_broadcasted_argnums: int | Iterable[int] = (),
    devices: Any = None,
    backend: str | None = None,
    axis_size: int | None = None,
    donate_argnums: int | Iterable[int] = (),
) -> Callable[..., Any]:
    """The function applied to each slice of its arguments, compiled, as one program.

    It computes what JAX's does, collective operations over `axis_name` included, and takes as
    many slices as there are devices; all of them are computed on one device, though.

    Args:
      fun: a function of trees of arrays.
      axis_name: a name for the mapped axis, for `lax.psum` and its kind.
      in_axes: which axis of each argument is mapped: an integer, None for an argument that all
        share, or a tuple of trees of these.
      out_axes: where the mapped axis stands in the results.
      static_broadcasted_argnums: positions of arguments that are constants of the program.
      devices: which devices to count; all of this process if None.
      backend: the name of the platform to run on.
      axis_size: the size of the mapped axis, if no argument tells it.
      donate_argnums: positions of arguments whose memory the program may use.

    Returns:
      A function of the same arguments, each with an axis more.

    Raises:
      TypeError: if `fun` is not callable.
      ValueError: when called, if there are fewer devices than slices, or sizes differ.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> double = covector.pmap(lambda x: 2 * x)
    >>> double(jnp.ones((1, 3)))
    Array([[2., 2., 2.]], dtype=float32)
    """
    check_callable(fun)
    static = as_ints(static_broadcasted_argnums)
    name = object() if axis_name is None else axis_name
    mapped = _mapped(fun, static, in_axes, out_axes, axis_name=name, axis_size=axis_size)
    compiled = jit(mapped, static_argnums=static, donate_argnums=donate_argnums, backend=backend)

    def call(*args: Any, **kwargs: Any) -> Any:
        size = _size(args, kwargs, in_axes, static) if axis_size is None else axis_size
        available = len(_core.devices(backend) if devices is None else devices)
        if size is not None and size > available:
            raise ValueError(
                f"compiling computation that requires {size} logical devices, but only "
                f"{available} XLA devices are available (num_replicas={size})"
            )
        return compiled(*args, **kwargs)

    adopted: Any = adopt(fun, call, None)
    adopted.lower, adopted.trace = compiled.lower, compiled.trace
    return adopted


def _mapped(
    fun: Callable[..., Any], static: tuple[int, ...], in_axes: Any, out_axes: Any, **options: Any
) -> Callable[..., Any]:
    """`vmap` of the function over the arguments that are not static."""

    def mapped(*args: Any, **kwargs: Any) -> Any:
        fixed = {i % len(args): args[i] for i in static}

        def dynamic(*rest: Any, **kwargs: Any) -> Any:
            values = iter(rest)
            every = (fixed[i] if i in fixed else next(values) for i in range(len(args)))
            return fun(*every, **kwargs)

        axes = in_axes
        if isinstance(axes, (tuple, list)):
            axes = tuple(axis for i, axis in enumerate(axes) if i not in fixed)
        rest = [x for i, x in enumerate(args) if i not in fixed]
        return vmap(dynamic, axes, out_axes, **options)(*rest, **kwargs)

    return mapped


def _size(args: Any, kwargs: Any, in_axes: Any, static: Iterable[int]) -> int | None:
    """The size of the first mapped axis."""
    fixed = {i % len(args) for i in static}
    rest = [x for i, x in enumerate(args) if i not in fixed]
    axes = in_axes
    if isinstance(in_axes, (tuple, list)):
        axes = [axis for i, axis in enumerate(in_axes) if i not in fixed]
    leaves, tree = tree_flatten(rest)
    found = zip(leaves, flatten_axes("pmap in_axes", tree, axes), strict=True)
    more = ((leaf, 0) for leaf in tree_flatten(kwargs)[0])
    return next(
        (x.shape[axis] for x, axis in (*found, *more) if axis is not None and len(x.shape) > 0),
        None,
    )
