"""What is known of sparse arrays besides their buffers, and errors of theirs."""

from collections.abc import Callable
from typing import Any, NamedTuple

from covector import numpy as jnp
from covector._arguments import concrete
from covector._core import Array
from covector._jit import jit

Shape = tuple[int, ...]


class SparseEfficiencyError(ValueError):
    """An operation would store nearly all elements."""


class SparseEfficiencyWarning(UserWarning):
    """An operation stores nearly all elements."""


class CuSparseEfficiencyWarning(SparseEfficiencyWarning):
    """A library of sparse kernels does not have this case."""


class SparseInfo(NamedTuple):
    """What is known of a batched sparse array besides its buffers."""

    shape: Shape
    indices_sorted: bool = False
    unique_indices: bool = False


@jit
def _csr_to_coo(indices: Array, indptr: Array) -> tuple[Array, Array]:
    """The row of each element, from where rows begin; and its column.

    Elements behind the last row get the number of rows, which is out of bounds.
    """
    begins = jnp.zeros_like(indices).at[indptr].add(1)
    return jnp.cumsum(begins, dtype=indices.dtype) - 1, indices


def _count_stored_elements_per_batch(mat: Any, n_batch: int = 0, n_dense: int = 0) -> Array:
    """How many elements have to be stored, of each array of the batch."""
    stored = jnp.asarray(mat) != 0
    stored = stored.any(tuple(range(stored.ndim - n_dense, stored.ndim)))
    return stored.sum(tuple(range(n_batch, stored.ndim)))


def _count_stored_elements(mat: Any, n_batch: int = 0, n_dense: int = 0) -> Array:
    """How many elements have to be stored, of the fullest array of the batch."""
    return _count_stored_elements_per_batch(mat, n_batch, n_dense).max(initial=0)


def stored_elements(function: str, mat: Array, nse: Any, n_batch: int = 0, n_dense: int = 0) -> int:
    """The number of elements to store: the one given, or as many as there are."""
    if nse is None:
        nse = _count_stored_elements(mat, n_batch, n_dense)
    context = (
        f"The error arose for the nse argument of {function}. In traced code, the number of "
        "specified elements has to be given."
    )
    return int(concrete(nse, context))


def nfold(transform: Callable[..., Any], function: Any, n: int) -> Any:
    """The function, transformed n times."""
    for _ in range(n):
        function = transform(function)
    return function
