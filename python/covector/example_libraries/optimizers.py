"""Optimizers as triples of functions, and schedules of step sizes.

`init_fn(params)` gives the state, `update_fn(step, gradients, state)` the next one and
`params_fn(state)` the parameters in it. Parameters may be any tree.

>>> from covector.example_libraries import optimizers
>>> init, update, params = optimizers.adam(0.5)
>>> state = init({"x": jnp.zeros(2)})
>>> state = update(0, {"x": jnp.ones(2)}, state)
>>> params(state)["x"].round(3)
Array([-0.5, -0.5], dtype=float32)
"""

from covector.example_libraries._optimizers import (
    adagrad,
    adam,
    adamax,
    momentum,
    nesterov,
    rmsprop,
    rmsprop_momentum,
    sgd,
    sm3,
)
from covector.example_libraries._schedules import (
    Schedule,
    clip_grads,
    constant,
    exponential_decay,
    inverse_time_decay,
    l2_norm,
    make_schedule,
    piecewise_constant,
    polynomial_decay,
)
from covector.example_libraries._states import (
    InitFn,
    JoinPoint,
    Optimizer,
    OptimizerState,
    Params,
    ParamsFn,
    State,
    Step,
    UpdateFn,
    Updates,
    optimizer,
    pack_optimizer_state,
    unpack_optimizer_state,
)

__all__ = [
    "InitFn",
    "JoinPoint",
    "Optimizer",
    "OptimizerState",
    "Params",
    "ParamsFn",
    "Schedule",
    "State",
    "Step",
    "UpdateFn",
    "Updates",
    "adagrad",
    "adam",
    "adamax",
    "clip_grads",
    "constant",
    "exponential_decay",
    "inverse_time_decay",
    "l2_norm",
    "make_schedule",
    "momentum",
    "nesterov",
    "optimizer",
    "pack_optimizer_state",
    "piecewise_constant",
    "polynomial_decay",
    "rmsprop",
    "rmsprop_momentum",
    "sgd",
    "sm3",
    "unpack_optimizer_state",
]
