"""`custom_vjp`: functions that bring their own reverse-mode derivative."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from covector import _core
from covector._core import Tracer
from covector._custom_arguments import Arguments, forward_attribute
from covector._dtypes import dtype_of, float0, issubdtype
from covector._signature import check_callable, name_of
from covector._staging import check_arguments
from covector._symbolic_zero import SymbolicZero, tree_of_types, type_text, zeros_like
from covector.errors import UnexpectedTracerError
from covector.tree_util import (
    keystr,
    tree_flatten,
    tree_flatten_with_path,
    tree_leaves,
    tree_map,
    tree_structure,
    tree_unflatten,
)

R = TypeVar("R")
Rule = Callable[..., Any]
Backward = Callable[[list[Any], list[Any]], list[Any]]

_PAIR = (
    "must produce a pair (list or tuple of length two) where the first element represents the "
    "primal output (equal to the output of the custom_vjp-decorated function {fun}) and the "
    "second element represents residuals (i.e. values stored from the forward pass for use on "
    "the backward pass), but instead "
)


@dataclass
class CustomVJPPrimal:
    """A leaf of an argument as a forward rule gets it that asked for symbolic zeros.

    Attributes:
      value: the array.
      perturbed: whether the function is differentiated with respect to it.
    """

    value: Any
    perturbed: bool


def custom_vjp_primal_tree_values(tree: Any) -> Any:
    """A tree of `CustomVJPPrimal`s as one of their values.

    Raises:
      TypeError: if a leaf is something else.

    >>> from covector.custom_derivatives import CustomVJPPrimal, custom_vjp_primal_tree_values
    >>> custom_vjp_primal_tree_values({"x": CustomVJPPrimal(1.0, True)})
    {'x': 1.0}
    """

    def value(leaf: Any) -> Any:
        if type(leaf) is not CustomVJPPrimal:
            raise TypeError(f"unexpected leaf type {type(leaf)}")
        return leaf.value

    return tree_map(value, tree)


class custom_vjp(Generic[R]):
    """Gives a function a reverse-mode derivative rule of its own.

    Use it to clip or replace gradients, to save less memory than the derivative found by tracing
    would, or to differentiate what cannot be traced. Forward-mode differentiation of the function
    is an error; see `custom_jvp` for a rule that serves both.

    Args:
      fun: the function.
      nondiff_argnums: positions of arguments that are not differentiated and may be anything but
        traced arrays, such as functions. They are passed to the backward rule first.
      nondiff_argnames: names of such arguments.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> @covector.custom_vjp
    ... def clip_gradient(x):
    ...     return x
    >>> clip_gradient.defvjp(lambda x: (x, None), lambda _, g: (jnp.clip(g, -1.0, 1.0),))
    >>> covector.grad(lambda x: 5.0 * clip_gradient(x))(2.0)
    Array(1., dtype=float32, weak_type=True)
    """

    _has_rules = True

    def __init__(
        self,
        fun: Callable[..., R],
        nondiff_argnums: Sequence[int] = (),
        nondiff_argnames: Sequence[str] = (),
    ) -> None:
        """Wraps the function; rules have to be defined before it is called.

        Raises:
          TypeError: if `fun` is no function.
        """
        check_callable(fun)
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.fwd: Rule | None = None
        self.bwd: Rule | None = None
        self.symbolic_zeros = False
        self.optimize_remat = False
        self._arguments = Arguments(fun, "custom_vjp")
        named = self._arguments.positions(nondiff_argnames)
        self.nondiff_argnums = tuple(sorted({*nondiff_argnums, *named}))

    __getattr__ = forward_attribute

    def defvjp(
        self, fwd: Rule, bwd: Rule, symbolic_zeros: bool = False, optimize_remat: bool = False
    ) -> None:
        """Defines the derivative rule.

        Args:
          fwd: takes the function's arguments and returns a pair: the function's value, and
            residuals, a tree of arrays that `bwd` will need.
          bwd: takes the arguments at `nondiff_argnums`, then the residuals and a cotangent like
            the function's value. It returns a tuple with one cotangent per other argument; None
            is zero.
          symbolic_zeros: whether `fwd` is told which leaves are differentiated, by a
            `CustomVJPPrimal` in the place of each, and `bwd` is given `SymbolicZero`s for
            cotangents known to be zero.
          optimize_remat: whether `fun` may be run in place of `fwd` where the residuals are not
            used, as in the first pass of `checkpoint`; they have to give the same value.

        Raises:
          NotImplementedError: if both options are set.
        """
        if symbolic_zeros and optimize_remat:
            raise NotImplementedError(
                "remat optimization for custom_vjp does not support symbolic zeros"
            )
        self.fwd, self.bwd = fwd, bwd
        self.symbolic_zeros, self.optimize_remat = symbolic_zeros, optimize_remat

    def __call__(self, *args: Any, **kwargs: Any) -> R:
        """Runs the function, or its forward rule where it is differentiated.

        Raises:
          AttributeError: if no rule has been defined.
          TypeError: if the arguments do not fit the function's signature, one that is
            differentiated is no array, or a rule returns another tree than it has to.
          UnexpectedTracerError: if an argument at `nondiff_argnums` is traced.
        """
        if self.fwd is None or self.bwd is None:
            raise AttributeError(
                f"No VJP defined for custom_vjp function {name_of(self.fun)} using defvjp."
            )
        return _Call(self, self._arguments.by_position(args, kwargs)).run()


class _Call:
    """One call: what is differentiated as a flat list of arrays, the rest held aside."""

    def __init__(self, owner: "custom_vjp[Any]", args: tuple[Any, ...]) -> None:
        self._fun, self._fwd, self._bwd = owner.fun, owner.fwd, owner.bwd
        self._symbolic_zeros = owner.symbolic_zeros
        self._optimize_remat = owner.optimize_remat
        self._aside = {i % len(args): args[i] for i in owner.nondiff_argnums}
        for x in tree_leaves(list(self._aside.values())):
            if isinstance(x, Tracer):
                raise UnexpectedTracerError(
                    "Found a JAX Tracer object passed as an argument to a custom_vjp function in "
                    "a position indicated by nondiff_argnums as non-differentiable. "
                    f"{name_of(self._fun)} was given {x}: only what is not traced, such as a "
                    "function, can be such an argument. Pass arrays as ordinary arguments, and "
                    "return None as their cotangents."
                )
        dynamic = tuple(a for i, a in enumerate(args) if i not in self._aside)
        self._leaves, self._in_tree = tree_flatten(dynamic)
        check_arguments(owner.fun, dynamic, {}, self._leaves)
        self._out: Any = None  # the tree and types of the function's own result, once it ran
        self._out_tree: Any = None

    def run(self) -> Any:
        # The core keeps this object with a jaxpr; arrays must not live as long.
        leaves, self._leaves = self._leaves, []
        names = [name_of(f) for f in (self._fun, self._fwd, self._bwd)]
        out = _core.custom_vjp_call(
            names,
            self._primal,
            self._forward,
            leaves,
            self._symbolic_zeros,
            self._optimize_remat,
        )
        return tree_unflatten(self._out_tree, out)

    def _arguments(self, leaves: Sequence[Any]) -> list[Any]:
        args = list(tree_unflatten(self._in_tree, leaves))
        for i, x in self._aside.items():
            args.insert(i, x)
        return args

    def _primal(self, *leaves: Any) -> list[Any]:
        flat, self._out_tree = tree_flatten(self._fun(*self._arguments(leaves)))
        self._out = (self._out_tree, [_core.aval_of(x) for x in flat])
        return flat

    def _forward(
        self, primals: list[Any], perturbed: list[bool]
    ) -> tuple[list[Any], list[Any], Backward]:
        shown = primals
        if self._symbolic_zeros:
            shown = list(map(CustomVJPPrimal, primals, perturbed))
        assert self._fwd is not None
        pair = self._fwd(*self._arguments(shown))
        rule = f"Custom VJP fwd rule {name_of(self._fwd)} for function {name_of(self._fun)} "
        rule += _PAIR.format(fun=name_of(self._fun))
        if not (isinstance(pair, (list, tuple)) and len(pair) == 2):
            raise TypeError(f"{rule}of a pair the fwd rule {name_of(self._fwd)} produced {pair}.")
        value, self._out_tree = tree_flatten(pair[0])
        residuals, residual_tree = tree_flatten(pair[1])
        self._check_value(rule, value)
        primal_avals = [_core.aval_of(x) for x in primals]
        zeros = [_core.aval_of(x) for x in value]
        out_tree = self._out_tree

        def backward(residuals: list[Any], cotangents: list[Any]) -> list[Any]:
            cts = [self._shown(a, ct) for a, ct in zip(zeros, cotangents)]
            return self._pull(
                tree_unflatten(residual_tree, residuals),
                tree_unflatten(out_tree, cts),
                primal_avals,
            )

        return value, residuals, backward

    def _check_value(self, rule: str, value: list[Any]) -> None:
        """Raises TypeError unless the forward rule's value is of the function's own type."""
        if self._out is None:
            return
        tree, avals = self._out
        given = [_core.aval_of(x) for x in value]

        same_tree = tree == self._out_tree
        if same_tree and [(a.dtype, a.shape) for a in avals] == [(a.dtype, a.shape) for a in given]:
            return
        what = "shapes/dtypes" if same_tree else "container/pytree structure"
        of = " of" if same_tree else ""
        raise TypeError(
            f"{rule}the fwd rule output's first element had {what}{of}:\n"
            f"    {tree_of_types(self._out_tree, given)}\n"
            f"while the custom_vjp-decorated function {name_of(self._fun)} had output {what}{of}:\n"
            f"    {tree_of_types(tree, avals)}"
        )

    def _shown(self, aval: Any, cotangent: Any) -> Any:
        """A cotangent as the rule is given it."""
        if cotangent is not None:
            return cotangent
        return SymbolicZero(aval.to_tangent_aval()) if self._symbolic_zeros else zeros_like(aval)

    def _pull(self, residuals: Any, cotangents: Any, avals: list[Any]) -> list[Any]:
        """The backward rule's results as the core takes them: None for a symbolic zero."""
        assert self._bwd is not None
        out = self._bwd(*self._aside.values(), residuals, cotangents)
        return [
            self._checked(i, aval, ct)
            for i, (aval, ct) in enumerate(zip(avals, self._by_leaf(out)))
        ]

    def _by_leaf(self, out: Any) -> list[Any]:
        """The rule's results, one for each leaf of the arguments; None is one for all below it.

        Raises:
          TypeError: if their tree is another one.
        """
        places = tree_unflatten(self._in_tree, [object()] * self._in_tree.num_leaves)
        if isinstance(out, list) and len(out) == len(places):
            out = tuple(out)
        cotangents: list[Any] = []

        def append(x: Any, below: Any) -> None:
            cotangents.extend([x] * tree_structure(below).num_leaves)

        try:
            if not isinstance(out, tuple):
                raise ValueError
            tree_map(append, out, places, is_leaf=lambda x: x is None)
        except ValueError:
            raise TypeError(
                "Custom VJP bwd rule must produce an output with the same container (pytree) "
                "structure as the args tuple of the primal function, and in particular must "
                "produce a tuple of length equal to the number of arguments to the primal "
                f"function, but got bwd output structure {tree_structure(out)} for primal input "
                f"structure {self._in_tree}. The rule is {name_of(self._bwd)}."
            ) from None
        return cotangents

    def _checked(self, i: int, aval: Any, cotangent: Any) -> Any:
        """One result of the rule.

        Raises:
          ValueError: if it is not of the type of a cotangent of the argument.
        """
        if cotangent is None or not issubdtype(aval.dtype, np.inexact):
            return None
        symbolic = isinstance(cotangent, SymbolicZero)
        dtype = cotangent.dtype if symbolic else dtype_of(cotangent)
        if getattr(cotangent, "dtype", None) == float0:
            dtype = float0
        shape = np.shape(cotangent) if not symbolic else cotangent.shape
        # A cotangent of another precision is converted: rules written with NumPy give such.
        alike = dtype == aval.dtype if symbolic else issubdtype(dtype, np.inexact)
        if shape == aval.shape and alike:
            return None if symbolic else cotangent
        places = tree_unflatten(self._in_tree, [object()] * self._in_tree.num_leaves)
        place = keystr(tree_flatten_with_path(places)[0][i][0])
        expected, given = type_text(aval.dtype, aval.shape), type_text(dtype, shape)
        if symbolic:
            raise ValueError(
                "Custom VJP bwd rule produced a SymbolicZero with a shape/dtype that does not "
                f"match the corresponding input tangent shape/dtype: at output{place} the "
                f"SymbolicZero had shape/dtype {given} while the corresponding input had "
                f"shape/dtype {expected}. Consider just returning a None here instead of a "
                "SymbolicZero object."
            )
        raise ValueError(
            "Custom VJP bwd rule must produce an output with the same type as the args tuple of "
            f"the primal function, but at output{place} the bwd rule produced an output of type "
            f"{given} corresponding to an input of type {expected}. The rule is "
            f"{name_of(self._bwd)}."
        )
