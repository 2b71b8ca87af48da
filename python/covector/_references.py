"""References: arrays that are read and written in place."""

from typing import Any

from covector import _core
from covector._core import Array, Ref


def new_ref(init_val: Any, *, memory_space: Any = None, kind: str | None = None) -> Ref:
    """Makes a reference to an array, which can be written in place.

    Inside of functions under transformation too: what is written to references that a function
    makes is differentiated and mapped like any value. A compiled function reads and writes the
    references that it is given or closes over.

    Args:
      init_val: an array-like, which the reference holds first.
      memory_space: is passed over.
      kind: a name for jaxprs to show.

    Returns:
      A reference of the array's shape and dtype.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> total = covector.new_ref(jnp.zeros(3))
    >>> @covector.jit
    ... def count(i):
    ...     total[i] += 1.0
    >>> count(0)
    >>> count(2)
    >>> total[...]
    Array([1., 0., 1.], dtype=float32)
    """
    return _core.new_reference(init_val, kind)


def empty_ref(ty: Any, memory_space: Any = None) -> Ref:
    """Makes a reference to an array of this type, of which nothing is to be read before it is
    written; it is zero.

    Args:
      ty: anything with a shape and a dtype.
      memory_space: is passed over.

    >>> import covector
    >>> covector.empty_ref(covector.ShapeDtypeStruct((2,), "float32")).shape
    (2,)
    """
    zero = _core.convert(0, ty.dtype, False)
    return _core.new_reference(_core.numpy.broadcast_to(zero, tuple(ty.shape)))


def freeze(ref: Ref) -> Array:
    """Gives what a reference holds, and ends its use.

    Raises:
      TypeError: if `ref` is no reference.

    >>> import covector
    >>> covector.freeze(covector.new_ref(3))
    Array(3, dtype=int32)
    """
    return _core.freeze_reference(ref)


def free_ref(ref: Ref) -> None:
    """Ends the use of a reference; using it afterwards is an error.

    Raises:
      TypeError: if `ref` is no reference.
      ValueError: if it was freed before.

    >>> import covector
    >>> covector.free_ref(covector.new_ref(3))
    """
    _core.free_reference(ref)


class RefView:
    """A part of a reference, which is read and written like one: what `ref.at[index]` gives."""

    __slots__ = ("indices", "ref")

    def __init__(self, ref: Ref, indices: tuple[Any, ...]) -> None:
        self.ref, self.indices = ref, indices

    @property
    def at(self) -> "Parts":
        return Parts(self.ref, self.indices)

    def __getitem__(self, index: Any) -> Array:
        return _core.reference_get(self.ref, (*self.indices, index))

    def __setitem__(self, index: Any, value: Any) -> None:
        _core.reference_set(self.ref, (*self.indices, index), value)


class Parts:
    """What gives parts of a reference by index."""

    __slots__ = ("indices", "ref")

    def __init__(self, ref: Ref, indices: tuple[Any, ...]) -> None:
        self.ref, self.indices = ref, indices

    def __getitem__(self, index: Any) -> RefView:
        return RefView(self.ref, (*self.indices, index))


Place = Ref | RefView


def _place(ref: Place, idx: Any) -> tuple[Ref, tuple[Any, ...]]:
    index = ... if idx is None else idx
    if isinstance(ref, RefView):
        return ref.ref, (*ref.indices, index)
    return ref, (index,)


def get(ref: Place, idx: Any = None) -> Array:
    """The part of what a reference holds that an index selects: `ref[idx]`.

    Args:
      ref: a reference, or a part of one, as `ref.at[...]` gives it.
      idx: as for arrays; None for all.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.ref.get(covector.new_ref(jnp.arange(3)), 1)
    Array(1, dtype=int32)
    """
    return _core.reference_get(*_place(ref, idx))


def set(ref: Place, idx: Any, value: Any) -> None:
    """Writes a part of a reference: `ref[idx] = value`.

    Raises:
      ValueError: if the value is not of the part's shape, or its dtype does not fit.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> ref = covector.new_ref(jnp.arange(3))
    >>> covector.ref.set(ref, 1, 5)
    >>> ref[...]
    Array([0, 5, 2], dtype=int32)
    """
    _core.reference_set(*_place(ref, idx), value)


def swap(ref: Place, idx: Any, value: Any) -> Array:
    """Writes a part of a reference, and gives what was there before.

    Raises:
      ValueError: if the value is not of the part's shape, or its dtype does not fit.

    >>> import covector
    >>> covector.ref.swap(covector.new_ref(3), None, 4)
    Array(3, dtype=int32)
    """
    return _core.reference_swap(*_place(ref, idx), value)


def addupdate(ref: Place, idx: Any, value: Any) -> None:
    """Adds to a part of a reference; where positions repeat, to each of them each time.

    Raises:
      ValueError: if the value is not of the part's shape, or its dtype does not fit.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> ref = covector.new_ref(jnp.zeros(2))
    >>> covector.ref.addupdate(ref, jnp.array([0, 0]), jnp.ones(2))
    >>> ref[...]
    Array([2., 0.], dtype=float32)
    """
    _core.reference_add(*_place(ref, idx), value)


class _AbstractRefs(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, _core.ShapedArray) and x.is_reference


class AbstractRef(metaclass=_AbstractRefs):
    """The class of types of references."""
