"""Every law on every sample of every primitive."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from covector import _core
from primitives import laws
from primitives.libraries import COVECTOR, JAX, QUICK, Library, Outcome, Program, run
from primitives.samples import SAMPLES, Sample

pytestmark = pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")

PER_NAME = {s.name: [t for t in SAMPLES if t.name == s.name] for s in SAMPLES}
FIRST = {s for samples in PER_NAME.values() for s in samples[:2]}

outcomes: dict[tuple[str, str], dict[Sample, Outcome]] = {}


@pytest.fixture
def compute(request: pytest.FixtureRequest) -> Callable[..., list[np.ndarray]]:
    """The results of a law's program for a sample; those of all samples that this process tests
    are computed at once."""

    def get(
        library: Library,
        program: Callable[[Library, Sample], Program],
        s: Sample,
        precise: bool = False,
    ) -> list[np.ndarray]:
        known = outcomes.setdefault((library.module.__name__, program.__name__), {})
        if s not in known:
            items = [i for i in request.session.items if group(i) == group(request.node)]
            missing = {i.callspec.params["s"] for i in items} - known.keys()
            with library.precision(precise):
                every = programs(library, program, missing)
                known |= run(library, every, {} if program is value_program else QUICK)
        outcome = known[s]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return get


def programs(library: Library, program: Any, samples: set[Sample]) -> dict[Sample, Program]:
    chosen = {}
    for s in (s for s in SAMPLES if s in samples):
        try:
            chosen[s] = program(library, s)
        except Exception as error:
            chosen[s] = failing(error), []
    return chosen


def failing(error: Exception) -> Callable[..., list[Any]]:
    def program() -> list[Any]:
        raise error

    return program


def group(item: Any) -> tuple[Any, Any]:
    return item.function, item.get_closest_marker("xdist_group").args


# Two processes at most share a law: parts of a program compile no faster than the whole.
SHARES = 2


def each(law: str, test: Callable[[Sample], bool]) -> pytest.MarkDecorator:
    chosen = [s for s in SAMPLES if test(s)]
    shares = [pytest.mark.xdist_group(f"{law} {i}") for i in range(SHARES)]
    params = [pytest.param(s, id=str(s), marks=shares[i % SHARES]) for i, s in enumerate(chosen)]
    return pytest.mark.parametrize("s", params)


def value_program(library: Library, s: Sample) -> Program:
    return (lambda *args: laws.leaves(s.fun(library.lax, *args))), s.args


@each("types", lambda s: s.oracle)
def test_types_are_those_of_jax(s: Sample) -> None:
    ours, theirs = (staged_types(library, s) for library in (COVECTOR, JAX))
    assert ours == theirs


def staged_types(library: Library, s: Sample) -> list[tuple[Any, ...]]:
    fun, args = value_program(library, s)
    return [types(a) for a in library.make_jaxpr(fun)(*args).out_avals]


def types(aval: Any) -> tuple[Any, ...]:
    return aval.dtype, aval.shape, aval.weak_type


# A program of one operation for each, where all others share few: some of each primitive suffice.
@each("eager", lambda s: s in FIRST)
def test_eager_results_are_as_told_and_as_compiled(s: Sample, compute: Any) -> None:
    fun, args = value_program(COVECTOR, s)
    eager = fun(*(_core.asarray(a) for a in args))
    assert [types(x.aval) for x in eager] == staged_types(COVECTOR, s)
    for got, want in zip(eager, compute(COVECTOR, value_program, s), strict=True):
        laws.close(np.asarray(got), want, s.tolerance)


@each("values", lambda s: s.oracle)
def test_values_are_those_of_jax(s: Sample, compute: Any) -> None:
    ours, theirs = (compute(library, value_program, s) for library in (COVECTOR, JAX))
    for got, want in zip(ours, theirs, strict=True):
        laws.close(got, want, s.tolerance)


@each("differences", lambda s: s.order >= 1 and bool(s.differentiable) and s.exact)
def test_derivatives_are_limits_of_differences(s: Sample, compute: Any) -> None:
    results = compute(COVECTOR, laws.derivative_program, s, precise=True)
    with COVECTOR.precision(True):
        laws.check_derivatives(COVECTOR, s, results)


@each("derivatives", lambda s: s.derivatives_of_oracle)
def test_derivatives_are_those_of_jax(s: Sample, compute: Any) -> None:
    ours, theirs = (compute(library, laws.rule_program, s) for library in (COVECTOR, JAX))
    for got, want in zip(ours, theirs, strict=True):
        laws.close(got, want, max(s.tolerance, 1e-5))


@each("batching", lambda s: s.batch and bool(s.args))
def test_batching_is_a_loop(s: Sample, compute: Any) -> None:
    laws.check_batch(COVECTOR, s, compute(COVECTOR, laws.batch_program, s))


@each("small batches", lambda s: s.batch and bool(s.args))
@pytest.mark.parametrize("size", [0, 1])
def test_batches_of_none_and_one(s: Sample, size: int) -> None:
    fun, args = value_program(COVECTOR, s)
    one = COVECTOR.eval_shape(fun, *args)
    stacked = [np.stack([a] * size) if size else np.zeros((0, *a.shape), a.dtype) for a in args]
    many = COVECTOR.eval_shape(COVECTOR.vmap(fun), *stacked)
    assert [(x.dtype, x.shape) for x in many] == [(x.dtype, (size, *x.shape)) for x in one]


# Compositions that are one operation where nothing is traced, and what random bits become in
# the lowered program.
NEVER_TRACED = {
    "getitem",
    "setitem",
    "unary_function",
    "binary_function",
    "where",
    "threefry2x32",
    # Batching over their axis turns collectives into operations on arrays.
    "all_gather",
    "all_to_all",
    "axis_index",
    "pbroadcast",
    "pmax",
    "pmin",
    "ppermute",
    "psum",
    "ragged_all_to_all",
    "reduce_scatter",
    "custom_lin",  # the derivative of a custom_vjp function, which only transposition may meet
}


def test_every_primitive_has_a_sample() -> None:
    registered = {p.name for p in vars(_core.primitives).values() if hasattr(p, "bind")}
    assert registered - used_by_samples() - NEVER_TRACED == set()


def used_by_samples() -> set[str]:
    used: set[str] = set()

    def visit(jaxpr: Any) -> None:
        for eqn in jaxpr.eqns:
            used.add(eqn.primitive.name)
            for value in eqn.params.values():
                for inner in value if isinstance(value, (list, tuple)) else [value]:
                    if hasattr(inner, "eqns"):
                        visit(inner)
                    elif hasattr(inner, "jaxpr"):
                        visit(inner.jaxpr)

    for s in SAMPLES:
        fun, args = value_program(COVECTOR, s)
        visit(COVECTOR.make_jaxpr(fun)(*args).jaxpr)
    return used
