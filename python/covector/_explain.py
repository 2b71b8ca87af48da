"""What `explain_cache_misses` logs: why a jitted function is traced again."""

import contextlib
import weakref
from collections.abc import Callable
from typing import Any

from covector import _core
from covector._logging import logger
from covector._options import OPTIONS
from covector._signature import describe, name_of

# Which functions have been traced, by the line that defines them.
_seen: dict[str, "weakref.WeakSet[Any]"] = {}


def log_miss(fun: Callable[..., Any], differences: list[str] | None) -> None:
    """Writes a warning for a trace of a function.

    Args:
      fun: the function; one of Covector's own is no concern of the user.
      differences: what is other than in the nearest call before; None if there was none.
    """
    if str(getattr(fun, "__module__", "")).partition(".")[0] == "covector":
        return
    place = describe(fun)
    lines = [f"TRACING CACHE MISS at {_core.current_source() or 'an unknown line'}:"]
    if differences is None:
        lines.append(f"  never seen function {place}, id={id(fun)}")
        if _is_known_line(place):
            lines.append(
                f"  but seen another function defined on the same line: is {name_of(fun)} made "
                "anew for each call? Each function that jit is given has a cache of its own; make "
                "and jit it once, outside of the loop."
            )
    else:
        lines.append(f"  for {place}, the nearest of the signatures traced before has")
        lines += [f"    * {text}" for text in differences or ["no difference that is known"]]
    _remember(place, fun)
    logger.warning("\n".join(lines))


def _is_known_line(place: str) -> bool:
    return place in _seen


def _remember(place: str, fun: Callable[..., Any]) -> None:
    with contextlib.suppress(TypeError):  # no weak references to builtins
        _seen.setdefault(place, weakref.WeakSet()).add(fun)


def of_options(index: int, now: int, before: int) -> str:
    """How an option that the core knows by number is other than it was."""
    name = _core.option_names()[index]
    option = next((o for o in OPTIONS.values() if o.core_name == name), None)
    title = name if option is None else option.name
    words = [value if option is None else option.word(value) for value in (now, before)]
    return f"different tracing context: {title}, now {words[0]} and before {words[1]}"
