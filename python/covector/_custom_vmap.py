"""`custom_vmap`: functions that bring their own batching rule."""

import functools
from collections.abc import Callable
from typing import Any

from covector import _core
from covector._custom_arguments import Arguments, forward_attribute
from covector._signature import check_callable, name_of
from covector._staging import stage
from covector.lax import map as lax_map
from covector.tree_util import tree_flatten, tree_map, tree_unflatten

Rule = Callable[..., tuple[Any, Any]]


class custom_vmap:
    """Gives a function a batching rule of its own, in place of the one found by tracing it.

    Derivatives in forward mode go through the rule as well. There is no reverse mode, whose results
    have to be known before the tangents: combine it with `custom_vjp`, or apply `vmap` first.

    Args:
      fun: the function.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> @covector.custom_batching.custom_vmap
    ... def f(x, y):
    ...     return x + y
    >>> @f.def_vmap
    ... def rule(axis_size, in_batched, xs, ys):
    ...     return xs * ys, True
    >>> covector.vmap(f)(jnp.arange(3), jnp.arange(1, 4))
    Array([0, 2, 6], dtype=int32)
    """

    _has_rules = True

    def __init__(self, fun: Callable[..., Any]) -> None:
        """Wraps the function; a rule has to be defined before it is called.

        Raises:
          TypeError: if `fun` is no function.
        """
        check_callable(fun)
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.vmap_rule: Rule | None = None
        self._arguments = Arguments(fun, "custom_vmap")

    __getattr__ = forward_attribute

    def def_vmap(self, vmap_rule: Rule) -> Rule:
        """Defines the batching rule.

        Args:
          vmap_rule: takes the size of the mapped axis, a list with a tree of booleans for each
            argument that says which leaves are mapped, and the arguments; mapped leaves have the
            axis in front. It returns a pair: the value, and a tree of booleans like it that says
            which leaves have the axis in front.

        Returns:
          The rule, so that this is a decorator.
        """
        self.vmap_rule = vmap_rule
        return vmap_rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the function, or the rule where it is mapped.

        Raises:
          AttributeError: if no rule has been defined.
          TypeError: if the arguments do not fit the function's signature, or one is no array.
          ValueError: if the rule returns another tree than it has to.
        """
        args = self._arguments.by_position(args, kwargs)
        if self.vmap_rule is None:
            raise AttributeError(
                f"No batching rule defined for custom_vmap function {name_of(self.fun)} using "
                "def_vmap."
            )
        leaves, in_tree = tree_flatten(args)
        jaxpr, out_tree = stage(self.fun, args, {})
        rule = _FlatRule(self.vmap_rule, in_tree, out_tree)
        out = _core.custom_vmap_call(jaxpr, rule, str(self.vmap_rule), leaves)
        return tree_unflatten(out_tree, out)


class _FlatRule:
    """A rule as the core calls it, with lists of leaves."""

    def __init__(self, rule: Rule, in_tree: Any, out_tree: Any) -> None:
        self._rule, self._in_tree, self._out_tree = rule, in_tree, out_tree

    def __call__(
        self, size: int, values: list[Any], mapped: list[bool]
    ) -> tuple[list[Any], list[bool]]:
        args = tree_unflatten(self._in_tree, values)
        out, out_mapped = self._rule(size, list(tree_unflatten(self._in_tree, mapped)), *args)
        flat, tree = tree_flatten(out)
        flat_mapped, mapped_tree = tree_flatten(out_mapped)
        name = getattr(self._rule, "__name__", "<unnamed rule>")
        if tree != mapped_tree:
            raise ValueError(
                "structure of output value and output batching specification returned by custom "
                f"vmap rule ({name}) do not match.\nOutput values: {tree}\n"
                f"Batching spec: {mapped_tree}"
            )
        if tree != self._out_tree:
            raise ValueError(
                f"structure of output returned by custom vmap rule ({name}) does not match that "
                f"of original custom-vmapped function.\nOriginal output: {self._out_tree}\n"
                f"Rule output: {tree}"
            )
        return flat, [bool(m) for m in flat_mapped]


def sequential_vmap(f: Callable[..., Any]) -> custom_vmap:
    """Makes a function that is called once for each element of a batch, in a loop.

    For functions that cannot be batched, or must not be for the memory that it would take.

    Args:
      f: the function.

    Returns:
      The function, with a batching rule that is a loop (`lax.map`).

    >>> import covector
    >>> import covector.numpy as jnp
    >>> f = covector.custom_batching.sequential_vmap(lambda x: x + 1)
    >>> covector.vmap(f)(jnp.arange(3))
    Array([1, 2, 3], dtype=int32)
    """
    mapped_one_by_one = custom_vmap(f)

    def rule(axis_size: int, in_batched: list[Any], *args: Any) -> tuple[Any, Any]:
        leaves, tree = tree_flatten(args)
        mapped, _ = tree_flatten(in_batched)

        def one(elements: list[Any]) -> Any:
            rest = iter(elements)
            merged = [next(rest) if m else x for m, x in zip(mapped, leaves)]
            return mapped_one_by_one(*tree_unflatten(tree, merged))

        out = lax_map(one, [x for m, x in zip(mapped, leaves) if m])
        return out, tree_map(lambda _: True, out)

    mapped_one_by_one.def_vmap(rule)
    return mapped_one_by_one
