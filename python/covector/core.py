"""What traced values and jaxprs are made of, to look at them.

>>> import covector
>>> closed = covector.make_jaxpr(lambda x: 2 * x)(1.0)
>>> [eqn.primitive.name for eqn in closed.jaxpr.eqns]
['mul']
"""

from typing import TYPE_CHECKING, Any

from covector import _lazy
from covector._core import (
    Literal,
    ShapedArray,
    Var,
)

AbstractValue = ShapedArray
Atom = Var | Literal
ParamDict = dict[str, Any]
Value = Any

if TYPE_CHECKING:
    pass
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
