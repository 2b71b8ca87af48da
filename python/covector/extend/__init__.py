"""What libraries that extend JAX use, in JAX's modules."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.extend import core, linear_util, random, source_info_util
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
