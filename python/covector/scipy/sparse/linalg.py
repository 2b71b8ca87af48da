"""Iterative solvers of linear systems whose matrix is given by what it does to vectors."""

from covector.scipy.sparse._gmres import gmres
from covector.scipy.sparse._krylov import bicgstab, cg

__all__ = ["bicgstab", "cg", "gmres"]
