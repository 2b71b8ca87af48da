"""`jit`: functions as compiled programs."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from types import MethodType
from typing import Any, TypeVar, overload

from covector import _core
from covector._shardings import single_device
from covector._signature import (
    Argnames,
    Argnums,
    Parameters,
    adopt,
    check_callable,
    name_of,
    reject_both,
)
from covector.stages import JitSpec, Lowered, Traced, Wrapped

F = TypeVar("F", bound=Callable[..., Any])

_MISSING: Any = object()


@overload
def jit(
    fun: Callable[..., Any],
    /,
    *,
    in_shardings: Any = None,
    out_shardings: Any = None,
    static_argnums: int | Iterable[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Iterable[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    keep_unused: bool = False,
    device: Any = None,
    backend: str | None = None,
    inline: bool = False,
    compiler_options: Mapping[str, Any] | None = None,
) -> Wrapped: ...


@overload
def jit(
    *,
    in_shardings: Any = None,
    out_shardings: Any = None,
    static_argnums: int | Iterable[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Iterable[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    keep_unused: bool = False,
    device: Any = None,
    backend: str | None = None,
    inline: bool = False,
    compiler_options: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Wrapped]: ...


def jit(
    fun: Any = _MISSING,
    /,
    *,
    in_shardings: Any = None,
    out_shardings: Any = None,
    static_argnums: Argnums = None,
    static_argnames: Argnames = None,
    donate_argnums: Argnums = None,
    donate_argnames: Argnames = None,
    keep_unused: bool = False,
    device: Any = None,
    backend: str | None = None,
    inline: bool = False,
    compiler_options: Mapping[str, Any] | None = None,
) -> Any:
    """Makes a function that runs as one compiled program.

    At the first call for each combination of argument types (shapes, dtypes, trees, and values of
    static arguments) the function is run once on tracers, and what it does to them is compiled.
    Later calls run the program; side effects such as printing happen only while tracing.

    Args:
      fun: the function. It should be pure; arguments and results are trees of arrays. Without it,
        a decorator is returned.
      in_shardings, out_shardings: None, or one device, on which the program is to run.
      static_argnums: positions of arguments that are constants of the program. They need `==` and
        a hash; each value has a program of its own.
      static_argnames: names of such arguments. Where only one of the two options is given, the
        other one is inferred from the function's signature.
      donate_argnums, donate_argnames: arguments whose memory the program may reuse for its
        results. The arrays are deleted by the call.
      keep_unused: whether arguments that the function does not use are passed on to the program.
      device: where the program is to run; None is where its arguments are.
      backend: the name of a platform such as 'cpu', in place of `device`.
      inline: whether the program becomes part of that of a jitted caller rather than a function
        of it.
      compiler_options: options of XLA by name, such as `xla_cpu_enable_fast_math`.

    Returns:
      A function of the same arguments. Its `trace`, `lower` and `eval_shape` look at its programs
      without running them, `clear_cache` forgets them; see `covector.stages`.

    Raises:
      TypeError: if `fun` is no function. When it is called: if an argument that is not static is
        no array.
      ValueError: if the function has no such arguments, one is both static and donated, or both
        `device` and `backend` are given. When it is called: if a static argument has no hash.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> @covector.jit
    ... def norm(x):
    ...     return jnp.sqrt(jnp.sum(x * x))
    >>> norm(jnp.array([3.0, 4.0]))
    Array(5., dtype=float32)
    """
    if fun is _MISSING:
        options = locals()
        del options["fun"]
        return lambda f: jit(f, **options)
    check_callable(fun)
    spec = _spec(fun, static_argnums, static_argnames, donate_argnums, donate_argnames)
    spec = spec._replace(compiler_options=dict(compiler_options or {}))
    options = {
        "keep_unused": keep_unused,
        "inline": inline,
        "device": _device(device, backend, in_shardings, out_shardings),
    }
    if any(i < 0 for i in (*spec.static_argnums, *spec.donate_argnums)):
        return _FromTheEnd(fun, spec, options)
    return jitted(fun, spec, options)


# All that are alive, so that `clear_caches` reaches them.
_jitted: "weakref.WeakSet[Any]" = weakref.WeakSet()


def jitted(fun: Callable[..., Any], spec: JitSpec, options: dict[str, Any]) -> Any:
    """What `jit` returns for options that were checked before."""
    made: Any = _core.jit(fun, **spec._asdict(), **options)
    adopt(fun, made, None)
    made._spec, made._options = spec, options
    _jitted.add(made)
    return made


class _FromTheEnd:
    """A jitted function that takes any number of arguments, some meant by their place from the end.

    It holds one jitted function for each number of arguments that it has been called with.
    """

    def __init__(self, fun: Callable[..., Any], spec: JitSpec, options: dict[str, Any]) -> None:
        adopt(fun, self, None)
        self._fun, self._options = fun, options
        self._spec = spec
        self._by_count: dict[int, Any] = {}

    def _jitted(self, count: int) -> Any:
        if count not in self._by_count:
            spec = self._spec._replace(
                static_argnums=_from_front(self._spec.static_argnums, count),
                donate_argnums=_from_front(self._spec.donate_argnums, count),
            )
            self._by_count[count] = jitted(self._fun, spec, self._options)
        return self._by_count[count]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._jitted(len(args))(*args, **kwargs)

    def trace(self, *args: Any, **kwargs: Any) -> Traced:
        return self._jitted(len(args)).trace(*args, **kwargs)

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        return self._jitted(len(args)).lower(*args, **kwargs)

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        return self._jitted(len(args)).eval_shape(*args, **kwargs)

    def clear_cache(self) -> None:
        self._by_count.clear()


def _from_front(positions: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Positions that a call of so many arguments has, from the front and sorted."""
    return tuple(sorted({i % count for i in positions if -count <= i < count}))


def clear_caches() -> None:
    """Forgets all traces and compiled programs; they are made again when they are needed.

    >>> import covector
    >>> covector.clear_caches()
    """
    for made in list(_jitted):
        made.clear_cache()
    _core.clear_caches()


def _spec(
    fun: Callable[..., Any],
    static_argnums: Argnums,
    static_argnames: Argnames,
    donate_argnums: Argnums,
    donate_argnames: Argnames,
) -> JitSpec:
    given = (static_argnums, static_argnames, donate_argnums, donate_argnames)
    if all(x is None for x in given):
        return JitSpec(name_of(fun), (), (), (), (), {})
    parameters = Parameters(fun)
    static = parameters.resolve(static_argnums, static_argnames, "static")
    donated = parameters.resolve(donate_argnums, donate_argnames, "donate")
    reject_both(static, donated)
    return JitSpec(name_of(fun), *static, *donated, {})


def _device(device: Any, backend: str | None, in_shardings: Any, out_shardings: Any) -> Any:
    """The one device that the options name in one of their ways, or None.

    Raises:
      ValueError: if they contradict each other.
    """
    if device is not None and backend is not None:
        raise ValueError(
            f"can't specify both a device and a backend for jit, got {device=} and {backend=}"
        )
    if backend is not None:
        return _core.devices(backend)[0]
    named = [
        d
        for what, x in (
            ("device", device),
            ("in_shardings", in_shardings),
            ("out_shardings", out_shardings),
        )
        if (d := single_device(x, what)) is not None
    ]
    if any(d is not named[0] for d in named):
        raise ValueError(f"jit runs on one device, but was given several: {named}")
    return named[0] if named else None
