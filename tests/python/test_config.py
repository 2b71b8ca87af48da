"""Options: names, values, environment, threads, and that they do what they say."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import config
from python.api_oracle import assert_agrees, assert_fails_alike


@pytest.fixture(autouse=True)
def unchanged_options() -> Iterator[None]:
    before = config.values
    yield
    changed = {k: v for k, v in before.items() if config.read(k) != v}
    for name, value in changed.items():
        config.update(name, value)


def in_new_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def test_names() -> None:
    config.update("jax_debug_infs", True)
    assert config.covector_debug_infs is config.jax_debug_infs is config.debug_infs is True
    assert config.read("covector_debug_infs") is True
    config.update("covector_debug_infs", False)
    assert config.values["covector_debug_infs"] is False
    assert {"debug_infs", "jax_debug_infs", "update"} <= set(dir(config))


def test_defaults_are_those_of_jax() -> None:
    import jax

    for name in ("enable_x64", "debug_nans", "debug_infs", "disable_jit", "log_compiles"):
        assert config.read(name) == jax.config.values[f"jax_{name}"], name
    for name in ("numpy_rank_promotion", "default_matmul_precision", "default_prng_impl"):
        assert config.read(name) == jax.config.values[f"jax_{name}"], name
    assert config.numpy_dtype_promotion == "standard"
    assert config.threefry_partitionable is False


ERRORS: dict[str, tuple[Any, ...]] = {
    "unknown": (lambda jax: jax.config.update("jax_foo", 1), "jax_foo"),
    "unknown to read": (lambda jax: jax.config.jax_foo, "jax_foo"),
    "assignment": (lambda jax: setattr(jax.config, "jax_enable_x64", True),),
    "rank promotion": (lambda jax: jax.config.update("jax_numpy_rank_promotion", "foo"), "allow"),
    "dtype promotion": (
        lambda jax: jax.config.update("jax_numpy_dtype_promotion", "foo"),
        "strict",
    ),
    "precision": (lambda jax: jax.config.update("jax_default_matmul_precision", "foo"), "highest"),
    "precision of a list": (lambda jax: jax.config.update("jax_default_matmul_precision", []),),
    "precision in a block": (lambda jax: jax.default_matmul_precision("foo"), "tensorfloat32"),
    "device": (lambda jax: jax.default_device(3).__enter__(), "platform", "3"),
    "a block without a value": (lambda jax: jax.default_matmul_precision().__enter__(), "value"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


@pytest.mark.smoke
def test_enable_x64() -> None:
    assert jnp.arange(3).dtype == np.int32
    with covector.enable_x64():
        assert jnp.arange(3).dtype == np.int64
        with covector.enable_x64(False):
            assert jnp.arange(3).dtype == np.int32
        assert jnp.arange(3).dtype == np.int64
    assert jnp.arange(3).dtype == np.int32
    config.update("jax_enable_x64", True)
    assert jnp.arange(3).dtype == np.int64


def test_programs_are_made_anew_for_other_options() -> None:
    f = covector.jit(lambda x: x + 1)
    assert f(np.arange(2)).dtype == np.int32
    with covector.enable_x64():
        assert f(np.arange(2)).dtype == np.int64
    assert f(np.arange(2)).dtype == np.int32


def test_blocks_are_decorators_and_can_be_entered_twice() -> None:
    block = covector.enable_x64()

    @block
    def dtype() -> Any:
        return jnp.arange(3).dtype

    with block, block:
        assert dtype() == np.int64
    assert config.enable_x64 is False


def test_a_block_ends_with_an_error() -> None:
    with pytest.raises(RuntimeError), covector.enable_x64():
        raise RuntimeError
    assert config.enable_x64 is False


def test_a_block_is_for_its_thread() -> None:
    seen: list[Any] = []
    with covector.enable_x64():
        thread = threading.Thread(target=lambda: seen.append(config.enable_x64))
        thread.start()
        thread.join()
        assert config.enable_x64 is True
    assert seen == [False]


def test_an_update_reaches_other_threads_but_no_block() -> None:
    with covector.enable_x64(False):
        config.update("enable_x64", True)
        assert config.enable_x64 is False
        seen: list[Any] = []
        thread = threading.Thread(target=lambda: seen.append(jnp.arange(3).dtype))
        thread.start()
        thread.join()
    assert seen == [np.dtype("int64")]


def test_disable_jit() -> None:
    shown = []
    f = covector.jit(lambda x: shown.append(type(x)) or x + 1)
    with covector.disable_jit():
        f(jnp.ones(2))
        with covector.disable_jit(False):
            f(jnp.ones(2))
    assert [issubclass(t, covector.core.Tracer) for t in shown] == [False, True]


def test_debug_nans() -> None:
    assert_fails_alike(lambda jax: with_block(jax.debug_nans(True), lambda: jax.numpy.log(-1.0)))
    assert_fails_alike(
        lambda jax: with_block(
            jax.debug_nans(True), lambda: jax.jit(lambda x: jax.numpy.log(x))(-1.0)
        )
    )
    assert_fails_alike(lambda jax: with_block(jax.debug_infs(True), lambda: jax.numpy.log(0.0)))


def with_block(block: Any, f: Any) -> Any:
    with block:
        return f()


def test_rank_promotion() -> None:
    x, m = np.ones(3, np.float32), np.ones((2, 3), np.float32)

    def add(jax: Any) -> Any:
        return jax.numpy.add(x, m)

    assert_fails_alike(lambda jax: with_block(jax.numpy_rank_promotion("raise"), lambda: add(jax)))
    assert_agrees(lambda jax: with_block(jax.numpy_rank_promotion("allow"), lambda: add(jax)))


def test_dtype_promotion() -> None:
    x, n = np.ones(3, np.float32), np.ones(3, np.int32)
    assert_fails_alike(
        lambda jax: with_block(jax.numpy_dtype_promotion("strict"), lambda: jax.numpy.add(x, n))
    )
    assert_agrees(
        lambda jax: with_block(jax.numpy_dtype_promotion("strict"), lambda: jax.numpy.add(x, 2))
    )


@pytest.mark.parametrize("precision", [None, "high", "float32", "bfloat16"])
def test_matmul_precision(precision: str | None) -> None:
    m = np.ones((2, 2), np.float32)
    assert_agrees(
        lambda jax: with_block(
            jax.default_matmul_precision(precision),
            lambda: (
                jax.config.jax_default_matmul_precision,
                str(jax.make_jaxpr(jax.numpy.matmul)(m, m)),
            ),
        )
    )


def test_default_device() -> None:
    device = covector.devices("cpu")[0]
    with covector.default_device(device):
        assert config.default_device is device
        x = jnp.ones(2)
    with covector.default_device("cpu"):
        y = jnp.ones(2)
    assert x.devices() == y.devices() == {device}
    assert config.default_device is None


def test_log_compiles(caplog: pytest.LogCaptureFixture) -> None:
    def unlikely_name(x: Any) -> Any:
        return x * 12345.0

    with caplog.at_level(logging.WARNING, "covector"), covector.log_compiles():
        covector.jit(unlikely_name)(jnp.ones(7))
    assert any("unlikely_name" in r.getMessage() for r in caplog.records)
    caplog.clear()
    with caplog.at_level(logging.WARNING, "covector"):
        covector.jit(lambda x: x * 54321.0)(jnp.ones(7))
    assert caplog.records == []


READ = "import covector, json; print(json.dumps(covector.config.values, default=str))"


def test_environment() -> None:
    values = json.loads(
        in_new_process(
            READ,
            COVECTOR_ENABLE_X64="1",
            JAX_ENABLE_X64="0",
            JAX_DEBUG_NANS="true",
            JAX_NUMPY_RANK_PROMOTION="warn",
            COVECTOR_NUM_CPU_DEVICES="3",
        )
    )
    assert values["covector_enable_x64"] is True
    assert values["covector_debug_nans"] is True
    assert values["covector_numpy_rank_promotion"] == "warn"
    assert values["covector_num_cpu_devices"] == 3
    assert values["covector_debug_infs"] is False


def test_wrong_environment_names_the_variable() -> None:
    message = in_new_process("import covector", COVECTOR_ENABLE_X64="maybe")
    assert message.startswith("ValueError: environment variable COVECTOR_ENABLE_X64='maybe'")
    message = in_new_process("import covector", JAX_NUMPY_RANK_PROMOTION="maybe")
    assert "JAX_NUMPY_RANK_PROMOTION='maybe'" in message
    assert "'allow', 'warn', 'raise'" in message


def test_number_of_devices() -> None:
    code = "import covector; print(covector.device_count('cpu'))"
    assert in_new_process(code, JAX_NUM_CPU_DEVICES="3") == "3"
    late = "import covector; covector.devices(); covector.config.update('jax_num_cpu_devices', 2)"
    assert in_new_process(late).startswith("RuntimeError")


def test_platforms() -> None:
    code = "import covector; print(covector.default_backend())"
    assert in_new_process(code, JAX_PLATFORMS="cpu") == "cpu"
    assert "RuntimeError" in in_new_process(code, JAX_PLATFORMS="nonsense")


def test_flags_of_absl() -> None:
    pytest.importorskip("absl")
    code = """
import sys
import covector
sys.argv = ["program", "--jax_enable_x64", "--unknown=1", "--covector_numpy_rank_promotion=warn"]
covector.config.parse_flags_with_absl()
print(covector.config.enable_x64, covector.config.numpy_rank_promotion)
"""
    assert in_new_process(code) == "True warn"
