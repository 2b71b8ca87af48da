"""Types of arguments of `vmap` that tell themselves what an element of a batch of them is."""

from collections.abc import Callable, Sequence
from typing import Any

from covector._signature import adopt
from covector.tree_util import tree_flatten, tree_leaves, tree_structure, tree_unflatten

# How to take an element of a batch along an axis, and how to put a batch together from one.
ToElement = Callable[[Any, Any, Any, Any], Any]
FromElement = Callable[[Any, Any, Any, Any], Any]

_TYPES: dict[type, tuple[ToElement, FromElement]] = {}


def register_vmappable(
    data_type: type,
    spec_type: type,
    axis_size_type: type,
    to_elt: ToElement,
    from_elt: FromElement,
    make_iota: Callable[[Any], Any] | None,
) -> None:
    """Lets objects of a type be mapped as a whole, by their own idea of an axis.

    Args:
      data_type: the type, which is a tree of arrays.
      spec_type: the type of its entries of `in_axes`; only integers are supported.
      axis_size_type: the type of sizes of axes; only integers are supported.
      to_elt: called with `cont`, the size, an object and an axis; gives the object's element.
        `cont(array, axis)` is the element of one of its arrays.
      from_elt: called with `cont`, the size, an element and an axis; gives the object of which it
        is an element. `cont(size, array, axis)` is the batch of one of its arrays.
      make_iota: not used with sizes that are integers.
    """
    _TYPES[data_type] = (to_elt, from_elt)


def any_vmappable() -> bool:
    """Whether any type is registered."""
    return bool(_TYPES)


def is_vmappable(x: Any) -> bool:
    """Whether an object is mapped as a whole."""
    return type(x) in _TYPES


class Elements:
    """The objects among the arguments and results of one mapped call.

    Their arrays are mapped like any others; only what the objects say of themselves differs
    between a batch and its element.
    """

    def __init__(
        self, fun: Callable[..., Any], call: tuple[Any, Any], axes: list[int | None]
    ) -> None:
        self._fun = fun
        self._objects, self._tree = tree_flatten(call, is_leaf=is_vmappable)
        self._arrays = [tree_leaves(x) for x in self._objects]
        rest = iter(axes)
        self._axes = [[next(rest) for _ in arrays] for arrays in self._arrays]
        self._results: list[Any] = []
        self._results_tree: Any = None
        self.result_tree: Any = None
        self.function = adopt(fun, lambda *leaves: self._of_arrays(leaves), None)

    def _of_arrays(self, leaves: Sequence[Any]) -> list[Any]:
        """The function as one of elements of all arrays."""
        rest = iter(leaves)
        objects = [
            self._element(x, arrays, axes, [next(rest) for _ in arrays])
            for x, arrays, axes in zip(self._objects, self._arrays, self._axes)
        ]
        args, kwargs = tree_unflatten(self._tree, objects)
        results = self._fun(*args, **kwargs)
        self.result_tree = tree_structure(results)
        self._results, self._results_tree = tree_flatten(results, is_leaf=is_vmappable)
        return tree_leaves(self._results)

    def _element(self, x: Any, arrays: list[Any], axes: list[Any], elements: list[Any]) -> Any:
        if not is_vmappable(x):
            return elements[0]
        element_of = {id(a): e for a, e in zip(arrays, elements)}
        to_elt, _ = _TYPES[type(x)]
        return to_elt(lambda a, _axis: element_of[id(a)], None, x, axes[0])

    def results(self, batches: list[Any], axes: list[int | None], size: int) -> Any:
        """The results of the mapped function, from its arrays that have their axis in place."""
        rest, out = iter(zip(batches, axes)), []
        for x in self._results:
            placed = {id(a): next(rest) for a in tree_leaves(x)}
            ((batch, axis), *_) = placed.values()
            if is_vmappable(x):
                _, from_elt = _TYPES[type(x)]
                batch = from_elt(self._batch_of(placed), size, x, axis)
            out.append(batch)
        return tree_unflatten(self._results_tree, out)

    @staticmethod
    def _batch_of(placed: dict[int, Any]) -> Callable[..., Any]:
        return lambda _size, a, _axis: placed[id(a)][0]
