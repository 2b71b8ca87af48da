"""Devices in grids."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core


def create_device_mesh(
    mesh_shape: Sequence[int],
    devices: Sequence[Any] | None = None,
    *,
    contiguous_submeshes: bool = False,
    allow_split_physical_axes: bool = False,
) -> np.ndarray:
    """Devices in a grid of this shape, for `covector.sharding.Mesh`.

    Args:
      mesh_shape: sizes of the grid.
      devices: which devices; all of the default backend if None.
      contiguous_submeshes: of TPUs: whether parts of the grid are close to each other.
      allow_split_physical_axes: of TPUs: whether an axis may go round corners.

    Raises:
      ValueError: if there are more or fewer devices.

    >>> import covector
    >>> from covector.experimental import mesh_utils
    >>> mesh_utils.create_device_mesh((1, 1), covector.devices("cpu")[:1]).shape
    (1, 1)
    """
    devices = list(_core.devices() if devices is None else devices)
    if math.prod(mesh_shape) != len(devices):
        raise ValueError(
            f"Number of devices {len(devices)} must equal the product of mesh_shape {mesh_shape}"
        )
    return np.array(devices, dtype=object).reshape(tuple(mesh_shape))
