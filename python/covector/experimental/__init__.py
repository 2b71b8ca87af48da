"""What may still change: modules by name."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.experimental import ode
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
