"""The stubs of the extension module are those that its functions' own signatures give."""

import subprocess
import sys

import pytest

from codebase.measure import ROOT


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="signatures print alike in one version")
def test_stubs_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "stubs.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
