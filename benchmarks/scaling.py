"""How costs grow: `python benchmarks/scaling.py [time] [memory]`, on Covector and on JAX.

time: what tracing, differentiating and lowering cost of programs of n and of 10 n equations; a
ratio of 10 is linear. memory: what XLA says that the gradient of a deep network needs besides its
arguments, by what the rematerialized layers may keep.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from cases import Library, per_fresh_call

Function = Callable[[Any], Any]

EQUATIONS = 100


def chain(m: Library, n: int) -> Function:
    def f(x: Any) -> Any:
        for _ in range(n):
            x = m.lax.sin(x)
        return x

    return f


def fan_out(m: Library, n: int) -> Function:
    """One value with many uses, all of which meet again."""

    def f(x: Any) -> Any:
        y = m.lax.sin(x)
        total = y
        for _ in range(n // 2):
            total = m.lax.add(total, m.lax.cos(y))
        return total

    return f


def calls_in_a_row(m: Library, n: int) -> Function:
    """Calls of differing functions, each with its own jaxpr."""

    def f(x: Any) -> Any:
        for i in range(n // 2):
            x = m.jax.jit(lambda x, i=i: m.lax.mul(m.lax.sin(x), 1.0 + i))(x)
        return x

    return f


def nest(m: Library, n: int) -> Function:
    """Calls in calls, as deep as Python lets both libraries go, beside one another."""
    depth = 8

    def layer(level: int) -> Function:
        if level == 0:
            return m.lax.sin
        inner = m.jax.jit(layer(level - 1))
        return lambda x: m.lax.cos(inner(x))

    def f(x: Any) -> Any:
        for _ in range(n // depth):
            x = layer(depth)(x)
        return x

    return f


SHAPES = {"chain": chain, "fan-out": fan_out, "calls": calls_in_a_row, "nests": nest}


def least(make: Callable[[], Callable[[], Any]]) -> float:
    """Seconds of the fastest run: what the machine does besides can only add."""
    return per_fresh_call(make, repeat=3, pick=min)


def costs(m: Library, f: Function) -> dict[str, float]:
    """Seconds of each stage."""
    x = m.jnp.ones(4)

    def tracing(transform: Callable[[Function], Function]) -> Callable[[], Any]:
        # A new function: the libraries remember what they have traced.
        traced = m.jax.make_jaxpr(transform(lambda x: m.jnp.sum(f(x))))
        return lambda: traced(x)

    return {
        "trace": least(lambda: tracing(lambda g: g)),
        "grad": least(lambda: tracing(m.jax.grad)),
        "lower": least(lambda: m.jax.jit(lambda x: f(x)).trace(x).lower),
    }


def time_table(libraries: list[Library]) -> None:
    print(
        f"| program | stage | {' | '.join(f'{m.name} ms, n and 10 n | ratio' for m in libraries)} |"
    )
    print(f"|---|---|{'---|---|' * len(libraries)}")
    for name, make in SHAPES.items():
        pairs = [[costs(m, make(m, n)) for n in (EQUATIONS, 10 * EQUATIONS)] for m in libraries]
        for stage in pairs[0][0]:
            cells = []
            for low, high in ((few[stage], many[stage]) for few, many in pairs):
                cells += [f"{1e3 * low:.2f}, {1e3 * high:.1f}", f"{high / low:.1f}"]
            print(f"| {name} | {stage} | {' | '.join(cells)} |")


LAYERS, WIDTH, BATCH = 64, 64, 256


def deep_network(m: Library, wrap: Callable[[Function], Function]) -> Callable[[], int]:
    """Bytes that the gradient of layers in a row needs for what it keeps on the way."""

    def layer(x: Any, w: Any) -> Any:
        return m.jnp.sin(m.jnp.tanh(x @ w) * 2) @ w + x

    def loss(ws: Any, x: Any) -> Any:
        # A loop: between layers in a row XLA finds again, and keeps, what is computed twice.
        kept = wrap(layer)
        x, _ = m.lax.scan(lambda x, w: (kept(x, w), None), x, ws)
        return m.jnp.mean(x**2)

    def measure() -> int:
        ws = m.jnp.ones((LAYERS, WIDTH, WIDTH)) / WIDTH
        x = m.jnp.ones((BATCH, WIDTH))
        compiled = m.jax.jit(m.jax.grad(loss)).lower(ws, x).compile()
        return int(compiled.memory_analysis().temp_size_in_bytes)

    return measure


def memory_table(libraries: list[Library]) -> None:
    policies: dict[str, Callable[[Any], Callable[[Function], Function]]] = {
        "no remat": lambda jax: lambda f: f,
        "everything_saveable": lambda jax: (
            lambda f: jax.checkpoint(f, policy=jax.checkpoint_policies.everything_saveable)
        ),
        "dots_saveable": lambda jax: (
            lambda f: jax.checkpoint(f, policy=jax.checkpoint_policies.dots_saveable)
        ),
        "nothing_saveable": lambda jax: lambda f: jax.checkpoint(f),
    }
    print(f"| layers of remat | {' | '.join(f'{m.name} MiB' for m in libraries)} |")
    print(f"|---|{'---|' * len(libraries)}")
    for name, wrap in policies.items():
        sizes = [deep_network(m, wrap(m.jax))() / 2**20 for m in libraries]
        print(f"| {name} | {' | '.join(f'{size:.2f}' for size in sizes)} |")


TABLES = {"time": time_table, "memory": memory_table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=" or ".join(TABLES))
    chosen = parser.parse_args().tables or list(TABLES)
    sys.setrecursionlimit(20_000)
    libraries = [Library("covector"), Library("jax")]
    for name in chosen:
        TABLES[name](libraries)


if __name__ == "__main__":
    main()
