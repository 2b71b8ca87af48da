"""What traced values and jaxprs are made of, to look at them.

>>> import covector
>>> closed = covector.make_jaxpr(lambda x: 2 * x)(1.0)
>>> [eqn.primitive.name for eqn in closed.jaxpr.eqns]
['mul']
"""

from typing import TYPE_CHECKING, Any

from covector import _lazy
from covector._core import (
    ClosedJaxpr,
    Jaxpr,
    JaxprEqn,
    Literal,
    Primitive,
    ShapedArray,
    Trace,
    Tracer,
    Var,
)

AbstractValue = ShapedArray
Atom = Var | Literal
ParamDict = dict[str, Any]
Value = Any

if TYPE_CHECKING:
    from covector._jaxprs import eval_jaxpr
    from covector._rules import Effect, Effects, no_effects
    from covector._scopes import ensure_compile_time_eval
    from covector.extend.core import (
        DebugInfo,
        DropVar,
        check_jaxpr,
        concrete_or_error,
        find_top_trace,
        gensym,
        get_opaque_trace_state,
        jaxpr_as_fun,
        jaxprs_in_params,
        new_jaxpr_eqn,
        subjaxprs,
        valid_jaxtype,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
