"""One use of a primitive, on which all laws are tried.

Modules `samples_*.py` beside this one call `sample`. A sample is a function of a library's
`lax` (Covector's, or JAX's as the oracle) and of arrays:

    sample("sin", lambda lax, x: lax.sin(x), reals(2, 3))

The first argument names the primitive; whatever other primitives the function uses are covered
too. A primitive that the library registers and that no sample uses fails the suite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

rng = np.random.default_rng(20240)


@dataclass(frozen=True, eq=False)
class Sample:
    name: str
    fun: Callable[..., Any]
    args: tuple[np.ndarray, ...]
    # How often it can be differentiated. The laws need points where it is smooth; elsewhere
    # (ties, kinks) use `rule`.
    order: int = 2
    # Whether the first derivatives are JAX's; None says so wherever there are any. True adds those
    # of samples that are not smooth, False leaves out what JAX has no right value of.
    rule: bool | None = None
    # Values, types and derivatives are JAX's too.
    oracle: bool = True
    # Batching is a loop.
    batch: bool = True
    # Relative to the largest element, of values in single precision.
    tolerance: float = 2e-6
    # What tells it from others of the name.
    note: str = ""

    def __str__(self) -> str:
        args = ",".join(f"{a.dtype}{list(a.shape)}".replace(" ", "") for a in self.args)
        return f"{self.name}({args})" + (f"-{self.note}" if self.note else "")

    @property
    def differentiable(self) -> list[int]:
        """The arguments that have tangents."""
        return [i for i, a in enumerate(self.args) if a.dtype.kind in "fc"]

    @property
    def derivatives_of_oracle(self) -> bool:
        rule = self.order >= 1 if self.rule is None else self.rule
        return self.oracle and rule and bool(self.differentiable)

    @property
    def exact(self) -> bool:
        """No argument is of a precision too low for differences."""
        return all(a.dtype.kind in "biufc" and a.dtype != np.float16 for a in self.args)


SAMPLES: list[Sample] = []


def sample(name: str, fun: Callable[..., Any], *args: Any, **options: Any) -> None:
    SAMPLES.append(Sample(name, fun, tuple(np.asarray(a) for a in args), **options))


# Arguments ----------------------------------------------------------------------------------


def reals(*shape: int, low: float = -2, high: float = 2, dtype: Any = "float32") -> np.ndarray:
    return np.asarray(rng.uniform(low, high, shape)).astype(dtype)


def complexes(*shape: int, low: float = -1.5, high: float = 1.5) -> np.ndarray:
    """Both parts in the interval."""
    parts = rng.uniform(low, high, (2, *shape))
    return np.asarray(parts[0] + 1j * parts[1]).astype("complex64")


def integers(*shape: int, low: int = -9, high: int = 9, dtype: Any = "int32") -> np.ndarray:
    return np.asarray(rng.integers(low, high, shape, endpoint=True)).astype(dtype)


def booleans(*shape: int) -> np.ndarray:
    return np.asarray(rng.integers(0, 2, shape)).astype(bool)


def distinct(*shape: int, dtype: Any = "float32") -> np.ndarray:
    """Reals no two of which are close, in random order: none is the extreme by a hair."""
    n = int(np.prod(shape))
    values = (rng.permutation(n) - n / 2 + rng.uniform(-0.2, 0.2, n)) / 2
    return values.reshape(shape).astype(dtype)


def special_reals(dtype: Any = "float32") -> np.ndarray:
    """Zeros, infinities, NaN, and numbers near the ends of the range."""
    values = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, np.inf, -np.inf, np.nan, 1e-4, 1e4, -1e4]
    return np.array(values).astype(dtype)
