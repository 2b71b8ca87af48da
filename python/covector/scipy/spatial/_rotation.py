"""Rotations of space."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from covector import _core
from covector import numpy as jnp
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.spatial import _quaternions


def _parsed(seq: str, least: int) -> tuple[tuple[int, ...], bool]:
    """The axes of a sequence such as "xyz", and whether they turn with the body."""
    if least == 3 and len(seq) != 3:
        raise ValueError(f"Expected 3 axes, got {seq}.")
    if not 1 <= len(seq) <= 3:
        raise ValueError(
            f"Expected axis specification to be a non-empty string of upto 3 characters, got {seq}"
        )
    if not (re.match("^[XYZ]+$", seq) or re.match("^[xyz]+$", seq)):
        raise ValueError(
            f"Expected axes from `seq` to be from ['x', 'y', 'z'] or ['X', 'Y', 'Z'], got {seq}"
        )
    if any(a == b for a, b in itertools.pairwise(seq)):
        raise ValueError(f"Expected consecutive axes to be different, got {seq}")
    return tuple("xyz".index(c) for c in seq.lower()), seq.isupper()


def _inexact(x: ArrayLike) -> Array:
    (array,) = _core.numpy.promote_dtypes_inexact(jnp.asarray(x))
    return array


class Rotation(NamedTuple):
    """A rotation of space, or an array of them.

    Attributes:
      quat: quaternions (x, y, z, w) along the last axis.

    >>> from covector.scipy.spatial.transform import Rotation
    >>> quarter = Rotation.from_euler("z", 90.0, degrees=True)
    >>> quarter.apply(jnp.array([1.0, 0.0, 0.0])).round(4)
    Array([0., 1., 0.], dtype=float32)
    """

    quat: Array

    @classmethod
    def concatenate(cls, rotations: Sequence["Rotation"]) -> "Rotation":
        """Arrays of rotations joined."""
        return cls(jnp.concatenate([rotation.quat for rotation in rotations]))

    @classmethod
    def from_euler(cls, seq: str, angles: ArrayLike, degrees: bool = False) -> "Rotation":
        """Rotations by angles about axes, one after the other.

        Args:
          seq: up to three axes: "x", "y", "z" for those of space, "X", "Y", "Z" for those that
            turn with the body.
          angles: the angles, along the last axis.
          degrees: whether they are in degrees.

        Raises:
          ValueError: if the sequence is none.
        """
        axes, intrinsic = _parsed(seq, 1)
        values = jnp.atleast_1d(_inexact(angles))
        return cls(_quaternions.of_euler(values, axes, intrinsic, bool(degrees)))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> "Rotation":
        """Rotations of these matrices."""
        return cls(_quaternions.of_matrix(_inexact(matrix)))

    @classmethod
    def from_mrp(cls, mrp: ArrayLike) -> "Rotation":
        """Rotations of modified Rodrigues parameters."""
        return cls(_quaternions.of_modified_rodrigues(_inexact(mrp)))

    @classmethod
    def from_quat(cls, quat: ArrayLike) -> "Rotation":
        """Rotations of quaternions (x, y, z, w), which are normalized."""
        return cls(_quaternions.normalized(_inexact(quat)))

    @classmethod
    def from_rotvec(cls, rotvec: ArrayLike, degrees: bool = False) -> "Rotation":
        """Rotations of vectors: axes times angles.

        Args:
          rotvec: the vectors.
          degrees: whether angles are in degrees.
        """
        return cls(_quaternions.of_vector(_inexact(rotvec), bool(degrees)))

    @classmethod
    def identity(cls, num: int | None = None, dtype: Any = float) -> "Rotation":
        """The rotation that turns nothing; `num` must be None."""
        assert num is None
        return cls(jnp.array([0.0, 0.0, 0.0, 1.0], dtype=dtype))

    @classmethod
    def random(cls, random_key: Array, num: int | None = None) -> "Rotation":
        """Raises NotImplementedError: normalize normal samples instead, see `from_quat`."""
        raise NotImplementedError(
            "Rotation.random is not there: use from_quat(covector.random.normal(key, (4,)))"
        )

    def __getitem__(self, indexer: Any) -> Any:
        if self.single:
            raise TypeError("Single rotation is not subscriptable.")
        return Rotation(self.quat[indexer])

    def __len__(self) -> int:
        if self.single:
            raise TypeError("Single rotation has no len().")
        return self.quat.shape[0]

    def __mul__(self, other: Any) -> "Rotation":
        return Rotation.from_quat(_quaternions.product(self.quat, other.quat))

    def apply(self, vectors: ArrayLike, inverse: bool = False) -> Array:
        """Vectors rotated, or rotated back.

        Args:
          vectors: vectors along the last axis.
          inverse: whether they are rotated back.
        """
        matrix = self.as_matrix()
        turned = jnp.where(inverse, jnp.swapaxes(matrix, -1, -2), matrix)
        return (turned @ jnp.asarray(vectors)[..., None])[..., 0]

    def as_euler(self, seq: str, degrees: bool = False) -> Array:
        """Angles about three axes.

        Args:
          seq: three axes, see `from_euler`.
          degrees: whether angles are to be in degrees.

        Raises:
          ValueError: if the sequence is none.
        """
        (i, j, k), intrinsic = _parsed(seq, 3)
        return _quaternions.euler(self.quat, (i, j, k), not intrinsic, bool(degrees))

    def as_matrix(self) -> Array:
        """The matrices."""
        return _quaternions.matrix(self.quat)

    def as_mrp(self) -> Array:
        """Modified Rodrigues parameters."""
        return _quaternions.modified_rodrigues(self.quat)

    def as_rotvec(self, degrees: bool = False) -> Array:
        """Axes times angles.

        Args:
          degrees: whether angles are to be in degrees.
        """
        return _quaternions.vector(self.quat, bool(degrees))

    def as_quat(self, canonical: bool = False, scalar_first: bool = False) -> Array:
        """The quaternions.

        Args:
          canonical: whether of a quaternion and its negative the one with positive w is taken.
          scalar_first: whether w comes first.
        """
        quat = _quaternions.canonical(self.quat) if canonical else self.quat
        return jnp.roll(quat, shift=1, axis=-1) if scalar_first else quat

    def inv(self) -> "Rotation":
        """The opposite rotations."""
        return Rotation(_quaternions.inverse(self.quat))

    def magnitude(self) -> Array:
        """The angles."""
        return _quaternions.magnitude(self.quat)

    def mean(self, weights: ArrayLike | None = None) -> "Rotation":
        """The rotation nearest to these.

        See F. L. Markley et al., "Averaging quaternions" (2007).

        Args:
          weights: how much each counts.

        Raises:
          ValueError: if there are more or fewer weights than rotations.
        """
        dtype = self.quat.dtype
        w = jnp.ones(len(self), dtype) if weights is None else jnp.asarray(weights, dtype)
        if w.ndim != 1:
            raise ValueError(f"Expected `weights` to be 1 dimensional, got shape {w.shape}.")
        if w.shape[0] != len(self):
            raise ValueError(
                "Expected `weights` to have number of values equal to number of rotations, got "
                f"{w.shape[0]} values and {len(self)} rotations."
            )
        moments = jnp.dot(w[None, :] * self.quat.T, self.quat)
        return Rotation(jnp.linalg.eigh(moments)[1][:, -1])

    @property
    def single(self) -> bool:
        """Whether this is one rotation, not an array."""
        return self.quat.ndim == 1
