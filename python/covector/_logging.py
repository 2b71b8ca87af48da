"""What is logged: compiles, if `log_compiles` is on."""

import logging
from collections.abc import Callable

from covector import _core
from covector._options import OPTIONS

logger = logging.getLogger("covector")

CompileListener = Callable[[str, int, int], None]
listeners: "list[CompileListener]" = []


def listen() -> None:
    """Makes the core tell of compiles from now on; to do so again changes nothing."""
    if log_compile not in listeners:
        add_listener(log_compile)


def add_listener(listener: CompileListener) -> None:
    """Has `listener(name, nanoseconds, text_bytes)` called after each compile.

    Args:
      listener: gets the program's name, the time it took and the size of its StableHLO.
    """
    listeners.append(listener)
    _core.set_compile_listener(_tell)


def _tell(name: str, nanoseconds: int, text_bytes: int) -> None:
    for listener in list(listeners):
        listener(name, nanoseconds, text_bytes)


def log_compile(name: str, nanoseconds: int, text_bytes: int) -> None:
    """Writes one line, as a warning if `log_compiles` is on, else for debugging."""
    level = logging.WARNING if OPTIONS["log_compiles"].value else logging.DEBUG
    logger.log(
        level,
        "Finished XLA compilation of %s in %.3f ms (%d bytes of StableHLO)",
        name,
        nanoseconds * 1e-6,
        text_bytes,
    )
