"""Taylor mode: higher derivatives along a curve, against JAX and against nested derivatives."""

from typing import Any

import jax
import numpy as np
import pytest
from jax.experimental.jet import jet as jax_jet

import covector
import covector.numpy as jnp
from covector import lax
from covector.experimental.jet import fact, jet, jet2

X = np.array([0.3, 0.5, 0.8], "float32")
Y = np.array([1.5, 0.7, 2.0], "float32")
SERIES = [np.array([1.0, 0.5, -1.0], "float32") * c for c in (1.0, 0.4, -0.3, 0.2, 0.1)]
MATRIX = np.array([[3.0, 1.0, 0.0], [0.5, 2.0, 0.3], [0.1, -0.4, 1.5]], "float32")

# Functions of two arrays, for a library's modules of NumPy and of its own operations.
FUNCTIONS: dict[str, Any] = {
    **{
        name: lambda m, ops, x, y, name=name: getattr(m, name)(x * y)
        for name in ("exp", "sin", "cos", "tanh", "log", "sqrt", "sinh", "cosh", "expm1", "log1p")
    },
    **{
        name: lambda m, ops, x, y, name=name: getattr(ops, name)(x + 0 * y)
        for name in ("logistic", "erf", "erf_inv", "abs", "floor", "sign", "rsqrt", "square")
    },
    "quotient": lambda m, ops, x, y: x / y,
    "power": lambda m, ops, x, y: x**y,
    "cube": lambda m, ops, x, y: x**3 - 2 * y,
    "atan2": lambda m, ops, x, y: ops.atan2(x, y),
    "largest": lambda m, ops, x, y: m.maximum(x, y).max(),
    "chosen": lambda m, ops, x, y: m.where(x > 0.4, x * y, x),
    "product": lambda m, ops, x, y: (MATRIX @ x) @ m.outer(x, y),
    "moved": lambda m, ops, x, y: m.concatenate([x[::-1], y]).reshape(2, 3).sum(0),
    "cumulated": lambda m, ops, x, y: m.cumsum(x) * m.cumprod(y),
    "joined": lambda m, ops, x, y: (m.stack([x, y]), x.at[1].add(y[0])),
}


def jets(library: Any, jet: Any, order: int) -> Any:
    """The series of all functions, in one program."""
    series = [SERIES[:order], SERIES[1 : order + 1]]

    def of(name: str) -> Any:
        return jet(lambda x, y: FUNCTIONS[name](library.numpy, library.lax, x, y), (X, Y), series)

    return library.jit(lambda: {name: of(name) for name in FUNCTIONS})()


def test_series_are_those_of_jax() -> None:
    ours, theirs = jets(covector, jet, 4), jets(jax, jax_jet, 4)
    for name in FUNCTIONS:
        pairs = zip(covector.tree.leaves(ours[name]), jax.tree.leaves(theirs[name]), strict=True)
        for a, b in pairs:
            assert a.dtype == b.dtype, name
            assert np.allclose(a, b, rtol=2e-4, atol=2e-4), name


def nested(f: Any, x: Any, terms: list[Any]) -> list[Any]:
    """Derivatives along the curve, by as many derivatives of derivatives."""

    def along(t: Any) -> Any:
        return f(x + sum(t ** (i + 1) * c / fact(i + 1) for i, c in enumerate(terms)))

    results = []
    for _ in terms:
        along = covector.jacfwd(along)
        results.append(along(0.0))
    return results


PROGRAMS = {
    "scan": lambda x: lax.scan(lambda c, a: (jnp.sin(c) * a, c + a), x, jnp.stack([x, 2 * x])),
    "while": lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * x), (0, x))[
        1
    ],
    "loop": lambda x: lax.fori_loop(0, 3, lambda i, c: c + jnp.exp(-c) * i, x),
    "cond": lambda x: lax.cond(x[0] > 0, lambda y: y * y, jnp.sin, x),
    "jit": covector.jit(lambda x: covector.jit(jnp.tanh)(x) * x),
    "remat": covector.checkpoint(lambda x: jnp.sin(jnp.sin(x))),
    "softplus": covector.nn.softplus,
    "logsumexp": covector.nn.logsumexp,
    "gamma": lax.lgamma,
    "cholesky": lambda x: jnp.linalg.cholesky(jnp.diag(x) + 0.1 * jnp.outer(x, x)),
    "solve": lambda x: jnp.linalg.solve(jnp.diag(x) + MATRIX, x),
    "arcs": lambda x: (jnp.arcsin(x), jnp.arctan(x), jnp.arcsinh(x), jnp.arctanh(x), jnp.cbrt(x)),
    "fft": lambda x: jnp.abs(jnp.fft.fft(x)),
}


def test_programs_against_nested_derivatives() -> None:
    """All in one program."""
    x, terms = jnp.asarray(X), [jnp.asarray(t) for t in SERIES[:3]]

    def of(f: Any) -> Any:
        return f(x), jet(f, (x,), (terms,)), nested(f, x, terms)

    every = covector.jit(lambda: {name: of(f) for name, f in PROGRAMS.items()})()
    for name, (want, (value, series), expected) in every.items():
        for a, b in zip(covector.tree.leaves(value), covector.tree.leaves(want), strict=True):
            assert np.allclose(a, b, rtol=1e-5, atol=1e-5), name
        lists = covector.tree.leaves(series, is_leaf=lambda x: isinstance(x, list))
        parts = [covector.tree.leaves(e) for e in expected]
        for part, terms_of_part in zip(lists, zip(*parts), strict=True):
            for a, b in zip(part, terms_of_part, strict=True):
                assert np.allclose(a, b, rtol=2e-3, atol=2e-3), name


def test_jets_of_transformed_functions() -> None:
    def loss(x: Any) -> Any:
        return jnp.sum(jnp.tanh(MATRIX @ x) ** 2)

    terms = [jnp.asarray(t) for t in SERIES[:2]]
    value, (first, second) = jet(covector.grad(loss), (X,), (terms,))
    expected = nested(covector.grad(loss), jnp.asarray(X), terms)
    assert np.allclose(value, covector.grad(loss)(X), atol=1e-5)
    assert np.allclose(first, expected[0], atol=1e-4)
    assert np.allclose(second, expected[1], atol=1e-4)
    # And derivatives of series.
    third = covector.grad(lambda x: jet(jnp.sin, (x,), ([1.0, 0.0],))[1][1])(0.3)
    assert np.allclose(third, -np.cos(0.3), atol=1e-6)
    mapped = covector.vmap(lambda x: jet(jnp.exp, (x,), ([1.0, 0.0],))[1][1])(jnp.asarray(X))
    assert np.allclose(mapped, np.exp(X), rtol=1e-5)


def test_cost_grows_with_the_square_of_the_order() -> None:
    def f(x: Any) -> Any:
        return jnp.tanh(jnp.sin(x) / jnp.exp(x)) ** 0.5 + jnp.log(x)

    def operations(order: int) -> int:
        jaxpr = covector.make_jaxpr(lambda x: jet(f, (x,), ([x] * order,)))(1.0)
        return len(jaxpr.jaxpr.eqns)

    assert operations(24) < 5 * operations(12)


def test_scales_and_constants() -> None:
    value, (first, second) = jet2(jnp.exp, (0.0,), ([1.0, 0.0],))
    assert np.allclose([value, first, second], [1, 1, 0.5])
    value, (first, second) = jet(lambda x: jnp.full_like(x, 2.0), (X,), (SERIES[:2],))
    assert np.array_equal(first, np.zeros(3))
    assert np.array_equal(second, np.zeros(3))
    # What is no number of a field does not vary.
    value, series = jet(lambda n, x: x * n, (2, 3.0), ([1.0], [1.0]))
    assert np.allclose([value, *series], [6, 2])
    with pytest.raises(ValueError, match="inconsistent lengths"):
        jet(jnp.add, (1.0, 2.0), ([1.0], [1.0, 2.0]))
    with pytest.raises(ValueError, match="primal value at position 0 is not an array"):
        jet(lambda x: x, ([1.0],), ([1.0],))
    with pytest.raises(ValueError, match="term 0 for argument 0 is not an array"):
        jet(lambda x: x, (1.0,), ([[1.0]],))
