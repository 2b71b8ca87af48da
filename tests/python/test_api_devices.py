"""Devices, and moving arrays to and from them, compared with JAX's."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.sharding import Sharding, SingleDeviceSharding
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(3.0, dtype=np.float32)

PROGRAMS = {
    "device_put": lambda jax: jax.device_put([1, 2.0, {"a": X, "b": None}]),
    "device_put to a device": lambda jax: jax.device_put(X, jax.devices()[0]),
    "device_put to a tree": lambda jax: jax.device_put((X, X), (jax.devices()[0], None)),
    "device_put to a sharding": lambda jax: jax.device_put(
        X, jax.sharding.SingleDeviceSharding(jax.devices()[0])
    ),
    "device_put of int64": lambda jax: jax.device_put(np.arange(3)),
    "device_put in jit": lambda jax: jax.jit(lambda x: jax.device_put(x, jax.devices()[0]) + 1)(X),
    "device_put in grad": lambda jax: jax.grad(lambda x: jax.device_put(x) * x)(2.0),
    "committed": lambda jax: [
        jax.device_put(x, d).committed for x in (1.0, X) for d in (None, jax.devices()[0])
    ],
    "same object": lambda jax: (lambda x: jax.device_put(x) is x)(jax.numpy.ones(3)),
    "device_get": lambda jax: jax.device_get([jax.numpy.ones(2), 1, "a", 2.0, X, None]),
    "block_until_ready": lambda jax: jax.block_until_ready([jax.numpy.ones(2), 1, "a"]),
    "copy_to_host_async": lambda jax: jax.copy_to_host_async([jax.numpy.ones(2)]),
    "block_until_ready in jit": lambda jax: jax.jit(lambda x: jax.block_until_ready(x))(X),
    "device_get in jit": lambda jax: jax.jit(lambda x: jax.device_get(x))(X),
    "devices": lambda jax: [repr(d) for d in jax.devices("cpu")],
    "device": lambda jax: (lambda d: (d.id, d.platform, d.device_kind, d.process_index))(
        jax.devices("cpu")[0]
    ),
    "counts": lambda jax: (
        jax.device_count("cpu"),
        jax.local_device_count("cpu"),
        jax.process_count(),
        jax.process_index(),
        list(jax.process_indices()),
        jax.default_backend(),
        len(jax.local_devices(process_index=0)),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_devices(name: str) -> None:
    assert_agrees(PROGRAMS[name])


ERRORS: dict[str, tuple[Any, ...]] = {
    "text": (lambda jax: jax.device_put("a"), "str"),
    "to text": (lambda jax: jax.device_put(1, "cpu"), "cpu"),
    "to a number": (lambda jax: jax.device_put(1, 3), "3"),
    "to another tree": (
        lambda jax: jax.device_put((X, X), (jax.devices()[0], None, None)),
        "device_put device",
        "tuple of length 3",
    ),
    "no platform": (lambda jax: jax.devices("foo"), "foo"),
    "no process": (lambda jax: jax.local_devices(process_index=3), "3"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_sharding_of_one_device() -> None:
    device = covector.devices("cpu")[0]
    sharding = SingleDeviceSharding(device)
    assert isinstance(sharding, Sharding)
    assert sharding == SingleDeviceSharding(device)
    assert hash(sharding) == hash(SingleDeviceSharding(device))
    assert sharding.device_set == {device} == sharding.addressable_devices
    assert sharding.is_fully_addressable
    assert sharding.is_fully_replicated
    assert sharding.shard_shape((2, 3)) == (2, 3)
    assert sharding.devices_indices_map((2, 3)) == {device: (slice(None), slice(None))}
    with pytest.raises(TypeError, match="device"):
        SingleDeviceSharding("cpu")
    with pytest.raises(ValueError, match="memory_kind"):
        SingleDeviceSharding(device, memory_kind="disk")


def test_device_get_gives_numpy() -> None:
    got = covector.device_get({"a": jnp.arange(3)})
    assert type(got["a"]) is np.ndarray
    assert got["a"].tolist() == [0, 1, 2]
