"""Members of the core's classes that are written in Python, imported when first used."""

import importlib
from collections.abc import Callable
from types import FunctionType
from typing import Any

from covector import _core

# For each module, its functions that are methods or properties.
Members = dict[str, tuple[str, ...]]

_ARRAY_METHODS: Members = {
    "covector._array_devices": (
        "addressable_data",
        "block_until_ready",
        "clone",
        "copy_to_host_async",
        "delete",
        "devices",
        "is_deleted",
        "is_ready",
        "on_device_size_in_bytes",
        "platform",
        "to_device",
        "unsafe_buffer_pointer",
    ),
    "covector.numpy._array_methods": (
        "__array_namespace__",
        "__contains__",
        "__round__",
        "astype",
        "clip",
        "compress",
        "conj",
        "conjugate",
        "copy",
        "flatten",
        "reshape",
        "std",
        "transpose",
        "var",
    ),
    "covector.numpy._averages": ("mean",),
    "covector.numpy._axes": ("swapaxes",),
    "covector.numpy._bits": ("byteswap", "view"),
    "covector.numpy._cumulative": ("cumprod", "cumsum"),
    "covector.numpy._elementwise": ("round",),
    "covector.numpy._extremes": ("argmax", "argmin"),
    "covector.numpy._gathering": ("take",),
    "covector.numpy._indexing": ("choose",),
    "covector.numpy._narrower_methods": ("argsort", "dot", "nonzero"),
    "covector.numpy._reductions": ("all", "any", "max", "min", "prod", "ptp", "sum"),
    "covector.numpy._repeating": ("repeat",),
    "covector.numpy._searching": ("searchsorted",),
    "covector.numpy._shapes": ("ravel", "squeeze"),
    "covector.numpy._sorting": ("argpartition", "sort"),
    "covector.numpy._triangles": ("diagonal", "trace"),
}

_ARRAY_PROPERTIES: Members = {
    "covector._array_devices": (
        "__cuda_array_interface__",
        "_committed",
        "_value",
        "addressable_shards",
        "committed",
        "device",
        "device_buffer",
        "device_buffers",
        "format",
        "global_shards",
        "is_fully_addressable",
        "is_fully_replicated",
        "sharding",
    ),
    "covector.numpy._array_methods": ("__numpy_dtype__", "at", "flat"),
}
_REFERENCE_METHODS: Members = {
    "covector._reference_members": ("__repr__", "addupdate", "get", "set"),
}
_REFERENCE_PROPERTIES: Members = {"covector._reference_members": ("at", "committed", "sharding")}
_LINEAR_METHODS: Members = {"covector._reference_members": ("with_refs",)}
_AVAL_PROPERTIES: Members = {"covector._aval_sharding": ("sharding",)}
_UFUNC_METHODS: Members = {
    "covector.numpy._ufunc_methods": (
        "__eq__",
        "__hash__",
        "__repr__",
        "_call_vectorized",
        "accumulate",
        "at",
        "outer",
        "reduce",
        "reduceat",
    )
}
_DEVICE_METHODS: Members = {
    "covector._memories": ("addressable_memories", "default_memory", "memory"),
}
_JIT_METHODS: Members = {"covector.stages": ("eval_shape", "lower", "trace")}


class _Late:
    """Stands for a member until that is first used, and then gives its place to it."""

    def __init__(self, owner: type, kind: Callable[[Any], Any], module: str, name: str) -> None:
        self.owner, self.kind, self.module, self.name = owner, kind, module, name

    def __get__(self, instance: Any, cls: type) -> Any:
        function = getattr(importlib.import_module(self.module), self.name)
        setattr(self.owner, self.name, self.kind(function))
        return getattr(cls if instance is None else instance, self.name)


def _method(function: Any) -> Any:
    """The function, with its first parameter called `self` as methods have it."""
    if not isinstance(function, FunctionType):
        return function
    code, old = function.__code__, function.__code__.co_varnames[0]
    if old == "self":
        return function
    names = {"co_varnames": code.co_varnames, "co_cellvars": code.co_cellvars}
    renamed = {k: tuple("self" if n == old else n for n in v) for k, v in names.items()}
    made = FunctionType(
        code.replace(**renamed),  # type: ignore[arg-type]
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__, made.__doc__ = function.__kwdefaults__, function.__doc__
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    kinds = function.__annotations__
    made.__annotations__ = {"self" if k == old else k: kind for k, kind in kinds.items()}
    return made


def _new_array(
    cls: type, aval: Any, sharding: Any, arrays: Any, committed: bool, _skip_checks: bool = False
) -> Any:
    """An array of the parts that devices hold; see `make_array_from_single_device_arrays`."""
    return importlib.import_module("covector._sharded").from_parts(aval, sharding, arrays)


def attach() -> None:
    """Makes them members of the classes; of arrays, of the base of concrete and traced ones."""
    for owner, kind, members in (
        (_core.Array, _method, _ARRAY_METHODS),
        (_core.Array, property, _ARRAY_PROPERTIES),
        (_core.LinearFunction, _method, _LINEAR_METHODS),
        (_core.Ref, _method, _REFERENCE_METHODS),
        (_core.Ref, property, _REFERENCE_PROPERTIES),
        (_core.ShapedArray, property, _AVAL_PROPERTIES),
        (_core.Device, _method, _DEVICE_METHODS),
        (_core.JitFunction, _method, _JIT_METHODS),
        (_core.numpy.ufunc, _method, _UFUNC_METHODS),
    ):
        for module, names in members.items():
            for name in names:
                setattr(owner, name, _Late(owner, kind, module, name))
    cls: Any = _core.ArrayImpl
    cls.__new__ = _new_array
