"""Initializers: functions of a key, a shape and a dtype that make the weights of a layer.

>>> import covector
>>> initialize = covector.nn.initializers.glorot_normal()
>>> initialize(covector.random.PRNGKey(0), (3, 4)).shape
(3, 4)
"""

from covector.nn._initializers import (
    Initializer,
    constant,
    normal,
    ones,
    truncated_normal,
    uniform,
    zeros,
)
from covector.nn._orthogonal import delta_orthogonal, orthogonal
from covector.nn._variance import (
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    kaiming_normal,
    kaiming_uniform,
    lecun_normal,
    lecun_uniform,
    variance_scaling,
    xavier_normal,
    xavier_uniform,
)

__all__ = [
    "Initializer",
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
