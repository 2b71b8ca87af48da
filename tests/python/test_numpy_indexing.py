"""Elements chosen by indices and conditions, index arrays, triangles, `.at`."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, assert_agrees, assert_same, outcome

F = np.float32
V = np.arange(6, dtype=F) + 1
M = V.reshape(2, 3)
T = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
E = np.zeros((0, 3), F)
IDX = np.array([-7, -1, 0, 5, 6])
B = np.array([[True, False, True], [False, False, True]])

TAKE = [
    *(Case("take", V, IDX, mode=m) for m in (None, "fill", "clip", "wrap", "raise", "drop", "foo")),
    *(Case("take", M.astype(d), IDX) for d in (int, np.uint8, bool, complex, np.float16)),
    Case("take", V, IDX, fill_value=7),
    Case("take", M, 1),
    Case("take", M, True),
    Case("take", M, 1.5),
    Case("take", M, [0]),
    Case("take", T, np.array([[0, 2]]), axis=1),
    Case("take", T, np.array([0, 2], np.uint8), axis=-1),
    Case("take", T, 0, axis=3),
    Case("take", 5, 0),
    Case("take", E, 0, axis=0),
    Case("take", E, np.zeros(0, int), axis=0),
    Case("take", V, IDX, out=3),
    *(Case("take_along_axis", V, IDX, 0, mode=m) for m in (None, "clip", "promise_in_bounds", "x")),
    Case("take_along_axis", M, np.array([[0], [1]]), 1),
    Case("take_along_axis", M, np.array([[0]]), 1),
    Case("take_along_axis", M[:1], np.array([[0], [1]]), 1),
    Case("take_along_axis", T, np.array([[[0, 1, 2, 0]]]), 1),
    Case("take_along_axis", T, np.array([[[3], [2], [1]]]), -1),
    Case("take_along_axis", T[:1], np.zeros((2, 1, 4), int), 1),
    Case("take_along_axis", M, np.array([0, 7]), None),
    Case("take_along_axis", M, np.array([[0], [-1]]), 1, wrap_negative_indices=False),
    Case("take_along_axis", M, np.array([[0], [7]]), 1, fill_value=3),
    Case("take_along_axis", M, np.array([[200], [1]], np.uint8), 1),
    Case("take_along_axis", M, np.array([0]), 1),
    Case("take_along_axis", M, np.array([[0.0]]), 1),
    Case("take_along_axis", M, np.array([[0], [1], [0]]), 1),
    Case("take_along_axis", M, [[0]], 1),
    Case("put_along_axis", M, np.array([[0], [2]]), 9, 1, inplace=False),
    Case("put_along_axis", M, np.array([[0, 1]]), 10, 1, inplace=False),
    Case("put_along_axis", M, np.array([4]), 9, None, inplace=False),
    Case("put_along_axis", M, np.array([[0], [2]]), 9, 1),
]

WHERE = [
    Case("where", B, M, 0),
    Case("where", B, M, 1j),
    Case("where", 1, 2, 3.0),
    Case("where", V - 1, 1, 0),
    Case("where", B, M, T),
    Case("where", B, M),
    Case("where", [True], 1, 0),
    Case("where", B),
    Case("where", V > 2, size=8),
    Case("where", V > 2, size=8, fill_value=-1),
    Case("where", V > 2, V, 0, size=3),
    Case("nonzero", B),
    Case("nonzero", V),
    Case("nonzero", T, size=5),
    Case("nonzero", B, size=5, fill_value=(-1, 7)),
    Case("nonzero", B, size=1),
    Case("nonzero", B, size=5, fill_value=(1, 2, 3)),
    Case("nonzero", E, size=2),
    Case("nonzero", E),
    Case("nonzero", 3),
    Case("nonzero", [1]),
    Case("argwhere", B),
    Case("argwhere", B, size=5, fill_value=-1),
    Case("argwhere", 3),
    Case("argwhere", 0),
    Case("flatnonzero", B),
    Case("flatnonzero", B, size=5, fill_value=9),
    Case("select", [V < 3, V > 4], [V, -V]),
    Case("select", [V < 3, V < 5], [1, 2], 3.5),
    Case("select", [V < 3], [V, V]),
    Case("select", [], []),
    Case("select", [V], [V]),
    Case("choose", np.array([1, 0, 2]), [V[:3], -V[:3], 0]),
    *(Case("choose", np.array([1, 5, -2]), [V[:3], -V[:3]], mode=m) for m in ("clip", "wrap")),
    Case("choose", np.array([1, 5, -2]), [V[:3], -V[:3]]),
    Case("choose", np.array([1, 0]), M[:, :2]),
    Case("compress", np.array([True, False, True]), V),
    Case("compress", np.array([True, False, True]), M, 1),
    Case("compress", np.array([True, False, True]), M, axis=1, size=3, fill_value=-1),
    Case("compress", np.array([True] * 3), M, axis=0),
    Case("compress", B, M),
    Case("extract", B, M),
    Case("extract", M > 2, M, size=5),
]

ARRAYS = [
    Case("unravel_index", np.array([0, 4, 99, -1, -99]), (2, 3)),
    Case("unravel_index", 4, (2, 3)),
    Case("unravel_index", 4, 6),
    *(
        Case("ravel_multi_index", (IDX, IDX), (4, 3), mode=m)
        for m in ("raise", "clip", "wrap", "x")
    ),
    Case("ravel_multi_index", (np.array([1, 0]), np.array([2, 1])), (2, 3)),
    Case("ravel_multi_index", (np.array([1, 0]), np.array([2, 1])), (2, 3), order="F"),
    Case("ravel_multi_index", (V, V), (2, 3)),
    Case("diag_indices", 3),
    Case("diag_indices", 2, 3),
    Case("diag_indices", -1),
    Case("diag_indices_from", np.ones((2, 2))),
    Case("diag_indices_from", M),
    *(
        Case(f, 3, k, m)
        for f in ("tril_indices", "triu_indices")
        for k in (0, 1)
        for m in (None, 2)
    ),
    Case("tril_indices", 3, -1),
    Case("triu_indices", 3, -5, 4),
    Case("tril_indices_from", M),
    Case("triu_indices_from", M, 1),
    Case("triu_indices_from", V),
    Case("ix_", np.array([0, 1]), np.array([2, 0, 1])),
    Case("ix_", M),
    *(Case(f, M, k) for f in ("tril", "triu") for k in (0, 1, -1, 9)),
    Case("tril", T),
    Case("triu", V),
    *(Case("diagonal", T, k) for k in (0, 1, -1, 9)),
    Case("diagonal", T, 0, 2, 0),
    Case("diagonal", V),
    *(Case("diag", V[:3], k) for k in (0, 1, -2)),
    *(Case("diag", M, k) for k in (0, 1, -2)),
    Case("diag", T),
    Case("diagflat", M, 1),
    *(Case("trace", T, k) for k in (0, 1, -1)),
    Case("trace", T, 0, 1, 2),
    Case("trace", M.astype(np.int8)),
    Case("trace", M, dtype=int),
    Case("trace", V),
    Case("fill_diagonal", M, 9, inplace=False),
    Case("fill_diagonal", np.eye(3), V[:2], inplace=False),
    Case("fill_diagonal", np.ones((2, 2, 2)), 5, inplace=False),
    Case("fill_diagonal", M, 9),
    Case("fill_diagonal", T, 9, inplace=False),
]

EDITING = [
    *(Case("delete", V, i) for i in (1, -1, slice(1, 4), np.array([0, 2, 2]), 9, [1])),
    Case("delete", V, V > 3),
    Case("delete", M, np.array([0, 2]), axis=1),
    Case("delete", T, 1, axis=1),
    Case("delete", V, np.array([0, -1, 2]), assume_unique_indices=True),
    Case("delete", V, V),
    Case("insert", V, 1, 9),
    Case("insert", V, np.array([1, 1, 4]), V[:3] * 10),
    Case("insert", V, np.array([-1, 2]), 7),
    Case("insert", M, 1, 9, axis=1),
    Case("insert", M, 1, V[:3], axis=0),
    Case("insert", T, 1, T[:, 0], axis=1),
    Case("insert", M, np.array([1]), V[:2, None], axis=1),
    Case("insert", V, slice(0, 3), 5),
    Case("insert", V, M.astype(int), 5),
    Case("insert", V, 1.5, 5),
    Case("resize", M, (2, 2)),
    Case("resize", M, (3, 4)),
    Case("resize", M, 4),
    Case("resize", E, (2, 2)),
    Case("resize", M, (2, -1)),
    *(Case("trim_zeros", np.array([0, 0, 1, 0, 2, 0]), t) for t in ("fb", "f", "b", "x")),
    Case("trim_zeros", np.zeros(3)),
    Case("trim_zeros", np.pad(M, 2)),
    Case("place", M, B, V[:2] * 10, inplace=False),
    Case("place", M, B, V[:0], inplace=False),
    Case("place", M, B[:, :2], 1, inplace=False),
    *(Case("put", M, np.array([0, 5, 7]), V[:2], m, inplace=False) for m in (None, "wrap", "clip")),
    Case("put", M, 0, 1),
]

CASES = TAKE + WHERE + ARRAYS + EDITING


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case)


UPDATES = ["set", "add", "subtract", "multiply", "mul", "divide", "power", "min", "max"]
INDICES = [1, -1, slice(1, 4), np.array([0, 2, 2]), np.array([-1, 9]), V > 3, (None, 2)]


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("index", range(len(INDICES)))
def test_updates_agree(name: str, index: int) -> None:
    import jax.numpy

    def update(library: object) -> object:
        return getattr(library.asarray(V).at[INDICES[index]], name)(2)  # type: ignore[attr-defined]

    assert_same(update(jnp), update(jax.numpy), f"{name} at {INDICES[index]}")


def test_update_helpers() -> None:
    x = jnp.arange(3.0)
    assert repr(x.at).startswith("_IndexUpdateHelper(Array(")
    assert repr(x.at[1]).endswith(", 1)")
    np.testing.assert_array_equal(x.at[1:].apply(lambda y: y * y), [0, 1, 4])
    np.testing.assert_array_equal(x, [0, 1, 2])
    with pytest.raises(AttributeError):
        x.at[0].assign(1)  # type: ignore[attr-defined]


def test_reads_out_of_bounds() -> None:
    x = jnp.arange(10.0)
    assert x.at[11].get() == 9
    assert np.isnan(x.at[11].get(mode="fill", fill_value=jnp.nan))
    assert x.at[11].get(mode="fill", fill_value=-1) == -1
    with pytest.raises(ValueError, match="mode"):
        x.at[0].get(mode="nowhere")


def test_nonzero_needs_a_size_when_traced() -> None:
    with pytest.raises(covector.errors.ConcretizationTypeError, match="size"):
        covector.jit(jnp.nonzero)(V)
    (where,) = covector.jit(lambda x: jnp.nonzero(x, size=2))(V > 3)
    np.testing.assert_array_equal(where, [3, 4])


def test_outcome_is_what_is_compared() -> None:
    """The comparison itself sees a difference."""
    wrong = outcome(covector, "numpy", Case("take", V, 1))
    with pytest.raises(AssertionError):
        assert_same(wrong, outcome(covector, "numpy", Case("take", V, 2)), "take")


def test_more_than_jax_does() -> None:
    """What JAX refuses or takes for an accident, and NumPy does."""
    x = jnp.arange(6).reshape(2, 3)
    rows, columns = jnp.ix_(jnp.array([1, 0]), jnp.array([True, False, True]))
    np.testing.assert_array_equal(x[rows, columns], np.asarray(x)[[[1], [0]], [0, 2]])
    with pytest.raises(ValueError, match="different"):
        jnp.diagonal(x, 0, 1, 1)


def test_sequences_of_traced_positions() -> None:
    import jax

    def read(lib: Any, i: Any, j: Any) -> Any:
        x = lib.numpy.arange(12.0).reshape(3, 4)
        return x[(i, j), ...], x[[i, j], (j, 0)], x.at[(i, j), 1].set(9.0)

    ours = covector.jit(lambda i, j: read(covector, i, j))(1, 2)
    theirs = jax.jit(lambda i, j: read(jax, i, j))(1, 2)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y)


def test_values_that_only_the_array_can_hold() -> None:
    x = jnp.zeros(2, np.uint32)
    assert x.at[0].set(2**32 - 1).tolist() == [2**32 - 1, 0]
    assert covector.jit(lambda y: y.at[1].max(2**31))(x).tolist() == [0, 2**31]
    assert jnp.zeros(1).at[0].set(2**40).tolist() == [2.0**40]
    with pytest.raises(OverflowError):
        jnp.zeros(1, np.int32).at[0].set(2**31)
