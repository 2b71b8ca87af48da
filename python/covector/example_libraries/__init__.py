"""Small libraries that show how larger ones can be built: `stax`, networks; `optimizers`."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.example_libraries import optimizers, stax
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
