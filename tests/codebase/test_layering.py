"""A folder of the library includes only what design decides it may; Python stays outside."""

import re

from codebase.measure import CPP, ROOT, sources

# folder: the folders it may include beside itself, and all that those may.
MAY_INCLUDE = {
    "base": [],
    "core": ["base"],
    "hlo": ["core"],
    "lax": ["hlo"],
    "transforms": ["lax"],
    "control": ["transforms"],
    "numpy": ["lax"],
    "random": ["numpy"],
    "tree": ["base"],
    "pjrt": ["base"],
    "runtime": ["pjrt", "control"],
    "host": ["lax", "runtime"],
}
LIBRARY = ROOT / "cpp" / "covector"
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def reachable(folder: str) -> set[str]:
    return {folder}.union(*(reachable(f) for f in MAY_INCLUDE[folder]))


def test_every_folder_has_a_place() -> None:
    folders = {p.parent.relative_to(LIBRARY).parts[0] for p in LIBRARY.glob("*/**/*.*")}
    assert folders <= MAY_INCLUDE.keys()


def test_includes_point_down() -> None:
    wrong = []
    for path in sources(CPP, ["cpp"]):
        folder, _, file = str(path.relative_to(LIBRARY)).partition("/")
        allowed = reachable(folder) if file else MAY_INCLUDE.keys()
        for included in INCLUDE.findall(path.read_text()):
            root, _, rest = included.partition("/")
            if root == "covector" and rest.partition("/")[0] not in allowed:
                wrong.append(f"{path.relative_to(ROOT)} includes {included}")
    assert wrong == []


def test_own_headers_are_included_from_the_root() -> None:
    """`"covector/..."` always: otherwise the test above could not see them."""
    own = {p.name for p in sources({".h"}, ["cpp"])}
    wrong = [
        f"{path.relative_to(ROOT)} includes {included}"
        for path in sources(CPP, ["cpp", "python"])
        for included in INCLUDE.findall(path.read_text())
        if included.rpartition("/")[2] in own
        and not included.startswith(("covector/", "bindings/"))
        and not (path.parent / included).is_relative_to(ROOT / "python")
    ]
    assert wrong == []


def test_library_knows_nothing_of_python() -> None:
    python = re.compile(r"Python\.h|pybind11|PyObject|\bPy_\w+")
    assert [str(p) for p in sources(CPP, ["cpp"]) if python.search(p.read_text())] == []


def test_library_avoids_heavy_headers() -> None:
    """Streams and regular expressions cost build time and start-up; base/error.h builds text."""
    heavy = {"iostream", "sstream", "fstream", "regex", "iomanip"}
    wrong = [
        f"{path.relative_to(ROOT)} includes {included}"
        for path in sources(CPP, ["cpp", "python"])
        for included in INCLUDE.findall(path.read_text())
        if included in heavy
    ]
    assert wrong == []


def test_no_macros() -> None:
    allowed = {"PY_SSIZE_T_CLEAN"}  # what Python.h asks for
    wrong = [
        f"{path.relative_to(ROOT)} defines {name}"
        for path in sources(CPP, ["cpp", "python"])
        for name in re.findall(r"^\s*#\s*define\s+(\w+)", path.read_text(), re.MULTILINE)
        if name not in allowed
    ]
    assert wrong == []
