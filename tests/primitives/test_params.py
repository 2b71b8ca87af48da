"""What a program that walks a jaxpr finds in the parameters of its equations: what it finds in
JAX's, by name and by type."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from primitives.libraries import COVECTOR, JAX, Library
from primitives.samples import SAMPLES

# Names that only JAX's equations have, and names that only ours have.
FUNCTIONS = "what is run later is no object that a jaxpr shows, but held by the equation"
PLACES = "programs do not say where arrays lie"
OTHER_NAMES = {
    "addupdate": ({"tree"}, {"functions", "index"}),  # an access is two pure functions
    "get": ({"tree"}, {"functions", "index"}),
    "swap": ({"tree"}, {"functions", "index"}),
    "custom_jvp_call": (set(), {"name"}),
    "custom_vjp_call": ({"fwd_jaxpr_thunk", "out_trees"}, {"fwd", "name"}),
    "custom_vmap_call": ({"in_tree", "out_tree"}, set()),
    "debug_callback": (set(), {"loops"}),  # of maps, that the host runs
    "debug_print": ({"logging_record", "static_args"}, {"loops"}),
    "io_callback": (set(), {"loops"}),
    "pure_callback": (set(), {"loops"}),
    "jit": (
        {
            "compiler_options_kvs",
            "ctx_mesh",
            "in_layouts",
            "in_shardings",
            "out_layouts",
            "out_shardings",
        },
        set(),
    ),
    "reduce": ({"computation"}, set()),  # the function that `jaxpr` was traced from
}
OTHER_TYPES = {
    ("cond", "branches_platforms"): "JAX leaves it out where it is None",
    ("custom_jvp_call", "jvp_jaxpr_fun"): FUNCTIONS,
    ("custom_linear_solve", "const_lengths"): "JAX's is a tuple of a private class",
    ("custom_linear_solve", "jaxprs"): "JAX's is a tuple of a private class",
    ("custom_vjp_call", "bwd"): FUNCTIONS,
    ("custom_vmap_call", "rule"): FUNCTIONS,
    ("debug_callback", "callback"): FUNCTIONS,
    ("debug_callback", "effect"): "JAX's is of a private class",
    ("mul", "out_dtype"): "JAX keeps what was given, a name or a dtype",
}

pytestmark = pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")

GROUPS = [[0, 2], [1, 3]]
OVER_AXES: dict[str, Callable[..., Any]] = {
    "psum": lambda lax, x: lax.psum(x, ("i", "j")),
    "psum of groups": lambda lax, x: lax.psum(x, "i", axis_index_groups=GROUPS),
    "pmax": lambda lax, x: lax.pmax(x, "i"),
    "pmin": lambda lax, x: lax.pmin(x, "i", axis_index_groups=GROUPS),
    "ppermute": lambda lax, x: lax.ppermute(x, ("i", "j"), [(0, 7), (3, 1)]),
    "pbroadcast": lambda lax, x: lax.pbroadcast(x, "i", 1),
    "all_gather": lambda lax, x: lax.all_gather(x, ("i", "j")),
    "all_gather of groups": lambda lax, x: lax.all_gather(x, "i", axis_index_groups=GROUPS),
    "psum_scatter": lambda lax, x: lax.psum_scatter(x, "i", tiled=True),
    "psum_scatter of groups": lambda lax, x: lax.psum_scatter(
        x, "i", axis_index_groups=GROUPS, tiled=True
    ),
    "all_to_all": lambda lax, x: lax.all_to_all(x, "i", 0, 0),
    "all_to_all of groups": lambda lax, x: lax.all_to_all(
        x, "i", 0, 1, axis_index_groups=GROUPS, tiled=True
    ),
    "axis_index": lambda lax, x: x + lax.axis_index("j"),
    "ragged_all_to_all": lambda lax, x: lax.ragged_all_to_all(
        x, x, *[np.ones(4, np.int32)] * 4, axis_name="i"
    ),
}

Types = dict[str, dict[str, set[str]]]


def kind(value: Any) -> str:
    if type(value) in (tuple, list):
        inner = " | ".join(sorted({kind(x) for x in value}))
        return f"{type(value).__name__}[{inner}]"
    if isinstance(value, np.dtype):
        return "dtype"
    return type(value).__name__


def inner_jaxprs(value: Any) -> Iterator[Any]:
    if hasattr(value, "eqns"):
        yield getattr(value, "jaxpr", value)
    elif isinstance(value, (tuple, list)):
        for x in value:
            yield from inner_jaxprs(x)


def collect(jaxpr: Any, into: Types) -> None:
    for eqn in jaxpr.eqns:
        types = into.setdefault(eqn.primitive.name, {})
        for name, value in eqn.params.items():
            types.setdefault(name, set()).add(kind(value))
            for inner in inner_jaxprs(value):
                collect(inner, into)


@cache
def found(library: Library) -> Types:
    """The types of each parameter of each primitive, in the jaxprs of all samples."""
    types: Types = {}
    for s in SAMPLES:
        if s.oracle:
            fun = lambda *args, s=s: s.fun(library.lax, *args)
            collect(library.make_jaxpr(fun)(*s.args).jaxpr, types)
    x = np.ones((4, 4), np.float32)
    for over in OVER_AXES.values():
        fun = lambda x, over=over: over(library.module.lax, x)
        axes = [("i", 4), ("j", 2)]
        collect(library.make_jaxpr(fun, axis_env=axes)(x).jaxpr, types)
    return types


def in_both() -> list[str]:
    return sorted(found(COVECTOR).keys() & found(JAX).keys())


def test_names_are_those_of_jax() -> None:
    ours, theirs = found(COVECTOR), found(JAX)
    differing = {
        p: (theirs[p].keys() - ours[p].keys(), ours[p].keys() - theirs[p].keys())
        for p in in_both()
        if ours[p].keys() != theirs[p].keys()
    }
    assert differing == OTHER_NAMES


def test_types_are_those_of_jax() -> None:
    ours, theirs = found(COVECTOR), found(JAX)
    differing = {
        (p, name): (ours[p][name], theirs[p][name])
        for p in in_both()
        for name in ours[p].keys() & theirs[p].keys()
        if not ours[p][name] <= theirs[p][name]
    }
    assert differing.keys() == OTHER_TYPES.keys(), differing


def test_most_primitives_are_compared() -> None:
    assert len(in_both()) > 180


@pytest.mark.parametrize("name", ["round", "fft", "dot_general"])
def test_text_is_that_of_jax(name: str) -> None:
    s = next(s for s in SAMPLES if s.name == name)
    texts = []
    for library in (COVECTOR, JAX):
        jaxpr = library.make_jaxpr(lambda *args, lax=library.lax: s.fun(lax, *args))(*s.args)
        eqn = jaxpr.eqns[-1]  # which JAX has in a call, of some
        while eqn.primitive.name == "jit":
            eqn = eqn.params["jaxpr"].eqns[-1]
        text = " ".join(str(eqn).split())
        texts.append(text[text.index(name) : text.index("]") + 1])
    assert texts[0] == texts[1]
