"""Element types as Python sees them: NumPy's dtypes, those of ml_dtypes, and extended ones.

Promotion and narrowing live in the core; here is what only Python asks for, such as the place
of a type in NumPy's hierarchy of scalar types.
"""

import abc
import functools
import warnings
from typing import Any

import ml_dtypes
import numpy as np

from covector import _core
from covector._typing import DTypeLike

finfo = ml_dtypes.finfo
iinfo = ml_dtypes.iinfo
bfloat16 = ml_dtypes.bfloat16

# The tangent type of integers and booleans.
float0 = np.dtype([("float0", np.void, 0)])


class ExtendedDType(abc.ABC):
    """What all element types that NumPy cannot hold are instances of; for `isinstance`.

    Programs may derive types from it for their own use. Arrays do not have such types.
    """

    @property
    @abc.abstractmethod
    def type(self) -> Any:
        """The scalar type, below `extended`."""


ExtendedDType.register(_core.ExtendedDType)


class extended(np.generic):
    """Scalar type above all element types that NumPy cannot hold; for `issubdtype` only."""


class prng_key(extended):
    """Scalar type of typed random keys; for `issubdtype` only.

    >>> import covector
    >>> from covector import dtypes
    >>> key = covector.random.key(0)
    >>> covector.numpy.issubdtype(key.dtype, dtypes.prng_key)
    True
    """


CUSTOM_FLOATS = tuple(
    getattr(ml_dtypes, name)
    for name in (
        "bfloat16",
        "float4_e2m1fn",
        "float8_e3m4",
        "float8_e4m3",
        "float8_e4m3b11fnuz",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    )
)
_CUSTOM_SIGNED = (ml_dtypes.int2, ml_dtypes.int4)
_CUSTOM_UNSIGNED = (ml_dtypes.uint2, ml_dtypes.uint4)

_NUMPY_DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
_ARRAY_DTYPES = frozenset(
    np.dtype(t)
    for t in (*_NUMPY_DTYPES, *CUSTOM_FLOATS, *_CUSTOM_SIGNED, *_CUSTOM_UNSIGNED, float0)
)


def _known(*names: str) -> list[type]:
    """Types that arrays do not have, as far as ml_dtypes knows them."""
    return [getattr(ml_dtypes, name) for name in names if hasattr(ml_dtypes, name)]


_SHORT_FLOATS = (*CUSTOM_FLOATS, *_known("float6_e2m3fn", "float6_e3m2fn"))
_SHORT_SIGNED = (*_CUSTOM_SIGNED, *_known("int1"))
_SHORT_UNSIGNED = (*_CUSTOM_UNSIGNED, *_known("uint1"))
# What stands above the scalar types of ml_dtypes, which do not inherit from NumPy's.
_ABOVE: dict[type, set[type]] = {
    **{t: {t, np.floating, np.inexact, np.number, np.generic} for t in _SHORT_FLOATS},
    **{t: {t, np.signedinteger, np.integer, np.number, np.generic} for t in _SHORT_SIGNED},
    **{t: {t, np.unsignedinteger, np.integer, np.number, np.generic} for t in _SHORT_UNSIGNED},
}


def is_extended(dtype: Any) -> bool:
    """Whether this is an element type that NumPy cannot hold, such as that of random keys."""
    return isinstance(dtype, _core.ExtendedDType)


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether type `arg1` is `arg2` or stands below it in the hierarchy of scalar types.

    Like `numpy.issubdtype`, and knows the types of ml_dtypes and of random keys.

    Args:
      arg1: a dtype, a scalar type, or an object with a dtype.
      arg2: the same, or an abstract type such as `jnp.floating`.

    Returns:
      A Python bool.

    >>> import covector.numpy as jnp
    >>> jnp.issubdtype(jnp.bfloat16, jnp.floating)
    True
    """
    plain = (type, np.dtype, _core.ExtendedDType)
    a = arg1 if isinstance(arg1, plain) else np.dtype(arg1)
    b = arg2 if isinstance(arg2, plain) else np.dtype(arg2)
    return _issubdtype(a, b)


@functools.lru_cache(1024)
def _issubdtype(a: Any, b: Any) -> bool:
    if is_extended(b):
        return bool(a == b)
    if isinstance(b, type) and issubclass(b, extended):
        return issubclass(prng_key if is_extended(a) else _scalar_type(a), b)
    above = _scalar_type(b)
    below = prng_key if is_extended(a) else _scalar_type(a)
    if below in _ABOVE:
        return above in _ABOVE[below]
    return bool(np.issubdtype(below, above))


def _scalar_type(dtype: Any) -> type:
    if isinstance(dtype, type) and issubclass(dtype, np.generic):
        return dtype
    return np.dtype(dtype).type


_KINDS: dict[str, type | tuple[type, ...]] = {
    "bool": np.bool_,
    "signed integer": np.signedinteger,
    "unsigned integer": np.unsignedinteger,
    "integral": np.integer,
    "real floating": np.floating,
    "complex floating": np.complexfloating,
    "numeric": np.number,
}


def isdtype(dtype: DTypeLike, kind: Any) -> bool:
    """Whether a dtype is of a kind, by the array API's names of kinds.

    Args:
      dtype: the dtype to look at.
      kind: 'bool', 'signed integer', 'unsigned integer', 'integral', 'real floating',
        'complex floating' or 'numeric'; or a dtype to compare with; or a tuple of these.

    Returns:
      A Python bool.

    Raises:
      TypeError: if a kind is neither a known name nor a dtype.

    >>> import covector.numpy as jnp
    >>> jnp.isdtype(jnp.int8, ("bool", "integral"))
    True
    """
    the_dtype = np.dtype(dtype)
    matches = False
    for k in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(k, str) and k in _KINDS:
            matches |= issubdtype(the_dtype, _KINDS[k])
            continue
        try:
            matches |= the_dtype == np.dtype(k)
        except TypeError as e:
            if isinstance(k, str):
                raise ValueError(f"Unrecognized {kind=} expected one of {list(_KINDS)}") from e
            raise TypeError(f"Expected kind to be a dtype, string, or tuple; got {kind=}") from e
    return matches


def canonicalize_dtype(dtype: Any, allow_extended_dtype: bool = False) -> Any:
    """The dtype that arrays asked to have this one get: 64-bit types are narrowed without x64.

    Args:
      dtype: anything that names a dtype.
      allow_extended_dtype: return types such as that of random keys as they are.

    Returns:
      A dtype.

    Raises:
      ValueError: if the type is extended and that is not allowed.
      TypeError: if it names no dtype.

    >>> from covector import dtypes
    >>> dtypes.canonicalize_dtype("int16")
    dtype('int16')
    """
    if is_extended(dtype):
        if allow_extended_dtype:
            return dtype
        raise ValueError(f"Internal: canonicalize_dtype called on extended dtype {dtype}")
    return _core.canonical_dtype(dtype)


def result_type(*args: Any, return_weak_type_flag: bool = False) -> Any:
    """The dtype that an operation on these operands has.

    Args:
      *args: arrays, Python scalars (whose types are weak), dtypes; None is the default float.
      return_weak_type_flag: also tell whether the result's type is weak.

    Returns:
      A dtype, or a pair of a dtype and a bool.

    Raises:
      ValueError: if there are no arguments.
      TypePromotionError: if the types have no common one.

    >>> import covector.numpy as jnp
    >>> jnp.result_type(jnp.int8, 2)
    dtype('int8')
    """
    if not args:
        raise ValueError("at least one array or dtype is required")
    dtype, weak = _core.numpy.result_type(*(float if a is None else a for a in args))
    return (dtype, weak) if return_weak_type_flag else dtype


def promote_types(a: DTypeLike, b: DTypeLike) -> Any:
    """The smallest type that operands of both types promote to.

    Args:
      a, b: dtypes; `int`, `float` and `complex` stand for weak types.

    Returns:
      A dtype.

    Raises:
      TypePromotionError: if there is none.

    >>> import covector.numpy as jnp
    >>> jnp.promote_types(jnp.int32, jnp.bfloat16)
    dtype(bfloat16)
    """
    return _core.numpy.promote_types(a, b)


def itemsize_bits(dtype: DTypeLike) -> int:
    """The number of bits of one element.

    Args:
      dtype: a bool, integer, floating or complex type; a bool counts as eight.

    Returns:
      The number of bits.

    Raises:
      ValueError: for None, and for types that are no numbers.

    >>> from covector import dtypes
    >>> dtypes.itemsize_bits("int4")
    4
    """
    if dtype is None:
        raise ValueError("dtype cannot be None.")
    if issubdtype(dtype, np.bool_):
        return 8
    if issubdtype(dtype, np.integer):
        return iinfo(dtype).bits
    if issubdtype(dtype, np.floating):
        return finfo(dtype).bits
    if issubdtype(dtype, np.complexfloating):
        return 2 * finfo(dtype).bits
    raise ValueError(f"unexpected input: {dtype=}")


def scalar_type_of(x: Any) -> type:
    """The Python scalar type of the elements of an array: bool, int, float or complex.

    Args:
      x: an array, a scalar or a dtype.

    Raises:
      TypeError: if elements are of none of these.

    >>> import covector.numpy as jnp
    >>> from covector import dtypes
    >>> dtypes.scalar_type_of(jnp.ones(3))
    <class 'float'>
    """
    dtype = dtype_of(x)
    for abstract, scalar in _PYTHON_SCALARS:
        if issubdtype(dtype, abstract):
            return scalar
    raise TypeError(f"Invalid scalar value {x}")


_PYTHON_SCALARS: tuple[tuple[type, type], ...] = (
    (np.bool_, bool),
    (np.integer, int),
    (np.floating, float),
    (np.complexfloating, complex),
)


def dtype_of(x: Any) -> Any:
    """The dtype of an array, or the one that a scalar or dtype-like gets as an array."""
    if isinstance(x, _core.Array):
        return x.dtype
    if isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic):
        return _core.canonical_dtype(type(x))
    if isinstance(x, type):
        return _core.canonical_dtype(x)
    return _core.canonical_dtype(x.dtype if hasattr(x, "dtype") else x)


def user_dtype(dtype: Any, function: str) -> Any:
    """The dtype to use where a caller gave this one: checked, and narrowed with a warning.

    Raises:
      TypeError: if arrays cannot have this type.
      ValueError: if an array was given for its dtype.
    """
    if isinstance(dtype, type) and dtype in (bool, int, float, complex):
        return _core.canonical_dtype(dtype)
    if isinstance(dtype, _core.Array):
        raise ValueError(
            "Passing an array as a dtype argument is no longer supported; "
            "instead of dtype=arr use dtype=arr.dtype."
        )
    if is_extended(dtype):
        return dtype
    asked = np.dtype(dtype)
    if asked not in _ARRAY_DTYPES:
        raise TypeError(
            f"JAX only supports number, bool, and string dtypes, got dtype {dtype} in {function}"
        )
    narrow = _core.canonical_dtype(asked)
    if narrow != asked:
        warnings.warn(
            f"Explicitly requested dtype {asked} requested in {function} is not available, and "
            f"will be truncated to dtype {narrow.name}. To enable more dtypes, set the "
            "covector_enable_x64 configuration option or the COVECTOR_ENABLE_X64 environment "
            "variable.",
            stacklevel=4,
        )
    return narrow


@functools.lru_cache(256)
def to_inexact(dtype: Any) -> Any:
    """The dtype itself if it is floating or complex, else the float that its values become."""
    if issubdtype(dtype, np.inexact):
        return dtype
    wide = np.dtype(dtype).itemsize == 8 and issubdtype(dtype, np.integer)
    return np.dtype(np.float64 if wide else np.float32)


@functools.lru_cache(256)
def real_part(dtype: Any) -> Any:
    """The dtype of the real part: float32 for complex64, a real dtype for itself."""
    return finfo(dtype).dtype if issubdtype(dtype, np.complexfloating) else np.dtype(dtype)
