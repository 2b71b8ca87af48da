"""Meshes, partition specs and shardings: they describe as JAX's do; programs run on one device."""

import pickle

import jax
import numpy as np
import pytest

import covector
from covector.sharding import AbstractMesh, AxisType, Mesh, NamedSharding
from covector.sharding import PartitionSpec as P

BOTH = (covector, jax)


def both(f):
    """Text of what f gives with each library, or of its error."""

    def outcome(library):
        try:
            return str(f(library))
        except Exception as error:
            return "ValueError" if isinstance(error, ValueError) else type(error).__name__

    return [outcome(library) for library in BOTH]


SPECS = [
    (),
    (None,),
    ("x",),
    ("x", None, "y"),
    (("x", "y"), None),
    (("x",), ()),
    (["x", "y"],),
]


@pytest.mark.parametrize("entries", SPECS, ids=str)
def test_specs(entries):
    expressions = [
        lambda lib: lib.P(*entries),
        lambda lib: repr(lib.P(*entries)),
        lambda lib: len(lib.P(*entries)),
        lambda lib: list(lib.P(*entries)),
        lambda lib: lib.P(*entries) == lib.P(*entries),
        lambda lib: lib.P(*entries) == lib.P("z"),
        lambda lib: lib.P(*entries) + (None,),
        lambda lib: ("z",) + lib.P(*entries) + lib.P(None),
        lambda lib: lib.P(*entries).count(None),
        lambda lib: lib.P(*entries)[0],
        lambda lib: lib.P(*entries).update(partitions=("z",)),
        lambda lib: len({lib.P(*entries), lib.P(*entries)}),
        lambda lib: pickle.loads(pickle.dumps(lib.P(*entries))) == lib.P(*entries),
        lambda lib: lib.tree_util.tree_leaves(lib.P(*entries)),
    ]
    for f in expressions:
        ours, theirs = both(f)
        assert ours == theirs


def test_specs_with_sums():
    for f in (
        lambda lib: lib.P("x", unreduced={"y"}),
        lambda lib: lib.P(unreduced={"y"}, reduced={"z"}),
        lambda lib: lib.P("x", unreduced={"x"}),
        lambda lib: lib.P(unreduced={"x"}, reduced={"x"}),
        lambda lib: lib.P(unreduced={None}),
        lambda lib: lib.P(unreduced="x"),
        lambda lib: list(lib.P(unreduced={"x"})),
        lambda lib: setattr(lib.P(), "unreduced", {"x"}),
        lambda lib: type("Q", (lib.P,), {}),
    ):
        ours, theirs = both(f)
        assert ours == theirs


def grid(library, shape):
    """A mesh of one device in all places, to look at only."""
    return np.full(shape, library.devices("cpu")[0])


MESHES = [((1,), ("x",)), ((2, 3), ("x", "y")), ((2, 2, 2), ("a", "b", "c"))]


MESH_MEMBERS = [
    str,
    repr,
    lambda m: m.shape,
    lambda m: m.size,
    lambda m: m.axis_names,
    lambda m: m.axis_types,
    lambda m: m.empty,
    lambda m: m.device_ids.tolist(),
    lambda m: m.abstract_mesh.shape,
    lambda m: m == m.update(),
]


def test_meshes_are_those_of_jax():
    for sizes, names in MESHES:
        for f in MESH_MEMBERS:
            ours, theirs = both(
                lambda lib, f=f, s=sizes, n=names: f(lib.sharding.Mesh(grid(lib, s), n))
            )
            assert ours == theirs
    for f in (
        lambda lib: lib.sharding.Mesh(grid(lib, (2, 2)), ("x",)),
        lambda lib: lib.sharding.Mesh(grid(lib, (2,)), (None,)),
        lambda lib: lib.sharding.Mesh(grid(lib, (2,)), ("x",), axis_types="Auto"),
        lambda lib: lib.sharding.AbstractMesh((2, 3), ("x", "y")),
        lambda lib: lib.sharding.AbstractMesh((2,), ("x",)).devices,
        lambda lib: lib.make_mesh((1,), ("x",)),
        lambda lib: lib.make_mesh((10_000,), ("x",)),
        lambda lib: lib.make_mesh(("a",), ("x",)),
        lambda lib: lib.set_mesh(3),
        lambda lib: lib.sharding.get_abstract_mesh(),
    ):
        ours, theirs = both(f)
        assert ours == theirs


def test_named_shardings_are_those_of_jax():
    def sharding(lib, *entries):
        mesh = lib.sharding.AbstractMesh((2, 3), ("x", "y"))
        return lib.NamedSharding(mesh, lib.P(*entries))

    for f in (
        lambda lib: sharding(lib, "x"),
        lambda lib: sharding(lib, "x").shard_shape((4, 6)),
        lambda lib: sharding(lib, ("x", "y")).shard_shape((6,)),
        lambda lib: sharding(lib, ("x", "y")).shard_shape((7,)),
        lambda lib: sharding(lib, "x").is_fully_replicated,
        lambda lib: sharding(lib).is_fully_replicated,
        lambda lib: sharding(lib, "z"),
        lambda lib: sharding(lib, "x", "x"),
        lambda lib: sharding(lib, "x") == sharding(lib, "x"),
        lambda lib: sharding(lib, "x").update(spec=lib.P("y")).spec,
    ):
        ours, theirs = both(f)
        assert ours == theirs


class Place:
    """Stands for a device: shardings only look at who it is."""

    def __init__(self, id):
        self.id, self.platform, self.process_index, self.device_kind = id, "cpu", 0, "cpu"

    def __repr__(self):
        return f"Place({self.id})"


def test_parts_of_devices():
    mesh = Mesh(np.array([Place(i) for i in range(4)]).reshape(2, 2), ("x", "y"))
    parts = NamedSharding(mesh, P("y", "x")).devices_indices_map((4, 6))
    x = np.arange(24).reshape(4, 6)
    assert [x[index].tolist() for index in parts.values()] == [
        x[i : i + 2, j : j + 3].tolist() for j, i in ((0, 0), (0, 2), (3, 0), (3, 2))
    ]
    both_axes = NamedSharding(mesh, P(("y", "x"))).devices_indices_map((8,))
    assert [index[0].start for index in both_axes.values()] == [0, 4, 2, 6]
    assert NamedSharding(mesh, P("x")).is_equivalent_to(NamedSharding(mesh, P("x", None)), 2)
    assert not NamedSharding(mesh, P("x")).is_equivalent_to(NamedSharding(mesh, P("y")), 2)


def test_one_device():
    mesh = covector.make_mesh((1,), ("x",), (AxisType.Auto,))
    here = NamedSharding(mesh, P("x"))
    x = covector.device_put(np.arange(4), here)
    assert x.sharding.device_set == here.device_set
    assert covector.jit(lambda x: x + 1, in_shardings=here, out_shardings=here)(x).tolist() == [
        *range(1, 5)
    ]
    constrain = covector.lax.with_sharding_constraint
    assert constrain(x, here) is x
    slope = covector.grad(lambda x: constrain(x * x, here).sum())(x.astype(float))
    assert slope.tolist() == [0, 2, 4, 6]
    with covector.set_mesh(mesh):
        assert covector.sharding.get_mesh() == mesh
        assert covector.jit(lambda x: constrain({"a": x}, P("x")))(x)["a"].tolist() == x.tolist()
    assert covector.sharding.get_mesh().empty
    with pytest.raises(RuntimeError, match="requires a non-empty mesh"):
        constrain(x, P("x"))
    with pytest.raises(ValueError, match="rank at least 2"):
        constrain(x, NamedSharding(mesh, P(None, "x")))
    with pytest.warns(DeprecationWarning, match="set_mesh"), mesh:
        assert covector.sharding.get_abstract_mesh().axis_names == ("x",)


def test_several_devices_are_refused():
    several = NamedSharding(Mesh(np.array([Place(0), Place(1)]), ("x",)), P("x"))
    with pytest.raises(NotImplementedError, match="several devices"):
        covector.lax.with_sharding_constraint(covector.numpy.arange(4), several)
    assert AbstractMesh((2,), ("x",)) == AbstractMesh((2,), ("x",))


@pytest.mark.parametrize(
    ("wrapper", "option", "kind", "spec", "axes", "is_set", "at_call"),
    [
        ("auto_axes", "out_sharding", "Explicit", "bare", None, True, True),
        ("auto_axes", "out_sharding", "Explicit", "named", ("x", "y"), True, False),
        ("auto_axes", "out_sharding", "Explicit", "named", None, False, False),
        ("explicit_axes", "in_sharding", "Auto", "bare", None, True, False),
        ("explicit_axes", "in_sharding", "Auto", "bare", "x", True, True),
        ("explicit_axes", "in_sharding", "Auto", "named", None, False, False),
    ],
)
def test_axes_of_another_type_in_a_function(wrapper, option, kind, spec, axes, is_set, at_call):
    def seen(lib):
        """What types the axes have in the function, and what it gives."""
        mesh = lib.make_mesh((1, 1), ("x", "y"), (getattr(lib.sharding.AxisType, kind),) * 2)
        found = []

        def f(x):
            found.append(str(lib.sharding.get_abstract_mesh().axis_types))
            return 2 * x

        given = {option: lib.P("x") if spec == "bare" else lib.NamedSharding(mesh, lib.P("x"))}
        in_f = getattr(lib.sharding, wrapper)(f, axes=axes, **({} if at_call else given))
        with lib.set_mesh(mesh if is_set else None):
            found.append(in_f(np.arange(4), **(given if at_call else {})).tolist())
            found.append(str(lib.sharding.get_abstract_mesh().axis_types))
        return found

    ours, theirs = both(seen)
    assert ours == theirs


def test_refusals_of_axis_types():
    for f in (
        lambda lib: lib.sharding.auto_axes(lambda x: x)(1.0),
        lambda lib: lib.sharding.explicit_axes()(lambda x: x)(1.0),
        lambda lib: lib.sharding.auto_axes(axes="x", out_sharding=lib.P())(lambda x: x)(1.0),
    ):
        ours, theirs = both(f)
        assert ours == theirs
