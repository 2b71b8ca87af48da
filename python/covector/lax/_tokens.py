"""Tokens: values without content, by which operations depend on each other."""

from typing import Any

from covector import _core
from covector._core import Array
from covector.lax._arrays import full
from covector.tree_util import register_pytree_node_class


@register_pytree_node_class
class Token:
    """A value without content. To transformations it is a tree of one array without elements."""

    __slots__ = ("_array",)

    def __init__(self, array: Array) -> None:
        self._array = array

    def block_until_ready(self) -> "Token":
        """Waits until what the token depends on is done."""
        self._array.block_until_ready()
        return self

    def tree_flatten(self) -> tuple[tuple[Array], None]:
        return (self._array,), None

    @classmethod
    def tree_unflatten(cls, _: None, children: tuple[Any]) -> "Token":
        return cls(children[0])

    def __repr__(self) -> str:
        return "Token()"


def create_token(_: Any = None) -> Token:
    """A token that depends on nothing.

    Args:
      _: without effect.

    In JAX a token is a leaf of trees, here a tree of one array.

    >>> from covector import lax
    >>> lax.create_token()
    Token()
    """
    return Token(full((0,), False))


def after_all(*operands: Token) -> Token:
    """A token that depends on all of several.

    Args:
      *operands: tokens.

    Raises:
      TypeError: if something else is among them.

    >>> from covector import lax
    >>> lax.after_all(lax.create_token(), lax.create_token())
    Token()
    """
    for token in operands:
        if not isinstance(token, Token):
            raise TypeError(
                f"Arguments to after_all must be tokens, got one of type {type(token).__name__}"
            )
    if not operands:
        return create_token()
    return Token(_core.lax._optimization_barrier([t._array for t in operands])[0])
