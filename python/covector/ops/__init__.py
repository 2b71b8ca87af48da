"""Reductions of segments of arrays."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.ops._segments import segment_max, segment_min, segment_prod, segment_sum
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
