"""Convolutions, spectra and cosine transforms, against JAX."""

import importlib
from typing import Any

import numpy as np
import pytest

from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
rng = np.random.default_rng(5)
X = rng.normal(size=(3, 40)).astype(F)
Y = rng.normal(size=(3, 40)).astype(F)
A, B = X[:, :5], Y[:2, :3]
for module in ("scipy.signal", "scipy.fft"):
    importlib.import_module(f"jax.{module}")


def test_convolutions() -> None:
    modes = ("full", "same", "valid")

    def program(library: Any) -> Any:
        s = library.scipy.signal

        def all_of(a: Any, b: Any) -> Any:
            return [
                [s.convolve(a, b, m) for m in modes],
                [s.convolve(a[0], b[0], m, method="fft") for m in modes],
                [s.correlate(b, a, m) for m in modes],
                [s.convolve2d(a, b, m) for m in modes],
                [s.correlate2d(a, b, m) for m in modes],
                [s.correlate2d(b, a, m) for m in modes],
                [s.fftconvolve(a, b, m) for m in modes],
                s.fftconvolve(a[:2], b, axes=1),
                s.correlate(a + 1j * a, b + 0j),
            ]

        return library.jit(all_of)(A, B)

    assert_agrees(program, rtol=1e-4)


def test_trends() -> None:
    def program(library: Any) -> Any:
        detrend = library.scipy.signal.detrend
        return [detrend(X), detrend(X, 0, "constant"), detrend(X, bp=[7, 20])]

    assert_agrees(program, rtol=1e-4)


def test_spectra() -> None:
    def program(library: Any) -> Any:
        s = library.scipy.signal
        forward = s.stft(X, 10.0, nperseg=8)
        return [
            forward,
            s.istft(forward[2], 10.0, nperseg=8),
            s.stft(X.T, nperseg=6, noverlap=2, nfft=9, detrend="linear", boundary="even", axis=0),
            s.stft(X[0], window=("kaiser", 2.0), nperseg=8, boundary=None, padded=False),
            s.csd(X, Y, nperseg=8, average="median"),
            s.csd(X, Y[:1, :20], nperseg=8, scaling="spectrum", return_onesided=False),
            s.welch(X, 2.0, nperseg=8, window=np.ones(8, F)),
            s.welch(X.T, nperseg=7, axis=0),
        ]

    assert_agrees(program, rtol=2e-4)


def test_cosine_transforms() -> None:
    def program(library: Any) -> Any:
        fft = library.scipy.fft
        return [
            fft.dct(X),
            fft.dct(X, n=50, norm="ortho", axis=1),
            fft.idct(fft.dct(X, axis=0), axis=0),
            fft.idct(X, norm="ortho"),
            fft.dctn(X),
            fft.dctn(X, s=(4,), axes=(0,), norm="ortho"),
            fft.idctn(fft.dctn(X)),
        ]

    assert_agrees(program, rtol=2e-4)


def test_without_promotion() -> None:
    """What users forbid in their own code does not break these functions."""

    def program(library: Any) -> Any:
        s, f = library.scipy.signal, library.scipy.fft
        x, y = library.numpy.asarray(X), library.numpy.asarray(Y)
        with library.numpy_rank_promotion("raise"), library.numpy_dtype_promotion("strict"):
            forward = s.stft(x, nperseg=8, detrend="linear")
            transforms = [f.dctn(x), f.idctn(x, norm="ortho"), f.dct(x, axis=0, norm="ortho")]
            spectra = [s.csd(x, y, nperseg=8), s.welch(x, nperseg=8)]
            return [forward, s.istft(forward[2], nperseg=8), transforms, spectra, s.detrend(x)]

    assert_agrees(program, rtol=2e-4)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.signal.convolve(A, B[0]),
        lambda s: s.signal.convolve(A, B, "half"),
        lambda s: s.signal.convolve(A, B, method="guess"),
        lambda s: s.signal.convolve2d(A, B, boundary="wrap"),
        lambda s: s.signal.correlate2d(A[0], B[0]),
        lambda s: s.signal.fftconvolve(A, B, axes=1),
        lambda s: s.signal.detrend(X, bp=99),
        lambda s: s.signal.stft(X, nperseg=8, noverlap=8),
        lambda s: s.signal.istft(X[0]),
        lambda s: s.signal.csd(X, Y[0], nperseg=8, scaling="none"),
        lambda s: s.fft.dct(X, type=1),
        lambda s: s.fft.dctn(X, norm="forward"),
        lambda s: s.fft.idctn(X, s=(1, 2, 3)),
    ],
)
def test_errors(call: Any) -> None:
    assert_fails_alike(lambda library: call(library.scipy))
