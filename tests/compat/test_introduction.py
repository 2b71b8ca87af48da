"""The introduction prints the same on Covector and on JAX, and draws its plot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "introduction.py"

# What the text of the introduction promises, whichever library runs it.
PROMISES = [
    "ArrayImpl float32 (100,)",
    "arr.sort() returns a copy: [1 2 3] and leaves [3 1 2]",
    "x.at[0].set(1): [1 1 2 3 4] and leaves [0 1 2 3 4]",
    "TypeError: True",
    "key [ 0 42]",
    "split [2465931498 3679230171]",
    "split [255383827 267815257]",
    "x[11] is clamped: 9.0",
    "or filled: nan",
    "TracerBoolConversionError names this file: True",
    "with respect to x: [4. 5. 6.]",
    "with respect to y: [0. 1. 2.]",
    "of a gradient: 2.0",
    "one vector: [11. 20. 29.]",
    "5 leaves: [1, 2, 3, 4, 5]",
    "slope 2.01, offset 9.96",
]


def introduce(library: str, plot: Path) -> list[str]:
    command = [sys.executable, str(SCRIPT), "--library", library, "--plot", str(plot)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    plot = tmp_path_factory.mktemp("introduction") / "fit.png"
    return introduce("covector", plot), plot


def test_keeps_its_promises(printed: tuple[list[str], Path]) -> None:
    lines, _ = printed
    assert [p for p in PROMISES if p not in lines] == []


def test_traces_once_per_type(printed: tuple[list[str], Path]) -> None:
    lines, _ = printed
    calls = [line for line in lines if line.startswith(("I'm being traced!", "call with"))]
    traced = [i for i, line in enumerate(calls) if line.startswith("I'm being")]
    assert traced == [0, 3]
    assert len(calls) == 5


def test_draws_the_fit(printed: tuple[list[str], Path]) -> None:
    _, plot = printed
    data = plot.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(data) > 5000


def test_prints_what_jax_prints(printed: tuple[list[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("jax")
    lines, _ = printed
    assert lines == introduce("jax", tmp_path / "fit.png")
