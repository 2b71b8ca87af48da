"""Functions as programs that outlive the process: exported, stored, loaded and called again.

>>> import covector
>>> from covector import export
>>> import numpy as np
>>> exported = export.export(covector.jit(covector.numpy.sin))(np.zeros(3, np.float32))
>>> again = export.deserialize(exported.serialize())
>>> again.call(np.zeros(3, np.float32))
Array([0., 0., 0.], dtype=float32)

A program is a module of StableHLO for each platform, with the types and the trees of its arguments
and results. The serialized form is Covector's own: other versions of JAX do not read it, but
`Exported.mlir_module` is what any StableHLO compiler takes. Symbolic dimensions are not supported.
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.export._checks import DisabledSafetyCheck
    from covector.export._exported import (
        Exported,
        default_export_platform,
        deserialize,
        export,
        maximum_supported_calling_convention_version,
        minimum_supported_calling_convention_version,
    )
    from covector.export._trees import (
        register_namedtuple_serialization,
        register_pytree_node_serialization,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
