"""Compares the public names of Covector with those of JAX, the oracle.

    python scripts/surface.py lax lax.linalg numpy.fft     the names of modules, one by one
    python scripts/surface.py --all                        of every public module of JAX
    python scripts/surface.py --all --tiers TABLE          summed up by tier

Prints what Covector lacks, what has other parameters, and how much is there. TABLE has a line
for each name, with the name (`jax.numpy.sin`, `jax.Array.shape`, `jax.Array.at[].set`) and its
tier, a small number, separated by tabs; names that only the table has are looked up as well, and
names that it does not list are of tier 9. The exit status is the number of names missing from the
modules, or from tiers 1 and 2, at most 100.
"""

import argparse
import contextlib
import importlib
import inspect
import pkgutil
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import jax

# Modules of JAX that wrap other programs or hardware, or are its own tools.
FOREIGN = (
    "experimental.jax2tf",
    "experimental.mosaic",
    "tools",
    "experimental.pallas",
    "extend.mlir",
)
UNLISTED = 9


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


def differ_in_self_alone(ours: Any, theirs: Any) -> bool:
    """Whether two methods differ in nothing but the name of the object that they are of."""
    mine, want = parameters(ours), parameters(theirs)
    return mine is not None and want is not None and mine[1:] == want[1:]


def signature_text(value: Any) -> str:
    names = parameters(value) if callable(value) and not inspect.isclass(value) else None
    return type(value).__name__ if names is None else f"({', '.join(names)})"


def compare(module: str) -> int:
    """Prints how a module differs; returns how many names are missing."""
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


# By tier ------------------------------------------------------------------------------------


class Row(NamedTuple):
    name: str  # with "jax." in front
    status: str  # "present", "missing" or "differs"
    note: str


def public_modules() -> list[str]:
    """The modules of JAX that are public and can be imported here, without the leading `jax.`."""
    found = [""]

    def visit(package: ModuleType, prefix: str) -> None:
        for info in pkgutil.iter_modules(package.__path__):
            name = prefix + info.name
            if info.name.startswith("_") or name.startswith(FOREIGN):
                continue
            with contextlib.suppress(Exception):  # some need what is not installed
                module = importlib.import_module(f"jax.{name}")
                found.append(name)
                if info.ispkg:
                    visit(module, name + ".")

    visit(jax, "")
    return found


def resolve(package: str, name: str) -> Any:
    """What `package.name` is; attributes of `at[]` are those of an array's.

    Raises:
      LookupError: if there is none.
    """
    name, *rest = name.split(".at[].")
    path = name.split(".")
    for depth in range(len(path), -1, -1):
        with contextlib.suppress(ImportError):
            value: Any = importlib.import_module(".".join([package, *path[:depth]]))
            break
    try:
        for attribute in path[depth:]:
            value = getattr(value, attribute)
        if rest:
            value = getattr(importlib.import_module(f"{package}.numpy").zeros(1).at[0], rest[0])
    except AttributeError as error:
        raise LookupError(name) from error
    return value


def row(name: str) -> Row | None:
    """How one name of JAX's is in Covector; None if JAX has none such."""
    bare = name.removeprefix("jax.")
    try:
        theirs = resolve("jax", bare)
    except LookupError:
        return None
    try:
        ours = resolve("covector", bare)
    except LookupError:
        return Row(name, "missing", signature_text(theirs))
    lines = list(differences(name, ours, theirs))
    if name.startswith("jax.Array.") and differ_in_self_alone(ours, theirs):
        lines = []
    return Row(name, "differs" if lines else "present", "".join(lines))


def read_tiers(path: Path) -> dict[str, int]:
    tiers = {}
    for line in path.read_text().splitlines():
        name, tier, *_ = line.split("\t")
        if tier.isdigit():
            tiers[name] = int(tier)
    return tiers


def all_rows(tiers: dict[str, int]) -> dict[str, Row]:
    names = {name for name in tiers if name.startswith("jax.") and "._" not in name}
    for module in public_modules():
        prefix = f"jax.{module}." if module else "jax."
        names |= {prefix + name for name in public(importlib.import_module(prefix[:-1]))}
    found = {name: row(name) for name in sorted(names)}
    return {name: r for name, r in found.items() if r is not None}


def compare_all(tiers: dict[str, int]) -> int:
    """Prints all differences by tier, then the sums; returns how many of tiers 1 and 2 lack."""
    by_tier: dict[int, list[Row]] = defaultdict(list)
    for name, r in all_rows(tiers).items():
        by_tier[tiers.get(name, UNLISTED)].append(r)
    for tier, rows in sorted(by_tier.items()):
        for r in rows:
            if r.status != "present":
                text = r.note if r.status == "differs" else f"{r.name}  {r.note}"
                print(f"tier {tier}  {r.status}  {text}")
    print(f"{'tier':6}{'names':>8}{'present':>10}{'differing':>11}{'missing':>9}")
    for tier, rows in sorted(by_tier.items()):
        counts = [sum(r.status == s for r in rows) for s in ("present", "differs", "missing")]
        print(f"{tier:<6}{len(rows):>8}{counts[0]:>10}{counts[1]:>11}{counts[2]:>9}")
    return sum(r.status == "missing" for tier in (1, 2) for r in by_tier[tier])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", default=["lax"], help="without the leading 'jax.'")
    parser.add_argument("--all", action="store_true", help="every public module")
    parser.add_argument("--tiers", type=Path, help="a table of names and tiers; implies --all")
    arguments = parser.parse_args()
    print(f"compared with JAX {jax.__version__}")
    warnings.simplefilter("ignore")
    if arguments.all or arguments.tiers:
        missing = compare_all(read_tiers(arguments.tiers) if arguments.tiers else {})
    else:
        missing = sum(compare(m) for m in arguments.modules)
    return min(100, missing)


if __name__ == "__main__":
    sys.exit(main())
