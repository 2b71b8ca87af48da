"""Scalar types as functions: `jnp.float32(3)` is an array of rank zero, of that dtype."""

from typing import Any

import ml_dtypes
import numpy as np

from covector._core import Array
from covector.numpy._array import asarray


class ScalarType(type):
    """Class of `jnp.float32` and its kind: equal to NumPy's type, but calls make arrays."""

    dtype: np.dtype

    @property
    def __numpy_dtype__(cls) -> np.dtype:
        return cls.dtype

    def __hash__(cls) -> int:
        return hash(cls.dtype.type)

    def __eq__(cls, other: object) -> bool:
        return cls is other or cls.dtype.type == other

    def __call__(cls, x: Any) -> Array:
        return asarray(x, dtype=cls.dtype)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.dtype.type)


def _scalar_type(numpy_type: type) -> Any:
    name = numpy_type.__name__
    doc = f"""Makes arrays of dtype {name}.

    Args:
      x: whatever `array` takes.

    Returns:
      An array; of rank zero for a number.
    """
    members = {"dtype": np.dtype(numpy_type), "__doc__": doc, "__module__": "covector.numpy"}
    return ScalarType(name, (), members)


def _newer_type(name: str) -> Any:
    """A type that arrays do not have yet, only dtypes; None if ml_dtypes does not know it."""
    return _scalar_type(getattr(ml_dtypes, name)) if hasattr(ml_dtypes, name) else None


bool_ = _scalar_type(np.bool_)
int1 = _newer_type("int1")
uint1 = _newer_type("uint1")
float6_e2m3fn = _newer_type("float6_e2m3fn")
float6_e3m2fn = _newer_type("float6_e3m2fn")
int2 = _scalar_type(ml_dtypes.int2)
int4 = _scalar_type(ml_dtypes.int4)
int8 = _scalar_type(np.int8)
int16 = _scalar_type(np.int16)
int32 = _scalar_type(np.int32)
int64 = _scalar_type(np.int64)
uint2 = _scalar_type(ml_dtypes.uint2)
uint4 = _scalar_type(ml_dtypes.uint4)
uint8 = _scalar_type(np.uint8)
uint16 = _scalar_type(np.uint16)
uint32 = _scalar_type(np.uint32)
uint64 = _scalar_type(np.uint64)
float4_e2m1fn = _scalar_type(ml_dtypes.float4_e2m1fn)
float8_e3m4 = _scalar_type(ml_dtypes.float8_e3m4)
float8_e4m3 = _scalar_type(ml_dtypes.float8_e4m3)
float8_e4m3b11fnuz = _scalar_type(ml_dtypes.float8_e4m3b11fnuz)
float8_e4m3fn = _scalar_type(ml_dtypes.float8_e4m3fn)
float8_e4m3fnuz = _scalar_type(ml_dtypes.float8_e4m3fnuz)
float8_e5m2 = _scalar_type(ml_dtypes.float8_e5m2)
float8_e5m2fnuz = _scalar_type(ml_dtypes.float8_e5m2fnuz)
float8_e8m0fnu = _scalar_type(ml_dtypes.float8_e8m0fnu)
bfloat16 = _scalar_type(ml_dtypes.bfloat16)
float16 = _scalar_type(np.float16)
float32 = single = _scalar_type(np.float32)
float64 = double = float_ = _scalar_type(np.float64)
complex64 = csingle = _scalar_type(np.complex64)
complex128 = cdouble = complex_ = _scalar_type(np.complex128)
int_ = int64
uint = uint64
