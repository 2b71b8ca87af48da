"""Arrays as text, and as what `copy` makes of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array, Tracer

_TRACERS = {"jit": "JitTracer", "grad": "GradTracer", "jvp": "JVPTracer", "vmap": "VmapTracer"}


def _is_extended(x: Array) -> bool:
    dtype: Any = x.dtype  # which type checkers take for one of NumPy's
    return isinstance(dtype, _core.ExtendedDType)


def _elements(x: Array) -> np.ndarray[Any, Any]:
    """The elements as NumPy has them; of keys, the words behind them."""
    if _is_extended(x):
        return np.asarray(_core.random.unwrap(x))
    return np.asarray(x)


def _repr(x: Array) -> str:
    dtype = f"dtype={x.dtype.name}"
    if _is_extended(x):
        return f"Array({x.shape}, {dtype}) overlaying:\n{_elements(x)}"
    if x.weak_type:
        dtype += ", weak_type=True"
    width = np.get_printoptions()["linewidth"]
    if x.size == 0:
        text = f"[], shape={x.shape}"
    else:
        text = np.array2string(
            _elements(x), prefix="Array(", suffix=",", separator=", ", max_line_width=width
        )
    last_line = len("Array(") * ("\n" not in text) + len(text) - text.rfind("\n") - 1
    fits = last_line + len(f", {dtype})") <= width
    space = " " if fits else "\n" + " " * len("Array(")
    return f"Array({text},{space}{dtype})"


def _type_text(x: Array) -> str:
    weak = "~" if x.weak_type else ""
    return f"{weak}{x.dtype.name}[{','.join(map(str, x.shape))}]"


def _tracer_repr(x: Tracer) -> str:
    name = _TRACERS.get(_core.tracer_kind(x), "Tracer")
    known = _core.concrete_or_none(x)
    if known is None:
        return f"{name}({_type_text(x)})"
    return f"{name}(primal={_str(known)}, {_type_text(x)})"


def _str(x: Array) -> str:
    if isinstance(x, Tracer):
        return _tracer_repr(x)
    return _repr(x) if _is_extended(x) else str(_elements(x))


def _format(x: Array, spec: str) -> str:
    if isinstance(x, Tracer) or _is_extended(x):
        return format(_Text(_str(x)), spec)
    elements = _elements(x)
    return format(elements[()] if x.ndim == 0 else elements, spec)


class _Text:
    """Formats as objects do that have no format of their own: without options."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def _copy(x: Array, memo: Any = None) -> Array:
    return _core.lax.copy(x)


def attach() -> None:
    """Makes these functions methods of arrays."""
    members: tuple[tuple[type, str, Callable[..., Any]], ...] = (
        (_core.Array, "__str__", _str),
        (_core.Array, "__format__", _format),
        (_core.ArrayImpl, "__repr__", _repr),
        (_core.Tracer, "__repr__", _tracer_repr),
        (_core.Array, "__copy__", _copy),
        (_core.Array, "__deepcopy__", _copy),
    )
    for cls, name, function in members:
        setattr(cls, name, function)
