"""What programs written for older versions of JAX import from here."""

from covector._primitives import apply_primitive

__all__ = ["apply_primitive"]
