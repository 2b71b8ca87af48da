"""Distributions and statistics, against JAX."""

import doctest
import importlib
import pkgutil
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
import covector.scipy.stats
from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
X = np.array([-2.5, -0.3, 0.0, 0.2, 0.7, 1.0, 2.6, 8.0], F)
Q = np.array([0.0, 0.05, 0.3, 0.5, 0.9, 1.0, 1.5], F)
K = np.array([-1, 0, 1, 2, 3, 7])
SCALE = np.array([[0.7], [2.0]], F)
LOC = F(0.25)

# Arguments of every distribution; quantiles of ppf and isf take the place of the first.
CONTINUOUS: dict[str, Any] = {
    "beta": (X, 2.0, F(0.6), LOC, SCALE),
    "cauchy": (X, LOC, SCALE),
    "chi2": (X, 3.0, LOC, SCALE),
    "expon": (X, LOC, SCALE),
    "gamma": (X, 1.7, LOC, SCALE),
    "gennorm": (X, F(1.3)),
    "gumbel_l": (X, LOC, SCALE),
    "gumbel_r": (X, LOC, SCALE),
    "laplace": (X, LOC, SCALE),
    "logistic": (X, LOC, SCALE),
    "norm": (X, LOC, SCALE),
    "pareto": (X, 1.4, LOC, SCALE),
    "t": (X, 2.2, LOC, SCALE),
    "truncnorm": (X, F(-0.8), F(1.2), LOC, SCALE),
    "uniform": (X, LOC, SCALE),
    "vonmises": (X, F(2.0)),
    "wrapcauchy": (X, F(0.4)),
}
DISCRETE: dict[str, Any] = {
    "bernoulli": (K, F(0.3)),
    "betabinom": (K, 5, F(2.0), F(0.7)),
    "binom": (K, 5, F(0.3)),
    "geom": (K, F(0.3)),
    "nbinom": (K, 4, F(0.3), 1),
    "poisson": (K, F(2.4)),
}
METHODS = ["logpdf", "pdf", "logpmf", "pmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"]


def methods(name: str) -> list[str]:
    """All that JAX has."""
    return [m for m in METHODS if hasattr(getattr(jax.scipy.stats, name), m)]


def program_of(name: str, args: tuple[Any, ...]) -> Any:
    def program(library: Any) -> Any:
        module = getattr(library.scipy.stats, name)

        def all_of(*xs: Any) -> Any:
            quantiles = (Q, *xs[1:])
            return {
                m: getattr(module, m)(*(quantiles if m in ("ppf", "isf") else xs))
                for m in methods(name)
            }

        return library.jit(all_of)(*args)

    return program


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous(name: str) -> None:
    assert_agrees(program_of(name, CONTINUOUS[name]), rtol=2e-5)


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete(name: str) -> None:
    assert_agrees(program_of(name, DISCRETE[name]), rtol=2e-5)


def test_of_vectors() -> None:
    x = np.array([[0.2, 0.5], [0.3, 0.1], [0.5, 0.4]], F)
    cov = np.array([[2.0, 0.3, 0], [0.3, 1, 0.1], [0, 0.1, 0.5]], F)

    def program(library: Any) -> Any:
        s = library.scipy.stats

        def all_of(x: Any, cov: Any) -> Any:
            normal, mean = s.multivariate_normal, np.arange(3, dtype=F)
            return [
                s.dirichlet.logpdf(x, np.array([0.5, 2, 1], F)),
                s.dirichlet.pdf(x[:2], np.array([0.5, 2, 1], F)),
                s.multinomial.logpmf(np.array([1, 2, 0]), 3, np.array([0.2, 0.3, 0.5], F)),
                normal.logpdf(x.T, mean, 2.0),
                normal.logpdf(x[0], 1.0, 2.0),
                s.poisson.entropy(np.array([0.0, 0.4, 20, 300], F)),
            ]

        return library.jit(all_of)(x, cov)

    assert_agrees(program, rtol=3e-5)


def test_statistics() -> None:
    a = np.array([[3, 1, 2, 1], [2, 2, 9, 9], [3, 2, 0, 1]])
    b = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 2.0]], F)

    def program(library: Any) -> Any:
        s = library.scipy.stats
        modes = [s.mode(a, axis, keepdims=k) for axis in (0, 1, None) for k in (False, True)]
        methods = ("average", "min", "max", "dense", "ordinal")
        return [
            [tuple(m) for m in modes],
            [s.rankdata(a, m) for m in methods],
            s.rankdata(a, axis=1),
            s.rankdata(b),
            [s.sem(a), s.sem(a, None, 0), s.sem(b, 1, nan_policy="omit", keepdims=True)],
        ]

    assert_agrees(program, rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.mode(np.arange(3), nan_policy="omit"),
        lambda s: s.mode(np.arange(3), nan_policy="other"),
        lambda s: s.rankdata(np.arange(3), "worst"),
        lambda s: s.sem(X, nan_policy="raise"),
        lambda s: s.dirichlet.logpdf(X, np.ones((2, 2), F)),
        lambda s: s.multinomial.logpmf(X, 3, X),
        lambda s: s.multivariate_normal.logpdf(X, X, np.ones((2, 2), F)),
        lambda s: s.gaussian_kde(F(1)),
        lambda s: s.norm.cdf(1j),
    ],
)
def test_errors(call: Any) -> None:
    assert_fails_alike(lambda library: call(library.scipy.stats))


MODULES = [m.name for m in pkgutil.iter_modules(covector.scipy.stats.__path__) if m.name != "_kde"]


@pytest.mark.parametrize("name", MODULES)
def test_every_function_has_an_example(name: str) -> None:
    """The examples of distributions compile a program each: the tests above cover them."""
    module = importlib.import_module(f"covector.scipy.stats.{name}")
    if name.startswith("_"):
        names = {"covector": covector, "jnp": jnp, "np": np}
        assert doctest.testmod(module, extraglobs=names).failed == 0
        return
    for method in (m for m in METHODS if hasattr(module, m)):
        assert ">>> covector.scipy.stats." in (getattr(module, method).__doc__ or "")
    theirs = getattr(jax.scipy.stats, name)
    assert [m for m in METHODS if hasattr(theirs, m) and not hasattr(module, m)] == []
