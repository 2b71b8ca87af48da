"""What to tell with a report of a fault: versions and devices."""

import platform
import sys

import numpy as np

from covector import _core
from covector.version import __version__


def print_environment_info(return_string: bool = False) -> str | None:
    """Prints the versions of Covector, NumPy and Python, and the devices.

    Args:
      return_string: return the text and print nothing.

    Returns:
      The text, or None if it was printed.

    >>> import covector
    >>> "numpy" in covector.print_environment_info(return_string=True)
    True
    """
    devices = _core.devices()
    python = sys.version.replace("\n", "")
    lines = [
        f"covector: {__version__}",
        f"numpy:  {np.__version__}",
        f"python: {python}",
        f"device info: {devices[0].device_kind}-{len(devices)}, {len(devices)} local devices",
        f"platform: {platform.uname()}",
    ]
    text = "\n".join(lines)
    if return_string:
        return text
    print(text)
    return None
