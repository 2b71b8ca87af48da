"""A C++ program on the installed package: found by CMake, with no interpreter in the process."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "examples" / "embed"
# The build tools may be in the virtual environment without its being active.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
CMAKE = shutil.which("cmake", path=PATH)


def output(*command: object, **options: object) -> str:
    env = {**os.environ, "PATH": PATH}
    run = subprocess.run([*map(str, command)], capture_output=True, text=True, env=env, **options)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if CMAKE is None:
        pytest.skip("needs cmake")
    build = tmp_path_factory.mktemp("embed")
    cmake_dir = output(sys.executable, "-m", "covector", "--cmakedir").strip()
    output(CMAKE, "-S", SOURCE, "-B", build, f"-Dcovector_DIR={cmake_dir}")
    output(CMAKE, "--build", build)
    return build / "linear_model"


@pytest.mark.slow
def test_fits_the_linear_model(program: Path) -> None:
    assert re.findall(r"(slope|offset) (\d+\.\d\d)\b", output(program)) == [
        ("slope", "2.01"),
        ("offset", "9.96"),
    ]


@pytest.mark.slow
def test_links_no_python(program: Path) -> None:
    libraries = output("ldd", program)
    assert "libcovector.so" in libraries
    assert "python" not in re.sub(r"\S*/", "", libraries).lower()
    assert "not found" not in libraries
