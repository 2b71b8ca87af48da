"""All samples: those of the modules `samples_*.py` of this folder."""

import importlib
from pathlib import Path

from primitives.sample import SAMPLES, Sample

for path in sorted(Path(__file__).parent.glob("samples_*.py")):
    importlib.import_module(f"primitives.{path.stem}")

__all__ = ["SAMPLES", "Sample"]
