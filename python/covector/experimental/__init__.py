"""What may still change: modules by name, and callbacks.

>>> from covector.experimental import io_callback
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector._callbacks import io_callback
    from covector.experimental import checkify, jet, key_reuse, ode, rnn, shard_map, sparse
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
