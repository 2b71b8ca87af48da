"""Images resized."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.image._methods import ResizeMethod
    from covector.image._resize import resize, scale_and_translate
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
