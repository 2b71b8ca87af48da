"""Compares the public names of modules with those of JAX, the oracle.

    python scripts/surface.py [MODULE...]          e.g. lax lax.linalg numpy.fft

Prints for each module what Covector lacks, what has other parameters, and how much is there.
The exit status is the number of missing names, at most 100.
"""

import argparse
import importlib
import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import jax


def public(module: ModuleType) -> dict[str, Any]:
    """Public names that are no modules, without those that JAX has removed."""
    found = {}
    for name in sorted(dir(module)):
        try:
            value = getattr(module, name)
        except AttributeError:  # only the message about its removal is left
            continue
        if not name.startswith("_") and not inspect.ismodule(value):
            found[name] = value
    return found


def parameters(function: Any) -> list[str] | None:
    """Names of parameters as calls may use them, or None where the function does not tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    kinds = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"} if (p := inspect.Parameter) else {}
    marks = [
        kinds.get(p.kind, "") + p.name + ("" if p.default is p.empty else "=")
        for p in signature.parameters.values()
        if not p.name.startswith("_")
    ]
    return marks


def is_generic(names: list[str]) -> bool:
    return any(n.startswith("*") and n in ("*args", "**kwargs") for n in names)


def differences(name: str, ours: Any, theirs: Any) -> Iterator[str]:
    if inspect.isclass(theirs) != inspect.isclass(ours):
        yield f"{name}: {type(ours).__name__}, in JAX {type(theirs).__name__}"
        return
    if inspect.isclass(theirs) or not callable(theirs):
        return
    mine, want = parameters(ours), parameters(theirs)
    if mine is None or want is None or is_generic(want):
        return
    bare = [[n.rstrip("=") for n in names] for names in (mine, want)]
    if bare[0] != bare[1]:
        yield f"{name}({', '.join(mine)}), in JAX ({', '.join(want)})"


def compare(module: str) -> int:
    theirs = public(importlib.import_module(f"jax.{module}" if module else "jax"))
    try:
        ours = public(importlib.import_module(f"covector.{module}" if module else "covector"))
    except ImportError:
        ours = {}
    missing = sorted(theirs.keys() - ours.keys())
    print(f"{module or '(top)'}: {len(theirs) - len(missing)} of {len(theirs)} names")
    for name in missing:
        print(f"  missing  {name}  {signature_text(theirs[name])}")
    for name in sorted(theirs.keys() & ours.keys()):
        for line in differences(name, ours[name], theirs[name]):
            print(f"  differs  {line}")
    return len(missing)


def signature_text(value: Any) -> str:
    names = parameters(value) if callable(value) and not inspect.isclass(value) else None
    return type(value).__name__ if names is None else f"({', '.join(names)})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=["lax"], help="without the leading 'jax.'")
    print(f"compared with JAX {jax.__version__}")
    return min(100, sum(compare(m) for m in parser.parse_args().modules))


if __name__ == "__main__":
    sys.exit(main())
