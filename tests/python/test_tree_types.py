"""Registries, registered classes, key classes, Partial."""

import copy
import dataclasses
import pickle

import pytest

from covector import tree, tree_util
from covector._core import tree as _tree
from python.tree_samples import BOTH, Box, Point, both


def test_none_leaf_registry():
    leaves, d = tree_util.none_leaf_registry.flatten([None, {"a": None}, Box(None)])
    assert leaves == [None, None, None]
    assert d == tree_util.tree_structure([1, {"a": 2}, Box(3)])
    for registry in (tree_util.default_registry, tree_util.none_leaf_registry):
        assert pickle.loads(pickle.dumps(registry)) is registry


def test_own_registry():
    class Own:
        pass

    registry = _tree.PyTreeRegistry(enable_none=False, enable_list=False)
    registry.register_node(Own, lambda _: ((1, None), "aux"), lambda aux, c: Own())
    leaves, d = registry.flatten((Own(), [2]))
    assert leaves == [1, None, [2]]
    assert repr(d) == "PyTreeDef((CustomNode(Own[aux], [*, *]), *))"
    assert tree_util.tree_structure(Own()) == tree_util.tree_structure(0)
    with pytest.raises(TypeError):
        pickle.dumps(registry)


def test_key_classes():
    for name, value, other in [
        ("SequenceKey", 1, 2),
        ("DictKey", "a", ("b", 1)),
        ("GetAttrKey", "a", "b"),
        ("FlattenedIndexKey", 3, 4),
    ]:
        ours, theirs = (getattr(m, name) for m in BOTH)
        key = ours(value)
        assert repr(key) == repr(theirs(value))
        assert str(key) == str(theirs(value))
        assert ours.__match_args__ == theirs.__match_args__
        (field,) = ours.__match_args__
        assert getattr(key, field) == value
        assert ours(**{field: value}) == key
        assert hash(ours(value)) == hash(key)
        assert key != ours(other)
        assert key != value
        assert pickle.loads(pickle.dumps(key)) == key
        assert copy.deepcopy(key) == key
        with pytest.raises(AttributeError):
            setattr(key, field, other)
        with pytest.raises(TypeError):
            ours()
    assert tree_util.DictKey(1) != tree_util.SequenceKey(1)
    assert hash(tree_util.SequenceKey(1)) != hash(tree_util.FlattenedIndexKey(1))
    match tree_util.DictKey("x"):
        case tree_util.DictKey("x"):
            pass
        case _:
            pytest.fail("patterns match keys")
    for bad in (lambda: tree_util.SequenceKey("a"), lambda: tree_util.GetAttrKey(1)):
        with pytest.raises(TypeError):
            bad()
    with pytest.raises(TypeError, match="unhashable"):
        hash(tree_util.DictKey([]))


def test_named_tuple_keys():
    pairs, _ = tree_util.flatten_one_level_with_keys(Point(1, 2))
    assert pairs == [(tree_util.GetAttrKey("x"), 1), (tree_util.GetAttrKey("y"), 2)]


def test_registering_classes():
    @tree_util.register_pytree_node_class
    class A:
        def __init__(self, x):
            self.x = x

        def tree_flatten(self):
            return iter((self.x,)), "aux"

        @classmethod
        def tree_unflatten(cls, aux, children):
            assert aux == "aux"
            assert type(children) is tuple
            return cls(*children)

    @tree_util.register_pytree_with_keys_class
    class B(A):
        def tree_flatten_with_keys(self):
            return ((tree_util.GetAttrKey("x"), self.x),), "aux"

    assert tree_util.tree_map(lambda x: x + 1, B(A(1))).x.x == 2
    ((path, _),) = tree_util.tree_leaves_with_path(B(A(1)))
    assert tree_util.keystr(path) == ".x[<flat index 0>]"
    assert A in tree_util._registry
    children, aux = tree_util._registry[B].to_iter(B(3))
    assert tree_util._registry[B].from_iter(aux, tuple(children)).x == 3


def test_registering_dataclasses():
    @tree_util.register_dataclass
    @dataclasses.dataclass
    class A:
        x: int
        y: int = tree.static(default=2, repr=False, metadata={"unit": "m"})

    x = A(1)
    assert dataclasses.fields(A)[1].metadata == {"static": True, "unit": "m"}
    assert tree_util.tree_leaves(x) == [1]
    assert repr(tree_util.tree_structure(x)) == "PyTreeDef(CustomNode(A[(2,)], [*]))"
    assert tree_util.tree_map(lambda v: v + 1, x) == A(2)

    class Plain:
        def __init__(self, a, b):
            self.a, self.b = a, b

    tree_util.register_dataclass(Plain, data_fields=["b"], meta_fields=["a"])
    out = tree_util.tree_map(lambda v: -v, Plain(a="m", b=1))
    assert (out.a, out.b) == ("m", -1)
    to_iter, from_iter = tree_util._registry[Plain]
    children, meta = to_iter(out)
    assert from_iter(meta, children).b == -1


def test_dataclass_constructors_of_every_sort():
    """Instances come from calling the class, whatever that does."""

    class Meta(type):
        def __call__(cls, **kwargs):
            obj = super().__call__(**kwargs)
            obj.by_meta = True
            return obj

    class ByMeta(metaclass=Meta):
        def __init__(self, x):
            self.x = x

    class ByNew:
        def __new__(cls, x):
            self = super().__new__(cls)
            self.made = "new"
            return self

        def __init__(self, x):
            self.x = x

    class Bad:
        x = 1

        def __init__(self, x):
            return 3

    for c in (ByMeta, ByNew, Bad):
        tree_util.register_dataclass(c, data_fields=["x"], meta_fields=[])
    assert tree_util.tree_map(abs, ByMeta(x=-1)).by_meta
    assert tree_util.tree_map(abs, ByNew(x=-1)).made == "new"
    with pytest.raises(TypeError, match="__init__"):
        tree_util.tree_structure(object.__new__(Bad)).unflatten([1])


def test_named_tuple_with_its_own_constructor():
    class Checked(Point):
        __slots__ = ()

        def __new__(cls, x, y):
            return super().__new__(cls, x, [y])

    x = Checked(1, 2)
    r = both(lambda m: m.tree_map(lambda v: v, x))
    assert r.ours == r.theirs == Checked(1, [2])
    assert type(r.ours) is Checked


def test_partial():
    def f(*args, **kwargs):
        return args, kwargs

    p = tree_util.Partial(f, 1, x=2)
    out = tree_util.tree_map(lambda v: v + 1, p)
    assert out() == ((2,), {"x": 3})
    assert tree_util.tree_structure(p) == tree_util.tree_structure(out)
    nested = tree_util.Partial(p, 3)
    assert nested.args == (3,)
    assert nested() == ((1, 3), {"x": 2})
    assert hash(nested.func) == hash(tree_util.Partial(p, 4).func)
    assert nested.func == p
    assert tree_util.tree_structure(nested) == tree_util.tree_structure(tree_util.Partial(p, 5))
