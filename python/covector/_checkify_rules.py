"""What is checked at each operation."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import covector.numpy as jnp
from covector._checkify_errors import DivisionByZeroError, Error, NaNError, OOBError
from covector._core import Array, Primitive
from covector._dtypes import extended, issubdtype

Enabled = frozenset[Any]
Operation = Callable[..., Any]
Check = Callable[[Error, Enabled, Any, Sequence[Any], Any], Error]

# Operations that can give a NaN.
NAN_MAKERS = frozenset(
    [
        "acos",
        "acosh",
        "add",
        "asin",
        "asinh",
        "atan2",
        "atan",
        "atanh",
        "bessel_i0e",
        "bessel_i1e",
        "cbrt",
        "conv_general_dilated",
        "cos",
        "cosh",
        "cumlogsumexp",
        "cummax",
        "cummin",
        "cumprod",
        "cumsum",
        "digamma",
        "div",
        "dot_general",
        "erf_inv",
        "erf",
        "erfc",
        "exp",
        "expm1",
        "fft",
        "igamma_grad_a",
        "igamma",
        "igammac",
        "integer_pow",
        "lgamma",
        "linear_solve",
        "log1p",
        "log",
        "logistic",
        "mul",
        "pad",
        "pow",
        "psum",
        "reduce",
        "reduce_prod",
        "reduce_sum",
        "reduce_window",
        "reduce_window_sum",
        "regularized_incomplete_beta",
        "rem",
        "rng_uniform",
        "rsqrt",
        "sin",
        "sinh",
        "sqrt",
        "sub",
        "tan",
        "tanh",
    ]
)


def _results(primitive: Primitive, out: Any) -> list[Any]:
    return list(out) if primitive.multiple_results else [out]


def _can_be_nan(x: Any) -> bool:
    return not issubdtype(x.dtype, extended) and issubdtype(x.dtype, np.inexact)


def check_nans(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    if NaNError not in enabled:
        return error
    floats = [x for x in _results(eqn.primitive, out) if _can_be_nan(x)]
    found = [jnp.any(jnp.isnan(x)) for x in floats]
    if not found:
        return error
    return error.add(jnp.any(jnp.stack(found)), NaNError(eqn.primitive.name))


def check_division(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    if DivisionByZeroError in enabled:
        error = error.add(jnp.any(jnp.equal(operands[1], 0)), DivisionByZeroError())
    return check_nans(error, enabled, eqn, operands, out)


def _out_of_bounds(
    error: Error,
    eqn: Any,
    shape: tuple[int, ...],
    indices: Array,
    limits: Sequence[int],
    axes: Sequence[int],
) -> Error:
    """Indices stand along the last axis: for each its largest value, and which axis it is of."""
    if indices.size == 0:
        return error
    largest = np.minimum(limits, np.iinfo(indices.dtype).max)
    limit = jnp.broadcast_to(jnp.asarray(largest).astype(indices.dtype), indices.shape)
    wrong = (indices < 0) | (indices > limit)
    first = jnp.argmax(jnp.ravel(wrong))
    place = first % len(axes)
    axis = jnp.asarray(axes)[place]
    payload = jnp.stack([jnp.ravel(indices)[first], axis, jnp.asarray(shape)[axis]])
    exception = OOBError(eqn.primitive.name, shape, payload.astype("int32"))
    return error.add(jnp.any(wrong), exception)


def check_dynamic_slice(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    if OOBError not in enabled or len(operands) == 1:
        return error
    shape, sizes = operands[0].shape, eqn.params["slice_sizes"]
    limits = [n - size for n, size in zip(shape, sizes)]
    starts = jnp.stack([jnp.asarray(x) for x in operands[1:]])
    return _out_of_bounds(error, eqn, shape, starts, limits, range(len(shape)))


def check_dynamic_update_slice(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    if OOBError not in enabled or len(operands) == 2:
        return error
    shape, sizes = operands[0].shape, operands[1].shape
    limits = [n - size for n, size in zip(shape, sizes)]
    starts = jnp.stack([jnp.asarray(x) for x in operands[2:]])
    return _out_of_bounds(error, eqn, shape, starts, limits, range(len(shape)))


def check_gather(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    axes = eqn.params["dimension_numbers"].start_index_map
    if OOBError not in enabled or not axes:
        return error
    shape, sizes = operands[0].shape, eqn.params["slice_sizes"]
    limits = [shape[a] - sizes[a] for a in axes]
    return _out_of_bounds(error, eqn, shape, jnp.asarray(operands[1]), limits, axes)


def check_scatter(
    error: Error, enabled: Enabled, eqn: Any, operands: Sequence[Any], out: Any
) -> Error:
    numbers = eqn.params["dimension_numbers"]
    axes = numbers.scatter_dims_to_operand_dims
    if OOBError in enabled and axes:
        shape, updates = operands[0].shape, operands[2].shape
        no_window = {*numbers.inserted_window_dims, *numbers.operand_batching_dims}
        window = iter(numbers.update_window_dims)
        sizes = [1 if a in no_window else updates[next(window)] for a in range(len(shape))]
        limits = [shape[a] - sizes[a] for a in axes]
        error = _out_of_bounds(error, eqn, shape, jnp.asarray(operands[1]), limits, axes)
    return check_nans(error, enabled, eqn, operands, out)


CHECKS: dict[str, Check] = dict.fromkeys(NAN_MAKERS, check_nans) | {
    "div": check_division,
    "dynamic_slice": check_dynamic_slice,
    "dynamic_update_slice": check_dynamic_update_slice,
    "gather": check_gather,
    "scatter": check_scatter,
    "scatter-add": check_scatter,
    "scatter-sub": check_scatter,
    "scatter-mul": check_scatter,
    "scatter-min": check_scatter,
    "scatter-max": check_scatter,
}
