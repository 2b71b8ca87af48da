"""What must hold of every primitive, as programs that compute both sides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from primitives.libraries import Library, Program
from primitives.sample import Sample


def leaves(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def is_smooth(x: Any) -> bool:
    return np.issubdtype(x.dtype, np.inexact) or x.dtype.name == "bfloat16"


@dataclass(frozen=True)
class Function:
    """A function of some arrays, all of them differentiable, and a point."""

    fun: Callable[..., list[Any]]
    args: list[np.ndarray]
    name: str = ""

    def random(self, seed: int, shapes: Sequence[Any]) -> list[np.ndarray]:
        """Arrays like those given, of numbers about 1."""
        rng = np.random.default_rng(seed)
        numbers = []
        for a in shapes:
            x = rng.standard_normal(a.shape)
            if a.dtype.kind == "c":
                x = x + 1j * rng.standard_normal(a.shape)
            numbers.append(np.asarray(x).astype(a.dtype))
        return numbers


def double(x: np.ndarray) -> np.ndarray:
    return x.astype({"f": "float64", "c": "complex128"}.get(x.dtype.kind, x.dtype))


def smooth_part(library: Library, s: Sample, precise: bool) -> Function:
    """The sample's smooth results as a function of its differentiable arguments."""
    args = [double(a) if precise else a for a in s.args]
    indices = s.differentiable

    def fun(*xs: Any) -> list[Any]:
        full: list[Any] = list(args)
        for i, x in zip(indices, xs):
            full[i] = x
        return [y for y in leaves(s.fun(library.lax, *full)) if is_smooth(y)]

    return Function(fun, [args[i] for i in indices])


def forward(library: Library, f: Function) -> Function:
    """Tangents of the results, as a function of the point and the tangents of the arguments."""
    n = len(f.args)

    def fun(*xs: Any) -> list[Any]:
        return list(library.jvp(f.fun, xs[:n], xs[n:])[1])

    return Function(fun, f.args + f.random(1, f.args), f"jvp {f.name}")


def reverse(library: Library, f: Function) -> Function:
    """Cotangents of the arguments, as a function of the point and those of the results."""
    n = len(f.args)

    def fun(*xs: Any) -> list[Any]:
        return list(library.vjp(f.fun, *xs[:n])[1](list(xs[n:])))

    outs = library.eval_shape(f.fun, *f.args)
    return Function(fun, f.args + f.random(2, outs), f"vjp {f.name}")


def derived(library: Library, s: Sample, precise: bool) -> Iterator[Function]:
    """The sample, and its derivatives where they can be differentiated themselves."""
    f = smooth_part(library, s, precise)
    yield f
    if s.order >= 2:
        yield forward(library, f)
        yield reverse(library, f)


# Derivatives -----------------------------------------------------------------------------------

STEP = 1e-6


def derivative_program(library: Library, s: Sample) -> Program:
    """For each function: differences, tangents, and the two sides of the adjoint identity."""
    functions = list(derived(library, s, precise=True))

    def program(*arguments: Any) -> list[Any]:
        results = []
        for f, args in zip(functions, arguments):
            n = len(f.args)
            point, v, ahead, behind = args[:n], args[n : 2 * n], args[2 * n : 3 * n], args[3 * n :]
            high, low = f.fun(*ahead), f.fun(*behind)
            primal, tangent = library.jvp(f.fun, tuple(point), tuple(v))
            pullback = library.vjp(f.fun, *point)[1]
            results += [*high, *low, *primal, *tangent, *pullback(list(tangent))]
        return results

    return program, [differences(f) for f in functions]


def differences(f: Function) -> list[np.ndarray]:
    v = f.random(3, f.args)
    ahead = [a + STEP * t for a, t in zip(f.args, v)]
    behind = [a - STEP * t for a, t in zip(f.args, v)]
    return [*f.args, *v, *ahead, *behind]


def check_derivatives(library: Library, s: Sample, results: list[np.ndarray]) -> None:
    rest = iter(results)
    for f in derived(library, s, precise=True):
        m = len(library.eval_shape(f.fun, *f.args))
        high, low, _, tangent = ([next(rest) for _ in range(m)] for _ in range(4))
        cotangent = [next(rest) for _ in f.args]
        slope = [difference(a, b) / (2 * STEP) for a, b in zip(high, low)]
        for got, want in zip(tangent, slope):
            scale = 1 + np.max(np.abs(want), initial=0)
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=2e-7 * scale, err_msg=f.name)
        # u is the tangent itself: <u, J v> = <J^T u, v>.
        v = f.random(3, f.args)
        ours, theirs = pairing(tangent, tangent), pairing(cotangent, v)
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9, err_msg=f"adjoint {f.name}")


def difference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Zero where both are NaN, or equal infinities: constants, as where nothing was gathered."""
    same = (x == y) | (np.isnan(x) & np.isnan(y))
    return np.subtract(x, y, out=np.zeros_like(x), where=~same)


def pairing(xs: list[np.ndarray], ys: list[np.ndarray]) -> float:
    # Of complex numbers the real part of the bilinear form: JAX's convention for cotangents.
    return float(sum(np.sum((x * y).real) for x, y in zip(xs, ys)))


def rule_program(library: Library, s: Sample) -> Program:
    """The first derivatives, to be compared with the oracle's."""
    f = smooth_part(library, s, precise=False)
    outs = library.eval_shape(f.fun, *f.args)
    v, u = f.random(4, f.args), f.random(5, outs)
    n = len(v)

    def program(*xs: Any) -> list[Any]:
        _, tangents = library.jvp(f.fun, tuple(xs[:n]), tuple(xs[n : 2 * n]))
        return [*tangents, *library.vjp(f.fun, *xs[:n])[1](list(xs[2 * n :]))]

    return program, [*f.args, *v, *u]


# Batching -----------------------------------------------------------------------------------------

MOST_AXES = 4
Axes = tuple[int | None, ...]


def placements(ranks: Sequence[int]) -> list[Axes]:
    """Mapped axes of the operands: every subset of operands, and for each some of the axes."""
    n = len(ranks)
    sizes = range(1, n + 1) if n <= 3 else (1, 2, n)
    result: list[Axes] = []
    for size in sizes:
        for mapped in combinations(range(n), size):
            choices = [range(r + 1) if i in mapped else [None] for i, r in enumerate(ranks)]
            every = list(product(*choices))
            step = max(1, len(every) // MOST_AXES)
            result += sorted({*every[::step], every[-1]}, key=str)
    return result


def turned(x: np.ndarray) -> np.ndarray:
    """The elements in the opposite order."""
    return x.ravel()[::-1].reshape(x.shape)


@dataclass(frozen=True)
class Mapped:
    """A function, a point, and the axes along which batches of two points are mapped: the point
    itself, and one where the mapped arguments are turned."""

    fun: Callable[..., list[Any]]
    args: Sequence[np.ndarray]
    placements: list[Axes]

    @property
    def subsets(self) -> list[tuple[bool, ...]]:
        """Which arguments are mapped; the loop is the same wherever their axes are."""
        return sorted({tuple(i is not None for i in axes) for axes in self.placements})

    @property
    def stacked(self) -> list[tuple[int, int]]:
        """The arguments and the axes along which they are mapped somewhere."""
        return sorted({(k, i) for p in self.placements for k, i in enumerate(p) if i is not None})

    def arguments(self) -> list[np.ndarray]:
        both = [np.stack([a, turned(a)]) for a in self.args]
        stacks = [np.moveaxis(both[k], 0, i) for k, i in self.stacked]
        return [*self.args, *map(turned, self.args), *stacks]

    def results(self, vmap: Any, arguments: Sequence[Any]) -> list[Any]:
        """At the point, at the other point of each subset, and of each batch."""
        n = len(self.args)
        point, other = arguments[:n], arguments[n : 2 * n]
        stacks = dict(zip(self.stacked, arguments[2 * n :]))
        out = [*self.fun(*point)]
        for subset in self.subsets:
            out += self.fun(*(b if mapped else a for a, b, mapped in zip(point, other, subset)))
        for axes in self.placements:
            xs = [point[k] if i is None else stacks[k, i] for k, i in enumerate(axes)]
            out += vmap(self.fun, in_axes=axes)(*xs)
        return out


def batch_program(library: Library, s: Sample) -> Program:
    """For each function its batches, and what a loop gives in their place."""
    plan = batch_plan(library, s)

    def program(*arguments: Any) -> list[Any]:
        return [y for f, xs in zip(plan, arguments) for y in f.results(library.vmap, xs)]

    return program, [f.arguments() for f in plan]


def batch_plan(library: Library, s: Sample) -> list[Mapped]:
    def fun(*args: Any) -> list[Any]:
        return leaves(s.fun(library.lax, *args))

    plan = [Mapped(fun, s.args, placements([a.ndim for a in s.args]))]
    if s.order >= 1 and s.differentiable:
        f = smooth_part(library, s, precise=False)
        for g in (forward(library, f), reverse(library, f)):
            n = len(g.args)
            alone = [tuple(0 if i == only else None for i in range(n)) for only in range(n)]
            last = tuple(a.ndim for a in g.args)
            plan.append(Mapped(g.fun, g.args, [(0,) * n, last, *alone]))
    return plan


def check_batch(library: Library, s: Sample, results: list[np.ndarray]) -> None:
    rest = iter(results)
    for f in batch_plan(library, s):
        m = len(library.eval_shape(f.fun, *f.args))
        point = [next(rest) for _ in range(m)]
        others = {subset: [next(rest) for _ in range(m)] for subset in f.subsets}
        for axes in f.placements:
            other = others[tuple(i is not None for i in axes)]
            for a, b in zip(point, other):
                want = np.stack([a, b])
                close(next(rest), want, max(s.tolerance, 2e-5), f"in_axes={axes}")


# Comparison -------------------------------------------------------------------------------------


def close(got: np.ndarray, want: np.ndarray, tolerance: float, message: str = "") -> None:
    assert got.dtype == want.dtype, (got.dtype, want.dtype, message)
    assert got.shape == want.shape, (got.shape, want.shape, message)
    if want.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want, message)
        return
    kind = np.complex128 if want.dtype.kind == "c" else np.float64
    got, want = got.astype(kind), want.astype(kind)
    finite = np.abs(want[np.isfinite(want)])
    scale = min(1.0, np.max(finite, initial=0.0))
    np.testing.assert_allclose(
        got, want, rtol=10 * tolerance, atol=tolerance * scale, err_msg=message
    )
