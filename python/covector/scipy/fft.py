"""Discrete cosine transforms."""

from covector.scipy._cosine import dct, dctn, idct, idctn

__all__ = ["dct", "dctn", "idct", "idctn"]
