"""Functions that neural networks are made of."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.nn import initializers
    from covector.nn._activations import (
        celu,
        elu,
        gelu,
        glu,
        hard_sigmoid,
        hard_silu,
        hard_swish,
        hard_tanh,
        identity,
        leaky_relu,
        log1mexp,
        log_sigmoid,
        mish,
        relu,
        relu6,
        selu,
        sigmoid,
        silu,
        soft_sign,
        softplus,
        sparse_plus,
        sparse_sigmoid,
        squareplus,
        swish,
        tanh,
    )
    from covector.nn._attention import dot_product_attention
    from covector.nn._normalization import (
        log_softmax,
        logmeanexp,
        logsumexp,
        one_hot,
        softmax,
        standardize,
    )
    from covector.nn._scaled import scaled_matmul
    from covector.nn._scaled_dot import get_scaled_dot_general_config, scaled_dot_general
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
