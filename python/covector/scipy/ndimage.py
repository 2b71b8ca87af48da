"""Multidimensional images."""

from covector.scipy._ndimage import map_coordinates

__all__ = ["map_coordinates"]
