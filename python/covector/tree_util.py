"""Trees of values: taking them apart, mapping over them, registering node types.

A tree ("pytree") is a leaf or a container of trees. Tuples, lists, dicts, ``None``,
named tuples, ``OrderedDict``, ``defaultdict`` and registered classes are containers;
everything else is a leaf.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from covector._core.tree import (
    DictKey,
    FlattenedIndexKey,
    GetAttrKey,
    PyTreeDef,
    SequenceKey,
    all_leaves,
    default_registry,
    tree_broadcast,
    tree_flatten,
    tree_flatten_with_path,
    tree_leaves,
    tree_leaves_with_path,
    tree_map,
    tree_map_with_path,
    tree_structure,
    tree_unflatten,
    treedef_children,
    treedef_is_leaf,
    treedef_tuple,
)

# Not public in JAX, but used by libraries and by the rest of this package.
from covector._core.tree import (
    broadcast_flattened_prefix_with_treedef as broadcast_flattened_prefix_with_treedef,
)
from covector._core.tree import broadcast_prefix as broadcast_prefix
from covector._core.tree import dispatch_registry as dispatch_registry
from covector._core.tree import flatten_axes as flatten_axes
from covector._core.tree import none_leaf_registry as none_leaf_registry
from covector._core.tree import tracing_registry as tracing_registry
from covector._tree_errors import equality_errors as equality_errors
from covector._tree_errors import equality_errors_pytreedef as equality_errors_pytreedef
from covector._tree_errors import prefix_errors as prefix_errors
from covector._tree_nodes import (
    KeyEntry,
    KeyPath,
    Partial,
    flatten_one_level,
    flatten_one_level_with_keys,
    is_tree_node,
    keystr,
    register_dataclass,
    register_pytree_node,
    register_pytree_node_class,
    register_pytree_with_keys,
    register_pytree_with_keys_class,
    register_static,
)
from covector._tree_nodes import _registry as _registry

__all__ = [
    "DictKey",
    "FlattenedIndexKey",
    "GetAttrKey",
    "KeyEntry",
    "KeyPath",
    "Partial",
    "PyTreeDef",
    "SequenceKey",
    "all_leaves",
    "default_registry",
    "flatten_one_level",
    "flatten_one_level_with_keys",
    "is_tree_node",
    "keystr",
    "register_dataclass",
    "register_pytree_node",
    "register_pytree_node_class",
    "register_pytree_with_keys",
    "register_pytree_with_keys_class",
    "register_static",
    "tree_all",
    "tree_broadcast",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_with_path",
    "tree_reduce",
    "tree_reduce_associative",
    "tree_structure",
    "tree_transpose",
    "tree_unflatten",
    "treedef_children",
    "treedef_is_leaf",
    "treedef_tuple",
]

T = TypeVar("T")


class _Unspecified:
    def __repr__(self) -> str:
        return "<unspecified>"


_unspecified: Any = _Unspecified()


def tree_reduce(
    function: Callable[[T, Any], T],
    tree: Any,
    initializer: Any = _unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """Folds the leaves from the left, as ``functools.reduce`` does.

    >>> tree_reduce(lambda x, y: 10 * x + y, [1, (2, 3)])
    123
    """
    leaves = tree_leaves(tree, is_leaf)
    if initializer is _unspecified:
        return functools.reduce(function, leaves)
    return functools.reduce(function, leaves, initializer)


def tree_reduce_associative(
    operation: Callable[[T, T], T],
    tree: Any,
    *,
    identity: Any = _unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """Folds the leaves pairwise: a tree of operations of logarithmic depth.

    >>> tree_reduce_associative(lambda x, y: f'({x} {y})', ['a', 'b', ('c', 'd')])
    '((a b) (c d))'
    """
    leaves = tree_leaves(tree, is_leaf)
    if not leaves:
        if identity is _unspecified:
            raise TypeError("a tree without leaves can be reduced only if `identity` is given")
        return identity

    def fold(start: int, stop: int) -> T:
        if stop - start == 1:
            return leaves[start]
        middle = (start + stop) // 2
        return operation(fold(start, middle), fold(middle, stop))

    return fold(0, len(leaves))


def tree_all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether every leaf is true.

    >>> tree_all([True, {'a': 1}]), tree_all([True, (0,)])
    (True, False)
    """
    return all(tree_leaves(tree, is_leaf))


def tree_transpose(
    outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any
) -> Any:
    """Turns a tree of trees inside out.

    Where no inner structure is given, it is that of the first inner tree.

    >>> outer = tree_structure([0, 0])
    >>> tree_transpose(outer, None, [{'a': 1, 'b': 2}, {'a': 3, 'b': 4}])
    {'a': [1, 3], 'b': [2, 4]}
    """
    leaves, treedef = tree_flatten(pytree_to_transpose)
    if inner_treedef is None:
        inner_treedef = tree_structure(outer_treedef.flatten_up_to(pytree_to_transpose)[0])
    inner_size = inner_treedef.num_leaves
    if treedef.num_leaves != inner_size * outer_treedef.num_leaves:
        expected = outer_treedef.compose(inner_treedef)
        raise TypeError(f"Mismatch\n{treedef}\n != \n{expected}")
    columns = [outer_treedef.unflatten(leaves[i::inner_size]) for i in range(inner_size)]
    return inner_treedef.unflatten(columns)


def build_tree(treedef: PyTreeDef, xs: Any) -> Any:
    """A tree with the structure ``treedef`` from nested iterables.

    >>> build_tree(tree_structure([0, {'a': 0}]), (1, (2,)))
    [1, {'a': 2}]
    """
    return treedef.from_iterable_tree(xs)


def treedef_is_strict_leaf(treedef: PyTreeDef) -> bool:
    """Whether a structure is a single leaf; not so for an empty node."""
    return treedef.num_nodes == 1 and treedef.num_leaves == 1
