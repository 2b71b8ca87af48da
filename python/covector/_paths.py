"""How messages name arguments and their types."""

import inspect
from collections.abc import Callable
from typing import Any

from covector._core import Array
from covector._signature import describe
from covector.tree_util import keystr, tree_leaves_with_path


def argument_paths(
    fun: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[str]:
    """A path such as `params['w'][0]` for each leaf of the arguments, in their order."""
    names = positional_names(fun, args)
    paths = []
    for name, arg in zip(names, args):
        paths += [name + keystr(path) for path, _ in tree_leaves_with_path(arg)]
    for name in sorted(kwargs):
        paths += [name + keystr(path) for path, _ in tree_leaves_with_path(kwargs[name])]
    return paths


def positional_names(fun: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """What the function calls its positional arguments; `args[i]` where it has no names."""
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (ValueError, TypeError):
        parameters = []
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(len(args) - len(names))]
            break
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            break
        names.append(parameter.name)
    names += [f"args[{i}]" for i in range(len(names), len(args))]
    return names[: len(args)]


def leaf_path(fun: Callable[..., Any], name: str | int, arg: Any, leaf: int) -> str:
    """The path of one leaf of an argument, which was passed by name or at a position."""
    if isinstance(name, int):
        name = positional_names(fun, (None,) * (name + 1))[name]
    return name + keystr(tree_leaves_with_path(arg)[leaf][0])


def wrong_result(fun: Callable[..., Any], result: Any, leaf: int) -> str:
    """What to say of a leaf of a function's result that is no array."""
    path, x = tree_leaves_with_path(result)[leaf]
    where = f" at output component {keystr(path)}" if path else ""
    return (
        f"function {describe(fun)} returned a value of type {type(x)}{where}, which is not a "
        "valid JAX type: results have to be arrays, scalars or trees of them"
    )


def type_text(x: Any) -> str:
    """`float32[2,3]`: dtype and shape of an array or scalar."""
    if not isinstance(x, Array) and not hasattr(x, "dtype"):
        return f"{type(x).__name__}[]"
    return f"{x.dtype}[{','.join(map(str, x.shape))}]"
