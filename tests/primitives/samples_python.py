"""Samples of primitives made from Python, of callbacks, and of operations over named axes."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

import covector.numpy as jnp
from covector.extend.core import Primitive
from covector.interpreters import ad, batching, mlir
from primitives.sample import reals, sample

# One result, nonlinear, elementwise.
sin_of_square_p = Primitive("sin_of_square")
sin_of_square_p.def_impl(lambda x: jnp.sin(x * x))
sin_of_square_p.def_abstract_eval(lambda x: x)
ad.defjvp(sin_of_square_p, lambda t, x: t * 2 * x * jnp.cos(x * x))
batching.defvectorized(sin_of_square_p)
mlir.register_lowering(
    sin_of_square_p, mlir.lower_fun(lambda x: jnp.sin(x * x), multiple_results=False)
)

# Bilinear, with a parameter.
scaled_inner_p = Primitive("scaled_inner")


@scaled_inner_p.def_impl
def scaled_inner(x: Any, y: Any, *, scale: float) -> Any:
    return scale * jnp.sum(x * y, axis=-1)


@scaled_inner_p.def_abstract_eval
def scaled_inner_type(x: Any, y: Any, *, scale: float) -> Any:
    return x.update(shape=x.shape[:-1])


def scaled_inner_batch(
    args: Sequence[Any], dims: Sequence[int | None], *, scale: float
) -> tuple[Any, int]:
    size = next(x.shape[d] for x, d in zip(args, dims) if d is not None)
    x, y = (batching.bdim_at_front(x, d, size) for x, d in zip(args, dims))
    return scaled_inner_p.bind(x, y, scale=scale), 0


ad.defbilinear(
    scaled_inner_p,
    lambda ct, x, y, scale: scale * ct[..., None] * y,
    lambda ct, x, y, scale: scale * ct[..., None] * x,
)
batching.primitive_batchers[scaled_inner_p] = scaled_inner_batch
mlir.register_lowering(scaled_inner_p, mlir.lower_fun(scaled_inner, multiple_results=False))

# Several results, linear, with rules written in full.
sum_and_rest_p = Primitive("sum_and_rest")
sum_and_rest_p.multiple_results = True


@sum_and_rest_p.def_impl
def sum_and_rest(x: Any, y: Any) -> list[Any]:
    return [x + y, 3 * x]


@sum_and_rest_p.def_abstract_eval
def sum_and_rest_types(x: Any, y: Any) -> list[Any]:
    return [x, x]


def sum_and_rest_jvp(primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    dots = [ad.instantiate_zeros(t) for t in tangents]
    return sum_and_rest_p.bind(*primals), sum_and_rest_p.bind(*dots)


def sum_and_rest_transpose(cts: Sequence[Any], x: Any, y: Any) -> Any:
    total, rest = cts
    ct_x = ad.add_tangents(total, rest if type(rest) is ad.Zero else 3 * rest)
    return [
        ct_x if ad.is_undefined_primal(x) else None,
        total if ad.is_undefined_primal(y) else None,
    ]


def sum_and_rest_batch(args: Sequence[Any], dims: Sequence[int | None]) -> Any:
    size = next(x.shape[d] for x, d in zip(args, dims) if d is not None)
    fronted = [batching.bdim_at_front(x, d, size) for x, d in zip(args, dims)]
    return sum_and_rest_p.bind(*fronted), [0, 0]


ad.primitive_jvps[sum_and_rest_p] = sum_and_rest_jvp
ad.primitive_transposes[sum_and_rest_p] = sum_and_rest_transpose
batching.primitive_batchers[sum_and_rest_p] = sum_and_rest_batch
mlir.register_lowering(sum_and_rest_p, mlir.lower_fun(sum_and_rest, multiple_results=True))


def bind_sum_and_rest(lax: Any, x: Any, y: Any) -> list[Any]:
    return sum_and_rest_p.bind(x, y)


def bind_scaled_inner(lax: Any, x: Any, y: Any) -> Any:
    return scaled_inner_p.bind(x, y, scale=1.5)


def bind_sin_of_square(lax: Any, x: Any) -> Any:
    return sin_of_square_p.bind(x)


sample("sin_of_square", bind_sin_of_square, reals(2, 3), oracle=False)
sample("scaled_inner", bind_scaled_inner, reals(2, 3), reals(2, 3), oracle=False)
sample("sum_and_rest", bind_sum_and_rest, reals(3), reals(3), oracle=False)

# Callbacks ------------------------------------------------------------------------------------


def twice_and_sum(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x), np.asarray(y)
    return 2 * x + 0 * y[..., None], np.asarray(x.sum(-1) + y)


def pure(vmap_method: str) -> Any:
    def fun(lax: Any, x: Any, y: Any) -> Any:
        struct = lax.library.ShapeDtypeStruct
        types = struct(x.shape, x.dtype), struct(x.shape[:-1], x.dtype)
        out = lax.library.pure_callback(twice_and_sum, types, x, y, vmap_method=vmap_method)
        return list(out)

    return fun


for method in ("sequential", "expand_dims", "broadcast_all"):
    sample("pure_callback", pure(method), reals(2), reals(), order=0, note=method)


def io(lax: Any, x: Any) -> Any:
    experimental = importlib.import_module(f"{lax.library.__name__}.experimental")
    return experimental.io_callback(lambda x: np.asarray(x) + 1, x, x)


def look(lax: Any, x: Any) -> Any:
    lax.library.debug.callback(lambda x: None, x)
    lax.library.debug.print("", x, skip_format_check=True)
    return x * 2


sample("io_callback", io, reals(2), order=0)
sample("debug_callback", look, reals(2), order=0, batch=False)

# Named axes --------------------------------------------------------------------------------------
# Over two indices of an axis `i`, so that nothing of it is left in the results.


def over_axis(function: Any) -> Any:
    def fun(lax: Any, x: Any) -> Any:
        return lax.library.vmap(lambda x: function(lax.library.lax, x), axis_name="i")(x)

    return fun


def exchange_rows(lax: Any, x: Any) -> Any:
    one, place = np.ones(2, np.int32), lax.broadcast(lax.axis_index("i"), (2,))
    out = lax.concatenate([x, x], 0)
    return lax.ragged_all_to_all(x * x, out, np.arange(2), one, place, one, axis_name="i")


COLLECTIVES = {
    "psum": lambda lax, x: x * lax.psum(x, "i"),
    "pmean": lambda lax, x: x * lax.pmean(x, "i"),
    "ppermute": lambda lax, x: x * lax.ppermute(x, "i", [(0, 1), (1, 0)]),
    "all_gather": lambda lax, x: x * lax.all_gather(x, "i", axis=1),
    "all_gather-tiled": lambda lax, x: lax.all_gather(x, "i", axis=0, tiled=True) ** 2,
    "reduce_scatter": lambda lax, x: lax.psum_scatter(x * x, "i"),
    "reduce_scatter-tiled": lambda lax, x: lax.psum_scatter(x * x, "i", tiled=True),
    "all_to_all": lambda lax, x: lax.all_to_all(x * x, "i", 0, 0),
    "all_to_all-other": lambda lax, x: lax.all_to_all(x * x, "i", 1, 0),
    "all_to_all-later": lambda lax, x: lax.all_to_all(x * x, "i", 0, 1),
    "all_to_all-tiled": lambda lax, x: lax.all_to_all(x * x, "i", 1, 0, tiled=True),
    "pbroadcast": lambda lax, x: x * lax.pbroadcast(x, "i", 1),
    "axis_index": lambda lax, x: x * lax.axis_index("i"),
    "ragged_all_to_all": lambda lax, x: exchange_rows(lax, x),
}
for name, function in COLLECTIVES.items():
    primitive, _, note = name.partition("-")
    # JAX cannot map its own.
    oracle = primitive not in ("pbroadcast", "ragged_all_to_all")
    sample(primitive, over_axis(function), reals(2, 2, 2), note=note, oracle=oracle)
for name in ("pmax", "pmin"):

    def extreme(lax: Any, x: Any, name: str = name) -> Any:
        return getattr(lax, name)(x, "i")

    sample(name, over_axis(extreme), reals(2, 3), order=0)
