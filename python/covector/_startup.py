"""What has to be set up before the package is used."""

import os.path
import sys

from covector import _array_text, _core, _late_members, _pickling

# Plugins come in wheels, which are unpacked below the directories that Python imports from.
_core.set_plugin_directories([path for path in sys.path if path])

# Messages name the line that called the library, not one of its own.
_core.exclude_source_path(os.path.dirname(__file__) + os.sep)

# Parts of the core's classes that are written in Python.
_late_members.attach()
_array_text.attach()
_pickling.attach()
