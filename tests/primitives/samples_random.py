"""Samples of random bits and keys."""

from typing import Any

import numpy as np

import covector
import covector.random as random
from primitives.sample import integers, reals, sample

RAW_KEY = integers(2, low=0, high=2**32 - 1, dtype="uint32")


def from_key(function: Any) -> Any:
    """The raw key that a function of a typed key and `random` gives."""

    def fun(lax: Any, raw: Any) -> Any:
        result = function(random, random.wrap_key_data(raw))
        return random.key_data(result) if random_is_key(result) else result

    return fun


def random_is_key(x: Any) -> bool:
    return not isinstance(x.dtype, np.dtype)


def seeded(lax: Any, seeds: Any) -> Any:
    return random.key_data(covector._core.random.key(seeds))


RANDOM = {
    "random_split": lambda random, key: random.split(key, 3),
    "random_fold_in": lambda random, key: random.fold_in(key, 7),
    "random_bits": lambda random, key: random.bits(key, (2, 3)),
    "random_clone": lambda random, key: random.clone(key),
    "random_wrap": lambda random, key: key,
    "random_unwrap": lambda random, key: random.key_data(key),
}
for name, function in RANDOM.items():
    # The mode of the generator is a global choice of each library: see tests/cpp/random.
    sample(name, from_key(function), RAW_KEY, oracle=False)
for name, function in {
    "consume": covector._core.random.consume,
    "assert_consumed_value": lambda key: (covector._core.random.assert_consumed(key, True), key)[1],
}.items():
    sample(name, from_key(lambda random, key, f=function: f(key)), RAW_KEY, oracle=False)
sample("random_seed", seeded, integers(2, 3), oracle=False)


def gamma_samples(lax: Any, raw: Any, a: Any) -> Any:
    return covector._core.random.gamma(random.wrap_key_data(raw), a, False)


def log_gamma_samples(lax: Any, raw: Any, a: Any) -> Any:
    return covector._core.random.gamma(random.wrap_key_data(raw), a, True)


# The derivative is that of the quantile, which differences of one sample do not show: it is
# compared with JAX's in tests/python/test_random_samplers.py.
SHAPES = reals(3, low=0.5, high=4)
sample("random_gamma", gamma_samples, RAW_KEY, SHAPES, oracle=False, order=0)
sample(
    "random_gamma",
    log_gamma_samples,
    RAW_KEY,
    SHAPES,
    oracle=False,
    order=0,
    batch=False,
    note="log",
)


# The device's own generator, behind keys of rbg.
def device_bits(lax: Any, key: Any) -> Any:
    return covector._core.lax._rng_bit_generator(key, (3,), np.uint32)[1]


def device_number(lax: Any, low: Any, high: Any) -> Any:
    return covector._core.lax._rng_uniform(low, high, (3,))


FOUR_WORDS = integers(4, low=0, high=2**32 - 1, dtype="uint32")
sample("rng_bit_generator", device_bits, FOUR_WORDS, oracle=False, batch=False)
# With one number in the interval, the result is known.
sample("rng_uniform", device_number, np.int32(4), np.int32(5), oracle=False, batch=False)
