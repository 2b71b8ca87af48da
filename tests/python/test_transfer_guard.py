"""Guards against transfers that nobody asked for, and the arrays that are alive."""

import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jax_numpy
import numpy as np
import pytest

import covector
import covector.numpy as jnp

LEVELS = ("allow", "log", "disallow", "log_explicit", "disallow_explicit")
CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "device_put of NumPy": lambda m, x, f: m.device_put(np.ones(10)),
    "device_put of a number": lambda m, x, f: m.device_put(1.0),
    "jit of NumPy": lambda m, x, f: f(np.ones(3, "float32")),
    "jit of a number": lambda m, x, f: f(1.0),
    "jit": lambda m, x, f: f(x),
    "constants in jit": lambda m, x, f: m.jit(lambda x: x + np.ones(3) * 2.0)(x),
    "ones": lambda m, x, f: m.numpy.ones(1),
    "asarray of a list": lambda m, x, f: m.numpy.asarray([1, 2]),
    "asarray of NumPy": lambda m, x, f: m.numpy.asarray(np.ones(2)),
    "plus a number": lambda m, x, f: x + 1,
    "plus an array": lambda m, x, f: x + x,
    "sin of a number": lambda m, x, f: m.numpy.sin(1.0),
    "sin": lambda m, x, f: m.numpy.sin(x),
    "full": lambda m, x, f: m.numpy.full(3, 2.0),
    "a scalar": lambda m, x, f: m.numpy.int32(1),
    "device_get": lambda m, x, f: m.device_get(x),
    "to NumPy": lambda m, x, f: np.asarray(x),
    "str": lambda m, x, f: str(x),
}


@pytest.mark.parametrize("direction", ["host_to_device", "device_to_device", "device_to_host"])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_refused_is_as_in_jax(direction: str, level: str) -> None:
    def refused(m: Any, numpy: Any) -> dict[str, bool]:
        x = numpy.ones(3) * 2
        f = m.jit(lambda x: x * 2)
        for argument in (x, 1.0):
            f(argument)
        found = {}
        start = f"INVALID_ARGUMENT: Disallowed {direction.replace('_', '-')} transfer: aval"
        for name, case in CASES.items():
            with getattr(m, f"transfer_guard_{direction}")(level):
                try:
                    case(m, x, f)
                except m.errors.JaxRuntimeError as error:
                    found[name] = str(error).startswith(start)
        return found

    ours = refused(covector, jnp)
    assert ours == refused(jax, jax_numpy)
    assert all(ours.values())


def test_blocks_nest() -> None:
    with covector.transfer_guard("disallow"):
        with covector.transfer_guard("allow"):
            jnp.ones(1)
        with covector.transfer_guard_host_to_device("allow"):
            jnp.ones(1)
            assert covector.config.jax_transfer_guard_host_to_device == "allow"
            assert covector.config.jax_transfer_guard_device_to_host == "disallow"
        with pytest.raises(covector.errors.JaxRuntimeError, match="Disallowed host-to-device"):
            jnp.ones(1)
    assert covector.config.transfer_guard_host_to_device is None
    jnp.ones(1)


def test_the_option_sets_all_directions_for_all_threads() -> None:
    failures: list[Exception] = []

    def import_one() -> None:
        try:
            jnp.asarray(np.ones(2))
        except Exception as error:
            failures.append(error)

    covector.config.update("jax_transfer_guard", "disallow")
    try:
        assert covector.config.transfer_guard_device_to_host == "disallow"
        thread = threading.Thread(target=import_one)
        thread.start()
        thread.join()
    finally:
        covector.config.update("jax_transfer_guard", None)
    assert [type(e) for e in failures] == [covector.errors.JaxRuntimeError]
    import_one()
    assert len(failures) == 1


def test_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), covector.transfer_guard("log"):
        covector.device_put(np.ones(3))
        assert not caplog.records
        jnp.asarray(np.ones(3, "float32"))
    assert [r.message for r in caplog.records] == ["host-to-device transfer: aval=f32[3]"]


def test_environment_and_bad_levels() -> None:
    with pytest.raises(ValueError, match="transfer_guard"), covector.transfer_guard("never"):
        pass
    with pytest.raises(ValueError, match="transfer_guard_host_to_device"):
        covector.transfer_guard_host_to_device("never")
    program = (
        "import covector, numpy as np\n"
        "try: covector.numpy.asarray(np.ones(2))\n"
        "except covector.errors.JaxRuntimeError: print('refused')"
    )
    out = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "JAX_TRANSFER_GUARD": "disallow"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout == "refused\n"


def test_live_arrays_are_those_that_are_held() -> None:
    gc.collect()
    before = len(covector.live_arrays())
    x = jnp.arange(5)
    y = [x * i for i in range(3)]
    live = covector.live_arrays()
    assert len(live) == before + 4
    assert any(a is x for a in live)
    assert len(covector.live_arrays("cpu")) == len(live)
    del live
    y.pop()
    x.delete()
    assert len(covector.live_arrays()) == before + 2
    y.clear()
    assert len(covector.live_arrays()) == before
    with pytest.raises(RuntimeError):
        covector.live_arrays("no such platform")


def test_live_arrays_leaves_out_tracers() -> None:
    seen = []

    def f(x: Any) -> Any:
        seen.append(any(a is x for a in covector.live_arrays()))
        return x

    covector.jit(f)(jnp.ones(2))
    assert seen == [False]
