"""Linear algebra of sparse and implicit matrices."""

from covector.experimental.sparse._lobpcg import lobpcg_standard
from covector.experimental.sparse._solve import spsolve

__all__ = ["lobpcg_standard", "spsolve"]
