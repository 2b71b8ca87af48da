"""Rotations between rotations."""

from typing import Any, NamedTuple

from covector import numpy as jnp
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.spatial._rotation import Rotation


class Slerp(NamedTuple):
    """Spherical linear interpolation (Shoemake 1985): from each rotation to the next at even speed.

    Attributes:
      times: when.
      timedelta: how far times are apart.
      rotations: the rotations but the last.
      rotvecs: from each to the next, as vectors.

    >>> from covector.scipy.spatial.transform import Rotation, Slerp
    >>> turns = Rotation.from_euler("z", jnp.array([[0.0], [90.0]]), degrees=True)
    >>> halfway = Slerp.init(jnp.array([0.0, 1.0]), turns)(0.5)
    >>> round(float(halfway.as_rotvec(degrees=True)[2]), 3)
    45.0
    """

    times: Array
    timedelta: Array
    rotations: Rotation
    rotvecs: Array

    @classmethod
    def init(cls, times: ArrayLike, rotations: Rotation) -> "Slerp":
        """The interpolation of rotations.

        Args:
          times: when, ascending.
          rotations: at least two rotations.

        Raises:
          TypeError: if these are no rotations.
          ValueError: if there are fewer than two, or their number is not that of times.
        """
        if not isinstance(rotations, Rotation):
            raise TypeError("`rotations` must be a `Rotation` instance.")
        if rotations.single or len(rotations) == 1:
            raise ValueError("`rotations` must be a sequence of at least 2 rotations.")
        at = jnp.asarray(times, dtype=rotations.quat.dtype)
        if at.ndim != 1:
            raise ValueError(
                "Expected times to be specified in a 1 dimensional array, got "
                f"{at.ndim} dimensions."
            )
        if at.shape[0] != len(rotations):
            raise ValueError(
                "Expected number of rotations to be equal to number of timestamps given, got "
                f"{len(rotations)} rotations and {at.shape[0]} timestamps."
            )
        begin, end = Rotation(rotations.quat[:-1]), Rotation(rotations.quat[1:])
        return cls(at, jnp.diff(at), begin, (begin.inv() * end).as_rotvec())

    def __call__(self, times: ArrayLike) -> Rotation:
        """The rotations at times.

        Raises:
          ValueError: if times have more than one axis.
        """
        at = jnp.asarray(times, dtype=self.times.dtype)
        if at.ndim > 1:
            raise ValueError("`times` must be at most 1-dimensional.")
        flat = jnp.atleast_1d(at)
        i = jnp.maximum(jnp.searchsorted(self.times, flat) - 1, 0)
        part = (flat - self.times[i]) / self.timedelta[i]
        result: Any = self.rotations[i] * Rotation.from_rotvec(self.rotvecs[i] * part[:, None])
        return result if at.ndim else result[0]
