"""`custom_jvp`: functions that bring their own derivative."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from covector import _core
from covector._core import Array
from covector._custom_arguments import Arguments, forward_attribute
from covector._dtypes import dtype_of, float0, issubdtype
from covector._signature import check_callable, name_of
from covector._staging import is_abstractable
from covector._symbolic_zero import (
    SymbolicZero,
    tree_of_types,
    type_text,
    zero_from_primal,
)
from covector.tree_util import tree_flatten, tree_map, tree_unflatten

R = TypeVar("R")
Rule = Callable[..., Any]


class custom_jvp(Generic[R]):
    """Gives a function a derivative rule of its own, in place of the one found by tracing it.

    Use it where the derivative of what is computed is not that of what is meant (at removable
    singularities, for iterations, for numerical stability), or where a closed form is cheaper.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are not differentiated and may be anything,
        such as functions. They are passed to the rule first.
      nondiff_argnames: names of such arguments.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> @covector.custom_jvp
    ... def log1pexp(x):
    ...     return jnp.log(1.0 + jnp.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (dx,) = primals, tangents
    ...     return log1pexp(x), (1 - 1 / (1 + jnp.exp(x))) * dx
    >>> covector.grad(log1pexp)(100.0)
    Array(1., dtype=float32, weak_type=True)
    """

    _has_rules = True

    def __init__(
        self,
        fun: Callable[..., R],
        nondiff_argnums: Sequence[int] = (),
        nondiff_argnames: Sequence[str] = (),
    ) -> None:
        """Wraps the function; a rule has to be defined before it is called.

        Raises:
          TypeError: if `fun` is no function.
        """
        check_callable(fun)
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.jvp: Rule | None = None
        self.symbolic_zeros = False
        self._arguments = Arguments(fun, "custom_jvp")
        named = self._arguments.positions(nondiff_argnames)
        self.nondiff_argnums = tuple(sorted({*nondiff_argnums, *named}))

    __getattr__ = forward_attribute

    def defjvp(self, jvp: Rule, symbolic_zeros: bool = False) -> Rule:
        """Defines the derivative rule.

        Args:
          jvp: takes the arguments at `nondiff_argnums`, then a tuple of primals and a tuple of
            tangents, and returns a pair: the function's value and its tangent, of equal
            structure. It has to be linear in the tangents.
          symbolic_zeros: whether tangents known to be zero are passed as `SymbolicZero`s, and not
            as arrays of zeros.

        Returns:
          The rule, so that this is a decorator.
        """
        self.jvp, self.symbolic_zeros = jvp, symbolic_zeros
        return jvp

    def defjvps(self, *jvps: Rule | None) -> None:
        """Defines the derivative by one rule per argument; their results are added.

        Args:
          *jvps: each takes one argument's tangent, the function's value and all primals, and
            returns a tangent of the value; None where the derivative is zero.

        Raises:
          TypeError: if the function has arguments that are not differentiated.

        >>> import covector
        >>> multiply = covector.custom_jvp(lambda x, y: x * y)
        >>> multiply.defjvps(lambda t, ans, x, y: t * y, lambda t, ans, x, y: x * t)
        >>> covector.grad(multiply)(2.0, 3.0)
        Array(3., dtype=float32, weak_type=True)
        """
        if self.nondiff_argnums:
            raise TypeError("Can't use ``defjvps`` with ``nondiff_argnums``.")

        def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
            if len(jvps) != len(primals):
                raise ValueError(
                    f"defjvps of {name_of(self.fun)} was given {len(jvps)} rules, but the "
                    f"function was called with {len(primals)} arguments"
                )
            value = self(*primals)
            parts = [f(t, value, *primals) for f, t in zip(jvps, tangents) if f is not None]
            if not parts:
                return value, tree_map(zero_from_primal, value)
            return value, tree_map(lambda *terms: functools.reduce(_add, terms), *parts)

        self.defjvp(jvp)

    def __call__(self, *args: Any, **kwargs: Any) -> R:
        """Runs the function, or its rule where it is differentiated.

        Raises:
          AttributeError: if no rule has been defined.
          TypeError: if the arguments do not fit the function's signature, one that is
            differentiated is no array, or the rule returns something else than it has to.
        """
        if self.jvp is None:
            raise AttributeError(
                f"No JVP defined for custom_jvp function {name_of(self.fun)} using defjvp."
            )
        return _Call(self, self._arguments.by_position(args, kwargs)).run()


def _add(x: Any, y: Any) -> Any:
    return y if getattr(x, "dtype", None) == float0 else x + y


class _Call:
    """One call: what is differentiated as a flat list of arrays, the rest held aside."""

    def __init__(self, owner: "custom_jvp[Any]", args: tuple[Any, ...]) -> None:
        self._fun, self._rule = owner.fun, owner.jvp
        self._symbolic_zeros = owner.symbolic_zeros
        self._aside = {i % len(args): args[i] for i in owner.nondiff_argnums}
        dynamic = tuple(a for i, a in enumerate(args) if i not in self._aside)
        self._leaves, self._in_tree = tree_flatten(dynamic)
        self._out_tree: Any = None
        self._out: Any = None  # the tree and types of the function's own result, once it ran

    def run(self) -> Any:
        # The core keeps this object with a jaxpr; arrays must not live as long.
        leaves, self._leaves = self._leaves, []
        for i, x in enumerate(leaves):
            if not is_abstractable(x):
                raise TypeError(
                    f"custom_jvp function {name_of(self._fun)}: the problematic value is of type "
                    f"{type(x)} and is leaf {i} of the arguments. Arguments that are no arrays "
                    "belong into nondiff_argnums."
                )
        out = _core.custom_jvp_call(
            name_of(self._fun), self._primal, self._derivative, leaves, self._symbolic_zeros
        )
        return tree_unflatten(self._out_tree, out)

    def _primal(self, *leaves: Any) -> list[Any]:
        args = list(tree_unflatten(self._in_tree, leaves))
        for i, x in self._aside.items():
            args.insert(i, x)
        flat, self._out_tree = tree_flatten(self._fun(*args))
        self._out = (self._out_tree, [_core.aval_of(x) for x in flat])
        return flat

    def _derivative(self, primals: list[Any], tangents: list[Any]) -> tuple[list[Any], list[Any]]:
        shown = [self._shown(p, t) for p, t in zip(primals, tangents)]
        assert self._rule is not None
        pair = self._rule(
            *self._aside.values(),
            tree_unflatten(self._in_tree, primals),
            tree_unflatten(self._in_tree, shown),
        )
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise TypeError(
                f"Custom JVP rule {self._names()} must produce a pair (list or tuple of length "
                f"two) representing primal and tangent outputs, but got {pair}."
            )
        value, tree = tree_flatten(pair[0])
        tangent, tangent_tree = tree_flatten(pair[1])
        if tree != tangent_tree:
            raise TypeError(
                f"Custom JVP rule {self._names()} must produce primal and tangent outputs with "
                f"equal container (pytree) structures, but got {tree} and {tangent_tree} "
                "respectively."
            )
        self._out_tree = tree
        self._check_value(tree, value)
        return value, [self._checked(p, t) for p, t in zip(value, tangent)]

    def _check_value(self, tree: Any, value: list[Any]) -> None:
        """Raises TypeError unless the rule's value is of the function's own type."""
        if self._out is None:
            return
        own_tree, avals = self._out
        given = [_core.aval_of(x) for x in value]
        same_tree = own_tree == tree
        if same_tree and [(a.dtype, a.shape) for a in avals] == [(a.dtype, a.shape) for a in given]:
            return
        what = "shapes/dtypes of" if same_tree else "container/pytree structure"
        particular = (
            "with leaves of the same shape/dtype"
            if same_tree
            else "of the same container/pytree structure"
        )
        end = "" if same_tree else "."
        fun = name_of(self._fun)
        raise TypeError(
            f"Custom JVP rule {self._names()} must produce a pair (list or tuple of length two) "
            "where the first element represents the primal output (equal in value to the output "
            f"of the custom_jvp-decorated function {fun}, and in particular {particular}), but "
            f"instead the JVP rule output's first element had {what}:\n"
            f"    {tree_of_types(tree, given)}\n"
            f"while the custom_jvp-decorated function {fun} had output {what}:\n"
            f"    {tree_of_types(own_tree, avals)}{end}"
        )

    def _names(self) -> str:
        return f"{name_of(self._rule)} for function {name_of(self._fun)}"

    def _shown(self, primal: Array, tangent: Any) -> Any:
        """A tangent as the rule is given it."""
        if tangent is not None:
            return tangent
        return zero_from_primal(primal, self._symbolic_zeros)

    def _checked(self, primal: Any, tangent: Any) -> Any:
        """A tangent that the rule returned as the core takes it: None for a symbolic zero.

        Raises:
          TypeError: if it does not fit the value.
        """
        if isinstance(tangent, SymbolicZero):
            return None
        dtype, shape = dtype_of(primal), np.shape(primal)
        expected = dtype if issubdtype(dtype, np.inexact) else float0
        given = tangent.dtype if hasattr(tangent, "dtype") else dtype_of(tangent)
        if given != expected or np.shape(tangent) != shape:
            raise TypeError(
                "Custom JVP rule must produce primal and tangent outputs with corresponding "
                f"shapes and dtypes. Expected {type_text(expected, shape)} (tangent type of "
                f"{type_text(dtype, shape)}) but got {type_text(given, np.shape(tangent))}. The "
                f"rule is {self._names()}."
            )
        return None if given == float0 else tangent
