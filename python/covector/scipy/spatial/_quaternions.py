"""Quaternions (x, y, z, w) along the last axis, and what stands for the same rotations.

Formulas are those of J. Diebel, "Representing attitude: Euler angles, unit quaternions, and
rotation vectors" (2006), if nothing else is said.
"""

from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array


def norm(v: Array) -> Array:
    """The length, with the last axis kept."""
    return jnp.sqrt(jnp.sum(v * v, -1, keepdims=True))


@composite()
def normalized(q: Array) -> Array:
    """The quaternion of length 1."""
    return q / norm(q)


@composite()
def product(p: Array, q: Array) -> Array:
    """The rotation by q, then by p."""
    pv, pw, qv, qw = p[..., :3], p[..., 3:], q[..., :3], q[..., 3:]
    vector = pw * qv + qw * pv + jnp.cross(pv, qv)
    return jnp.concatenate([vector, pw * qw - jnp.sum(pv * qv, -1, keepdims=True)], -1)


@composite()
def inverse(q: Array) -> Array:
    """The opposite rotation."""
    return jnp.concatenate([-q[..., :3], q[..., 3:]], -1)


@composite()
def magnitude(q: Array) -> Array:
    """The angle of the rotation."""
    return (2.0 * jnp.arctan2(norm(q[..., :3]), jnp.abs(q[..., 3:])))[..., 0]


@composite()
def canonical(q: Array) -> Array:
    """Of q and -q the one whose first of w, x, y, z that is not 0 is positive."""
    x, y, z, w = jnp.moveaxis(q, -1, 0)
    negative = (y < 0) | ((y == 0) & (z < 0))
    negative = (x < 0) | ((x == 0) & negative)
    negative = (w < 0) | ((w == 0) & negative)
    return jnp.where(negative[..., None], -q, q)


@composite()
def matrix(q: Array) -> Array:
    """The matrix of the rotation."""
    x, y, z, w = jnp.moveaxis(q, -1, 0)
    xx, yy, zz, ww = x * x, y * y, z * z, w * w
    rows = [
        [xx - yy - zz + ww, 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), -xx + yy - zz + ww, 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), -xx - yy + zz + ww],
    ]
    return jnp.stack([jnp.stack(row, -1) for row in rows], -2)


@composite()
def of_matrix(m: Array) -> Array:
    """By the largest component (S. W. Shepperd, "Quaternion from rotation matrix", 1978)."""
    a, b, c = (m[..., i, i] for i in range(3))
    trace = a + b + c
    plus = {(i, j): m[..., j, i] + m[..., i, j] for i in range(3) for j in range(i)}
    minus = [m[..., (i + 2) % 3, (i + 1) % 3] - m[..., (i + 1) % 3, (i + 2) % 3] for i in range(3)]
    by_x = jnp.stack([1 - trace + 2 * a, plus[1, 0], plus[2, 0], minus[0]], -1)
    by_y = jnp.stack([plus[1, 0], 1 - trace + 2 * b, plus[2, 1], minus[1]], -1)
    by_z = jnp.stack([plus[2, 0], plus[2, 1], 1 - trace + 2 * c, minus[2]], -1)
    by_w = jnp.stack([*minus, 1 + trace], -1)
    choice = jnp.argmax(jnp.stack([a, b, c, trace], -1), -1)[..., None]
    q = jnp.select([choice == 0, choice == 1, choice == 2], [by_x, by_y, by_z], by_w)
    return q / norm(q)


@composite()
def modified_rodrigues(q: Array) -> Array:
    """Modified Rodrigues parameters: the axis times the tangent of a quarter of the angle."""
    sign = jnp.where(q[..., 3:] < 0, -1.0, 1.0)
    return sign * q[..., :3] / (1.0 + sign * q[..., 3:])


@composite()
def of_modified_rodrigues(p: Array) -> Array:
    """The quaternion of modified Rodrigues parameters."""
    width = jnp.sum(p * p, -1, keepdims=True) + 1
    return jnp.concatenate([2 * p, 2 - width], -1) / width


@composite("degrees")
def vector(q: Array, degrees: bool) -> Array:
    """The axis times the angle."""
    q = jnp.where(q[..., 3:] < 0, -q, q)
    angle = 2.0 * jnp.arctan2(norm(q[..., :3]), q[..., 3:])
    square = angle * angle
    series = 2 + square / 12 + 7 * square * square / 2880
    scale = jnp.where(angle <= 1e-3, series, angle / jnp.sin(angle / 2))
    return (jnp.rad2deg(scale) if degrees else scale) * q[..., :3]


@composite("degrees")
def of_vector(v: Array, degrees: bool) -> Array:
    """The quaternion of an axis times an angle."""
    v = jnp.deg2rad(v) if degrees else v
    angle = norm(v)
    square = angle * angle
    series = 0.5 - square / 48 + square * square / 3840
    scale = jnp.where(angle <= 1e-3, series, jnp.sin(angle / 2) / angle)
    return jnp.concatenate([scale * v, jnp.cos(angle / 2)], -1)


@composite("axes", "intrinsic", "degrees")
def of_euler(angles: Array, axes: tuple[int, ...], intrinsic: bool, degrees: bool) -> Array:
    """The rotation by angles about axes, one after the other."""
    angles = jnp.deg2rad(angles) if degrees else angles
    result: Any = None
    for i, axis in enumerate(axes):
        half = angles[..., i] / 2.0
        parts = [jnp.zeros_like(half)] * 3 + [jnp.cos(half)]
        parts[axis] = jnp.sin(half)
        q = jnp.stack(parts, -1)
        if result is None:
            result = q
        else:
            result = product(result, q) if intrinsic else product(q, result)
    return result


@composite("axes", "extrinsic", "degrees")
def euler(q: Array, axes: tuple[int, int, int], extrinsic: bool, degrees: bool) -> Array:
    """The angles about three axes.

    See E. Bernardes and S. Viollet, "Quaternion to Euler angles conversion" (2022).
    """
    i, j, k = axes if extrinsic else axes[::-1]
    symmetric = i == k
    k = 3 - i - j if symmetric else k
    sign = float((i - j) * (j - k) * (k - i) // 2)
    x = jnp.moveaxis(q, -1, 0)
    if symmetric:
        a, b, c, d = x[3], x[i], x[j], x[k] * sign
    else:
        a, b, c, d = x[3] - x[j], x[i] + x[k] * sign, x[j] + x[3], x[k] * sign - x[i]
    middle = 2 * jnp.arctan2(jnp.hypot(c, d), jnp.hypot(a, b))
    half_sum, half_difference = jnp.arctan2(b, a), jnp.arctan2(d, c)
    zero, half_turn = jnp.abs(middle) <= 1e-7, jnp.abs(middle - np.pi) <= 1e-7
    # With two axes parallel only one angle is determined: the other is 0.
    plain = ~(zero | half_turn)
    lone = jnp.where(zero, 2 * half_sum, 2 * half_difference * (-1 if extrinsic else 1))
    low, high = half_sum - half_difference, half_sum + half_difference
    if extrinsic:
        first, third = jnp.where(plain, low, lone), jnp.where(plain, high, 0)
    else:
        first, third = jnp.where(plain, high, lone), jnp.where(plain, low, 0)
    if not symmetric:
        middle = middle - np.pi / 2
        first, third = (first, third * sign) if extrinsic else (first * sign, third)
    angles = jnp.stack([first, middle, third], -1)
    angles = (angles + np.pi) % (2 * np.pi) - np.pi
    return jnp.rad2deg(angles) if degrees else angles
