"""`x.at[index].set(values)` and its kind: arrays like others but for some elements."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core, lax
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import GatherScatterMode

Mode = str | GatherScatterMode | None


class IndexUpdateHelper:
    """What `x.at` is: waits for an index."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array

    def __getitem__(self, index: Any) -> "IndexUpdateRef":
        return IndexUpdateRef(self.array, index)

    def __repr__(self) -> str:
        return f"_IndexUpdateHelper({self.array!r})"


class IndexUpdateRef:
    """What `x.at[index]` is: elements of an array, to be read, or replaced in a new array.

    All methods take

      indices_are_sorted: promises that indices ascend.
      unique_indices: promises that no element is meant twice.
      mode: for indices out of bounds: None or 'drop' to leave them out when writing; 'clip' to
        move them into bounds, the default when reading; 'fill' to read a fill value;
        'promise_in_bounds'.
      wrap_negative_indices: whether negative indices count from the end.

    and raise IndexError or TypeError for what is no index, and ValueError for values that do not
    broadcast to the elements.
    """

    __slots__ = ("array", "index")

    def __init__(self, array: Array, index: Any) -> None:
        self.array = array
        self.index = index

    def __repr__(self) -> str:
        return f"_IndexUpdateRef({self.array!r}, {self.index!r})"

    def get(
        self,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        fill_value: ArrayLike | None = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The elements: `x[index]`, with a choice for those out of bounds.

        Args:
          fill_value: what mode 'fill' reads out of bounds; by default NaN, the smallest signed
            or largest unsigned integer, or True.

        >>> import covector.numpy as jnp
        >>> jnp.arange(3.0).at[7].get(mode="fill", fill_value=-1)
        Array(-1., dtype=float32)
        """
        return _core.numpy.getitem(
            self.array,
            self.index,
            mode=mode,
            fill_value=fill_value,
            indices_are_sorted=indices_are_sorted,
            unique_indices=unique_indices,
            wrap_negative_indices=wrap_negative_indices,
        )

    def set(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with other elements there: what `x[index] = values` does to NumPy's arrays.

        Args:
          values: an array that broadcasts to the elements. Where an element is meant twice,
            one of its values is taken.

        >>> import covector.numpy as jnp
        >>> jnp.zeros(3).at[1].set(5)
        Array([0., 5., 0.], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("set", values, *options)

    def add(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with values added there, all of them where an element is meant twice.

        >>> import covector.numpy as jnp
        >>> jnp.zeros(3).at[jnp.array([1, 1])].add(5)
        Array([ 0., 10.,  0.], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("add", values, *options)

    def subtract(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with values subtracted there.

        >>> import covector.numpy as jnp
        >>> jnp.ones(2).at[1].subtract(5)
        Array([ 1., -4.], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("sub", values, *options)

    def multiply(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array multiplied by values there.

        >>> import covector.numpy as jnp
        >>> jnp.ones(2).at[1].multiply(5)
        Array([1., 5.], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("mul", values, *options)

    mul = multiply

    def divide(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array divided by values there.

        >>> import covector.numpy as jnp
        >>> jnp.ones(2).at[1].divide(4)
        Array([1.  , 0.25], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return _core.numpy.divide(self.array, self._factors(values, *options))

    def power(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array raised to powers there.

        >>> import covector.numpy as jnp
        >>> jnp.arange(3.0).at[2].power(3)
        Array([0., 1., 8.], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return _core.numpy.power(self.array, self._factors(values, *options))

    def min(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with values there that are smaller than its elements.

        >>> import covector.numpy as jnp
        >>> jnp.arange(3).at[1:].min(1)
        Array([0, 1, 1], dtype=int32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("min", values, *options)

    def max(
        self,
        values: ArrayLike,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        out_sharding: Any = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with values there that are larger than its elements.

        >>> import covector.numpy as jnp
        >>> jnp.arange(3).at[:2].max(1)
        Array([1, 1, 2], dtype=int32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        return self._scatter("max", values, *options)

    def apply(
        self,
        func: Callable[[Array], Array],
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Mode = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The array with a function of its elements there.

        Args:
          func: an elementwise function. It is applied as often as an element is meant; then
            there is no reverse-mode derivative.

        >>> import covector.numpy as jnp
        >>> jnp.arange(3.0).at[1:].apply(jnp.sqrt).round(2)
        Array([0.  , 1.  , 1.41], dtype=float32)
        """
        options = (indices_are_sorted, unique_indices, mode, wrap_negative_indices)
        if not unique_indices and _may_repeat(self.index):
            return self._apply_each_time(func, *options)
        values = func(self.get(mode="clip", wrap_negative_indices=wrap_negative_indices))
        return self._scatter("set", values, *options)

    def _apply_each_time(
        self, func: Callable[[Array], Array], ascend: bool, unique: bool, mode: Mode, wrap: bool
    ) -> Array:
        count = IndexUpdateRef(lax.full_like(self.array, 0, "int32"), self.index)
        times = count._scatter("add", 1, ascend, unique, mode, wrap)
        most = lax.reduce_max(times, tuple(range(times.ndim))) if times.size else 0

        def again(carry: tuple[Any, Array]) -> tuple[Any, Array]:
            i, x = carry
            return i + 1, lax.select(times > i, func(x).astype(x.dtype), x)

        start = (lax.full((), 0, "int32"), self.array)
        return lax.while_loop(lambda carry: carry[0] < most, again, start)[1]

    def _scatter(
        self, kind: str, values: Any, ascend: bool, unique: bool, mode: Mode, wrap: bool
    ) -> Array:
        if isinstance(values, int) and not -(2**31) <= values < 2**31:
            # The array's dtype may hold what the default type of integers does not.
            values = np.asarray(values, self.array.dtype)
        return _core.numpy.setitem(
            kind,
            self.array,
            self.index,
            values,
            mode=mode,
            indices_are_sorted=ascend,
            unique_indices=unique,
            wrap_negative_indices=wrap,
        )

    def _factors(self, values: Any, ascend: bool, unique: bool, mode: Mode, wrap: bool) -> Array:
        """The product of all values for each element, one where there are none."""
        ones = lax.full_like(self.array, 1)
        other = IndexUpdateRef(ones, self.index)
        return other._scatter("mul", values, ascend, unique, mode, wrap)


def _may_repeat(index: Any) -> bool:
    """Whether an index can mean an element more than once: only arrays of integers can."""
    items = index if isinstance(index, tuple) else (index,)
    arrays = [item for item in items if isinstance(item, (Array, np.ndarray))]
    return any(a.ndim > 0 and a.dtype != bool for a in arrays)
