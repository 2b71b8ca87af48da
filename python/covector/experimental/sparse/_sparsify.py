"""Functions of dense arrays as functions of sparse ones: interpretation of jaxprs.

A value of the interpreter is a dense array, or a BCOO or BCSR array. An operation none of whose
operands is sparse runs as it is; for others, the tables of `_sparsify_rules` have what to do. Rules
compose functions of sparse arrays, so what they give can be differentiated and mapped.
"""

from collections.abc import Callable, Sequence
from typing import Any

from covector import lax
from covector import numpy as jnp
from covector._core import ClosedJaxpr, Literal
from covector._signature import adopt
from covector._staging import eval_shape, stage
from covector._struct import ShapeDtypeStruct
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._bcsr import BCSR
from covector.experimental.sparse._sparsify_rules import rule_for
from covector.tree_util import tree_flatten, tree_structure, tree_unflatten

Function = Callable[..., Any]


def is_sparse(x: Any) -> bool:
    """Whether an argument is one array to the interpreter, and sparse."""
    return isinstance(x, (BCOO, BCSR))


def sparsify(f: Function, use_tracer: bool = False) -> Function:
    """Makes a function of sparse arrays from one of dense arrays.

    Operations of the function whose result would be dense raise an error; `sparse.todense` inside
    it says that this is meant.

    Args:
      f: the function. Arguments and results are trees of arrays.
      use_tracer: accepted for compatibility.

    Returns:
      A function of the same arguments, dense or of type BCOO or BCSR. A result is sparse if it
      depends on a sparse argument by operations that have sparse results.

    Raises:
      NotImplementedError: when it is called: for an operation on sparse arrays that has no rule.

    >>> mat = BCOO.fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> sparsify(lambda m, x: -(3 * m) @ x)(mat, jnp.array([1.0, 2.0]))
    Array([-6., -6.], dtype=float32)
    """

    def sparsified(*args: Any, **kwargs: Any) -> Any:
        arrays, tree = tree_flatten(args, is_leaf=is_sparse)
        arrays = [x if is_sparse(x) else jnp.asarray(x) for x in arrays]

        def of_dense(*dense: Any) -> Any:
            return f(*tree_unflatten(tree, dense), **kwargs)

        jaxpr, out_tree = stage(of_dense, tuple(map(_dense_type, arrays)), {})
        return tree_unflatten(out_tree, interpret(jaxpr, arrays))

    return adopt(f, sparsified, None)


def _dense_type(x: Any) -> Any:
    if is_sparse(x):
        return ShapeDtypeStruct(x.shape, x.dtype, weak_type=x.data.aval.weak_type)
    return x


def interpret(closed: ClosedJaxpr, args: Sequence[Any]) -> list[Any]:
    """Runs a jaxpr on dense and sparse arrays."""
    values: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts))
    values.update(zip(closed.jaxpr.invars, args))

    def read(atom: Any) -> Any:
        return jnp.asarray(atom.val) if isinstance(atom, Literal) else values[atom]

    eqn: Any
    for eqn in closed.jaxpr.eqns:
        operands = [read(a) for a in eqn.invars]
        if not any(map(is_sparse, operands)):
            out = eqn.primitive.bind(*operands, **eqn.params)
            out = out if eqn.primitive.multiple_results else [out]
        elif eqn.primitive.name in _CONTROL:
            out = _CONTROL[eqn.primitive.name](eqn.params, *operands)
        else:
            out = rule_for(eqn.primitive, operands)(eqn, *operands)
        values.update(zip(eqn.outvars, out))
    return [read(a) for a in closed.jaxpr.outvars]


# Operations that hold jaxprs ------------------------------------------------------------------


def _without_claims(x: Any) -> Any:
    """An array of which nothing is known but its shape: what it will be in a later step."""
    if isinstance(x, BCOO):
        return BCOO(x._bufs, shape=x.shape)
    return BCSR(x._bufs, shape=x.shape) if isinstance(x, BCSR) else x


def _plain(arrays: Sequence[Any]) -> list[Any]:
    return [_without_claims(x) for x in arrays]


def _in_line(name: str) -> Function:
    def rule(params: dict[str, Any], *args: Any) -> list[Any]:
        jaxpr = params[name]
        return interpret(jaxpr if isinstance(jaxpr, ClosedJaxpr) else ClosedJaxpr(jaxpr, []), args)

    return rule


def _while(params: dict[str, Any], *args: Any) -> list[Any]:
    n, m = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]

    def test(carry: list[Any]) -> Any:
        return interpret(params["cond_jaxpr"], [*args[:n], *carry])[0]

    def step(carry: list[Any]) -> list[Any]:
        return _plain(interpret(params["body_jaxpr"], [*args[n:m], *carry]))

    out: list[Any] = lax.while_loop(test, step, _plain(args[m:]))
    return out


def _scan(params: dict[str, Any], *args: Any) -> list[Any]:
    n, m = params["num_consts"], params["num_consts"] + params["num_carry"]
    if any(map(is_sparse, args[m:])):
        raise NotImplementedError("sparse rule for scan with x values.")

    def step(carry: list[Any], xs: list[Any]) -> Any:
        out = _plain(interpret(params["jaxpr"], [*args[:n], *carry, *xs]))
        return out[: m - n], out[m - n :]

    options = {k: params[k] for k in ("length", "reverse", "unroll")}
    carry, ys = lax.scan(step, _plain(args[n:m]), list(args[m:]), **options)
    return [*carry, *(_stacked(y, params["length"]) for y in ys)]


def _stacked(y: Any, length: int) -> Any:
    """What a scan made of the buffers of sparse arrays: those of a batch."""
    return type(y)(y._bufs, shape=(length, *y.shape)) if is_sparse(y) else y


def _cond(params: dict[str, Any], index: Any, *operands: Any) -> list[Any]:
    branches: list[Function] = [
        lambda *args, jaxpr=jaxpr: _plain(interpret(jaxpr, args)) for jaxpr in params["branches"]
    ]
    trees = [tree_structure(eval_shape(branch, *operands)) for branch in branches]
    for tree in trees[1:]:
        if tree != trees[0]:
            raise TypeError(
                "sparsified true_fun output must have same type structure as sparsified "
                f"false_fun output, got {trees[0]} and {tree}."
            )
    if index.dtype == bool:
        index = index.astype(jnp.int32)
    out: list[Any] = lax.switch(index, branches, *operands)
    return out


_CONTROL: dict[str, Callable[..., list[Any]]] = {
    "cond": _cond,
    "custom_jvp_call": _in_line("call_jaxpr"),
    "custom_vjp_call": _in_line("call_jaxpr"),
    "jit": _in_line("jaxpr"),
    "remat2": _in_line("jaxpr"),
    "scan": _scan,
    "while": _while,
}
