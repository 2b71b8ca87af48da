"""What to say where a loop's body does not give back what it was given."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from covector._signature import describe
from covector._tree_errors import equality_errors, equality_errors_pytreedef
from covector.tree_util import keystr, tree_leaves_with_path, tree_unflatten


def carry_error(
    body: str,
    fun: Callable[..., Any],
    in_tree: Any,
    in_avals: Sequence[Any],
    out_tree: Any,
    out_avals: Sequence[Any],
) -> str | None:
    """How the types of a carry before and after the body differ.

    Args:
      body: what the function is called, e.g. 'scan body'.
      fun: the function.
      in_tree, in_avals: the carry that it gets, as its tree and the types of its leaves.
      out_tree, out_avals: the carry that it returns.

    Returns:
      The text; None if the trees are alike after all but for what they keep beside their leaves.
    """
    name = _first_parameter(fun)
    before, after = tree_unflatten(in_tree, in_avals), tree_unflatten(out_tree, out_avals)
    if in_tree != out_tree:
        return _structure_error(body, name, before, after)
    return _type_error(body, name, before, out_avals)


def _first_parameter(fun: Callable[..., Any]) -> str:
    try:
        return next(iter(inspect.signature(fun).parameters), "")
    except (ValueError, TypeError):
        return ""


def _component(name: str, path: Any) -> str:
    where = keystr(path)
    if name:
        return f"the input carry component {name}{where}" if path else f"the input carry {name}"
    return f"the input carry at path {where}" if path else "the input carry"


def _mismatch(a: Any, b: Any) -> str:
    """What of two types differs; nothing if they are the same but for their weakness."""
    return ", and ".join(
        f"the {what} do not match"
        for what, x, y in (("dtypes", a.dtype, b.dtype), ("shapes", a.shape, b.shape))
        if x != y
    )


def _listed(differences: list[str], capital: bool = True) -> str:
    if len(differences) == 1:
        first = differences[0]
        return f"{first[0].upper() if capital else first[0]}{first[1:]}.\n"
    return "".join(f"  * {d};\n" for d in differences[:-1]) + f"  * {differences[-1]}.\n"


def _structure_error(body: str, name: str, before: Any, after: Any) -> str | None:
    differences = [
        f"{_component(name, path)} is a {thing} but the corresponding component of the carry "
        f"output is a {other}, so {why}"
        for path, thing, other, why in equality_errors(before, after)
    ]
    if not differences:
        return None
    return (
        f"{body} function carry input and carry output must have the same pytree structure, but "
        f"they differ:\n\n{_listed(differences)}\nRevise the function so that the carry output has "
        "the same pytree structure as the carry input."
    )


def _type_error(body: str, name: str, before: Any, out_avals: Sequence[Any]) -> str | None:
    differences = []
    for (path, given), out in zip(tree_leaves_with_path(before), out_avals):
        if why := _mismatch(given, out):
            differences.append(
                f"{_component(name, path)} has type {_type_text(given)} but the corresponding "
                f"output carry component has type {_type_text(out)}, so {why}"
            )
    if not differences:
        return None
    return (
        f"{body} function carry input and carry output must have equal types, but they differ:\n\n"
        f"{_listed(differences)}\nRevise the function so that all output types match the "
        "corresponding input types."
    )


def scanned_fun(loop_carry: Any) -> None:
    """What messages call the body of a `fori_loop` of known length."""


def while_body_fun(loop_carry: Any) -> None:
    """What messages call the body of a `fori_loop` whose length is not known."""


def branch_error(
    api: str,
    names: tuple[str, str],
    functions: tuple[Callable[..., Any], Callable[..., Any]],
    trees: tuple[Any, Any],
    avals: tuple[Sequence[Any], Sequence[Any]],
) -> str | None:
    """How the types of what two branches return differ.

    Args:
      api: the function that takes the branches.
      names: what the branches are called.
      functions: the branches.
      trees, avals: what they return, as trees and the types of their leaves.

    Returns:
      The text; None if the trees are alike after all but for what they keep beside their leaves.
    """
    first, other = names
    where = "".join(f"{n} is {describe(f)}\n" for n, f in zip(names, functions))
    if trees[0] != trees[1]:
        differences = [
            f"{first} output{_at(path)} is a {thing} but {other} output{_at(path)} is a "
            f"{another}, so {why}"
            for path, thing, another, why in equality_errors_pytreedef(*trees)
        ]
        if not differences:
            return None
        return (
            f"{api} branch outputs must have the same pytree structure, but they differ:\n\n"
            f"{where}\n{_listed(differences, capital=False)}\n"
            f"Revise {first} and/or {other} so that they have the same pytree structure."
        )
    paths = [path for path, _ in tree_leaves_with_path(tree_unflatten(trees[0], avals[0]))]
    differences = [
        f"the output of {first}{_at(path)} has type {_type_text(a)} but the corresponding output "
        f"of {other} has type {_type_text(b)}, so {why}"
        for path, a, b in zip(paths, *avals)
        if (why := _mismatch(a, b))
    ]
    if not differences:
        return None
    return (
        f"{api} branches must have equal output types but they differ.\n\n{where}\n"
        f"{_listed(differences)}\nRevise {first} and/or {other} so that all output types match."
    )


def _type_text(aval: Any) -> str:
    return f"{aval.dtype.name}[{','.join(map(str, aval.shape))}]"


def _at(path: Any) -> str:
    return f" at path {keystr(path)}" if path else ""
