"""Serves `jax` and its public submodules: they are Covector's modules, the very same objects."""

import importlib
import importlib.abc
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import covector
from covector import version
from covector._config import threefry_partitionable
from covector.compat import _compiler
from covector.compat._private import JAX_PRIVATE

_PRIVATE = "jax._src"


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules of `jax`, before any other finder looks for them.

    A module that Covector lacks is not found, also if JAX is installed: two libraries in one
    program would not know each other's arrays.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "jax":
            return None
        module = private_module(fullname) if fullname.startswith(_PRIVATE) else public(fullname)
        spec = ModuleSpec(fullname, self, is_package=hasattr(module, "__path__"))
        spec.loader_state = (module, module.__spec__)
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return spec.loader_state[0]

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put the alias's spec in the place of the module's own.
        assert module.__spec__ is not None
        _, own = module.__spec__.loader_state
        module.__spec__ = own if own is not None else module.__spec__

    def find_distributions(self, context: Any = None) -> Iterable[Any]:
        """What `importlib.metadata.version("jax")` asks."""
        from covector.compat._metadata import AliasDistribution

        name = getattr(context, "name", None)
        return [AliasDistribution(name)] if name in ("jax", "jaxlib") else []


def public(fullname: str) -> ModuleType:
    """Covector's module for a public one of JAX.

    Raises:
      ModuleNotFoundError: if there is none.
    """
    own = "covector" + fullname.removeprefix("jax")
    try:
        if any(part.startswith("_") for part in own.split(".")):
            raise ModuleNotFoundError(name=own)
        return importlib.import_module(own)
    except ModuleNotFoundError as error:
        if error.name is None or not (own + ".").startswith(error.name + "."):
            raise
        raise ModuleNotFoundError(
            f"No module named {fullname!r}: `jax` is Covector, which does not have it",
            name=fullname,
        ) from None


def private_module(fullname: str) -> ModuleType:
    """A module of those private names of JAX that libraries use.

    Raises:
      ModuleNotFoundError: if they use none of it.
    """
    prefix = fullname + "."
    below = {n.removeprefix(prefix): x for n, x in JAX_PRIVATE.items() if n.startswith(prefix)}
    if not below:
        raise ModuleNotFoundError(
            f"No module named {fullname!r}: `jax` is Covector, which offers little of what is "
            "private in JAX",
            name=fullname,
        )
    module = ModuleType(fullname, "Private names of JAX that libraries use.")
    vars(module).update({name: x for name, x in below.items() if "." not in name})
    if any("." in name for name in below):
        module.__path__ = []
    return module


_finder = AliasFinder()


def install_as_jax() -> None:
    """Makes `import jax` and imports of its public submodules give Covector, from now on.

    `jax.__version__` and `importlib.metadata.version("jax")` are the version of JAX whose API
    Covector follows, and random numbers are split as JAX does by default
    (`threefry_partitionable`), unless the program has set that option.

    Raises:
      RuntimeError: if JAX itself has been imported already.
    """
    present = sys.modules.get("jax")
    if present is not None and present is not covector:
        raise RuntimeError(
            "JAX itself has been imported already; call covector.compat.install_as_jax() before "
            "anything that imports jax"
        )
    if _finder in sys.meta_path:
        return
    sys.meta_path.insert(0, _finder)
    sys.modules["jax"] = covector
    _compiler.listen()
    for module in (covector, version):
        vars(module).update(
            __version__=version.jax_version, __version_info__=version.jax_version_info
        )
    if not threefry_partitionable.is_set:
        threefry_partitionable.set(True)
