"""Jaxprs and primitives, to take apart, to make and to extend.

>>> import covector
>>> from covector.extend.core import jaxpr_as_fun
>>> jaxpr_as_fun(covector.make_jaxpr(lambda x: (x + 1, 2 * x))(1.0))(3.0)
[Array(4., dtype=float32, weak_type=True), Array(6., dtype=float32, weak_type=True)]
"""

from typing import TYPE_CHECKING

from covector import _lazy
from covector._core import (
    ClosedJaxpr,
    DebugInfo,
    Jaxpr,
    JaxprEqn,
    Literal,
    Primitive,
    Var,
    check_jaxpr,
    new_jaxpr_eqn,
)
from covector._rules import Effect, Effects, no_effects
from covector.errors import InconclusiveDimensionOperation, JaxprTypeError

if TYPE_CHECKING:
    from covector._jaxprs import (
        DropVar,
        TraceTag,
        array_types,
        concrete_or_error,
        find_top_trace,
        gensym,
        get_opaque_trace_state,
        jaxpr_as_fun,
        jaxprs_in_params,
        mapped_aval,
        nonempty_axis_env,
        primal_dtype_to_tangent_dtype,
        set_current_trace,
        subjaxprs,
        take_current_trace,
        unmapped_aval,
        unsafe_get_axis_names,
        valid_jaxtype,
    )
    from covector.extend.core import primitives
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
