"""How NumPy's reductions use those of `covector.lax`: types, masks, initial values."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axes, reject_out, static_axes
from covector._composite import composite
from covector._core import Array
from covector._dtypes import finfo, iinfo, issubdtype, user_dtype
from covector._typing import Axis


@dataclass(frozen=True, eq=False)
class Reduction:
    """A reduction by an operation that is associative.

    Attributes:
      name: of the function, for messages.
      reduce: reduces an array over axes.
      combine: joins two results.
      neutral: the value for masked elements, given a dtype.
      has_neutral: whether callers may rely on it: NumPy has no maximum of nothing.
      on_bools: the reduction and its operation where the dtype asked for is bool.
      widen: whether small integers become default ones, and half floats are summed as float32.
      operands: what is reduced: numbers as they are, their truth, or bits (of integers only).
    """

    name: str
    reduce: Callable[[Array, tuple[int, ...]], Array]
    combine: Callable[[Array, Array], Array]
    neutral: Callable[[Any], Any]
    has_neutral: bool = True
    on_bools: tuple[Callable, Callable] | None = None
    widen: bool = False
    operands: Literal["numbers", "truth", "bits"] = "numbers"


def lowest(dtype: Any) -> Any:
    """The value of a dtype that is below all others."""
    if issubdtype(dtype, np.integer):
        return iinfo(dtype).min
    if dtype == np.bool_:
        return False
    return -np.inf if _has_infinity(dtype) else finfo(dtype).min


def highest(dtype: Any) -> Any:
    """The value of a dtype that is above all others."""
    if issubdtype(dtype, np.integer):
        return iinfo(dtype).max
    if dtype == np.bool_:
        return True
    return np.inf if _has_infinity(dtype) else finfo(dtype).max


def _has_infinity(dtype: Any) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isinf(np.asarray(np.inf).astype(dtype)))


SUM = Reduction(
    "sum",
    lax.reduce_sum,
    lax.add,
    lambda dtype: 0,
    on_bools=(lax.reduce_or, lax.bitwise_or),
    widen=True,
)
PROD = Reduction(
    "prod",
    lax.reduce_prod,
    lax.mul,
    lambda dtype: 1,
    on_bools=(lax.reduce_and, lax.bitwise_and),
    widen=True,
)
MAX = Reduction("max", lax.reduce_max, lax.max, lowest, has_neutral=False)
MIN = Reduction("min", lax.reduce_min, lax.min, highest, has_neutral=False)
ALL = Reduction("all", lax.reduce_and, lax.bitwise_and, lambda dtype: True, operands="truth")
ANY = Reduction("any", lax.reduce_or, lax.bitwise_or, lambda dtype: False, operands="truth")
PARITY = Reduction("parity", lax.reduce_xor, lax.bitwise_xor, lambda dtype: False, operands="truth")
BITS_AND = Reduction(
    "bitwise_and",
    lax.reduce_and,
    lax.bitwise_and,
    lambda dtype: np.array(-1).astype(dtype),
    operands="bits",
)
BITS_OR = Reduction("bitwise_or", lax.reduce_or, lax.bitwise_or, lambda dtype: 0, operands="bits")
BITS_XOR = Reduction(
    "bitwise_xor", lax.reduce_xor, lax.bitwise_xor, lambda dtype: 0, operands="bits"
)


def reduce(
    kind: Reduction,
    a: Any,
    axis: Axis,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
    promote_integers: bool = True,
) -> Array:
    """NumPy's reduction of an array; the arguments are those of `sum`."""
    reject_out(kind.name, out)
    plain = dtype is None and where is None and initial is None and not keepdims
    if plain and isinstance(a, Array) and not a.weak_type and _is_plain(kind, a.dtype):
        axes = canonical_axes(axis, a.ndim)
        if not kind.has_neutral:
            _check_not_empty(kind.name, a, axes, None)
        return kind.reduce(a, axes)
    target = None if dtype is None else user_dtype(dtype, kind.name)
    return _reduce(
        a,
        initial,
        where,
        kind=kind,
        axis=static_axes(axis),
        dtype=target,
        keepdims=bool(keepdims),
        promote=bool(promote_integers),
    )


@functools.lru_cache
def _is_plain(kind: Reduction, dtype: Any) -> bool:
    """Whether the reduction of this dtype, without options, is that of `lax` alone."""
    if kind.operands == "truth":
        return bool(dtype == np.bool_)
    if kind.operands == "bits":
        return not issubdtype(dtype, np.inexact)
    if kind.widen:
        return issubdtype(dtype, np.inexact) and upcast_half(dtype) == dtype
    return True


@composite("kind", "axis", "dtype", "keepdims", "promote")
def _reduce(
    a: Any,
    initial: Any,
    where: Any,
    *,
    kind: Reduction,
    axis: Any,
    dtype: Any,
    keepdims: bool,
    promote: bool,
) -> Array:
    a = as_array(kind.name, a)
    axes = canonical_axes(axis, a.ndim)
    if not kind.has_neutral and initial is None:
        _check_not_empty(kind.name, a, axes, where)
    result, working = _dtypes(kind, a.dtype, dtype, promote)
    a = lax.convert_element_type(_prepared(kind, a), working)
    if where is not None:
        fill = _core.convert(kind.neutral(working), working)
        a = _core.numpy.where(boolean_mask(kind.name, where), a, fill)
    by, combine = kind.reduce, kind.combine
    if working == np.bool_ and kind.on_bools is not None:
        by, combine = kind.on_bools
    out = by(a, axes)
    if initial is not None:
        out = combine(_scalar(initial, working), out)
    if keepdims:
        out = lax.expand_dims(out, axes)
    return lax.convert_element_type(out, result)


def _check_not_empty(function: str, a: Array, axes: tuple[int, ...], where: Any) -> None:
    if where is not None:
        raise ValueError(
            f"reduction operation {function} does not have an identity, so to use a where mask "
            "one has to specify 'initial'"
        )
    if any(a.shape[i] == 0 for i in axes):
        raise ValueError(
            f"zero-size array to reduction operation {function} which has no identity: "
            f"shape {a.shape}, axes {axes}"
        )


def _dtypes(kind: Reduction, of_array: Any, asked: Any, promote: bool) -> tuple[Any, Any]:
    """The dtype of the result, and the one in which to reduce."""
    if kind.operands == "truth" and asked is None:
        return np.dtype(bool), np.dtype(bool)
    if asked is not None:
        return asked, asked
    if not kind.widen:
        return of_array, of_array
    if of_array == np.bool_ and not promote:
        return np.dtype(np.int32), np.dtype(np.int32)
    result = widened(of_array) if promote else of_array
    return result, upcast_half(result)


def widened(dtype: Any) -> Any:
    """The dtype that NumPy adds up booleans and small integers in; others as they are."""
    if dtype == np.bool_:
        return _core.canonical_dtype(int)
    if not issubdtype(dtype, np.integer):
        return dtype
    unsigned = issubdtype(dtype, np.unsignedinteger)
    wide = _core.canonical_dtype(np.uint64 if unsigned else np.int64)
    return wide if iinfo(dtype).bits < iinfo(wide).bits else dtype


@functools.lru_cache
def upcast_half(dtype: Any) -> Any:
    """float32 for floats of 16 bits, whose sums would lose too much; others as they are."""
    is_half = issubdtype(dtype, np.floating) and finfo(dtype).bits == 16
    return np.dtype(np.float32) if is_half else np.dtype(dtype)


def _prepared(kind: Reduction, a: Array) -> Array:
    if kind.operands == "bits" and issubdtype(a.dtype, np.inexact):
        raise ValueError(f"{kind.name}: integer argument required; got dtype={a.dtype}")
    if kind.operands != "truth" or a.dtype == np.bool_:
        return a
    return lax.ne(lax.real(a) if issubdtype(a.dtype, np.complexfloating) else a, _zero(a))


def _zero(a: Array) -> Array:
    real = finfo(a.dtype).dtype if issubdtype(a.dtype, np.complexfloating) else a.dtype
    return _core.convert(0, real)


def boolean_mask(function: str, where: Any) -> Array:
    """A `where` argument, which has to be boolean.

    Raises:
      ValueError: if it is not.
    """
    where = as_array(function, where)
    if where.dtype != np.bool_:
        raise ValueError(
            f"jnp.{function}: where must be None or a boolean array; got where.dtype={where.dtype}."
        )
    return where


def _scalar(initial: Any, dtype: Any) -> Array:
    if np.ndim(initial):
        raise ValueError(f"initial value must be a scalar. Got array of shape {np.shape(initial)}")
    return _core.convert(initial, dtype)
