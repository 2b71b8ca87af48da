"""`import jax` gives Covector after install_as_jax()."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def run(code: str, tmp_path: Path, **environment: str) -> str:
    """What a program prints. It runs in a process of its own, where no JAX has been imported."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


INSTALL = "from covector.compat import install_as_jax; install_as_jax()\n"


def test_modules_are_the_same(tmp_path: Path) -> None:
    code = """
    import covector
    import jax, jax.numpy as jnp, jax.lax, jax.tree_util, jax.random
    from jax import config, jit, numpy, stages, tree
    from jax.errors import TracerBoolConversionError
    import jax.custom_derivatives as derivatives
    import covector.numpy, covector.errors
    assert jax is covector
    assert jnp is jax.numpy is numpy is covector.numpy
    assert jax.lax is covector.lax and tree is covector.tree
    assert jit is covector.jit and config is covector.config
    assert TracerBoolConversionError is covector.errors.TracerBoolConversionError
    assert derivatives.custom_jvp is covector.custom_jvp
    assert jnp.__name__ == jnp.__spec__.name == "covector.numpy"
    import importlib
    assert importlib.import_module("jax.numpy") is jnp
    print(jax.grad(lambda x: jnp.sum(x**2))(jnp.arange(3.0)))
    """
    assert run(INSTALL + textwrap.dedent(code), tmp_path) == "[0. 2. 4.]"


@pytest.mark.smoke
def test_versions(tmp_path: Path) -> None:
    code = """
    import importlib.metadata
    import jax
    print(jax.__version__, jax.__version_info__, jax.version.__version__)
    print(importlib.metadata.version("jax"), importlib.metadata.version("jaxlib"))
    print(importlib.metadata.distribution("jax").metadata["Name"])
    importlib.metadata.version("numpy")
    """
    shown = run(INSTALL + textwrap.dedent(code), tmp_path).splitlines()
    assert shown == ["0.10.2 (0, 10, 2) 0.10.2", "0.10.2 0.10.2", "jax"]


def test_what_is_missing_is_missing(tmp_path: Path) -> None:
    code = """
    import jax
    print(hasattr(jax, "no_such_function"), hasattr(jax, "_api"))
    for name in ("jax.no_such_module", "jax._jit", "jax._src.no_such_module", "jax.numpy._array"):
        try:
            __import__(name)
        except ModuleNotFoundError as e:
            print(e.name == name, type(e).__name__)
    try:
        from jax import no_such_function
    except ImportError as e:
        print("ImportError")
    """
    shown = run(INSTALL + textwrap.dedent(code), tmp_path).splitlines()
    assert shown == ["False False", *["True ModuleNotFoundError"] * 4, "ImportError"]


def test_private_names_that_libraries_use(tmp_path: Path) -> None:
    code = """
    import jax
    from jax._src import traceback_util
    import jax._src.core as core
    from jax._src.dtypes import TypePromotionError
    import jax._src.tree_util as tree_util
    traceback_util.register_exclusion(__file__)
    assert traceback_util.api_boundary(len) is len
    assert core.Tracer is jax.core.Tracer
    assert core.trace_state_clean()
    assert TypePromotionError is jax.errors.TypePromotionError

    class Mine(core.Tracer):
        pass

    try:
        Mine()
    except TypeError as error:
        assert "cannot create" in str(error)
    print(len(tree_util.prefix_errors((0, 0), (1, 2, 3))))
    """
    assert run(INSTALL + textwrap.dedent(code), tmp_path) == "1"


def test_private_classes_that_libraries_derive_from(tmp_path: Path) -> None:
    code = """
    import jax
    from jax._src import dtypes, dispatch, flatten_util

    class Scaled(dtypes.ExtendedDType):
        type = dtypes.extended

    key = jax.random.key(0)
    assert isinstance(Scaled(), dtypes.ExtendedDType)
    assert isinstance(key.dtype, dtypes.ExtendedDType)
    assert not isinstance(jax.numpy.ones(1).dtype, dtypes.ExtendedDType)
    assert dispatch.wait_for_tokens() is None
    print(flatten_util.ravel_pytree((1.0, 2.0))[0].shape)
    """
    assert run(INSTALL + textwrap.dedent(code), tmp_path) == "(2,)"


def test_random_numbers_are_those_of_jax(tmp_path: Path) -> None:
    code = """
    import jax
    print(jax.config.jax_threefry_partitionable, jax.random.split(jax.random.PRNGKey(42)).tolist())
    """
    jax_default = "True [[1832780943, 270669613], [64467757, 2916123636]]"
    native_default = "False [[2465931498, 3679230171], [255383827, 267815257]]"
    assert run(INSTALL + textwrap.dedent(code), tmp_path) == jax_default
    chosen = run(INSTALL + textwrap.dedent(code), tmp_path, COVECTOR_THREEFRY_PARTITIONABLE="0")
    assert chosen == native_default
    assert run(code.replace("import jax", "import covector as jax"), tmp_path) == native_default


def test_twice_is_once(tmp_path: Path) -> None:
    code = """
    import sys
    install_as_jax()
    print(sum(type(f).__name__ == "AliasFinder" for f in sys.meta_path))
    """
    assert run(INSTALL + textwrap.dedent(code), tmp_path) == "1"


def test_too_late(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    code = """
    import jax
    from covector.compat import install_as_jax
    try:
        install_as_jax()
    except RuntimeError as e:
        print(e)
    """
    assert "imported already" in run(code, tmp_path)


def test_import_is_lazy_and_starts_nothing(tmp_path: Path) -> None:
    code = """
    import sys
    import covector, covector.numpy
    late = ["importlib.metadata", "logging", "covector.compat", "covector.random", "covector.nn"]
    print([m for m in late if m in sys.modules and m not in before])
    print(covector._core.compile_cache_stats()["misses"], covector._core.live_buffers())
    import threading
    print(threading.active_count())
    """
    shown = run("import sys, numpy; before = set(sys.modules)\n" + textwrap.dedent(code), tmp_path)
    assert shown.splitlines() == ["[]", "0 0", "1"]


def test_lists_what_there_is(tmp_path: Path) -> None:
    code = """
    import covector
    print({"numpy", "lax", "random", "grad", "tree_util"} <= set(dir(covector)))
    print(hasattr(covector, "no_such_name"))
    """
    assert run(code, tmp_path).splitlines() == ["True", "False"]


def test_compiling_can_be_forbidden(tmp_path: Path) -> None:
    code = """
    import jax
    from jax._src import compiler
    compile_for = compiler.backend_compile_and_load
    asked = []
    def forbid(backend, *args, **kwargs):
        asked.append(backend.platform)
        raise RuntimeError("not now")
    compiler.backend_compile_and_load = forbid
    double = jax.jit(lambda x: 2 * x)
    try:
        double(3.0)
    except RuntimeError as e:
        print(asked == [jax.default_backend()], "not now" in str(e))
    compiler.backend_compile_and_load = compile_for
    print(double(3.0))
    """
    assert run(INSTALL + textwrap.dedent(code), tmp_path).splitlines() == ["True True", "6.0"]


def test_frames_of_libraries_are_known(tmp_path: Path) -> None:
    code = """
    import sys
    import jax
    from jax._src import traceback_util
    frame = sys._getframe()
    inside = []
    jax.named_call(lambda: inside.append(sys._getframe(1)), name="f")()
    print(traceback_util.include_frame(frame), traceback_util.include_frame(inside[0]))
    traceback_util.register_exclusion(__file__)
    print(traceback_util.include_frame(frame))
    """
    shown = run(INSTALL + textwrap.dedent(code), tmp_path).splitlines()
    assert shown == ["True False", "False"]
