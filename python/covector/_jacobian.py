"""Matrices of derivatives, composed of `vmap` and derivatives along basis vectors."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from covector import _core
from covector._core import Array
from covector._derivatives import jvp, positions_in_call, vjp
from covector._dtypes import dtype_of, float0, issubdtype
from covector._signature import adopt, as_ints, check_callable, name_of
from covector._vmap import vmap
from covector.tree_util import tree_leaves, tree_map, tree_structure, tree_transpose

_DOC = (
    "Jacobian of {name} with respect to positional argument(s) %s. Takes the same arguments as "
    "{name}; its result holds, for each output and each of these arguments, the derivatives in an "
    "array whose shape is the output's and then the argument's."
)


def jacfwd(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[..., Any]:
    """Makes a function that computes the Jacobian of `fun` column by column, in forward mode.

    The better choice where there are fewer inputs than outputs.

    Args:
      fun: a function of arrays and trees of them.
      argnums: the position or positions to differentiate with respect to.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated.
      holomorphic: whether `fun` is promised to be holomorphic.

    Returns:
      A function of the same arguments. Its result has the tree of the output; each leaf is a tree
      like the argument (or a tuple of them), whose leaves have the shape of the output followed
      by that of the argument. With `has_aux`, a pair of that and the auxiliary value.

    Raises:
      TypeError: when the function is called: if inputs are not real (or, with `holomorphic`, not
        complex), or there are too few positional arguments.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.jacfwd(lambda x: x**2)(jnp.array([1.0, 2.0]))
    Array([[2., 0.],
           [0., 4.]], dtype=float32)
    """
    check_callable(fun)
    positions, single = as_ints(argnums), hasattr(argnums, "__index__")

    def jacfwd_fun(*args: Any, **kwargs: Any) -> Any:
        partial, primals = _at(fun, args, kwargs, positions)
        for x in tree_leaves(primals):
            _check_forward_input(x, holomorphic)

        def push(*tangents: Any) -> Any:
            value, tangent, *aux = jvp(partial, primals, tangents, has_aux=has_aux)
            return value, tree_map(_without_float0, tangent, value), *aux

        out_axes = (None, -1, None) if has_aux else (None, -1)
        value, columns, *aux = vmap(push, out_axes=out_axes)(*_basis(primals))
        for y in tree_leaves(value):
            _check_forward_output(y, holomorphic)
        like = primals[0] if single else primals
        jacobian = tree_map(lambda y, c: _divide(c, like, -1, y), value, columns)
        return (jacobian, *aux) if has_aux else jacobian

    return adopt(fun, jacfwd_fun, _DOC % (argnums,))


def jacrev(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[..., Any]:
    """Makes a function that computes the Jacobian of `fun` row by row, in reverse mode.

    The better choice where there are fewer outputs than inputs.

    Args:
      fun, argnums, has_aux, holomorphic: as for `jacfwd`.
      allow_int: whether arguments may be integers or booleans.

    Returns:
      As of `jacfwd`.

    Raises:
      TypeError: when the function is called: if inputs are not floating or complex, outputs not
        real (or, with `holomorphic`, not complex), or there are too few positional arguments.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.jacrev(lambda x: jnp.sum(x**2))(jnp.array([1.0, 2.0]))
    Array([2., 4.], dtype=float32)
    """
    check_callable(fun)
    positions, single = as_ints(argnums), hasattr(argnums, "__index__")

    def jacrev_fun(*args: Any, **kwargs: Any) -> Any:
        partial, primals = _at(fun, args, kwargs, positions)
        for x in tree_leaves(primals):
            _check_reverse_input(x, holomorphic, allow_int)
        value, pullback, *aux = vjp(partial, *primals, has_aux=has_aux)
        for y in tree_leaves(value):
            _check_reverse_output(y, holomorphic)

        def pull(cotangent: Any) -> Any:
            return tree_map(_without_float0, pullback(cotangent), primals)

        rows = vmap(pull)(_basis(value))
        like, rows = (primals[0], rows[0]) if single else (primals, rows)
        divided = tree_map(lambda x, r: _divide(r, value, 0, x), like, rows)
        jacobian = tree_transpose(tree_structure(like), tree_structure(value), divided)
        return (jacobian, *aux) if has_aux else jacobian

    return adopt(fun, jacrev_fun, _DOC % (argnums,))


def jacobian(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[..., Any]:
    """Another name of `jacrev`, with the same arguments, result and errors.

    >>> import covector
    >>> covector.jacobian(lambda x: 3 * x)(1.0)
    Array(3., dtype=float32, weak_type=True)
    """
    return jacrev(fun, argnums, has_aux, holomorphic, allow_int)


def hessian(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[..., Any]:
    """Makes a function that computes second derivatives, the Jacobian of the gradient.

    Args:
      fun, argnums, has_aux, holomorphic: as for `jacfwd`.

    Returns:
      A function of the same arguments. Its result nests the trees of the output, the argument and
      the argument again; leaves have the shapes of these three in a row.

    Raises:
      TypeError: as `jacfwd`.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.hessian(lambda x: jnp.sum(x**3))(jnp.array([1.0, 2.0]))
    Array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)
    """
    reverse = jacrev(fun, argnums, has_aux=has_aux, holomorphic=holomorphic)
    return jacfwd(reverse, argnums, has_aux=has_aux, holomorphic=holomorphic)


def _at(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    positions: tuple[int, ...],
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function of the arguments at these positions alone, and these arguments."""
    wanted = positions_in_call(fun, positions, len(args), ValueError)

    def partial(*some: Any) -> Any:
        all_args = list(args)
        for i, x in zip(wanted, some):
            all_args[i] = x
        return fun(*all_args, **kwargs)

    partial.__name__ = name_of(fun)
    return partial, tuple(args[i] for i in wanted)


def _basis(tree: Any) -> Any:
    """For each element of all leaves one tree that has 1 there, stacked along axis 0."""
    from covector.numpy import eye

    sizes = [_size(x) for x in tree_leaves(tree)]
    starts = iter(_starts(sizes))

    def rows(x: Any) -> Any:
        start, dtype = next(starts), dtype_of(x)
        if not issubdtype(dtype, np.inexact):
            return np.zeros((sum(sizes), *_shape(x)), float0)
        matrix = eye(sum(sizes), _size(x), k=-start, dtype=dtype)
        return matrix.reshape(sum(sizes), *_shape(x))

    return tree_map(rows, tree)


def _divide(array: Array, like: Any, axis: int, typed: Any) -> Any:
    """A tree like `like`: each leaf the part of an axis that belongs to it, in its shape.

    Leaves get the dtype of `typed`, which they can have lost in sums with other arrays.
    """
    from covector.lax import slice_in_dim

    axis %= array.ndim
    leaves = tree_leaves(like)
    starts = iter(_starts([_size(x) for x in leaves]))

    def part(x: Any) -> Array:
        start = next(starts)
        piece = slice_in_dim(array, start, start + _size(x), axis=axis)
        piece = piece.reshape(*array.shape[:axis], *_shape(x), *array.shape[axis + 1 :])
        return cast(Array, _core.convert(piece, dtype_of(typed), _is_weak(typed)))

    return tree_map(part, like)


def _starts(sizes: list[int]) -> Iterator[int]:
    start = 0
    for size in sizes:
        yield start
        start += size


def _shape(x: Any) -> tuple[int, ...]:
    return tuple(x.shape) if hasattr(x, "shape") else ()


def _size(x: Any) -> int:
    return math.prod(_shape(x))


def _is_weak(x: Any) -> bool:
    weak = getattr(x, "weak_type", None)
    return type(x) in (bool, int, float, complex) if weak is None else bool(weak)


def _without_float0(tangent: Any, primal: Any) -> Any:
    """Zeros of the primal's dtype in place of a tangent that holds nothing."""
    if getattr(tangent, "dtype", None) != float0:
        return tangent
    return _core.asarray(np.zeros(_shape(primal), dtype_of(primal)))


_USE = (
    "For holomorphic differentiation, pass holomorphic=True. For differentiation of "
    "non-holomorphic functions involving complex "
)


def _require(x: Any, kind: type, message: str) -> None:
    """Raises TypeError unless elements are of this kind."""
    dtype = dtype_of(x)
    if not issubdtype(dtype, kind):
        raise TypeError(message.format(dtype=dtype))


def _check_forward_input(x: Any, holomorphic: bool) -> None:
    if holomorphic:
        _require(x, np.complexfloating, _COMPLEX.format("jacfwd", "inputs"))
        return
    _require(
        x,
        np.floating,
        "jacfwd requires real-valued inputs (input dtype that is a sub-dtype of np.floating), "
        "but got {dtype}. " + _USE + "inputs or integer inputs, use covector.jvp directly.",
    )


def _check_forward_output(y: Any, holomorphic: bool) -> None:
    if holomorphic:
        _require(y, np.complexfloating, _COMPLEX.format("jacfwd", "outputs"))


def _check_reverse_input(x: Any, holomorphic: bool, allow_int: bool) -> None:
    if holomorphic:
        _require(x, np.complexfloating, _COMPLEX.format("jacrev", "inputs"))
    elif not allow_int:
        _require(
            x,
            np.inexact,
            "jacrev requires real- or complex-valued inputs (input dtype that is a sub-dtype of "
            "np.inexact), but got {dtype}. If you want to use Boolean- or integer-valued inputs, "
            "use vjp or set allow_int to True.",
        )


def _check_reverse_output(y: Any, holomorphic: bool) -> None:
    if holomorphic:
        _require(y, np.complexfloating, _COMPLEX.format("jacrev", "outputs"))
        return
    _require(
        y,
        np.floating,
        "jacrev requires real-valued outputs (output dtype that is a sub-dtype of np.floating), "
        "but got {dtype}. " + _USE + "or integer outputs, use covector.vjp directly.",
    )


_COMPLEX = "{} with holomorphic=True requires {} with complex dtype, but got {{dtype}}."
