"""Samples of Fourier transforms."""

from typing import Any

from primitives.sample import complexes, reals, sample


def fft(kind: str, *lengths: int) -> Any:
    return lambda lax, x: lax.fft(x, kind, lengths)


for kind in ("FFT", "IFFT"):
    sample("fft", fft(kind, 4), complexes(3, 4), note=kind)
    sample("fft", fft(kind, 2, 3), complexes(2, 3), note=f"{kind}, 2 axes")
for length in (1, 4, 5):
    sample("fft", fft("RFFT", length), reals(2, length), note=f"RFFT {length}")
    sample("fft", fft("IRFFT", length), complexes(2, length // 2 + 1), note=f"IRFFT {length}")
sample("fft", fft("RFFT", 2, 3, 4), reals(2, 3, 4), note="RFFT, 3 axes")
sample("fft", fft("IRFFT", 2, 3, 4), complexes(2, 3, 3), note="IRFFT, 3 axes")
sample("fft", lambda lax, x: lax.fft(x, lax.FftType.FFT, (4,)), reals(4), note="of reals", order=0)
