"""Trees in a form that JSON can hold, and the classes of nodes that users register for it."""

import base64
import collections
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from covector.tree_util import PyTreeDef, default_registry

T = TypeVar("T")


class _Node(NamedTuple):
    """How nodes of a class are stored."""

    type: type
    name: str
    store: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


_BY_TYPE: dict[type, _Node] = {}
_BY_NAME: dict[str, _Node] = {}
_PLAIN = {"tuple": tuple, "list": list, "dict": dict, "none": type(None)}


def _is_namedtuple(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def register_pytree_node_serialization(
    nodetype: type[T],
    *,
    serialized_name: str,
    serialize_auxdata: Callable[[Any], bytes],
    deserialize_auxdata: Callable[[bytes], Any],
    from_children: Callable[[Any, Sequence[Any]], Any] | None = None,
) -> type[T]:
    """Lets exported functions with trees that have nodes of this class be serialized.

    Args:
      nodetype: a class that is registered with `tree_util.register_pytree_node`.
      serialized_name: what stands for it in the stored form.
      serialize_auxdata: the bytes of a node's auxiliary data.
      deserialize_auxdata: the auxiliary data of these bytes.
      from_children: a node of its auxiliary data and children; only needed, and only called, by
        JAX.

    Returns:
      The class.

    Raises:
      ValueError: if the class or the name is registered already, or nodes of the class have not
        been registered.

    >>> import covector
    >>> @covector.tree_util.register_static
    ... class Unit:
    ...     def __eq__(self, other): return isinstance(other, Unit)
    ...     def __hash__(self): return 0
    >>> covector.export.register_pytree_node_serialization(
    ...     Unit, serialized_name="Unit", serialize_auxdata=lambda aux: b"",
    ...     deserialize_auxdata=lambda stored: Unit()) is Unit
    True
    """
    if from_children is None and _is_namedtuple(nodetype):
        raise ValueError(
            "If `from_children` is not present, you must call first "
            f"`jax.tree_util.register_pytree_node` for {nodetype}; for a namedtuple there is "
            "register_namedtuple_serialization."
        )
    if nodetype in _BY_TYPE:
        raise ValueError(
            f"Duplicate serialization registration for type `{nodetype}`: it is registered as "
            f"{_BY_TYPE[nodetype].name}"
        )
    if serialized_name in _BY_NAME:
        raise ValueError(
            "Duplicate serialization registration for serialized_name "
            f"`{serialized_name}`: it is that of {_BY_NAME[serialized_name].type}"
        )
    node = _Node(nodetype, serialized_name, serialize_auxdata, deserialize_auxdata)
    _BY_TYPE[nodetype] = _BY_NAME[serialized_name] = node
    return nodetype


def register_namedtuple_serialization(nodetype: type[T], *, serialized_name: str) -> type[T]:
    """Lets exported functions with trees that have such named tuples be serialized.

    Args:
      nodetype: a class made by `collections.namedtuple` or derived from `typing.NamedTuple`.
      serialized_name: what stands for it in the stored form.

    Raises:
      ValueError: if it is no named tuple, or the class or the name is registered already.

    >>> import collections, covector
    >>> Point = collections.namedtuple("Point", "x y")
    >>> covector.export.register_namedtuple_serialization(Point, serialized_name="Point") is Point
    True
    """
    if not _is_namedtuple(nodetype):
        raise ValueError(
            f"Use `register_pytree_node_serialization` for types other than named "
            f"tuples, such as {nodetype}"
        )
    return register_pytree_node_serialization(
        nodetype,
        serialized_name=serialized_name,
        serialize_auxdata=lambda aux: b"",
        deserialize_auxdata=lambda stored: nodetype,
        from_children=lambda aux, children: nodetype(*children),
    )


register_pytree_node_serialization(
    collections.OrderedDict,
    serialized_name="OrderedDict",
    serialize_auxdata=lambda keys: "\n".join(_string_keys(keys)).encode(),
    deserialize_auxdata=lambda stored: tuple(stored.decode().split("\n")) if stored else (),
)


def _string_keys(keys: Sequence[Any]) -> Sequence[str]:
    if not all(isinstance(key, str) for key in keys):
        raise TypeError(
            f"Serialization is supported only for dictionaries with string keys, got {keys}"
        )
    return keys


def store_tree(tree: PyTreeDef) -> Any:
    """The tree as lists and strings.

    Raises:
      ValueError: if a node is of a class that is not registered for it.
      TypeError: if a dictionary has keys that are no strings.
    """
    if tree.num_nodes == 1 and tree.num_leaves == 1:
        return "*"
    data = tree.node_data()
    if data is None:
        return ["none", None]
    cls, aux = data
    children = [store_tree(child) for child in tree.children()]
    for name, plain in _PLAIN.items():
        if cls is plain:
            return [name, _string_keys(list(aux)) if cls is dict else None, *children]
    if cls not in _BY_TYPE:
        raise ValueError(
            f"Cannot serialize a tree with a node of the unregistered type {cls}: use "
            "jax.export.register_pytree_node_serialization or register_namedtuple_serialization."
        )
    node = _BY_TYPE[cls]
    stored = base64.b64encode(node.store(aux)).decode()
    return ["registered", [node.name, stored], *children]


def load_tree(stored: Any) -> PyTreeDef:
    """The tree of what `store_tree` gave.

    Raises:
      ValueError: if it has a node of a class that is not registered here.
    """
    make = PyTreeDef.from_node_data_and_children
    if stored == "*":
        return make(default_registry, None, [])
    kind, data, *rest = stored
    children = [load_tree(child) for child in rest]
    if kind != "registered":
        return make(default_registry, (_PLAIN[kind], data), children)
    name, aux = data
    if name not in _BY_NAME:
        raise ValueError(
            f"Cannot deserialize a tree with a node of the unregistered type {name!r}: use "
            "jax.export.register_pytree_node_serialization."
        )
    node = _BY_NAME[name]
    return make(default_registry, (node.type, node.load(base64.b64decode(aux))), children)
