"""Elements chosen by conditions."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    as_arrays,
    check_arraylike,
    concrete,
    reject_out,
    sequence_of_arrays,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy._gathering import take
from covector.numpy._nonzero import nonzero


@overload
def where(
    condition: Any, x: Any, y: Any, /, *, size: int | None = None, fill_value: Any = None
) -> Array: ...
@overload
def where(
    condition: Any, /, *, size: int | None = None, fill_value: Any = None
) -> tuple[Array, ...]: ...
def where(
    condition: Any,
    x: Any = None,
    y: Any = None,
    /,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Elements of one array or another, as a condition says; or where a condition is true.

    Args:
      condition: an array; other than boolean ones are true where they are not zero.
      x: elements where the condition is true.
      y: elements where it is false.
      size: as of `nonzero`, if there is only a condition.
      fill_value: as of `nonzero`, if there is only a condition.

    Returns:
      An array of the shape to which the arguments broadcast and the common dtype of `x` and
      `y`; without these, `nonzero(condition)`.

    Raises:
      TypeError: if an argument is no array.
      ValueError: if shapes do not fit, or only one of `x` and `y` is given.

    >>> import covector.numpy as jnp
    >>> jnp.where(jnp.array([True, False]), 1, jnp.array([5.0, 6.0]))
    Array([1., 6.], dtype=float32)
    """
    if x is None and y is None:
        check_arraylike("where", condition)
        return nonzero(condition, size=size, fill_value=fill_value)
    check_arraylike("where", condition, x, y)
    if size is not None or fill_value is not None:
        raise ValueError("where: size and fill_value are for the form with one argument")
    return _core.numpy.where(condition, x, y)


def select(
    condlist: Sequence[ArrayLike], choicelist: Sequence[ArrayLike], default: ArrayLike = 0
) -> Array:
    """Elements of the first array whose condition is true.

    Args:
      condlist: arrays; other than boolean ones are true where they are not zero.
      choicelist: as many arrays.
      default: elements where no condition is true.

    Returns:
      An array of the shape to which all broadcast and the common dtype of the choices.

    Raises:
      ValueError: if there are no conditions, or another number of choices.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(4)
    >>> jnp.select([x < 1, x > 2], [x + 10, x + 20])
    Array([10,  0,  0, 23], dtype=int32)
    """
    if len(condlist) != len(choicelist):
        raise ValueError(f"select: {len(condlist)} conditions and {len(choicelist)} choices")
    if not condlist:
        raise ValueError("select: at least one condition is needed")
    check_arraylike("select", *condlist, *choicelist, default)
    return _select(*condlist, *choicelist, default)


@composite()
def _select(*operands: Any) -> Array:
    count = len(operands) // 2
    choices = _core.numpy.promote_dtypes(*operands[count:])
    out = choices[-1]
    for condition, choice in zip(operands[count - 1 :: -1], choices[-2::-1]):
        out = _core.numpy.where(condition, choice, out)
    return out


def choose(a: ArrayLike, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """Elements of the array that an index says.

    Args:
      a: an integer array.
      choices: a sequence of arrays, or the rows of one.
      out: must be None.
      mode: for indices out of bounds: 'wrap', 'clip', or 'raise', for which no argument may be
        traced.

    Returns:
      An array of the shape to which all broadcast.

    Raises:
      ValueError: if an index is out of bounds, or the mode is unknown.
      TypeError: if `a` is no integer array.

    >>> import covector.numpy as jnp
    >>> jnp.choose(jnp.array([1, 0]), [jnp.array([1, 2]), jnp.array([3, 4])])
    Array([3, 2], dtype=int32)
    """
    reject_out("choose", out)
    a = as_array("choose", a)
    if not issubdtype(a.dtype, np.integer):
        raise ValueError(f"choose: indices must be integers, got {a.dtype}")
    rows = sequence_of_arrays("choose", choices)
    if mode == "raise":
        known = np.asarray(
            concrete(a, "choose with mode 'raise' has to know its indices; use 'clip' or 'wrap'.")
        )
        if known.size and not (known.min() >= 0 and known.max() < len(rows)):
            raise ValueError(f"choose: indices must be in [0, {len(rows)})")
        mode = "clip"
    if mode not in ("clip", "wrap"):
        raise ValueError(f"choose: mode must be 'raise', 'wrap' or 'clip', got {mode!r}")
    return _choose(a, *rows, mode=mode)


@composite("mode")
def _choose(a: Array, *rows: Array, mode: str) -> Array:
    last = len(rows) - 1
    if mode == "wrap":
        a = _core.numpy.remainder(a, last + 1)
    a = _core.numpy.minimum(_core.numpy.maximum(a, 0), last)
    which, *cases = _core.numpy.broadcast_arrays(a, *_core.numpy.promote_dtypes(*rows))
    return lax.select_n(lax.convert_element_type(which, np.int32), *cases)


def compress(
    condition: ArrayLike,
    a: ArrayLike,
    axis: int | None = None,
    *,
    size: int | None = None,
    fill_value: ArrayLike = 0,
    out: None = None,
) -> Array:
    """What stands along an axis where a condition is true.

    Args:
      condition: a boolean vector, not longer than the axis.
      a: an array.
      axis: the axis; by default the array is taken as a vector.
      size: how much to return, to be given where the condition is traced.
      fill_value: what fills the result up to the size.
      out: must be None.

    Returns:
      An array of the rank of `a`, or a vector.

    Raises:
      ValueError: if the condition is no vector or too long.

    >>> import covector.numpy as jnp
    >>> jnp.compress(jnp.array([True, False, True]), jnp.arange(3))
    Array([0, 2], dtype=int32)
    """
    reject_out("compress", out)
    condition, a, fill_value = as_arrays("compress", condition, a, fill_value)
    if condition.ndim != 1:
        raise ValueError(f"compress: condition must be a vector, got shape {condition.shape}")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    length = a.shape[axis]
    if condition.size > length:
        rest = condition[length:]
        if np.any(np.asarray(concrete(rest, "compress: condition longer than the axis"))):
            raise ValueError("compress: condition is true out of bounds")
        condition = condition[:length]
    # An index out of bounds stands for none and reads the fill value.
    (places,) = nonzero(condition, size=size, fill_value=length)
    out_ = take(a, places, axis, mode="clip") if length else a
    if size is None:
        return out_
    known = lax.expand_dims(lax.lt(places, lax.full_like(places, length)), range(1, a.ndim - axis))
    return _core.numpy.where(known, out_, lax.convert_element_type(fill_value, a.dtype))


def extract(
    condition: ArrayLike, arr: ArrayLike, *, size: int | None = None, fill_value: ArrayLike = 0
) -> Array:
    """The elements of an array where a condition is true, as a vector.

    Args:
      condition: an array that is true where it is not zero, of the size of `arr` or less.
      arr: an array.
      size: how much to return, to be given where the condition is traced.
      fill_value: what fills the result up to the size.

    Returns:
      A vector.

    >>> import covector.numpy as jnp
    >>> x = jnp.array([[1, 2], [3, 4]])
    >>> jnp.extract(x % 2 == 0, x)
    Array([2, 4], dtype=int32)
    """
    condition, arr = as_arrays("extract", condition, arr)
    flat = lax.reshape(condition, (condition.size,))
    return compress(flat, arr, size=size, fill_value=fill_value)
