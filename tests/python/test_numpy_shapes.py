"""Shapes, axes, joining, splitting, repeating."""

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, Device, assert_agrees

F = np.float32
V = np.arange(6, dtype=F)
M = V.reshape(2, 3)
T = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
E = np.zeros((0, 3), F)

SHAPES = [
    *(
        Case("reshape", Device(V), s)
        for s in ((2, 3), (-1, 2), -1, 6, [3, 2], (4, -1), (4, 2), (-1, -1))
    ),
    *(Case("reshape", Device(V), s) for s in ((2.0, 3), "a", None, (-2, 3), np.int64(6), ())),
    *(Case("reshape", Device(M), (3, 2), order=o) for o in ("C", "F", "A", "Z")),
    Case("reshape", Device(E), -1),
    Case("reshape", 3.0, (1, 1)),
    Case("reshape", [1, 2], 2),
    Case("reshape", Device(V), (2, 3), copy=True),
    *(Case("ravel", M, o) for o in ("C", "F", "A", "K")),
    Case("ravel", 1),
    *(Case("squeeze", T[:1, :, :1], a) for a in (None, 0, (0, 2), -1, 1, 5, (0, 0))),
    *(Case("expand_dims", M, a) for a in (0, -1, (0, 3), (0, -1), 5, (0, 0), 1.5)),
    Case("expand_dims", 2, 0),
    Case("broadcast_to", M, (4, 2, 3)),
    Case("broadcast_to", 1, 3),
    Case("broadcast_to", M, (3, 3)),
    Case("broadcast_to", M, (3,)),
    Case("broadcast_arrays", M, 1, V[:3]),
    Case("broadcast_arrays", M, V),
    Case("broadcast_arrays"),
    Case("broadcast_shapes", (2, 1), 3, ()),
    Case("broadcast_shapes", (2, 1), (3, 3)),
    Case("broadcast_shapes"),
    *(Case(f, a) for f in ("atleast_1d", "atleast_2d", "atleast_3d") for a in (1, V, M, T)),
    Case("atleast_2d", 1, V),
    Case("atleast_1d", [1]),
    Case("shape", M),
    Case("shape", [[1, 2]]),
    Case("ndim", 3),
    Case("ndim", T),
    Case("size", T),
    Case("size", T, 1),
    Case("size", T, (0, 2)),
    Case("size", T, 5),
]

AXES = [
    *(Case("transpose", T, a) for a in (None, (1, 2, 0), (0, -1, 1), (0, 1), (0, 0, 1), (0, 1, 5))),
    Case("transpose", 1.0),
    Case("permute_dims", T, (2, 1, 0)),
    Case("matrix_transpose", T),
    Case("matrix_transpose", V),
    Case("swapaxes", T, 0, -1),
    Case("moveaxis", T, 0, -1),
    Case("moveaxis", T, (0, 1), (1, 0)),
    Case("moveaxis", T, (0, 1), 1),
    Case("moveaxis", T, (0, 2), (-1, 0)),
    Case("moveaxis", T, 3, 0),
    *(Case("rollaxis", T, i, s) for i in (0, 1, -1) for s in (0, 1, 3, -1)),
    *(Case("flip", T, a) for a in (None, 0, (0, 2), -1, 3)),
    Case("fliplr", M),
    Case("fliplr", V),
    Case("flipud", V),
    Case("flipud", 1),
    *(Case("rot90", T, k) for k in (0, 1, 2, 3, -1, 5)),
    Case("rot90", T, 1, (2, 0)),
    Case("rot90", T, 1, (0, 0)),
    Case("rot90", V),
    *(Case("roll", M, s, a) for s in (0, 1, -1, 7) for a in (None, 0, 1, -1)),
    Case("roll", M, (1, 2), (0, 1)),
    Case("roll", M, (1, 2), 0),
    Case("roll", M, 1, (0, 1)),
    Case("roll", M, Device(np.int32(2)), 1),
    Case("roll", M, Device(np.int32(-4))),
    Case("roll", T, Device(np.int32([1, 2])), (0, 2)),
    Case("roll", E, 1),
    Case("roll", E, Device(np.int32(2)), 0),
    Case("roll", M, 1, 2),
]

JOINING = [
    Case("concatenate", [V, V]),
    Case("concatenate", [M, M], axis=1),
    Case("concatenate", [M, M], axis=-1),
    Case("concatenate", [M, V], axis=None),
    Case("concatenate", [np.int8([1]), np.float16([1])]),
    Case("concatenate", [V, V.astype(int)], dtype="int8"),
    Case("concatenate", T),
    Case("concatenate", T, axis=1),
    Case("concatenate", T, axis=None, dtype=float),
    Case("concatenate", V),
    Case("concatenate", []),
    Case("concatenate", [1, 2]),
    Case("concatenate", 5),
    Case("concatenate", [V, M]),
    Case("concatenate", [M, M], axis=2),
    Case("concatenate", [[1.0], V]),
    Case("concatenate", [V, None]),
    Case("concatenate", [E, M]),
    Case("concat", [V, V], axis=None),
    Case("stack", [V, V]),
    Case("stack", [V, V], axis=-1),
    Case("stack", [1, 2.0]),
    Case("stack", T, axis=1),
    Case("stack", V),
    Case("stack", [V, V], dtype=int),
    Case("stack", [V, V], out=3),
    Case("stack", [V, M]),
    Case("stack", []),
    Case("stack", [V], axis=3),
    *(Case(f, [V, V]) for f in ("vstack", "hstack", "dstack", "column_stack")),
    *(Case(f, [M, M]) for f in ("vstack", "hstack", "dstack", "column_stack")),
    *(Case(f, [1, 2.0]) for f in ("vstack", "hstack", "dstack", "column_stack")),
    *(Case(f, 5) for f in ("vstack", "hstack", "dstack", "column_stack")),
    Case("vstack", [V, V], dtype=int),
    Case("hstack", M),
    Case("append", V, 1),
    Case("append", M, M, 0),
    Case("append", V, [1]),
    Case("block", [[M, M], [M, M]]),
    Case("block", [[1, 2], [3, 4.0]]),
    Case("block", 1),
    Case("block", [V, V]),
    Case("block", [[T], [T]]),
    Case("block", []),
    Case("block", [[1, 2], 3]),
    Case("block", (1, 2)),
]

SPLITTING = [
    Case("split", V, 3),
    Case("split", V, 4),
    Case("split", T, 2, axis=-1),
    Case("split", V, [1, 4]),
    Case("split", V, np.array([2])),
    Case("split", V, Device(np.array([2]))),
    Case("split", V, [4, 2]),
    Case("split", V, []),
    Case("split", V, -1),
    Case("array_split", V, 4),
    Case("array_split", V, 8),
    Case("vsplit", M, 2),
    Case("hsplit", M, 3),
    Case("hsplit", V, 3),
    Case("dsplit", T, 2),
    Case("unstack", M),
    Case("unstack", T, axis=1),
    Case("unstack", 1.0),
]

REPEATING = [
    Case("tile", V, 2),
    Case("tile", M, (2, 1, 1)),
    Case("tile", M, (2,)),
    Case("tile", T, (2, 1)),
    Case("tile", 1.0, 3),
    Case("tile", M, 0),
    Case("tile", M, ()),
    Case("tile", M, 1.5),
    Case("repeat", V, 2),
    Case("repeat", M, 2, axis=1),
    Case("repeat", M, np.array([1, 2]), axis=0),
    Case("repeat", V, np.array([2])),
    Case("repeat", V, [1] * 6),
    Case("repeat", 5, 3),
    Case("repeat", V, 0),
    Case("repeat", V, Device([0, 1, 2, 0, 0, 3])),
    *(Case("repeat", V, Device([0, 1, 2, 0, 3, 0]), total_repeat_length=n) for n in (0, 4, 6, 9)),
    *(Case("repeat", V, 2, total_repeat_length=n) for n in (4, 12, 14)),
    Case("repeat", M, Device([2, 1]), axis=0, total_repeat_length=4),
    Case("repeat", V[:0], 2),
    Case("repeat", E, Device(np.zeros(0, int)), axis=0, total_repeat_length=2),
    Case("repeat", V, np.array([1, 2])),
    Case("repeat", M, 2, axis=2),
    Case("repeat", V, 1.5),
]


@pytest.mark.parametrize("case", SHAPES + AXES + JOINING + SPLITTING + REPEATING, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.parametrize("n", [0, -1])
def test_sizes_that_jax_does_not_check(n: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        jnp.split(V, n)
    with pytest.raises(ValueError, match="negative"):
        jnp.tile(V, n - 1)


def test_traced_repeats_need_a_length() -> None:
    with pytest.raises(covector.errors.ConcretizationTypeError, match="total_repeat_length"):
        covector.jit(lambda n: jnp.repeat(V, n))(2)
    out = covector.jit(lambda n: jnp.repeat(V, n, total_repeat_length=12))(2)
    np.testing.assert_array_equal(out, np.repeat(V, 2))
