"""Universal functions: their methods against NumPy's, and what they are as objects."""

import inspect

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, assert_agrees

BINARY = ["add", "multiply", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or"]
BINARY += ["bitwise_xor", "logical_and", "logical_or", "logical_xor"]
M = np.array([[3, 5, 1], [6, 0, 2]], np.int32)
F = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], np.float32)


def same(got: object, want: object) -> None:
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-6)


@pytest.mark.parametrize("name", BINARY)
def test_methods_agree_with_numpy(name: str) -> None:
    ours, numpys = getattr(jnp, name), getattr(np, name)
    same(ours(M, 3), numpys(M, 3))
    same(ours.outer(M[0], M[1]), numpys.outer(M[0], M[1]))
    for axis in (0, 1, -1):
        same(ours.reduce(M, axis=axis), numpys.reduce(M, axis=axis))
        same(ours.accumulate(M, axis=axis), numpys.accumulate(M, axis=axis))
        same(ours.reduce(M, axis, keepdims=True), numpys.reduce(M, axis, keepdims=True))
    places = np.array([0, 1, 1])
    same(ours.reduceat(M[0], np.array([0, 2])), numpys.reduceat(M[0], np.array([0, 2])))
    want = M[0].astype(numpys(M[0], M[0]).dtype)
    if want.dtype == M.dtype:
        numpys.at(want, places, np.array([7, 9, 4], np.int32))
        same(ours.at(M[0], places, np.array([7, 9, 4], np.int32), inplace=False), want)


@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_logarithms_of_sums(name: str) -> None:
    ours, numpys = getattr(jnp, name), getattr(np, name)
    same(ours.reduce(F, axis=1), numpys.reduce(F, axis=1))
    same(ours.reduce(F, axis=None, initial=1.0), numpys.reduce(F, axis=None, initial=1.0))
    mask = F > 0
    same(ours.reduce(F, axis=0, where=mask), numpys.reduce(F, axis=0, where=mask))
    slopes = covector.grad(lambda x: ours.reduce(x, axis=None))(F)
    same(slopes, jax.grad(lambda x: getattr(jax.numpy, name).reduce(x, axis=None))(F))


@pytest.mark.parametrize("identity", [None, 0])
def test_functions_of_scalars(identity: int | None) -> None:
    def function(x, y):
        return x - 2 * y if identity is None else x + y + x * y

    ours = jnp.frompyfunc(function, 2, 1, identity=identity)
    numpys = np.frompyfunc(function, 2, 1, identity=identity)
    same(ours(F, F[0]), np.asarray(numpys(F, F[0]), np.float32))
    for axis in (0, 1):
        same(ours.reduce(F, axis=axis), np.asarray(numpys.reduce(F, axis=axis), np.float32))
        want = np.asarray(numpys.accumulate(F, axis=axis), np.float32)
        same(ours.accumulate(F, axis=axis), want)
        same(covector.jit(lambda x, a=axis: ours.accumulate(x, axis=a))(F), want)
    same(ours.outer(F[0], F[1]), np.asarray(numpys.outer(F[0], F[1]), np.float32))
    empty = np.zeros((2, 0), np.float32)
    same(ours.reduce(empty, axis=1, initial=2.0), np.full(2, 2.0))
    start = {"initial": 1.0} if identity is None else {}
    got = ours.reduce(F, axis=1, where=F > 0, **start)
    want = numpys.reduce(F, axis=1, where=F > 0, initial=start.get("initial", 0))
    same(got, np.asarray(want, np.float32))


def test_objects() -> None:
    assert isinstance(jnp.add, jnp.ufunc)
    assert repr(jnp.add) == "<jnp.ufunc 'add'>"
    assert (jnp.add.nin, jnp.add.nout, jnp.add.nargs, jnp.add.identity) == (2, 1, 2, 0)
    assert jnp.negative.nin == 1
    assert inspect.signature(jnp.add).parameters.keys() == {"args", "out", "where"}
    first = jnp.frompyfunc(np.hypot, 2, 1)
    assert first == jnp.frompyfunc(np.hypot, 2, 1)
    assert hash(first) == hash(jnp.frompyfunc(np.hypot, 2, 1))
    assert first != jnp.frompyfunc(np.hypot, 2, 1, identity=0)
    with pytest.raises(AttributeError):
        jnp.add.nin = 3
    for wrong in ({"out": F}, {"where": True}):
        with pytest.raises(NotImplementedError, match=r"argument of <jnp\.ufunc 'add'>"):
            jnp.add(1, 2, **wrong)
    with pytest.raises(TypeError, match="unexpected keyword"):
        jnp.add(1, 2, other=3)
    with pytest.raises(NotImplementedError, match="inplace=False"):
        jnp.add.at(F, 0, 1.0)
    with pytest.raises(ValueError, match="binary ufuncs"):
        jnp.negative.reduce(F)


POINTS = np.array([0.0, 1.0, 2.0, 3.0, 4.0], np.float32)
VALUES = np.stack([POINTS**2 - 1, 3 - POINTS], 1)
POLYNOMIALS = [
    Case("poly", np.array([1.0, 2.0, -3.0], np.float32)),
    Case("poly", np.array([], np.float32)),
    Case("poly", np.zeros((2, 3), np.float32)),
    Case("roots", np.zeros((2, 2), np.float32)),
    Case("roots", np.array([3.0], np.float32)),
    Case("roots", np.array([0.0, 0.0, 2.0, 4.0], np.float32)),
    Case("roots", np.array([0.0, 0.0, 2.0, 4.0], np.float32), strip_zeros=False),
    Case("roots", np.zeros(3, np.float32), strip_zeros=False),
    Case("polyfit", POINTS, VALUES[:, 0], 2),
    Case("polyfit", POINTS, VALUES, 1, full=True),
    Case("polyfit", POINTS, VALUES[:, 0], 1, w=POINTS + 1, cov=True),
    Case("polyfit", POINTS, VALUES, 1, cov="unscaled"),
    Case("polyfit", POINTS, VALUES[:, 0], -1),
    Case("polyfit", POINTS, VALUES[:3, 0], 1),
    Case("polyfit", POINTS, VALUES[:, 0], 4, cov=True),
]


@pytest.mark.parametrize("case", POLYNOMIALS, ids=repr)
def test_polynomials(case: Case) -> None:
    assert_agrees(case, rtol=2e-4)
