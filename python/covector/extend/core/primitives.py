"""Every registered primitive, by name.

>>> from covector.extend.core import primitives
>>> primitives.sin_p.name
'sin'
"""

from covector._core import Primitive
from covector._core.primitives import *  # noqa: F403
from covector._core.primitives import add_any_p as add_jaxvals_p  # noqa: F401

# Calls are one primitive; interpreters of jaxprs written for JAX ask for these too.
call_p = Primitive("call")
closed_call_p = Primitive("closed_call")
core_call_p = Primitive("core_call")
for _primitive in (call_p, closed_call_p, core_call_p):
    _primitive.multiple_results = _primitive.call_primitive = True
del _primitive
