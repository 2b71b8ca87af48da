"""`python -m covector`, as a user calls it."""

import subprocess
import sys
from pathlib import Path

import covector

PROGRAM = """\
import sys
import jax
import jax.numpy as jnp
from jax import lax, random
import covector

print(__name__, sys.argv[1:], beside.NAME if (beside := __import__("beside")) else None)
print(jnp is covector.numpy, jax.grad is covector.grad, lax.add is covector.lax.add)
"""


def covector_command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "covector", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def write_program(folder: Path) -> Path:
    folder.mkdir()
    (folder / "beside.py").write_text("NAME = 'found'\n")
    program = folder / "program.py"
    program.write_text(PROGRAM)
    return program


def test_cmakedir(tmp_path: Path) -> None:
    out = covector_command("--cmakedir", cwd=tmp_path)
    assert (Path(out.stdout.strip()) / "covectorConfig.cmake").is_file(), out.stderr


def test_version(tmp_path: Path) -> None:
    out = covector_command("--version", cwd=tmp_path)
    assert out.stdout.strip() == covector.__version__


def test_run_file(tmp_path: Path) -> None:
    program = write_program(tmp_path / "there")
    out = covector_command("run", str(program), "-m", "--cmakedir", cwd=tmp_path)
    assert out.stderr == ""
    assert out.stdout == "__main__ ['-m', '--cmakedir'] found\nTrue True True\n"


def test_run_module(tmp_path: Path) -> None:
    write_program(tmp_path / "here")
    out = covector_command("run", "-m", "program", "1", cwd=tmp_path / "here")
    assert out.stderr == ""
    assert out.stdout == "__main__ ['1'] found\nTrue True True\n"


def test_exit_status_and_traceback_are_the_programs(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("raise SystemExit(7)\n")
    assert covector_command("run", "bad.py", cwd=tmp_path).returncode == 7


def test_nothing_to_do(tmp_path: Path) -> None:
    out = covector_command(cwd=tmp_path)
    assert out.returncode == 2
    assert "run FILE" in out.stderr
