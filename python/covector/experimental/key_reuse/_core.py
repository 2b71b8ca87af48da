"""What a program does with its keys, as objects to look at; for tests and tools."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np

from covector import _core
from covector._core import ClosedJaxpr, Jaxpr, Primitive, primitives
from covector._core.primitives import consume_p  # noqa: F401
from covector._staging import make_jaxpr


class _Use:
    """Elements of the array of keys that is an argument or a result.

    Attributes:
      idx: which argument or result.
      mask: which elements: all, none, or a boolean array.
    """

    __slots__ = ("idx", "mask")
    idx: int
    mask: "bool | np.ndarray"

    def __init__(self, idx: int, mask: Any = True) -> None:
        array = np.array(mask, dtype=bool)
        if array.ndim == 0 or array.all() or not array.any():
            mask = bool(array.any())
        else:
            array.flags.writeable = False
            mask = array
        object.__setattr__(self, "idx", idx)
        object.__setattr__(self, "mask", mask)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise ValueError(f"{type(self).__name__} is immutable")

    def _key(self) -> tuple[Any, ...]:
        mask = np.asarray(self.mask)
        return type(self).__name__, self.idx, mask.shape, tuple(mask.ravel().tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Use) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        mask = "" if self.mask is True else f", {self.mask}"
        return f"{type(self).__name__}({self.idx}{mask})"


class Sink(_Use):
    """An argument that is consumed."""

    __slots__ = ()


class Source(_Use):
    """A result that is new."""

    __slots__ = ()


class Forward(NamedTuple):
    """An argument that is handed on as a result."""

    in_idx: int
    out_idx: int

    def __repr__(self) -> str:
        return f"Forward({self.in_idx}, {self.out_idx})"


class KeyReuseSignature:
    """All that a program does with its keys."""

    def __init__(self, *uses: Sink | Source | Forward) -> None:
        self._uses = frozenset(uses)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyReuseSignature) and self._uses == other._uses

    def __hash__(self) -> int:
        return hash(self._uses)

    def __repr__(self) -> str:
        in_order = sorted(self._uses, key=_order)
        return f"KeyReuseSignature{tuple(in_order)}"


def _order(use: Any) -> tuple[int, int]:
    kind = (Sink, Source, Forward).index(type(use))
    return kind, use.in_idx if kind == 2 else use.idx


def _masked(kind: Any, uses: Iterable[tuple[int, Any]], avals: list[Any]) -> list[Any]:
    return [
        kind(i, mask if isinstance(mask, bool) else np.reshape(mask, avals[i].shape))
        for i, mask in uses
    ]


class _Signatures(Mapping[Primitive, KeyReuseSignature]):
    """By primitive, those that do the same with keys whatever their parameters are."""

    def __getitem__(self, primitive: Primitive) -> KeyReuseSignature:
        uses = _core.random.fixed_uses(primitive.name)
        if uses is None:
            raise KeyError(primitive)
        return _signature(uses, [], [])

    def __iter__(self) -> Iterator[Primitive]:
        named = (getattr(primitives, name) for name in dir(primitives) if name.endswith("_p"))
        return (p for p in named if _core.random.fixed_uses(p.name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


key_reuse_signatures = _Signatures()


def _signature(uses: Any, in_avals: list[Any], out_avals: list[Any]) -> KeyReuseSignature:
    sinks, sources, forwards = uses
    return KeyReuseSignature(
        *_masked(Sink, sinks, in_avals),
        *_masked(Source, sources, out_avals),
        *(Forward(*pair) for pair in forwards),
    )


def jaxpr_type_signature(jaxpr: Jaxpr) -> KeyReuseSignature:
    """What a jaxpr does with its keys; those that are its constants follow its arguments.

    Raises:
      KeyReuseError: if it uses a key twice.
    """
    inputs = [*jaxpr.invars, *jaxpr.constvars]
    closed = ClosedJaxpr(jaxpr.replace(invars=inputs, constvars=[]), [])
    return _signature(_core.random.uses(closed), closed.in_avals, closed.out_avals)


def function_type_signature(fun: Callable[..., Any], *args: Any) -> KeyReuseSignature:
    """The same of a function, for arguments of these types."""
    return jaxpr_type_signature(make_jaxpr(fun)(*args).jaxpr)


def check_key_reuse_jaxpr(jaxpr: Jaxpr) -> None:
    """Raises KeyReuseError if a jaxpr uses a key twice."""
    jaxpr_type_signature(jaxpr)


def check_key_reuse(fun: Callable[..., Any], /, *args: Any) -> None:
    """Raises KeyReuseError if a function uses a key twice, given arguments of these types."""
    function_type_signature(fun, *args)


def consume(key: Any) -> Any:
    """The key, which counts as used from here on."""
    return _core.random.consume(key)


def assert_consumed(key: Any, value: Any = True) -> None:
    """Lets the check fail with AssertionError if these elements of a key are not those used."""
    array = np.asarray(value, dtype=bool)
    _core.random.assert_consumed(key, array.ravel().tolist() if array.ndim else bool(array))


def assert_unconsumed(key: Any) -> None:
    """Lets the check fail with AssertionError if a key has been used."""
    assert_consumed(key, False)
