"""Covector and its oracle behind one interface, and many programs compiled as few.

A program is a function of arrays that returns a list of arrays. XLA compiles a large program
faster than as many small ones, so that programs of many samples are put together.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np

import covector
from covector import _core

Program = tuple[Callable[..., list[Any]], Sequence[Any]]
Outcome = list[np.ndarray] | Exception

# As much as one XLA module should hold: the time to compile large ones grows faster than they do.
TOGETHER = 40
LINES = 12_000
# Where the laws are about rules and not about the compiler, time goes into compiling.
QUICK = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
    "xla_cpu_enable_fast_min_max": False,
}


class Lax:
    """A library's `lax`, and its primitives by name."""

    def __init__(self, library: Any, primitive: Callable[[str], Any]) -> None:
        self.library, self.primitive = library, primitive

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library.lax, name)

    def bind(self, name: str, *args: Any, **params: Any) -> Any:
        return self.primitive(name).bind(*args, **params)


class Library:
    def __init__(self, module: Any) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    @cached_property
    def lax(self) -> Lax:
        primitive = jax_primitive if self.module is jax else covector_primitive
        return Lax(self.module, primitive)

    @contextlib.contextmanager
    def precision(self, double: bool) -> Iterator[None]:
        """Whether 64-bit types are enabled."""
        with self.module.enable_x64(double):
            yield


def covector_primitive(name: str) -> Any:
    return getattr(_core.primitives, f"{name.replace('-', '_')}_p")


def jax_primitive(name: str) -> Any:
    from jax._src.lax import lax

    return getattr(lax, f"{name}_p")


COVECTOR = Library(covector)
JAX = Library(jax)


def run(
    library: Library, programs: dict[Any, Program], options: dict[str, Any]
) -> dict[Any, Outcome]:
    """What each program gives, or the error it raises."""
    outcomes: dict[Any, Outcome] = {}
    for part in parts(library, programs):
        outcomes |= run_together(library, part, options)
    return outcomes


def parts(library: Library, programs: dict[Any, Program]) -> Iterator[dict[Any, Program]]:
    part: dict[Any, Program] = {}
    lines = 0
    for key, program in programs.items():
        more = length(program) if library is COVECTOR else 0
        if part and (len(part) == TOGETHER or lines + more > LINES):
            yield part
            part, lines = {}, 0
        part[key] = program
        lines += more
    if part:
        yield part


def length(program: Program) -> int:
    """Lines of the text that Covector makes; it takes next to no time."""
    fun, args = program
    try:
        return covector.jit(fun).lower(*args).as_text().count("\n")
    except Exception:
        return 0  # what it raises is told when it is run


def run_together(
    library: Library, programs: dict[Any, Program], options: dict[str, Any]
) -> dict[Any, Outcome]:
    def everything(arguments: list[Sequence[Any]]) -> list[list[Any]]:
        return [fun(*args) for (fun, _), args in zip(programs.values(), arguments)]

    arguments = [list(args) for _, args in programs.values()]
    try:
        compiled = library.module.jit(everything).lower(arguments).compile(options)
        results = compiled(arguments)
    except Exception as error:
        if len(programs) == 1 and options:
            return run_together(library, programs, {})
        if len(programs) == 1:
            return dict.fromkeys(programs, error)
        return run_apart(library, programs, options)
    return {key: [np.asarray(x) for x in xs] for key, xs in zip(programs, results)}


def run_apart(
    library: Library, programs: dict[Any, Program], options: dict[str, Any]
) -> dict[Any, Outcome]:
    """Finds out which of several programs does not do: cannot be staged, or else compiled."""
    outcomes: dict[Any, Outcome] = {}
    sound = {}
    for key, (fun, args) in programs.items():
        try:
            library.module.make_jaxpr(fun)(*args)
            sound[key] = fun, args
        except Exception as error:
            outcomes[key] = error
    if outcomes:
        return outcomes | (run_together(library, sound, options) if sound else {})
    keys, half = list(programs), len(programs) // 2
    for part in (keys[:half], keys[half:]):
        outcomes |= run_together(library, {k: programs[k] for k in part}, options)
    return outcomes
