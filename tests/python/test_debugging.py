"""debug.print, debug.callback and debug.breakpoint, compared with JAX's."""

import io
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.api_oracle import assert_fails_alike

X = np.arange(3, dtype=np.float32)


def prints(library: Any) -> Any:
    return library.debug.print


PROGRAMS = {
    "scalar": lambda library: prints(library)("x = {}", 1.5),
    "array": lambda library: library.jit(lambda x: prints(library)("{x} and {0}", x + 1, x=x))(X),
    "format": lambda library: library.jit(lambda x: prints(library)("{:.3f}", x))(np.float32(2)),
    "tree": lambda library: library.jit(lambda x: prints(library)("{}", {"a": x, "b": "s"}))(X),
    "no arguments": lambda library: library.jit(lambda: prints(library)("hello"))(),
    "two calls": lambda library: library.jit(lambda x: prints(library)(ordered=True)("{}", x))(X),
    "vmap": lambda library: library.jit(library.vmap(lambda x: prints(library)("{}", x)))(X),
    "vmap, one unmapped": lambda library: library.vmap(
        lambda x, y: prints(library)("{} {}", x, y), in_axes=(0, None)
    )(X, X),
    "grad": lambda library: library.grad(noisy(library))(2.0),
    "jit of grad": lambda library: library.jit(library.grad(noisy(library)))(2.0),
    "grad of jit": lambda library: library.grad(library.jit(noisy(library)))(2.0),
    "ordered": lambda library: library.jit(in_order(library))(X),
    "integers": lambda library: library.jit(lambda x: prints(library)("{x:d}", x=x))(3),
}


def noisy(library: Any) -> Any:
    def f(x: Any) -> Any:
        library.debug.print("x = {}", x)
        y = library.numpy.sin(x)
        library.debug.print("y = {}", y)
        return y

    return f


def in_order(library: Any) -> Any:
    def f(x: Any) -> None:
        for i in range(4):
            library.debug.print("{i} {x}", i=i, x=x, ordered=True)
            x = library.jit(lambda x: library.debug.print("in {}", x, ordered=True) or x * 2)(x)

    return f


@pytest.mark.parametrize("name", PROGRAMS)
def test_print(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for library in (covector, jax):
        PROGRAMS[name](library)
        library.effects_barrier()
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0]


ERRORS = {
    "unused": lambda library: library.debug.print("{}", 1, 2),
    "unused name": lambda library: library.debug.print("x", y=1),
    "too few": lambda library: library.debug.print("{} {}", 1),
    "no function": lambda library: library.debug.callback(3, 1),
    "only arguments": lambda library: library.debug.print(x=1),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(ERRORS[name])


def test_callback_raises_as_it_is_where_nothing_is_compiled() -> None:
    def bad(x: Any) -> None:
        raise KeyError("boom")

    with pytest.raises(KeyError, match="boom"):
        covector.debug.callback(bad, 1.0)
    with pytest.raises(covector.errors.JaxRuntimeError, match="boom"):  # noqa: PT012
        covector.jit(lambda x: covector.debug.callback(bad, x))(1.0)
        covector.effects_barrier()


def test_barrier_raises_what_nothing_else_tells_of() -> None:
    """The program is large enough to run on another thread."""

    def bad(x: Any) -> None:
        raise KeyError("later")

    def f(x: Any) -> None:
        covector.debug.callback(bad, jnp.sum(x @ x))

    with pytest.raises(covector.errors.JaxRuntimeError, match="later"):  # noqa: PT012
        covector.jit(f)(jnp.ones((200, 200)))
        covector.effects_barrier()
    covector.effects_barrier()


def test_callback_is_given_other_objects_too() -> None:
    seen = []
    marker = object()
    covector.jit(
        lambda x: covector.debug.callback(lambda *a, **k: seen.append((a, k)), x, m=marker)
    )(2)
    covector.effects_barrier()
    ((args, kwargs),) = seen
    assert args[0] == 2
    assert kwargs["m"] is marker


def test_jaxpr_shows_the_format() -> None:
    text = str(covector.make_jaxpr(lambda x: covector.debug.print("x = {}", x))(1.0))
    assert "debug_print[" in text
    assert "fmt=x = {}" in text
    assert "ordered=False" in text


def test_breakpoint() -> None:
    stdin, stdout = io.StringIO("x\np y + 1\nu\nbt\nwrong\nc\n"), io.StringIO()

    def f(x: Any) -> Any:
        y = x * 10
        covector.debug.breakpoint(stdin=stdin, stdout=stdout, num_frames=2)
        return y

    covector.jit(f)(3)
    covector.effects_barrier()
    text = stdout.getvalue()
    assert text.startswith("Entering jdb:")
    assert "Array(3, dtype=int32" in text
    assert "Array(31, dtype=int32" in text
    assert "Traceback:" in text
    assert "NameError" in text
