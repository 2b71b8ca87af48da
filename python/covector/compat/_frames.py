"""Which frames belong to the user's program, and which to libraries."""

import os
from types import FrameType

import covector
from covector import _core

_excluded = [os.path.dirname(covector.__file__) + os.sep]


def register_exclusion(path: str) -> None:
    """Takes files whose path begins so for a library's: no operation is said to come from there."""
    _excluded.append(path)
    _core.exclude_source_path(path)


def include_frame(frame: FrameType) -> bool:
    """Whether a frame is none of Covector and of the excluded files."""
    return not frame.f_code.co_filename.startswith(tuple(_excluded))
