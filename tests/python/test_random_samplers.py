"""Samples are JAX's: every sampler, both modes of the generator.

Bits, integers and uniform floats are equal bit for bit. What is computed of them by elementary
functions may differ in the last places: builds of the compiler round these differently.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

F = np.float32
Sampler = Callable[[Any, Any], Any]
A = np.array([0.3, 1, 2.5], F)
T12 = np.arange(12).reshape(3, 4)

EXACT: dict[str, Sampler] = {
    "bits": lambda r, k: [r.bits(k, (5,), d) for d in (np.uint8, np.uint16, np.uint32)],
    "split": lambda r, k: [r.split(k), r.split(k, (2, 2)), r.fold_in(k, 7)],
    "uniform": lambda r, k: [
        r.uniform(k, (2, 3), minval=-1, maxval=np.arange(3.0, dtype=F)),
        r.uniform(k, (3,), np.float16),
        r.uniform(k, (3,), "bfloat16"),
    ],
}
OF_INTEGERS: dict[str, Sampler] = {
    "randint": lambda r, k: [
        r.randint(k, (7,), 0, 10),
        r.randint(k, (7,), 0, 256, np.uint8),
        r.randint(k, (2, 3), np.arange(3), np.array([[3], [20]]), np.uint32),
        r.randint(k, (7,), -(2**31), 2**31 - 1),
    ],
    "bernoulli": lambda r, k: [r.bernoulli(k, A, (4, 3)), r.bernoulli(k, 0.3, (20,), "high")],
    "rademacher": lambda r, k: r.rademacher(k, (9,), np.int8),
    "geometric": lambda r, k: r.geometric(k, np.array([0.1, 0.5, 1], F), (4, 3)),
    "permutation": lambda r, k: [
        r.permutation(k, 10),
        r.permutation(k, T12, 1),
        r.permutation(k, T12, 1, independent=True),
    ],
    "choice": lambda r, k: [
        r.choice(k, 9, (2, 3)),
        r.choice(k, T12, (2,), False, axis=1),
        r.choice(k, 3, (5,), p=A / A.sum()),
        r.choice(k, np.arange(3) * 2, (2,), False, A / A.sum()),
        r.choice(k, T12, (0, 3)),
    ],
    "categorical": lambda r, k: [
        r.categorical(k, T12.astype(F), 0, (5, 4)),
        r.categorical(k, T12.astype(F), shape=(2, 3), replace=False),
    ],
}
OF_FLOATS: dict[str, Sampler] = {
    "normal": lambda r, k: [r.normal(k, (2, 3)), r.normal(k, (3,), np.complex64)],
    "exponential": lambda r, k: r.exponential(k, (7,)),
    "gumbel": lambda r, k: [r.gumbel(k, (7,), mode=m) for m in ("low", "high", "highest")],
    "laplace": lambda r, k: r.laplace(k, (7,)),
    "logistic": lambda r, k: r.logistic(k, (7,)),
    "cauchy": lambda r, k: r.cauchy(k, (7,)),
    "maxwell": lambda r, k: r.maxwell(k, (7,)),
    "truncated_normal": lambda r, k: r.truncated_normal(k, -1, np.arange(3.0, dtype=F), (4, 3)),
    "pareto": lambda r, k: r.pareto(k, A, (3, 3)),
    "rayleigh": lambda r, k: r.rayleigh(k, A, (3, 3)),
    "wald": lambda r, k: r.wald(k, A, (3, 3)),
    "weibull_min": lambda r, k: r.weibull_min(k, 2.0, A, (4, 3)),
    "double_sided_maxwell": lambda r, k: r.double_sided_maxwell(k, A, 2.0, (2,)),
    "triangular": lambda r, k: r.triangular(k, 0.0, A, 3.0, (3, 3)),
    "lognormal": lambda r, k: r.lognormal(k, F(2), (5,)),
    "gamma": lambda r, k: r.gamma(k, np.array([1e-3, 0.3, 1, 7, 1e4], F), (20, 5)),
    "loggamma": lambda r, k: r.loggamma(k, np.array([1e-3, 0.3, 1, 7, 1e4], F), (20, 5)),
    "beta": lambda r, k: r.beta(k, A, 2.0, (9, 3)),
    "dirichlet": lambda r, k: r.dirichlet(k, A, (9,)),
    "chisquare": lambda r, k: r.chisquare(k, A, (9, 3)),
    "f": lambda r, k: r.f(k, A, 4.0),
    "t": lambda r, k: r.t(k, A, (9, 3)),
    "generalized_normal": lambda r, k: r.generalized_normal(k, 1.5, (9,)),
    "ball": lambda r, k: r.ball(k, 3, 1.5, (4,)),
}


def arrays(library: Any, sampler: Sampler, partitionable: bool, typed: bool) -> list[np.ndarray]:
    make = library.random.key if typed else library.random.PRNGKey
    with library.threefry_partitionable(partitionable):
        found = sampler(library.random, make(1234))
    found = found if isinstance(found, list) else [found]
    return [np.asarray(x if isinstance(x.dtype, np.dtype) else library.random.key_data(x))
            for x in found]  # fmt: skip


def pairs(sampler: Sampler, partitionable: bool = True, typed: bool = True) -> Any:
    return zip(*(arrays(lib, sampler, partitionable, typed) for lib in (covector, jax)))


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "raw"])
@pytest.mark.parametrize("partitionable", [True, False], ids=["partitionable", "sequential"])
@pytest.mark.parametrize("name", EXACT)
def test_bits_are_those_of_jax(name: str, partitionable: bool, typed: bool) -> None:
    for got, want in pairs(EXACT[name], partitionable, typed):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", OF_INTEGERS)
def test_integers_are_those_of_jax(name: str) -> None:
    for got, want in pairs(OF_INTEGERS[name]):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", OF_FLOATS)
def test_floats_are_those_of_jax(name: str) -> None:
    for got, want in pairs(OF_FLOATS[name], typed=False):
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


GENERATORS: dict[str, Sampler] = {
    "split": lambda r, k: [k, r.split(k, (2, 2)), r.fold_in(k, 7)],
    "bits": lambda r, k: [
        r.bits(k, (5,), np.uint8),
        r.uniform(k, (2, 2)),
        r.randint(k, (3,), 0, 9),
    ],
    "gamma": lambda r, k: [r.gamma(k, A)],
}


OTHERS = ["rbg", "unsafe_rbg", "threefry4x32", "philox2x32", "philox4x32"]


@pytest.mark.parametrize("impl", OTHERS)
def test_other_generators_are_those_of_jax(impl: str) -> None:
    for name, sampler in GENERATORS.items():
        results = []
        for library in (covector, jax):
            with library.threefry_partitionable(True):
                key = library.random.key(42, impl=impl)
                assert library.random.key_impl(key) == impl
                found = sampler(library.random, key)
                if name != "gamma":  # arrays of keys, and of numbers to be folded in
                    keys = library.random.split(key, 3)
                    found += [library.vmap(lambda k, r=library.random: r.bits(k, (2,)))(keys)]
                    found += [library.vmap(library.random.fold_in, (0, None))(keys, 5)]
                    found += [library.vmap(library.random.fold_in, (None, 0))(key, np.arange(2))]
            results.append(
                [
                    np.asarray(x if isinstance(x.dtype, np.dtype) else library.random.key_data(x))
                    for x in found
                ]
            )
        for got, want in zip(*results):
            np.testing.assert_allclose(got, want, rtol=0 if name != "gamma" else 1e-6)


def words_of_counter(library: Any) -> Any:
    """A generator made of functions, whose keys are matrices."""
    jnp = library.numpy

    def split(key: Any, shape: Any) -> Any:
        steps = jnp.arange(np.prod(shape), dtype="uint32").reshape(*shape, 1, 1)
        return key + steps * np.uint32(7)

    impl = library.extend.random.define_prng_impl(
        key_shape=(2, 2),
        seed=lambda seed: jnp.full((2, 2), seed.astype("uint32")),
        split=split,
        random_bits=lambda key, width, shape: (
            key.sum().astype(f"uint{width}") + jnp.arange(np.prod(shape)).reshape(shape)
        ).astype(f"uint{width}"),
        fold_in=lambda key, data: key ^ data.astype("uint32"),
        name="counter",
        tag="ctr",
    )
    r = library.random
    key = r.key(12, impl=impl)
    assert repr(r.key_impl(key)) == "PRNGSpec('counter')"
    assert r.key(3, dtype=r.key_dtype(impl)).dtype == key.dtype
    assert r.wrap_key_data(np.zeros((3, 2, 2), np.uint32), impl=impl).shape == (3,)
    keys = r.split(key, (2, 3))
    numbers = library.jit(library.vmap(library.vmap(lambda k: r.uniform(k, (4,)))))(keys)
    folded = library.vmap(r.fold_in, (0, None))(keys[0], 5)
    return [r.key_data(key), r.key_data(keys), r.key_data(folded), r.bits(key, (3,)), numbers]


def test_generators_can_be_made_of_functions() -> None:
    import jax.extend.random

    assert jax.extend.random.define_prng_impl
    for got, want in zip(words_of_counter(covector), words_of_counter(jax)):
        np.testing.assert_array_equal(got, want)


def test_threefry_of_words() -> None:
    words, key = np.arange(7, dtype=np.uint32), np.array([3, 9], np.uint32)
    got = covector.extend.random.threefry_2x32(key, words)
    np.testing.assert_array_equal(got, jax.extend.random.threefry_2x32(key, words))
    with pytest.raises(TypeError, match="uint32"):
        covector.extend.random.threefry_2x32(key, words.astype(np.int32))


def test_raw_keys_are_of_the_default_generator() -> None:
    def words(library: Any) -> Any:
        r = library.random
        with library.default_prng_impl("rbg"), library.threefry_partitionable(True):
            key = r.PRNGKey(3)
            return [key, r.split(key), r.fold_in(key, 1), r.bits(key, (2,)), r.key_data(key)]

    for got, want in zip(words(covector), words(jax)):
        np.testing.assert_array_equal(got, want)


def test_gamma_has_a_derivative() -> None:
    """That of the sample by the parameter, the random numbers being fixed."""

    def slopes(library: Any) -> Any:
        key = library.random.key(3)

        def shifted(a: Any) -> Any:
            return library.random.gamma(key, a) + library.random.loggamma(key, a)

        return library.vmap(library.grad(shifted))(np.array([0.3, 2, 50], F))

    with covector.threefry_partitionable(True):
        np.testing.assert_allclose(slopes(covector), slopes(jax), rtol=1e-4)


ERRORS: dict[str, Sampler] = {
    "key of floats": lambda r, k: r.key(1.5),
    "key of arrays": lambda r, k: r.key([1]),
    "key of a key": lambda r, k: r.key(k),
    "unknown generator": lambda r, k: r.key(0, impl="none"),
    "no key": lambda r, k: r.normal(3),
    "wrong words": lambda r, k: r.normal(np.zeros(3, np.uint32)),
    "many keys": lambda r, k: r.normal(r.split(k)),
    "integer floats": lambda r, k: r.normal(k, (), int),
    "float integers": lambda r, k: r.randint(k, (), 0, 1, float),
    "wrong shape": lambda r, k: r.gamma(k, A, (2,)),
    "unsafe": lambda r, k: r.pareto(k, A, (3,), np.float16),
    "integer probability": lambda r, k: r.bernoulli(k, 1),
    "too many": lambda r, k: r.choice(k, 3, (4,), replace=False),
    "shape of choice": lambda r, k: r.choice(k, 3, 4),
    "scalar alpha": lambda r, k: r.dirichlet(k, 1.0),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_of_the_class_of_jax(name: str) -> None:
    with pytest.raises(Exception) as want:
        ERRORS[name](jax.random, jax.random.key(0))
    with pytest.raises(Exception) as got:
        ERRORS[name](covector.random, covector.random.key(0))
    assert type(got.value).__name__ == type(want.value).__name__
