"""What samplers share: checks of dtypes, shapes and parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector import numpy as jnp
from covector._arguments import canonical_shape, place
from covector._core import Array
from covector._dtypes import dtype_of, issubdtype, result_type, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.errors import TypePromotionError
from covector.random._keys import check_key


def real_dtype(function: str, dtype: DTypeLike | None) -> Any:
    """The dtype of samples, which must be real; None stands for the default one.

    Raises:
      ValueError: if it is not.
    """
    d = user_dtype(float if dtype is None else dtype, function)
    if not issubdtype(d, np.floating):
        raise ValueError(f"dtype argument to `{function}` must be a float dtype, got {d}")
    return d


def integer_dtype(function: str, dtype: DTypeLike | None) -> Any:
    """The dtype of integer samples; None stands for the default one.

    Raises:
      ValueError: if it is no integer dtype.
    """
    d = user_dtype(int if dtype is None else dtype, function)
    if not issubdtype(d, np.integer):
        raise ValueError(f"dtype argument to `{function}` must be an int dtype, got {d}")
    return d


def sample_shape(function: str, shape: Any, *parameters: ArrayLike) -> tuple[int, ...]:
    """The shape asked for, or that of the parameters, which must broadcast to it.

    Raises:
      ValueError: if they do not.
    """
    shapes = [np.shape(p) for p in parameters]
    if shape is None:
        return jnp.broadcast_shapes(*shapes)
    asked = canonical_shape(shape)
    check_shape(function, asked, *shapes)
    return asked


def check_shape(function: str, asked: tuple[int, ...], *shapes: tuple[int, ...]) -> None:
    """Raises ValueError unless shapes broadcast to the one asked for."""
    if (joint := jnp.broadcast_shapes(asked, *shapes)) != asked:
        raise ValueError(
            f"{function} parameter shapes must be broadcast-compatible with shape argument, and "
            f"the result of broadcasting the shapes must equal the shape argument, but got result "
            f"{joint} for shape argument {asked}."
        )


def check_safe(function: str, dtype: Any, *parameters: ArrayLike) -> None:
    """Raises TypePromotionError if a parameter is of a wider type than the samples."""
    for p in parameters:
        if dtype_of(p) != dtype and result_type(p, dtype) != dtype:
            raise TypePromotionError(
                f"In arguments to {function}, cannot safely cast argument of type "
                f"{jnp.asarray(p).dtype} to {dtype}"
            )


def standard(
    function: str, sample: Callable[..., Array], key: Any, shape: Any, dtype: Any, sharding: Any
) -> Array:
    """Real samples of a distribution without parameters."""
    d = real_dtype(function, dtype)
    return place(sample(check_key(function, key), canonical_shape(shape), d), None, sharding)


def parametric(
    function: str,
    sample: Callable[..., Array],
    key: Any,
    parameters: tuple[ArrayLike, ...],
    shape: Any,
    dtype: Any,
    sharding: Any = None,
) -> Array:
    """Real samples of a distribution whose parameters broadcast to the shape of the result."""
    k, d = check_key(function, key), real_dtype(function, dtype)
    dims = sample_shape(function, shape, *parameters)
    check_safe(function, d, *parameters)
    own = [_core.asarray(p) for p in parameters]
    return place(sample(k, *own, dims, d), None, sharding)
