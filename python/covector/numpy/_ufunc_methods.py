"""Methods of universal functions: what they do along an axis, at some places, to all pairs.

Functions that have an operation for it bring their own `reduce`, `accumulate` and `at`; for
others these are loops, for nothing is known of the function but its value.
"""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axis, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._core.numpy import ufunc
from covector._dtypes import user_dtype
from covector._staging import eval_shape
from covector._typing import ArrayLike, DTypeLike
from covector._vmap import vmap
from covector.numpy._at import IndexUpdateRef
from covector.numpy._joining import append
from covector.numpy._vectorize import vectorize

_IN_PLACE = (
    "arrays do not change, so at() cannot write into its argument as NumPy's does. "
    "Pass inplace=False and use what is returned: x = jnp.{name}.at(x, indices, b, inplace=False)"
)


def __repr__(self: ufunc) -> str:
    return f"<jnp.ufunc '{self.__name__}'>"


def _identity_of(self: ufunc) -> tuple[Any, ...]:
    return (self._func, self.__name__, self.identity, self.nin, self.nout, self.nargs)


def __hash__(self: ufunc) -> int:
    return hash(_identity_of(self))


def __eq__(self: ufunc, other: object) -> bool:
    return isinstance(other, ufunc) and _identity_of(self) == _identity_of(other)


def _call_vectorized(self: ufunc, *args: ArrayLike) -> Any:
    """What a call does where the function is one of scalars."""
    check_arraylike(self.__name__, *args)
    return _vectorized(self, *args)


@composite("self")
def _vectorized(self: ufunc, *args: Any) -> Any:
    return vectorize(self._func)(*args)


def _require_binary(self: ufunc, method: str) -> None:
    if self.nin != 2:
        raise ValueError(f"{method} only supported for binary ufuncs, {self!r} takes {self.nin}")
    if self.nout != 1:
        raise ValueError(
            f"{method} only supported for functions returning a single value, "
            f"{self!r} returns {self.nout}"
        )


def _reject_out(self: ufunc, method: str, out: None) -> None:
    if out is not None:
        raise NotImplementedError(f"out argument of {self.__name__}.{method}()")


def _result_dtype(self: ufunc, *arrays: Array) -> Any:
    """The dtype of the function of elements of these arrays."""
    scalars = [lax.full((), 0, a.dtype) for a in arrays]
    return eval_shape(self._func, *scalars).dtype


def reduce(
    self: ufunc,
    a: ArrayLike,
    axis: int | None = 0,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """Joins all elements along an axis by the function, from the first on.

    Args:
      a: an array.
      axis: the axis; None for all elements.
      dtype: of the result; by default that of the function.
      out: must be None.
      keepdims: keep the axis, with size one.
      initial: a value to begin with.
      where: a boolean array that broadcasts to `a`: which elements to join. It needs `initial`
        if the function has no identity.

    Returns:
      An array without the axis.

    Raises:
      ValueError: if the function does not have two operands and one result, there are no elements
        and no identity, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.bitwise_or.reduce(jnp.array([[1, 2], [4, 5]]), axis=1)
    Array([3, 5], dtype=int32)
    """
    _require_binary(self, "reduce")
    _reject_out(self, "reduce", out)
    check_arraylike(f"{self.__name__}.reduce", a, *(x for x in (initial, where) if x is not None))
    if where is not None:
        if self.identity is None and initial is None:
            raise ValueError(
                f"reduction operation {self.__name__!r} does not have an identity, so to use a "
                "where mask one has to specify 'initial'."
            )
        where = as_array(self.__name__, where)
        if where.dtype != np.bool_:
            raise ValueError(f"where argument must have dtype=bool; got dtype={where.dtype}")
    options: dict[str, Any] = {"axis": axis, "dtype": dtype, "keepdims": keepdims}
    if self._reduce is not None:
        return self._reduce(a, **options, initial=initial, where=where)
    if isinstance(axis, tuple):
        raise NotImplementedError(f"{self.__name__}.reduce: tuple of axes")
    return _reduce_in_a_loop(self, a, initial, where, **options)


@composite("self", "axis", "dtype", "keepdims")
def _reduce_in_a_loop(
    self: ufunc, a: Any, initial: Any, where: Any, *, axis: int | None, dtype: Any, keepdims: bool
) -> Array:
    a = as_array(self.__name__, a)
    dtype = _result_dtype(self, a, a) if dtype is None else user_dtype(dtype, "reduce")
    initial = self.identity if initial is None else initial
    items = _items(a, axis)
    mask = None if where is None else _items(_core.numpy.broadcast_to(where, a.shape), axis)
    if items.shape[0] == 0 and initial is None:
        raise ValueError(
            f"zero-size array to reduction operation {self.__name__} which has no identity"
        )

    def join(i: Any, joined: Array) -> Array:
        new = self(joined, items[i].astype(dtype)).astype(dtype)
        return new if mask is None else _core.numpy.where(mask[i], new, joined)

    first = items[0] if initial is None else as_array(self.__name__, initial)
    start = _core.numpy.broadcast_to(first.astype(dtype), items.shape[1:])
    # Without elements there is none for the body to be traced with.
    first_place = int(initial is None)
    out = lax.fori_loop(first_place, items.shape[0], join, start) if items.shape[0] else start
    if not keepdims:
        return out
    axes = range(a.ndim) if axis is None else (canonical_axis(axis, a.ndim),)
    return lax.expand_dims(out, axes)


def _items(a: Array, axis: int | None) -> Array:
    """The axis in front; all elements as a vector for None."""
    if axis is None:
        return a.reshape(-1)
    axis = canonical_axis(axis, a.ndim)
    return lax.transpose(a, (axis, *(i for i in range(a.ndim) if i != axis)))


def _back(items: Array, axis: int) -> Array:
    """The opposite: the front axis to where it was."""
    rest = list(range(1, items.ndim))
    return lax.transpose(items, (*rest[:axis], 0, *rest[axis:]))


def accumulate(
    self: ufunc,
    a: ArrayLike,
    axis: int = 0,
    dtype: DTypeLike | None = None,
    out: None = None,
) -> Array:
    """Joins elements up to each one along an axis by the function.

    Args:
      a: an array.
      axis: the axis.
      dtype: of the result; by default that of the function.
      out: must be None.

    Returns:
      An array of the shape of `a`.

    Raises:
      ValueError: if the function does not have two operands and one result, or `axis` is no
        single axis.

    >>> import covector.numpy as jnp
    >>> jnp.maximum.accumulate(jnp.array([1, 3, 2, 5]))
    Array([1, 3, 3, 5], dtype=int32)
    """
    _require_binary(self, "accumulate")
    _reject_out(self, "accumulate", out)
    check_arraylike(f"{self.__name__}.accumulate", a)
    if self._accumulate is not None:
        return self._accumulate(a, axis=axis, dtype=dtype)
    if not hasattr(axis, "__index__"):
        raise ValueError("accumulate does not allow multiple axes")
    return _accumulate_in_a_loop(self, a, axis=axis, dtype=dtype)


@composite("self", "axis", "dtype")
def _accumulate_in_a_loop(self: ufunc, a: Any, *, axis: int, dtype: Any) -> Array:
    a = as_array(self.__name__, a)
    dtype = _result_dtype(self, a, a) if dtype is None else user_dtype(dtype, "accumulate")
    axis = canonical_axis(axis, a.ndim)
    items = _items(a.astype(dtype), axis)
    if a.size == 0:
        return a.astype(dtype)

    def step(joined: Array, item: Array) -> tuple[Array, Array]:
        joined = self(joined, item).astype(dtype)
        return joined, joined

    _, rest = lax.scan(step, items[0], items[1:])
    return _back(lax.concatenate([items[:1], rest], 0), axis)


def at(
    self: ufunc, a: ArrayLike, indices: Any, b: ArrayLike | None = None, /, *, inplace: bool = True
) -> Array:
    """An array with the function applied at some elements, again for one that is named again.

    Args:
      a: an array.
      indices: which elements: an index, or a tuple of indices.
      b: the other operand of a function of two.
      inplace: must be False: the result is a new array.

    Returns:
      An array of the shape of `a`.

    Raises:
      NotImplementedError: unless `inplace` is False.

    >>> import covector.numpy as jnp
    >>> jnp.add.at(jnp.zeros(3), jnp.array([1, 1, 2]), 1, inplace=False)
    Array([0., 2., 1.], dtype=float32)
    """
    if inplace:
        raise NotImplementedError(_IN_PLACE.format(name=self.__name__))
    operands = (a,) if b is None else (a, b)
    if self._at is not None:
        return self._at(a, indices, *operands[1:])
    check_arraylike(f"{self.__name__}.at", *operands)
    return _at_in_a_loop(self, indices, *operands)


def _at_in_a_loop(self: ufunc, indices: Any, *operands: Any) -> Array:
    a, *other = as_arrays(f"{self.__name__}.at", *operands)
    dtype = _result_dtype(self, a, *other)
    a, *other = (x.astype(dtype) for x in (a, *other))
    index = indices if isinstance(indices, tuple) else (indices,)
    arrays = [i for i in index if not isinstance(i, slice)]
    shape = lax.broadcast_shapes(*map(np.shape, arrays)) if arrays else ()
    if not shape:
        place = IndexUpdateRef(a, index)
        return place.set(self(place.get(), *other))
    positions = [
        i if isinstance(i, slice) else _core.numpy.broadcast_to(i, shape).reshape(-1) for i in index
    ]
    rows = [_core.numpy.broadcast_to(x, shape + x.shape[len(shape) :]) for x in other]
    rows = [x.reshape(-1, *x.shape[len(shape) :]) for x in rows]

    def step(i: Any, out: Array) -> Array:
        place = IndexUpdateRef(out, tuple(p if isinstance(p, slice) else p[i] for p in positions))
        return place.set(self(place.get(), *(x[i] for x in rows)))

    return lax.fori_loop(0, int(np.prod(shape)), step, a)


def reduceat(
    self: ufunc,
    a: ArrayLike,
    indices: Any,
    axis: int = 0,
    dtype: DTypeLike | None = None,
    out: None = None,
) -> Array:
    """Joins the elements from each position to the next along an axis by the function.

    Args:
      a: an array of rank one or more.
      indices: a vector of positions where parts begin. Where the next one is not larger, the part
        is the one element there.
      axis: the axis.
      dtype: of the result; that of `a` by default.
      out: must be None.

    Returns:
      An array with one element for each position.

    Raises:
      ValueError: if the function does not have two operands and one result, or a rank is wrong.

    >>> import covector.numpy as jnp
    >>> jnp.add.reduceat(jnp.arange(8), jnp.array([0, 2, 5]))
    Array([ 1,  9, 18], dtype=int32)
    """
    _require_binary(self, "reduceat")
    _reject_out(self, "reduceat", out)
    if self._reduceat is not None:
        return self._reduceat(a, indices, axis=axis, dtype=dtype)
    if isinstance(indices, (list, tuple)):
        raise TypeError(f"{self.__name__}.reduceat: indices must be an array, got {type(indices)}")
    a, indices = as_arrays(f"{self.__name__}.reduceat", a, indices)
    if a.ndim == 0:
        raise ValueError(f"reduceat: a must have 1 or more dimension, got a.shape={a.shape}")
    if indices.ndim != 1:
        raise ValueError(f"reduceat: indices must be one-dimensional, got {indices.shape=}")
    if not hasattr(axis, "__index__"):
        raise ValueError("reduceat requires a single integer axis.")
    return _reduceat_in_a_loop(self, a, indices, axis=axis, dtype=dtype)


@composite("self", "axis", "dtype")
def _reduceat_in_a_loop(self: ufunc, a: Array, indices: Array, *, axis: int, dtype: Any) -> Array:
    if dtype is not None:
        a = a.astype(user_dtype(dtype, "reduceat"))
    axis = canonical_axis(axis, a.ndim)
    items = _items(a, axis)
    ends = append(indices[1:], items.shape[0])
    column = (slice(None), *(None,) * (items.ndim - 1))
    first, end = indices[column], ends[column]

    def step(i: Any, out: Array) -> Array:
        new = self(out, lax.expand_dims(items[i], (0,))).astype(out.dtype)
        inside = _core.numpy.logical_and(_core.numpy.greater(i, first), _core.numpy.less(i, end))
        return _core.numpy.where(inside, new, out)

    return _back(lax.fori_loop(0, items.shape[0], step, items[indices]), axis)


def outer(self: ufunc, A: ArrayLike, B: ArrayLike, /) -> Array:
    """The function of all pairs of elements of two arrays.

    Args:
      A, B: arrays.

    Returns:
      An array with the axes of `A`, then those of `B`.

    Raises:
      ValueError: if the function does not have two operands and one result.

    >>> import covector.numpy as jnp
    >>> jnp.subtract.outer(jnp.array([10, 20]), jnp.array([1, 2]))
    Array([[ 9,  8],
           [19, 18]], dtype=int32)
    """
    _require_binary(self, "outer")
    check_arraylike(f"{self.__name__}.outer", A, B)
    return _outer(self, A, B)


@composite("self")
def _outer(self: ufunc, first: Any, second: Any) -> Array:
    a, b = as_arrays(f"{self.__name__}.outer", first, second)
    pairs = vmap(vmap(self, in_axes=(None, 0)), in_axes=(0, None))
    return pairs(a.reshape(-1), b.reshape(-1)).reshape(*a.shape, *b.shape)
