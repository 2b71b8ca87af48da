"""Collectives in groups of an axis' indices, over several names at once, and of ragged parts."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import lax

GROUPS = np.array([[0, 3, 4], [5, 1, 2]])
X = np.random.default_rng(0).standard_normal((6, 6, 3)).astype(np.float32)

OPERATIONS = {
    "psum": lambda lax, x, over, **k: lax.psum(x, over, **k),
    "pmean": lambda lax, x, over, **k: lax.pmean(x, over, **k),
    "all_gather": lambda lax, x, over, **k: lax.all_gather(x, over, axis=1, **k),
    "all_gather tiled": lambda lax, x, over, **k: lax.all_gather(x, over, axis=-1, tiled=True, **k),
    "psum_scatter tiled": lambda lax, x, over, **k: lax.psum_scatter(x, over, tiled=True, **k),
    "all_to_all": lambda lax, x, over, **k: lax.all_to_all(x, over, 0, 1, tiled=True, **k),
    "all_to_all back": lambda lax, x, over, **k: lax.all_to_all(x, over, 0, 0, tiled=True, **k),
}
STACKED = {  # what they move has as many rows as there are indices
    "psum_scatter": lambda lax, x, over, **k: lax.psum_scatter(x, over, **k),
    "all_to_all stacked": lambda lax, x, over, **k: lax.all_to_all(x, over, 0, 1, **k),
    "pswapaxes": lambda lax, x, over, **k: lax.pswapaxes(x, over, 0, **k),
}
EXTREMES = {
    "pmax": lambda lax, x, over, **k: lax.pmax(x, over, **k),
    "pmin": lambda lax, x, over, **k: lax.pmin(x, over, **k),
}
MOVES = {
    "ppermute": lambda lax, x, over: lax.ppermute(x, over, [(0, 5), (4, 2), (1, 1)]),
    "pshuffle": lambda lax, x, over: lax.pshuffle(x, over, [5, 3, 1, 0, 2, 4]),
}


def with_gradient(library: Any, f: Any, x: Any) -> list[Any]:
    y, pull = library.vjp(f, x)
    cotangent = np.cos(np.arange(y.size, dtype=np.float32)).reshape(y.shape)
    return [y, *pull(cotangent)]


@pytest.mark.parametrize("name", [*OPERATIONS, *STACKED])
def test_each_group_is_by_itself(name: str) -> None:
    x = X if name in OPERATIONS else X[:, :3]
    f = (OPERATIONS | STACKED)[name]

    def alone(x: Any) -> Any:
        inner = jax.vmap(lambda x: f(jax.lax, x, "i"), axis_name="i")
        y = jax.vmap(inner)(x[GROUPS])
        return y.reshape(6, *y.shape[2:])[np.argsort(GROUPS.ravel())]

    groups = GROUPS.tolist()
    mapped = covector.vmap(lambda x: f(lax, x, "i", axis_index_groups=groups), axis_name="i")
    for ours, theirs in zip(
        covector.jit(lambda x: with_gradient(covector, mapped, x))(x),
        with_gradient(jax, alone, x),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_of_groups(name: str) -> None:
    groups = [[0, 3], [5, 1, 2, 4]]
    f = covector.vmap(
        lambda x: EXTREMES[name](lax, x, "i", axis_index_groups=groups), axis_name="i"
    )
    best = {"pmax": np.max, "pmin": np.min}[name]
    expected = np.empty_like(X)
    for group in groups:
        expected[group] = best(X[group], axis=0)
    np.testing.assert_array_equal(f(X), expected)


def test_sums_of_unequal_groups() -> None:
    groups = [[0, 3], [5, 1, 2, 4]]
    f = covector.vmap(
        lambda x: (
            lax.psum(x, "i", axis_index_groups=groups),
            lax.psum(1, "i", axis_index_groups=groups),
        ),
        axis_name="i",
    )
    total, count = f(np.float32([1, 2, 3, 4, 5, 6]))
    assert total.tolist() == [5, 16, 16, 5, 16, 16]
    assert count.tolist() == [2, 4, 4, 2, 4, 4]


@pytest.mark.parametrize("names", [("i", "j"), ("j", "i")], ids=str)
@pytest.mark.parametrize("name", [*OPERATIONS, *STACKED, *MOVES])
def test_several_names_are_one_axis(name: str, names: tuple[str, str]) -> None:
    f = (OPERATIONS | STACKED | MOVES)[name]
    order = (0, 1, 2, 3) if names == ("i", "j") else (1, 0, 2, 3)

    def as_one(x: Any) -> Any:
        y = jax.vmap(lambda x: f(jax.lax, x, "k"), axis_name="k")(x)
        return y.reshape(6, -1)

    inner = covector.vmap(lambda x: f(lax, x, names), axis_name="j")
    mapped = covector.vmap(inner, axis_name="i")

    def in_order(x: Any) -> Any:
        sizes = (2, 3) if names == ("i", "j") else (3, 2)
        y = mapped(x.reshape(*sizes, *x.shape[1:]).transpose(order))
        return jnp.moveaxis(y, (0, 1), order[:2]).reshape(6, -1)

    # JAX has no result of a partial permutation over an axis.
    if name == "ppermute":
        expected = np.zeros_like(X)
        expected[[5, 2, 1]] = X[[0, 4, 1]]
        np.testing.assert_array_equal(in_order(X), expected.reshape(6, -1))
        return
    for ours, theirs in zip(
        covector.jit(lambda x: with_gradient(covector, in_order, x))(X),
        with_gradient(jax, as_one, X),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_groups_of_several_names() -> None:
    groups = [[0, 3], [5, 1], [2, 4]]
    inner = covector.vmap(
        lambda x: lax.psum(x, ("i", "j"), axis_index_groups=groups), axis_name="j"
    )
    x = np.float32([[1, 2, 3], [4, 5, 6]])
    assert covector.vmap(inner, axis_name="i")(x).tolist() == [[5, 8, 8], [5, 8, 8]]


def test_groups_under_pmap_and_another_map() -> None:
    groups = [[0], [1]]
    f = covector.vmap(
        lambda x: covector.vmap(lambda y: lax.all_gather(y, "i", axis_index_groups=groups))(x),
        axis_name="i",
    )
    np.testing.assert_array_equal(f(X[:2]), X[:2, :, None])


@pytest.mark.parametrize("groups", [[[0, 1]], [[0, 1], [1, 2]], [[0, 1], [2]], [[0, 1], [2, 7]]])
def test_groups_must_have_each_index_once(groups: list[list[int]]) -> None:
    for f in (lax.psum, lax.pmax, lax.all_gather, lax.psum_scatter):
        if f in (lax.psum, lax.pmax) and groups == [[0, 1], [2]]:
            continue  # sizes may differ
        mapped = covector.vmap(lambda x, f=f: f(x, "i", axis_index_groups=groups), axis_name="i")
        with pytest.raises(ValueError, match="axis_index_groups"):
            mapped(np.ones((3, 2), np.float32))


# Ragged ------------------------------------------------------------------------------------------


def ragged_arguments(n: int, parts: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Sizes and offsets of n indices, each of which sends `parts` parts to each."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 3, (n, n, parts))
    start = np.cumsum(sizes.reshape(n, -1), axis=1) - sizes.reshape(n, -1)
    received = sizes.transpose(1, 0, 2).reshape(n, -1)
    there = (np.cumsum(received, axis=1) - received).reshape(n, n, parts).transpose(1, 0, 2)
    numbers = {"start": start, "sizes": sizes, "there": there, "received": received}
    return {k: v.reshape(n, n * parts).astype(np.int32) for k, v in numbers.items()}


def ragged_by_hand(x: np.ndarray, out: np.ndarray, a: dict[str, np.ndarray]) -> np.ndarray:
    n, result = len(x), out.copy()
    per = a["sizes"].shape[1] // n
    for i in range(n):
        for part in range(n * per):
            size, begin, to = (a[k][i, part] for k in ("sizes", "start", "there"))
            result[part // per, to : to + size] = x[i, begin : begin + size]
    return result


def ragged(x: Any, out: Any, start: Any, sizes: Any, there: Any, received: Any) -> Any:
    return lax.ragged_all_to_all(x, out, start, sizes, there, received, axis_name="i")


@pytest.mark.parametrize("parts", [1, 2])
def test_ragged_exchange(parts: int) -> None:
    n, rng = 3, np.random.default_rng(1)
    a = ragged_arguments(n, parts)
    rows = int(max(a["sizes"].sum(1).max(), a["received"].sum(1).max())) + 2
    x, out = rng.standard_normal((2, n, rows, 2)).astype(np.float32)
    numbers = [a[k] for k in ("start", "sizes", "there", "received")]
    f = covector.jit(covector.vmap(ragged, axis_name="i"))
    np.testing.assert_array_equal(f(x, out, *numbers), ragged_by_hand(x, out, a))
    # It is linear in both, and the transpose is its adjoint.
    y, pull = covector.vjp(lambda x, out: f(x, out, *numbers), x, out)
    u = rng.standard_normal(y.shape).astype(np.float32)
    cx, cout = pull(u)
    np.testing.assert_allclose(np.vdot(u, y), np.vdot(cx, x) + np.vdot(cout, out), rtol=1e-4)


def test_ragged_exchange_is_mapped_over_other_axes() -> None:
    a, b = ragged_arguments(2, 1), ragged_arguments(2, 1, seed=5)
    both = [np.stack([a[k], b[k]], 1) for k in ("start", "sizes", "there", "received")]
    x = np.random.default_rng(2).standard_normal((2, 2, 9)).astype(np.float32)
    out = np.zeros((2, 2, 9), np.float32)
    y = covector.vmap(covector.vmap(ragged), axis_name="i")(x, out, *both)
    for k, arguments in enumerate((a, b)):
        np.testing.assert_array_equal(y[:, k], ragged_by_hand(x[:, k], out[:, k], arguments))


def test_ragged_exchange_checks_its_operands() -> None:
    x, n = np.ones((4, 2), np.float32), np.ones(2, np.int32)

    def fails(*operands: Any, match: str) -> None:
        with pytest.raises(ValueError, match=match):
            covector.make_jaxpr(
                lambda: lax.ragged_all_to_all(*operands, axis_name="i"), axis_env=[("i", 2)]
            )()

    fails(x, x, n.astype(np.float32), n, n, n, match="input_offsets must be integer")
    fails(x, x, n, n[None], n, n, match="send_sizes must be rank 1")
    fails(x, x, n, n, n[:0], n, match="output_offsets must be rank 1 with positive")
    fails(x, x, n, n, n, n[:1], match="recv_sizes must have the size")
    fails(x, x[:, :1], n, n, n, n, match="rows of one shape")
    with pytest.raises(RuntimeError, match="must be used within a mapped context"):
        lax.ragged_all_to_all(x, x, n, n, n, n, axis_name="i")


# What only types of several devices tell -------------------------------------------------------


def test_pcast_is_the_identity_where_an_axis_is_mapped() -> None:
    mesh = covector.make_mesh((1,), ("i",))
    spec = covector.sharding.PartitionSpec()
    for to in ("varying", "reduced"):
        f = covector.shard_map(
            lambda x, to=to: lax.pcast(x, "i", to=to), mesh=mesh, in_specs=spec, out_specs=spec
        )
        assert f(jnp.arange(3)).tolist() == [0, 1, 2]
    assert lax.pcast(3, (), to="varying") == 3


@pytest.mark.parametrize("to", ["varying", "reduced", "unreduced", "invarying", "all"])
def test_pcast_refuses(to: str) -> None:
    for library in (jax, covector):
        with pytest.raises(ValueError):
            library.lax.pcast(np.ones(2), "i", to=to)
    with pytest.raises(TypeError):
        lax.pcast(1, {"i"}, to=to)


def test_all_gather_to() -> None:
    for to in ("varying", "reduced", "invarying"):
        f = covector.vmap(lambda x, to=to: lax.all_gather(x, "i", to=to), axis_name="i")
        assert f(jnp.arange(2)).tolist() == [[0, 1], [0, 1]]
    with pytest.raises(ValueError, match="unexpected `to`"):
        covector.vmap(lambda x: lax.all_gather(x, "i", to="all"), axis_name="i")(jnp.arange(2))


def test_messages_between_devices_are_refused() -> None:
    x, shape = np.ones(2, np.float32), covector.ShapeDtypeStruct((2,), np.float32)
    token = lax.create_token()
    with pytest.raises(NameError):
        lax.psend(x, "i", [(0, 1)])
    with pytest.raises(TypeError, match="token"):
        lax.precv(x, shape, "i", [(0, 1)])
    for f in (
        lambda x: lax.psend(x, "i", [(0, 1)]),
        lambda x: lax.precv(token, shape, "i", [(0, 1)]),
    ):
        with pytest.raises(NotImplementedError, match="run on one"):
            covector.vmap(f, axis_name="i")(x)
