"""What all sparse arrays have in common."""

import abc
import math
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from covector._arguments import canonical_shape
from covector._core import Array, Tracer
from covector.experimental.sparse._info import SparseInfo


class JAXSparse(abc.ABC):
    """Sparse arrays: trees whose leaves are dense arrays, of values and of places."""

    data: Array
    shape: tuple[int, ...]
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, args: Any, *, shape: Sequence[int]) -> None:
        self.shape = canonical_shape(shape)

    @property
    @abc.abstractmethod
    def nse(self) -> int:
        """The number of specified elements."""

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self.data.dtype

    @property
    def size(self) -> int:
        """The number of elements, specified or not."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return self.transpose()

    def __len__(self) -> int:
        return self.shape[0]

    def _counts(self) -> str:
        return f"nse={self.nse}"

    def __repr__(self) -> str:
        name = type(self).__name__
        try:
            text = f"{name}({self.dtype}{list(self.shape)}, {self._counts()})"
        except Exception:
            # Trees are also made of what are no arrays, and buffers can be assigned to.
            text = f"{name}(<invalid>)"
        return f"{type(self.data).__name__}[{text}]" if isinstance(self.data, Tracer) else text

    @abc.abstractmethod
    def tree_flatten(self) -> tuple[tuple[Array, ...], dict[str, Any]]:
        """The arrays that hold the contents, and what else there is to know."""

    @classmethod
    @abc.abstractmethod
    def tree_unflatten(cls, aux_data: dict[str, Any], children: Any) -> Any:
        """The inverse of `tree_flatten`; the children can be anything."""

    @abc.abstractmethod
    def transpose(self, axes: Sequence[int] | None = None) -> Any:
        """The array with its axes permuted."""

    @abc.abstractmethod
    def todense(self) -> Array:
        """The array with every element in its place."""

    def block_until_ready(self) -> Any:
        """Waits until the contents are computed; returns the array."""
        for x in self.tree_flatten()[0]:
            x.block_until_ready()
        return self

    def _lacks(self, operation: str) -> NoReturn:
        raise NotImplementedError(f"{type(self)}.{operation}")

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        """The sum along axes, of the formats that have one."""
        self._lacks("sum")

    def __neg__(self) -> Any:
        self._lacks("__neg__")

    def __pos__(self) -> Any:
        self._lacks("__pos__")

    def __matmul__(self, other: Any) -> Any:
        self._lacks("__matmul__")

    def __rmatmul__(self, other: Any) -> Any:
        self._lacks("__rmatmul__")

    def __mul__(self, other: Any) -> Any:
        self._lacks("__mul__")

    def __rmul__(self, other: Any) -> Any:
        self._lacks("__rmul__")

    def __add__(self, other: Any) -> Any:
        self._lacks("__add__")

    def __radd__(self, other: Any) -> Any:
        self._lacks("__radd__")

    def __sub__(self, other: Any) -> Any:
        self._lacks("__sub__")

    def __rsub__(self, other: Any) -> Any:
        self._lacks("__rsub__")

    def __getitem__(self, item: Any) -> Any:
        self._lacks("__getitem__")


class BatchedSparse(JAXSparse):
    """Sparse arrays with axes of a batch and dense axes around the sparse ones."""

    # The attributes that hold the arrays, data first.
    _BUFFERS: ClassVar[tuple[str, ...]]

    indices: Array
    indices_sorted: bool
    unique_indices: bool

    @property
    @abc.abstractmethod
    def n_batch(self) -> int:
        """The number of axes of the batch."""

    @property
    @abc.abstractmethod
    def n_dense(self) -> int:
        """The number of dense axes."""

    @property
    def _info(self) -> SparseInfo:
        return SparseInfo(self.shape, bool(self.indices_sorted), bool(self.unique_indices))

    @property
    def _bufs(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._BUFFERS)

    def _counts(self) -> str:
        counts = [("n_batch", self.n_batch), ("n_dense", self.n_dense)]
        return f"nse={self.nse}" + "".join(f", {name}={n}" for name, n in counts if n)

    def tree_flatten(self) -> tuple[tuple[Array, ...], dict[str, Any]]:
        """The buffers, and what is known of them."""
        aux = SparseInfo(self.shape, self.indices_sorted, self.unique_indices)
        return self._bufs, aux._asdict()

    @classmethod
    def tree_unflatten(cls, aux_data: dict[str, Any], children: Any) -> Self:
        """An array of other buffers, which can be anything."""
        if aux_data.keys() != {*SparseInfo._fields}:
            raise ValueError(f"{cls.__name__}.tree_unflatten: invalid {aux_data=}")
        new = object.__new__(cls)
        vars(new).update(zip(cls._BUFFERS, children, strict=True), **aux_data)
        return new


def diagonal_size(rows: int, columns: int, k: int) -> int:
    """The length of the k-th diagonal of a matrix, 0 if there is none."""
    return max(0, min(rows, columns - k) if k > 0 else min(rows + k, columns))


def diagonal_places(size: int, k: int, dtype: Any) -> tuple[Any, Any]:
    """Rows and columns of the k-th diagonal."""
    places = np.arange(size, dtype=dtype)
    return places + max(0, -k), places + max(0, k)
