"""Sparse linear algebra."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.sparse import linalg
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
