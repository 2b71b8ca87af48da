"""Classes whose instances are taken for arrays: the tables in which libraries enter theirs."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array

Handler = Callable[[Any], Any]

# Instances of these are array-likes by themselves.
_BUILT_IN: dict[type, Handler] = {
    Array: lambda x: x,
    **dict.fromkeys((np.ndarray, np.generic), np.asarray),
    **dict.fromkeys((bool, int, float, complex), lambda x: x),
}


class ValueHandlers(MutableMapping[type, Handler]):
    """By class, a function that makes an array of an instance. To enter one makes instances of
    the class and of its subclasses array-likes, everywhere.

    >>> import numpy as np
    >>> import covector.numpy as jnp
    >>> from covector.interpreters import xla
    >>> class Reading:
    ...     def __init__(self, value):
    ...         self.value = value
    >>> xla.canonicalize_dtype_handlers[Reading] = lambda x: np.float32(x.value)
    >>> jnp.sqrt(Reading(4))
    Array(2., dtype=float32)
    """

    def __init__(self) -> None:
        self._own: dict[type, Handler] = {}

    def __getitem__(self, cls: type) -> Handler:
        return self._own[cls] if cls in self._own else _BUILT_IN[cls]

    def __setitem__(self, cls: type, handler: Handler) -> None:
        if cls in _BUILT_IN:
            raise NotImplementedError(
                f"canonicalize_dtype_handlers: instances of {cls} are array-likes by themselves; "
                "enter a subclass instead"
            )
        _core.set_value_handler(cls, handler)
        self._own[cls] = handler

    def __delitem__(self, cls: type) -> None:
        del self._own[cls]
        _core.set_value_handler(cls, None)

    def __iter__(self) -> Iterator[type]:
        yield from _BUILT_IN
        yield from self._own

    def __len__(self) -> int:
        return len(_BUILT_IN) + len(self._own)


canonicalize_dtype_handlers = ValueHandlers()
# What `typeof` says of an instance; for array-likes, the type of the array made of it, whatever is
# entered here.
pytype_aval_mappings: dict[type, Handler] = dict.fromkeys(_BUILT_IN, _core.aval_of)
