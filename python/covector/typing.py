"""Names for annotations: what functions of Covector accept.

>>> from covector.typing import ArrayLike
>>> def halve(x: ArrayLike) -> "covector.Array": ...
"""

from covector._typing import ArrayLike, DTypeLike

__all__ = [
    "ArrayLike",
    "DTypeLike",
]
