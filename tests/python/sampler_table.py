"""Every sampler with every dtype, generator and mode, against JAX bit for bit.

    python tests/python/sampler_table.py      prints the table

All samplers of a generator and a mode are one program in each library. JAX's program runs twice:
by jaxlib's compiler, and by the one that Covector uses, which may round elementary functions
otherwise; that tells differences of compilers from those of libraries. What is not equal bit for
bit is given with its distance in units of the last place, and by a test of whether samples are of
one distribution: Kolmogorov and Smirnov's, or chi-square for integers.
"""

import argparse
import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import ml_dtypes
import numpy as np
import scipy.stats

import covector

IMPLS = (
    "threefry2x32",
    "rbg",
    "unsafe_rbg",
    "threefry4x32",
    "philox2x32",
    "philox4x32",
)
FLOATS = ("float16", "bfloat16", "float32", "float64")
WIDE = ("float32", "float64")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")

Sampler = Callable[[Any, Any, int, str], Any]  # of jax.random, a key, a size and a dtype

P = np.array([0.2, 0.5, 0.3], np.float32)

SAMPLERS: dict[str, tuple[tuple[str, ...], Sampler]] = {
    "ball": (WIDE, lambda r, k, n, d: r.ball(k, 2, 2.0, (n,), d)),
    "bernoulli": (("bool",), lambda r, k, n, d: r.bernoulli(k, 0.3, (n,))),
    "beta": (WIDE, lambda r, k, n, d: r.beta(k, 0.7, 2.0, (n,), d)),
    "binomial": (WIDE, lambda r, k, n, d: r.binomial(k, 12.0, 0.4, (n,), d)),
    "bits": (
        ("uint8", "uint16", "uint32", "uint64"),
        lambda r, k, n, d: r.bits(k, (n,), d),
    ),
    "categorical": (
        ("int32",),
        lambda r, k, n, d: r.categorical(k, np.log(P), shape=(n,)),
    ),
    "cauchy": (FLOATS, lambda r, k, n, d: r.cauchy(k, (n,), d)),
    "chisquare": (WIDE, lambda r, k, n, d: r.chisquare(k, 3.0, (n,), d)),
    "choice": (
        ("int32",),
        lambda r, k, n, d: r.choice(k, np.arange(3, dtype=d), (n,), p=P),
    ),
    "dirichlet": (WIDE, lambda r, k, n, d: r.dirichlet(k, P, (n,), d)),
    "double_sided_maxwell": (
        FLOATS,
        lambda r, k, n, d: r.double_sided_maxwell(k, 1, 2, (n,), d),
    ),
    "exponential": (FLOATS, lambda r, k, n, d: r.exponential(k, (n,), d)),
    "f": (WIDE, lambda r, k, n, d: r.f(k, 3.0, 4.0, (n,), d)),
    "fold_in": (("key",), lambda r, k, n, d: r.fold_in(k, n)),
    "gamma": (FLOATS, lambda r, k, n, d: r.gamma(k, 1.5, (n,), d)),
    "generalized_normal": (
        WIDE,
        lambda r, k, n, d: r.generalized_normal(k, 1.5, (n,), d),
    ),
    "geometric": (INTEGERS[4:], lambda r, k, n, d: r.geometric(k, 0.3, (n,), d)),
    "gumbel": (FLOATS, lambda r, k, n, d: r.gumbel(k, (n,), d)),
    "laplace": (FLOATS, lambda r, k, n, d: r.laplace(k, (n,), d)),
    "loggamma": (WIDE, lambda r, k, n, d: r.loggamma(k, 1.5, (n,), d)),
    "logistic": (FLOATS, lambda r, k, n, d: r.logistic(k, (n,), d)),
    "lognormal": (FLOATS, lambda r, k, n, d: r.lognormal(k, 0.5, (n,), d)),
    "maxwell": (FLOATS, lambda r, k, n, d: r.maxwell(k, (n,), d)),
    "multinomial": (WIDE, lambda r, k, n, d: r.multinomial(k, float(n), P, dtype=d)),
    "multivariate_normal": (
        WIDE,
        lambda r, k, n, d: r.multivariate_normal(k, np.zeros(2, d), np.eye(2, dtype=d), (n,), d),
    ),
    "normal": (
        (*FLOATS, "complex64", "complex128"),
        lambda r, k, n, d: r.normal(k, (n,), d),
    ),
    "orthogonal": (WIDE, lambda r, k, n, d: r.orthogonal(k, 3, (2,), dtype=d)),
    "pareto": (FLOATS, lambda r, k, n, d: r.pareto(k, np.dtype(d).type(2), (n,), d)),
    "permutation": (("int32",), lambda r, k, n, d: r.permutation(k, n)),
    "poisson": (INTEGERS[4:7:2], lambda r, k, n, d: r.poisson(k, 11.0, (n,), d)),
    "rademacher": (
        ("int8", "int32", "float32"),
        lambda r, k, n, d: r.rademacher(k, (n,), d),
    ),
    "randint": (INTEGERS, lambda r, k, n, d: r.randint(k, (n,), 3, 101, d)),
    "rayleigh": (
        FLOATS,
        lambda r, k, n, d: r.rayleigh(k, np.dtype(d).type(2), (n,), d),
    ),
    "split": (("key",), lambda r, k, n, d: r.split(k, (n // 2, 2))),
    "t": (WIDE, lambda r, k, n, d: r.t(k, 3.0, (n,), d)),
    "triangular": (FLOATS, lambda r, k, n, d: r.triangular(k, 0, 1, 3, (n,), d)),
    "truncated_normal": (
        FLOATS,
        lambda r, k, n, d: r.truncated_normal(k, -1, 2, (n,), d),
    ),
    "uniform": (FLOATS, lambda r, k, n, d: r.uniform(k, (n,), d, -1, 2)),
    "wald": (WIDE, lambda r, k, n, d: r.wald(k, 2.0, (n,), d)),
    "weibull_min": (WIDE, lambda r, k, n, d: r.weibull_min(k, 2.0, 1.5, (n,), d)),
}


class Case(NamedTuple):
    sampler: str
    dtype: str

    def __call__(self, random: Any, key: Any, size: int) -> Any:
        return SAMPLERS[self.sampler][1](random, key, size, self.dtype)


class Row(NamedTuple):
    """How a case compares.

    Attributes:
      equal: bit for bit to JAX.
      here: to JAX's program, compiled by the compiler that Covector uses.
      ulps: the largest difference from JAX.
      p: the probability of samples as unlike from one distribution.
    """

    case: Case
    equal: bool
    here: bool
    ulps: float
    p: float


def cases(names: Any = SAMPLERS) -> list[Case]:
    return [Case(name, dtype) for name in names for dtype in SAMPLERS[name][0]]


class Mode(NamedTuple):
    """What samples depend on beside the seed.

    Attributes:
      impl: the generator.
      partitionable: whether bits of Threefry are made so that their making can be divided.
      raw: whether keys are arrays of words.
    """

    impl: str
    partitionable: bool = True
    raw: bool = False

    def set_in(self, library: Any) -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        stack.enter_context(library.enable_x64(True))
        stack.enter_context(library.threefry_partitionable(self.partitionable))
        stack.enter_context(library.default_prng_impl(self.impl))
        return stack

    def __str__(self) -> str:
        order = "partitionable" if self.partitionable else "sequential"
        return f"{self.impl}, {order}, {'raw' if self.raw else 'typed'} keys"


def program_of(library: Any, mode: Mode, wanted: list[Case], size: int) -> Any:
    """A jitted function of a seed that gives the samples of all cases."""

    def program(seed: Any) -> list[Any]:
        key = library.random.PRNGKey(seed) if mode.raw else library.random.key(seed)
        found = [case(library.random, key, size) for case in wanted]
        return [x if isinstance(x.dtype, np.dtype) else library.random.key_data(x) for x in found]

    return library.jit(program)


SEED = np.uint32(1234)


def sampled(library: Any, mode: Mode, wanted: list[Case], size: int) -> list[np.ndarray]:
    with mode.set_in(library):
        found = program_of(library, mode, wanted, size)(SEED)
        return [np.asarray(x) for x in found]


def sampled_here(mode: Mode, wanted: list[Case], size: int) -> list[np.ndarray]:
    """By JAX's program, compiled and run by Covector."""
    with mode.set_in(jax):
        lowered = program_of(jax, mode, wanted, size).lower(SEED)
    with covector.enable_x64(True):
        types = [covector.core.ShapedArray(x.shape, x.dtype) for x in lowered.out_info]
        seed = covector.core.ShapedArray((), np.uint32)
        texts = {"cpu": lowered.as_text()}
        program = covector._core.ExportedProgram("samplers", [seed], types, [0], texts)
        return [np.asarray(x) for x in covector.jit(lambda s: program.call([s]))(SEED)]


def _ulps(got: np.ndarray, want: np.ndarray) -> float:
    """The largest difference, in units of the last place of what was wanted."""
    if want.dtype.kind == "c":
        return max(_ulps(got.real, want.real), _ulps(got.imag, want.imag))
    if want.dtype.kind not in "fV":
        return float("nan")
    tiny = ml_dtypes.finfo(want.dtype).eps
    scale = np.maximum(np.abs(want.astype(np.float64)), float(ml_dtypes.finfo(want.dtype).tiny))
    return float(np.max(np.abs(got.astype(np.float64) - want.astype(np.float64)) / scale) / tiny)


def _p_of_same(got: np.ndarray, want: np.ndarray) -> float:
    """The probability that samples of one distribution differ as much as these do."""
    if got.dtype.kind == "c":
        return min(_p_of_same(got.real, want.real), _p_of_same(got.imag, want.imag))
    if got.dtype.kind in "fV":
        flat = [x.astype(np.float64).ravel() for x in (got, want)]
        return float(scipy.stats.ks_2samp(*flat).pvalue)
    values = np.unique(np.concatenate([got, want], axis=None))
    counts = [[np.count_nonzero(x == v) for v in values] for x in (got, want)]
    return float(scipy.stats.chi2_contingency(counts).pvalue) if len(values) > 1 else 1.0


def compare(mode: Mode, wanted: list[Case], size: int = 200) -> Iterator[Row]:
    both = [sampled(library, mode, wanted, size) for library in (covector, jax)]
    here = sampled_here(mode, wanted, size)
    for case, got, want, same in zip(wanted, *both, here):
        assert (got.dtype, got.shape) == (want.dtype, want.shape), case
        equal, equal_here = (got.tobytes() == x.tobytes() for x in (want, same))
        unlike = (0.0, 1.0) if equal else (_ulps(got, want), _p_of_same(got, want))
        yield Row(case, equal, equal_here, *unlike)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--impl", nargs="*", default=IMPLS)
    parser.add_argument("--sampler", nargs="*", default=SAMPLERS)
    parser.add_argument("--keys", nargs="*", choices=("typed", "raw"), default=("typed",))
    parser.add_argument("--size", type=int, default=2000)
    arguments = parser.parse_args()
    total = equal = equal_here = 0
    for mode in itertools.product(
        arguments.impl, (True, False), (kind == "raw" for kind in arguments.keys)
    ):
        rows = list(compare(Mode(*mode), cases(arguments.sampler), arguments.size))
        same, here = sum(row.equal for row in rows), sum(row.here for row in rows)
        total, equal, equal_here = total + len(rows), equal + same, equal_here + here
        print(f"{Mode(*mode)}: of {len(rows)}, {same} equal JAX, {here} by our compiler")
        for row in rows:
            if not row.equal:
                name, by = (
                    f"{row.case.sampler} {row.case.dtype}",
                    "=" if row.here else "!=",
                )
                print(f"  {name:32} {row.ulps:10.3g} ulp  p = {row.p:.3f}  {by} JAX here")
    print(f"in all: of {total}, {equal} equal JAX bit for bit, {equal_here} by our compiler")


if __name__ == "__main__":
    main()
