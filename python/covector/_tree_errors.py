"""Where two trees differ, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from covector._core import tree as _tree
from covector._core.tree import PyTreeDef, tree_structure
from covector._tree_nodes import KeyPath, flatten_one_level_with_keys


def prefix_errors(
    prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> list[Callable[[str], ValueError]]:
    """Why one tree is no prefix of another: for each place, a function from a name for
    the prefix to an error.

    >>> error, = prefix_errors([1, [2]], [1, 2])
    >>> print(error('in_axes'))  # doctest: +ELLIPSIS
    pytree structure error: different types at key path
        in_axes[1]
    ...
    """
    mismatches = _tree.prefix_mismatches(prefix_tree, full_tree, is_leaf)

    def error(parts: Sequence[str]) -> Callable[[str], ValueError]:
        return lambda name: ValueError(name.join(parts))

    return [error(parts) for parts in mismatches]


def equality_errors(
    tree1: Any, tree2: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Iterable[tuple[KeyPath, str, str, str]]:
    """Where two trees differ in structure: (key path, what is in the first, what is in the
    second, why that is a difference).

    >>> list(equality_errors([1, (2,)], [1, (2, 3)]))
    [((SequenceKey(idx=1),), 'tuple of length 1', 'tuple of length 2', 'the lengths do not match')]
    """
    yield from _differences((), tree1, tree2, is_leaf)


class _Leaf:
    """What stands for a leaf when structures are compared."""


def equality_errors_pytreedef(
    tree1: PyTreeDef, tree2: PyTreeDef
) -> Iterable[tuple[KeyPath, str, str, str]]:
    """As ``equality_errors``, of two structures."""
    leaf = _Leaf()
    return equality_errors(
        tree1.unflatten([leaf] * tree1.num_leaves), tree2.unflatten([leaf] * tree2.num_leaves)
    )


def _describe_type(tree: Any) -> str:
    return "pytree leaf" if isinstance(tree, _Leaf) else str(type(tree))


def _differences(path: KeyPath, a: Any, b: Any, is_leaf: Any) -> Iterable[Any]:
    structures = (tree_structure(a, is_leaf), tree_structure(b, is_leaf))
    if all(s.num_nodes == s.num_leaves == 1 for s in structures):
        return
    if type(a) is not type(b):
        yield path, _describe_type(a), _describe_type(b), "their Python types differ"
        return
    (pairs_a, aux_a), (pairs_b, aux_b) = map(flatten_one_level_with_keys, (a, b))
    pairs_a, pairs_b = tuple(pairs_a), tuple(pairs_b)
    if len(pairs_a) != len(pairs_b):
        yield (path, *_arity_difference(a, b, pairs_a, pairs_b))
        return
    if aux_a != aux_b:
        yield (
            path,
            f"{type(a)} with pytree metadata {aux_a}",
            f"{type(b)} with pytree metadata {aux_b}",
            "the pytree node metadata does not match",
        )
        return
    for (key, child_a), (_, child_b) in zip(pairs_a, pairs_b):
        yield from _differences((*path, key), child_a, child_b, is_leaf)


def _arity_difference(a: Any, b: Any, pairs_a: Any, pairs_b: Any) -> tuple[str, str, str]:
    if isinstance(a, (list, tuple)):
        name = type(a).__name__
        return (
            f"{name} of length {len(a)}",
            f"{name} of length {len(b)}",
            "the lengths do not match",
        )
    why = "the numbers of children do not match"
    keys_a, keys_b = ([getattr(k, "key", k) for k, _ in p] for p in (pairs_a, pairs_b))
    only = [k for k in keys_a if k not in keys_b] + [k for k in keys_b if k not in keys_a]
    if only:
        why += f", with the symmetric difference of key sets: {{{' '.join(map(repr, only))}}}"
    return (_count_children(a, pairs_a), _count_children(b, pairs_b), why)


def _count_children(tree: Any, pairs: Any) -> str:
    return f"{type(tree)} with {len(pairs)} child{'ren' if len(pairs) > 1 else ''}"
