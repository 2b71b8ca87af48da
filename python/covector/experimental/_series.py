"""Truncated Taylor series of what a jaxpr computes, as a graph whose coefficients come on demand.

The graph needs no rule for a primitive but the one for its jvp. If y = f(x), then y' = J(x) x', and
staging the jvp gives J(x) x' as a jaxpr, so as more of the graph: coefficient k of y is
coefficient k - 1 of that, divided by k. The recursion ends because orders fall, and it costs no
more than order^2 for the usual functions because equal parts of the graph are one: in the jvp of
exp the operation exp(x) is y itself, which gives the classical recurrence. Operations that are
linear in one operand at a time (which their jvp shows: it is the operation on the tangent) are sums
of products of coefficients, and quotients are what a product gives back.

See J. Bettencourt, M. Johnson and D. Duvenaud, "Taylor-mode automatic differentiation for
higher-order derivatives in JAX" (2019), and A. Griewank and A. Walther, "Evaluating derivatives"
(2008), chapter 13.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array, ClosedJaxpr, Literal
from covector._derivatives import jvp
from covector._staging import stage
from covector._struct import ShapeDtypeStruct

# A coefficient; None is 0.
Term = Array | None


class Series:
    """One value of a program as a function of a parameter: its Taylor coefficients at 0."""

    def __init__(self, terms: Sequence[Term], constant: bool = False) -> None:
        self._terms: list[Term] = list(terms)
        self.is_constant = constant

    @functools.cached_property
    def derivative(self) -> "Series":
        """The series of the derivative."""
        return _Derivative(self)

    def term(self, k: int) -> Term:
        """The k-th coefficient."""
        if self.is_constant and k > 0:
            return None
        while len(self._terms) <= k:
            self._terms.append(self._next(len(self._terms)))
        return self._terms[k]

    def _next(self, k: int) -> Term:
        return None

    def value(self) -> Array:
        """The value at 0."""
        first = self.term(0)
        if first is None:
            raise AssertionError("a series has a value")
        return first

    def array(self, k: int) -> Array:
        """The k-th coefficient, as an array also if it is 0."""
        term = self.term(k)
        return jnp.zeros_like(self.value()) if term is None else term


class _Derivative(Series):
    def __init__(self, of: Series) -> None:
        super().__init__([])
        self._of = of

    def _next(self, k: int) -> Term:
        term = self._of.term(k + 1)
        if term is None:
            return jnp.zeros_like(self._of.value()) if k == 0 else None
        return term * (k + 1)


class _Result(Series):
    """A result of an operation."""

    def __init__(self, operation: "Operation", i: int, constant: bool) -> None:
        super().__init__([], constant)
        self.operation, self._i = operation, i

    def _next(self, k: int) -> Term:
        return self.operation.terms(k)[self._i]


def _is_inexact(x: Any) -> bool:
    return bool(jnp.issubdtype(x.dtype, jnp.inexact))


def _added(terms: Sequence[Term]) -> Term:
    there = [t for t in terms if t is not None]
    return functools.reduce(jnp.add, there) if there else None


class Operation:
    """A primitive on series."""

    def __init__(self, graph: "Graph", eqn: Any, operands: Sequence[Series]) -> None:
        self._graph, self.operands = graph, list(operands)
        self._primitive, self._params = eqn.primitive, eqn.params
        self._varying = [
            i
            for i, x in enumerate(operands)
            if not x.is_constant and _is_inexact(eqn.invars[i].aval)
        ]
        self.results = [
            _Result(self, i, constant=not self._varying or not _is_inexact(v.aval))
            for i, v in enumerate(eqn.outvars)
        ]
        self._avals = [v.aval for v in eqn.invars]
        self._known: dict[int, list[Term]] = {}

    def terms(self, k: int) -> list[Term]:
        """The k-th coefficients of the results."""
        if k not in self._known:
            self._known[k] = self._compute(k)
        return self._known[k]

    def _bind(self, args: Sequence[Any]) -> list[Any]:
        out = self._primitive.bind(*args, **self._params)
        return list(out) if self._primitive.multiple_results else [out]

    def _with(self, terms: dict[int, Array]) -> list[Any]:
        """The operation on coefficients of some operands and values of the others."""
        operands = enumerate(self.operands)
        return self._bind([terms[i] if i in terms else x.value() for i, x in operands])

    def _compute(self, k: int) -> list[Term]:
        if k == 0:
            return list(self._bind([x.value() for x in self.operands]))
        if self._primitive.name == "div":
            return [self._quotient(k)]
        linear, multilinear = self._structure
        if linear:
            return self._of_terms(k)
        if multilinear:
            return self._convolution(k)
        return [None if t is None else t / k for t in (d.term(k - 1) for d in self._derivatives)]

    def _of_terms(self, k: int) -> list[Term]:
        """Of an operation that is linear in what varies."""
        terms = {i: self.operands[i].term(k) for i in self._varying}
        if all(t is None for t in terms.values()):
            return [None] * len(self.results)
        return list(self._with({i: self.operands[i].array(k) for i in self._varying}))

    def _convolution(self, k: int) -> list[Term]:
        """Of an operation that is linear in each of the two operands that vary."""
        a, b = self._varying
        products = []
        for j in range(k + 1):
            left, right = self.operands[a].term(j), self.operands[b].term(k - j)
            if left is not None and right is not None:
                products.append(self._with({a: left, b: right}))
        return [_added(terms) for terms in zip(*products)] or [None] * len(self.results)

    def _quotient(self, k: int) -> Term:
        """From y b = a."""
        (y,), (a, b) = self.results, self.operands
        rest = [a.term(k)]
        for j in range(1, k + 1):
            factor, earlier = b.term(j), y.term(k - j)
            if factor is not None and earlier is not None:
                rest.append(-factor * earlier)
        total = _added(rest)
        return None if total is None else self._bind([total, b.value()])[0]

    def _staged_jvp(self, varying: Sequence[int]) -> ClosedJaxpr:
        """Tangents of the results, as a jaxpr of all operands and the tangents of some."""

        def tangents(*args: Any) -> Any:
            operands, dots = args[: len(self.operands)], args[len(self.operands) :]

            def of_varying(*xs: Any) -> list[Any]:
                merged = dict(zip(varying, xs))
                return self._bind([merged.get(i, x) for i, x in enumerate(operands)])

            _, out = jvp(of_varying, tuple(operands[i] for i in varying), dots)
            return [t for t, r in zip(out, self.results) if not r.is_constant]

        avals = [*self._avals, *(self._avals[i] for i in varying)]
        structs = [ShapeDtypeStruct(a.shape, a.dtype, weak_type=a.weak_type) for a in avals]
        jaxpr, _ = stage(tangents, tuple(structs), {})
        return jaxpr

    @functools.cached_property
    def _structure(self) -> tuple[bool, bool]:
        """Whether it is linear in all that varies; and if not, in each of two operands."""
        if self._is_own_tangent(self._varying):
            return True, False
        two = len(self._varying) == 2
        return False, two and all(self._is_own_tangent([i]) for i in self._varying)

    def _is_own_tangent(self, varying: Sequence[int]) -> bool:
        """Whether the tangent is the operation itself, on tangents in place of operands."""
        jaxpr = self._staged_jvp(varying).jaxpr
        n = len(self.operands)
        expected = list(jaxpr.invars[:n])
        for i, dot in zip(varying, jaxpr.invars[n:]):
            expected[i] = dot
        wanted = [i for i, r in enumerate(self.results) if not r.is_constant]
        return any(
            eqn.primitive is self._primitive
            and [eqn.outvars[i] for i in wanted] == list(jaxpr.outvars)
            and list(eqn.invars) == expected
            and str(eqn.params) == str(self._params)
            for eqn in jaxpr.eqns
            if len(eqn.outvars) == len(self.results)
        )

    @functools.cached_property
    def _derivatives(self) -> list[Series]:
        """The series of the derivatives of the results."""
        dots = [self.operands[i].derivative for i in self._varying]
        out = iter(self._graph.add(self._staged_jvp(self._varying), [*self.operands, *dots]))
        zero = Series([None], constant=True)
        return [zero if r.is_constant else next(out) for r in self.results]


Rule = Callable[["Graph", Any, Sequence[Series]], list[Series]]


class Graph:
    """All operations on series, each once."""

    def __init__(self, order: int, rules: dict[str, Rule]) -> None:
        self.order = order
        self._rules = rules
        self._operations: dict[Any, Operation] = {}
        self._constants: dict[Any, Series] = {}

    def constant(self, x: Any) -> Series:
        """The series of what does not vary; one for equal numbers."""
        array = jnp.asarray(x)
        key: Any = id(array)
        if array.ndim == 0 and not isinstance(x, Array):
            key = (np.asarray(x).tobytes(), array.dtype, array.aval.weak_type)
        if key not in self._constants:
            self._constants[key] = Series([array], constant=True)
        return self._constants[key]

    def add(self, closed: ClosedJaxpr, args: Sequence[Series]) -> list[Series]:
        """The results of a jaxpr on series. Nothing is computed yet."""
        values: dict[Any, Series] = dict(
            zip(closed.jaxpr.constvars, map(self.constant, closed.consts))
        )
        values.update(zip(closed.jaxpr.invars, args))

        def read(atom: Any) -> Series:
            return self.constant(atom.val) if isinstance(atom, Literal) else values[atom]

        eqn: Any
        for eqn in closed.jaxpr.eqns:
            operands = [read(a) for a in eqn.invars]
            rule = self._rules.get(eqn.primitive.name, _operation)
            values.update(zip(eqn.outvars, rule(self, eqn, operands)))
        return [read(a) for a in closed.jaxpr.outvars]

    def evaluated(self, closed: ClosedJaxpr, args: Sequence[Series]) -> list[Series]:
        """The results of a jaxpr on series, all of whose coefficients are computed.

        That is done in the order of the program, so that long ones do not recurse deeply.
        """
        out = self.add(closed, args)
        needed: set[int] = set()
        stack = [x.operation for x in out if isinstance(x, _Result)]
        while stack:
            operation = stack.pop()
            if id(operation) not in needed:
                needed.add(id(operation))
                operands = [x for x in operation.operands if isinstance(x, _Result)]
                stack += [x.operation for x in operands]
        for operation in list(self._operations.values()):
            if id(operation) in needed:
                for k in range(self.order + 1):
                    operation.terms(k)
        return out

    def operation(self, eqn: Any, operands: Sequence[Series]) -> Operation:
        """A primitive on series."""
        key = (eqn.primitive.name, str(eqn.params), *map(id, operands))
        if key not in self._operations:
            self._operations[key] = Operation(self, eqn, operands)
        return self._operations[key]


def _operation(graph: Graph, eqn: Any, operands: Sequence[Series]) -> list[Series]:
    return list(graph.operation(eqn, operands).results)
