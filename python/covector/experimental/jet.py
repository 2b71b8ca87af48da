"""Taylor-mode differentiation: higher derivatives along a curve, all at once."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array, ClosedJaxpr
from covector._staging import stage
from covector.experimental._series import Graph, Rule, Series
from covector.tree_util import tree_structure, tree_unflatten, treedef_is_leaf

__all__ = ["fact", "jet", "jet2"]


def jet(
    fun: Callable[..., Any],
    primals: Sequence[Any],
    series: Sequence[Sequence[Any]],
    factorial_scaled: bool = True,
    **_: Any,
) -> tuple[Any, Any]:
    """The Taylor series of a function's result along a curve, from that of its arguments.

    The cost grows with the square of the order, not exponentially as that of nested `jvp`.

    Args:
      fun: the function, of arrays. It is traced, so it cannot branch on values.
      primals: its arguments, where the curve begins.
      series: for each argument, the derivatives of the curve there, from the first on; as many
        for each.
      factorial_scaled: whether terms are derivatives. If not, they are coefficients of powers:
        derivatives divided by factorials.
      **_: accepted for compatibility.

    Returns:
      The value, and a tree like it with a list of the derivatives of each part.

    Raises:
      ValueError: if numbers of terms differ, or an argument or term is no array.

    >>> from covector.experimental.jet import jet
    >>> value, (first, second) = jet(jnp.sin, (0.5,), ([1.0, 0.0],))
    >>> first, second
    (Array(0.87758255, dtype=float32), Array(-0.47942555, dtype=float32))
    """
    order = _order(primals, series)
    values = [jnp.asarray(x) for x in primals]
    factors = [float(math.factorial(i + 1)) if factorial_scaled else 1.0 for i in range(order)]
    curves = [
        _curve(x, [jnp.asarray(t, x.dtype) / f for t, f in zip(terms, factors)])
        for x, terms in zip(values, series)
    ]
    jaxpr, tree = stage(fun, tuple(values), {})
    out = Graph(order, _RULES).evaluated(jaxpr, curves)
    terms = [[x.array(k + 1) * f for k, f in enumerate(factors)] for x in out]
    return tree_unflatten(tree, [x.value() for x in out]), tree_unflatten(tree, terms)


def jet2(
    fun: Callable[..., Any], primals: Sequence[Any], series: Sequence[Sequence[Any]], **_: Any
) -> tuple[Any, Any]:
    """Like `jet`, with terms that are coefficients of powers.

    Args:
      fun: the function.
      primals: its arguments.
      series: for each argument, the coefficients of the curve, from the first power on.
      **_: accepted for compatibility.

    Returns:
      The value, and the coefficients of each part.

    >>> value, (_, second) = jet2(jnp.exp, (0.0,), ([1.0, 0.0],))
    >>> second
    Array(0.5, dtype=float32)
    """
    return jet(fun, primals, series, factorial_scaled=False)


def fact(n: Any) -> Array:
    """The factorial of a number, or of numbers.

    Args:
      n: an array of numbers.

    Returns:
      An array of floats.

    >>> round(fact(3).item(), 3)
    6.0
    """
    return lax.exp(lax.lgamma(n + 1.0))


def _order(primals: Sequence[Any], series: Sequence[Sequence[Any]]) -> int:
    orders = {len(terms) for terms in series}
    if len(orders) != 1:
        raise ValueError("jet terms have inconsistent lengths for different arguments")
    for i, (x, terms) in enumerate(zip(primals, series)):
        if not treedef_is_leaf(tree_structure(x)):
            raise ValueError(f"primal value at position {i} is not an array")
        for j, t in enumerate(terms):
            if not treedef_is_leaf(tree_structure(t)):
                raise ValueError(f"term {j} for argument {i} is not an array")
    return orders.pop()


def _curve(x: Array, terms: Sequence[Any]) -> Series:
    """An argument; one that is no number of a field does not vary."""
    if not jnp.issubdtype(x.dtype, jnp.inexact):
        return Series([x], constant=True)
    return Series([x, *terms])


# Operations that hold jaxprs ----------------------------------------------------------------------


def _in_line(name: str) -> Rule:
    def rule(graph: Graph, eqn: Any, operands: Sequence[Series]) -> list[Series]:
        jaxpr = eqn.params[name]
        closed = jaxpr if isinstance(jaxpr, ClosedJaxpr) else ClosedJaxpr(jaxpr, [])
        return graph.add(closed, operands)

    return rule


def _packed(graph: Graph, x: Series, aval: Any) -> list[Array]:
    """All coefficients of what varies in a loop, or the value of what cannot."""
    orders = range(graph.order + 1) if jnp.issubdtype(aval.dtype, jnp.inexact) else range(1)
    return [x.array(k) for k in orders]


def _unpacked(terms: Sequence[Array], aval: Any) -> Series:
    return Series(terms, constant=not jnp.issubdtype(aval.dtype, jnp.inexact))


def _all_packed(graph: Graph, xs: Sequence[Series], avals: Sequence[Any]) -> list[list[Array]]:
    return [_packed(graph, x, a) for x, a in zip(xs, avals)]


def _all_unpacked(terms: Sequence[Sequence[Array]], avals: Sequence[Any]) -> list[Series]:
    return [_unpacked(t, a) for t, a in zip(terms, avals)]


def _run(graph: Graph, jaxpr: ClosedJaxpr, args: Sequence[Series]) -> list[list[Array]]:
    """The coefficients of the results of a jaxpr inside of another."""
    out = Graph(graph.order, _RULES).evaluated(jaxpr, args)
    return _all_packed(graph, out, jaxpr.out_avals)


def _scan(graph: Graph, eqn: Any, operands: Sequence[Series]) -> list[Series]:
    p = eqn.params
    jaxpr, n, m = p["jaxpr"], p["num_consts"], p["num_consts"] + p["num_carry"]
    avals = [v.aval for v in eqn.invars]
    inner = jaxpr.in_avals

    def step(carry: Any, xs: Any) -> Any:
        args = [*operands[:n], *_all_unpacked([*carry, *xs], inner[n:])]
        out = _run(graph, jaxpr, args)
        return out[: m - n], out[m - n :]

    start, xs = (_all_packed(graph, operands[s], avals[s]) for s in (slice(n, m), slice(m, None)))
    options = {k: p[k] for k in ("length", "reverse", "unroll")}
    carry, ys = lax.scan(step, start, xs, **options)
    return _all_unpacked([*carry, *ys], [v.aval for v in eqn.outvars])


def _while(graph: Graph, eqn: Any, operands: Sequence[Series]) -> list[Series]:
    p = eqn.params
    n, m = p["cond_nconsts"], p["cond_nconsts"] + p["body_nconsts"]
    avals = [v.aval for v in eqn.outvars]

    def test(carry: Any) -> Any:
        values = [Series([terms[0]], constant=True) for terms in carry]
        ((go_on,),) = _run(graph, p["cond_jaxpr"], [*operands[:n], *values])
        return go_on

    def step(carry: Any) -> Any:
        args = [*operands[n:m], *_all_unpacked(carry, avals)]
        return _run(graph, p["body_jaxpr"], args)

    start = _all_packed(graph, operands[m:], avals)
    return _all_unpacked(lax.while_loop(test, step, start), avals)


def _cond(graph: Graph, eqn: Any, operands: Sequence[Series]) -> list[Series]:
    index, *rest = operands
    avals = [v.aval for v in eqn.invars[1:]]

    def branch(jaxpr: ClosedJaxpr) -> Callable[..., Any]:
        return lambda terms: _run(graph, jaxpr, _all_unpacked(terms, avals))

    number = index.value()
    number = number.astype(np.int32) if number.dtype == bool else number
    branches = [branch(jaxpr) for jaxpr in eqn.params["branches"]]
    out = lax.switch(number, branches, _all_packed(graph, rest, avals))
    return _all_unpacked(out, [v.aval for v in eqn.outvars])


_RULES: dict[str, Rule] = {
    "cond": _cond,
    "custom_vjp_call": _in_line("call_jaxpr"),
    "jit": _in_line("jaxpr"),
    "remat2": _in_line("jaxpr"),
    "scan": _scan,
    "while": _while,
}
