"""Runs one program of `programs/` and prints its results as JSON.

`python run_program.py PROGRAM jax|covector`: with `covector`, `import jax` gives Covector.
"""

import json
import runpy
import sys
import time
from pathlib import Path

import numpy as np


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
    results = runpy.run_path(str(path))["main"]()
    named = jax.tree_util.tree_flatten_with_path(results)[0]
    plain = {jax.tree_util.keystr(path): np.asarray(x).tolist() for path, x in named}
    seconds = time.perf_counter() - start
    foreign = [
        m
        for m, module in list(sys.modules.items())
        if m.split(".")[0] == "jaxlib" and getattr(module, "__file__", None)
    ]
    print(json.dumps({"results": plain, "seconds": seconds, "jaxlib": foreign}))


if __name__ == "__main__":
    main()
