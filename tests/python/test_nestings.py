"""Every pair and triple of transformations and higher-order operations, nested, agrees with JAX."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import jax
import numpy as np
import pytest

import covector
from primitives.libraries import COVECTOR, JAX, QUICK, Library, Outcome, run

Function = Callable[[Any], Any]
FACTORS = np.array([1.1, 0.7], np.float32)


def pushed(m: Any, f: Function) -> Function:
    return lambda x: m.jvp(f, (x,), (m.numpy.float32(1.5),))[1]


def mapped(m: Any, f: Function) -> Function:
    return lambda x: m.vmap(f)(m.numpy.stack([x, 0.5 * x])).sum()


def scanned(m: Any, f: Function) -> Function:
    return lambda x: m.lax.scan(lambda c, t: (t * f(c), c), x, FACTORS)[0]


def branched(m: Any, f: Function) -> Function:
    return lambda x: m.lax.cond(x > 0.3, f, lambda y: 2 * f(y), x)


def looped(m: Any, f: Function) -> Function:
    def body(carry: Any) -> Any:
        return carry[0] + 1, f(carry[1])

    return lambda x: m.lax.while_loop(lambda carry: carry[0] < 2, body, (0, x))[1]


def with_jvp(m: Any, f: Function) -> Function:
    g = m.custom_jvp(f)
    g.defjvp(lambda primals, tangents: (f(primals[0]), 3 * f(primals[0]) * tangents[0]))
    return lambda x: g(x)


def with_vjp(m: Any, f: Function) -> Function:
    g = m.custom_vjp(f)
    g.defvjp(lambda x: (f(x), x), lambda x, cotangent: (0.5 * f(x) * cotangent,))
    return lambda x: g(x)


def called_back(m: Any, f: Function) -> Function:
    def host(x: Any) -> Any:
        return np.asarray(0.8 * np.asarray(x) + 0.1, np.float32)

    result = jax.ShapeDtypeStruct if m is jax else covector.ShapeDtypeStruct
    kind = result((), np.float32)
    return lambda x: m.pure_callback(host, kind, f(x), vmap_method="sequential")


WRAPPERS: dict[str, Callable[[Any, Function], Function]] = {
    "jit": lambda m, f: m.jit(f),
    "grad": lambda m, f: m.grad(f),
    "jvp": pushed,
    "vmap": mapped,
    "remat": lambda m, f: m.checkpoint(f),
    "scan": scanned,
    "cond": branched,
    "while": looped,
    "custom_jvp": with_jvp,
    "custom_vjp": with_vjp,
    "pure_callback": called_back,
}


# That a function has no rule for forward mode is told by JAX's TypeError when its derivative is
# computed; taken twice, JAX reports its own mark of the missing rule as what lacks a rule.
TOLD_BETTER = {("custom_vjp", "jvp", "grad"), ("custom_vjp", "jvp", "jvp")}


def nested(m: Any, names: Iterable[str]) -> Function:
    def f(x: Any) -> Any:
        return m.numpy.sin(1.3 * x) + 0.4

    for name in names:
        f = WRAPPERS[name](m, f)
    return f


def outcomes(library: Library, nestings: list[tuple[str, ...]]) -> dict[Any, Outcome]:
    point = np.float32(0.4)
    known: dict[Any, Outcome] = {}
    programs: dict[Any, Any] = {}
    for names in nestings:
        f = nested(library.module, names)
        program = (lambda x, f=f: [f(x)]), (point,)
        try:
            library.make_jaxpr(program[0])(point)
            programs[names] = program
        except Exception as error:
            known[names] = error
    return known | run(library, programs, QUICK)


def agree(nestings: list[tuple[str, ...]]) -> int:
    """Asserts that each gives what it gives with JAX, or the same error; how many have values."""
    ours, theirs = (outcomes(library, nestings) for library in (COVECTOR, JAX))
    differing = {}
    for names in nestings:
        x, y = ours[names], theirs[names]
        if isinstance(x, Exception) or isinstance(y, Exception):
            if type(x).__name__ != type(y).__name__ and names not in TOLD_BETTER:
                differing[names] = x, y
        elif not (x[0].dtype == y[0].dtype and np.allclose(x[0], y[0], rtol=1e-4, atol=1e-5)):
            differing[names] = x, y
    assert differing == {}
    return sum(not isinstance(ours[names], Exception) for names in nestings)


def test_pairs() -> None:
    assert agree(list(product(WRAPPERS, repeat=2))) > 100


@pytest.mark.parametrize("innermost", WRAPPERS)
def test_triples(innermost: str) -> None:
    assert agree([(innermost, *outer) for outer in product(WRAPPERS, repeat=2)]) > 60
