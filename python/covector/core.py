"""What traced values and jaxprs are made of, to look at them.

>>> import covector
>>> closed = covector.make_jaxpr(lambda x: 2 * x)(1.0)
>>> [eqn.primitive.name for eqn in closed.jaxpr.eqns]
['mul']
"""

from typing import Any

from covector._core import (
    ClosedJaxpr,
    DebugInfo,
    Jaxpr,
    JaxprEqn,
    Literal,
    Primitive,
    ShapedArray,
    Trace,
    Tracer,
    Var,
    check_jaxpr,
    new_jaxpr_eqn,
)
from covector._jaxprs import (
    DropVar,
    concrete_or_error,
    eval_jaxpr,
    find_top_trace,
    gensym,
    get_opaque_trace_state,
    jaxpr_as_fun,
    jaxprs_in_params,
    subjaxprs,
    valid_jaxtype,
)
from covector._rules import Effect, Effects, no_effects
from covector._scopes import ensure_compile_time_eval
from covector._value_handlers import pytype_aval_mappings

AbstractValue = ShapedArray
Atom = Var | Literal
ParamDict = dict[str, Any]
Value = Any

__all__ = [
    "AbstractValue",
    "Atom",
    "ClosedJaxpr",
    "DebugInfo",
    "DropVar",
    "Effect",
    "Effects",
    "Jaxpr",
    "JaxprEqn",
    "Literal",
    "ParamDict",
    "Primitive",
    "ShapedArray",
    "Trace",
    "Tracer",
    "Value",
    "Var",
    "check_jaxpr",
    "concrete_or_error",
    "ensure_compile_time_eval",
    "eval_jaxpr",
    "find_top_trace",
    "gensym",
    "get_opaque_trace_state",
    "jaxpr_as_fun",
    "jaxprs_in_params",
    "new_jaxpr_eqn",
    "no_effects",
    "pytype_aval_mappings",
    "subjaxprs",
    "valid_jaxtype",
]
