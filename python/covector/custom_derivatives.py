"""Functions with derivative rules of their own."""

from covector._core.primitives import custom_jvp_call_p, custom_vjp_call_p
from covector._custom_gradient import closure_convert, custom_gradient, linear_call
from covector._custom_jvp import custom_jvp
from covector._custom_vjp import CustomVJPPrimal, custom_vjp, custom_vjp_primal_tree_values
from covector._symbolic_zero import SymbolicZero, zero_from_primal

__all__ = [
    "CustomVJPPrimal",
    "SymbolicZero",
    "closure_convert",
    "custom_gradient",
    "custom_jvp",
    "custom_jvp_call_p",
    "custom_vjp",
    "custom_vjp_call_p",
    "custom_vjp_primal_tree_values",
    "linear_call",
    "zero_from_primal",
]
