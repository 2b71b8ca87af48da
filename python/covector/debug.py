"""Looking into running programs.

>>> import covector
>>> covector.jit(lambda x: covector.debug.print("{}", x + 1))(1)
2
"""

from covector._breakpoint import breakpoint
from covector._debugging import DebugEffect, OrderedDebugEffect, callback, log, print

__all__ = [
    "DebugEffect",
    "OrderedDebugEffect",
    "breakpoint",
    "callback",
    "log",
    "print",
]
