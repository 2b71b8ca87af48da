"""What type checkers see of the package, in a program that is strict about types."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codebase.measure import ROOT

PROGRAM = ROOT / "tests" / "typing" / "calls.py"
LINE = re.compile(rf'{PROGRAM.name}:(\d+): (?:note: Revealed type is "(.*)"|(error: .*))')


@pytest.mark.slow
def test_types_of_calls(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}"),
        *("--follow-imports=silent", str(PROGRAM)),
    ]
    environment = {"MYPYPATH": str(ROOT / "python")}
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    found = {int(n): revealed or error for n, revealed, error in LINE.findall(run.stdout)}
    seen = {n: text.replace("covector._core.", "") for n, text in found.items()}
    lines = enumerate(PROGRAM.read_text().splitlines(), 1)
    want = {n: line.partition("  # ")[2] for n, line in lines if line.lstrip().startswith("reveal")}
    assert len(want) >= 40, run.stderr
    assert seen == want
