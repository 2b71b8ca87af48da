"""Pickles of devices, shardings, keys and jitted functions."""

import operator
import pickle
from typing import Any

import numpy as np
import pytest

import covector
from covector import _core
from covector.sharding import Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding
from python.api_oracle import assert_agrees, assert_fails_alike


def again(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


def test_devices_are_those_of_the_reader() -> None:
    device = covector.devices("cpu")[0]
    assert again(device) is device
    text = pickle.dumps(device).replace(b"cpu", b"tpx")
    with pytest.raises(RuntimeError):
        pickle.loads(text)
    with pytest.raises(RuntimeError, match="device 77"):
        covector._pickling.restore_device("cpu", 77)


def test_shardings() -> None:
    device = covector.devices("cpu")[0]
    for sharding in (
        SingleDeviceSharding(device),
        NamedSharding(Mesh(np.array([device]), "d"), PartitionSpec("d")),
    ):
        assert again(sharding) == sharding


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg"])
def test_keys_keep_their_generator(impl: str) -> None:
    keys = covector.random.split(covector.random.key(3, impl=impl), 2)
    read = again(keys)
    assert read.dtype == keys.dtype
    assert read.shape == keys.shape
    np.testing.assert_array_equal(
        covector.random.key_data(read), covector.random.key_data(keys), strict=True
    )


def test_jitted_functions() -> None:
    assert again(covector.jit(operator.mul))(np.float32(3), 2.0) == 6.0
    f = covector.jit(operator.index, static_argnums=0)
    f(7)
    read = again(f)
    assert isinstance(read, _core.JitFunction)
    assert read._cache_size() == 0
    assert read(7) == 7
    assert read.lower(7).as_text() == f.lower(7).as_text()


def test_traced_arrays_are_not_pickled() -> None:
    assert_fails_alike(lambda jax: jax.jit(pickle.dumps)(0), "A traced array cannot be pickled")


def test_memories() -> None:
    device = covector.devices("cpu")[0]
    (only,) = device.addressable_memories()
    assert only == device.default_memory() == device.memory("device")
    assert only.kind == SingleDeviceSharding(device).memory_kind
    assert only.addressable_by_devices() == [device]
    assert (only.platform, only.process_index) == (device.platform, device.process_index)
    assert_fails_alike(lambda jax: jax.devices()[0].memory("none"), "Could not find memory")


def test_raw_keys_can_be_forbidden() -> None:
    def draw(jax: Any, value: str) -> Any:
        with jax.legacy_prng_key(value):
            keys = jax.random.PRNGKey(0), jax.random.key(0)
            return [jax.random.uniform(k).shape for k in keys]

    assert_agrees(lambda jax: draw(jax, "allow"))
    assert_fails_alike(lambda jax: draw(jax, "error"), "Legacy uint32 key array")
    with pytest.warns(UserWarning, match="Legacy uint32 key array"):
        draw(covector, "warn")
    with covector.legacy_prng_key("error"):
        covector.random.uniform(covector.random.key(0))
