"""`custom_jvp`: functions that bring their own derivative."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from covector import _core
from covector._core import Array
from covector._dtypes import dtype_of, float0, issubdtype
from covector._signature import check_callable, name_of
from covector._staging import is_abstractable
from covector.tree_util import tree_flatten, tree_map, tree_unflatten

R = TypeVar("R")
Rule = Callable[..., Any]

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class SymbolicZero:
    """A tangent known to be zero, of which no array was made.

    Rules defined with `symbolic_zeros=True` get these, and may return them.

    Attributes:
      aval: the type of the array that the tangent would be.
    """

    __slots__ = ("aval",)

    def __init__(self, aval: Any) -> None:
        self.aval = aval

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> Any:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @staticmethod
    def from_primal_value(value: Any) -> "SymbolicZero":
        """The zero tangent of this value."""
        return SymbolicZero(_core.aval_of(value))

    def __repr__(self) -> str:
        return "SymbolicZero"


def zero_from_primal(value: Any, symbolic_zeros: bool = False) -> Any:
    """The zero tangent of a value: an array, or a `SymbolicZero`.

    Args:
      value: an array or scalar.
      symbolic_zeros: whether to make no array.

    >>> from covector.custom_derivatives import zero_from_primal
    >>> zero_from_primal(3.0)
    Array(0., dtype=float32, weak_type=True)
    """
    if symbolic_zeros:
        return SymbolicZero.from_primal_value(value)
    return _zeros(_core.asarray(value))


def _zeros(primal: Any) -> Any:
    if not issubdtype(primal.dtype, np.inexact):
        return np.zeros(primal.shape, float0)
    zero = _core.convert(0.0, primal.dtype, primal.weak_type)
    return _core.numpy.broadcast_to(zero, primal.shape)


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
        self._arguments = _Arguments(fun)
        named = self._arguments.positions(nondiff_argnames)
        self.nondiff_argnums = tuple(sorted({*nondiff_argnums, *named}))

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


class _Arguments:
    """The parameters of a function, to turn keywords into positions and fill in defaults."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        self._name = name_of(fun)
        try:
            self._signature: inspect.Signature | None = inspect.signature(fun)
        except (ValueError, TypeError):
            self._signature = None
        parameters = self._signature.parameters.values() if self._signature else ()
        self._names = [p.name for p in parameters if p.kind in _POSITIONAL]
        self._is_fixed = len(self._names) == len(parameters)

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where the named parameters stand; those passed only by keyword stand nowhere."""
        return [self._names.index(name) for name in names if name in self._names]

    def by_position(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call as a tuple.

        Raises:
          TypeError: if the function does not take them, or not by position.
        """
        if not kwargs and self._is_fixed and len(args) == len(self._names):
            return args
        if self._signature is None:
            self._reject_keywords(list(kwargs))
            return args
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"The input arguments to the custom_jvp-decorated function {self._name} could "
                f"not be resolved to positional-only arguments. Binding failed with the error:\n"
                f"{error}"
            ) from None
        bound.apply_defaults()
        self._reject_keywords([k for k in bound.kwargs if k in kwargs])
        return bound.args

    def _reject_keywords(self, names: list[str]) -> None:
        if names:
            raise TypeError(
                f"The input arguments to the custom_jvp-decorated function {self._name} could "
                "not be resolved to positional-only arguments.\nThe following keyword arguments "
                f"could not be resolved to positions: {', '.join(names)}"
            )


class _Call:
    """One call: what is differentiated as a flat list of arrays, the rest held aside."""

    def __init__(self, owner: "custom_jvp[Any]", args: tuple[Any, ...]) -> None:
        self._fun, self._rule = owner.fun, owner.jvp
        self._symbolic_zeros = owner.symbolic_zeros
        self._aside = {i % len(args): args[i] for i in owner.nondiff_argnums}
        dynamic = tuple(a for i, a in enumerate(args) if i not in self._aside)
        self._leaves, self._in_tree = tree_flatten(dynamic)
        self._out_tree: Any = None

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
        return value, [self._checked(p, t) for p, t in zip(value, tangent)]

    def _names(self) -> str:
        return f"{name_of(self._rule)} for function {name_of(self._fun)}"

    def _shown(self, primal: Array, tangent: Any) -> Any:
        """A tangent as the rule is given it."""
        if tangent is not None:
            return tangent
        return SymbolicZero(_core.aval_of(primal)) if self._symbolic_zeros else _zeros(primal)

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
                f"shapes and dtypes. Expected {_text(expected, shape)} (tangent type of "
                f"{_text(dtype, shape)}) but got {_text(given, np.shape(tangent))}. The rule is "
                f"{self._names()}."
            )
        return None if given == float0 else tangent


def _text(dtype: Any, shape: tuple[int, ...]) -> str:
    name = "float0" if dtype == float0 else str(dtype)
    return f"{name}[{','.join(map(str, shape))}]"
