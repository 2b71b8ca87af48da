"""What lies between a jitted function and its result: traced, lowered, compiled.

`jit(f)` goes through these stages at the first call for each combination of types. They can be
taken one by one, to look at a program or to compile it ahead of time:

>>> import covector
>>> import covector.numpy as jnp
>>> traced = covector.jit(lambda x: x * 2).trace(jnp.ones(3))
>>> traced.jaxpr
{ lambda ; a:f32[3]. let b:f32[3] = mul a 2.0:f32[] in (b,) }
>>> compiled = traced.lower().compile()
>>> compiled(jnp.arange(3.0))
Array([0., 2., 4.], dtype=float32)
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

from covector import _core
from covector._core import Tracer
from covector._paths import argument_paths
from covector._shardings import SingleDeviceSharding
from covector._struct import ShapeDtypeStruct, struct_of
from covector.experimental.layout import Format, Layout
from covector.tree_util import tree_flatten, tree_leaves, tree_structure, tree_unflatten

CompilerOptions = Mapping[str, str | bool | int | float]


@dataclass(frozen=True)
class ArgInfo:
    """What is known of one array among the arguments.

    Attributes:
      shape, dtype: of the array.
      donated: whether the program may reuse its memory.
    """

    _aval: Any
    donated: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return self._aval.shape

    @property
    def dtype(self) -> Any:
        return self._aval.dtype


class _Info(NamedTuple):
    """What the stages hand on: the signature they were made for."""

    name: str
    in_tree: Any
    out_tree: Any
    in_avals: Sequence[Any]
    out_avals: Sequence[Any]
    donated: Sequence[bool]
    names: Sequence[str]
    compiler_options: CompilerOptions


class Stage:
    """What all stages tell of the arguments and results they are for."""

    def __init__(self, info: _Info) -> None:
        self._info = info

    @property
    def in_tree(self) -> Any:
        """The tree of the pair of positional and keyword arguments, static ones left out."""
        return self._info.in_tree

    @property
    def out_tree(self) -> Any:
        """The tree of the result."""
        return self._info.out_tree

    @property
    def in_avals(self) -> Any:
        """The arguments' tree, with types as leaves."""
        return tree_unflatten(self._info.in_tree, list(self._info.in_avals))

    @property
    def args_info(self) -> Any:
        """The arguments' tree, with an `ArgInfo` at each leaf."""
        leaves = map(ArgInfo, self._info.in_avals, self._info.donated)
        return tree_unflatten(self._info.in_tree, list(leaves))

    @property
    def out_info(self) -> Any:
        """The result's tree, with `ShapeDtypeStruct`s as leaves."""
        return tree_unflatten(self._info.out_tree, [struct_of(a) for a in self._info.out_avals])

    @property
    def donate_argnums(self) -> tuple[int, ...]:
        """Which of the arrays among the arguments are donated, counted in order."""
        return tuple(i for i, donated in enumerate(self._info.donated) if donated)


class Traced(Stage):
    """A function as a jaxpr, for one combination of argument types."""

    def __init__(
        self, staged: Any, donated: Sequence[bool], spec: "JitSpec", names: Sequence[str]
    ) -> None:
        self._staged = staged
        jaxpr = staged.jaxpr
        trees = (staged.in_tree, staged.out_tree)
        avals = (jaxpr.in_avals, jaxpr.out_avals)
        super().__init__(_Info(spec.name, *trees, *avals, donated, names, spec.compiler_options))

    @property
    def jaxpr(self) -> Any:
        """The program, a closed jaxpr."""
        return self._staged.jaxpr

    @property
    def fun_name(self) -> str:
        """What the function is called."""
        return self._info.name

    @property
    def out_avals(self) -> Any:
        """The result's tree, with types as leaves."""
        return tree_unflatten(self._info.out_tree, list(self._info.out_avals))

    def lower(self, *, lowering_platforms: tuple[str, ...] | None = None) -> "Lowered":
        """Translates the program to StableHLO.

        Args:
          lowering_platforms: the one platform that the program is for, such as `("tpu",)`; it need
            not be at hand. None is the preferred one.

        Raises:
          NotImplementedError: if there are several.
        """
        platforms = lowering_platforms or (_core.default_device().platform,)
        if len(platforms) != 1:
            raise NotImplementedError(
                "a program is lowered for one platform, but "
                f"lowering_platforms={lowering_platforms}"
            )
        lowered = self._staged.lower(platforms[0])
        if lowered.unusable_donations:
            shapes = [repr(self._info.in_avals[i]) for i in lowered.unusable_donations]
            warnings.warn(
                f"Some donated buffers were not usable: {', '.join(shapes)}. No result of "
                f"{self._info.name} has their size.",
                stacklevel=2,
            )
        return Lowered(lowered, self._info)


class Lowered(Stage):
    """A function as a module of StableHLO."""

    def __init__(self, lowered: Any, info: _Info) -> None:
        super().__init__(info)
        self._lowered = lowered

    def as_text(self, dialect: str | None = None, *, debug_info: bool = False) -> str:
        """The module as text.

        Args:
          dialect: 'stablehlo', or None for the same.
          debug_info: whether to write the lines of source that operations come from.

        Raises:
          ValueError: if another dialect is named.
        """
        if dialect not in (None, "stablehlo"):
            raise ValueError(f"unknown dialect: {dialect}; there is 'stablehlo'")
        return self._lowered.as_text(debug_info)

    def compiler_ir(self, dialect: str | None = None) -> str:
        """The module as the compiler is given it, which is text; see `as_text`."""
        return self.as_text(dialect)

    def compile(self, compiler_options: CompilerOptions | None = None) -> "Compiled":
        """Compiles for the default device.

        Args:
          compiler_options: options of XLA by name, such as `xla_cpu_enable_fast_math`.

        Raises:
          JaxRuntimeError: if the compiler knows no such option, or fails.
        """
        options = {**self._info.compiler_options, **(compiler_options or {})}
        return Compiled(self._lowered.compile(options), self._info)

    def cost_analysis(self) -> Any:
        """The compiler's estimates of the cost, by name; it has to compile for them."""
        return self.compile().cost_analysis()


class Compiled(Stage):
    """A function as an executable program, for one combination of argument types.

    Called with arguments of these types, it runs.
    """

    def __init__(self, executable: Any, info: _Info) -> None:
        super().__init__(info)
        self._executable = executable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the program.

        Args:
          *args, **kwargs: as the function's, without the static ones.

        Returns:
          What the function returns.

        Raises:
          TypeError: if arguments differ in structure or type from those compiled for, or are
            traced.
        """
        leaves, tree = tree_flatten((args, kwargs))
        if tree != self._info.in_tree:
            raise TypeError(
                "Function compiled with input pytree does not match the input pytree it was "
                f"called with: compiled for {self._info.in_tree}, called with {tree}."
            )
        for x in leaves:
            if isinstance(x, Tracer):
                raise TypeError(
                    "Cannot apply JAX transformations to a function lowered and compiled for a "
                    "particular signature. Detected argument of Tracer type "
                    f"{repr(x).partition('(')[0]}; call the jitted function instead."
                )
        self._check_types(leaves)
        return tree_unflatten(self._info.out_tree, self._executable.call(leaves))

    call = __call__

    def _check_types(self, leaves: list[Any]) -> None:
        wrong = []
        for name, x, aval in zip(self._info.names, leaves, self._info.in_avals):
            given: Any = _core.aval_of(x)
            if (given.shape, given.dtype) != (aval.shape, aval.dtype):
                compiled = f"{aval.dtype}[{','.join(map(str, aval.shape))}]"
                called = f"{given.dtype}[{','.join(map(str, given.shape))}]"
                wrong.append(f"Argument '{name}' compiled with {compiled} and called with {called}")
        if wrong:
            raise TypeError(
                "Argument types differ from the types for which this computation was compiled. "
                "Perhaps enable_x64 was another when it was compiled. The mismatches are:\n"
                + "\n".join(wrong)
            )

    def as_text(self) -> str:
        """The program as text."""
        return self._executable.as_text()

    def cost_analysis(self) -> Any:
        """The compiler's estimates of the cost, by name, such as `flops`."""
        return self._executable.cost_analysis()

    def memory_analysis(self) -> Any:
        """The memory that the program needs, in attributes such as `temp_size_in_bytes`.

        None if the device does not tell.
        """
        sizes = self._executable.memory_analysis()
        return None if sizes is None else SimpleNamespace(**sizes)

    @property
    def input_shardings(self) -> Any:
        """The arguments' tree, with a sharding at each leaf: uncommitted arrays go there."""
        return tree_unflatten(self._info.in_tree, [_here()] * len(self._info.in_avals))

    @property
    def output_shardings(self) -> Any:
        """The result's tree, with a sharding at each leaf."""
        return tree_unflatten(self._info.out_tree, [_here()] * len(self._info.out_avals))

    @property
    def input_formats(self) -> Any:
        """The arguments' tree, with a `Format` at each leaf: layout and sharding."""
        return tree_unflatten(self._info.in_tree, _formats(self._info.in_avals))

    @property
    def output_formats(self) -> Any:
        """The result's tree, with a `Format` at each leaf."""
        return tree_unflatten(self._info.out_tree, _formats(self._info.out_avals))

    def runtime_executable(self) -> Any:
        """The native object behind this one."""
        return self._executable


def _here() -> SingleDeviceSharding:
    return SingleDeviceSharding(_core.default_device())


def _formats(avals: Sequence[Any]) -> list[Format]:
    """Arrays are row-major."""
    return [Format(Layout(tuple(range(len(a.shape)))), _here()) for a in avals]


class Wrapped(Protocol):
    """What `jit` returns: a function that can also be taken through the stages one by one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the function, tracing and compiling it if its arguments have new types."""

    def trace(self, *args: Any, **kwargs: Any) -> Traced:
        """The function as a jaxpr, for the types of these arguments."""

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """The function as StableHLO, for the types of these arguments."""

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The types of what the function would return."""

    def clear_cache(self) -> None:
        """Forgets all programs of this function."""


class JitSpec(NamedTuple):
    """What a jitted function is called, which arguments are static or donated, and the like."""

    name: str
    static_argnums: tuple[int, ...]
    static_argnames: tuple[str, ...]
    donate_argnums: tuple[int, ...]
    donate_argnames: tuple[str, ...]
    compiler_options: dict[str, Any]


def trace(self: Any, *args: Any, **kwargs: Any) -> Traced:
    """The function as a jaxpr, for the types of these arguments.

    Args:
      *args, **kwargs: the function's; `ShapeDtypeStruct`s can stand for arrays.

    Returns:
      A `Traced`.
    """
    spec: JitSpec = self._spec
    by_position = [i in spec.donate_argnums for i in range(len(args))]
    donated: list[bool] = []
    for i, arg in enumerate(args):
        if i not in spec.static_argnums:
            donated += by_position[i : i + 1] * tree_structure(arg).num_leaves
    for name in sorted(kwargs):
        if name not in spec.static_argnames:
            donated += [name in spec.donate_argnames] * tree_structure(kwargs[name]).num_leaves
    dynamic = tuple(() if i in spec.static_argnums else a for i, a in enumerate(args))
    named = {k: v for k, v in kwargs.items() if k not in spec.static_argnames}
    names = argument_paths(self, dynamic, named)
    return Traced(_stage(self, spec, args, kwargs), donated, spec, names)


def _stage(fun: Any, spec: JitSpec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The trace for arguments some of which may be types alone.

    For these the function is traced for tracers of these types, which a staging around it gives.
    """
    positional = {i: a for i, a in enumerate(args) if i not in spec.static_argnums}
    named = {k: v for k, v in kwargs.items() if k not in spec.static_argnames}
    leaves = tree_leaves((positional, named))
    if all(not _is_type_alone(x) for x in leaves):
        return fun.stage(args, kwargs)
    found = []

    def capture(positional: dict[int, Any], named: dict[str, Any]) -> tuple[()]:
        all_args = tuple(positional.get(i, a) for i, a in enumerate(args))
        found.append(fun.stage(all_args, {**kwargs, **named}))
        return ()

    leaves, tree = tree_flatten(((positional, named), {}))
    _core.stage(capture, leaves, tree)
    return found[0]


def _is_type_alone(x: Any) -> bool:
    if isinstance(x, (ShapeDtypeStruct, ArgInfo)):
        return True
    if not (hasattr(x, "shape") and hasattr(x, "dtype")):
        return False
    return not (hasattr(x, "__array__") or hasattr(x, "__jax_array__"))


def lower(self: Any, *args: Any, **kwargs: Any) -> Lowered:
    """The function as StableHLO, for the types of these arguments; see `trace`."""
    return trace(self, *args, **kwargs).lower()


def eval_shape(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The types of what the function would return, a tree of `ShapeDtypeStruct`s."""
    return trace(self, *args, **kwargs).out_info
