"""Flattening, unflattening and mapping: as JAX does, on the same trees."""

import contextlib
import copy
import inspect
import pickle

import jax
import numpy as np
import pytest
from hypothesis import given, settings

from covector import tree, tree_util
from covector._core import tree as _tree
from python.tree_samples import BOTH, TREES, Box, Keyed, Layer, Point, Static, Word, both, trees

pytestmark = pytest.mark.smoke


def path_strings(pairs):
    return [(tuple(map(repr, path)), leaf) for path, leaf in pairs]


def assert_like_jax(x):
    leaves, treedef = tree_util.tree_flatten(x)
    expected, expected_def = jax.tree_util.tree_flatten(x)
    assert leaves == expected
    assert repr(treedef) == repr(expected_def)
    assert (treedef.num_leaves, treedef.num_nodes) == (
        expected_def.num_leaves,
        expected_def.num_nodes,
    )
    rebuilt = tree_util.tree_unflatten(treedef, leaves)
    assert repr(rebuilt) == repr(jax.tree_util.tree_unflatten(expected_def, expected))
    assert tree_util.tree_structure(rebuilt) == treedef
    assert hash(tree_util.tree_structure(rebuilt)) == hash(treedef)


@pytest.mark.parametrize("x", TREES, ids=range(len(TREES)))
class TestEveryTree:
    def test_flatten(self, x):
        assert_like_jax(x)

    def test_leaves_and_structure_agree_with_flatten(self, x):
        leaves, treedef = tree_util.tree_flatten(x)
        assert tree_util.tree_leaves(x) == leaves
        assert tree_util.tree_structure(x) == treedef

    def test_paths(self, x):
        r = both(lambda m: m.tree_flatten_with_path(x))
        assert path_strings(r.ours[0]) == path_strings(r.theirs[0])
        assert r.ours[1] == tree_util.tree_structure(x)
        assert tree_util.tree_leaves_with_path(x) == r.ours[0]
        for ours, theirs in zip(r.ours[0], r.theirs[0]):
            assert tree_util.keystr(ours[0]) == jax.tree_util.keystr(theirs[0])
            simple = {"simple": True, "separator": "/"}
            assert tree_util.keystr(ours[0], **simple) == jax.tree_util.keystr(theirs[0], **simple)

    def test_map(self, x):
        r = both(lambda m: m.tree_map(lambda *xs: xs, x, x))
        assert repr(r.ours) == repr(r.theirs)
        r = both(lambda m: m.tree_map_with_path(lambda p, *xs: (m.keystr(p), xs), x, x))
        assert repr(r.ours) == repr(r.theirs)

    def test_is_leaf(self, x):
        calls = {m: [] for m in BOTH}

        def flatten(m):
            def is_leaf(y):
                calls[m].append(y)
                return isinstance(y, (tuple, Box))

            return m.tree_flatten(x, is_leaf)

        r = both(flatten)
        assert r.ours[0] == r.theirs[0]
        assert repr(r.ours[1]) == repr(r.theirs[1])
        assert repr(calls[BOTH[0]]) == repr(calls[BOTH[1]])

    def test_is_leaf_with_path(self, x):
        r = both(
            lambda m: m.tree_flatten_with_path(
                x, lambda path, _: len(path) > 1, is_leaf_takes_path=True
            )
        )
        assert path_strings(r.ours[0]) == path_strings(r.theirs[0])

    def test_flatten_up_to_itself(self, x):
        r = both(lambda m: m.tree_structure(x).flatten_up_to(x))
        assert r.ours == r.theirs

    def test_flatten_up_to_deeper_tree(self, x):
        deeper = tree_util.tree_map(lambda leaf: [leaf, {"k": leaf}], x)
        r = both(lambda m: m.tree_structure(x).flatten_up_to(deeper))
        assert r.ours == r.theirs

    def test_children_and_node_data(self, x):
        r = both(lambda m: (m.tree_structure(x).children(), m.tree_structure(x).node_data()))
        assert repr(r.ours) == repr(r.theirs)
        assert tree_util.treedef_children(tree_util.tree_structure(x)) == r.ours[0]

    def test_node_data_makes_the_node_again(self, x):
        d = tree_util.tree_structure(x)
        registry = tree_util.default_registry
        again = tree_util.PyTreeDef.from_node_data_and_children(
            registry, d.node_data(), d.children()
        )
        assert again == d
        assert repr(again) == repr(d)

    def test_one_level(self, x):
        for name in ("flatten_one_level", "flatten_one_level_with_keys"):
            if isinstance(x, tuple) and hasattr(x, "_fields"):
                continue  # JAX repeats the first field here
            r = both(lambda m, name=name: getattr(m, name)(x))
            assert type(r.ours) is type(r.theirs)
            assert repr(r.ours) == repr(r.theirs)

    def test_walk(self, x):
        def walk(m):
            leaves, treedef = m.tree_flatten(x)
            return treedef.walk(lambda *node: node, lambda leaf: [leaf], leaves)

        r = both(walk)
        assert repr(r.ours) == repr(r.theirs)

    def test_compose(self, x):
        r = both(lambda m: m.tree_structure(x).compose(m.tree_structure([1, (2,)])))
        assert repr(r.ours) == repr(r.theirs)
        assert r.ours.num_leaves == r.theirs.num_leaves
        assert r.ours.num_nodes == r.theirs.num_nodes

    def test_transpose(self, x):
        d = tree_util.tree_structure(x)
        if not d.num_leaves:
            pytest.skip("nothing to transpose")
        nested = tree_util.tree_map(lambda leaf: {"a": leaf, "b": [leaf, leaf]}, x)
        inner = tree_util.tree_structure({"a": 0, "b": [0, 0]})
        for inner_def in (inner, None):
            out = tree_util.tree_transpose(d, inner_def, nested)
            assert repr(out) == repr({"a": x, "b": [x, x]}) or tree_util.tree_structure(
                out
            ) == inner.compose(d)

    def test_broadcast(self, x):
        full = tree_util.tree_map(lambda leaf: [leaf, (leaf,)], x)
        r = both(lambda m: m.tree_broadcast(x, full))
        assert repr(r.ours) == repr(r.theirs)
        leaves, treedef = tree_util.tree_flatten(x)
        flat = tree_util.broadcast_flattened_prefix_with_treedef(
            leaves, treedef, tree_util.tree_structure(full)
        )
        assert flat == tree_util.tree_leaves(r.ours) == tree_util.broadcast_prefix(x, full)

    def test_pickle_and_copy(self, x):
        d = tree_util.tree_structure(x)
        for again in (pickle.loads(pickle.dumps(d)), copy.copy(d), copy.deepcopy(d)):
            assert again == d
            assert hash(again) == hash(d)
            assert repr(again) == repr(d)

    def test_iterable_tree(self, x):
        d = tree_util.tree_structure(x)
        if d.num_nodes == d.num_leaves + 1:
            leaves = tree_util.tree_leaves(x)
            assert repr(tree_util.build_tree(d, iter(leaves))) == repr(d.unflatten(leaves))


@given(trees)
@settings(max_examples=300, deadline=None)
def test_random_trees_are_as_jax_sees_them(x):
    assert_like_jax(x)
    r = both(lambda m: m.tree_flatten_with_path(x))
    assert path_strings(r.ours[0]) == path_strings(r.theirs[0])


@given(trees, trees)
@settings(max_examples=300, deadline=None)
def test_random_pairs_are_equal_where_jax_says_so(x, y):
    r = both(lambda m: m.tree_structure(x) == m.tree_structure(y))
    assert r.ours == r.theirs
    if r.ours:
        assert hash(tree_util.tree_structure(x)) == hash(tree_util.tree_structure(y))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ({1: 0}, {True: 0}),
        ({1: 0}, {1.0: 0}),
        ({"a": 0}, {Word("a"): 0}),
        ({2: 0}, {np.int64(2): 0}),
        (Box(aux=1), Box(aux=True)),
        (Box(aux=2), Box(aux=2.0)),
        (Box(aux=0.0), Box(aux=-0.0)),
        (Box(aux=[1]), Box(aux=[1])),
        (Box(aux=(1, [2])), Box(aux=(1, [2]))),
        (Box(aux=(1, 2)), Box(aux=(True, 2.0))),
        (Layer(1, 2, name=1), Layer(1, 2, name=True)),
        (Static("a"), Static("a")),
        ([Box(1, aux="a")] * 3, [Box(1, aux="".join(["a"]))] * 3),
        ({("a", 1): 0}, {("a", 1): 0}),
        ([], ()),
        ([1], (1,)),
        ({"a": 0}, {"b": 0}),
        (Point(1, 2), (1, 2)),
        (Box(aux="a"), Box(aux=b"a")),
        (Box(aux=float("nan")), Box(aux=float("nan"))),
        (Box(1), Keyed(1)),
        (Box(aux=None), Box(aux=())),
        (None, ()),
    ],
)
def test_equality_is_that_of_jax(x, y):
    r = both(lambda m: m.tree_structure(x) == m.tree_structure(y))
    assert r.ours == r.theirs
    assert (tree_util.tree_structure(x) != tree_util.tree_structure(y)) == (not r.ours)
    if r.ours:
        assert hash(tree_util.tree_structure(x)) == hash(tree_util.tree_structure(y))


@pytest.mark.parametrize(
    "aux", [1, True, 1.0, 0.0, -0.0, "a", Word("a"), (1, True), (True, 1), [1]]
)
def test_data_comes_back_as_it_was_given(aux):
    # Equal aux data of several types must not replace each other, however they are shared inside.
    for other in (1, True, 1.0, 0.0, -0.0, "a", Word("a"), (1, 1), (True, True)):
        tree_util.tree_structure([Box(aux=other), {other: 0}])
    out = tree_util.tree_map(lambda x: x, Box(1, aux=aux))
    assert type(out.aux) is type(aux)
    assert repr(out.aux) == repr(aux)
    if isinstance(aux, (int, str)):
        (key,) = tree_util.tree_map(lambda x: x, {aux: 0})
        assert type(key) is type(aux)


def test_equal_structures_are_one_object_inside():
    before = _tree.live_treedef_nodes()
    kept = [tree_util.tree_structure({f"k{i}": i, "x": [1, (2, 3)]}) for i in range(5)]
    made = _tree.live_treedef_nodes() - before
    again = [tree_util.tree_structure({f"k{i}": i, "x": [1, (2, 3)]}) for i in range(5)]
    assert _tree.live_treedef_nodes() - before == made
    assert kept == again


def test_treedefs_are_not_comparable_with_other_things():
    d = tree_util.tree_structure([1])
    assert d != 1
    assert d != "PyTreeDef([*])"
    assert (d == None) is False  # noqa: E711
    with pytest.raises(TypeError):
        d < d  # noqa: B015
    with pytest.raises(TypeError):
        tree_util.PyTreeDef()


def test_treedef_helpers():
    s = tree_util.tree_structure
    assert tree_util.treedef_tuple([s(1), s([2])]) == s((1, [2]))
    assert tree_util.treedef_tuple(iter([])) == s(())
    for x in TREES:
        r = both(lambda m, x=x: m.treedef_is_leaf(m.tree_structure(x)))
        assert r.ours == r.theirs
    assert not tree_util.treedef_is_strict_leaf(s(None))


def test_reductions():
    x = [(1, 2), {"a": [3]}, None]
    assert tree_util.tree_reduce(lambda a, b: a * 10 + b, x) == 123
    assert tree_util.tree_reduce(lambda a, b: a * 10 + b, x, 9) == 9123
    assert tree_util.tree_reduce(lambda a, b: a + b, x, is_leaf=lambda y: y is x) is x
    for n in range(1, 9):
        r = both(lambda m, n=n: m.tree_reduce_associative(lambda a, b: (a, b), list(range(n))))
        assert r.ours == r.theirs
    assert tree_util.tree_reduce_associative(max, [], identity=7) == 7
    assert tree_util.tree_all([True, (1, "x")])
    assert not tree_util.tree_all([True, (0,)])
    assert tree_util.tree_all([])


def test_all_leaves_and_nodes():
    for items in ([], [1, "a"], [1, None], [[1]], [Point(1, 2)], [Static("s")], (1, {})):
        r = both(lambda m, items=items: (m.all_leaves(items), m.all_leaves(iter(items))))
        assert r.ours == r.theirs
    assert tree_util.all_leaves([(1, 2)], is_leaf=lambda x: isinstance(x, tuple))
    for t in (list, dict, tuple, type(None), int, str, Point, Box, Layer, tuple.__class__, Word):
        r = both(lambda m, t=t: m.is_tree_node(t))
        assert r.ours == r.theirs


def test_signatures_are_those_of_jax():
    for m, theirs in ((tree_util, jax.tree_util), (tree, jax.tree)):
        for name in sorted(set(dir(theirs))):
            if name.startswith("_"):
                continue
            assert hasattr(m, name), name
            f = getattr(theirs, name)
            if not inspect.isfunction(f):
                continue
            ours = inspect.signature(getattr(m, name)).parameters
            positional = inspect.Parameter.POSITIONAL_ONLY
            for p, q in zip(ours.values(), inspect.signature(f).parameters.values(), strict=True):
                assert p.name == q.name or p.kind is positional, name
                assert p.kind == q.kind or p.kind is positional, name


def test_keyword_arguments():
    leaf = {"is_leaf": lambda x: isinstance(x, tuple)}
    assert tree_util.tree_flatten(tree=[(1,)], **leaf)[0] == [(1,)]
    assert tree_util.tree_leaves(is_leaf=None, tree=[1]) == [1]
    assert tree_util.tree_map(f=abs, tree=[-1]) == [1]
    assert tree_util.tree_map(lambda x, y: y, [(1,)], [2], **leaf) == [2]
    d = tree_util.tree_structure([1])
    assert tree_util.tree_unflatten(leaves=[2], treedef=d) == [2]
    assert tree_util.tree_unflatten(d, (x for x in [3])) == [3]
    assert tree_util.tree_unflatten(d, {4: 5}) == [4]


def test_proto_round_trip():
    for x in TREES:
        r = both(lambda m, x=x: m.tree_structure(x).serialize_using_proto())
        if isinstance(r.theirs, Exception):
            assert type(r.ours) is type(r.theirs)
            assert str(r.ours) == str(r.theirs)
            continue
        assert r.ours == r.theirs
        d = tree_util.PyTreeDef.deserialize_using_proto(tree_util.default_registry, r.ours)
        assert d == tree_util.tree_structure(x)


@given(trees)
@settings(max_examples=50, deadline=None)
def test_damaged_proto_is_an_error(x):
    try:
        data = tree_util.tree_structure(x).serialize_using_proto()
    except ValueError:
        return
    for i in range(len(data)):
        for damaged in (data[:i], data[:i] + bytes([data[i] ^ 0x55]) + data[i + 1 :]):
            with contextlib.suppress(RuntimeError, UnicodeDecodeError):
                tree_util.PyTreeDef.deserialize_using_proto(tree_util.default_registry, damaged)
