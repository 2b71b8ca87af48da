"""What traced values and jaxprs are made of, to look at them.

>>> import covector
>>> closed = covector.make_jaxpr(lambda x: 2 * x)(1.0)
>>> [eqn.primitive.name for eqn in closed.jaxpr.eqns]
['mul']
"""

from covector._core import (
    ClosedJaxpr,
    Jaxpr,
    JaxprEqn,
    Literal,
    Primitive,
    ShapedArray,
    Tracer,
    Var,
)

__all__ = [
    "ClosedJaxpr",
    "Jaxpr",
    "JaxprEqn",
    "Literal",
    "Primitive",
    "ShapedArray",
    "Tracer",
    "Var",
]
