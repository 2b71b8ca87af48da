"""Functions with derivative rules of their own."""

from covector._custom_jvp import SymbolicZero, custom_jvp, zero_from_primal

__all__ = [
    "SymbolicZero",
    "custom_jvp",
    "zero_from_primal",
]
