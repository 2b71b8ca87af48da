"""`numpy.fft` against JAX's: values, dtypes, errors; many axes against NumPy's."""

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import Case, assert_agrees

rng = np.random.default_rng(7)


def real(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def complexes(*shape: int) -> np.ndarray:
    return (real(*shape) + 1j * real(*shape)).astype(np.complex64)


LINES = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
REAL = ("rfft", "ihfft", "rfftn", "rfft2")


def operand(name: str, *shape: int) -> np.ndarray:
    return real(*shape) if name in REAL else complexes(*shape)


CASES = [Case(name, operand(name, 3, 6)) for name in LINES]
CASES += [Case(name, operand(name, 3, 6), n=n, axis=0) for name in LINES for n in (2, 5)]
CASES += [Case(name, operand(name, 4, 5), norm=norm) for name in LINES
          for norm in ("backward", "ortho", "forward", None)]  # fmt: skip
CASES += [Case(f"{stem}n", operand(f"{stem}n", 2, 3, 4), **options)
          for stem in ("fft", "ifft", "rfft", "irfft")
          for options in ({}, {"s": (3, 2)}, {"axes": (2, 0)}, {"s": (4, 5), "axes": (0, 1)},
                          {"norm": "ortho"}, {"axes": ()})]  # fmt: skip
CASES += [
    Case(f"{stem}2", operand(f"{stem}2", 2, 3, 4)) for stem in ("fft", "ifft", "rfft", "irfft")
]
CASES += [Case("fft", x) for x in (np.arange(4), np.array([True, False]), np.float16([1, 2]), 3.0)]
CASES += [
    Case("fftfreq", 5),
    Case("fftfreq", 6, d=0.5),
    Case("fftfreq", 6, dtype=np.float16),
    Case("rfftfreq", 5, 2.0),
    Case("rfftfreq", 6),
    Case("fftshift", np.arange(12).reshape(3, 4)),
    Case("fftshift", np.arange(12).reshape(3, 4), axes=1),
    Case("ifftshift", np.arange(15).reshape(3, 5)),
    Case("ifftshift", np.arange(15).reshape(3, 5), axes=(0, -1)),
]
WRONG = [
    Case("fft", [1.0, 2.0]),
    Case("fft", real(3), norm="sideways"),
    Case("fft", real(3), n=0),
    Case("fft", real(3), n=-1),
    Case("fft", real(3), n=1.5),
    Case("fft", real(3), axis=1),
    Case("fft", real(3), axis=(0,)),
    Case("fft", real(3), axis=None),
    Case("fft", 1.0, axis=0),
    Case("rfft", complexes(3)),
    Case("ihfft", complexes(3)),
    Case("fftn", real(3, 4), s=(2,), axes=(0, 1)),
    Case("fftn", real(3, 4), axes=(0, 0)),
    Case("fft2", real(3, 4), axes=(0,)),
    Case("fft2", real(3)),
    Case("fftfreq", [5]),
    Case("rfftfreq", 5, [1.0]),
]


@pytest.mark.parametrize("case", CASES + WRONG, ids=str)
def test_as_jax(case: Case) -> None:
    assert_agrees(case, "numpy.fft", rtol=2e-5)


@pytest.mark.parametrize("axes", [4, 5])
def test_many_axes(axes: int) -> None:
    shape = (2, 3, 2, 4, 3)[:axes]
    for name in ("fftn", "ifftn", "rfftn"):
        x = operand(name, *shape)
        got = getattr(jnp.fft, name)(x)
        np.testing.assert_allclose(got, getattr(np.fft, name)(x), rtol=1e-4, atol=1e-4)
    x = real(*shape)
    np.testing.assert_allclose(jnp.fft.irfftn(jnp.fft.rfftn(x), s=shape), x, rtol=1e-4, atol=1e-4)


def test_double_precision() -> None:
    with covector.enable_x64(True):
        x = rng.standard_normal(16)
        np.testing.assert_allclose(jnp.fft.rfft(x), np.fft.rfft(x), rtol=1e-13, atol=1e-13)
        assert jnp.fft.ifft(x).dtype == np.complex128


def test_derivative_of_the_norm() -> None:
    """Parseval: the transform scaled to be unitary keeps lengths, so the gradient is 2 x."""
    x = real(3, 5)
    energy = lambda x: jnp.sum(jnp.abs(jnp.fft.fft2(x, norm="ortho")) ** 2)
    np.testing.assert_allclose(covector.grad(energy)(x), 2 * x, rtol=1e-5, atol=1e-5)


def test_shifts_along_no_axes() -> None:
    x = real(3, 2)
    np.testing.assert_array_equal(jnp.fft.ifftshift(x, axes=()), np.fft.ifftshift(x, axes=()))
    np.testing.assert_array_equal(jnp.fft.fftshift(x, axes=()), np.fft.fftshift(x, axes=()))


def test_error_of_lengths_of_a_real_inverse() -> None:
    text = r"all except the last fft_length, got fft_lengths=\(13, 15\)"
    for library in (jax, covector):
        with pytest.raises(ValueError, match=text):
            library.lax.fft(np.ones((2, 14, 15), np.complex64), "irfft", (13, 15))
