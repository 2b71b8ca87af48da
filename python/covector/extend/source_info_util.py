"""Which lines of a program are the user's."""

from covector import _core


def register_exclusion(path: str) -> None:
    """Has messages and equations not refer to the files below a path.

    Args:
      path: the path's beginning.
    """
    _core.exclude_source_path(path)
