"""Interpolation."""

from covector.scipy._interpolate import RegularGridInterpolator

__all__ = ["RegularGridInterpolator"]
