"""Methods of arrays, as far as the core does not have them: functions of this package.

Other methods are such functions as they are; see covector/_late_members.py.
"""

import sys
import warnings
from typing import Any

from covector import _core, lax
from covector._core import Array
from covector._typing import DTypeLike
from covector.numpy import (
    _array,
    _at,
    _averages,
    _axes,
    _elementwise,
    _indexing,
    _reductions,
    _shapes,
)


def reshape(self: Array, *args: Any, order: str = "C", out_sharding: Any = None) -> Array:
    """The elements in another shape, given as one sequence or as several sizes; see `reshape`.

    >>> import covector.numpy as jnp
    >>> jnp.arange(6).reshape(2, -1).shape
    (2, 3)
    """
    shape = args[0] if len(args) == 1 else args
    return _shapes.reshape(self, shape, order, out_sharding=out_sharding)


def transpose(self: Array, *args: Any) -> Array:
    """Axes in another order, given as one sequence or as several numbers; see `transpose`.

    >>> import covector.numpy as jnp
    >>> jnp.zeros((2, 3)).transpose(1, 0).shape
    (3, 2)
    """
    if not args:
        return _axes.reverse_axes(self)
    axes = args[0] if len(args) == 1 and not hasattr(args[0], "__index__") else args
    return _axes.transpose(self, axes)


def flatten(self: Array, order: str = "C", *, out_sharding: Any = None) -> Array:
    """The elements as a vector; see `ravel`.

    >>> import covector.numpy as jnp
    >>> jnp.eye(2).flatten()
    Array([1., 0., 0., 1.], dtype=float32)
    """
    return _shapes.ravel(self, order, out_sharding=out_sharding)


def astype(self: Array, dtype: DTypeLike | None, copy: bool = False, device: Any = None) -> Array:
    """The array converted to a dtype; see `astype`.

    >>> import covector.numpy as jnp
    >>> jnp.arange(2).astype(float)
    Array([0., 1.], dtype=float32)
    """
    return _array.astype(self, dtype, copy=copy, device=device)


def copy(self: Array) -> Array:
    """A copy, in memory of its own.

    >>> import covector.numpy as jnp
    >>> jnp.arange(2).copy()
    Array([0, 1], dtype=int32)
    """
    return lax.copy(self)


def clip(self: Array, min: Any = None, max: Any = None) -> Array:
    """The array with its elements moved between two bounds; see `clip`.

    >>> import covector.numpy as jnp
    >>> jnp.arange(4).clip(1, 2)
    Array([1, 1, 2, 2], dtype=int32)
    """
    return _elementwise.clip(self, min, max)


def conj(self: Array) -> Array:
    """The complex conjugate.

    >>> import covector.numpy as jnp
    >>> jnp.array([1j]).conj()
    Array([0.-1.j], dtype=complex64)
    """
    return _core.numpy.conj(self)


conjugate = conj


def compress(
    self: Array,
    condition: Any,
    axis: int | None = None,
    *,
    out: None = None,
    size: int | None = None,
    fill_value: Any = 0,
) -> Array:
    """What stands along an axis where a condition is true; see `compress`.

    >>> import covector.numpy as jnp
    >>> jnp.arange(3).compress(jnp.array([True, False, True]))
    Array([0, 2], dtype=int32)
    """
    return _indexing.compress(condition, self, axis, out=out, size=size, fill_value=fill_value)


def std(
    self: Array,
    axis: Any = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    correction: int | float | None = None,
) -> Array:
    """The standard deviation of elements over axes; see `std`.

    >>> import covector.numpy as jnp
    >>> jnp.array([1.0, 5.0]).std()
    Array(2., dtype=float32)
    """
    options: Any = {"where": where, "correction": correction}
    return _averages.std(self, axis, dtype, out, ddof, keepdims, **options)


def var(
    self: Array,
    axis: Any = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    correction: int | float | None = None,
) -> Array:
    """The variance of elements over axes; see `var`.

    >>> import covector.numpy as jnp
    >>> jnp.array([1.0, 5.0]).var()
    Array(4., dtype=float32)
    """
    options: Any = {"where": where, "correction": correction}
    return _averages.var(self, axis, dtype, out, ddof, keepdims, **options)


def __round__(self: Array, ndigits: int | None = None) -> Array:
    """`round(x)`: an integer array; `round(x, n)`: one of the dtype of `x`."""
    if ndigits is not None:
        return _elementwise.round(self, ndigits)
    return _array.astype(_elementwise.round(self), int)


def __contains__(self: Array, other: Any) -> Array:
    """`y in x`: whether some element is equal."""
    return _reductions.any(_core.numpy.equal(self, other))


def __array_namespace__(self: Array, *, api_version: str | None = None) -> Any:
    """The module that functions of the array API are in."""
    numpy = sys.modules["covector.numpy"]
    if api_version is not None and api_version != numpy.__array_api_version__:
        raise ValueError(
            f"api_version={api_version!r} is not available; "
            f"available versions are: [{numpy.__array_api_version__!r}]"
        )
    return numpy


def at(self: Array) -> _at.IndexUpdateHelper:
    """For a new array with other elements somewhere: `x.at[index].set(values)`.

    `x.at[index]` has the methods `set`, `add`, `subtract`, `multiply` (or `mul`), `divide`,
    `power`, `min`, `max`, `apply` and `get`.

    >>> import covector.numpy as jnp
    >>> jnp.zeros(3).at[0].set(1)
    Array([1., 0., 0.], dtype=float32)
    """
    return _at.IndexUpdateHelper(self)


def flat(self: Array) -> Any:
    """Raises NotImplementedError: arrays do not change, so there is nothing to iterate in place."""
    raise NotImplementedError(
        "JAX Arrays do not implement the arr.flat property: use arr.ravel() for the elements as a "
        "vector, and arr.ravel()[i] to read one."
    )


def __numpy_dtype__(self: Array) -> Any:
    """The dtype, for `numpy.dtype(x)`, which is deprecated: it means `x.dtype`."""
    warnings.warn(
        "Implicit conversion of an array to a dtype is deprecated; use x.dtype",
        DeprecationWarning,
        stacklevel=2,
    )
    return self.dtype
