"""Integration of samples."""

from covector.numpy import trapezoid

__all__ = ["trapezoid"]
