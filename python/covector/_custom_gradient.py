"""Further ways to give functions derivatives of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._core import ClosedJaxpr, Tracer
from covector._custom_vjp import custom_vjp
from covector._dtypes import issubdtype
from covector._signature import check_callable, name_of
from covector._staging import stage
from covector.tree_util import register_pytree_node_class, tree_flatten, tree_unflatten


def custom_gradient(fun: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a function with a gradient of its own out of one that returns both.

    Where `custom_vjp` takes two rules with residuals between them, here the second one is a
    function that closes over what it needs.

    Args:
      fun: returns a pair: the function's value, and a function of the value's cotangent that
        returns the cotangent of the argument, or a tuple with one for each. It is traced.

    Returns:
      The function of the same arguments that returns the value.

    >>> import covector
    >>> @covector.custom_gradient
    ... def f(x):
    ...     return x**2, lambda g: (g * x,)
    >>> covector.grad(f)(3.0)
    Array(3., dtype=float32, weak_type=True)
    """
    check_callable(fun)

    def value(*args: Any, **kwargs: Any) -> Any:
        return fun(*args, **kwargs)[0]

    # Not its signature: defaults are no arguments that the gradient is taken of.
    value.__name__, value.__doc__ = name_of(fun), fun.__doc__

    def fwd(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        out, rule = fun(*args, **kwargs)
        jaxpr, tree = stage(rule, (out,), {})
        return out, _StagedRule(jaxpr, tree)

    def bwd(rule: _StagedRule, cotangent: Any) -> Any:
        out = rule(cotangent)
        return out if isinstance(out, (tuple, list)) else (out,)

    wrapped = custom_vjp(value)
    wrapped.defvjp(fwd, bwd)
    return wrapped


@register_pytree_node_class
class _StagedRule:
    """A traced function. As a tree its leaves are the arrays that it closed over."""

    def __init__(self, jaxpr: Any, tree: Any) -> None:
        self._jaxpr, self._tree = jaxpr, tree

    def __call__(self, *args: Any) -> Any:
        leaves, _ = tree_flatten(args)
        return tree_unflatten(self._tree, _core.eval_jaxpr(self._jaxpr, leaves))

    def tree_flatten(self) -> tuple[Any, Any]:
        return tuple(self._jaxpr.consts), (self._jaxpr.jaxpr, self._tree)

    @classmethod
    def tree_unflatten(cls, aux: Any, consts: Any) -> "_StagedRule":
        if not all(map(_core.is_array_like, consts)):  # a tree of something else
            self = object.__new__(cls)
            self._jaxpr, self._tree = _Hollow(aux[0], list(consts)), aux[1]
            return self
        return cls(ClosedJaxpr(aux[0], list(consts)), aux[1])


class _Hollow:
    """A closed jaxpr with objects of any kind in the place of its arrays."""

    def __init__(self, jaxpr: Any, consts: list[Any]) -> None:
        self.jaxpr, self.consts = jaxpr, consts


def closure_convert(
    fun: Callable[..., Any], *example_args: Any
) -> tuple[Callable[..., Any], list[Any]]:
    """Makes what a function closes over its arguments, as far as it may be differentiated.

    A function with a rule of its own, such as `custom_vjp` gives, only has derivatives with
    respect to its arguments. If one of these is a function that closes over traced values,
    converting it first makes them visible to the rule.

    Args:
      fun: a pure function.
      *example_args: arguments of the types that it will be called with.

    Returns:
      A pair: the function of these arguments followed by the values that `fun` closes over, and
      the list of these values.

    Raises:
      TypeError: when the function is called: if the arguments have another tree.

    >>> import covector
    >>> def slope(a):
    ...     f, closed_over = covector.closure_convert(lambda x: a * x, 1.0)
    ...     return f(2.0, *closed_over)
    >>> covector.grad(slope)(3.0)
    Array(2., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    _, in_tree = tree_flatten(example_args)
    jaxpr, out_tree = stage(fun, example_args, {})
    consts = list(jaxpr.consts)
    places = [i for i, x in enumerate(consts) if _may_be_differentiated(x)]

    def converted(*args: Any) -> Any:
        count = len(args) - len(places)
        leaves, tree = tree_flatten(args[:count])
        if tree != in_tree:
            raise TypeError(
                "The inputs to the closure produced by closure_convert must have the same Pytree "
                "structure as the example arguments passed when closure_convert was called. "
                f"Expected {in_tree}, but got {tree}"
            )
        now = list(consts)
        for i, x in zip(places, args[count:]):
            now[i] = x
        out = _core.eval_jaxpr(ClosedJaxpr(jaxpr.jaxpr, now), leaves)
        return tree_unflatten(out_tree, out)

    converted.__name__ = name_of(fun)
    return converted, [consts[i] for i in places]


def _may_be_differentiated(x: Any) -> bool:
    return isinstance(x, Tracer) and issubdtype(x.dtype, np.inexact)


def linear_call(
    fun: Callable[..., Any],
    fun_transpose: Callable[..., Any],
    residual_args: Any,
    linear_args: Any,
) -> Any:
    """Calls a linear function that brings its own transpose.

    Args:
      fun: a function of residuals and of a tree in which it is linear.
      fun_transpose: its transpose: a function of the same residuals and of a cotangent like the
        result, which returns one like `linear_args`.
      residual_args: what `fun` need not be linear in; it is not differentiated.
      linear_args: what it is linear in.

    Returns:
      What `fun` returns.

    Raises:
      TypeError: when it is transposed: if the transpose returns another tree than `linear_args`.
      NotImplementedError: if it is differentiated with respect to a residual.

    >>> import covector
    >>> from covector.custom_derivatives import linear_call
    >>> def divide(x, r):
    ...     return linear_call(lambda r, x: x / r, lambda r, ct: ct / r, r, x)
    >>> covector.grad(divide)(3.0, 4.0)
    Array(0.25, dtype=float32, weak_type=True)
    """
    residuals, residual_tree = tree_flatten(residual_args)
    linear, linear_tree = tree_flatten(linear_args)
    jaxpr, out_tree = stage(fun, (residual_args, linear_args), {})

    def transpose(*leaves: Any) -> list[Any]:
        n = len(residuals)
        known = tree_unflatten(residual_tree, leaves[:n])
        cotangents, tree = tree_flatten(fun_transpose(known, tree_unflatten(out_tree, leaves[n:])))
        if tree != linear_tree:
            raise TypeError(
                "transpose output pytree structure must match that of linear inputs, got output "
                f"structure {tree} and input structure {linear_tree}."
            )
        return cotangents

    return tree_unflatten(out_tree, _core.linear_call(jaxpr, transpose, residuals, linear))
