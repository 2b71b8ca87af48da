"""`python -m covector`: where the C++ package is, and running JAX programs on Covector."""

import argparse
import importlib.util
import runpy
import sys
from pathlib import Path


def root() -> Path:
    """The directory that holds the extension, and beside it `lib` and `include`."""
    spec = importlib.util.find_spec("covector._core")
    if spec is None or spec.origin is None:
        raise SystemExit("covector: the extension module is missing; reinstall the package")
    return Path(spec.origin).parent


def cmake_dir() -> Path:
    """For `cmake -Dcovector_DIR=...` of a C++ program that uses `find_package(covector)`."""
    return root() / "lib" / "cmake" / "covector"


def run(command: list[str], as_module: bool) -> None:
    """Runs a script or module as `__main__`, with `import jax` resolving to Covector."""
    from covector.compat import install_as_jax

    install_as_jax()
    name, sys.argv = command[0], list(command)
    if as_module:
        sys.path[0] = ""
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(name).resolve().parent)
        runpy.run_path(name, run_name="__main__")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m covector", description=__doc__)
    top.add_argument("--cmakedir", action="store_true", help="print where covectorConfig.cmake is")
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command")
    run_parser = commands.add_parser("run", help="run a program written for JAX")
    run_parser.add_argument("-m", action="store_true", dest="module", help="FILE names a module")
    run_parser.add_argument("program", nargs=argparse.REMAINDER, metavar="FILE [ARG ...]")
    return top


def main(argv: list[str]) -> None:
    top = parser()
    options = top.parse_args(argv)
    if options.cmakedir:
        print(cmake_dir())
    elif options.version:
        from covector import __version__

        print(__version__)
    elif options.command == "run" and options.program:
        run(options.program, options.module)
    else:
        top.error("nothing to do: give --cmakedir, --version or run FILE")


if __name__ == "__main__":
    main(sys.argv[1:])
