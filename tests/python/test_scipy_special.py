"""Special functions and their slopes, against JAX."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
import covector.scipy.special
from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
# JAX means to drop lpmn and lpmn_values.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
X = np.array([-3.3, -0.7, -1e-3, 0.2, 0.6, 1.0, 1.7, 3.4, 8.5, 40.0], F)
P = np.array([0.01, 0.2, 0.45, 0.5, 0.7, 0.93, 0.999], F)
A, B = np.array([0.3, 1.0, 2.5, 9.0], F), np.array([[0.7], [12.0]], F)
EDGES = np.array([0.0, -0.0, 1.0, -1.0, -2.0, np.inf, -np.inf, np.nan, 1e-30, 1e30], F)

ON_REALS = [
    "gammaln",
    "gammasgn",
    "gamma",
    "loggamma",
    "digamma",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "expit",
    "entr",
    "dawsn",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "ndtr",
    "log_ndtr",
    "sici",
    "fresnel",
    "factorial",
    "spence",
]
ON_PAIRS = [
    "beta",
    "betaln",
    "gammainc",
    "gammaincc",
    "xlogy",
    "xlog1py",
    "boxcox",
    "boxcox1p",
    "kl_div",
    "rel_entr",
    "comb",
    "poch",
    "owens_t",
    "zeta",
]


def values(library: Any, cases: Any, *args: Any, slopes: bool = True) -> Any:
    """What functions give, and their slopes, as one program."""

    def all_of(*xs: Any) -> Any:
        return {name: f(library.scipy.special, *xs) for name, f in cases.items()}

    if not slopes:
        return library.jit(all_of)(*args)
    return library.jit(lambda *xs: library.jvp(all_of, xs, xs))(*args)


def named(names: list[str]) -> dict[str, Any]:
    return {name: (lambda s, *xs, name=name: getattr(s, name)(*xs)) for name in names}


def test_functions_of_one_variable() -> None:
    assert_agrees(lambda lib: values(lib, named(ON_REALS), X[3:]), rtol=3e-5)


def test_negative_numbers() -> None:
    names = [n for n in ON_REALS if n not in ("erfinv", "loggamma")]
    assert_agrees(lambda lib: values(lib, named(names), X[:3]), rtol=3e-5)


def test_edges() -> None:
    names = [n for n in ON_REALS if n != "fresnel"]
    assert_agrees(lambda lib: values(lib, named(names), EDGES, slopes=False), rtol=3e-5)
    pairs = ["xlogy", "xlog1py", "rel_entr", "kl_div", "boxcox", "comb", "owens_t"]
    edges = (EDGES, EDGES[:, None])
    assert_agrees(lambda lib: values(lib, named(pairs), *edges, slopes=False), rtol=3e-5)


def test_probabilities() -> None:
    assert_agrees(lambda lib: values(lib, named(["ndtri", "logit", "erfinv"]), P), rtol=3e-5)


def test_functions_of_two_variables() -> None:
    assert_agrees(lambda lib: values(lib, named(ON_PAIRS), A + 1, B + 0.1), rtol=1e-4)


def test_options() -> None:
    cases = {
        "betainc": lambda s, x: s.betainc(2.0, 3.0, x),
        "multigammaln": lambda s, x: s.multigammaln(x + 3, 3),
        "polygamma": lambda s, x: s.polygamma(np.array([[1], [2]]), x),
        "comb": lambda s, x: s.comb(4, np.arange(6), repetition=True),
        "log_ndtr": lambda s, x: s.log_ndtr(-30 * x, 5),
        "softmax": lambda s, x: [s.softmax(x), s.log_softmax(x, axis=0), s.logsumexp(x)],
        "bernoulli": lambda s, x: [s.bernoulli(2), s.bernoulli(9)],
        "lpmn_values": lambda s, x: [s.lpmn_values(4, 4, x, n) for n in (False, True)],
        "lpmn": lambda s, x: s.lpmn(3, 3, x)[0],
    }
    assert_agrees(lambda lib: values(lib, cases, P), rtol=1e-4)


def test_legendre_slopes() -> None:
    """JAX's are of a few degrees wrong: SciPy's are right."""
    from scipy.special import assoc_legendre_p_all

    z = np.array([-0.5, 0.2, 0.7], F)
    got = covector.scipy.special.lpmn(4, 4, jnp.asarray(z))[1]
    want = assoc_legendre_p_all(4, 4, z.astype(float), diff_n=1)[1][:, :5].swapaxes(0, 1)
    np.testing.assert_allclose(got, want, rtol=2e-4, atol=1e-4)


def test_spherical_harmonics() -> None:
    n, m = np.array([2, 3, 3, 1]), np.array([1, -2, 3, 0])

    def program(library: Any) -> Any:
        args = [library.numpy.asarray(x) for x in (n, m, P[:4], P[:4] * 3)]
        return library.scipy.special.sph_harm_y(*args, n_max=3)

    assert_agrees(program, rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.gammasgn(1j),
        lambda s: s.ndtr(np.arange(3)),
        lambda s: s.log_ndtr(F(1), 2.5),
        lambda s: s.log_ndtr(F(1), 31),
        lambda s: s.zeta(2.0),
        lambda s: s.polygamma(1.0, 2.0),
        lambda s: s.bernoulli(-1),
        lambda s: s.factorial(3, exact=True),
        lambda s: s.lpmn_values(2, 3, np.zeros(3, F), False),
        lambda s: s.erf([1.0]),
    ],
)
def test_errors(call: Any) -> None:
    assert_fails_alike(lambda library: call(library.scipy.special))


def test_nothing_is_missing() -> None:
    theirs = {name for name in vars(jax.scipy.special) if not name.startswith("_")}
    assert theirs <= set(dir(covector.scipy.special))
