"""Operations over named axes, compared with JAX's."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
C = np.arange(24, dtype=np.float32).reshape(3, 2, 4)


def over(f: Any, *args: Any, **options: Any) -> Any:
    return lambda library: library.vmap(lambda *a: f(library.lax, *a), axis_name="i", **options)(
        *args
    )


def jitted(f: Any, *args: Any) -> Any:
    return lambda library: library.jit(
        library.vmap(lambda *a: library.jit(lambda *b: f(library.lax, *b))(*a), axis_name="i")
    )(*args)


PROGRAMS = {
    "psum": over(lambda lax, x: lax.psum(x, "i"), X),
    "psum of a tree": over(lambda lax, x: lax.psum({"a": x, "b": (x[0],)}, "i"), X),
    "psum of a constant": over(lambda lax, x: x * lax.psum(1, "i"), X),
    "psum of truth values": over(lambda lax, x: lax.psum(x > 2, "i"), X),
    "psum unmapped": lambda library: library.vmap(
        lambda x, y: library.lax.psum(y, "i") + x, in_axes=(0, None), axis_name="i"
    )(X, X[0]),
    "psum of an axis too": over(lambda lax, x: lax.psum(x, ("i", 0)), X),
    "pmean": over(lambda lax, x: lax.pmean(x, "i"), X, in_axes=1),
    "pmax": over(lambda lax, x: lax.pmax(x, "i"), X),
    "pmin": over(lambda lax, x: lax.pmin(x, axis_name="i"), X),
    "ppermute": over(lambda lax, x: lax.ppermute(x, "i", [(0, 1), (1, 0)]), X),
    "pshuffle": over(lambda lax, x: lax.pshuffle(x, "i", [1, 0]), X),
    "all_gather": over(lambda lax, x: lax.all_gather(x, "i"), X),
    "all_gather, axis 1": over(lambda lax, x: lax.all_gather(x, "i", axis=1), X),
    "all_gather, tiled": over(lambda lax, x: lax.all_gather(x, "i", tiled=True), X),
    "psum_scatter": over(lambda lax, x: lax.psum_scatter(x, "i"), np.ones((2, 2, 3), np.float32)),
    "psum_scatter, tiled": over(
        lambda lax, x: lax.psum_scatter(x, "i", scatter_dimension=1, tiled=True), C[:2]
    ),
    "pbroadcast": over(lambda lax, x: lax.pbroadcast(x, "i", 1), X),
    "pswapaxes": over(lambda lax, x: lax.pswapaxes(x, "i", 0), X[:, :2]),
    "axis_index": over(lambda lax, x: x * lax.axis_index("i"), X),
    "axis_size": over(lambda lax, x: x * lax.axis_size("i"), X),
    "in jit": jitted(lambda lax, x: x / lax.psum(x, "i") + lax.axis_index("i"), X),
    "in jit without operands": lambda library: library.vmap(
        lambda x: x + library.jit(lambda: library.lax.axis_index("i"))(), axis_name="i"
    )(X),
    "out_axes": over(lambda lax, x: lax.psum(x, "i"), X, out_axes=None),
    "grad inside": lambda library: library.vmap(
        library.grad(lambda x: library.lax.psum(x**2, "i").sum()), axis_name="i"
    )(X),
    "grad outside": lambda library: library.grad(
        lambda x: library.vmap(lambda x: x * library.lax.psum(x**2, "i"), axis_name="i")(x).sum()
    )(X),
    "jvp inside": lambda library: library.vmap(
        lambda x: library.jvp(lambda x: library.lax.pmean(x**2, "i"), (x,), (x,)), axis_name="i"
    )(X),
    "custom_jvp inside": lambda library: library.vmap(
        lambda x: library.nn.relu(x) + library.nn.relu(library.lax.psum(1.0, "i")), axis_name="i"
    )(X),
    "batch norm": lambda library: library.vmap(
        library.grad(lambda x: ((x - library.lax.pmean(x, "i")) ** 3).sum()), axis_name="i"
    )(X),
}
for split in (0, 1):
    for concat in (0, 1):
        PROGRAMS[f"all_to_all {split} {concat}"] = over(
            lambda lax, x, s=split, c=concat: lax.all_to_all(x, "i", s, c),
            np.arange(8, dtype=np.float32).reshape(2, 2, 2),
        )
        PROGRAMS[f"all_to_all {split} {concat} tiled"] = over(
            lambda lax, x, s=split, c=concat: lax.all_to_all(x, "i", s, c, tiled=True),
            np.arange(32, dtype=np.float32).reshape(2, 4, 4),
        )


def nested(f: Any) -> Any:
    return lambda library: library.vmap(
        library.vmap(lambda x: f(library.lax, x), axis_name="j"), axis_name="i"
    )(C)


PROGRAMS |= {
    "nested, both": nested(lambda lax, x: lax.psum(x, ("i", "j"))),
    "nested, outer": nested(lambda lax, x: x + lax.psum(x, "i")),
    "nested, inner": nested(lambda lax, x: x + lax.pmax(x, "j")),
    "nested, gather": nested(lambda lax, x: lax.all_gather(x, "i", axis=1)),
    "nested, permute": nested(lambda lax, x: lax.ppermute(x, "i", [(0, 1), (1, 2), (2, 0)])),
    "nested, index": nested(lambda lax, x: x + lax.axis_index(("i", "j"))),
    "nested, size": nested(lambda lax, x: x + lax.axis_size(("i", "j"))),
    "shadowed": lambda library: library.vmap(
        library.vmap(lambda x: library.lax.psum(x, "i"), axis_name="i"), axis_name="i"
    )(X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    assert_agrees(PROGRAMS[name], 1e-5)


ERRORS = {
    "unbound": lambda library: library.lax.psum(1.0, "i"),
    "unbound in jit": lambda library: library.jit(lambda x: library.lax.psum(x, "i"))(1.0),
    "unbound index": lambda library: library.lax.axis_index("i"),
    "exchange of another size": over(lambda lax, x: lax.all_to_all(x, "i", 0, 0), X),
    "grad of pmax": lambda library: library.vmap(
        library.grad(lambda x: library.lax.pmax(x, "i")), axis_name="i"
    )(X[0]),
    "no permutation": over(lambda lax, x: lax.pshuffle(x, "i", [0, 0]), X),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(ERRORS[name])


def test_permutation_may_be_partial() -> None:
    f = covector.vmap(lambda x: covector.lax.ppermute(x, "i", [(0, 2)]), axis_name="i")
    assert f(np.float32([5, 6, 7])).tolist() == [0, 0, 5]


def test_caches_know_the_size() -> None:
    f = covector.jit(lambda x: x * covector.lax.axis_size("i"))
    for n in (2, 3, 2):
        assert covector.vmap(f, axis_name="i")(np.ones(n, np.float32)).tolist() == [float(n)] * n


def test_names_may_be_any_objects() -> None:
    name = object()
    f = covector.vmap(lambda x: covector.lax.psum(x, name), axis_name=name)
    assert f(np.float32([1, 2])).tolist() == [3.0, 3.0]


def test_axes_in_scope_without_a_map() -> None:
    f = covector.make_jaxpr(lambda x: covector.lax.psum(x, "i"), axis_env=[("i", 4)])
    jaxpr = f(np.float32(1))
    assert "psum[axes=('i',) axis_index_groups=None]" in str(jaxpr)
    assert [str(e) for e in jaxpr.effects] == ["NamedAxis"]


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="must match shard count 2"):
        covector.vmap(lambda x: covector.lax.psum_scatter(x, "i"), axis_name="i")(X)


def test_extremal_indices() -> None:
    row = np.float32([1, 3, 2, 3])
    f = covector.vmap(
        lambda x: (covector.lax.pargmax(x, "i"), covector.lax.pargmin(x, "i")), axis_name="i"
    )
    assert [a.tolist() for a in f(row)] == [[1] * 4, [0] * 4]


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("names", [("i", "j"), ("j", "i")])
@pytest.mark.parametrize(("split", "concat"), [(0, 0), (0, 2), (2, 0), (1, 2)])
def test_all_to_all_over_two_axes(names: Any, split: int, concat: int, tiled: bool) -> None:
    shape = [2, 3, 4]
    shape[split] = 12 if tiled else 6
    x = np.arange(2 * 3 * np.prod(shape), dtype="float32").reshape(2, 3, *shape)

    def exchanged(library: Any) -> Any:
        f = lambda x: library.lax.all_to_all(x, names, split, concat, tiled=tiled)
        return library.vmap(library.vmap(f, axis_name="j"), axis_name="i")(x)

    np.testing.assert_array_equal(exchanged(covector), exchanged(jax))


def test_all_to_all_over_two_axes_must_fit() -> None:
    f = lambda x: covector.lax.all_to_all(x, ("i", "j"), 0, 0, tiled=True)
    with pytest.raises(ValueError, match="divide"):
        covector.vmap(covector.vmap(f, axis_name="j"), axis_name="i")(np.ones((2, 3, 4)))
