"""Functions with derivative rules of their own."""

from covector._custom_jvp import custom_jvp
from covector._custom_vjp import CustomVJPPrimal, custom_vjp, custom_vjp_primal_tree_values
from covector._symbolic_zero import SymbolicZero, zero_from_primal

__all__ = [
    "CustomVJPPrimal",
    "SymbolicZero",
    "custom_jvp",
    "custom_vjp",
    "custom_vjp_primal_tree_values",
    "zero_from_primal",
]
