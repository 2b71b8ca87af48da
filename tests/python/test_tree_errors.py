"""Misuse of trees: the class of JAX's error, and where it matters its text."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from covector import tree_util
from python.tree_samples import Box, Empty, Keyed, Layer, OrderedDict, Point, both, defaultdict


class Opaque:
    def __init__(self, name="opaque"):
        self.name = name

    def __repr__(self):
        return self.name


def assert_same_error(f, *, text=True):
    r = both(f)
    assert isinstance(r.theirs, Exception), r.theirs
    assert type(r.ours) is type(r.theirs), repr(r.ours)
    if text:
        assert str(r.ours) == str(r.theirs)


UP_TO = [
    ([1, 2], [7]),
    ((1,), (7, 8)),
    ({"a": 1}, {"a": 7, "b": 8}),
    ({"a": 1}, {"b": 7}),
    ({"b": 1, "a": 2}, {"d": 7, "c": 8}),
    ({1: 1}, {"b": 7}),
    ([1], {"a": 7}),
    ([1], (7,)),
    ((1,), [7]),
    ((1,), 3),
    ({"a": 1}, [7]),
    ({"a": 1}, OrderedDict(a=7)),
    ([{"a": (1,)}], [{"a": [7]}]),
    ([Point(1, 2)], [(1, 2)]),
    (Point(1, 2), 3),
    (Point(1, 2), Empty()),
    (Box(1, aux=2), Box(1, aux=3)),
    (Box(1, aux=2), Box(1, 2, aux=2)),
    (Box(1, aux=2), Box(1, 2, aux=3)),
    (Box(1, aux=2), 3),
    (Box(1), Keyed(1)),
    (Layer(1, 2), 3),
    (Layer(1, 2), Layer(1, 2, "other")),
    (OrderedDict(a=1), {"a": 1}),
    (OrderedDict(a=1, b=2), OrderedDict(b=1, a=2)),
    (defaultdict(int, a=1), defaultdict(float, a=2)),
    (defaultdict(int, a=1), defaultdict(int, b=2)),
]


@pytest.mark.parametrize(("prefix", "x"), UP_TO, ids=range(len(UP_TO)))
class TestMismatch:
    def test_flatten_up_to(self, prefix, x):
        def flatten_up_to(m):
            return m.tree_structure(prefix).flatten_up_to(x)

        # The text shows aux data of the two as their nodes print.
        assert_same_error(flatten_up_to, text=not isinstance(prefix, Point))

    def test_map(self, prefix, x):
        names_fields = isinstance(prefix, Point)  # JAX repeats the first field
        assert_same_error(lambda m: m.tree_map(max, prefix, x), text=not names_fields)
        assert_same_error(lambda m: m.tree_map_with_path(max, [prefix], [x]), text=not names_fields)

    def test_broadcast(self, prefix, x):
        assert_same_error(lambda m: m.tree_broadcast({"k": prefix}, {"k": x}), text=False)


def test_none_is_no_prefix():
    r = both(lambda m: m.tree_structure((None,)).flatten_up_to((3,)))
    assert type(r.ours) is type(r.theirs) is ValueError
    assert str(r.ours).splitlines()[0] == str(r.theirs).splitlines()[0] == "Expected None, got 3."
    assert "is_leaf=lambda x: x is None" in str(r.ours)


PREFIXES = [
    ((1, 2), [1, 2]),
    (((1,), (2,)), ([3], (4,))),
    (((1,), (2,)), ([3], [4])),
    ((1,), (2, 3)),
    ([1], [2, 3]),
    ({"hi": 1}, {"hi": 2, "bye": 3}),
    ([[1], [2]], [[3, 4], [5, 6]]),
    ({1: 2}, {3: 4}),
    ([{1: 2}, {3: 4}], [{3: 4}, {5: 6}]),
    (Box(1, [2]), Box(3, 4)),
    (Keyed(1, [2]), Keyed(3, 4)),
    ((1, 2), ((11, 12, 13), 2)),
    ({}, {"a": []}),
    ({"{oops}": {"{a}": 1}}, {"{oops}": {"{b}": 1}}),
    ({"a": Box(1, aux="x\ny")}, {"a": Box(1, aux="x\nz")}),
    (Layer(1, [2]), Layer(1, (2,))),
    (Layer((1, 2), 2), Layer((1, 2, 3), 2)),
    (OrderedDict(a=1), OrderedDict(b=1)),
    (None, None),
    ([None], [1]),
]


@pytest.mark.parametrize(("prefix", "full"), PREFIXES, ids=range(len(PREFIXES)))
def test_prefix_errors(prefix, full):
    ours = tree_util.prefix_errors(prefix, full)
    theirs = jax._src.tree_util.prefix_errors(prefix, full)
    assert [str(e("in_axes")) for e in ours] == [str(e("in_axes")) for e in theirs]
    assert all(type(e("in_axes")) is ValueError for e in ours)


def test_prefix_errors_go_around_leaves():
    def is_leaf(x):
        return isinstance(x, list)

    assert tree_util.prefix_errors(([1], (2,)), (3, (4,)), is_leaf) == []
    (error,) = tree_util.prefix_errors(([1], (2,)), (3, (4, 5)), is_leaf)
    assert "name[1]" in str(error("name"))


def test_prefix_errors_with_keys_that_have_no_sets():
    class Unhashable:
        __hash__ = None

        def __str__(self):
            return "odd"

    class Node:
        def __init__(self, n):
            self.n = n

    key = Unhashable()
    tree_util.register_pytree_with_keys(
        Node, lambda x: ([(key, i) for i in range(x.n)], None), lambda _, c: Node(len(c))
    )
    (error,) = tree_util.prefix_errors(Node(1), Node(2))
    assert str(error("t")).endswith("with 2 child keys\n    odd odd\n")


def test_equality_errors():
    for x, y in [*PREFIXES, ({"a": 1}, {"b": 1}), ([1, (2,)], [1, (2, 3)]), (1, 2)]:
        if isinstance(x, dict) and len(x) + 1 == len(y):
            continue  # the order of the keys in JAX's text is that of a set
        ours = list(tree_util.equality_errors(x, y))
        theirs = list(jax._src.tree_util.equality_errors(x, y))
        assert [e[1:] for e in ours] == [e[1:] for e in theirs]
        paths = [[tuple(map(repr, e[0])) for e in errors] for errors in (ours, theirs)]
        assert paths[0] == paths[1]
    s = tree_util.tree_structure
    ((path, *text),) = tree_util.equality_errors_pytreedef(s({"a": [1]}), s({"a": 1}))
    assert tree_util.keystr(path) == "['a']"
    assert text == ["<class 'list'>", "pytree leaf", "their Python types differ"]


def test_flatten_axes():
    s = tree_util.tree_structure
    args = ({"w": 1, "b": [2, 3]}, 4)
    assert tree_util.flatten_axes("in_axes", s(args), (None, 0)) == [None, None, None, 0]
    axes = ({"w": 0, "b": [None, 1]}, None)
    assert tree_util.flatten_axes("in_axes", s(args), axes) == [None, 1, 0, None]
    assert tree_util.flatten_axes("in_axes", s(args), 2) == [2, 2, 2, 2]
    assert tree_util.flatten_axes("in_axes", s((None, [1])), (0, 1)) == [1]
    with pytest.raises(ValueError, match="in_axes specification must be a tree prefix") as e:
        tree_util.flatten_axes("in_axes", s((args, {})), (({"w": 0}, None), 0), kws=True)
    assert "in_axes[0]" in str(e.value)
    assert "(1 found)" in str(e.value)
    with pytest.raises(ValueError, match="in a singleton tuple"):
        tree_util.flatten_axes("in_axes", s(([1, 2],)), [0, 1], tupled_args=True)


def test_wrong_numbers_of_leaves():
    for leaves in ([], [1], [1, 2, 3]):
        assert_same_error(lambda m, leaves=leaves: m.tree_structure((1, 2)).unflatten(leaves))
        assert_same_error(
            lambda m, leaves=leaves: m.tree_structure((1, 2)).walk(lambda *a: a, abs, leaves)
        )
    assert_same_error(lambda m: m.tree_structure((1, 2)).from_iterable_tree([1]))
    assert_same_error(lambda m: m.tree_structure((1, 2)).from_iterable_tree(1))
    for bad in (3, None):
        assert_same_error(lambda m, bad=bad: m.tree_structure(1).unflatten(bad), text=False)


def test_dict_keys_that_cannot_be_sorted():
    for x in ({"a": 1, 2: 3}, {1j: 1, 2j: 2}, {Opaque(): 1, Opaque(): 2}):
        assert_same_error(lambda m, x=x: m.tree_flatten(x))
        assert_same_error(lambda m, x=x: m.tree_flatten(defaultdict(int, x)))
    with pytest.raises(ValueError, match="Comparator") as e:
        tree_util.tree_leaves({"a": 1, 2: 3})
    assert isinstance(e.value.__cause__, TypeError)


@pytest.mark.parametrize("result", ["hello", (1, 2, 3), (7, 7), None, ([1], 2, 3), (None, 1)])
def test_flatten_functions_that_return_nonsense(result):
    def flatten(m):
        class Bad:
            pass

        m.register_pytree_node(Bad, lambda _: result, lambda aux, c: Bad())
        return m.tree_flatten(Bad())

    assert_same_error(flatten)


@pytest.mark.parametrize("pairs", [[1], [(1, 2, 3)], ["ab"], [(1,)]])
def test_keys_that_are_nonsense(pairs):
    class Bad:
        pass

    tree_util.register_pytree_with_keys(Bad, lambda _: (pairs, None), lambda a, c: Bad())
    with pytest.raises(ValueError, match=r"to_iterable_with_keys .* \(key, child\) pair"):
        tree_util.tree_flatten_with_path(Bad())


def test_is_leaf_that_returns_no_bool():
    for result in (1, [], "yes", np.bool_(True)):
        assert_same_error(lambda m, r=result: m.tree_flatten([1], lambda _: r))
        assert_same_error(lambda m, r=result: m.tree_map(abs, [1], is_leaf=lambda _: r))
    assert_same_error(lambda m: m.tree_flatten([1], 3), text=False)
    r = both(lambda m: m.tree_leaves([[1]], lambda _: None))
    assert r.ours == r.theirs == [1]


def test_registering_twice():
    def twice(m):
        class A:
            def __init__(self, x):
                pass

            x = 1

        m.register_dataclass(A, ["x"], [])
        m.register_pytree_node(A, max, max)

    assert_same_error(twice)
    assert_same_error(lambda m: m.register_dataclass(Layer))
    for t in (list, dict, tuple, type(None), OrderedDict):
        assert_same_error(lambda m, t=t: m.register_pytree_node(t, max, max))
    for t in (3, "int"):
        with pytest.raises(TypeError):
            tree_util.register_pytree_node(t, max, max)
    assert_same_error(lambda m: m.register_pytree_node(Opaque, None, None), text=False)
    assert not tree_util.is_tree_node(Opaque)


def test_wrong_fields():
    @dataclasses.dataclass
    class A:
        x: int
        y: int = dataclasses.field(default=0, init=False)

    assert_same_error(lambda m: m.register_dataclass(A), text=False)
    assert_same_error(lambda m: m.register_dataclass(Opaque))
    assert_same_error(lambda m: m.register_dataclass(A, data_fields=["x"]))
    assert_same_error(lambda m: m.register_dataclass(Opaque, ["a"], ["a"]))
    assert_same_error(lambda m: m.register_dataclass(A, [], []), text=False)
    assert_same_error(lambda m: m.register_dataclass(A, ["x", "z"], []), text=False)

    def missing(m):
        class B:
            pass

        m.register_dataclass(B, ["a"], ["b"])
        return m.tree_flatten(B())

    assert_same_error(missing)


def test_equality_that_fails():
    array = jnp.arange(2)
    for x in (lambda: Box(aux=array + 0), lambda: Layer(1, 2, name=array + 0)):
        assert_same_error(lambda m, x=x: m.tree_structure(x()) == m.tree_structure(x()))
    with pytest.raises(ValueError, match="metadata") as e:
        assert tree_util.tree_structure(Box(aux=array)) == tree_util.tree_structure(
            Box(aux=array + 0)
        )
    assert isinstance(e.value.__cause__, ValueError)
    d = tree_util.tree_structure(Box(aux=array))
    assert d == tree_util.tree_structure(Box(aux=array))
    assert hash(d) == hash(tree_util.tree_structure(Box(aux=array + 1)))


def test_errors_of_callbacks_come_out_as_they_are():
    class Boom(Exception):
        pass

    def boom(*_):
        raise Boom

    class Node:
        pass

    tree_util.register_pytree_node(Node, boom, boom)
    good = tree_util.tree_structure
    for f in (
        lambda: tree_util.tree_map(boom, [1, 2]),
        lambda: tree_util.tree_map_with_path(boom, [1, 2]),
        lambda: tree_util.tree_leaves([1], boom),
        lambda: tree_util.tree_leaves([{"a": Node()}]),
        lambda: tree_util.tree_leaves_with_path([{"a": Node()}]),
        lambda: good([1]).walk(boom, None, [1]),
        lambda: good([1]).unflatten(boom() for _ in [1]),
        lambda: good([1]).from_iterable_tree(boom() for _ in [1]),
    ):
        with pytest.raises(Boom):
            f()


def test_arguments():
    for f in (
        lambda m: m.tree_flatten(),
        lambda m: m.tree_flatten([1], None, 3),
        lambda m: m.tree_flatten([1], leaf=None),
        lambda m: m.tree_map(),
        lambda m: m.tree_map(abs),
        lambda m: m.tree_map(abs, f=abs),
        lambda m: m.tree_map(3, [1]),
        lambda m: m.tree_map(lambda: 1, [1]),
        lambda m: m.all_leaves(3),
        lambda m: m.tree_reduce(max, []),
        lambda m: m.tree_reduce_associative(max, []),
        lambda m: m.tree_transpose(m.tree_structure([1]), m.tree_structure((1, 2)), [1]),
        lambda m: m.tree_transpose(m.tree_structure([1, 2]), None, [1]),
        lambda m: m.flatten_one_level(1),
        lambda m: m.flatten_one_level_with_keys("a"),
        lambda m: m.keystr(3),
    ):
        assert_same_error(f, text=False)
    with pytest.raises(TypeError, match="expected a PyTreeDef, got 3 of type int"):
        tree_util.tree_unflatten(3, [])
    with pytest.raises(TypeError, match="PyTreeDef"):
        tree_util.treedef_tuple([1])


def test_nodes_from_wrong_data():
    registry = tree_util.default_registry
    make = tree_util.PyTreeDef.from_node_data_and_children
    leaf = tree_util.tree_structure(0)
    for data, children, error in [
        ((int, "aux"), [leaf], RuntimeError),
        ((dict, ["a"]), [], RuntimeError),
        ((dict, None), [], TypeError),
        ((OrderedDict, ("a", "b")), [leaf], RuntimeError),
        ((defaultdict, 3), [leaf], TypeError),
        (3, [], TypeError),
        ((list,), [], TypeError),
        (None, [leaf], RuntimeError),
        ((list, None), [3], TypeError),
    ]:
        with pytest.raises(error):
            make(registry, data, children)
    for data in ((Layer, ("n",)), (Layer, ())):
        with pytest.raises((ValueError, TypeError)):
            make(registry, data, [leaf]).unflatten([1])


def test_deep_trees_are_an_error():
    x = 0
    for _ in range(100_000):
        x = [x]
    for f in (
        tree_util.tree_flatten,
        tree_util.tree_leaves,
        tree_util.tree_leaves_with_path,
        lambda t: tree_util.tree_map(abs, t),
        lambda t: tree_util.flatten_axes("axes", tree_util.tree_structure(0), t),
    ):
        with pytest.raises(RecursionError):
            f(x)
    d = tree_util.tree_structure(0)
    with pytest.raises(RecursionError):
        functools.reduce(lambda d, _: tree_util.treedef_tuple([d]), range(100_000), d)
    # What is not too deep works in every way.
    y = 0
    for _ in range(900):
        y = [y]
    leaves, d = tree_util.tree_flatten(y)
    assert tree_util.tree_structure(d.unflatten(leaves)) == d
    assert repr(d) == f"PyTreeDef({'[' * 900}*{']' * 900})"
    assert d.flatten_up_to(y) == [0]
    assert hash(d) == hash(tree_util.tree_structure(y))


def test_too_many_nodes_are_an_error():
    d = tree_util.tree_structure((0,) * 1024)
    with pytest.raises(OverflowError):
        functools.reduce(lambda d, _: d.compose(d), range(10), d)
