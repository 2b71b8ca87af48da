"""Libraries written for JAX run on Covector unchanged, with the same results.

`scripts/libraries` installs them and runs this; the ordinary test run leaves it out.
"""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(p.stem for p in (HERE / "programs").glob("*.py"))

pytestmark = pytest.mark.libraries


def outcome(program: str, library: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "run_program.py"), program, library]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("program", PROGRAMS)
def test_library_runs_unchanged(program: str, record_property: Any) -> None:
    ours, theirs = outcome(program, "covector"), outcome(program, "jax")
    assert ours["results"].keys() == theirs["results"].keys()
    worst = 0.0
    for name, want in theirs["results"].items():
        got, want = np.asarray(ours["results"][name]), np.asarray(want)
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-5, err_msg=name)
        worst = max(worst, float(np.max(np.abs(got - want), initial=0)))
    name = program.split("_")[1]
    distribution = {"haiku": "dm-haiku"}.get(name, name)
    version = importlib.metadata.version(distribution)
    ratio = theirs["seconds"] / ours["seconds"]
    print(f"\n{distribution} {version}: differs by {worst:.1e} at most, {ratio:.1f}x JAX's speed")
    record_property("difference", worst)
