"""Networks as pairs of functions: `init_fun(rng, input_shape)` gives the shape of the output and
the parameters, `apply_fun(params, inputs, **kwargs)` the output.

>>> from covector.example_libraries import stax
>>> init, apply = stax.serial(stax.Dense(4), stax.Relu, stax.Dense(2))
>>> shape, params = init(covector.random.PRNGKey(0), (-1, 3))
>>> shape, apply(params, jnp.ones((5, 3))).shape
((-1, 2), (5, 2))
"""

from covector.example_libraries._layers import (
    BatchNorm,
    Dense,
    Dropout,
    Elu,
    Exp,
    Flatten,
    Gelu,
    LeakyRelu,
    LogSoftmax,
    Relu,
    Selu,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    elementwise,
    glorot,
    logsoftmax,
    randn,
)
from covector.example_libraries._networks import (
    FanInConcat,
    FanInSum,
    FanOut,
    Identity,
    parallel,
    serial,
    shape_dependent,
)
from covector.example_libraries._windows import (
    AvgPool,
    Conv,
    Conv1DTranspose,
    ConvTranspose,
    GeneralConv,
    GeneralConvTranspose,
    MaxPool,
    SumPool,
)
from covector.nn import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    standardize,
)
from covector.nn.initializers import glorot_normal, normal, ones, zeros

__all__ = [
    "AvgPool",
    "BatchNorm",
    "Conv",
    "Conv1DTranspose",
    "ConvTranspose",
    "Dense",
    "Dropout",
    "Elu",
    "Exp",
    "FanInConcat",
    "FanInSum",
    "FanOut",
    "Flatten",
    "Gelu",
    "GeneralConv",
    "GeneralConvTranspose",
    "Identity",
    "LeakyRelu",
    "LogSoftmax",
    "MaxPool",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "SumPool",
    "Tanh",
    "elementwise",
    "elu",
    "gelu",
    "glorot",
    "glorot_normal",
    "leaky_relu",
    "log_softmax",
    "logsoftmax",
    "normal",
    "ones",
    "parallel",
    "randn",
    "relu",
    "selu",
    "serial",
    "shape_dependent",
    "sigmoid",
    "softmax",
    "softplus",
    "standardize",
    "zeros",
]
