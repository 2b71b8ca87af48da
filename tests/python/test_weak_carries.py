"""Carries that begin as Python's numbers, or as weakly typed as those: types and values are JAX's,
also of derivatives."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

XS = np.arange(1.0, 4.0, dtype=np.float32)
TWO = np.float32(2.0)

# Of a number, weakly typed.
PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "scan by an array": lambda m, x: m.lax.scan(lambda c, t: (c * t, None), x, XS)[0],
    "scan by itself": lambda m, x: m.lax.scan(lambda c, t: (c * c, None), x, None, length=2)[0],
    "scan, results": lambda m, x: m.lax.scan(lambda c, t: (c * t, c), x, XS)[1].sum(),
    "scan, reverse": lambda m, x: m.lax.scan(
        lambda c, t: (c * t, None), x, XS, reverse=True, unroll=2
    )[0],
    "scan of a pair": lambda m, x: m.lax.scan(lambda c, t: ((c[1], c[0] * t), None), (x, x), XS)[0][
        1
    ],
    "scan with a counter": lambda m, x: m.lax.scan(
        lambda c, t: ((c[0] + 1, c[1] * t), None), (0, x), XS
    )[0][1],
    "one stays weak": lambda m, x: m.lax.scan(
        lambda c, t: ((c[0] * t, c[1]), None), (x, 2.0 * x), XS
    )[0][0],
    "one becomes constant": lambda m, x: m.lax.scan(
        lambda c, t: ((c[0] * t, 1.0), None), (x, x), XS
    )[0][0],
    "scan of scan": lambda m, x: m.lax.scan(
        lambda c, t: (m.lax.scan(lambda d, _: (d * t, None), c, None, length=2)[0], None), x, XS
    )[0],
    "fori_loop": lambda m, x: m.lax.fori_loop(0, 3, lambda i, c: c * TWO, x),
    "fori_loop, unrolled": lambda m, x: m.lax.fori_loop(0, 3, lambda i, c: c * TWO, x, unroll=3),
    "an integer": lambda m, x: m.lax.fori_loop(0, 3, lambda i, c: c * x * TWO, 1),
    "cond": lambda m, x: m.lax.cond(x > 0, lambda c: c * 2.0, lambda c: c * 3.0, x),
    "switch": lambda m, x: m.lax.switch(1, [lambda c: c * TWO, lambda c: c * TWO], x),
    "jit": lambda m, x: m.lax.scan(lambda c, t: (m.jit(lambda c: c * t)(c), None), x, XS)[0],
}
WAYS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "value": lambda m, f, x: f(x),
    "grad": lambda m, f, x: m.grad(f)(x),
    "second": lambda m, f, x: m.grad(m.grad(f))(x),
    "jvp": lambda m, f, x: m.jvp(f, (x,), (x,)),
    "jit of grad": lambda m, f, x: m.jit(m.grad(f))(x),
    "grad of jit": lambda m, f, x: m.grad(m.jit(f))(x),
    "grad of vmap": lambda m, f, x: m.grad(lambda x: m.vmap(f)(x).sum())(
        m.numpy.broadcast_to(x, (2,))
    ),
    "vmap of grad": lambda m, f, x: m.vmap(m.grad(f))(m.numpy.broadcast_to(x, (2,))),
    "grad of remat": lambda m, f, x: m.grad(m.checkpoint(f))(x),
}


@pytest.mark.parametrize("way", WAYS)
def test_types_and_values(way: str) -> None:
    def run(m: Any, name: str) -> list[tuple[Any, ...]]:
        out = WAYS[way](m, lambda x: PROGRAMS[name](m, x), m.numpy.asarray(1.5))
        return [(y.dtype, y.shape, y.weak_type, np.asarray(y)) for y in m.tree.leaves(out)]

    for name in PROGRAMS:
        ours, theirs = run(covector, name), run(jax, name)
        assert [y[:3] for y in ours] == [y[:3] for y in theirs], name
        for a, b in zip(ours, theirs):
            np.testing.assert_allclose(a[3], b[3], rtol=1e-5, err_msg=name)
