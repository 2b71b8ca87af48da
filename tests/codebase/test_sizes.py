"""Files and functions are short enough to be read at once."""

from pathlib import Path

import pytest

from codebase.measure import CPP, PYTHON, ROOT, Function, functions, sources

FILE_LINES = 400
FUNCTION_LINES = 40

# Named exceptions: path, or path::function, with the reason.
EXCEPTIONS: dict[str, str] = {}

FILES = [str(p.relative_to(ROOT)) for p in sources(CPP | PYTHON)]


def file_lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def too_long(file: str) -> list[Function]:
    return [f for f in functions(ROOT / file) if f.lines > FUNCTION_LINES]


@pytest.mark.parametrize("file", FILES)
def test_size(file: str) -> None:
    if file not in EXCEPTIONS:
        assert file_lines(ROOT / file) <= FILE_LINES
    assert [f for f in too_long(file) if f"{file}::{f.name}" not in EXCEPTIONS] == []


def test_exceptions_are_needed() -> None:
    long_files = {f for f in FILES if file_lines(ROOT / f) > FILE_LINES}
    long_functions = {f"{file}::{f.name}" for file in FILES for f in too_long(file)}
    assert EXCEPTIONS.keys() <= long_files | long_functions


def test_braces_are_understood() -> None:
    """The measurer finds the functions there are: nearly every source file has one."""
    cpp = sources({".cpp"}, ["cpp", "tests"])
    without = [str(p) for p in cpp if not functions(p)]
    assert len(without) <= len(cpp) // 20, without
