"""Rules of primitives that are made from Python, in JAX's modules.

>>> import covector
>>> from covector.extend.core import Primitive
>>> from covector.interpreters import ad, batching, mlir
>>> twice_p = Primitive("twice")
>>> @twice_p.def_impl
... def twice(x):
...     return 2 * x
>>> @twice_p.def_abstract_eval
... def twice_type(x):
...     return x
>>> mlir.register_lowering(twice_p, mlir.lower_fun(twice, multiple_results=False))
>>> ad.deflinear2(twice_p, lambda ct, x: (twice_p.bind(ct),))
>>> batching.defvectorized(twice_p)
>>> covector.jit(covector.grad(twice_p.bind))(3.0)
Array(2., dtype=float32, weak_type=True)
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.interpreters import ad, batching, mlir, partial_eval, pxla, xla
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
