"""What operations on dense arrays are on sparse ones, by the names of primitives."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from covector import numpy as jnp
from covector._core import Primitive
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._bcsr import BCSR
from covector.experimental.sparse._bcsr_functions import (
    bcsr_broadcast_in_dim,
    bcsr_concatenate,
    bcsr_dot_general,
)
from covector.experimental.sparse._elementwise import (
    bcoo_conv_general_dilated,
    bcoo_multiply_dense,
    bcoo_multiply_sparse,
)
from covector.experimental.sparse._functions import bcoo_dot_general, bcoo_transpose
from covector.experimental.sparse._shapes import (
    bcoo_broadcast_in_dim,
    bcoo_concatenate,
    bcoo_reshape,
    bcoo_squeeze,
)
from covector.experimental.sparse._slices import (
    bcoo_dynamic_slice,
    bcoo_gather,
    bcoo_reduce_sum,
    bcoo_rev,
    bcoo_slice,
)

Rule = Callable[..., list[Any]]

# Of elements that are zero, these give zero. Linear ones can be taken of elements at one place
# before they are added up.
_LINEAR = ("conj", "copy", "imag", "neg", "real")
_ZERO_AT_ZERO = (
    *("abs", "asin", "asinh", "atan", "atanh", "bessel_i1e", "convert_element_type", "expm1"),
    *("integer_pow", "log1p", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh"),
)
# These would give something else nearly everywhere.
_DENSE = frozenset(
    ["acos", "acosh", "bessel_i0e", "cos", "cosh", "eq", "exp", "ge", "gt", "le", "log", "lt"]
    + ["ne", "xor"]
)


def rule_for(primitive: Primitive, operands: Sequence[Any]) -> Rule:
    """The rule for a primitive on these operands.

    Raises:
      NotImplementedError: if there is none.
    """
    rules = _BCSR_RULES if any(isinstance(x, BCSR) for x in operands) else _BCOO_RULES
    if primitive.name in rules:
        return rules[primitive.name]
    if primitive.name in _DENSE:
        raise NotImplementedError(
            f"sparse rule for {primitive} is not implemented because it would result in dense "
            "output. If this is your intent, use sparse.todense() to convert your arguments to "
            "dense matrices."
        )
    raise NotImplementedError(f"sparse rule for {primitive} is not implemented.")


def _with_data(x: Any, data: Any) -> Any:
    """An array with the places of another."""
    return type(x)((data, *x._bufs[1:]), **x._info._asdict())


def _of_data(linear: bool, eqn: Any, x: Any) -> list[Any]:
    power = eqn.params.get("y", 1)
    if power <= 0:
        raise NotImplementedError(
            f"sparse rule for integer_pow with non-positive exponent {power} is not implemented "
            "because it would result in dense output. If this is your intent, use "
            "sparse.todense() to convert your argument to a dense array."
        )
    if not linear and not x.unique_indices:
        x = x.sum_duplicates(nse=x.nse, remove_zeros=False)
    return [_with_data(x, eqn.primitive.bind(x.data, **eqn.params))]


def _function(f: Callable[..., Any], eqn: Any, *args: Any) -> list[Any]:
    return [f(*args, **eqn.params)]


def _of_sequence(f: Callable[..., Any], eqn: Any, *args: Any) -> list[Any]:
    return [f(args, **eqn.params)]


def _dynamic_slice(eqn: Any, x: BCOO, *start: Any) -> list[Any]:
    return [bcoo_dynamic_slice(x, start, eqn.params["slice_sizes"])]


def _transpose(eqn: Any, x: BCOO) -> list[Any]:
    return [bcoo_transpose(x, permutation=tuple(eqn.params["permutation"]))]


def _gather(eqn: Any, x: BCOO, start: Any) -> list[Any]:
    return [bcoo_gather(x, start, **eqn.params)]


def _reduce_sum(eqn: Any, x: BCOO) -> list[Any]:
    out = bcoo_reduce_sum(x, axes=eqn.params["axes"])
    return [out if out.shape else out.data.sum(dtype=out.dtype)]


def _todense(eqn: Any, x: Any) -> list[Any]:
    return [x.todense()]


def _add(eqn: Any, x: Any, y: Any) -> list[Any]:
    if isinstance(x, BCOO) and isinstance(y, BCOO):
        return [_add_sparse(x, y)]
    x, y = (x, y) if isinstance(x, BCOO) else (y, x)
    if jnp.broadcast_shapes(x.shape, y.shape) != y.shape:
        raise NotImplementedError(
            "Addition between a sparse array X and a dense array Y is not implemented when the "
            "output shape is larger than Y.shape. This is to prevent silent densification of a "
            "large sparse array. If this is your intent, you can explicitly cast the sparse array "
            "to a dense matrix."
        )
    return [x.todense() + y]


def _add_sparse(x: BCOO, y: BCOO) -> BCOO:
    if x.shape != y.shape:
        raise NotImplementedError("Addition between sparse matrices of different shapes.")
    if x.indices is y.indices:
        return _with_data(x, x.data + y.data)
    if x.n_batch != y.n_batch or x.n_dense != y.n_dense:
        raise NotImplementedError(
            "Addition between sparse matrices with different batch/dense dimensions."
        )
    return _side_by_side(x, y)


def _side_by_side(x: BCOO, y: BCOO) -> BCOO:
    """The sum as the elements of both."""
    n = x.n_batch
    buffers = []
    for a, b in zip(x._bufs, y._bufs):
        batch = jnp.broadcast_shapes(a.shape[:n], b.shape[:n])
        parts = [jnp.broadcast_to(z, (*batch, *z.shape[n:])) for z in (a, b)]
        buffers.append(jnp.concatenate(parts, n))
    return BCOO(buffers, shape=x.shape)


def _sub(eqn: Any, x: Any, y: Any) -> list[Any]:
    if not (isinstance(x, BCOO) and isinstance(y, BCOO)):
        raise NotImplementedError("Subtraction between sparse and dense array.")
    return [_add_sparse(x, _with_data(y, -y.data))]


def _mul(eqn: Any, x: Any, y: Any) -> list[Any]:
    dtype = eqn.params.get("out_dtype")
    if dtype is not None:
        x, y = (
            _with_data(z, z.data.astype(dtype)) if isinstance(z, BCOO) else z.astype(dtype)
            for z in (x, y)
        )
    if isinstance(x, BCOO) and isinstance(y, BCOO):
        if x.indices is y.indices and x.unique_indices:
            return [_with_data(x, x.data * y.data)]
        return [bcoo_multiply_sparse(x, y)]
    x, y = (x, y) if isinstance(x, BCOO) else (y, x)
    return [_with_data(x, bcoo_multiply_dense(x, y))]


def _div(eqn: Any, x: Any, y: Any) -> list[Any]:
    if isinstance(y, BCOO):
        raise NotImplementedError(
            "Division by a sparse array is not implemented because it would result in dense "
            "output. If this is your intent, use sparse.todense() to convert your arguments to a "
            "dense array."
        )
    return [_with_data(x, bcoo_multiply_dense(x, 1.0 / y))]


def _stack(
    broadcast: Callable[..., Any], join: Callable[..., Any], eqn: Any, *xs: Any
) -> list[Any]:
    axis, shape = eqn.params["axis"], xs[0].shape
    to = [i + (i >= axis) for i in range(len(shape))]
    new = (*shape[:axis], 1, *shape[axis:])
    return [join([broadcast(x, shape=new, broadcast_dimensions=to) for x in xs], dimension=axis)]


_UNARY: dict[str, Rule] = {
    **{name: functools.partial(_of_data, True) for name in _LINEAR},
    **{name: functools.partial(_of_data, False) for name in _ZERO_AT_ZERO},
    "todense": _todense,
}

_BCOO_RULES: dict[str, Rule] = {
    **_UNARY,
    "add": _add,
    "broadcast_in_dim": functools.partial(_function, bcoo_broadcast_in_dim),
    "concatenate": functools.partial(_of_sequence, bcoo_concatenate),
    "conv_general_dilated": functools.partial(_function, bcoo_conv_general_dilated),
    "div": _div,
    "dot_general": functools.partial(_function, bcoo_dot_general),
    "dynamic_slice": _dynamic_slice,
    "gather": _gather,
    "mul": _mul,
    "reduce_sum": _reduce_sum,
    "reshape": functools.partial(_function, bcoo_reshape),
    "rev": functools.partial(_function, bcoo_rev),
    "slice": functools.partial(_function, bcoo_slice),
    "squeeze": functools.partial(_function, bcoo_squeeze),
    "stack": functools.partial(_stack, bcoo_broadcast_in_dim, bcoo_concatenate),
    "sub": _sub,
    "transpose": _transpose,
}

_BCSR_RULES: dict[str, Rule] = {
    **_UNARY,
    "broadcast_in_dim": functools.partial(_function, bcsr_broadcast_in_dim),
    "concatenate": functools.partial(_of_sequence, bcsr_concatenate),
    "dot_general": functools.partial(_function, bcsr_dot_general),
    "stack": functools.partial(_stack, bcsr_broadcast_in_dim, bcsr_concatenate),
}
