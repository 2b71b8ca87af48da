"""Every public function of numpy, numpy.linalg and numpy.fft is compared with JAX somewhere.

The rows of the other tables are counted here; what fits into none of them is compared here.
"""

import importlib
import tempfile
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import covector
from python import test_numpy_linalg, test_numpy_ufunc_dtypes
from python.jax_oracle import Case, assert_agrees, assert_same

TABLES = [
    "creation",
    "elementwise",
    "fft",
    "indexing",
    "linear",
    "parity",
    "reductions",
    "shapes",
    "ufunc",
]
V = np.array([3, 1, 3, 2, 1], np.float32)
M = np.arange(9, dtype=np.float32).reshape(3, 3)

CASES = [
    Case("unique_all", V),
    Case("unique_all", M, size=4),
    Case("unique_all", V, size=4, fill_value=9),
    Case("unique_all", V, size=2),
    *(Case("divmod", a, b) for a, b in ((V, 2), (-V, 2.5), (V.astype(int), -2), (3, 2))),
    Case("mask_indices", 3, np.triu),
    Case("mask_indices", 3, np.tril, -1),
    Case("mask_indices", 3, np.triu, size=4),
    Case("array_repr", V),
    Case("array_str", V),
]


def stored(library: Any, write: str) -> list[Any]:
    """What `load` finds of what `save` or `savez` wrote."""
    jnp = library.numpy
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("a.npy" if write == "save" else "a.npz")
        if write == "save":
            jnp.save(path, jnp.asarray(V))
            return [jnp.load(path)]
        jnp.savez(path, jnp.asarray(V), named=jnp.asarray(M))
        found = jnp.load(path)
        return [found[name] for name in sorted(found)]


def refusal(f: Callable[..., Any]) -> list[str]:
    """The class of the error that a function always raises."""
    with pytest.raises(Exception, match="not implemented") as error:
        f("no file")
    return [error.type.__name__]


def printed(library: Any) -> list[str]:
    jnp = library.numpy
    before = jnp.get_printoptions()["precision"]
    with jnp.printoptions(precision=2):
        texts = [str(jnp.asarray(V) / 3)]
    jnp.set_printoptions(precision=3)
    texts.append(str(jnp.asarray(V) / 3))
    jnp.set_printoptions(precision=before)
    return texts


def from_python(library: Any) -> list[Any]:
    f = library.numpy.frompyfunc(lambda x, y: 2 * x + y, 2, 1, identity=0)
    return [f(V, V), f.accumulate(V), f.reduce(M, axis=1)]


# Functions that files, text or other functions stand around.
SPECIAL: dict[str, Callable[[Any], Any]] = {
    "save": lambda m: stored(m, "save"),
    "savez": lambda m: stored(m, "savez"),
    "load": lambda m: stored(m, "save"),
    "fromfile": lambda m: refusal(m.numpy.fromfile),
    "from_dlpack": lambda m: m.numpy.from_dlpack(V),
    "printoptions": printed,
    "get_printoptions": printed,
    "set_printoptions": printed,
    "frompyfunc": from_python,
    "vectorize": lambda m: m.numpy.vectorize(lambda x, y: x @ y, signature="(n),(n)->()")(M, M[0]),
    "einsum_path": lambda m: [repr(p) for p in m.numpy.einsum_path("ij,jk,kl", M, M, M)],
}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_agrees(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name: str) -> None:
    assert_same(SPECIAL[name](covector), SPECIAL[name](jax), name)


def cases_in(x: Any) -> Iterator[Case]:
    if isinstance(x, Case):
        yield x
    elif isinstance(x, (list, tuple)):
        for item in x:
            yield from cases_in(item)


def rows(module: str) -> Counter[str]:
    """How many rows of the tables each function of a module has."""
    counts: Counter[str] = Counter()
    if module == "numpy.linalg":
        for name, _ in test_numpy_linalg.NUMPY:
            counts[name] += 1
        return counts
    tables = ["fft"] if module == "numpy.fft" else TABLES
    for table in tables:
        found = importlib.import_module(f"python.test_numpy_{table}")
        every = {id(case): case for case in cases_in(list(vars(found).values()))}
        counts.update(case.name for case in every.values())
    if module == "numpy":
        counts.update(case.name for case in CASES)
        counts.update(list(SPECIAL))
        for name in test_numpy_ufunc_dtypes.UNARY:
            counts[name] += len(test_numpy_ufunc_dtypes.all_types(1))
        for name in test_numpy_ufunc_dtypes.BINARY:
            counts[name] += len(test_numpy_ufunc_dtypes.all_types(2))
    return counts


def functions(module: types.ModuleType) -> list[str]:
    """Public functions; the rest is dtypes, constants and classes."""
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return [n for n, f in found.items() if callable(f) and not isinstance(f, type)]


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "numpy.fft"])
def test_every_function_is_compared(module: str) -> None:
    counts = rows(module)
    ours = importlib.import_module(f"covector.{module}")
    scalars = {n for n in dir(ours) if hasattr(getattr(ours, n), "dtype")}  # jnp.float32(x) etc.
    missing = [n for n in functions(ours) if n not in counts and n not in scalars]
    assert not missing, f"functions of {module} without a row in a table: {missing}"


def test_the_completeness_test_sees_a_missing_row() -> None:
    assert "no_such_function" not in rows("numpy")
    assert rows("numpy")["take"] > 5
