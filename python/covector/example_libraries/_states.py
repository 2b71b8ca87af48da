"""States of optimizers: an optimizer of one array, made one of trees."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from covector.tree_util import register_pytree_node, tree_flatten, tree_unflatten


class OptimizerState(NamedTuple):
    """The states of all leaves.

    Attributes:
      packed_state: the leaves of the state of each parameter.
      tree_def: the structure of the parameters.
      subtree_defs: the structure of each state.
    """

    packed_state: Any
    tree_def: Any
    subtree_defs: Any


register_pytree_node(
    OptimizerState,
    lambda xs: ((xs.packed_state,), (xs.tree_def, xs.subtree_defs)),
    lambda data, xs: OptimizerState(xs[0], data[0], data[1]),
)

Params = Any
State = Any
Updates = Params
Step = int
InitFn = Callable[[Params], OptimizerState]
UpdateFn = Callable[[Step, Updates, OptimizerState], OptimizerState]
ParamsFn = Callable[[OptimizerState], Params]


class Optimizer(NamedTuple):
    """The three functions of an optimizer.

    Attributes:
      init_fn: the state for parameters.
      update_fn: the next state, from the number of the step, gradients and a state.
      params_fn: the parameters in a state.
    """

    init_fn: Any
    update_fn: Any
    params_fn: Any


def optimizer(opt_maker: Callable[..., Any]) -> Callable[..., Optimizer]:
    """Decorates a maker of an optimizer of one array, so that it makes one of trees.

    Args:
      opt_maker: a function that returns `init`, `update` and `get_params` of one array.

    >>> from covector.example_libraries import optimizers
    >>> @optimizers.optimizer
    ... def descent(rate):
    ...     return (lambda x: x), (lambda i, g, x: x - rate * g), (lambda x: x)
    >>> init, update, params = descent(2)
    >>> params(update(0, [1], init([5])))
    [3]
    """

    @functools.wraps(opt_maker)
    def make(*args: Any, **kwargs: Any) -> Optimizer:
        init, update, get_params = opt_maker(*args, **kwargs)

        @functools.wraps(init)
        def init_fn(x0_tree: Any) -> OptimizerState:
            leaves, tree = tree_flatten(x0_tree)
            return _packed([init(x) for x in leaves], tree)

        @functools.wraps(update)
        def update_fn(i: Any, grad_tree: Any, opt_state: OptimizerState) -> OptimizerState:
            grads, grad_structure = tree_flatten(grad_tree)
            if grad_structure != opt_state.tree_def:
                raise TypeError(
                    "optimizer update function was passed a gradient tree that did not match the "
                    "parameter tree structure with which it was initialized: parameter tree "
                    f"{opt_state.tree_def} and grad tree {grad_structure}."
                )
            new = [update(i, g, state) for g, state in zip(grads, _unpacked(opt_state))]
            packed = _packed(new, opt_state.tree_def)
            for old, own in zip(opt_state.subtree_defs, packed.subtree_defs):
                if old != own:
                    raise TypeError(
                        "optimizer update function produced an output structure that did not "
                        f"match its input structure: input {old} and output {own}."
                    )
            return packed

        @functools.wraps(get_params)
        def params_fn(opt_state: OptimizerState) -> Any:
            return tree_unflatten(opt_state.tree_def, map(get_params, _unpacked(opt_state)))

        return Optimizer(init_fn, update_fn, params_fn)

    return make


def _packed(states: list[Any], tree: Any) -> OptimizerState:
    parts = [tree_flatten(state) for state in states]
    leaves, structures = tuple(p[0] for p in parts), tuple(p[1] for p in parts)
    return OptimizerState(leaves, tree, structures)


def _unpacked(opt_state: OptimizerState) -> list[Any]:
    pairs = zip(opt_state.subtree_defs, opt_state.packed_state)
    return [tree_unflatten(structure, leaves) for structure, leaves in pairs]


class JoinPoint:
    """Marks where in a tree the states of single parameters begin."""

    def __init__(self, subtree: Any) -> None:
        """Holds the state of a parameter."""
        self.subtree = subtree

    def __iter__(self) -> Any:
        yield self.subtree


def unpack_optimizer_state(opt_state: OptimizerState) -> Any:
    """The tree of parameters with the state of each in its place, in a `JoinPoint`.

    >>> from covector.example_libraries import optimizers
    >>> state = optimizers.sgd(0.1).init_fn({"x": 1.0})
    >>> optimizers.unpack_optimizer_state(state)["x"].subtree
    1.0
    """
    return tree_unflatten(opt_state.tree_def, map(JoinPoint, _unpacked(opt_state)))


def pack_optimizer_state(marked_pytree: Any) -> OptimizerState:
    """The state of which `unpack_optimizer_state` made this tree.

    >>> from covector.example_libraries import optimizers
    >>> optimizers.pack_optimizer_state({"x": optimizers.JoinPoint(1.0)}).packed_state
    ([1.0],)
    """
    points, tree = tree_flatten(marked_pytree)
    assert all(isinstance(p, JoinPoint) for p in points)
    return _packed([p.subtree for p in points], tree)
