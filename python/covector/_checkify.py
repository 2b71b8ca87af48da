"""Checked functions: interpretation of jaxprs that carries an error along."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import covector.numpy as jnp
from covector import lax
from covector._checkify_custom import call_with_jvp, call_with_vjp
from covector._checkify_errors import (
    DivisionByZeroError,
    Error,
    ErrorEffect,
    FailedCheckError,
    JaxException,
    JaxRuntimeError,
    NaNError,
    OOBError,
    from_state,
    init_error,
    state_of,
)
from covector._checkify_rules import CHECKS, Enabled
from covector._core import Array, ClosedJaxpr, Literal, Primitive
from covector._jit import jit
from covector._rules import (
    LoweredFunction,
    fancy_primitive_batchers,
    primitive_jvps,
    register_lowering,
)
from covector._signature import adopt
from covector._staging import make_jaxpr, stage
from covector.tree_util import tree_flatten, tree_leaves, tree_unflatten

ErrorCategory = type[JaxException]

user_checks: Enabled = frozenset({FailedCheckError})
nan_checks: Enabled = frozenset({NaNError})
index_checks: Enabled = frozenset({OOBError})
div_checks: Enabled = frozenset({DivisionByZeroError})
float_checks = nan_checks | div_checks
automatic_checks = float_checks | index_checks
all_checks = automatic_checks | user_checks

# The primitive ---------------------------------------------------------------------------------

check_p = Primitive("check")
check_p.multiple_results = True


@check_p.def_impl
def _check_now(*arrays: Any, err_tree: Any, debug: bool) -> list[Any]:
    if debug:
        return []
    exception = tree_unflatten(err_tree, arrays).get_exception()
    if exception is not None:
        raise JaxRuntimeError(str(exception)) from exception
    return []


@check_p.def_effectful_abstract_eval
def _check_types(*avals: Any, err_tree: Any, debug: bool) -> tuple[list[Any], Any]:
    return [], tree_unflatten(err_tree, avals).effects


def _check_in_program(*arrays: Any, err_tree: Any, debug: bool) -> list[Any]:
    if debug:
        return []
    raise ValueError(
        "Cannot abstractly evaluate a checkify.check which was not functionalized. This probably "
        "means you tried to stage (jit/scan/pmap/...) a `check` without functionalizing it "
        "through `checkify.checkify`."
    )


def _check_batch(axis: Any, arrays: Any, dims: Any, *, err_tree: Any, debug: bool) -> Any:
    batched = [
        jnp.broadcast_to(x, (axis.size, *jnp.shape(x))) if d is None else jnp.moveaxis(x, d, 0)
        for x, d in zip(arrays, dims)
    ]
    _bind(tree_unflatten(err_tree, batched), debug)
    return [], []


register_lowering(check_p, LoweredFunction(_check_in_program, True), None)
fancy_primitive_batchers[check_p] = _check_batch
primitive_jvps[check_p] = lambda primals, tangents, **params: (check_p.bind(*primals, **params), [])


def _bind(error: Error, debug: bool) -> None:
    arrays, tree = tree_flatten(error.any_of_batch())
    check_p.bind(*arrays, err_tree=tree, debug=debug)


# The interpreter --------------------------------------------------------------------------------

Rule = Callable[[Error, Enabled, Any, Sequence[Any]], tuple[Error, Any]]


def _interpret(
    closed: ClosedJaxpr, enabled: Enabled, error: Error, args: Sequence[Any]
) -> tuple[Error, list[Any]]:
    """Runs a jaxpr; errors of its operations are added to the one given."""
    values: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts))
    values.update(zip(closed.jaxpr.invars, args))

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else values[atom]

    eqn: Any
    for eqn in closed.jaxpr.eqns:
        rule = _RULES.get(eqn.primitive.name, _first_order)
        error, out = rule(error, enabled, eqn, [read(a) for a in eqn.invars])
        values.update(zip(eqn.outvars, out if eqn.primitive.multiple_results else [out]))
    return error, [read(a) for a in closed.jaxpr.outvars]


def _first_order(
    error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]
) -> tuple[Error, Any]:
    out = eqn.primitive.bind(*args, **eqn.params)
    check = CHECKS.get(eqn.primitive.name)
    return (error if check is None else check(error, enabled, eqn, args, out)), out


class _Stateful:
    """Jaxprs as functions of an error's arrays, in which the error has fixed slots.

    Metadata of the errors inside is found while they are traced, and collected here.
    """

    def __init__(self, enabled: Enabled, error: Error, jaxprs: Sequence[ClosedJaxpr]) -> None:
        self._enabled = enabled
        self.effects = error.effects
        for jaxpr in jaxprs:
            self.effects |= _effects_after(jaxpr, enabled, error.effects)
        self.grew = self.effects != error.effects
        self.start = state_of(error.filled(self.effects))
        self._metadata = dict(error._metadata)
        self._before = len(self._metadata)

    def run(self, jaxpr: ClosedJaxpr, state: Any, args: Sequence[Any]) -> tuple[Any, list[Any]]:
        error = from_state(self.effects, state, {})
        error, out = _interpret(jaxpr, self._enabled, error, args)
        self._metadata.update(error._metadata)
        return state_of(error), out

    def error(self, state: Any) -> Error:
        return from_state(self.effects, state, self._metadata)


def _effects_after(
    jaxpr: ClosedJaxpr, enabled: Enabled, before: frozenset[ErrorEffect]
) -> frozenset[ErrorEffect]:
    """Which kinds of errors can have happened when the jaxpr has run."""
    found: list[frozenset[ErrorEffect]] = []

    def run(*args: Any) -> list[Any]:
        error, out = _interpret(jaxpr, enabled, init_error.filled(before), args)
        found.append(error.effects)
        return out

    make_jaxpr(run)(*jaxpr.in_avals)
    return found[0]


def _may_fail(jaxpr: ClosedJaxpr, enabled: Enabled) -> bool:
    return bool(_effects_after(jaxpr, enabled, frozenset()))


def _call(error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]) -> tuple[Error, list[Any]]:
    jaxpr = eqn.params["jaxpr"]
    inner = _Stateful(enabled, error, [jaxpr])

    def fun(state: Any, *args: Any) -> Any:
        return inner.run(jaxpr, state, args)

    fun.__name__ = eqn.params.get("name", "call")
    state, out = jit(fun)(inner.start, *args)
    return inner.error(state), out


def _in_line(error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]) -> tuple[Error, Any]:
    """A rematerialized function; what cannot fail stays one."""
    jaxpr = eqn.params["jaxpr"]
    if not isinstance(jaxpr, ClosedJaxpr):
        jaxpr = ClosedJaxpr(jaxpr, [])
    if not _may_fail(jaxpr, enabled):
        return error, eqn.primitive.bind(*args, **eqn.params)
    return _interpret(jaxpr, enabled, error, args)


def _custom(
    call: Callable[..., Any], error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]
) -> tuple[Error, list[Any]]:
    jaxpr = eqn.params["call_jaxpr"]
    inner = _Stateful(enabled, error, [jaxpr])
    state, out = call(functools.partial(inner.run, jaxpr), eqn, inner.start, args)
    return inner.error(state), out


def _cond(error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]) -> tuple[Error, list[Any]]:
    branches = eqn.params["branches"]
    inner = _Stateful(enabled, error, branches)
    functions = [functools.partial(inner.run, branch) for branch in branches]
    index, *operands = args
    if index.dtype == bool:
        index = index.astype("int32")
    state, out = lax.switch(index, functions, inner.start, operands)
    return inner.error(state), out


def _while(
    error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]
) -> tuple[Error, list[Any]]:
    p = eqn.params
    cond, body = p["cond_jaxpr"], p["body_jaxpr"]
    n, m = p["cond_nconsts"], p["cond_nconsts"] + p["body_nconsts"]
    cond_consts, body_consts, start = args[:n], args[n:m], args[m:]
    inner = _Stateful(enabled, error, [body, cond])

    def test(state: Any, values: Any) -> Any:
        state, (go_on,) = inner.run(cond, state, [*cond_consts, *values])
        return state, values, go_on

    def step(carry: Any) -> Any:
        state, values, go_on = carry
        state, new = inner.run(body, state, [*body_consts, *values])
        return test(state, [_where_going(go_on, x, old) for x, old in zip(new, values)])

    carry = test(inner.start, list(start))
    state, out, _ = lax.while_loop(lambda carry: jnp.any(carry[2]), step, carry)
    return inner.error(state), out


def _where_going(go_on: Array, new: Array, old: Array) -> Array:
    """Of a batch of loops those that are at their end do not move."""
    if go_on.ndim == 0:
        return new
    return jnp.where(jnp.reshape(go_on, go_on.shape + (1,) * (new.ndim - go_on.ndim)), new, old)


def _scan(error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]) -> tuple[Error, list[Any]]:
    p = eqn.params
    jaxpr, n, m = p["jaxpr"], p["num_consts"], p["num_consts"] + p["num_carry"]
    inner = _Stateful(enabled, error, [jaxpr])

    def step(carry: Any, xs: Any) -> Any:
        state, values = carry
        state, out = inner.run(jaxpr, state, [*args[:n], *values, *xs])
        return (state, out[: m - n]), out[m - n :]

    (state, last), ys = lax.scan(
        step,
        (inner.start, list(args[n:m])),
        list(args[m:]),
        length=p["length"],
        reverse=p["reverse"],
        unroll=p["unroll"],
    )
    return inner.error(state), [*last, *ys]


def _discharge(
    error: Error, enabled: Enabled, eqn: Any, args: Sequence[Any]
) -> tuple[Error, list[Any]]:
    """A check of the user's: its error is added if it is of an enabled kind."""
    new = tree_unflatten(eqn.params["err_tree"], args)
    for effect, slot in new._slots.items():
        if effect.error_type in enabled:
            error = error.add_slot(effect, slot)
    return error.with_metadata(new._metadata), []


_RULES: dict[str, Rule] = {
    "check": _discharge,
    "cond": _cond,
    "custom_jvp_call": functools.partial(_custom, call_with_jvp),
    "custom_vjp_call": functools.partial(_custom, call_with_vjp),
    "jit": _call,
    "remat2": _in_line,
    "scan": _scan,
    "while": _while,
}

# Public -------------------------------------------------------------------------------------------


def checkify(
    f: Callable[..., Any], errors: Enabled = user_checks
) -> Callable[..., tuple[Error, Any]]:
    """Makes a function that also returns an error: of the first check in it that failed.

    Args:
      f: the function. Checks in it are those of `check`, and automatic ones.
      errors: which kinds of errors are looked for: `user_checks`, `nan_checks`, `index_checks`,
        `div_checks`, unions of these such as `float_checks`, `automatic_checks`, `all_checks`.

    Returns:
      A function of the same arguments that returns a pair of an `Error` and the result. It can be
      transformed as any other.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> from covector.experimental import checkify
    >>> @covector.jit
    ... def f(x):
    ...     checkify.check(x > 0, "{x} must be positive", x=x)
    ...     return jnp.log(x)
    >>> error, _ = checkify.checkify(f)(jnp.array(-1.0))
    >>> error.get()
    '-1.0 must be positive (`check` failed)'
    >>> error, _ = checkify.checkify(f, errors=checkify.nan_checks)(-1.0)
    >>> error.get()
    'nan generated by primitive: log.'
    """

    def checked_fun(*args: Any, **kwargs: Any) -> tuple[Error, Any]:
        # The arguments are closed over: those that are known stay so.
        jaxpr, tree = stage(lambda: f(*args, **kwargs), (), {})
        error, out = _interpret(jaxpr, frozenset(errors), init_error, [])
        return error, tree_unflatten(tree, out)

    return adopt(f, checked_fun, None)


def check(pred: Any, msg: str, *fmt_args: Any, debug: bool = False, **fmt_kwargs: Any) -> None:
    """Checks a condition, in a function under `checkify`, or now.

    Args:
      pred: a truth value; False is an error.
      msg: the error's message, a format as `str.format` takes it.
      *fmt_args, **fmt_kwargs: trees of arrays for the format.
      debug: whether to check only under `checkify`.

    Raises:
      TypeError: if `pred` is no truth value, or an argument for the format is no array.
      JaxRuntimeError: if the condition does not hold and no transformation is under way.
      ValueError: when a program with a check is compiled that is not under `checkify`.

    >>> from covector.experimental import checkify
    >>> checkify.check(1 < 2, "never")
    """
    if not _is_truth_value(pred):
        name = "debug_check" if debug else "check"
        raise TypeError(f"{name} takes a scalar pred as argument, got {pred}")
    for x in tree_leaves((fmt_args, fmt_kwargs)):
        if not isinstance(x, (Array, np.ndarray)):
            raise TypeError(
                "Formatting arguments to checkify.check need to be PyTrees of arrays, but got "
                f"{x!r} of type {type(x)}."
            )
    exception = FailedCheckError(msg, *fmt_args, **fmt_kwargs)
    _bind(init_error.add(jnp.logical_not(pred), exception), debug)


def _is_truth_value(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, Array) and x.shape == () and x.dtype == bool)


def debug_check(pred: Any, msg: str, *fmt_args: Any, **fmt_kwargs: Any) -> None:
    """`check` that does nothing unless under `checkify`."""
    check(pred, msg, *fmt_args, debug=True, **fmt_kwargs)


def check_error(error: Error) -> None:
    """Raises an error, or, in a function under `checkify`, makes it one of that function.

    Args:
      error: the error that a checked function returned.

    Raises:
      TypeError: if it is none.
      JaxRuntimeError: if it happened and no transformation is under way.

    >>> from covector.experimental import checkify
    >>> error, y = checkify.checkify(lambda x: x)(1)
    >>> checkify.check_error(error)
    """
    if not isinstance(error, Error):
        raise TypeError(f"check_error takes an Error as argument, got type {type(error)} instead.")
    _bind(error, False)
