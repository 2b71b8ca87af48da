"""Compiles the samples of all primitives for an accelerator that need not be there.

    pip download --no-deps libtpu && unzip libtpu-*.whl -d tpu        # 140 MB
    COVECTOR_PLUGINS=tpu=tpu/libtpu/libtpu.so PYTHONPATH=python \\
        python scripts/accelerators.py [--topology v5e:1x1] [--only REGEX]

Prints the samples that the compiler refuses; their number, at most 100, is the exit status.
Samples that are not lowered for the platform at all, as in JAX, are counted apart.
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

# Outside of Google's cloud libtpu would ask for what it is on for minutes.
os.environ.setdefault("TPU_SKIP_MDS_QUERY", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))


def text_for(sample: Any, platform: str) -> str | None:
    """The sample's program, or None if it is not lowered for the platform."""
    from primitives.laws import leaves
    from primitives.libraries import COVECTOR

    traced = COVECTOR.jit(lambda *args: leaves(sample.fun(COVECTOR.lax, *args))).trace(*sample.args)
    try:
        return traced.lower(lowering_platforms=(platform,)).as_text()
    except (NotImplementedError, ValueError):  # ValueError: exported for other platforms
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", default="tpu", help="whose plugin is to compile")
    parser.add_argument(
        "--topology", default="v5e:1x1", help="the devices, as the plugin names them"
    )
    parser.add_argument("--only", default="", help="a regular expression for names of samples")
    options = parser.parse_args()

    from covector import _core
    from primitives.samples import SAMPLES

    topology = _core.Topology(options.platform, options.topology)
    chosen = [s for s in SAMPLES if re.search(options.only, str(s))]
    start, apart, refused = time.time(), 0, 0
    for s in chosen:
        text = text_for(s, options.platform)
        if text is None:
            apart += 1
            continue
        try:
            topology.compile(text)
        except RuntimeError as error:
            refused += 1
            print(f"{s}: {error}", flush=True)
    done = len(chosen) - apart - refused
    print(
        f"{topology.device_kinds[0]}: {done} compiled, {refused} refused, {apart} not lowered, "
        f"in {time.time() - start:.0f} s"
    )
    return min(100, refused)


if __name__ == "__main__":
    sys.exit(main())
