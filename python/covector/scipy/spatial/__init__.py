"""Geometry."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.spatial import transform
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
