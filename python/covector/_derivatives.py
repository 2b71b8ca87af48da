"""Derivatives: of scalar functions, and along tangents and cotangents."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from covector import _core
from covector._dtypes import issubdtype
from covector._signature import adopt, as_ints, check_callable, describe, name_of
from covector._staging import stage
from covector.tree_util import register_pytree_node, tree_flatten, tree_structure

_GRAD_DOC = (
    "Gradient of {name} with respect to positional argument(s) %s. Takes the same arguments as "
    "{name} but returns the gradient, which has the same shape as the arguments at positions %s."
)

_VALUE_AND_GRAD_DOC = (
    "Value and gradient of {name} with respect to positional argument(s) %s. Takes the same "
    "arguments as {name} but returns a two-element tuple where the first element is the value of "
    "{name} and the second element is the gradient, which has the same shape as the arguments at "
    "positions %s."
)


def grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
    reduce_axes: Sequence[Any] = (),
) -> Callable[..., Any]:
    """Makes a function that computes the gradient of `fun`.

    Args:
      fun: a function whose result is a scalar (shape `()`), for one set of arguments. Arguments
        at `argnums` are arrays, scalars or trees of them.
      argnums: the position or positions to differentiate with respect to; negative ones count
        from the end.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated and
        returned as it is.
      holomorphic: whether `fun` is promised to be holomorphic; then arguments and result have to
        be complex.
      allow_int: whether arguments may be integers or booleans; their gradients are arrays of
        dtype `float0`.
      reduce_axes: has to be empty.

    Returns:
      A function of the same arguments. It returns the gradient, a tree like the argument (or a
      tuple of trees if `argnums` is a sequence), and with `has_aux` a pair of that and the
      auxiliary value.

    Raises:
      TypeError: if `fun` is no function. When the function is called: if the result is no real
        scalar, an argument is not of a floating or complex dtype, `has_aux` is set and `fun`
        returns no pair, or there are too few positional arguments.
      ValueError: if a negative position is out of range.

    >>> import covector
    >>> covector.grad(lambda x: x**3)(2.0)
    Array(12., dtype=float32, weak_type=True)
    """
    _reject_reduce_axes(reduce_axes, "grad")
    both = value_and_grad(
        fun, argnums, has_aux=has_aux, holomorphic=holomorphic, allow_int=allow_int, _name="grad"
    )

    def grad_fun(*args: Any, **kwargs: Any) -> Any:
        if not has_aux:
            return both(*args, **kwargs)[1]
        (_, aux), gradient = both(*args, **kwargs)
        return gradient, aux

    return adopt(fun, grad_fun, _GRAD_DOC % (argnums, argnums))


def value_and_grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
    reduce_axes: Sequence[Any] = (),
    *,
    _name: str = "value_and_grad",
) -> Callable[..., Any]:
    """Makes a function that computes both `fun` and its gradient, at little more cost than one.

    Args:
      fun, argnums, has_aux, holomorphic, allow_int, reduce_axes: as for `grad`.

    Returns:
      A function of the same arguments that returns the pair `(value, gradient)`, or
      `((value, aux), gradient)` with `has_aux`.

    Raises:
      TypeError, ValueError: as `grad`.

    >>> import covector
    >>> covector.value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)[0]
    Array(6., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    _reject_reduce_axes(reduce_axes, _name)
    positions = as_ints(argnums)
    single = hasattr(argnums, "__index__")
    if not positions:
        raise ValueError(f"{_name} needs at least one position in argnums, got {argnums!r}")

    def value_and_grad_fun(*args: Any, **kwargs: Any) -> Any:
        wanted = positions_in_call(fun, positions, len(args))
        return _core.value_and_grad(
            fun, args, kwargs, wanted, single, has_aux, holomorphic, allow_int, _name
        )

    doc = _VALUE_AND_GRAD_DOC % (argnums, argnums)
    return adopt(fun, value_and_grad_fun, doc)


def positions_in_call(
    fun: Callable[..., Any],
    positions: tuple[int, ...],
    count: int,
    too_few: type[Exception] = TypeError,
) -> list[int]:
    """Positions from the front, of a call that passes so many positional arguments.

    Raises:
      too_few: if the call passes too few.
      ValueError: if a negative position is out of range.
    """
    if positions and max(positions) >= count:
        raise too_few(
            f"differentiating with respect to argnums={max(positions)} requires at least "
            f"{max(positions) + 1} positional arguments to be passed by the caller, but got only "
            f"{count} positional arguments, in a call of {describe(fun)}."
        )
    if any(i < -count for i in positions):
        raise ValueError(
            f"argnums={min(positions)} is out of range for a call of {describe(fun)} with "
            f"{count} positional arguments: positions must be at least -{count}"
        )
    return [i % count for i in positions]


def _reject_reduce_axes(reduce_axes: Sequence[Any], function: str) -> None:
    if reduce_axes:
        raise NotImplementedError(f"reduce_axes argument to {function} is deprecated")


def jvp(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """Computes `fun` and its derivative along tangents, in one forward pass.

    Args:
      fun: a function of arrays, scalars and trees of them.
      primals: its arguments, as a tuple or list.
      tangents: the direction, a tuple or list of the same structure, shapes and dtypes. For
        integers and booleans it holds arrays of dtype `float0`.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated.

    Returns:
      The pair `(value, derivative)`, and the auxiliary value behind it with `has_aux`.

    Raises:
      TypeError: if primals and tangents are not tuples or lists of one structure, or dtypes
        differ.
      ValueError: if shapes differ.

    >>> import covector
    >>> value, derivative = covector.jvp(lambda x: x * x, (3.0,), (1.0,))
    >>> derivative
    Array(6., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    if not (isinstance(primals, (tuple, list)) and isinstance(tangents, (tuple, list))):
        raise TypeError(
            "primal and tangent arguments to jax.jvp must be tuples or lists; found "
            f"{type(primals).__name__} and {type(tangents).__name__}."
        )
    of_primals, of_tangents = tree_structure(primals), tree_structure(tangents)
    if of_primals != of_tangents:
        raise TypeError(
            "primal and tangent arguments to jax.jvp must have the same tree structure; "
            f"primals have tree structure {of_primals} whereas tangents have tree structure "
            f"{of_tangents}."
        )
    out: Any = _core.jvp(fun, tuple(primals), tuple(tangents), has_aux)
    return tuple(out)


def vjp(
    fun: Callable[..., Any], *primals: Any, has_aux: bool = False, reduce_axes: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """Computes `fun` and a function that multiplies cotangents with its derivative.

    Args:
      fun: a function of arrays, scalars and trees of them.
      *primals: its arguments.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated.
      reduce_axes: has to be empty.

    Returns:
      The pair `(value, vjp_fun)`, and the auxiliary value behind it with `has_aux`. `vjp_fun`
      takes one cotangent, a tree like the value, and returns a tuple with one tree per argument.
      Its `args_res` is a list like the arguments of those that it needs; a program can drop them
      there and put them back before the call. `opaque_residuals` are the other arrays it needs.

    Raises:
      TypeError: if `fun` is no function or an argument no array.
      ValueError: if `vjp_fun` is given a cotangent that does not fit the value.

    >>> import covector
    >>> value, pullback = covector.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> pullback(1.0)[0]
    Array(3., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    _reject_reduce_axes(reduce_axes, "vjp")
    out: Any = _core.vjp(fun, primals, has_aux)
    return tuple(out)


def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Computes `fun` and its derivative as a linear function, to be applied many times.

    What does not depend on the tangents is computed once; each application costs only the
    linear part.

    Args:
      fun: a function of arrays, scalars and trees of them.
      *primals: its arguments.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated.

    Returns:
      The pair `(value, jvp_fun)`, and the auxiliary value behind it with `has_aux`. `jvp_fun`
      takes one tangent per argument and returns a tree like the value.

    Raises:
      TypeError: if `fun` is no function, or `jvp_fun` is given another tree or dtype.
      ValueError: if `jvp_fun` is given another shape.

    >>> import covector
    >>> value, derivative = covector.linearize(lambda x: x * x, 3.0)
    >>> derivative(2.0)
    Array(12., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    out: Any = _core.linearize(fun, primals, has_aux)
    return tuple(out)


def linear_transpose(
    fun: Callable[..., Any], *primals: Any, reduce_axes: Sequence[Any] = ()
) -> Callable[..., Any]:
    """Makes the transpose of a function that is promised to be linear.

    Where `vjp` differentiates, this takes the function as it is; it costs no evaluation of it.

    Args:
      fun: a linear function of arrays and trees of them.
      *primals: arguments of the types that the function takes; `ShapeDtypeStruct`s will do.
      reduce_axes: has to be empty.

    Returns:
      A function that takes a cotangent, a tree like the function's result, and returns a tuple
      with one tree per argument.

    Raises:
      TypeError: if the function maps between integers and floats; when the transpose is called:
        if the cotangent has another tree or type than the result.
      NotImplementedError: when the transpose is called: if an operation is not linear.

    >>> import covector
    >>> covector.linear_transpose(lambda x, y: 2 * x - y, 1.0, 1.0)(3.0)
    (Array(6., dtype=float32, weak_type=True), Array(-3., dtype=float32, weak_type=True))
    """
    check_callable(fun)
    _reject_reduce_axes(reduce_axes, "linear_transpose")
    _, tree = tree_flatten(primals)
    jaxpr, out_tree = stage(fun, primals, {})
    avals = [*jaxpr.in_avals, *jaxpr.out_avals]
    if len({_field(a.dtype) for a in avals}) > 1:
        raise TypeError(
            "linear_transpose only supports [float or complex] -> [float or complex], and "
            f"integer -> integer functions, but {describe(fun)} has types "
            f"{[str(a.dtype) for a in jaxpr.in_avals]} -> {[str(a.dtype) for a in jaxpr.out_avals]}"
        )
    transposed: Any = _core.transpose_jaxpr(jaxpr, tree, out_tree, name_of(fun))
    return cast(Callable[..., Any], transposed)


def _field(dtype: Any) -> str:
    """What scalars a linear function of such arrays multiplies with."""
    for kind, name in ((np.inexact, "inexact"), (np.integer, "integer")):
        if issubdtype(dtype, kind):
            return name
    return str(dtype)


def _apply(jaxpr: Any, structure: Any, residuals: Any, *args: Any) -> Any:
    """A linear function, of the jaxpr that it stands for and of its parts."""
    return structure.bind([], residuals)(*args)


def _as_partial(f: Any) -> Any:
    """The linear function as one of its residuals first; `args` of it begins with the jaxpr."""
    return functools.partial(_apply, f.jaxpr.jaxpr, f.structure)


# Where programs written for JAX look for the jaxpr of what `linearize` returns.
_core.LinearFunction.func = property(_as_partial)  # type: ignore[attr-defined]

# Linear functions are trees of the arrays that they need, so that programs can return them.
register_pytree_node(
    _core.LinearFunction,
    lambda f: ((f.args_res, f.opaque_residuals), f.structure),
    lambda structure, residuals: structure.bind(*residuals),
)
register_pytree_node(
    _core.NotNeeded, lambda _: ((), None), lambda structure, leaves: _core.NotNeeded()
)
