"""A C++ program on the installed package: found by CMake, with no interpreter in the process."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
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


def directory_of_wheels() -> Path:
    plugin = importlib.util.find_spec("xla_plugins.xla_cpu_pjrt")
    assert plugin is not None
    assert plugin.origin is not None
    return Path(plugin.origin).parents[2]


@pytest.mark.slow
def test_fits_the_linear_model(program: Path) -> None:
    assert output(program, directory_of_wheels()) == "slope 2.01, offset 9.96\n"


def recurrent_network() -> Iterator[str]:
    """What examples/embed/recurrent.cpp prints, by JAX."""

    @jax.custom_vjp
    def clip(h: jax.Array) -> jax.Array:
        return h

    clip.defvjp(lambda h: (h, None), lambda _, ct: (jax.numpy.clip(ct, -0.5, 0.5),))

    def loss(w: jax.Array) -> jax.Array:
        def step(h: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
            h = clip(jax.numpy.tanh(w @ h + x))
            return h, h

        xs = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], np.float32)
        h, _ = jax.lax.scan(step, jax.numpy.zeros(2), xs)
        return jax.numpy.sum(h * h)

    w = np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)
    several = np.stack([w, np.eye(2, dtype=np.float32)])
    results = {
        "loss": loss(w),
        "gradient": jax.grad(loss)(w),
        "losses": jax.vmap(loss)(several),
        "gradients": jax.vmap(jax.grad(loss))(several),
    }
    for name, values in results.items():
        yield f"{name}: " + " ".join(f"{v:.4f}" for v in np.ravel(values))


@pytest.mark.slow
def test_differentiates_the_recurrent_network(program: Path) -> None:
    printed = output(program.parent / "recurrent", directory_of_wheels())
    assert printed.splitlines() == list(recurrent_network())


@pytest.mark.slow
def test_says_what_is_missing(program: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("COVECTOR_PLUGINS", "LD_LIBRARY_PATH")}
    run = subprocess.run([program, tmp_path], capture_output=True, text=True, env=env)
    assert run.returncode == 1
    head, *lines = run.stderr.splitlines()
    assert head == "linear_model: Unable to initialize any backend:"
    # A line for each platform, which says what to install.
    assert [line.split(":")[0] for line in lines] == ["  tpu", "  cuda", "  cpu"]
    assert all("pip install" in line for line in lines)
    assert "xla-cpu-pjrt" in lines[-1]


@pytest.mark.slow
def test_links_no_python(program: Path) -> None:
    libraries = output("ldd", program)
    assert "libcovector.so" in libraries
    assert "python" not in re.sub(r"\S*/", "", libraries).lower()
    assert "not found" not in libraries
