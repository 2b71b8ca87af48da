"""Keys that are used twice are found: in programs, and among the values of a session."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from jax.experimental.key_reuse import _core as jax_reuse

import covector
from covector import lax, random
from covector.errors import KeyReuseError
from covector.experimental.key_reuse import _core as reuse

Program = Callable[[Any, Any], Any]  # of a library and a key


def scanned(lib: Any, key: Any, new: bool) -> Any:
    def body(key: Any, _: Any) -> Any:
        following, used = lib.random.split(key) if new else (key, key)
        return following, lib.random.bits(used)

    return lib.lax.scan(body, key, None, length=3)


def loop(lib: Any, key: Any, new: bool) -> Any:
    def body(state: Any) -> Any:
        key, i = state
        following, used = lib.random.split(key) if new else (key, key)
        return following, i + lib.random.randint(used, (), 1, 3)

    return lib.lax.while_loop(lambda state: state[1] < 5, body, (key, 0))


def branch(lib: Any, key: Any, *after: Any) -> Any:
    r = lib.random
    out = lib.lax.cond(True, r.uniform, lambda key: np.float32(1), key)
    return [out, *(f(key) for f in after)]


GOOD: dict[str, Program] = {
    "split": lambda lib, k: [lib.random.bits(x) for x in lib.random.split(k, 3)],
    "fold": lambda lib, k: [lib.random.bits(lib.random.fold_in(k, i)) for i in range(3)],
    "clone": lambda lib, k: (lib.random.bits(lib.random.clone(k)), lib.random.bits(k)),
    "data": lambda lib, k: (lib.random.key_data(k), lib.random.bits(k)),
    "scan": lambda lib, k: scanned(lib, k, True),
    "while": lambda lib, k: loop(lib, k, True),
    "cond": branch,
    "map": lambda lib, k: lib.lax.map(lib.random.bits, lib.random.split(k, 4)),
    "vmap": lambda lib, k: lib.vmap(lib.random.bits)(lib.random.split(k, 4)),
    "equal": lambda lib, k: (k == k, lib.random.bits(k)),
    "remat": lambda lib, k: lib.grad(lib.checkpoint(lambda x: x * lib.random.uniform(k)))(1.0),
    "gives": lambda lib, k: (k, lib.random.key(3), lib.random.split(k)),
    "jit": lambda lib, k: (lib.jit(lambda x: x)(k), lib.random.key(3)),
    "reshaped": lambda lib, k: lib.random.bits(k.reshape(1)[0]),
    "parts": lambda lib, k: lib.random.split(k, 3)[1:],
}
BAD: dict[str, Program] = {
    "twice": lambda lib, k: lib.random.bits(k) + lib.random.bits(k),
    "samplers": lambda lib, k: lib.random.normal(k) + lib.random.uniform(k),
    "split": lambda lib, k: (lib.random.split(k), lib.random.bits(k)),
    "reshape": lambda lib, k: (lib.random.bits(k), lib.random.bits(k.reshape(1)[0])),
    "slice": lambda lib, k: [lib.random.bits(lib.random.split(k)[i]) for i in (0, 1, 0)],
    "scan": lambda lib, k: scanned(lib, k, False),
    "scan constant": lambda lib, k: lib.lax.map(lambda i: lib.random.bits(k), np.arange(3)),
    "while": lambda lib, k: loop(lib, k, False),
    "cond": lambda lib, k: branch(lib, k, lib.random.bits),
    "jit": lambda lib, k: (lib.jit(lib.random.bits)(k), lib.random.bits(k)),
    "remat": lambda lib, k: lib.checkpoint(lambda x: lib.random.bits(k) + lib.random.bits(k))(1.0),
}


def signature(lib: Any, checks: Any, program: Program) -> str:
    return repr(checks.function_type_signature(lambda k: program(lib, k), lib.random.key(0)))


@pytest.mark.parametrize("name", GOOD)
def test_programs_that_use_keys_once(name: str) -> None:
    """What they do with keys is what JAX finds."""
    got = signature(covector, reuse, GOOD[name])
    assert got == signature(jax, jax_reuse, GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_programs_that_use_keys_twice(name: str) -> None:
    with pytest.raises(KeyReuseError):
        signature(covector, reuse, BAD[name])
    with pytest.raises(jax.errors.KeyReuseError):
        signature(jax, jax_reuse, BAD[name])


def test_signatures_of_primitives() -> None:
    signatures = reuse.key_reuse_signatures
    own = {str(p): repr(s) for p, s in signatures.items()}
    theirs = {str(p): s for p, s in jax_reuse.key_reuse_signatures.items()}
    fixed = {n: repr(s) for n, s in theirs.items() if isinstance(s, jax_reuse.KeyReuseSignature)}
    common = own.keys() & fixed.keys()
    assert len(common) > 20
    assert {name: own[name] for name in common} == {name: fixed[name] for name in common}
    with pytest.raises(KeyError):
        signatures[covector.extend.core.primitives.slice_p]


def test_messages() -> None:
    with pytest.raises(
        KeyReuseError, match=r"In random_bits, argument 0 is already consumed.*\.py"
    ):
        signature(covector, reuse, BAD["twice"])
    with pytest.raises(KeyReuseError, match="scan body function leads to key reuse"):
        signature(covector, reuse, BAD["scan"])
    with pytest.raises(KeyReuseError, match="while_loop body function leads to key reuse"):
        signature(covector, reuse, BAD["while"])


def test_assertions() -> None:
    key = random.key(0)

    def used(key: Any) -> None:
        reuse.assert_unconsumed(key)
        reuse.consume(key)
        reuse.assert_consumed(key)

    reuse.check_key_reuse(used, key)
    with pytest.raises(AssertionError, match="not to be consumed"):
        reuse.check_key_reuse(lambda k: reuse.assert_unconsumed(reuse.consume(k)), key)
    with pytest.raises(AssertionError):
        reuse.check_key_reuse(reuse.assert_consumed, key)

    def parts(keys: Any) -> None:
        random.bits(keys[1])
        reuse.assert_consumed(keys, [False, True])

    reuse.check_key_reuse(parts, random.split(key))


def test_values_are_followed() -> None:
    with covector.debug_key_reuse(True):
        key = random.key(0)
        random.uniform(key)
        with pytest.raises(KeyReuseError, match="Previously-consumed key passed to jit-compiled"):
            random.uniform(key)
        random.uniform(random.clone(key))
        with pytest.raises(KeyReuseError):
            random.uniform(key)
        keys = random.split(random.key(1))
        random.bits(keys[0])
        random.bits(keys[1])
        with pytest.raises(KeyReuseError):
            random.bits(keys[0])
        with covector.disable_jit(), pytest.raises(KeyReuseError, match="random_bits at index 0"):
            random.bits(key)


def test_a_key_that_is_closed_over_is_used_at_each_call() -> None:
    with covector.debug_key_reuse(True):
        key = random.key(0)
        f = covector.jit(lambda: random.uniform(key))
        f()
        with pytest.raises(KeyReuseError, match="index 0"):
            f()


def test_the_option_is_part_of_what_programs_are_kept_by() -> None:
    f = covector.jit(lambda key: random.bits(key) + random.bits(key))
    f(random.key(0))
    with covector.debug_key_reuse(True), pytest.raises(KeyReuseError, match="random_bits"):
        f(random.key(0))
    f(random.key(0))


def test_keys_that_nobody_has_any_more_are_forgotten() -> None:
    with covector.debug_key_reuse(True):
        for i in range(300):  # arrays at the same addresses again and again
            random.bits(random.key(i))


def test_no_key_of_an_empty_array_is_used() -> None:
    with covector.debug_key_reuse(True):
        keys = random.split(random.key(0), 0)
        covector.vmap(lambda k: [random.bits(x) for x in random.split(k)])(keys)
        lax.slice(keys, (0,), (0,))
