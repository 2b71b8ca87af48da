"""Callbacks that change what is being flattened, reference counts, cycles, threads."""

import contextlib
import copy
import gc
import sys
import threading
import weakref

import pytest

from covector import tree_util
from covector._core import tree as _tree
from python.tree_samples import TREES, Box, Layer, Point


class Watched:
    """An object whose death can be observed."""


def use_in_every_way(x):
    leaves, d = tree_util.tree_flatten(x)
    d.unflatten(leaves)
    d.flatten_up_to(x)
    d.walk(lambda *a: a, lambda v: v, leaves)
    d.compose(d).children()
    tree_util.tree_map(lambda *v: v, x, x)
    tree_util.tree_map_with_path(lambda *v: v, x, x)
    tree_util.tree_leaves(x, is_leaf=lambda v: isinstance(v, list))
    tree_util.tree_broadcast(x, x)
    tree_util.flatten_one_level_with_keys(x)
    hash(d), repr(d), d == tree_util.tree_structure(copy.copy(x))
    for f in (
        lambda: d.flatten_up_to(None),
        lambda: d.unflatten([]),
        lambda: tree_util.tree_map(lambda *v: 1 / 0, x),
        lambda: tree_util.tree_map(abs, [x], [None]),
    ):
        with pytest.raises((ValueError, ZeroDivisionError)):
            f()


def test_references_are_balanced():
    leaf, aux = Watched(), Watched()
    for x in (
        [leaf, (leaf,), {"a": leaf, "b": {"c": leaf}}],
        {f"k{i}": leaf for i in range(20, 0, -1)},
        dict.fromkeys(range(5), leaf),
        Point(leaf, [leaf]),
        Box(leaf, aux=aux),
        Layer(leaf, leaf, name=aux),
    ):
        use_in_every_way(x)
        gc.collect()
        before = sys.getrefcount(leaf), sys.getrefcount(aux), sys.getrefcount(None)
        for _ in range(10):
            use_in_every_way(x)
        gc.collect()
        after = sys.getrefcount(leaf), sys.getrefcount(aux), sys.getrefcount(None)
        assert after[:2] == before[:2]
        assert abs(after[2] - before[2]) < 10


def test_nothing_of_the_user_outlives_its_treedef():
    aux, factory, key = Watched(), type("Local", (), {}), Watched()
    d = tree_util.tree_structure([Box(1, aux=aux), Box(1, aux=(1, (factory,))), {key: 0}])
    refs = [weakref.ref(o) for o in (aux, factory, key)]
    del aux, factory, key
    gc.collect()
    assert all(r() is not None for r in refs)
    del d
    gc.collect()
    assert all(r() is None for r in refs)


def test_classes_of_named_tuples_die():
    import collections

    cls = collections.namedtuple("Local", "a b")
    d = tree_util.tree_structure([cls(1, 2), cls(3, 4)])
    ref = weakref.ref(cls)
    del cls
    gc.collect()
    assert repr(d.unflatten([1, 2, 3, 4])[0]) == "Local(a=1, b=2)"
    del d
    gc.collect()
    assert ref() is None


def test_cycles_through_treedefs_are_collected():
    aux = Watched()
    aux.treedef = tree_util.tree_structure([Box(1, aux=aux)])
    ref = weakref.ref(aux)
    del aux
    gc.collect()
    assert ref() is None
    key = tree_util.DictKey([])
    key.key.append(key)
    del key
    gc.collect()


def test_live_nodes_go_back():
    def use():
        for x in TREES:
            tree_util.tree_structure([x, Box(aux=[x])])

    use()
    gc.collect()
    before = _tree.live_treedef_nodes()
    for _ in range(20):
        use()
    gc.collect()
    # Which of the nodes that are kept for reuse give way to others may differ by a few.
    assert _tree.live_treedef_nodes() - before < len(TREES)


def test_reused_structures_are_bounded():
    for i in range(5000):
        tree_util.tree_structure({f"key{i}": [0] * (i % 7)})
    gc.collect()
    assert _tree.live_treedef_nodes() < 4000


class Changing:
    """Runs `action` whenever it is flattened."""

    action = staticmethod(lambda: None)


tree_util.register_pytree_node(
    Changing, lambda c: (c.action(), ((1, 2), None))[1], lambda _, c: Changing()
)


def changing(action):
    c = Changing()
    c.action = action
    return c


@pytest.mark.parametrize(
    "use",
    [
        tree_util.tree_flatten,
        tree_util.tree_leaves,
        tree_util.tree_flatten_with_path,
        lambda x: tree_util.tree_map(lambda v: v, x),
        lambda x: tree_util.tree_map(lambda *v: v, x, x),
        lambda x: tree_util.broadcast_prefix(x, x),
        lambda x: tree_util.flatten_one_level(x),
        lambda x: tree_util.prefix_errors(x, x),
    ],
)
def test_containers_may_change_while_they_are_flattened(use):
    for x in (shrinking_list(), growing_list(), emptied_dict(), refilled_dict(), custom_node()):
        # What is found depends on when it changed; nothing else may happen.
        with contextlib.suppress(ValueError, KeyError):
            use(x)


def fresh():
    return ["".join(["x", str(i)]) for i in range(30)]


def shrinking_list():
    x = fresh()
    x.insert(3, changing(x.clear))
    return x


def growing_list():
    x = fresh()
    x.insert(0, changing(lambda: x.extend(fresh()) if len(x) < 500 else None))
    return x


def emptied_dict():
    x = {k: [k] for k in fresh()}
    numbered = {i: [i] for i in range(30, 0, -1)}
    x["a"], numbered[0] = changing(x.clear), changing(numbered.clear)
    return [x, numbered]


def refilled_dict():
    x = {k: [k] for k in fresh()}
    x["a"] = changing(lambda: x.update({k: [k] for k in fresh() * 2}))
    return x


def custom_node():
    children = fresh()
    children.insert(2, changing(children.clear))

    class Node:
        pass

    tree_util.register_pytree_node(Node, lambda _: (children, None), lambda _, c: Node())
    return Node()


def test_keys_may_change_their_dict():
    d = {}

    class Key:
        def __init__(self, i):
            self.i = i

        def __lt__(self, other):
            d.clear()
            return self.i < other.i

    d.update({Key(i): [i] for i in range(10)})
    with pytest.raises(KeyError):
        tree_util.tree_flatten(d)


def test_callbacks_may_use_trees_themselves():
    def is_leaf(x):
        tree_util.tree_map(lambda v: v, {"a": [x], "b": {"c": 1}})
        return False

    def f(x):
        return tree_util.tree_map(lambda v: v + 1, (x, [x]))

    x = {"a": [1, 2], "b": Box(3, aux=[4])}
    out = tree_util.tree_map(f, x, is_leaf=is_leaf)
    assert out["a"] == [(2, [2]), (3, [3])]


def test_a_dropped_treedef_may_be_in_use():
    holder = {}

    def leaves():
        yield 1
        holder.clear()
        gc.collect()
        yield 2

    holder["d"] = tree_util.tree_structure(Box(1, 2, aux=[3]))
    out = tree_util.tree_unflatten(holder["d"], leaves())
    assert out == Box(1, 2, aux=[3])


def test_aux_data_may_be_dropped_while_it_is_compared():
    class Evil:
        def __eq__(self, other):
            treedefs.clear()
            gc.collect()
            return True

        __hash__ = None

    treedefs = [tree_util.tree_structure([Box(aux=Evil()), Box(aux=Evil())]) for _ in range(2)]
    assert treedefs[0] == treedefs[1]


def test_threads():
    errors = []

    def work(seed):
        try:
            for i in range(300):
                k = f"key{(seed * i) % 17}"
                x = {k: [i, (Point(i, Box(i, aux=[i])),)], "z": {str(i): i}}
                leaves, d = tree_util.tree_flatten(x)
                assert leaves == [i, i, i, i]
                assert d.unflatten(leaves)["z"] == {str(i): i}
                assert d == tree_util.tree_structure(d.unflatten(leaves))
        except Exception as e:
            errors.append(e)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=work, args=(s,)) for s in range(1, 6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    sys.setswitchinterval(interval)
    assert not errors
