"""Every registered primitive, by name.

>>> from covector.extend.core import primitives
>>> primitives.sin_p.name
'sin'
"""

from covector._core.primitives import *  # noqa: F403
from covector._core.primitives import add_any_p as add_jaxvals_p  # noqa: F401
