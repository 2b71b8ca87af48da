"""What the core has to know of this Python before it is used."""

import os.path
import sys

from covector import _core

# Plugins come in wheels, which are unpacked below the directories that Python imports from.
_core.set_plugin_directories([path for path in sys.path if path])

# Messages name the line that called the library, not one of its own.
_core.exclude_source_path(os.path.dirname(__file__) + os.sep)
