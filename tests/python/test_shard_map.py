"""`shard_map` on meshes of one device, against JAX."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.sharding import PartitionSpec as P


def both(make: Any, *args: Any) -> tuple[Any, Any]:
    """What a function of the library and a mesh gives in Covector and in JAX."""

    def run(library: Any) -> Any:
        types = (library.sharding.AxisType.Auto,) * 2
        return make(library, library.make_mesh((1, 1), ("x", "y"), axis_types=types))(*args)

    return run(covector), run(jax)


def sums(library: Any, mesh: Any) -> Any:
    P = library.sharding.PartitionSpec

    def f(a: Any, b: Any) -> Any:
        total = library.lax.psum(a.sum(), ("x", "y"))
        index = library.lax.axis_index("x")
        return {"total": total + index, "all": library.lax.all_gather(b, "y", tiled=True)}

    specs = {"total": P(), "all": P("x", "y")}
    return library.shard_map(
        f, mesh=mesh, in_specs=(P("x"), P("x", "y")), out_specs=specs, check_vma=False
    )


def test_collectives_see_axes_of_size_one() -> None:
    a, b = np.arange(4, dtype=np.float32), np.ones((2, 3), np.float32)
    got, want = both(sums, a, b)
    assert got.keys() == want.keys()
    for name, x in want.items():
        np.testing.assert_allclose(got[name], x)
        assert got[name].shape == x.shape


def test_transforms() -> None:
    def slope(library: Any, mesh: Any) -> Any:
        P = library.sharding.PartitionSpec

        def f(x: Any) -> Any:
            return library.lax.psum((x**3).sum(), "x")

        mapped = library.shard_map(f, mesh=mesh, in_specs=P("x"), out_specs=P())
        return library.jit(library.vmap(library.grad(mapped)))

    got, want = both(slope, np.arange(6, dtype=np.float32).reshape(2, 3))
    np.testing.assert_allclose(got, want)


def test_mesh_that_is_set_and_decorator() -> None:
    @covector.shard_map(in_specs=P("x"), out_specs=P("x"))
    def shifted(x: Any) -> Any:
        return covector.lax.ppermute(x + 1, "x", [(0, 0)])

    with pytest.raises(ValueError, match="context mesh cannot be empty"):
        shifted(jnp.zeros(2))
    with covector.set_mesh(covector.make_mesh((1,), ("x",))):
        np.testing.assert_array_equal(shifted(jnp.zeros(2)), [1, 1])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"in_specs": (P(), P())}, ValueError, "shard_map in_specs"),
        ({"in_specs": P("z")}, ValueError, "no axis 'z'"),
        ({"in_specs": P("x", None)}, ValueError, "of 2 axes, for an array of 1"),
        ({"in_specs": 3}, TypeError, "must be PartitionSpecs"),
        ({"out_specs": (P(), P())}, ValueError, "shard_map out_specs"),
        ({"axis_names": {"z"}}, ValueError, "no axis 'z'"),
        (
            {"mesh": covector.sharding.AbstractMesh((2,), ("x",))},
            NotImplementedError,
            "over several devices is not supported",
        ),
    ],
)
def test_errors(options: dict[str, Any], error: type, text: str) -> None:
    usual: dict[str, Any] = {"in_specs": P(), "out_specs": P()}
    usual["mesh"] = covector.sharding.AbstractMesh((1,), ("x",))
    f = covector.shard_map(lambda x: x, **{**usual, **options})
    with pytest.raises(error, match=text):
        f(jnp.zeros(2))


def test_only_functions() -> None:
    with pytest.raises(TypeError, match="callable"):
        covector.shard_map(1, out_specs=P())  # type: ignore[arg-type]


def test_older_form() -> None:
    from covector.experimental.shard_map import shard_map

    mesh = covector.make_mesh((1, 1), ("x", "y"))
    mapped = shard_map(
        lambda x: covector.lax.psum(x, ("x", "y")), mesh, (P("x"),), P("x"), check_rep=False
    )
    np.testing.assert_array_equal(mapped(jnp.arange(3)), [0, 1, 2])
    assert covector.experimental.shard_map.shard_map is shard_map


def test_some_axes() -> None:
    mesh = covector.make_mesh((1, 1), ("x", "y"))

    def over(name: str) -> Any:
        return covector.shard_map(
            lambda x: covector.lax.psum(x, name),
            mesh=mesh,
            in_specs=P(),
            out_specs=P(),
            axis_names={"x"},
        )(jnp.ones(1))

    np.testing.assert_array_equal(over("x"), [1])
    with pytest.raises(NameError, match="unbound axis name"):
        over("y")
