"""Functions that return errors as values, where compiled programs cannot raise.

>>> import covector.numpy as jnp
>>> from covector.experimental import checkify
>>> error, _ = checkify.checkify(lambda x: x[5], errors=checkify.index_checks)(jnp.arange(3))
>>> error.get()[:50]
'out-of-bounds indexing for array of shape (3,): in'
"""

from covector._checkify import (
    ErrorCategory,
    all_checks,
    automatic_checks,
    check,
    check_error,
    checkify,
    debug_check,
    div_checks,
    float_checks,
    index_checks,
    nan_checks,
    user_checks,
)
from covector._checkify_errors import (
    BatchedError,
    DivisionByZeroError,
    Error,
    FailedCheckError,
    JaxException,
    JaxRuntimeError,
    NaNError,
    OOBError,
    init_error,
)

__all__ = [
    "BatchedError",
    "DivisionByZeroError",
    "Error",
    "ErrorCategory",
    "FailedCheckError",
    "JaxException",
    "JaxRuntimeError",
    "NaNError",
    "OOBError",
    "all_checks",
    "automatic_checks",
    "check",
    "check_error",
    "checkify",
    "debug_check",
    "div_checks",
    "float_checks",
    "index_checks",
    "init_error",
    "nan_checks",
    "user_checks",
]
