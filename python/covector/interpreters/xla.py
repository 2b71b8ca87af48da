"""What programs written for older versions of JAX import from here."""

from covector._primitives import apply_primitive
from covector._value_handlers import canonicalize_dtype_handlers

__all__ = ["apply_primitive", "canonicalize_dtype_handlers"]
