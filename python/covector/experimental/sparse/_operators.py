"""Operators and methods of sparse arrays that are functions of dense ones, sparsified.

They are put into the classes here, because `sparsify` is made of the classes.
"""

from collections.abc import Callable, Iterator
from typing import Any

from covector import numpy as jnp
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._bcsr import BCSR
from covector.experimental.sparse._sparsify import sparsify

__all__ = ["BCOO", "BCSR"]


def _unary(f: Callable[..., Any]) -> Callable[..., Any]:
    sparse = sparsify(f)
    return lambda self: sparse(self)


def _binary(f: Callable[..., Any]) -> Callable[..., Any]:
    sparse = sparsify(f)
    return lambda self, other: sparse(self, other)


def _reflected(f: Callable[..., Any]) -> Callable[..., Any]:
    sparse = sparsify(f)
    return lambda self, other: sparse(other, self)


def _method(name: str) -> Callable[..., Any]:
    def method(self: BCOO, *args: Any, **kwargs: Any) -> Any:
        return sparsify(lambda x: getattr(x, name)(*args, **kwargs))(self)

    return method


def _power(self: BCOO, exponent: Any) -> Any:
    return sparsify(lambda x: jnp.power(x, exponent))(self)


def _part(self: Any, index: Any) -> Any:
    part = sparsify(lambda x: x[index])(self)
    # An empty part may not depend on the array.
    if isinstance(self, BCOO) and not isinstance(part, BCOO) and part.size == 0:
        return BCOO.fromdense(part)
    return part


def _rows(self: BCOO) -> Iterator[Any]:
    return iter([self[i] for i in range(self.shape[0])])


_MATRIX = {
    "__getitem__": _part,
    "__matmul__": _binary(jnp.matmul),
    "__rmatmul__": _reflected(jnp.matmul),
}
_ARITHMETIC = {
    "__abs__": _unary(jnp.abs),
    "__add__": _binary(jnp.add),
    "__eq__": _binary(jnp.equal),
    "__ge__": _binary(jnp.greater_equal),
    "__gt__": _binary(jnp.greater),
    "__iter__": _rows,
    "__le__": _binary(jnp.less_equal),
    "__lt__": _binary(jnp.less),
    "__mul__": _binary(jnp.multiply),
    "__ne__": _binary(jnp.not_equal),
    "__neg__": _unary(jnp.negative),
    "__pos__": _unary(jnp.positive),
    "__pow__": _power,
    "__radd__": _reflected(jnp.add),
    "__rmul__": _reflected(jnp.multiply),
    "__rpow__": _reflected(jnp.power),
    "__rsub__": _reflected(jnp.subtract),
    "__rtruediv__": _reflected(jnp.divide),
    "__sub__": _binary(jnp.subtract),
    "__truediv__": _binary(jnp.divide),
    "astype": _method("astype"),
    "reshape": _method("reshape"),
    "sum": _method("sum"),
}
for _class, _members in ((BCOO, _MATRIX | _ARITHMETIC), (BCSR, _MATRIX)):
    for _name, _member in _members.items():
        setattr(_class, _name, _member)
