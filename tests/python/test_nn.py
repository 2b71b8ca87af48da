"""Activations, normalizations, attention and initializers, against JAX."""

from typing import Any

import jax
import ml_dtypes
import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
X = np.array([[-4.0, -1.5, -1.0, -0.0], [0.3, 1.0, 2.5, 7.0]], F)
WHERE = np.array([[True, False, True, True], [True, True, False, True]])
ACTIVATIONS = [
    "celu",
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_sign",
    "softplus",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "tanh",
    "glu",
]


def test_activations_and_their_slopes() -> None:
    def program(library: Any) -> Any:
        nn = library.nn

        def all_of(x: Any) -> Any:
            r = {name: getattr(nn, name)(x) for name in ACTIVATIONS}
            return r | {"exact": nn.gelu(x, False), "log1mexp": nn.log1mexp(abs(x) + 0.1)}

        return library.jit(lambda x: (all_of(x), library.jvp(all_of, (x,), (x,))[1]))(X)

    assert_agrees(program, rtol=1e-5)


def test_normalizations_and_their_slopes() -> None:
    def program(library: Any) -> Any:
        nn = library.nn

        def all_of(x: Any) -> Any:
            return [
                nn.softmax(x),
                nn.softmax(x, (0, 1), where=WHERE),
                nn.log_softmax(x, 0),
                nn.logsumexp(x, 1, keepdims=True),
                nn.logsumexp(x, b=np.array([1, 2, -0.5, 3], F), return_sign=True)[0],
                nn.logmeanexp(x, 1, where=WHERE),
                nn.standardize(x),
                nn.standardize(x, 0, algorithm="stable"),
                nn.standardize(x, mean=0.5, variance=np.array([[1], [2]], F)),
            ]

        return library.jit(lambda x: (all_of(x), library.jvp(all_of, (x,), (x,))[1]))(X)

    assert_agrees(program, rtol=1e-5)


def test_masked_elements_may_overflow() -> None:
    def program(library: Any) -> Any:
        def first(f: Any) -> Any:
            return lambda x: f(x, where=np.array([True, False]))[0]

        x = np.array([36.0, 10000.0], F)
        nn = library.nn
        return [library.grad(first(f))(x) for f in (nn.softmax, nn.log_softmax)]

    assert_agrees(program)


def test_one_hot() -> None:
    def program(library: Any) -> Any:
        one_hot = library.nn.one_hot
        i = np.array([[0, 2, 5], [-1, 1, 0]])
        return [one_hot(i, 3), one_hot(i, 3, axis=0, dtype=bool), one_hot([1], 2, dtype=np.int8)]

    assert_agrees(program)
    assert_fails_alike(lambda library: library.nn.one_hot(X[0], 2.5))


B, T, S, N, K, H = 2, 3, 4, 4, 2, 5
rng = np.random.default_rng(0)
QUERY, KEY, VALUE = (
    rng.normal(size=s).astype(F) for s in ((B, T, N, H), (B, S, K, H), (B, S, K, H))
)
BIAS = rng.normal(size=(1, N, T, S)).astype(F)
MASK = rng.random((B, 1, T, S)) < 0.7
LENGTHS = np.array([2, 3], np.int32)
ATTENTION: list[dict[str, Any]] = [
    {},
    {"bias": BIAS, "mask": MASK, "scale": 0.3},
    {"is_causal": True, "return_residual": True},
    {"query_seq_lengths": LENGTHS, "key_value_seq_lengths": LENGTHS, "local_window_size": (1, 0)},
]


def test_attention() -> None:
    def program(library: Any) -> Any:
        attention = library.nn.dot_product_attention

        def all_of(q: Any, k: Any, v: Any) -> Any:
            return [attention(q, k, v, **options) for options in ATTENTION]

        primals = (QUERY, KEY, VALUE)
        with library.numpy_rank_promotion("raise"):
            return library.jit(lambda *x: library.jvp(all_of, x, x))(*primals)

    assert_agrees(program, rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"mask": MASK.astype(F)},
        {"bias": BIAS[0, 0, 0]},
        {"query_seq_lengths": LENGTHS.astype(np.uint8)},
        {"implementation": "none"},
    ],
    ids=lambda o: next(iter(o)),
)
def test_attention_rejects(options: dict[str, Any]) -> None:
    if "bias" in options:  # JAX fails only when it reshapes
        options = {"bias": np.zeros((1,) * 5, F)}
    assert_fails_alike(lambda lib: lib.nn.dot_product_attention(QUERY, KEY, VALUE, **options))


INITIALIZERS = {
    "zeros": lambda i: i.zeros,
    "ones": lambda i: i.ones,
    "constant": lambda i: i.constant(3),
    "uniform": lambda i: i.uniform(2),
    "normal": lambda i: i.normal(),
    "truncated_normal": lambda i: i.truncated_normal(2.0, lower=-1),
    "glorot_uniform": lambda i: i.glorot_uniform(),
    "glorot_normal": lambda i: i.glorot_normal(in_axis=0),
    "lecun_normal": lambda i: i.lecun_normal(),
    "he_uniform": lambda i: i.he_uniform(),
    "geometric": lambda i: i.variance_scaling(2, "fan_geo_avg", "normal", batch_axis=0),
    "complex_uniform": lambda i: i.variance_scaling(2, "fan_in", "uniform", dtype=np.complex64),
    "complex": lambda i: i.variance_scaling(2, "fan_out", "truncated_normal", dtype=np.complex64),
}


def test_initializers() -> None:
    def program(library: Any) -> Any:
        with library.threefry_partitionable(True):
            key = library.random.key(5)

            def all_of() -> Any:
                return [m(library.nn.initializers)(key, (2, 3, 4)) for m in INITIALIZERS.values()]

            return library.jit(all_of)()

    assert_agrees(program, rtol=1e-5)


def test_initializers_reject() -> None:
    for make in (
        lambda i: i.glorot_normal()(jax.random.key(0), (3,)),
        lambda i: i.variance_scaling(1.0, "fan", "normal")(jax.random.key(0), (3, 3)),
        lambda i: i.variance_scaling(1.0, "fan_in", "cauchy")(jax.random.key(0), (3, 3)),
        lambda i: i.orthogonal()(jax.random.key(0), (3,)),
        lambda i: i.delta_orthogonal()(jax.random.key(0), (3, 4)),
    ):
        assert_fails_alike(lambda library, m=make: m(library.nn.initializers))


def rounded_to_blocks(x: np.ndarray, mode: str) -> np.ndarray:
    """What is left of x when it is quantized, by its definition."""
    size, dtype = (32, "float8_e4m3fn") if mode == "mxfp8" else (16, "float4_e2m1fn")
    largest = float(ml_dtypes.finfo(dtype).max)
    blocks = x.reshape(*x.shape[:-1], -1, size)
    scales = np.abs(blocks).max(axis=-1, keepdims=True) / largest
    if mode == "mxfp8":
        scales = 2.0 ** np.ceil(np.log2(scales))
    else:
        scales = scales.astype(ml_dtypes.float8_e4m3fn).astype(F)
    elements = np.clip(blocks / scales, -largest, largest).astype(F).astype(dtype)
    return (elements.astype(F) * scales).reshape(x.shape).astype(F)


@pytest.mark.parametrize("mode", ["mxfp8", "nvfp4"])
def test_products_quantized_by_blocks(mode: str) -> None:
    """JAX has no such products on CPUs; they are compared with their definition."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(2, n, 64)).astype(F) for n in (32, 96))
    configs = [covector.nn.get_scaled_dot_general_config(mode)] * 3
    dims = (((2,), (2,)), ((0,), (0,)))

    @covector.jit
    def products(x: Any, y: Any) -> Any:
        batched, back = covector.vjp(
            lambda x, y: covector.nn.scaled_dot_general(x, y, dims, configs=configs), x, y
        )
        single = covector.nn.scaled_dot_general(
            x[0].T,
            y[0],
            (((0,), (1,)), ((), ())),
            configs=configs,
            preferred_element_type="bfloat16",
        )
        return batched, single, back(covector.numpy.cos(batched))

    batched, single, cotangents = products(x, y)
    want = np.einsum("bik,bjk->bij", *(rounded_to_blocks(a, mode) for a in (x, y)))
    np.testing.assert_allclose(batched, want, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(single.astype(F), want[0], rtol=2e-2, atol=2e-2)
    g = np.cos(want)
    exact = np.einsum("bij,bjk->bik", g, y), np.einsum("bij,bik->bjk", g, x)
    for got, plain in zip(cotangents, exact):
        error = np.linalg.norm(got - plain) / np.linalg.norm(plain)
        assert error < (0.06 if mode == "mxfp8" else 1e-4)
    with pytest.raises(ValueError, match="no blocks of"):
        covector.nn.scaled_dot_general(x[..., :8], y[..., :8], dims, configs=configs)
    with pytest.raises(TypeError, match="Only support preferred_element_type"):
        covector.nn.scaled_dot_general(x, y, dims, "float8_e5m2", configs=configs)
