"""Ordinary differential equations."""

from covector.experimental._odeint import odeint

__all__ = ["odeint"]
