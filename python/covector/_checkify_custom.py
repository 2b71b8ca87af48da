"""Functions with derivative rules: checked where they run. Where the rule is used in the function's
place, nothing is checked."""

from collections.abc import Callable, Sequence
from typing import Any

from covector._custom_jvp import custom_jvp
from covector._custom_vjp import custom_vjp
from covector._derivatives import jvp, vjp

# Takes an error's state and the arguments; gives the state and the results.
Checked = Callable[[Any, Sequence[Any]], tuple[Any, list[Any]]]


def call_with_jvp(checked: Checked, eqn: Any, state: Any, args: Sequence[Any]) -> Any:
    """The call, whose derivative is that of the equation."""

    def plain(*xs: Any) -> Any:
        return eqn.primitive.bind(*xs, **eqn.params)

    @custom_jvp
    def fun(state: Any, *xs: Any) -> Any:
        return checked(state, xs)

    @fun.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (state, *xs), (state_tangent, *ts) = primals, tangents
        out, out_tangents = jvp(plain, tuple(xs), tuple(ts))
        return (state, out), (state_tangent, out_tangents)

    return fun(state, *args)


def call_with_vjp(checked: Checked, eqn: Any, state: Any, args: Sequence[Any]) -> Any:
    """The call, whose derivative is that of the equation."""

    @custom_vjp
    def fun(state: Any, *xs: Any) -> Any:
        return checked(state, xs)

    def forward(state: Any, *xs: Any) -> Any:
        out, pull = vjp(lambda *xs: eqn.primitive.bind(*xs, **eqn.params), *xs)
        return (state, out), pull

    fun.defvjp(forward, lambda pull, cotangents: (None, *pull(cotangents[1])))
    return fun(state, *args)
