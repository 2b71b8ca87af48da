"""The version of Covector, and the version of JAX whose API it follows."""

from covector._core import __version__  # type: ignore[attr-defined]

__version_info__ = tuple(int(part) for part in __version__.split("."))

# What programs written for JAX are told, see covector.compat.
jax_version = "0.10.2"
jax_version_info = (0, 10, 2)
