"""Events that programs record and that listeners, such as a metrics service, are told of.

Compiles are recorded as "/jax/core/compile/backend_compile_duration", the name that JAX uses.

>>> from covector import monitoring
>>> seen = []
>>> monitoring.register_event_listener(lambda event, **details: seen.append((event, details)))
>>> monitoring.record_event("/app/restored", step=3)
>>> seen
[('/app/restored', {'step': 3})]
>>> monitoring.clear_event_listeners()
"""

from collections.abc import Callable
from typing import Any

from covector import _logging

EventListener = Callable[..., None]

_events: list[EventListener] = []
_durations: list[EventListener] = []
_spans: list[EventListener] = []
_scalars: list[EventListener] = []

COMPILE = "/jax/core/compile/backend_compile_duration"


def _tell(listeners: list[EventListener], *what: Any, **details: Any) -> None:
    for listener in list(listeners):
        listener(*what, **details)


def _remove(listeners: list[EventListener], callback: EventListener) -> None:
    if callback not in listeners:
        raise ValueError(f"{callback} is not registered as a listener")
    listeners.remove(callback)


def record_event(event: str, **kwargs: str | int) -> None:
    """Tells the listeners of an event.

    Args:
      event: its name, a path.
      **kwargs: details.
    """
    _tell(_events, event, **kwargs)


def record_event_duration_secs(event: str, duration: float, **kwargs: str | int) -> None:
    """Tells the listeners how many seconds something took.

    Args:
      event: its name, a path.
      duration: in seconds.
      **kwargs: details.
    """
    _tell(_durations, event, duration, **kwargs)


def record_event_time_span(
    event: str, start_time: float, end_time: float, **kwargs: str | int
) -> None:
    """Tells the listeners when something began and ended.

    Args:
      event: its name, a path.
      start_time: in seconds since the epoch.
      end_time: in seconds since the epoch.
      **kwargs: details.
    """
    _tell(_spans, event, start_time, end_time, **kwargs)


def record_scalar(event: str, value: float | int, **kwargs: str | int) -> None:
    """Tells the listeners of a number.

    Args:
      event: its name, a path.
      value: the number.
      **kwargs: details.
    """
    _tell(_scalars, event, value, **kwargs)


def register_event_listener(callback: EventListener) -> None:
    """Has `callback(event, **details)` called at each event."""
    _events.append(callback)


def register_event_duration_secs_listener(callback: EventListener) -> None:
    """Has `callback(event, seconds, **details)` called at each duration, compiles included."""
    if _compiled not in _logging.listeners:
        _logging.add_listener(_compiled)
    _durations.append(callback)


def register_event_time_span_listener(callback: EventListener) -> None:
    """Has `callback(event, start, end, **details)` called at each time span."""
    _spans.append(callback)


def register_scalar_listener(callback: EventListener) -> None:
    """Has `callback(event, value, **details)` called at each number."""
    _scalars.append(callback)


def unregister_event_listener(callback: EventListener) -> None:
    """Undoes `register_event_listener`.

    Raises:
      ValueError: if the callback is not registered; so do the others.
    """
    _remove(_events, callback)


def unregister_event_duration_listener(callback: EventListener) -> None:
    """Undoes `register_event_duration_secs_listener`."""
    _remove(_durations, callback)


def unregister_event_time_span_listener(callback: EventListener) -> None:
    """Undoes `register_event_time_span_listener`."""
    _remove(_spans, callback)


def unregister_scalar_listener(callback: EventListener) -> None:
    """Undoes `register_scalar_listener`."""
    _remove(_scalars, callback)


def clear_event_listeners() -> None:
    """Undoes every registration."""
    for listeners in (_events, _durations, _spans, _scalars):
        listeners.clear()


def _compiled(name: str, nanoseconds: int, text_bytes: int) -> None:
    if _durations:
        record_event_duration_secs(COMPILE, nanoseconds * 1e-9, fun_name=name)
