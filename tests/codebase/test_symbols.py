"""What the two shared libraries hold: one copy of all state, and no Python in the library."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def libraries() -> tuple[Path, Path]:
    extension = importlib.util.find_spec("covector._core")
    assert extension is not None
    assert extension.origin is not None
    core = Path(extension.origin)
    return core.parent / "lib" / "libcovector.so", core


def symbols(library: Path) -> set[tuple[str, str]]:
    """Kind and name of all that `library` has or needs, also what it does not export."""
    found = set()
    for options in (["-C"], ["-CD"]):
        out = subprocess.run(["nm", *options, library], capture_output=True, text=True, check=True)
        found |= set(re.findall(r"^[0-9a-f ]{16} ([A-Za-z]) (.*)$", out.stdout, re.MULTILINE))
    return found


pytestmark = pytest.mark.skipif(not shutil.which("nm"), reason="needs nm, which comes with g++")


def test_library_needs_no_python() -> None:
    needed = {name for kind, name in symbols(libraries()[0]) if kind == "U"}
    assert [n for n in needed if re.match(r"_?Py[A-Z_]", n)] == []


def test_no_state_in_two_places() -> None:
    """A variable that a header defines would be one in each library, where its module is hidden.

    Constants are harmless; so are tables of virtual functions and of types.
    """
    harmless = re.compile(
        r"(vtable|typeinfo|typeinfo name|VTT|construction vtable) for |std::|covector::k[A-Z]\w*$"
    )
    state = [
        {name for kind, name in symbols(lib) if kind in "bBdDuV" and "covector::" in name}
        for lib in libraries()
    ]
    assert [n for n in state[0] & state[1] if not harmless.match(n)] == []


def test_library_neither_prints_nor_exits() -> None:
    """What to do about an error, and where to write, is the program's decision."""
    banned = {"abort", "exit", "_exit", "printf", "puts", "putchar", "perror"}
    needed = {name.partition("@")[0] for kind, name in symbols(libraries()[0]) if kind == "U"}
    assert needed & banned == set()
