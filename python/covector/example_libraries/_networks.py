"""Networks of layers."""

from collections.abc import Callable
from typing import Any

from covector import numpy as jnp
from covector import random
from covector.example_libraries._layers import Layer, elementwise


def _same(x: Any) -> Any:
    return x


Identity = elementwise(_same)


def FanOut(num: int) -> Layer:
    """A layer that gives its input several times.

    >>> covector.example_libraries.stax.FanOut(2)[1]((), 1.0)
    [1.0, 1.0]
    """

    def init_fun(rng: Any, input_shape: Any) -> Any:
        return [input_shape] * num, ()

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        return [inputs] * num

    return init_fun, apply_fun


def _first_shape(rng: Any, input_shape: Any) -> Any:
    return input_shape[0], ()


def _sum(params: Any, inputs: Any, **kwargs: Any) -> Any:
    return sum(inputs)


FanInSum = (_first_shape, _sum)


def FanInConcat(axis: int = -1) -> Layer:
    """A layer that joins its inputs along an axis.

    >>> init, apply = covector.example_libraries.stax.FanInConcat()
    >>> init(None, [(2, 3), (2, 4)])[0]
    (2, 7)
    """

    def init_fun(rng: Any, input_shape: Any) -> Any:
        first = input_shape[0]
        place = axis % len(first)
        size = sum(shape[place] for shape in input_shape)
        return (*first[:place], size, *first[place + 1 :]), ()

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        return jnp.concatenate(inputs, axis)

    return init_fun, apply_fun


def _keys(kwargs: dict[str, Any], number: int) -> Any:
    rng = kwargs.pop("rng", None)
    return (None,) * number if rng is None else random.split(rng, number)


def serial(*layers: Layer) -> Layer:
    """Layers one after the other.

    >>> from covector.example_libraries import stax
    >>> init, apply = stax.serial(stax.Dense(4), stax.Tanh)
    >>> init(covector.random.PRNGKey(0), (-1, 3))[0]
    (-1, 4)
    """
    init_funs, apply_funs = zip(*layers)

    def init_fun(rng: Any, input_shape: Any) -> Any:
        params = []
        for init in init_funs:
            rng, layer_rng = random.split(rng)
            input_shape, own = init(layer_rng, input_shape)
            params.append(own)
        return input_shape, params

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        rngs = _keys(kwargs, len(layers))
        for apply, own, rng in zip(apply_funs, params, rngs):
            inputs = apply(own, inputs, rng=rng, **kwargs)
        return inputs

    return init_fun, apply_fun


def parallel(*layers: Layer) -> Layer:
    """Layers side by side, each with an input of its own.

    >>> from covector.example_libraries import stax
    >>> init, apply = stax.parallel(stax.Tanh, stax.Identity)
    >>> apply([(), ()], [0.0, 1.0])[1]
    1.0
    """
    init_funs, apply_funs = zip(*layers)

    def init_fun(rng: Any, input_shape: Any) -> Any:
        rngs = random.split(rng, len(layers))
        return zip(*(init(r, shape) for init, r, shape in zip(init_funs, rngs, input_shape)))

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        rngs = _keys(kwargs, len(layers))
        parts = zip(apply_funs, params, inputs, rngs)
        return [apply(own, x, rng=rng, **kwargs) for apply, own, x, rng in parts]

    return init_fun, apply_fun


def shape_dependent(make_layer: Callable[[Any], Layer]) -> Layer:
    """A layer made when its input's shape is known.

    >>> from covector.example_libraries import stax
    >>> init, apply = stax.shape_dependent(lambda shape: stax.Dense(shape[-1]))
    >>> init(covector.random.PRNGKey(0), (5, 3))[0]
    (5, 3)
    """

    def init_fun(rng: Any, input_shape: Any) -> Any:
        return make_layer(input_shape)[0](rng, input_shape)

    def apply_fun(params: Any, inputs: Any, **kwargs: Any) -> Any:
        return make_layer(inputs.shape)[1](params, inputs, **kwargs)

    return init_fun, apply_fun
