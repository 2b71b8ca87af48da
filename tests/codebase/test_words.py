"""Nothing is left undone in the sources, and nothing in them depends on one machine."""

import re
from pathlib import Path

import pytest

from codebase.measure import CPP, PYTHON, ROOT, sources

# Spelled with a class of one letter, so that this file does not find itself.
FORBIDDEN = re.compile(
    r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|(?<![\w.])/(?:wor[k]|roo[t]|hom[e])/|/tm[p]/venv",
    re.IGNORECASE,
)
SCRIPTS = [p for d in ("scripts", ".ci", "cmake", "third_party") for p in (ROOT / d).rglob("*")]
OTHERS = [*ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.yml")]
FILES = sorted(
    p
    for p in {*sources(CPP | PYTHON), *SCRIPTS, *OTHERS}
    if p.is_file() and p.suffix != ".png" and p.name != ".git"
)


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_forbidden_words(file: Path) -> None:
    lines = enumerate(file.read_text().splitlines(), 1)
    assert [f"{n}: {line}" for n, line in lines if FORBIDDEN.search(line)] == []


def test_no_folder_for_odds_and_ends() -> None:
    """A helper lives with its only user or in base, under a name that says what it does."""
    vague = {"util", "utils", "helpers", "common", "misc"}
    assert [str(p) for p in sources(CPP | PYTHON, ["cpp", "python"]) if p.stem in vague] == []


def test_modules_only_reexport() -> None:
    """No logic in an `__init__.py`: a reader finds code in a file that is named for it."""
    logic = re.compile(r"^(?:def|class|for|while) ", re.MULTILINE)
    inits = [p for p in sources(PYTHON, ["python"]) if p.name == "__init__.py"]
    assert [str(p.relative_to(ROOT)) for p in inits if logic.search(p.read_text())] == []
