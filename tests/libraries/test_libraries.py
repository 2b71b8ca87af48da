"""Libraries written for JAX run on Covector unchanged, with the same results.

`scripts/libraries` installs them and runs this; the ordinary test run leaves it out.
"""

import ast
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(p.stem for p in (HERE / "programs").glob("*.py"))

pytestmark = pytest.mark.libraries


COLUMNS = "{:14}{:10}{:>12}{:>8}  {}"


@pytest.fixture(scope="module")
def table() -> Iterator[list[tuple[str, ...]]]:
    """Rows of what ran, printed at the end: seconds are JAX's divided by ours."""
    rows: list[tuple[str, ...]] = []
    yield rows
    print("\n" + COLUMNS.format("library", "version", "difference", "speed", "what ran"))
    for row in sorted(rows):
        print(COLUMNS.format(*row))


def what_runs(program: str) -> str:
    """The first line of the program's docstring, after the library's name."""
    doc = ast.get_docstring(ast.parse((HERE / "programs" / f"{program}.py").read_text())) or ""
    return doc.splitlines()[0].partition(": ")[2]


def outcome(program: str, library: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "run_program.py"), program, library]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("program", PROGRAMS)
def test_library_runs_unchanged(
    program: str, table: list[tuple[str, ...]], record_property: Any
) -> None:
    ours, theirs = outcome(program, "covector"), outcome(program, "jax")
    assert ours["results"].keys() == theirs["results"].keys()
    worst = 0.0
    for name, want in theirs["results"].items():
        got, want = (1 * np.asarray(x) for x in (ours["results"][name], want))  # no booleans
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-5, err_msg=name)
        worst = max(worst, float(np.max(np.abs(got - want), initial=0)))
    name = program.split("_")[1]
    distribution = {"haiku": "dm-haiku"}.get(name, name)
    version = importlib.metadata.version(distribution)
    ratio = theirs["seconds"] / ours["seconds"]
    table.append((distribution, version, f"{worst:.1e}", f"{ratio:.1f}x", what_runs(program)))
    record_property("difference", worst)
