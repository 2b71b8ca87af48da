"""Functions of SciPy that loop: special functions, solvers, minimization, ODEs; against JAX."""

import importlib
from typing import Any

import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
for module in ("scipy.sparse.linalg", "scipy.optimize", "experimental.ode"):
    importlib.import_module(f"jax.{module}")


def values(library: Any, cases: Any, *args: Any, slopes: bool = True) -> Any:
    """What functions give, and their slopes, as one program."""

    def all_of(*xs: Any) -> Any:
        return {name: f(library.scipy.special, *xs) for name, f in cases.items()}

    if not slopes:
        return library.jit(all_of)(*args)
    return library.jit(lambda *xs: library.jvp(all_of, xs, xs))(*args)


def named(names: list[str]) -> dict[str, Any]:
    return {name: (lambda s, *xs, name=name: getattr(s, name)(*xs)) for name in names}


def test_complex_numbers() -> None:
    z = np.array([0.3 + 2j, -1.4 + 0.2j, 3 - 4j, -2.5 - 0.1j], np.complex64)
    names = named(["gamma", "loggamma", "wofz", "erfcx"])
    assert_agrees(lambda lib: values(lib, names, z, slopes=False), rtol=1e-4)


def test_loops() -> None:
    x = np.array([-1.0, 0.1, 0.3, 0.9, 1.0, 2.7, 6.0, 30.0, 70.0], F)
    cases = {
        "expi": lambda s, x: s.expi(x),
        "exp1": lambda s, x: s.exp1(x),
        "expn": lambda s, x: s.expn(np.array([[0], [2], [3], [60], [6000]]), x[1:]),
        "bessel_jn": lambda s, x: s.bessel_jn(x[4:8], v=3),
        "hyp1f1": lambda s, x: s.hyp1f1(0.5, 1.5, x[:6]),
        "hyp2f1": lambda s, x: s.hyp2f1(0.5, 1.5, 2.2, -x[2:5] / 3),
    }
    assert_agrees(lambda lib: values(lib, cases, x, slopes=False), rtol=1e-4)
    assert covector.scipy.special.expi(0.0) == -np.inf  # NaN in JAX
    smooth = {name: cases[name] for name in ("expi", "exp1", "hyp1f1", "hyp2f1")}
    assert_agrees(lambda lib: values(lib, smooth, np.abs(x[2:7])), rtol=1e-3)


def test_hyp2f1_by_cases() -> None:
    from scipy.special import hyp2f1

    a, b = np.array([0.5, -3.0, 1.0, 2.0], F)[:, None, None], np.array([1.2, -2.0], F)[:, None]
    c, x = F(2.6), np.array([-0.9, 0.0, 0.5, 0.97, 1.0], F)
    got = covector.scipy.special.hyp2f1(a, b, c, x)
    want = hyp2f1(*(np.asarray(v, np.float64) for v in (a, b, c, x)))
    np.testing.assert_allclose(got, want, rtol=2e-3, atol=1e-5)


MATRIX = np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]], F)
GENERAL = MATRIX + np.array([[0, 0.5, 0], [-0.7, 0, 0.3], [0.2, 0, 0]], F)
RIGHT = np.array([1.0, -2, 3], F)


@pytest.mark.parametrize("method", ["cg", "bicgstab", "gmres", "incremental"])
def test_iterative_solvers(method: str) -> None:
    matrix = MATRIX if method == "cg" else GENERAL

    def program(library: Any) -> Any:
        solvers = library.scipy.sparse.linalg

        def solve(a: Any, b: Any) -> Any:
            if method == "incremental":
                return solvers.gmres(lambda x: a @ x, b, solve_method="incremental")[0]
            return getattr(solvers, method)(lambda x: a @ x, b, M=lambda x: x / 3)[0]

        slopes = library.grad(lambda a, b: solve(a, b).sum(), (0, 1))
        return library.jit(lambda a, b: (solve(a, b), slopes(a, b)))(matrix, RIGHT)

    assert_agrees(program, rtol=2e-3)
    x = np.asarray(program(covector)[0])
    np.testing.assert_allclose(matrix @ x, RIGHT, rtol=1e-3)


def test_solvers_take_trees_and_matrices() -> None:
    def operator(x: Any) -> Any:
        return {"a": 2 * x["a"], "b": 3 * x["b"] + x["a"].sum()}

    def program(library: Any) -> Any:
        cg, gmres = library.scipy.sparse.linalg.cg, library.scipy.sparse.linalg.gmres
        right = {"a": library.numpy.ones(2), "b": library.numpy.ones(1)}
        weak = {"a": library.numpy.full((2,), 1.0), "b": library.numpy.full((1,), 2.0)}
        return [
            gmres(operator, right)[0],
            gmres(operator, weak)[0],
            cg(MATRIX, library.numpy.asarray(RIGHT), RIGHT)[0],
        ]

    assert_agrees(program, rtol=1e-3)
    assert_fails_alike(lambda lib: lib.scipy.sparse.linalg.cg(MATRIX[0], RIGHT))
    assert_fails_alike(lambda lib: lib.scipy.sparse.linalg.cg("A", RIGHT))
    assert_fails_alike(lambda lib: lib.scipy.sparse.linalg.cg(MATRIX, RIGHT, {"x": RIGHT}))
    assert_fails_alike(lambda lib: lib.scipy.sparse.linalg.gmres(MATRIX, RIGHT, solve_method="x"))


@pytest.mark.parametrize("method", ["BFGS", "l-bfgs-experimental-do-not-rely-on-this"])
def test_minimize(method: str) -> None:
    def valley(x: Any, scale: Any) -> Any:
        return (scale * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    def program(library: Any) -> Any:
        minimize = library.scipy.optimize.minimize
        start = library.numpy.array([-1.2, 1.0, 0.5])
        found = library.jit(lambda x: minimize(valley, x, (10.0,), method=method))(start)
        return [found.x, found.success, found.status]

    assert_agrees(program, rtol=1e-3)
    assert_fails_alike(lambda lib: lib.scipy.optimize.minimize(valley, RIGHT, [1], method="BFGS"))
    assert_fails_alike(lambda lib: lib.scipy.optimize.minimize(valley, RIGHT, method="none"))


def test_odeint() -> None:
    times = np.array([0.0, 0.4, 1.5], F)

    def program(library: Any) -> Any:
        odeint = library.experimental.ode.odeint

        def pendulum(state: Any, t: Any, m: Any, g: Any) -> Any:
            angle, speed = state
            return speed, -m * speed - g * library.numpy.sin(angle)

        def end(angle: Any, ts: Any, m: Any) -> Any:
            angles, _ = odeint(pendulum, (angle, 0.1 * angle), ts, m, 9.8)
            return angles[-1], angles

        slopes = library.jit(library.grad(end, (0, 1, 2), has_aux=True))
        return slopes(F(0.7), times, F(0.25))

    assert_agrees(program, rtol=5e-3)
    assert_fails_alike(lambda lib: lib.experimental.ode.odeint(lambda y, t: y, F(1), np.arange(3)))


DATA = np.array([[0.0, 1.0, 2.5, 2.6], [1.0, -1.0, 0.5, 0.0]], F)


def test_kernel_density() -> None:
    data = np.array([[0.0, 1.0, 2.5, 2.6], [1.0, -1.0, 0.5, 0.0]], F)
    weights = np.array([1.0, 2.0, 1.0, 0.5], F)

    def program(library: Any) -> Any:
        kde = library.scipy.stats.gaussian_kde
        two, one = kde(data, weights=weights), kde(data[0], "silverman")
        leaves, tree = library.tree_util.tree_flatten(two)
        again = library.tree_util.tree_unflatten(tree, leaves)
        return [
            again.pdf(data[:, :3] + 0.1),
            two.logpdf(data[:, 0]),
            one(np.array([0.3, 5.0], F)),
            one.integrate_box_1d(0.0, 1.0),
            two.integrate_gaussian(np.zeros(2, F), np.eye(2, dtype=F)),
            two.integrate_kde(kde(data + 1, 0.5)),
        ]

    assert_agrees(program, rtol=1e-4)


def test_normal_vectors() -> None:
    x = np.array([[0.2, 0.5], [0.3, 0.1], [0.5, 0.4]], F)

    def program(library: Any) -> Any:
        normal, mean = library.scipy.stats.multivariate_normal, np.arange(3, dtype=F)
        both = np.stack([MATRIX, 2 * MATRIX])
        f = library.jit(lambda c: [normal.logpdf(x.T, mean, c), normal.pdf(x.T, mean, both)])
        return f(MATRIX)

    assert_agrees(program, rtol=3e-5)


COUNTS = {
    "poisson": lambda r, k: [
        r.poisson(k, np.array([0, 0.3, 5, 30, 1e6], F), (4, 5)),
        r.poisson(k, 3.0, (3,), np.int16),
    ],
    "binomial": lambda r, k: [
        r.binomial(k, np.array([0, 5, 50, 1e5, -1], F), np.array([[0.1], [0.7]], F), (2, 2, 5)),
        r.binomial(k, 5, 1.0),
    ],
    "multinomial": lambda r, k: r.multinomial(k, 20, np.array([[0.2, 0.3, 0.5], [1, 0, 0]], F)),
    "multivariate_normal": lambda r, k: [
        r.multivariate_normal(k, RIGHT, MATRIX, (2,), method=m) for m in ("cholesky", "eigh", "svd")
    ],
    "orthogonal": lambda r, k: [r.orthogonal(k, 3, (2,)), r.orthogonal(k, 2, m=3)],
}


@pytest.mark.parametrize("name", COUNTS)
def test_samplers(name: str) -> None:
    def program(library: Any) -> Any:
        with library.threefry_partitionable(True):
            return COUNTS[name](library.random, library.random.key(99))

    assert_agrees(program, rtol=2e-4 if name in ("multivariate_normal", "orthogonal") else 1e-6)
