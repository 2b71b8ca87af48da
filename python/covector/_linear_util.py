"""Functions with a stack of transformations around them.

A transformation is a generator that gets the arguments, yields those for the function inside and
its keyword arguments, is sent the result, and yields its own; or, in the newer form, a function
that gets the function inside as its first argument. Some also store a value that their user asks
for after the call.
"""

import functools
from collections.abc import Callable, Generator
from typing import Any

Gen = Callable[..., Generator[Any, Any, None]]


class StoreException(Exception):
    """A value was asked for that has not been stored, or stored twice."""


class Store:
    """A place for a value that a call leaves behind."""

    _EMPTY = object()

    def __init__(self) -> None:
        self._value: Any = Store._EMPTY

    def store(self, value: Any) -> None:
        """Puts the value in.

        Raises:
          StoreException: if there is one.
        """
        if self:
            raise StoreException("Store occupied")
        self._value = value

    def reset(self) -> None:
        self._value = Store._EMPTY

    @property
    def val(self) -> Any:
        """The value.

        Raises:
          StoreException: if there is none.
        """
        if not self:
            raise StoreException("Store empty")
        return self._value

    def __bool__(self) -> bool:
        return self._value is not Store._EMPTY


class WrappedFun:
    """A function with transformations.

    Attributes:
      f: the function without them.
      debug_info: what it is called, for messages.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        transforms: tuple[Any, ...] = (),
        params: tuple[Any, ...] = (),
        debug_info: Any = None,
    ) -> None:
        self.f = f
        self.transforms = transforms  # the outermost first: (function, static arguments, store)
        self.params = params
        self.debug_info = debug_info

    @property
    def __name__(self) -> str:
        return getattr(self.f, "__name__", "<unnamed wrapped function>")

    def wrap(self, outer: Callable[..., Any], static: tuple[Any, ...], store: Any) -> "WrappedFun":
        """The function with one more transformation around it."""
        transforms = ((outer, static, store), *self.transforms)
        return WrappedFun(self.f, transforms, self.params, self.debug_info)

    def call_wrapped(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function with its transformations."""
        f = functools.partial(self.f, **dict(self.params))
        for outer, static, store in reversed(self.transforms):
            extra = (store, *static) if store is not None else static
            f = functools.partial(outer, f, *extra)
        return f(*args, **kwargs)

    __call__ = call_wrapped

    def _key(self) -> Any:
        return self.f, tuple((outer, static) for outer, static, _ in self.transforms), self.params

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WrappedFun) and self._key() == other._key()

    def __repr__(self) -> str:
        return f"Wrapped function: {self.__name__}"


def wrap_init(
    f: Callable[..., Any], params: dict[str, Any] | None = None, *, debug_info: Any = None
) -> WrappedFun:
    """A function, ready for transformations.

    Args:
      f: the function.
      params: keyword arguments that it is called with.
      debug_info: what it is called (see `api_util.debug_info`).

    >>> from covector.extend import linear_util as lu
    >>> @lu.transformation
    ... def doubled(x):
    ...     y = yield (2 * x,), {}
    ...     yield y + 1
    >>> doubled(lu.wrap_init(lambda x: 10 * x)).call_wrapped(3)
    61
    """
    return WrappedFun(f, (), tuple(sorted((params or {}).items())), debug_info)


def _run(gen: Gen, f: Callable[..., Any], store: Store | None, *args: Any, **kwargs: Any) -> Any:
    steps = gen(*args, **kwargs)
    inner_args, inner_kwargs = next(steps)
    result = steps.send(f(*inner_args, **inner_kwargs))
    steps.close()
    if store is None:
        return result
    result, left_behind = result
    store.store(left_behind)
    return result


class _Generated:
    """A generator as a transformation of the newer form. Equal for equal generators."""

    def __init__(self, gen: Gen, stores: bool) -> None:
        self._gen, self._stores = gen, stores

    def __call__(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._stores:
            store, *args = args  # type: ignore[assignment]
            return _run(self._gen, f, store, *args, **kwargs)
        return _run(self._gen, f, None, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Generated) and self._gen == other._gen

    def __hash__(self) -> int:
        return hash(self._gen)


def transformation2(gen: Callable[..., Any]) -> Callable[..., WrappedFun]:
    """A decorator: `gen(f, *static, *args)` as a transformation of wrapped functions."""

    def transform(fun: WrappedFun, *static: Any) -> WrappedFun:
        return fun.wrap(gen, static, None)

    transform.__doc__ = gen.__doc__
    return transform


def transformation_with_aux2(gen: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: `gen(f, store, *static, *args)` as a transformation that leaves a value behind.

    The transformation returns the function and a function that gives the value after the call.
    """

    def transform(fun: WrappedFun, *static: Any, **_: Any) -> tuple[WrappedFun, Callable[[], Any]]:
        store = Store()
        return fun.wrap(gen, static, store), lambda: store.val

    transform.__doc__ = gen.__doc__
    return transform


def transformation(gen: Gen) -> Callable[..., WrappedFun]:
    """A decorator: a generator as a transformation of wrapped functions."""
    return transformation2(_Generated(gen, stores=False))


def transformation_with_aux(gen: Gen) -> Callable[..., Any]:
    """A decorator: a generator, which yields a pair at last, as a transformation.

    The transformation returns the function and a function that gives the second of the pair after
    the call.
    """
    return transformation_with_aux2(_Generated(gen, stores=True))


def cache(call: Callable[..., Any], *, explain: Any = None) -> Callable[..., Any]:
    """A function of a wrapped function and other arguments that remembers its results."""
    return functools.lru_cache(maxsize=None)(call)


def merge_linear_aux(aux1: Callable[[], Any], aux2: Callable[[], Any]) -> tuple[bool, Any]:
    """The one of two values that was stored, and whether it is the first.

    Raises:
      StoreException: if none was, or both.
    """
    try:
        first = aux1()
    except StoreException:
        return False, aux2()
    try:
        aux2()
    except StoreException:
        return True, first
    raise StoreException("neither store occupied")
