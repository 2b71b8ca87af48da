"""What `importlib.metadata` says of `jax` and `jaxlib` while Covector stands for them."""

from importlib.metadata import Distribution
from pathlib import PurePath
from typing import Any

from covector.version import jax_version


class AliasDistribution(Distribution):
    """A distribution that has a name and a version, and no files."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: {self._name}\nVersion: {jax_version}\n"

    def locate_file(self, path: Any) -> Any:
        return PurePath(path)
