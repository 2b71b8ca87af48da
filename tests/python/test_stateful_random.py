"""Generators that keep their state, compared with JAX's: numbers, counters, splits, refusals."""

from typing import Any

import jax
import jax.experimental.random as jax_random
import numpy as np
import pytest

import covector
from covector.experimental import random
from python.control_oracle import same_error

BOTH = ((covector, random), (jax, jax_random))


def data(lib: Any, rng: Any) -> list[np.ndarray]:
    return [np.asarray(lib.random.key_data(rng._base_key)), np.asarray(rng._counter[...])]


def drawn(lib: Any, module: Any) -> list[Any]:
    rng = module.stateful_rng(12)
    found = [
        rng.random((2, 3)),
        rng.random(dtype="float16"),
        rng.uniform(-1.0, np.array([2.0, 3.0], np.float32)),
        rng.normal(np.float32(2.0), size=4, dtype="bfloat16"),
        rng.normal(np.arange(3.0), 2.0),
        rng.integers(10, size=(2, 2)),
        rng.integers(-3, [4, 5], dtype="int8"),
        lib.random.key_data(rng.key()),
        lib.random.key_data(rng.key((2, 1))),
        *data(lib, rng),
    ]
    for child in rng.spawn(2):
        found += [child.uniform(), *data(lib, child)]
    split = rng.split(3)
    found.append(lib.vmap(lambda r, x: x + r.uniform())(split, lib.numpy.arange(3.0)))
    return [*found, *data(lib, split)]


def compiled(lib: Any, module: Any) -> list[Any]:
    """Draws of functions that get the generator, close over it, make it, or loop with it."""
    rng = module.stateful_rng(np.int32(7), impl="rbg")

    @lib.jit
    def given(r: Any, x: Any) -> Any:
        return x * r.normal(size=2)

    def step(total: Any, _: Any) -> Any:
        return total + rng.integers(100), None

    return [
        given(rng, 2.0),
        lib.jit(rng.uniform)(),
        lib.jit(lambda seed: module.stateful_rng(seed).random(2))(5),
        lib.lax.scan(step, 0, length=4)[0],
        *data(lib, rng),
    ]


@pytest.mark.parametrize("program", [drawn, compiled])
@pytest.mark.parametrize("partitionable", [True, False])
def test_numbers_are_jaxs(program: Any, partitionable: bool) -> None:
    def run(lib: Any, module: Any) -> list[Any]:
        with lib.threefry_partitionable(partitionable):
            return program(lib, module)

    for i, (got, want) in enumerate(zip(*(run(*pair) for pair in BOTH), strict=True)):
        got, want = np.asarray(got), np.asarray(want)
        assert (got.dtype, got.shape) == (want.dtype, want.shape), i
        np.testing.assert_array_equal(got, want, err_msg=str(i))


def test_draws_inside_of_a_derivative() -> None:
    rngs = [random.stateful_rng(3) for _ in range(2)]
    assert covector.grad(lambda x: x * rngs[0].uniform())(1.0) == rngs[1].uniform()
    assert rngs[0]._counter[...] == 1


def test_without_a_seed_generators_differ() -> None:
    rngs = [random.stateful_rng() for _ in range(2)]
    assert rngs[0].uniform() != rngs[1].uniform()


def test_a_generator_is_a_tree_of_its_key_and_counter() -> None:
    paths = [
        [str(path) for path, _ in lib.tree_util.tree_flatten_with_path(module.stateful_rng(0))[0]]
        for lib, module in BOTH
    ]
    assert paths[0] == paths[1]
    tree = covector.tree_util.tree_structure(random.stateful_rng(0))
    assert covector.tree_util.tree_unflatten(tree, "ab")._counter == "b"


@pytest.mark.parametrize(
    "program",
    [
        lambda lib, module: module.StatefulPRNG(lib.numpy.zeros(2, "uint32"), lib.new_ref(0)),
        lambda lib, module: module.StatefulPRNG(lib.random.key(0), 0),
        lambda lib, module: module.stateful_rng(0).split(2).uniform(),
        lambda lib, module: lib.jit(lambda: module.stateful_rng().uniform())(),
        lambda lib, module: lib.vmap(lambda x: x + module.stateful_rng().uniform())(np.ones(2)),
        lambda lib, module: module.stateful_rng(1.5),
    ],
)
def test_refusals(program: Any) -> None:
    same_error(lambda lib: program(lib, dict(BOTH)[lib]), text=False)
