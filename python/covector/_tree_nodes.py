"""Node types of trees: looking at a node, registering classes, Partial."""

from __future__ import annotations

import collections
import dataclasses
import functools
import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from covector._core.tree import (
    DictKey,
    FlattenedIndexKey,
    GetAttrKey,
    SequenceKey,
    default_registry,
)

T = TypeVar("T")
TypeT = TypeVar("TypeT", bound=type)
KeyEntry = TypeVar("KeyEntry", bound=Any)
KeyPath = tuple[KeyEntry, ...]
KeyLeafPair = tuple[KeyEntry, Any]


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
    register_pytree_node(cls, operator.methodcaller("tree_flatten"), cls.tree_unflatten)  # type: ignore[attr-defined]
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
    register_pytree_with_keys(cls, with_keys, cls.tree_unflatten, flatten)  # type: ignore[attr-defined]
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


Partial.__module__ = "covector.tree_util"  # its public name is the one in pickles
register_pytree_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)
