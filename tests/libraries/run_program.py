"""Runs one program of `programs/` and prints its results as JSON.

`python run_program.py PROGRAM jax|covector`: with `covector`, `import jax` gives Covector.
"""

import json
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return np.asarray(x).tolist()


def main() -> None:
    program, library = sys.argv[1:]
    if library == "covector":
        from covector import compat

        compat.install_as_jax()
    import jax

    # The two libraries differ in their default.
    jax.config.update("jax_threefry_partitionable", True)
    path = Path(__file__).parent / "programs" / f"{program}.py"
    start = time.perf_counter()
    results = plain(runpy.run_path(str(path))["main"]())
    seconds = time.perf_counter() - start
    foreign = [
        m
        for m, module in list(sys.modules.items())
        if m.split(".")[0] == "jaxlib" and getattr(module, "__file__", None)
    ]
    print(json.dumps({"results": results, "seconds": seconds, "jaxlib": foreign}))


if __name__ == "__main__":
    main()
