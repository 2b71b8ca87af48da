"""What is measured: one process runs one group of cases on one library and prints JSON.

`python benchmarks/cases.py LIBRARY GROUP`, with `covector` or `jax`. The cases only use what both
offer, so they are the same code. `run.py` runs them side by side.
"""

import gc
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

Rows = dict[str, tuple[float, str]]

BUDGET = 0.3  # seconds per case, after warm-up
UNITS = {"us": 1e6, "ms": 1e3}


def per_call(f: Callable[[], Any], unit: str = "us") -> tuple[float, str]:
    """Median over batches of the time of one call of `f`."""
    f(), f()
    gc.collect()
    start = time.perf_counter()
    f()
    n = max(1, min(10_000, int(0.004 / max(time.perf_counter() - start, 1e-8))))
    times: list[float] = []
    end = time.perf_counter() + BUDGET
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(n):
            f()
        times.append((time.perf_counter() - start) / n)
    return statistics.median(times) * UNITS[unit], unit


def per_fresh_call(
    make: Callable[[], Callable[[], Any]],
    repeat: int = 7,
    pick: Callable[[list[float]], float] = statistics.median,
) -> float:
    """Seconds of a thunk that is made anew, untimed, for each run; the median of the runs."""
    times = []
    for _ in range(repeat):
        f = make()
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return pick(times)


class Library:
    """The library under test and its common submodules."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.jax: Any = importlib.import_module(name)
        self.jnp: Any = importlib.import_module(f"{name}.numpy")
        self.lax: Any = importlib.import_module(f"{name}.lax")

    def wait(self, x: Any) -> Any:
        return self.jax.block_until_ready(x)


def selu(jnp: Any, x: Any) -> Any:
    return 1.05 * jnp.where(x > 0, x, 1.67 * jnp.exp(x) - 1.67)


def dispatch(m: Library) -> Rows:
    x = m.jnp.arange(10.0)
    one = m.jax.jit(lambda x: selu(m.jnp, x))
    eight = m.jax.jit(lambda *a: sum(a[1:], a[0]))
    args = tuple(x + i for i in range(8))
    tree = {f"w{i:02}": x + i for i in range(100)}
    total = m.jax.jit(lambda t: sum(t.values()))
    same = m.jax.jit(lambda t: {k: 0.9 * v for k, v in t.items()})
    return {
        "jit, 1 argument": per_call(lambda: one(x)),
        "jit, 1 argument, waiting": per_call(lambda: m.wait(one(x))),
        "jit, 8 arguments": per_call(lambda: eight(*args)),
        "jit, tree of 100 -> 1": per_call(lambda: total(tree)),
        "jit, tree of 100 -> 100": per_call(lambda: same(tree)),
    }


def eager(m: Library) -> Rows:
    x, y = m.jnp.arange(10.0), m.jnp.ones(10)
    return {
        "eager x + y": per_call(lambda: x + y),
        "eager x + 1": per_call(lambda: x + 1),
        "eager sin(x)": per_call(lambda: m.jnp.sin(x)),
        "eager x[1:3]": per_call(lambda: x[1:3]),
        "eager x.at[0].set(1)": per_call(lambda: x.at[0].set(1.0)),
    }


def function_cases(m: Library) -> dict[str, Callable[[], Any]]:
    """Calls of common functions of numpy on small arrays."""
    jnp = m.jnp
    x, y, a = jnp.arange(10.0), jnp.ones(10), jnp.arange(12.0).reshape(3, 4)
    i, mask = jnp.arange(4), jnp.arange(10) > 4
    return {
        "add": lambda: jnp.add(x, y),
        "multiply": lambda: jnp.multiply(x, 2.0),
        "exp": lambda: jnp.exp(x),
        "maximum": lambda: jnp.maximum(x, y),
        "where": lambda: jnp.where(mask, x, y),
        "clip": lambda: jnp.clip(x, 1.0, 5.0),
        "sum": lambda: jnp.sum(x),
        "sum(axis)": lambda: jnp.sum(a, axis=1),
        "mean": lambda: jnp.mean(a, axis=0),
        "std": lambda: jnp.std(x),
        "max": lambda: jnp.max(x),
        "argmax": lambda: jnp.argmax(a, axis=1),
        "cumsum": lambda: jnp.cumsum(x),
        "sort": lambda: jnp.sort(x),
        "argsort": lambda: jnp.argsort(x),
        "dot": lambda: jnp.dot(x, y),
        "matmul": lambda: jnp.matmul(a, a.T),
        "einsum": lambda: jnp.einsum("ij,kj->ik", a, a),
        "reshape": lambda: jnp.reshape(a, (4, 3)),
        "transpose": lambda: jnp.transpose(a),
        "concatenate": lambda: jnp.concatenate([x, y]),
        "stack": lambda: jnp.stack([x, y]),
        "expand_dims": lambda: jnp.expand_dims(x, 0),
        "take": lambda: jnp.take(x, i),
        "tile": lambda: jnp.tile(x, 3),
        "zeros": lambda: jnp.zeros((3, 4)),
        "arange": lambda: jnp.arange(10),
        "linspace": lambda: jnp.linspace(0.0, 1.0, 50),
        "eye": lambda: jnp.eye(4),
        "array": lambda: jnp.array([1.0, 2.0, 3.0]),
        "linalg.norm": lambda: jnp.linalg.norm(x),
        "linalg.inv": lambda: jnp.linalg.inv(jnp.eye(4)),
    }


def functions(m: Library) -> Rows:
    return {f"numpy.{name}": per_call(f) for name, f in function_cases(m).items()}


def first_calls(m: Library) -> Rows:
    """Of each function the first call in a process, its compilation included."""
    rows = {}
    for name, f in function_cases(m).items():
        start = time.perf_counter()
        m.wait(f())
        rows[f"first numpy.{name}"] = ((time.perf_counter() - start) * 1e3, "ms")
    return rows


EQUATIONS = 400


def chain(m: Library, x: Any) -> Any:
    for _ in range(EQUATIONS // 4):
        x = m.lax.sin(x)
        x = m.lax.mul(x, x)
        x = m.lax.add(x, x)
        x = m.lax.tanh(x)
    return x


def count(jaxpr: Any) -> int:
    """Equations, those of inner jaxprs included."""
    n = 0
    for eqn in jaxpr.eqns:
        n += 1
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", None)
            n += count(inner) if hasattr(inner, "eqns") else 0
    return n


def trace(m: Library) -> Rows:
    x = m.jnp.ones(16)

    def fresh(transform: Callable[[Any], Any]) -> tuple[float, str]:
        def trace_once() -> Any:
            return m.jax.make_jaxpr(transform(lambda x: chain(m, x)))(x)

        n = count(trace_once().jaxpr)
        return per_fresh_call(lambda: trace_once) / n * 1e6, "us"

    rows = {
        "trace, per equation": fresh(lambda f: f),
        "trace grad, per equation": fresh(lambda f: m.jax.grad(lambda x: m.jnp.sum(f(x)))),
        "trace vmap, per equation": fresh(m.jax.vmap),
    }

    def lower() -> Callable[[], Any]:
        traced = m.jax.jit(lambda x: chain(m, x)).trace(x)
        return lambda: traced.lower()

    rows["lower, per equation"] = per_fresh_call(lower) / EQUATIONS * 1e6, "us"
    rows["make_jaxpr(x * 2 + 1)"] = per_call(lambda: m.jax.make_jaxpr(lambda x: x * 2 + 1)(x))
    return rows


def grad(m: Library) -> Rows:
    scalar = m.jax.grad(m.jnp.sin)
    w = [m.jnp.ones((16, 16)) * 0.1 for _ in range(3)]
    x = m.jnp.ones((8, 16))

    def loss(w: Any) -> Any:
        h = x
        for v in w:
            h = m.jnp.tanh(h @ v)
        return m.jnp.sum(h * h)

    mlp = m.jax.grad(loss)
    return {
        "un-jitted grad(sin)(1.0)": per_call(lambda: m.wait(scalar(1.0))),
        "un-jitted grad of a small MLP": per_call(lambda: m.wait(mlp(w))),
    }


def tree(m: Library) -> Rows:
    layer = {"w": 1, "b": (2, 3), "scale": [4, None, 5]}
    nested = {f"block{i:03}": [dict(layer), dict(layer)] for i in range(108)}
    util = m.jax.tree_util
    leaves, treedef = util.tree_flatten(nested)
    return {
        f"flatten {len(leaves)} leaves": per_call(lambda: util.tree_flatten(nested)),
        f"unflatten {len(leaves)} leaves": per_call(lambda: util.tree_unflatten(treedef, leaves)),
        "hash of its treedef": per_call(lambda: hash(treedef)),
    }


# Timed by run.py from the outside: the whole process counts.
PROCESSES = {
    "import": "import {name}, {name}.numpy",
    "first jit": """
import {name} as jax, {name}.numpy as jnp
jax.jit(jnp.sin)(1.0).block_until_ready()
""",
    "linear model": """
import {name} as jax, {name}.numpy as jnp
x = jnp.linspace(-3.0, 3.0, 50)
y = 2.0 * x + 10.0 + 0.3 * jax.random.normal(jax.random.PRNGKey(0), (50,))
def loss(p): return jnp.mean((p["slope"] * x + p["offset"] - y) ** 2)
p = {{"slope": jnp.zeros(()), "offset": jnp.zeros(())}}
for _ in range(50):
    g = jax.grad(loss)(p)
    p = jax.tree_util.tree_map(lambda a, b: a - 0.1 * b, p, g)
assert abs(float(p["slope"]) - 2.0) < 0.1
""",
}

GROUPS: dict[str, Callable[[Library], Rows]] = {
    "dispatch": dispatch,
    "eager": eager,
    "functions": functions,
    "first_calls": first_calls,
    "trace": trace,
    "grad": grad,
    "tree": tree,
}


if __name__ == "__main__":
    print(json.dumps(GROUPS[sys.argv[2]](Library(sys.argv[1]))))
