"""Jaxprs and primitives, for programs that read or write them."""

from covector.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Primitive, Var
from covector.extend.core import primitives
