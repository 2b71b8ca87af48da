"""The page of primitives is the one that its script writes; JAX's rules are all there."""

import subprocess
import sys

import pytest

from codebase.measure import ROOT


@pytest.mark.parametrize("option", ["--check", "--compare"])
def test_page_of_primitives(option: str) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "primitives_page.py"), option]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert ": no " not in run.stdout, run.stdout
