"""Arrays whose elements are on several CPU devices, made and looked at as in JAX.

The number of devices is fixed when they are first used, so this runs in processes of its own: the
same program on both libraries, what it prints compared.
"""

import os
import subprocess
import sys

import pytest

START = """
import sys, {name} as jax, {name}.numpy as jnp, numpy as np
from {name}.sharding import Mesh, NamedSharding, PartitionSpec as P, SingleDeviceSharding
Sharding = jax.sharding.Sharding
mesh = Mesh(np.array(jax.devices()).reshape(4, 2), ("x", "y"))
data = np.arange(32.0, dtype=np.float32).reshape(8, 4)
def show(x):
    for s in x.addressable_shards:
        print(s.device.id, s.index, s.replica_id, s.data.shape, np.asarray(s.data).tolist())
def failure(f, *args):
    try:
        f(*args)
    except Exception as error:
        print(type(error).__name__)
    else:
        print("no error")
"""

PROGRAMS = {
    "constructor": """
s = NamedSharding(mesh, P("x"))
parts = [jax.device_put(data[i], d) for d, i in s.devices_indices_map((8, 4)).items()]
Impl, aval = type(parts[0]), jax.core.ShapedArray((8, 4), np.float32)
show(Impl(aval, s, parts, committed=True))
failure(lambda: Impl(aval, s, parts[:1], committed=True))
failure(lambda: Impl(jax.core.ShapedArray((8, 4), np.int32), s, parts, committed=True))
failure(lambda: Impl())
""",
    "device_put": """
for spec in (P("x", "y"), P("y"), P(None, "x"), P(("x", "y")), P(("y", "x")), P()):
    s = NamedSharding(mesh, spec)
    x = jax.device_put(data, s)
    show(x)
    print(x.sharding == s, x.committed, x.is_fully_replicated, x.is_fully_addressable)
    print(len(x.devices()))
    print(x.device == s, x.is_ready(), x.on_device_size_in_bytes(), x.shape, x.dtype, x.weak_type)
    np.testing.assert_array_equal(x, data)
    print(jax.device_put(x, s) is x)
    y = jax.device_put(x, NamedSharding(mesh, P(None, "y")))
    show(y)
    np.testing.assert_array_equal(jax.device_put(y, jax.devices()[3]), data)
failure(jax.device_put, data, NamedSharding(mesh, P(None, ("x", "y"))))
failure(jax.device_put, data, NamedSharding(mesh, P(None, None, "x")))
""",
    "callback": """
asked = []
def part(index):
    asked.append(index)
    return data[index]
for spec in (P("x", "y"), P()):
    x = jax.make_array_from_callback((8, 4), NamedSharding(mesh, spec), part)
    show(x)
    print(asked)
    asked.clear()
rows = NamedSharding(mesh, P("x"))
print(jax.make_array_from_callback((8, 4), rows, lambda i: np.int8(data[i])).dtype)
failure(jax.make_array_from_callback, (8, 4), rows, lambda i: data)
failure(jax.make_array_from_callback, (8, 4), rows, part, np.int32)
failure(jax.make_array_from_callback, (8, 4), "rows", part)
failure(jax.make_array_from_callback, (7, 4), rows, part)
def traced(x):
    return jax.make_array_from_callback((8, 4), rows, lambda i: x[i])
failure(jax.jit(traced), data)
""",
    "parts": """
s = NamedSharding(mesh, P("x", "y"))
places = s.addressable_devices_indices_map((8, 4))
parts = [jax.device_put(data[i], d) for d, i in places.items()]
make = jax.make_array_from_single_device_arrays
x = make((8, 4), s, parts)
show(x)
show(make((8, 4), s, tuple(parts[::-1])))
where = [s.data.unsafe_buffer_pointer() for s in x.addressable_shards]
print([p.unsafe_buffer_pointer() for p in parts] == where)
failure(make, (8, 4), s, parts[:3])
failure(make, (8, 4), s, [parts[0]] * 8)
failure(make, (8, 5), s, parts)
failure(make, (8, 4), s, [])
failure(make, (8, 4), s, x)
failure(make, (8, 4), s, [x] * 8)
failure(make, (8, 4), s, [p.astype(int) if i == 1 else p for i, p in enumerate(parts)])
process = jax.make_array_from_process_local_data
show(process(s, data))
print([y.shape for y in process([s, jax.devices()[0]], [data, data])])
failure(process, s, data, (9, 4))
""",
    "life": """
s = NamedSharding(mesh, P("x"))
x = jax.device_put(data, s)
shard = x.addressable_data(1)
print(shard.devices() == {jax.devices()[1]}, np.asarray(shard).tolist())
x.delete()
print(x.is_deleted())
for f in (lambda: x + 1, lambda: np.asarray(x)):
    failure(f)
y = jax.device_put(jnp.arange(8), s)
np.testing.assert_array_equal(y * 2, np.arange(8) * 2)
np.testing.assert_array_equal(jax.jit(jnp.cumsum)(y), np.cumsum(np.arange(8)))
np.testing.assert_array_equal(y[2:5], [2, 3, 4])
print(float(jax.grad(lambda v: (v**2).sum())(y.astype(float))[3]), y.tolist(), len(y), int(y[7]))
keys = jax.device_put(jax.random.split(jax.random.key(0), 8), s)
print(keys.shape, [k.data.shape for k in keys.addressable_shards])
one = jax.device_put(data, NamedSharding(Mesh(np.array(jax.devices()[2:3]), "x"), P("x")))
print(type(one.sharding).__name__, one.device.id, (one + 1).devices() == {jax.devices()[2]})
print(np.asarray(one).tolist(), np.from_dlpack(one).tolist() == data.tolist())
failure(np.from_dlpack, y)
failure(y.unsafe_buffer_pointer)
""",
    "shardings": """
one = SingleDeviceSharding(jax.devices()[0])
alone = NamedSharding(Mesh(np.array(jax.devices()[:1]), "x"), P("x"))
a, b = NamedSharding(mesh, P("x", "y")), NamedSharding(mesh, P("x"))
print(one.is_equivalent_to(alone, 2), alone.is_equivalent_to(one, 2), a.is_equivalent_to(b, 2))
print(NamedSharding(mesh, P()).is_equivalent_to(NamedSharding(mesh, P(None, None)), 2))
print(a.shard_shape((8, 4)), one.shard_shape((3, 2)), b.is_fully_replicated, a.num_devices)
print({d.id: i for d, i in a.devices_indices_map((8, 4)).items()})
print({d.id: i for d, i in one.addressable_devices_indices_map((8, 4)).items()})
print(P(None, "x") is P((), "x"), P("x") is P(("x",)), Mesh(mesh.devices, ("x", "y")) is mesh)
failure(lambda: P("x", unreduced={"y"}) + (None,))
failure(lambda: (None,) + P("x", unreduced={"y"}))
failure(lambda: P("x", ("y", ("z",))))
failure(lambda: NamedSharding(mesh, P(unreduced={"z"})))
failure(lambda: NamedSharding(mesh, P(unreduced={"x"})))
failure(lambda: NamedSharding(mesh, P(), memory_kind="strange"))
failure(lambda: NamedSharding(mesh, P("x")).check_compatible_aval(()))
x = jax.device_put(jnp.ones(8), b)
like = jax.ShapeDtypeStruct.like
print(like(x).sharding == b, like(jnp.ones(2)).sharding)
y = jnp.ones((2, 2))
print(y.format.sharding == y.sharding, y.format.layout.major_to_minor)
""",
}


def printed(library: str, program: str) -> list[str]:
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "8"}
    code = START.format(name=library) + program
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{library}:\n{done.stderr}"
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_in_jax(name: str) -> None:
    got, want = printed("covector", PROGRAMS[name]), printed("jax", PROGRAMS[name])
    assert got == want
    assert want


def test_programs_over_several_devices_are_refused() -> None:
    program = """
s = NamedSharding(mesh, P("x"))
failure(lambda: jax.jit(jnp.sin, out_shardings=s)(data))
failure(lambda: jax.jit(lambda x: jax.device_put(x, s))(data))
"""
    assert printed("covector", program) == ["NotImplementedError"] * 2
