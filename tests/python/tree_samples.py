"""Trees and node types that are registered with both Covector and JAX."""

import collections
import dataclasses
import enum
import functools
from types import SimpleNamespace
from typing import Any

import jax
from hypothesis import strategies as st

from covector import tree_util

BOTH = (tree_util, jax.tree_util)


class Point(collections.namedtuple("Point", ("x", "y"))):
    __slots__ = ()


Empty = collections.namedtuple("Empty", ())


class Box:
    """A custom node: any number of children and aux data."""

    def __init__(self, *children: Any, aux: Any = None) -> None:
        self.children, self.aux = children, aux

    def __repr__(self) -> str:
        return f"Box{self.children}[{self.aux}]"

    def __eq__(self, other: object) -> bool:
        return type(other) is Box and (self.children, self.aux) == (other.children, other.aux)

    __hash__ = None  # type: ignore[assignment]


class Keyed(Box):
    """A custom node with keys."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return type(other) is Keyed and self.children == other.children


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any
    name: Any = dataclasses.field(default="layer", metadata={"static": True})


@dataclasses.dataclass(frozen=True)
class Frozen:
    data: Any


class Static(str):
    pass


class Color(enum.Enum):
    RED = 1


class Word(str):
    """A str that is not exactly a str."""


for library in BOTH:
    library.register_pytree_node(
        Box, lambda b: (b.children, b.aux), lambda aux, c: Box(*c, aux=aux)
    )
    library.register_pytree_with_keys(
        Keyed,
        lambda b, m=library: (
            [(m.GetAttrKey(f"c{i}"), c) for i, c in enumerate(b.children)],
            None,
        ),
        lambda _, c: Keyed(*c),
    )
    library.register_dataclass(Layer)
    library.register_dataclass(Frozen)
    library.register_static(Static)


def function(x: Any) -> Any:
    return x


OrderedDict, defaultdict = collections.OrderedDict, collections.defaultdict

TREES = [
    1,
    "leaf",
    None,
    (),
    [],
    {},
    (None,),
    ((),),
    (1,),
    (1, 2),
    [1, [2, [3, [4]]]],
    ((1, "foo"), ["bar", (3, None, 7)]),
    {"a": 1, "b": (2, [3])},
    {"b": 1, "a": 2, "c": {"z": 1, "y": 2}},
    {"é": 1, "z": 2, "漢": 3, "🙂": 4, "a": 5},
    {i: i for i in (3, 1, 2)},
    {(2, 1): 1, (1, 2): 2},
    {1: 1, 0.5: 2, True + 1: 3},
    {Word("b"): 1, Word("a"): 2},
    {b"b": 1, b"a": 2},
    {None: 1},
    {f"key{i}": i for i in range(40)},
    {f"key{i}": {"w": i, "b": [i]} for i in reversed(range(20))},
    Point(1, [2, 3]),
    Point(Point(1, None), Empty()),
    OrderedDict(b=1, a=[2]),
    OrderedDict(),
    defaultdict(list, b=1, a=(2, 3)),
    defaultdict(None, {2: "x", 1: "y"}),
    Box(1, [2], aux="aux"),
    Box(aux=(1, 2)),
    Box(Box(1, aux=[1]), aux={"k": 1}),
    Keyed(1, {"a": 2}),
    Layer(1, [2, 3]),
    Layer(weight={"w": 1}, bias=None, name=("conv", 3)),
    Frozen((1, 2)),
    Static("name"),
    [Static("name"), 1],
    {"a": [1, (2, None)], "b": Point(3, Box(4, Keyed(5), aux=1)), "c": Layer(6, Static("s"))},
    [{1, 2}, "text", b"bytes", 1.5, 2j, object, Color.RED, range(3)],
    (1, *([[i, {"k": i}] for i in range(50)])),
]


def both(f: Any, *args: Any, **kwargs: Any) -> SimpleNamespace:
    """What f(library, ...) does with each library: the result, or the exception."""
    return SimpleNamespace(
        ours=outcome(f, tree_util, *args, **kwargs),
        theirs=outcome(f, jax.tree_util, *args, **kwargs),
    )


def outcome(f: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return e


# --- random trees -------------------------------------------------------------

keys = st.one_of(st.text(max_size=3), st.sampled_from(["w", "b", "kernel", "bias", "layer_0"]))
leaves = st.one_of(st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.booleans())
aux = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.text(max_size=2)
)


def nodes(children: Any) -> Any:
    many = st.lists(children, max_size=4)
    dicts = st.dictionaries(keys, children, max_size=5)
    return st.one_of(
        many,
        many.map(tuple),
        dicts,
        st.dictionaries(st.integers(-4, 4), children, max_size=3),
        dicts.map(OrderedDict),
        dicts.map(functools.partial(defaultdict, int)),
        st.builds(Point, children, children),
        st.builds(lambda c, a: Box(*c, aux=a), many, st.one_of(aux, st.tuples(aux, aux))),
        many.map(lambda c: Keyed(*c)),
        st.builds(Layer, children, children, aux),
    )


trees = st.recursive(st.one_of(leaves, st.none()), nodes, max_leaves=30)
