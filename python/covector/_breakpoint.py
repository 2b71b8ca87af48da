"""`debug.breakpoint`: a prompt in the middle of a running program."""

import cmd
import inspect
import pprint
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from covector import _core, _debugging

_OWN = str(Path(__file__).parent)


@dataclass
class Frame:
    """A frame of the Python stack where the breakpoint was traced."""

    filename: str
    lineno: int
    source: list[str]  # of the function
    offset: int | None  # of the line in it; None if there is no source
    variables: dict[str, Any]

    @staticmethod
    def of(frame: FrameType) -> "Frame":
        try:
            source, start = inspect.getsourcelines(frame)
        except OSError:
            source, start = [], 0
        lines = [line.rstrip("\n") for line in source]
        offset: int | None = frame.f_lineno - max(start, 1)
        if not 0 <= frame.f_lineno - max(start, 1) < len(lines):
            lines, offset = [], None
        variables = dict(frame.f_locals)
        return Frame(frame.f_code.co_filename, frame.f_lineno, lines, offset, variables)


def _frames(caller: FrameType | None, filter_frames: bool, count: int | None) -> list[Frame]:
    """From the innermost to the outermost."""
    frames: list[Frame] = []
    while caller is not None and (count is None or len(frames) < count):
        if not (filter_frames and caller.f_code.co_filename.startswith(_OWN)):
            frames.append(Frame.of(caller))
        caller = caller.f_back
    return frames


class Prompt(cmd.Cmd):
    """Reads and runs commands until the program is to go on."""

    prompt = "(jdb) "
    intro = "Entering jdb:"

    def __init__(
        self, frames: list[Frame], stdin: IO[str] | None = None, stdout: IO[str] | None = None
    ) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.use_rawinput = stdin is None
        self._frames = frames
        self._at = 0

    def _say(self, text: str) -> None:
        self.stdout.write(text + "\n")

    def _show(self, expression: str, text: Callable[[Any], str]) -> None:
        try:
            self._say(text(eval(expression, {}, self._frames[self._at].variables)))
        except Exception as error:
            self._say("*** " + traceback.format_exception_only(error)[-1].strip())

    def _show_source(self, around: int = 2) -> None:
        frame = self._frames[self._at]
        lines = [f"> {frame.filename}({frame.lineno})"]
        at = frame.offset if frame.offset is not None else 0
        for i, line in enumerate(frame.source):
            if at - 1 - around <= i <= at + around:
                lines.append(("->  " if i == at else "    ") + line)
        self._say("\n".join(lines))

    def default(self, line: str) -> None:
        """An expression: evaluates and prints it."""
        self._show(line, repr)

    def do_p(self, expression: str) -> None:
        """p EXPRESSION: prints its value."""
        self._show(expression, repr)

    def do_pp(self, expression: str) -> None:
        """pp EXPRESSION: prints its value over several lines."""
        self._show(expression, pprint.pformat)

    def do_up(self, _: str) -> None:
        """u(p): goes to the frame that called this one."""
        if self._at == len(self._frames) - 1:
            self._say("At topmost frame.")
        else:
            self._at += 1
        self._show_source()

    def do_down(self, _: str) -> None:
        """d(own): goes to the frame that this one called."""
        if self._at == 0:
            self._say("At bottommost frame.")
        else:
            self._at -= 1
        self._show_source()

    def do_list(self, _: str) -> None:
        """l(ist): shows the source."""
        self._show_source(around=5)

    def do_where(self, _: str) -> None:
        """w(here), bt: shows all frames, the innermost last."""
        lines = ["Traceback:"]
        for frame in reversed(self._frames):
            lines.append(f'  File "{frame.filename}", line {frame.lineno}')
            source = "<no source>" if frame.offset is None else frame.source[frame.offset].strip()
            lines.append(f"    {source}")
        self._say("\n".join(lines))

    def do_continue(self, _: str) -> bool:
        """c(ontinue): lets the program go on."""
        return True

    def do_quit(self, _: str) -> None:
        """q(uit): ends the program."""
        sys.exit(0)

    do_u, do_d, do_l = do_up, do_down, do_list
    do_w = do_bt = do_where
    do_c = do_cont = do_continue
    do_q = do_EOF = do_exit = do_quit


def breakpoint(
    *,
    backend: str | None = None,
    filter_frames: bool = True,
    num_frames: int | None = None,
    ordered: bool = False,
    token: Any = None,
    **kwargs: Any,
) -> Any:
    """Stops a running program and reads commands, among them expressions of local variables.

    The variables have the values that they have when the program runs; `help` lists the commands.

    Args:
      backend: "cli" or None: the prompt is a text.
      filter_frames: whether to leave frames of this package out.
      num_frames: how many frames to keep, from the innermost; None is all.
      ordered: whether the breakpoint keeps its place among other ordered effects.
      token: a value that is returned, so that what uses it comes after the breakpoint.
      **kwargs: `stdin` and `stdout` of the prompt.

    Returns:
      `token`.

    Raises:
      ValueError: if there is no such backend.

    >>> import io
    >>> import covector
    >>> @covector.jit
    ... def f(x):
    ...     covector.debug.breakpoint(stdin=io.StringIO("x\\nc\\n"), num_frames=1)
    ...     return x + 1
    >>> y = f(2)
    Entering jdb:
    (jdb) Array(2, dtype=int32)
    (jdb)
    """
    if backend not in (None, "cli"):
        raise ValueError(f"Invalid debugger backend: {backend}; there is only 'cli'")
    frames = _frames(sys._getframe(1), filter_frames, num_frames)
    traced = [
        {name: x for name, x in frame.variables.items() if isinstance(x, _core.Tracer)}
        for frame in frames
    ]

    def stop(values: list[dict[str, Any]]) -> None:
        known = [
            Frame(f.filename, f.lineno, f.source, f.offset, f.variables | v)
            for f, v in zip(frames, values)
        ]
        Prompt(known, **kwargs).cmdloop()

    _debugging.callback(stop, traced, ordered=ordered)
    return token
