"""Trees of values: taking them apart, mapping over them, registering node types.

A tree ("pytree") is a leaf or a container of trees. Tuples, lists, dicts, ``None``,
named tuples, ``OrderedDict``, ``defaultdict`` and registered classes are containers;
everything else is a leaf.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from covector._core import tree as _tree
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
from covector._core.tree import flatten_axes as flatten_axes
from covector._core.tree import none_leaf_registry as none_leaf_registry

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
TypeT = TypeVar("TypeT", bound=type)
KeyEntry = TypeVar("KeyEntry", bound=Any)
KeyPath = tuple[KeyEntry, ...]
KeyLeafPair = tuple[KeyEntry, Any]


class _Unspecified:
    def __repr__(self) -> str:
        return "<unspecified>"


_unspecified: Any = _Unspecified()


# --- folding, transposing -----------------------------------------------------


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


# --- one level ----------------------------------------------------------------


def is_tree_node(typ: type) -> bool:
    """Whether instances of a type are inner nodes of trees.

    >>> is_tree_node(dict), is_tree_node(int)
    (True, False)
    """
    return default_registry.is_node(typ)


def flatten_one_level(tree: Any) -> tuple[Iterable[Any], Hashable]:
    """The children of the root of a tree, and what the root holds besides them.

    >>> flatten_one_level({'b': [1, 2], 'a': 3})
    ((3, [1, 2]), ('a', 'b'))
    """
    return _or_not_a_node(default_registry.flatten_one_level(tree), tree)


def flatten_one_level_with_keys(tree: Any) -> tuple[Iterable[KeyLeafPair], Hashable]:
    """As ``flatten_one_level``, with children as pairs (key, child).

    >>> flatten_one_level_with_keys([7])
    (((SequenceKey(idx=0), 7),), None)
    """
    return _or_not_a_node(default_registry.flatten_one_level_with_keys(tree), tree)


def _or_not_a_node(parts: Any, tree: Any) -> Any:
    if parts is None:
        raise ValueError(f"can't tree-flatten type: {type(tree)}")
    return parts


def keystr(keys: KeyPath, *, simple: bool = False, separator: str = "") -> str:
    """A key path as text.

    >>> path, _ = tree_leaves_with_path({'layers': [1]})[0]
    >>> keystr(path), keystr(path, simple=True, separator='/')
    ("['layers'][0]", 'layers/0')
    """
    return separator.join(map(_simple_key if simple else str, keys))


def _simple_key(key: Any) -> str:
    if isinstance(key, SequenceKey):
        return str(key.idx)
    if isinstance(key, GetAttrKey):
        return str(key.name)
    return str(key.key if isinstance(key, (DictKey, FlattenedIndexKey)) else key)


# --- registering types --------------------------------------------------------


class _RegistryEntry(NamedTuple):
    to_iter: Callable[[Any], Any]
    from_iter: Callable[[Any, Any], Any]


# Libraries written for JAX look types up here.
_registry: dict[type, _RegistryEntry] = {
    tuple: _RegistryEntry(lambda xs: (xs, None), lambda _, xs: tuple(xs)),
    list: _RegistryEntry(lambda xs: (xs, None), lambda _, xs: list(xs)),
    dict: _RegistryEntry(flatten_one_level, lambda keys, xs: dict(zip(keys, xs))),
    type(None): _RegistryEntry(lambda _: ((), None), lambda _, xs: None),
    collections.OrderedDict: _RegistryEntry(
        flatten_one_level, lambda keys, xs: collections.OrderedDict(zip(keys, xs))
    ),
    collections.defaultdict: _RegistryEntry(
        flatten_one_level, lambda aux, xs: collections.defaultdict(aux[0], zip(aux[1], xs))
    ),
}


def register_pytree_node(
    nodetype: type[T],
    flatten_func: Callable[[T], tuple[Iterable[Any], Any]],
    unflatten_func: Callable[[Any, Any], T],
    flatten_with_keys_func: Callable[[T], tuple[Iterable[KeyLeafPair], Any]] | None = None,
) -> None:
    """Makes the instances of a class inner nodes of trees.

    Args:
      nodetype: the class; exactly it, not its subclasses.
      flatten_func: takes an instance, returns (children, aux data). Aux data becomes a
        part of the structure and should have ``==``.
      unflatten_func: takes (aux data, tuple of children), returns an instance.
      flatten_with_keys_func: like ``flatten_func``, with children as pairs (key, child).

    >>> class Pair:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> register_pytree_node(Pair, lambda p: ((p.x, p.y), None), lambda _, c: Pair(*c))
    >>> tree_leaves(Pair(1, [2, 3]))
    [1, 2, 3]
    """
    default_registry.register_node(nodetype, flatten_func, unflatten_func, flatten_with_keys_func)
    _registry[nodetype] = _RegistryEntry(flatten_func, unflatten_func)


def register_pytree_node_class(cls: TypeT) -> TypeT:
    """Class decorator: registers a class by its own ``tree_flatten`` and ``tree_unflatten``.

    >>> @register_pytree_node_class
    ... class Line:
    ...     def __init__(self, *points):
    ...         self.points = points
    ...     def tree_flatten(self):
    ...         return self.points, None
    ...     @classmethod
    ...     def tree_unflatten(cls, aux_data, children):
    ...         return cls(*children)
    >>> tree_map(lambda x: x + 1, Line(1, 2)).points
    (2, 3)
    """
    register_pytree_node(cls, operator.methodcaller("tree_flatten"), cls.tree_unflatten)
    return cls


def register_pytree_with_keys(
    nodetype: type[T],
    flatten_with_keys: Callable[[T], tuple[Iterable[KeyLeafPair], Any]],
    unflatten_func: Callable[[Any, Any], T],
    flatten_func: Callable[[T], tuple[Iterable[Any], Any]] | None = None,
) -> None:
    """As ``register_pytree_node``, for a class whose children have keys.

    ``flatten_func`` is a faster way where no keys are wanted; it must agree with
    ``flatten_with_keys``.

    >>> class Point:
    ...     def __init__(self, x):
    ...         self.x = x
    >>> register_pytree_with_keys(
    ...     Point, lambda p: (((GetAttrKey('x'), p.x),), None), lambda _, c: Point(*c))
    >>> [keystr(path) for path, _ in tree_leaves_with_path(Point([1, 2]))]
    ['.x[0]', '.x[1]']
    """
    if flatten_func is None:

        def flatten_func(node: T) -> tuple[Iterable[Any], Any]:
            pairs, aux = flatten_with_keys(node)
            return [child for _, child in pairs], aux

    register_pytree_node(nodetype, flatten_func, unflatten_func, flatten_with_keys)


def register_pytree_with_keys_class(cls: TypeT) -> TypeT:
    """Class decorator: registers a class by its own ``tree_flatten_with_keys`` and
    ``tree_unflatten``, and ``tree_flatten`` if it has one.

    >>> @register_pytree_with_keys_class
    ... class Scale:
    ...     def __init__(self, factor):
    ...         self.factor = factor
    ...     def tree_flatten_with_keys(self):
    ...         return ((GetAttrKey('factor'), self.factor),), None
    ...     @classmethod
    ...     def tree_unflatten(cls, aux_data, children):
    ...         return cls(*children)
    >>> keystr(tree_leaves_with_path(Scale(3))[0][0])
    '.factor'
    """
    flatten = operator.methodcaller("tree_flatten") if hasattr(cls, "tree_flatten") else None
    with_keys = operator.methodcaller("tree_flatten_with_keys")
    register_pytree_with_keys(cls, with_keys, cls.tree_unflatten, flatten)
    return cls


def register_dataclass(
    nodetype: TypeT,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> TypeT:
    """Makes the instances of a dataclass inner nodes; a class decorator.

    Args:
      nodetype: a dataclass, or a class that can be made from its fields by keyword.
      data_fields: names of the fields that are children. Default, with ``meta_fields``:
        all fields but those with ``metadata={'static': True}``.
      meta_fields: names of the fields that are part of the structure. They should be
        hashable and have ``==``.
      drop_fields: names of fields that are neither.

    >>> import dataclasses
    >>> @register_dataclass
    ... @dataclasses.dataclass
    ... class Layer:
    ...     weight: float
    ...     name: str = dataclasses.field(metadata={'static': True})
    >>> tree_map(lambda x: 2 * x, Layer(1.5, name='first'))
    Layer(weight=3.0, name='first')
    """
    data, meta = _node_fields(nodetype, data_fields, meta_fields)
    _check_fields(nodetype, data, meta, drop_fields)
    default_registry.register_dataclass_node(nodetype, data, meta)

    def unflatten(meta_values: Any, data_values: Any) -> Any:
        return nodetype(**dict(zip(meta, meta_values)), **dict(zip(data, data_values)))

    _registry[nodetype] = _RegistryEntry(flatten_one_level, unflatten)
    return nodetype


def _node_fields(
    nodetype: type, data_fields: Sequence[str] | None, meta_fields: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    if data_fields is not None and meta_fields is not None:
        return list(data_fields), list(meta_fields)
    if data_fields is not None or meta_fields is not None:
        raise TypeError(
            "register_dataclass: data_fields and meta_fields must both be specified when either "
            f"is specified. Got {data_fields=} {meta_fields=}."
        )
    if not dataclasses.is_dataclass(nodetype):
        raise TypeError(
            "register_dataclass: data_fields and meta_fields are required when nodetype is not a "
            f"dataclass. Got {nodetype=}."
        )
    fields = dataclasses.fields(nodetype)
    static = [f.name for f in fields if f.metadata.get("static", False)]
    return [f.name for f in fields if f.name not in static], static


def _check_fields(
    nodetype: type, data: list[str], meta: list[str], drop_fields: Sequence[str]
) -> None:
    named = {*data, *meta}
    if dataclasses.is_dataclass(nodetype):
        init = {f.name for f in dataclasses.fields(nodetype) if f.init} - set(drop_fields)
        if named != init:
            message = (
                "data_fields and meta_fields must include all dataclass fields with ``init=True`` "
                "and only them."
            )
            if missing := init - named:
                message += f" Missing fields: {missing}. Fields in drop_fields may be missing."
            if unexpected := named - init:
                message += f" Unexpected fields: {unexpected}."
            raise ValueError(message)
    if overlap := set(data) & set(meta):
        raise ValueError(
            f"data_fields and meta_fields must not overlap. Overlapping fields: {overlap}."
        )


def register_static(cls: TypeT) -> TypeT:
    """Class decorator: instances become nodes without leaves, a part of the structure.

    >>> @register_static
    ... class Name(str):
    ...     pass
    >>> tree_flatten([1, Name('x')])
    ([1], PyTreeDef([*, CustomNode(Name[x], [])]))
    """
    register_pytree_with_keys(cls, lambda x: ((), x), lambda x, _: x)
    return cls


# --- Partial ------------------------------------------------------------------


class _HashableCallable:
    """Stands for a callable in a ``Partial``: called, compared and hashed as it is."""

    def __init__(self, fun: Callable[..., Any]):
        self.fun = fun

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fun(*args, **kwargs)

    def __hash__(self) -> int:
        return hash(self.fun)

    def __eq__(self, other: object) -> bool:
        return self.fun == (other.fun if isinstance(other, _HashableCallable) else other)

    def __repr__(self) -> str:
        return f"_HashableCallable({self.fun!r})"


class Partial(functools.partial):
    """``functools.partial`` as an inner node: the arguments are children, the function is static.

    >>> add_one = Partial(lambda x, y: x + y, 1)
    >>> add_one(2), tree_leaves(add_one)
    (3, [1])
    """

    def __new__(klass, func: Callable[..., Any], *args: Any, **kw: Any) -> Partial:
        if not isinstance(func, functools.partial):
            return super().__new__(klass, func, *args, **kw)
        # functools.partial would merge the two, and with them the structures of the trees.
        shim = _HashableCallable(func)
        self = super().__new__(klass, shim, *args, **kw)
        shim.func, shim.args, shim.keywords = func.func, func.args, func.keywords  # type: ignore[attr-defined]
        return self


register_pytree_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)


# --- differences between trees ------------------------------------------------


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
    return [lambda name, parts=parts: ValueError(name.join(parts)) for parts in mismatches]


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
    if all(map(treedef_is_strict_leaf, structures)):
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
