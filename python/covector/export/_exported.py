"""Exported functions: made, called, differentiated, stored."""

import dataclasses
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from covector import _core
from covector._core import ExportedProgram
from covector._custom_vjp import custom_vjp
from covector._derivatives import vjp
from covector._dtypes import float0, issubdtype
from covector._jit import jit
from covector._struct import struct_of
from covector.core import ShapedArray
from covector.export._checks import DisabledSafetyCheck, check_custom_calls
from covector.export._trees import load_tree, store_tree
from covector.tree_util import (
    PyTreeDef,
    keystr,
    tree_flatten,
    tree_flatten_with_path,
    tree_unflatten,
)

# The calling convention of modules is that of these versions of JAX, but for programs with
# effects or for several platforms, of which JAX makes one module.
minimum_supported_calling_convention_version = 9
maximum_supported_calling_convention_version = 10

_MAGIC = b"covector.export 1\n"


@dataclasses.dataclass(frozen=True)
class Exported:
    """A function for arguments of certain types, as StableHLO.

    Attributes:
      fun_name: what the function is called.
      in_tree: the tree of the pair of positional and keyword arguments.
      in_avals: the types of their leaves.
      out_tree: the tree of the result.
      out_avals: the types of its leaves.
      platforms: what it was lowered for, such as ("cpu",).
      disabled_safety_checks: checks that are not made.
      nr_devices: the number of devices it runs on: 1.
      calling_convention_version: of its modules.
    """

    fun_name: str
    in_tree: PyTreeDef
    in_avals: tuple[ShapedArray, ...]
    out_tree: PyTreeDef
    out_avals: tuple[ShapedArray, ...]
    platforms: tuple[str, ...]
    disabled_safety_checks: tuple[DisabledSafetyCheck, ...]
    _program: ExportedProgram = dataclasses.field(repr=False)
    _get_vjp: "Callable[[], Exported] | None" = dataclasses.field(repr=False)
    nr_devices: int = 1
    calling_convention_version: int = maximum_supported_calling_convention_version

    @property
    def module_kept_var_idx(self) -> tuple[int, ...]:
        """Which arrays among the arguments the modules take: those that are used."""
        return tuple(self._program.kept)

    def mlir_module(self, platform: str | None = None) -> str:
        """The module of StableHLO as text.

        Args:
          platform: which one's; None is the first.

        Raises:
          KeyError: if it was not exported for that platform.
        """
        return self._program.texts[_core.lowering_platform(platform or self.platforms[0])]

    @property
    def mlir_module_serialized(self) -> bytes:
        """The module of the first platform as a portable artifact of StableHLO.

        Raises:
          ImportError: if `jaxlib`, which writes it, is not installed.
        """
        from jaxlib.mlir.dialects import stablehlo

        requirement = stablehlo.StablehloCompatibilityRequirement.WEEK_4
        version = stablehlo.get_version_from_compatibility_requirement(requirement)
        return stablehlo.serialize_portable_artifact_str(self.mlir_module(), version)

    def __str__(self) -> str:
        return f"Exported(fun_name={self.fun_name}, ...)"

    def has_vjp(self) -> bool:
        """Whether it can be differentiated backward."""
        return self._get_vjp is not None

    def vjp(self) -> "Exported":
        """The function that pulls cotangents back, exported.

        It takes the leaves of the arguments and then a cotangent for each leaf of the result, and
        gives a cotangent for each leaf of the arguments.

        Raises:
          ValueError: if it was stored without one.
        """
        if self._get_vjp is None:
            raise ValueError("No VJP is available")
        return self._get_vjp()

    def serialize(self, vjp_order: int = 0) -> bytearray:
        """All of it as bytes, for `deserialize`.

        Args:
          vjp_order: how often what is read back can be differentiated backward.

        Raises:
          ValueError: if a tree has a node of a class that is not registered for it.
        """
        return bytearray(_MAGIC + _stored(self, vjp_order))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function, also inside of transformations.

        Args:
          *args, **kwargs: trees as those it was exported for.

        Returns:
          What the function returns.

        Raises:
          ValueError: if trees or types of arguments are others, or the platform is.
        """
        leaves, tree = tree_flatten((args, kwargs))
        if tree != self.in_tree:
            raise ValueError(
                "The invocation args and kwargs must have the same pytree structure as when the "
                f"function '{self.fun_name}' was exported: {self.in_tree}, but they have {tree}."
            )
        leaves = [_core.asarray(x) for x in leaves]
        self._check_types((args, kwargs), leaves)
        return tree_unflatten(self.out_tree, _differentiable(self)(*leaves))

    def _check_types(self, trees: Any, leaves: list[Any]) -> None:
        for i, (x, aval) in enumerate(zip(leaves, self.in_avals)):
            if (x.shape, x.dtype) == (aval.shape, aval.dtype):
                continue
            name = _argument_name(trees, i)
            if len(x.shape) != len(aval.shape):
                kind, where = "Rank", name
            elif x.dtype != aval.dtype:
                kind, where = "Dtype", name
            else:
                axis = next(k for k, n in enumerate(x.shape) if n != aval.shape[k])
                kind, where = "Shape", f"{name}.shape[{axis}]"
            raise ValueError(
                f"{kind} mismatch for {where}: function '{self.fun_name}' was exported for "
                f"{aval}, got {x.dtype}{list(x.shape)}"
            )


def _argument_name(trees: tuple[Any, Any], leaf: int) -> str:
    path = tree_flatten_with_path(trees)[0][leaf][0]
    return ("args" if path[0].idx == 0 else "kwargs") + keystr(path[1:])


def _differentiable(exported: Exported) -> Callable[..., list[Any]]:
    """The function of leaves, with its exported derivative as a rule."""

    @custom_vjp
    def call(*leaves: Any) -> list[Any]:
        return exported._program.call(leaves)

    def forward(*leaves: Any) -> tuple[list[Any], tuple[Any, ...]]:
        return call(*leaves), leaves

    def backward(leaves: tuple[Any, ...], cotangents: list[Any]) -> tuple[Any, ...]:
        taken = [ct for ct in cotangents if ct.dtype != float0]
        given = iter(exported.vjp().call(*leaves, *taken))
        return tuple(next(given) if _has_tangent(aval) else None for aval in exported.in_avals)

    call.defvjp(forward, backward)
    return call


def _has_tangent(aval: Any) -> bool:
    return issubdtype(aval.dtype, np.inexact)


def _pullback(jaxpr: Any) -> Callable[..., tuple[Any, ...]]:
    """Maps (inputs..., cotangents of inexact outputs...) to cotangents of inexact inputs."""
    inputs, outputs = jaxpr.in_avals, jaxpr.out_avals

    def pull(*operands: Any) -> tuple[Any, ...]:
        primals, cotangents = operands[: len(inputs)], iter(operands[len(inputs) :])
        _, pull_back = vjp(lambda *xs: _core.eval_jaxpr(jaxpr, xs), *primals)
        every = [
            next(cotangents) if _has_tangent(aval) else np.zeros(aval.shape, float0)
            for aval in outputs
        ]
        results = pull_back(every)
        return tuple(ct for ct, aval in zip(results, inputs) if _has_tangent(aval))

    return pull


def default_export_platform() -> str:
    """The platform that functions are exported for where none is named.

    >>> import covector
    >>> covector.export.default_export_platform()
    'cpu'
    """
    return _core.default_device().platform


def export(
    fun_jit: Any,
    *,
    platforms: Sequence[str] | None = None,
    disabled_checks: Sequence[DisabledSafetyCheck] = (),
) -> Callable[..., Exported]:
    """Exports a jitted function.

    Args:
      fun_jit: what `covector.jit` gave.
      platforms: the platforms to lower it for, of 'cpu', 'cuda', 'rocm' and 'tpu'; None is the
        preferred one here.
      disabled_checks: checks that are not to be made.

    Returns:
      A function of arguments, or of `ShapeDtypeStruct`s in their place, that gives an `Exported`.

    Raises:
      ValueError: if the function is not jitted.
      NotImplementedError: if it calls the host.

    >>> import covector, numpy as np
    >>> exported = export(covector.jit(lambda x: 2 * x))(np.arange(3.0, dtype=np.float32))
    >>> exported.in_avals
    (ShapedArray(float32[3]),)
    >>> exported.call(np.ones(3, np.float32))
    Array([2., 2., 2.], dtype=float32)
    """
    if isinstance(fun_jit, BuiltinFunctionType):  # the core's own, such as jnp.sin
        fun_jit = jit(fun_jit)
    if not hasattr(fun_jit, "trace"):
        raise ValueError(f"Function to be exported must be the result of `jit` but is: {fun_jit}")
    names = (default_export_platform(),) if platforms is None else tuple(platforms)

    def do_export(*args: Any, **kwargs: Any) -> Exported:
        traced = fun_jit.trace(*args, **kwargs)
        return _of_jaxpr(
            traced.jaxpr, traced.fun_name, traced.in_tree, traced.out_tree, names,
            tuple(disabled_checks),
        )  # fmt: skip

    return do_export


def _of_jaxpr(
    jaxpr: Any,
    name: str,
    in_tree: PyTreeDef,
    out_tree: PyTreeDef,
    platforms: tuple[str, ...],
    disabled: tuple[DisabledSafetyCheck, ...],
) -> Exported:
    lowering = sorted(set(map(_core.lowering_platform, platforms)))
    program = _core.export_program(jaxpr, name, lowering, keep_unused=False)
    for text in program.texts.values():
        check_custom_calls(name, text, disabled)

    def get_vjp() -> Exported:
        types = [struct_of(a) for a in jaxpr.in_avals]
        types += [struct_of(a) for a in jaxpr.out_avals if _has_tangent(a)]
        pull = _pullback(jaxpr)
        pull.__name__ = f"{name}_vjp"
        return export(jit(pull), platforms=platforms, disabled_checks=disabled)(*types)

    return Exported(
        name, in_tree, tuple(jaxpr.in_avals), out_tree, tuple(jaxpr.out_avals), platforms, disabled,
        _for_any_platform(program, jaxpr.in_avals, jaxpr.out_avals, name, platforms, disabled),
        get_vjp,
    )  # fmt: skip


def _for_any_platform(
    program: ExportedProgram,
    in_avals: Sequence[Any],
    out_avals: Sequence[Any],
    name: str,
    platforms: Sequence[str],
    disabled: Sequence[DisabledSafetyCheck],
) -> ExportedProgram:
    """With the module of the first platform for those that have none, if that is not checked."""
    if DisabledSafetyCheck.platform() not in disabled:
        return program
    texts = program.texts
    first = texts[_core.lowering_platform(platforms[0])]
    everywhere = {
        platform: texts.get(platform, first) for platform in ("cpu", "gpu", "tpu", *texts)
    }
    return ExportedProgram(name, in_avals, out_avals, program.kept, everywhere)


# The stored form ------------------------------------------------------------------------------


def _stored_aval(aval: Any) -> list[Any]:
    return [list(aval.shape), str(aval.dtype), bool(aval.weak_type)]


def _loaded_aval(stored: list[Any]) -> ShapedArray:
    shape, name, weak_type = stored
    dtype = _core._extended_dtype(name) if name.startswith("key<") else np.dtype(name)
    return ShapedArray(tuple(shape), dtype, weak_type=weak_type)


def _block(data: bytes) -> bytes:
    return struct.pack("<Q", len(data)) + data


def _stored(exported: Exported, vjp_order: int) -> bytes:
    """Three blocks, each with its length: a header, the modules' texts, and the derivative."""
    texts = exported._program.texts
    header = {
        "fun_name": exported.fun_name,
        "in_tree": store_tree(exported.in_tree),
        "out_tree": store_tree(exported.out_tree),
        "in_avals": [_stored_aval(a) for a in exported.in_avals],
        "out_avals": [_stored_aval(a) for a in exported.out_avals],
        "platforms": exported.platforms,
        "disabled_safety_checks": [str(c) for c in exported.disabled_safety_checks],
        "calling_convention_version": exported.calling_convention_version,
        "kept": list(exported._program.kept),
    }
    derivative = _stored(exported.vjp(), vjp_order - 1) if vjp_order > 0 else b""
    return (
        _block(json.dumps(header).encode())
        + _block(zlib.compress(json.dumps(texts).encode()))
        + _block(derivative)
    )


def _blocks(data: bytes) -> list[bytes]:
    blocks = []
    while data:
        (length,) = struct.unpack_from("<Q", data)
        if len(data) < 8 + length:
            raise ValueError("the serialized exported function is cut off")
        blocks.append(data[8 : 8 + length])
        data = data[8 + length :]
    return blocks


def deserialize(blob: bytes | bytearray) -> Exported:
    """The exported function that `Exported.serialize` stored.

    Raises:
      ValueError: if these are not such bytes, or a tree has a node of a class that is not
        registered.
    """
    if not blob.startswith(_MAGIC):
        raise ValueError("not an exported function as this version of covector serializes them")
    return _loaded(bytes(blob[len(_MAGIC) :]))


def _loaded(data: bytes) -> Exported:
    header, texts, derivative = _blocks(data)
    h = json.loads(header)
    in_avals = tuple(map(_loaded_aval, h["in_avals"]))
    out_avals = tuple(map(_loaded_aval, h["out_avals"]))
    program = ExportedProgram(
        h["fun_name"], in_avals, out_avals, h["kept"], json.loads(zlib.decompress(texts))
    )
    return Exported(
        h["fun_name"],
        load_tree(h["in_tree"]),
        in_avals,
        load_tree(h["out_tree"]),
        out_avals,
        tuple(h["platforms"]),
        tuple(map(DisabledSafetyCheck, h["disabled_safety_checks"])),
        program,
        (lambda: _loaded(derivative)) if derivative else None,
        calling_convention_version=h["calling_convention_version"],
    )
