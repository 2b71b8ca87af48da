"""Sparse arrays by references to buffers, which several of them can share."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from covector import numpy as jnp
from covector._core import Array
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._bcsr import BCSR
from covector.experimental.sparse._sparsify import is_sparse, sparsify
from covector.tree_util import tree_flatten, tree_map


class SparsifyValue(NamedTuple):
    """An array whose buffers are in an environment, given by their numbers."""

    shape: tuple[int, ...]
    data_ref: int | None
    indices_ref: int | None = None
    indptr_ref: int | None = None
    indices_sorted: bool | None = False
    unique_indices: bool | None = False

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def is_sparse(self) -> bool:
        """Whether it has indices."""
        return self.indices_ref is not None

    def is_dense(self) -> bool:
        """Whether it has none."""
        return self.indices_ref is None

    def is_bcoo(self) -> bool:
        """Whether it is in batched coordinate format."""
        return self.is_sparse() and self.indptr_ref is None

    def is_bcsr(self) -> bool:
        """Whether it is in the batched format of compressed rows."""
        return self.is_sparse() and self.indptr_ref is not None


class SparsifyEnv:
    """A list of buffers.

    >>> env = SparsifyEnv()
    >>> spvalues_to_arrays(env, env.dense(jnp.arange(2)))
    Array([0, 1], dtype=int32)
    """

    def __init__(self, bufs: Sequence[Any] = ()) -> None:
        self._buffers = list(bufs)

    def _push(self, x: Any) -> int:
        self._buffers.append(jnp.asarray(x))
        return len(self._buffers) - 1

    def _get(self, ref: int | None) -> Array:
        if ref is None:
            raise RuntimeError("the value has no such buffer")
        buffer: Array = self._buffers[ref]
        return buffer

    def data(self, spvalue: SparsifyValue) -> Array:
        """The elements of a value."""
        return self._get(spvalue.data_ref)

    def indices(self, spvalue: SparsifyValue) -> Array:
        """The indices of a value."""
        return self._get(spvalue.indices_ref)

    def indptr(self, spvalue: SparsifyValue) -> Array:
        """Where the rows of a value begin."""
        return self._get(spvalue.indptr_ref)

    def dense(self, data: Any) -> SparsifyValue:
        """A new value, of a dense array."""
        return SparsifyValue(np.shape(data), self._push(data))

    def sparse(
        self,
        shape: tuple[int, ...],
        data: Any = None,
        indices: Any = None,
        indptr: Any = None,
        *,
        data_ref: int | None = None,
        indices_ref: int | None = None,
        indptr_ref: int | None = None,
        indices_sorted: bool = False,
        unique_indices: bool = False,
    ) -> SparsifyValue:
        """A new value, of buffers or of numbers of buffers that are here."""
        refs = [
            ref if buffer is None else self._push(buffer)
            for buffer, ref in ((data, data_ref), (indices, indices_ref), (indptr, indptr_ref))
        ]
        return SparsifyValue(shape, refs[0], refs[1], refs[2], indices_sorted, unique_indices)


def _is_value(x: Any) -> bool:
    return isinstance(x, SparsifyValue)


def arrays_to_spvalues(spenv: SparsifyEnv, args: Any) -> Any:
    """A tree of values for one of arrays, whose buffers are put into the environment.

    >>> arrays_to_spvalues(SparsifyEnv(), BCOO.fromdense(jnp.arange(2))).is_bcoo()
    True
    """

    def value(x: Any) -> SparsifyValue:
        if not is_sparse(x):
            return spenv.dense(x)
        known = {"indices_sorted": x.indices_sorted, "unique_indices": x.unique_indices}
        return spenv.sparse(x.shape, *x._bufs, **known)

    return tree_map(value, args, is_leaf=is_sparse)


def spvalues_to_arrays(spenv: SparsifyEnv, spvalues: Any) -> Any:
    """A tree of arrays for one of values.

    >>> env = SparsifyEnv()
    >>> spvalues_to_arrays(env, arrays_to_spvalues(env, BCOO.fromdense(jnp.arange(2))))
    BCOO(int32[2], nse=1)
    """

    def array(v: SparsifyValue) -> Any:
        if v.is_dense():
            return spenv.data(v)
        known: dict[str, Any] = {
            "shape": v.shape,
            "indices_sorted": bool(v.indices_sorted),
            "unique_indices": bool(v.unique_indices),
        }
        buffers = spenv.data(v), spenv.indices(v)
        return BCSR((*buffers, spenv.indptr(v)), **known) if v.is_bcsr() else BCOO(buffers, **known)

    return tree_map(array, spvalues, is_leaf=_is_value)


def sparsify_raw(f: Callable[..., Any]) -> Callable[..., Any]:
    """Like `sparsify`, of values in an environment.

    Args:
      f: a function of dense arrays.

    Returns:
      A function of an environment and of values, which returns a list of values and the structure
      of the result.

    >>> env = SparsifyEnv()
    >>> x = arrays_to_spvalues(env, BCOO.fromdense(jnp.arange(3)))
    >>> (twice,), _ = sparsify_raw(lambda x: 2 * x)(env, x)
    >>> spvalues_to_arrays(env, twice).todense()
    Array([0, 2, 4], dtype=int32)
    """

    def wrapped(spenv: SparsifyEnv, *spvalues: Any, **params: Any) -> Any:
        out = sparsify(f)(*spvalues_to_arrays(spenv, spvalues), **params)
        leaves, tree = tree_flatten(out, is_leaf=is_sparse)
        return arrays_to_spvalues(spenv, leaves), tree

    return wrapped
