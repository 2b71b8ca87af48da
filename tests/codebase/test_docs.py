"""Links in the documentation lead somewhere; the change log is kept."""

import re
from pathlib import Path

import pytest

from codebase.measure import ROOT

FOLDERS = ["benchmarks", "docs", "examples"]
PAGES = [*ROOT.glob("*.md"), *(p for d in FOLDERS for p in (ROOT / d).rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def slugs(page: Path) -> set[str]:
    heads = re.findall(r"^#+ +(.*)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", h.strip().lower()) for h in heads)
    return {h.replace(" ", "-") for h in plain}


def is_dead(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in slugs(target)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [a or b for a, b in LINK.findall(text)]
    local = [x for x in links if not re.match(r"\w+:", x)]
    assert [x for x in local if is_dead(page, x)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_paths_in_backticks_exist(page: Path) -> None:
    """`scripts/test`, `cpp/covector/base/`: what looks like a path of the tree is one."""
    tops = "|".join(re.escape(p.name) for p in ROOT.iterdir() if p.is_dir() and p.name != "build")
    paths = re.findall(rf"`((?:{tops})/[\w./-]*)`", page.read_text())
    assert [p for p in paths if not (ROOT / p).exists()] == []


def test_changelog_has_unreleased() -> None:
    heads = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == "Unreleased"


def test_every_error_has_a_section() -> None:
    """One place tells of each class; where the tree of classes is drawn, it is the real one."""
    from covector import errors

    page = (ROOT / "docs" / "errors.md").read_text()
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)]
    bases = {errors.JAXTypeError, errors.JAXIndexError}
    for cls in classes:
        line = next(x for x in page.splitlines() if x.strip() == cls.__name__)
        above = page[: page.index(line + "\n")].splitlines()
        depth = len(line) - len(line.lstrip())
        parent = next(x for x in reversed(above) if len(x) - len(x.lstrip()) == depth - 2)
        assert parent.strip() == cls.__bases__[0].__name__
        assert cls in bases or f"\n## {cls.__name__}\n" in page
