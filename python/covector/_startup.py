"""What has to be set up before the package is used."""

import os.path
import sys

from covector import _array_devices, _array_text, _core

# Plugins come in wheels, which are unpacked below the directories that Python imports from.
_core.set_plugin_directories([path for path in sys.path if path])

# Messages name the line that called the library, not one of its own.
_core.exclude_source_path(os.path.dirname(__file__) + os.sep)

# Parts of the type of arrays that are written in Python; covector.numpy has the rest.
_array_devices.attach()
_array_text.attach()
