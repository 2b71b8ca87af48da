"""Rematerialization: names of values, policies, and what is kept."""

from covector._remat import checkpoint_name, print_saved_residuals
from covector._remat_policies import Offloadable, Recompute, Saveable, checkpoint_policies

__all__ = [
    "Offloadable",
    "Recompute",
    "Saveable",
    "checkpoint_name",
    "checkpoint_policies",
    "print_saved_residuals",
]
