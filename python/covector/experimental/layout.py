"""How elements lie in a device's memory. Arrays here are always row-major."""

from typing import Any

from covector._shardings import Sharding


class _Auto:
    """Stands for a layout that the compiler chooses."""

    def __repr__(self) -> str:
        return "AUTO"


class Layout:
    """An order of axes, and tiles.

    Args:
      major_to_minor: the axes of an array, the one along which neighbours are closest last.
      tiling: sizes of nested tiles.
      sub_byte_element_size_in_bits: of packed elements.

    >>> from covector.experimental.layout import Layout
    >>> Layout((0, 1)) == Layout((0, 1))
    True
    """

    AUTO = _Auto()

    def __init__(
        self,
        major_to_minor: tuple[int, ...],
        tiling: tuple[tuple[int, ...], ...] | None = None,
        sub_byte_element_size_in_bits: int = 0,
    ) -> None:
        self.major_to_minor = tuple(major_to_minor)
        self.tiling = None if tiling is None else tuple(map(tuple, tiling))
        self.sub_byte_element_size_in_bits = sub_byte_element_size_in_bits

    def _key(self) -> tuple[Any, ...]:
        return self.major_to_minor, self.tiling, self.sub_byte_element_size_in_bits

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return (
            f"Layout(major_to_minor={self.major_to_minor}, tiling={self.tiling}, "
            f"sub_byte_element_size_in_bits={self.sub_byte_element_size_in_bits})"
        )


DeviceLocalLayout = Layout


class Format:
    """A layout on the devices of a sharding.

    Args:
      layout: a `Layout`, `Layout.AUTO` or None.
      sharding: where the elements are, or None.

    Raises:
      TypeError: if one is something else.
      ValueError: for a layout without a sharding.
    """

    __slots__ = ("layout", "sharding")

    def __init__(self, layout: Any = None, sharding: Sharding | None = None) -> None:
        if not (layout is None or isinstance(layout, (Layout, _Auto))):
            raise TypeError(f"Format expects a Layout, Layout.AUTO or None, got {layout!r}")
        if not (sharding is None or isinstance(sharding, Sharding)):
            raise TypeError(f"Format expects a sharding or None, got {sharding!r}")
        if isinstance(layout, Layout) and sharding is None:
            raise ValueError("Sharding has to be concrete when layout is of type Layout.")
        self.layout, self.sharding = layout, sharding

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Format):
            return False
        return (self.layout, self.sharding) == (other.layout, other.sharding)

    def __hash__(self) -> int:
        return hash((self.layout, self.sharding))

    def __repr__(self) -> str:
        return f"Format(layout={self.layout}, sharding={self.sharding})"
