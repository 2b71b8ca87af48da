"""A brief introduction to array programming with function transformations.

From arrays over random numbers, `jit`, `grad` and `vmap` to a linear model fitted by gradient
descent, in the order in which JAX is usually introduced. `--library jax` runs the same program on
JAX; what it prints is the same. Times go to stderr, the plot of the fit to `--plot`.
"""

import argparse
import importlib
import sys
import timeit
from pathlib import Path
from typing import Any

import numpy as np

jax: Any = None
jnp: Any = None


def load(library: str) -> None:
    """Imports `covector`, or JAX with Covector's default way of splitting random keys."""
    global jax, jnp
    jax = importlib.import_module(library)
    jnp = importlib.import_module(f"{library}.numpy")
    if library == "jax":
        jax.config.update("jax_threefry_partitionable", False)


def section(title: str) -> None:
    print(f"\n== {title}")


def show_time(what: str, f: Any, *args: Any) -> None:
    """The best of a few runs, in microseconds, on stderr: times are never the same twice."""
    best = min(timeit.repeat(lambda: jax.block_until_ready(f(*args)), number=100, repeat=5)) / 100
    print(f"{what}: {best * 1e6:.1f} us", file=sys.stderr)


def arrays() -> None:
    section("arrays are NumPy's, but cannot be changed")
    x = jnp.linspace(0, 2 * jnp.pi, 100)
    y = jnp.sin(x) * jnp.cos(x)
    print(type(x).__name__, x.dtype, x.shape)
    print(jnp.round(y[:6], 3))
    print("mean", jnp.round(y.mean(), 4) + 0.0)

    sorted_in_place = np.array([3, 1, 2])
    sorted_in_place.sort()
    arr = jnp.array([3, 1, 2])
    print("NumPy sorts in place:", sorted_in_place)
    print("arr.sort() returns a copy:", arr.sort(), "and leaves", arr)

    x = jnp.arange(5)
    print("x.at[0].set(1):", x.at[0].set(1), "and leaves", x)
    try:
        x[0] = 1
    except TypeError as e:
        print("TypeError:", "immutable" in str(e) and ".at[" in str(e))


def random_numbers() -> None:
    section("random numbers come from explicit keys")
    key = jax.random.PRNGKey(42)
    print("key", key)
    for k in jax.random.split(key):
        print("split", k)
    key, subkey = jax.random.split(key)
    print("uniform", jax.random.uniform(subkey, (3,)))
    print("the same again", jax.random.uniform(subkey, (3,)))


def out_of_bounds() -> None:
    section("indices out of bounds do not raise")
    x = jnp.arange(10.0)
    print("x[11] is clamped:", x[11])
    print("or filled:", x.at[11].get(mode="fill", fill_value=jnp.nan))


def selu(x: Any, alpha: float = 1.67, lmbda: float = 1.05) -> Any:
    return lmbda * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)


def tracing() -> None:
    section("jit traces a function once for each type of arguments")

    @jax.jit
    def f(x: Any) -> Any:
        print("I'm being traced!")
        return x + 1

    for n in (3, 3, 4):
        print(f"call with {n} elements:", f(jnp.ones(n)))
    print(jax.make_jaxpr(lambda x: jnp.sin(x) * 2.0 + x)(jnp.ones(3)))

    x = jnp.arange(5.0)
    print("selu", selu(x))
    print("selu jitted", jax.jit(selu)(x))
    big = jax.random.normal(jax.random.PRNGKey(1), (100_000,))
    show_time("selu", selu, big)
    show_time("selu jitted", jax.jit(selu), big)


def control_flow() -> None:
    section("Python control flow sees values only outside of jit")

    @jax.jit
    def f(x: Any) -> Any:
        if x > 0:
            return x
        return 2 * x

    try:
        f(10)
    except jax.errors.ConcretizationTypeError as e:
        text = str(e)
        print(type(e).__name__, "names this file:", Path(__file__).name in text)


def gradients() -> None:
    section("grad gives the gradient as a function")

    def f(x: Any, y: Any) -> Any:
        return jnp.sum(x * y)

    x, y = jnp.arange(3.0), jnp.array([4.0, 5.0, 6.0])
    print("with respect to x:", jax.grad(f)(x, y))
    print("with respect to y:", jax.grad(f, argnums=1)(x, y))
    print("of a gradient:", jax.grad(jax.grad(lambda x: x**2 + 1))(0.0))


def convolve(x: Any, w: Any) -> Any:
    return jnp.array([jnp.dot(x[i - 1 : i + 2], w) for i in range(1, len(x) - 1)])


def vectorization() -> None:
    section("vmap maps a function over an axis")
    x, w = jnp.arange(5.0), jnp.array([2.0, 3.0, 4.0])
    print("one vector:", convolve(x, w))
    xs = jnp.stack([x, x + 1, x * 2], axis=1)
    print("columns:")
    print(jax.vmap(convolve, in_axes=(1, None), out_axes=1)(xs, w))


def trees() -> None:
    section("functions take and give trees of arrays")
    examples = [
        [1, "a", object],
        (1, (2, 3), ()),
        [1, {"k1": 2, "k2": (3, 4)}, 5],
    ]
    for tree in examples:
        leaves = jax.tree_util.tree_leaves(tree)
        print(f"{len(leaves)} leaves:", [getattr(leaf, "__name__", leaf) for leaf in leaves])


def linear_model(params: dict[str, Any], x: Any) -> Any:
    return params["slope"] * x + params["offset"]


def loss(params: dict[str, Any], x: Any, y: Any) -> Any:
    return jnp.mean((linear_model(params, x) - y) ** 2)


def fit() -> tuple[dict[str, Any], Any, Any]:
    section("a linear model, fitted by gradient descent")
    x = jnp.linspace(-3.0, 3.0, 50)
    y = 2.0 * x + 10.0 + 0.3 * jax.random.normal(jax.random.PRNGKey(0), (50,))
    params = {"slope": jnp.zeros(()), "offset": jnp.zeros(())}

    @jax.jit
    def step(params: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
        gradient = jax.grad(loss)(params, x, y)
        return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, params, gradient)

    for _ in range(50):
        params = step(params, x, y)
    print(f"slope {params['slope']:.2f}, offset {params['offset']:.2f}")
    return params, x, y


def plot(path: Path, params: dict[str, Any], x: Any, y: Any) -> None:
    import matplotlib.pyplot as plt

    grid = jnp.linspace(-3.0, 3.0, 50)
    figure, axes = plt.subplots()
    axes.scatter(x, y, label="data")
    axes.plot(grid, linear_model(params, grid), color="C1", label="fitted line")
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.legend()
    figure.savefig(path)
    print(f"the plot is in {path}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="covector", help="covector or jax")
    parser.add_argument("--plot", type=Path, default=Path("introduction.png"))
    options = parser.parse_args()
    load(options.library)
    np.set_printoptions(precision=4, suppress=True)
    for part in (arrays, random_numbers, out_of_bounds, tracing, control_flow):
        part()
    for part in (gradients, vectorization, trees):
        part()
    plot(options.plot, *fit())


if __name__ == "__main__":
    main()
