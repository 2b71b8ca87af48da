"""`vectorize`: functions of scalars or small arrays as functions of arrays of them."""

import functools
import re
import warnings
from collections.abc import Callable, Collection, Sequence
from typing import Any

from covector import _core, lax
from covector._arguments import as_array
from covector._config import numpy_rank_promotion
from covector._core import Array
from covector._vmap import vmap

CoreAxes = tuple[str, ...]

_NAME = r"\w+"
_AXES = rf"\(\s*(?:{_NAME}(?:\s*,\s*{_NAME})*)?\s*,?\s*\)"
_LIST = rf"\s*(?:{_AXES}(?:\s*,\s*{_AXES})*)?\s*"
_SIGNATURE = re.compile(rf"^({_LIST})->({_LIST})$")


def vectorize(
    pyfunc: Callable[..., Any],
    *,
    excluded: Collection[int | str] = frozenset(),
    signature: str | None = None,
) -> Callable[..., Any]:
    """A function that applies another one to all elements of arrays, which broadcast.

    Args:
      pyfunc: takes arrays of the ranks that the signature says; scalars without one.
      excluded: positions and names of arguments to pass on as they are.
      signature: the axes of arguments and results of `pyfunc` by name, as '(m,n),(n)->(m)'.

    Returns:
      A function of arrays, whose leading axes broadcast.

    Raises:
      ValueError: if the signature is none; when called: if shapes do not fit it.
      TypeError: when called: if the number of arguments does not fit.

    >>> import covector.numpy as jnp
    >>> dot = jnp.vectorize(jnp.dot, signature="(n),(n)->()")
    >>> dot(jnp.ones((4, 3)), jnp.arange(3.0))
    Array([3., 3., 3., 3.], dtype=float32)
    """
    if any(not isinstance(e, (str, int)) for e in excluded):
        raise TypeError(
            "jax.numpy.vectorize can only exclude integer or string arguments, "
            f"but excluded={excluded!r}"
        )
    if any(isinstance(e, int) and e < 0 for e in excluded):
        raise ValueError(f"vectorize: excluded={excluded!r} contains negative numbers")
    axes = None if signature is None else _parse(signature)

    @functools.wraps(pyfunc)
    def vectorized(*args: Any, **kwargs: Any) -> Any:
        inputs = None if axes is None else _inputs_without_none(axes[0], args, excluded, signature)
        function, arrays = _bind(pyfunc, args, kwargs, excluded)
        return _apply(function, arrays, inputs, None if axes is None else axes[1], signature)

    return vectorized


def _parse(signature: str) -> tuple[list[CoreAxes], list[CoreAxes]]:
    match = _SIGNATURE.match(signature)
    if not match:
        raise ValueError(f"not a valid gufunc signature: {signature}")
    sides = [
        [tuple(re.findall(_NAME, axes)) for axes in re.findall(_AXES, side)]
        for side in match.groups()
    ]
    return sides[0], sides[1]


def _inputs_without_none(
    inputs: list[CoreAxes], args: Sequence[Any], excluded: Collection[int | str], signature: Any
) -> list[CoreAxes]:
    """The axes of arguments that are there: None may stand for a scalar."""
    given = [a for i, a in enumerate(args) if i not in excluded]
    absent = {i for i, a in enumerate(given) if a is None}
    if any(i < len(inputs) and inputs[i] for i in absent):
        raise ValueError(f"Cannot pass None at locations {absent} with {signature=}")
    return [names for i, names in enumerate(inputs) if i not in absent]


def _bind(
    pyfunc: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    excluded: Collection[int | str],
) -> tuple[Callable[..., Any], list[Any]]:
    """The function of the arguments that are not excluded, None being so too; and these."""
    mapped = [i for i, a in enumerate(args) if i not in excluded and a is not None]
    names = [k for k in kwargs if k not in excluded]

    def function(*arrays: Any) -> Any:
        full = list(args)
        for i, a in zip(mapped, arrays):
            full[i] = a
        return pyfunc(*full, **{**kwargs, **dict(zip(names, arrays[len(mapped) :]))})

    return function, [args[i] for i in mapped] + [kwargs[k] for k in names]


def _apply(
    function: Callable[..., Any],
    args: list[Any],
    inputs: list[CoreAxes] | None,
    outputs: list[CoreAxes] | None,
    signature: str | None,
) -> Any:
    if inputs is None:
        inputs = [()] * len(args)
    if len(inputs) != len(args):
        raise TypeError(
            f"wrong number of positional arguments: expected {len(inputs)}, got {len(args)} "
            f"on vectorized function with signature={signature!r}"
        )
    arrays = [as_array("vectorize", a, i) for i, a in enumerate(args)]
    loops, sizes = _loop_shapes(arrays, inputs, signature)
    shape = lax.broadcast_shapes(*loops) if loops else ()

    def checked(*parts: Array) -> Any:
        out = function(*parts)
        if outputs is not None:
            _check_outputs(out, outputs, sizes, signature)
        return out

    # Axes of size one are not mapped, so that what does not depend on an axis is computed once.
    ranks = [len(s) for s in loops]
    _check_rank_promotion(arrays, ranks, signature)
    parts = [_squeezed(a, loop) for a, loop in zip(arrays, loops)]
    mapped = checked
    for i in range(1, len(shape) + 1):
        where = tuple(
            0 if rank >= i and loop[-i] != 1 else None for rank, loop in zip(ranks, loops)
        )
        if any(w is not None for w in where):
            mapped = vmap(mapped, in_axes=where)
        else:
            mapped = _with_new_axis(mapped)
    return mapped(*parts)


def _check_rank_promotion(arrays: list[Array], ranks: list[int], signature: str | None) -> None:
    mode = numpy_rank_promotion.value
    if mode == "allow" or len({rank for a, rank in zip(arrays, ranks) if a.ndim}) < 2:
        return
    text = (
        f"operands with shapes {[a.shape for a in arrays]} require rank promotion for "
        f"jnp.vectorize function with signature {signature}. Set the jax_numpy_rank_promotion "
        "config option to 'allow' to disable this message."
    )
    if mode == "raise":
        raise ValueError(text)
    warnings.warn(text, stacklevel=4)


def _squeezed(a: Array, loop: tuple[int, ...]) -> Array:
    return lax.squeeze(a, [i for i, s in enumerate(loop) if s == 1])


def _with_new_axis(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any) -> Any:
        out = function(*args)
        if isinstance(out, (tuple, list)):
            return type(out)(lax.expand_dims(o, (0,)) for o in out)
        return lax.expand_dims(out, (0,))

    return wrapped


def _loop_shapes(
    arrays: list[Array], inputs: list[CoreAxes], signature: str | None
) -> tuple[list[tuple[int, ...]], dict[str, int]]:
    """The axes of each argument that the function does not see, and the sizes of the others."""
    sizes: dict[str, int] = {}
    loops = []
    for a, names in zip(arrays, inputs):
        if a.ndim < len(names):
            raise ValueError(
                f"input with shape {a.shape} does not have enough dimensions for all core "
                f"dimensions {names} on vectorized function with signature={signature!r}"
            )
        split = a.ndim - len(names)
        loops.append(a.shape[:split])
        _record(sizes, names, a.shape[split:], signature)
    return loops, sizes


def _record(
    sizes: dict[str, int], names: CoreAxes, shape: tuple[int, ...], signature: str | None
) -> None:
    for name, size in zip(names, shape):
        # A number in a signature is the size itself.
        expected = int(name) if name.isdigit() else sizes.setdefault(name, size)
        if size != expected:
            raise ValueError(
                f"inconsistent size for core dimension {name!r}: {size} vs {expected} on "
                f"vectorized function with signature={signature!r}"
            )


def _check_outputs(
    out: Any, outputs: list[CoreAxes], sizes: dict[str, int], signature: str | None
) -> None:
    if len(outputs) > 1 and not isinstance(out, tuple):
        raise TypeError(
            "output must be a tuple when multiple outputs are expected, got: "
            f"{out!r} on vectorized function with signature={signature!r}"
        )
    results = out if isinstance(out, tuple) else (out,)
    if len(results) != len(outputs):
        raise TypeError(
            f"wrong number of output arguments: expected {len(outputs)}, got {len(results)} on "
            f"vectorized function with signature={signature!r}"
        )
    sizes = dict(sizes)
    for result, names in zip(results, outputs):
        shape = tuple(_core.asarray(result).shape)
        if len(shape) != len(names):
            raise ValueError(
                f"output shape {shape} does not match core dimensions {names} on vectorized "
                f"function with signature={signature!r}"
            )
        _record(sizes, names, shape, signature)
