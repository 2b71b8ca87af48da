"""Where the time goes: spans that programs name, and compiles, written for Perfetto.

>>> import tempfile, covector
>>> from covector import profiler
>>> with tempfile.TemporaryDirectory() as directory:
...     with profiler.trace(directory):
...         with profiler.TraceAnnotation("preparing"):
...             _ = covector.numpy.arange(3)

The files are of the trace event format, which https://ui.perfetto.dev shows. What the compiler's
own programs do inside is not in them.
"""

import gzip
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from covector import _logging


class _Session:
    """A trace that is being taken."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self.start = time.perf_counter_ns()
        self.lock = threading.Lock()
        self.events: list[dict[str, Any]] = []

    def add(self, name: str, begin: int, end: int, details: dict[str, Any]) -> None:
        """A span between two readings of the clock, in nanoseconds."""
        event = {"name": name, "ph": "X", "pid": os.getpid(), "tid": threading.get_native_id()}
        event |= {"ts": (begin - self.start) / 1e3, "dur": (end - begin) / 1e3, "args": details}
        with self.lock:
            self.events.append(event)

    def write(self) -> Path:
        stamp = time.strftime("%Y_%m_%d_%H_%M_%S")
        folder = self.directory / "plugins" / "profile" / stamp
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{socket.gethostname()}.trace.json.gz"
        with gzip.open(path, "wt") as file:
            json.dump({"displayTimeUnit": "ns", "traceEvents": self.events}, file, default=str)
        return path


_session: _Session | None = None


class ProfileOptions:
    """Settings of other profilers, which change nothing here."""

    host_tracer_level = 2
    python_tracer_level = 0
    device_tracer_level = 1
    advanced_configuration: dict[str, Any] = {}  # noqa: RUF012  # a default, never changed


def start_trace(
    log_dir: str | os.PathLike[str],
    create_perfetto_link: bool = False,
    create_perfetto_trace: bool = False,
    profiler_options: ProfileOptions | None = None,
) -> None:
    """Begins a trace, which `stop_trace` writes.

    Args:
      log_dir: where to write it.
      create_perfetto_link: must be False.
      create_perfetto_trace: traces are always such that Perfetto reads them.
      profiler_options: not used.

    Raises:
      RuntimeError: if one is being taken.
      NotImplementedError: if a link is asked for.
    """
    global _session
    if create_perfetto_link:
        raise NotImplementedError("open the file of the trace in https://ui.perfetto.dev")
    if _session is not None:
        raise RuntimeError(
            "Profile has already been started. Only one profile may be run at a time."
        )
    if _compiled not in _logging.listeners:
        _logging.add_listener(_compiled)
    _session = _Session(log_dir)


def stop_trace() -> None:
    """Ends the trace and writes it below the directory given to `start_trace`.

    Raises:
      RuntimeError: if none is being taken.
    """
    global _session
    if _session is None:
        raise RuntimeError("No profile started")
    session, _session = _session, None
    session.write()


@contextmanager
def trace(
    log_dir: str | os.PathLike[str],
    create_perfetto_link: bool = False,
    create_perfetto_trace: bool = False,
    profiler_options: ProfileOptions | None = None,
) -> Iterator[None]:
    """A context in which a trace is taken; see `start_trace`."""
    start_trace(log_dir, create_perfetto_link, create_perfetto_trace, profiler_options)
    try:
        yield
    finally:
        stop_trace()


class TraceAnnotation(ContextDecorator):
    """A span of the trace with this name, as a context or a decorator.

    Args:
      name: what Perfetto shows.
      **kwargs: details to show with it.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        self._name, self._details = name, kwargs
        self._begin: list[int] = []

    def __enter__(self) -> "TraceAnnotation":
        self._begin.append(time.perf_counter_ns())
        return self

    def __exit__(self, *error: Any) -> None:
        begin = self._begin.pop()
        if _session is not None:
            _session.add(self._name, begin, time.perf_counter_ns(), self._details)


class StepTraceAnnotation(TraceAnnotation):
    """A step of training: a span that has the argument `step_num`."""


def annotate_function(
    func: Callable[..., Any], name: str | None = None, **decorator_kwargs: Any
) -> Callable[..., Any]:
    """The function, each call of which is a span of the trace.

    Args:
      func: any function.
      name: what Perfetto shows; the function's name if None.
      **decorator_kwargs: details to show with it.

    >>> from covector import profiler
    >>> profiler.annotate_function(lambda x: x + 1, "more")(2)
    3
    """
    shown = name or getattr(func, "__qualname__", None) or repr(func)

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with TraceAnnotation(shown, **decorator_kwargs):
            return func(*args, **kwargs)

    return wrapper


def _compiled(name: str, nanoseconds: int, text_bytes: int) -> None:
    if _session is not None:
        end = time.perf_counter_ns()
        _session.add(f"compile {name}", end - nanoseconds, end, {"text_bytes": text_bytes})
