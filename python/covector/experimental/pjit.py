"""An older name of `jit`."""

from covector._jit import jit as pjit
from covector._named_sharding import with_sharding_constraint

__all__ = ["pjit", "with_sharding_constraint"]
