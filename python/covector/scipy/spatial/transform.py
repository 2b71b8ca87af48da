"""Rotations of space."""

from covector.scipy.spatial._rotation import Rotation
from covector.scipy.spatial._slerp import Slerp

__all__ = ["Rotation", "Slerp"]
