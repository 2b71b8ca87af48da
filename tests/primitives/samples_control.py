"""Samples of primitives that hold jaxprs."""

from typing import Any

from primitives.sample import integers, reals, sample

# scan ---------------------------------------------------------------------------------------


def recurrence(**options: Any) -> Any:
    """A carry, a constant and an array to scan over, all of which the results depend on."""

    def f(lax: Any, w: Any, h: Any, xs: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = lax.tanh(lax.add(lax.mul(w, h), x))
            return h, lax.mul(h, lax.sin(w))

        last, ys = lax.scan(step, h, xs, **options)
        return [last, ys]

    return f


ARGS = (reals(3), reals(3), reals(4, 3))
# Mapped loops are large programs: those of small samples have to do.
sample("scan", recurrence(), *ARGS, batch=False, note="order-2")
sample("scan", recurrence(), reals(), reals(), reals(3), order=1)
for options in (
    {"reverse": True},
    {"unroll": 3},
    {"reverse": True, "unroll": 2},
    {"unroll": True},
):
    note = "-".join(f"{k}={v}" for k, v in options.items())
    sample("scan", recurrence(**options), *ARGS, order=1, batch=False, note=note)
sample("scan", recurrence(), reals(3), reals(3), reals(0, 3), order=1, batch=False, note="empty")


def counted(lax: Any, x: Any) -> Any:
    """A carry that is no part of what is differentiated, and no xs."""

    def step(carry: Any, _: Any) -> Any:
        i, x = carry
        return (i + 1, lax.sin(lax.mul(x, lax.convert_element_type(i, x.dtype)))), i

    (i, y), indices = lax.scan(step, (0, x), None, length=3)
    return [i, y, indices]


sample("scan", counted, reals(2), order=1, note="counter")


def linear(lax: Any, c: Any, xs: Any) -> Any:
    """A carry that is a sum, and results that are the operand."""

    def step(c: Any, x: Any) -> Any:
        return lax.add(c, x), (c, x)

    last, (sums, same) = lax.scan(step, c, xs)
    return [last, sums, same]


sample("scan", linear, reals(2), reals(3, 2), order=1, note="linear")


def nested(lax: Any, w: Any, xs: Any) -> Any:
    def outer(h: Any, x: Any) -> Any:
        def inner(g: Any, y: Any) -> Any:
            return lax.mul(lax.cos(g), w), lax.add(g, y)

        last, ys = lax.scan(inner, h, x)
        return last, ys

    last, ys = lax.scan(outer, w, xs)
    return [last, ys]


sample("scan", nested, reals(), reals(2, 3), order=1, batch=False, note="nested")
sample(
    "scan",
    lambda lax, x: [lax.fori_loop(0, 3, lambda i, x: lax.mul(lax.sin(x), 1.5), x)],
    reals(2),
    order=1,
    note="fori",
)
sample("scan", lambda lax, xs: [lax.map(lax.sin, xs)], reals(3, 2), order=1, note="map")
sample(
    "scan",
    lambda lax, c, xs: list(lax.scan(lambda c, x: (lax.max(c, x), lax.lt(c, x)), c, xs)),
    integers(2),
    integers(4, 2),
    order=0,
    note="integers",
)

# while --------------------------------------------------------------------------------------


def collatz(lax: Any, n: Any) -> Any:
    """Each element takes a number of steps of its own."""

    def step(state: Any) -> Any:
        n, count = state
        even = lax.eq(lax.rem(n, 2), 0)
        return lax.select(even, lax.div(n, 2), 3 * n + 1), count + 1

    return list(lax.while_loop(lambda state: lax.gt(state[0], 1), step, (n, 0)))


sample("while", collatz, integers(low=1, high=9), order=0)


def doubled(lax: Any, x: Any, limit: Any) -> Any:
    """The predicate does not depend on all operands."""

    def step(state: Any) -> Any:
        i, x = state
        return lax.add(i, 1.0), lax.mul(x, 2.0)

    return list(lax.while_loop(lambda state: lax.lt(state[0], limit), step, (0.0, x)))


sample("while", doubled, reals(2), reals(low=1, high=4), order=0)
sample(
    "while",
    lambda lax, n, x: [lax.fori_loop(0, n, lambda i, x: lax.add(lax.sin(x), x), x)],
    integers(low=0, high=4),
    reals(2),
    order=0,
    note="fori",
)

# cond ---------------------------------------------------------------------------------------


def branches(lax: Any, index: Any, x: Any, y: Any) -> Any:
    return list(
        lax.switch(
            index,
            [
                lambda x, y: (lax.mul(lax.sin(x), y), y),
                lambda x, y: (lax.exp(x), lax.mul(x, x)),
                lambda x, y: (y, y),
            ],
            x,
            y,
        )
    )


for i in (-1, 1, 2):
    index = integers(low=i, high=i)
    sample("cond", branches, index, reals(3), reals(3), order=1, batch=i == 1, note=str(i))
sample("cond", branches, integers(low=0, high=0), reals(3), reals(3), batch=False, note="order-2")


def piecewise(lax: Any, x: Any, y: Any) -> Any:
    """A predicate that depends on what is differentiated, and closed-over operands."""
    return [lax.cond(lax.gt(x, 0.0), lambda: lax.mul(x, y), lambda: lax.sin(lax.add(x, y)))]


sample("cond", piecewise, reals(low=1, high=2), reals())
sample("cond", piecewise, reals(low=-2, high=-1), reals(), order=1, note="false")

sample(
    "platform_index",
    lambda lax, x: [lax.platform_dependent(x, cpu=lax.sin, default=lax.cos)],
    reals(3),
    order=1,
)

# custom_linear_solve --------------------------------------------------------------------------


def diagonal_solve(lax: Any, a: Any, b: Any) -> Any:
    def matvec(x: Any) -> Any:
        return lax.mul(a, x)

    def solve(_: Any, b: Any) -> Any:
        return lax.div(b, a)

    return [lax.custom_linear_solve(matvec, b, solve, symmetric=True)]


sample("custom_linear_solve", diagonal_solve, reals(3, low=1, high=2), reals(3))


def shifted_solve(lax: Any, a: Any, b: Any) -> Any:
    """Not symmetric: x[i] + a x[i + 1] = b[i], by substitution."""

    def shift(x: Any, low: int, high: int) -> Any:
        return lax.pad(x, lax.full((), 0, x.dtype), [(low, high, 0)])

    def apply(x: Any, low: int, high: int) -> Any:
        return lax.add(x, lax.mul(lax.full_like(x, 1.0) * a, shift(x, low, high)))

    def solver(low: int, high: int) -> Any:
        def solve(_: Any, b: Any) -> Any:
            def step(i: Any, x: Any) -> Any:
                return lax.sub(b, lax.sub(apply(x, low, high), x))

            return lax.fori_loop(0, 3, step, b)

        return solve

    def matvec(x: Any) -> Any:
        return apply(x, -1, 1)

    return [lax.custom_linear_solve(matvec, b, solver(-1, 1), transpose_solve=solver(1, -1))]


sample("custom_linear_solve", shifted_solve, reals(low=0.2, high=0.5), reals(3), order=1)

# call_exported --------------------------------------------------------------------------------


def exported(lax: Any, x: Any) -> Any:
    from covector import export, jit

    function = export.export(jit(lambda x: lax.mul(x, lax.sin(x))))(x)
    return function.call(x)


# Only reverse mode exists: tests/python/test_export.py has it.
sample("call_exported", exported, reals(3), oracle=False, order=0, batch=False)
