"""What may still change: modules by name, and callbacks.

>>> from covector.experimental import io_callback
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector._callbacks import io_callback
    from covector.experimental import (
        checkify,
        hijax,
        jet,
        key_reuse,
        ode,
        random,
        rnn,
        shard_map,
        sparse,
    )
    from covector.experimental.hijax import cur_qdd
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
