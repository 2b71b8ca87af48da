"""Options as flags of Abseil, for programs whose command line is read by `absl.app`."""

import sys

from absl import app, flags

from covector._options import OPTIONS, truth

_declared: list[str] = []


def declare() -> None:
    """Declares `--covector_<option>` and `--jax_<option>`, to be read when the program starts."""
    if _declared:
        return
    for name, option in OPTIONS.items():
        for flag in (f"covector_{name}", f"jax_{name}"):
            if isinstance(option.default, bool):
                flags.DEFINE_bool(flag, None, option.__doc__ or name)
            else:
                flags.DEFINE_string(flag, None, option.__doc__ or name)
            _declared.append(flag)
    app.call_after_init(apply)


def apply() -> None:
    """Sets the options whose flags were given."""
    for flag in _declared:
        value = flags.FLAGS[flag].value
        if value is not None:
            _, _, name = flag.partition("_")
            default = OPTIONS[name].default
            OPTIONS[name].set(truth(str(value)) if isinstance(default, bool) else value)


def parse() -> None:
    """Declares the flags and reads those that are on the command line, leaving others alone."""
    declare()
    flags.FLAGS(sys.argv, known_only=True)
    apply()
