"""Einstein's sums: an order of pairwise products by opt_einsum, each one contraction.

A term is an array with a letter for each axis. Letters that nothing else needs are summed over,
repeated ones are reduced to their diagonal, and two terms are joined by `dot_general`.
"""

import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_arrays, own_array, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import DTypeLike
from covector.lax import PrecisionLike

# What joins two terms: `lax.dot_general`, or a function that stands in for it.
Product = Callable[..., Array]


def einsum(
    subscripts: Any,
    /,
    *operands: Any,
    out: None = None,
    optimize: str | bool | list[tuple[int, ...]] = "auto",
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    _dot_general: Product = lax.dot_general,
    out_sharding: Any = None,
) -> Array:
    """Products of arrays, summed over axes, all named by letters.

    Args:
      subscripts: a letter for each axis of each operand, with commas between operands, and
        after `->` those of the result: 'ij,jk->ik' is a product of matrices. `...` stands for
        axes that broadcast. Without `->` the result has letters that occur once, in order.
      *operands: arrays. Or, in place of a text, operands and lists of numbers by turns.
      out: must be None.
      optimize: how to look for the order of products: 'auto', 'optimal', 'greedy'...; True is
        'optimal', False takes the order of the operands; or an order.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array with the axes that the letters say.

    Raises:
      ValueError: if letters and axes do not agree.
      TypeError: if an operand is no array.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(4).reshape(2, 2)
    >>> jnp.einsum("ij,jk->ik", x, x)
    Array([[ 2,  3],
           [ 6, 11]], dtype=int32)
    """
    reject_out("einsum", out)
    asked = None
    if preferred_element_type is not None:
        asked = user_dtype(preferred_element_type, "einsum")
    text, arrays = _explicit(subscripts, operands)
    order = tuple(optimize) if isinstance(optimize, list) else optimize
    return _einsum(
        *as_arrays("einsum", *arrays),
        text=text,
        order=order,
        precision=precision,
        preferred=asked,
        product=_dot_general,
    )


def _explicit(subscripts: Any, operands: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The letters of operands and result as one text, and the operands."""
    if isinstance(subscripts, str) and "..." not in subscripts and "->" in subscripts:
        return subscripts.replace(" ", ""), operands
    if isinstance(subscripts, str):
        as_arrays("einsum", *operands)
    all_of_it = [own_array(x) for x in (subscripts, *operands)]
    inputs, output, arrays = _planner().parser.parse_einsum_input(all_of_it)
    return f"{inputs}->{output}", arrays


def einsum_path(
    subscripts: Any, /, *operands: Any, optimize: str | bool | list[tuple[int, ...]] = "auto"
) -> tuple[list[tuple[int, ...]], Any]:
    """The order in which `einsum` takes its products, without taking them.

    Args:
      subscripts: as of `einsum`.
      *operands: as of `einsum`.
      optimize: as of `einsum`.

    Returns:
      The order, which `einsum` takes for `optimize`, and a record that prints its costs.

    >>> import covector.numpy as jnp
    >>> x = jnp.ones((2, 3))
    >>> jnp.einsum_path("ij,kj->ik", x, x)[0]
    [(0, 1)]
    """
    count = len(_explicit(subscripts, operands)[1])
    strategy = _strategy(optimize, count)
    path, info = _planner().contract_path(subscripts, *operands, optimize=strategy)
    return list(path), info


def _strategy(optimize: Any, count: int) -> Any:
    if optimize is True:
        return "optimal"
    if optimize is False:
        # Products go to the end, so this takes the operands in their order.
        return [(0, 1)] * (count - 1) or [(0,)]
    return [p for p in optimize if p != "einsum_path"] if isinstance(optimize, tuple) else optimize


def _planner() -> Any:
    """opt_einsum, whose import would be a good part of what the first sum takes."""
    return importlib.import_module("opt_einsum")


def _is_one_step(text: str, shapes: tuple[tuple[int, ...], ...]) -> bool:
    """Whether there is nothing to plan, nor anything wrong that the planner would find."""
    inputs, _, result = text.partition("->")
    sizes: dict[str, int] = {}
    for names, shape in zip(inputs.split(","), shapes):
        if len(names) != len(shape):
            return False
        if any(sizes.setdefault(name, size) != size for name, size in zip(names, shape)):
            return False
    known = len(set(result)) == len(result) and sizes.keys() >= set(result)
    return known and len(shapes) == inputs.count(",") + 1 <= 2


@functools.lru_cache(512)
def _steps(text: str, shapes: tuple[tuple[int, ...], ...], order: Any) -> list[Any]:
    """For each product: the places of the operands, and the letters of what it gives."""
    if order in ("auto", "optimal", True, False) and _is_one_step(text, shapes):
        return [(tuple(range(len(shapes))), text.partition("->")[2])]
    strategy = _strategy(order, len(shapes))
    _, info = _planner().contract_path(text, *shapes, shapes=True, optimize=strategy)
    return [(step[0], step[2].split("->")[1]) for step in info.contraction_list]


@composite("text", "order", "precision", "preferred", "product")
def _einsum(
    *arrays: Array, text: str, order: Any, precision: Any, preferred: Any, product: Product
) -> Array:
    dtype, weak = preferred, False
    if preferred is None:
        dtype, weak = _core.numpy.result_type(*arrays)
    join = functools.partial(product, precision=precision, preferred_element_type=dtype)
    letters = text.split("->")[0].split(",")
    terms = [_Term(a, names, dtype) for a, names in zip(arrays, letters)]
    steps = _steps(text, tuple(a.shape for a in arrays), order)
    for places, result in steps:
        taken = [terms.pop(place) for place in sorted(places, reverse=True)]
        if len(taken) > 2:
            raise NotImplementedError(
                "jax.numpy.einsum does not support simultaneous contraction of 3 or more operands: "
                "an order may join only two at a time"
            )
        if len(taken) == 1:
            term = taken[0].keep(result)
        else:
            term = _join(taken[0], taken[1], result, join)
        terms.append(term.ordered(result))
    return _core.convert(terms[0].array, dtype, weak)


@dataclass(frozen=True)
class _Term:
    """An array with a letter for each axis; sums are of the dtype, if that is wider."""

    array: Array
    names: str
    dtype: Any

    def keep(self, needed: str) -> "_Term":
        """Without repeated letters and ones that are not needed."""
        term = self
        for name in dict.fromkeys(self.names):
            if term.names.count(name) > 1:
                term = term.diagonal(name)
        return term.summed([n for n in term.names if n not in needed])

    def diagonal(self, name: str) -> "_Term":
        """With one axis for a repeated letter."""
        axes = [i for i, n in enumerate(self.names) if n == name]
        shape = self.array.shape
        places = [lax.broadcasted_iota(np.int32, shape, i) for i in axes]
        on = functools.reduce(lax.bitwise_and, (lax.eq(places[0], p) for p in places[1:]))
        array = lax.select(on, self.array, lax.full_like(self.array, 0))
        names = "".join(n for i, n in enumerate(self.names) if i not in axes[:-1])
        return _Term(_sum(array, axes[:-1], array.dtype), names, self.dtype)

    def summed(self, names: Sequence[str]) -> "_Term":
        """Without these letters."""
        if not names:
            return self
        axes = [self.names.index(n) for n in names]
        rest = "".join(n for n in self.names if n not in names)
        return _Term(_sum(self.array, axes, self.dtype), rest, self.dtype)

    def without_ones(self, other: "_Term") -> "_Term":
        """Without axes of size one whose letter is longer in the other term: they broadcast."""
        sizes = dict(zip(other.names, other.array.shape))
        ones = [
            i
            for i, (n, s) in enumerate(zip(self.names, self.array.shape))
            if s == 1 and sizes.get(n, 1) != 1
        ]
        names = "".join(n for i, n in enumerate(self.names) if i not in ones)
        return _Term(lax.squeeze(self.array, ones), names, self.dtype)

    def ordered(self, names: str) -> "_Term":
        """With the axes in the order of the letters."""
        if names == self.names:
            return self
        order = [self.names.index(n) for n in names]
        return _Term(lax.transpose(self.array, order), names, self.dtype)


def _sum(array: Array, axes: Sequence[int], dtype: Any) -> Array:
    if _core.numpy.result_type(array, dtype)[0] != array.dtype:
        array = lax.convert_element_type(array, dtype)
    return (lax.reduce_or if array.dtype == np.bool_ else lax.reduce_sum)(array, tuple(axes))


def _join(right: _Term, left: _Term, result: str, product: Product) -> _Term:
    left, right = left.without_ones(right), right.without_ones(left)
    left, right = left.keep(result + right.names), right.keep(result + left.names)
    both = [n for n in left.names if n in right.names]
    batch = "".join(n for n in result if n in both)
    contracted = "".join(n for n in both if n not in batch)
    # Free axes of the first factor come first: take the order that needs no transpose.
    for first, second in ((right, left), (left, right)):
        free = [n for t in (first, second) for n in t.names if n not in both]
        names = batch + "".join(free)
        if names == result:
            break
    axes = [
        [[t.names.index(n) for n in which] for t in (first, second)]
        for which in (contracted, batch)
    ]
    numbers = (tuple(map(tuple, axes[0])), tuple(map(tuple, axes[1])))
    return _Term(product(first.array, second.array, numbers), names, left.dtype)
