"""Kernels of LAPACK for programs on the CPU, which jaxlib has in one extension module."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from covector import _core

_MISSING = (
    "linear algebra on the CPU needs the LAPACK kernels of jaxlib and the LAPACK of SciPy, "
    "but {}; install them with `pip install 'jaxlib>=0.10,<0.11' scipy`"
)


def load(name: str, platform: str) -> None:
    """Adds LAPACK's functions if the one called `name` is among them.

    The core asks when a program that calls a foreign function is compiled.

    Raises:
      RuntimeError: if they are not installed.
    """
    if platform != "cpu" or not name.startswith(("lapack_", "tridiagonal_")):
        return
    module = _extension()
    try:
        # Looks up the routines of SciPy's LAPACK; a kernel that runs before would crash.
        module.initialize()
    except ImportError as error:
        raise RuntimeError(_MISSING.format(f"importing scipy failed ({error})")) from error
    for function, handler in module.registrations().items():
        _core.add_foreign_function(function, handler, platform)


def _extension() -> ModuleType:
    """The extension, straight from its file: the package around it would load all of XLA.

    A process can hold it only once, so JAX in the same process gets it from here or we from JAX.
    """
    name = "jaxlib.cpu._lapack"
    if name in sys.modules:
        return sys.modules[name]
    path = _file()
    if path is None:
        raise RuntimeError(_MISSING.format("jaxlib was not found"))
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    try:
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as error:
        raise RuntimeError(_MISSING.format(f"{path} cannot be loaded ({error})")) from error
    return sys.modules.setdefault(name, module)


def _file() -> Path | None:
    for directory in sys.path:
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = Path(directory or ".", "jaxlib", "cpu", f"_lapack{suffix}")
            if path.is_file():
                return path
    return None
