"""Checks of exported functions that can be switched off."""

import re
from collections.abc import Sequence

# Foreign functions that any version of jaxlib or of the compiler has under these names.
_KNOWN_CALLS = re.compile(r"lapack_|cu|hip|Sharding|SPMD|Qr|Eigh|Product|TopK|annotate_|x\.")


class DisabledSafetyCheck:
    """A check that is not made for an exported function."""

    def __init__(self, _impl: str) -> None:
        self._impl = _impl

    @classmethod
    def platform(cls) -> "DisabledSafetyCheck":
        """Lets a function be called on another platform than those it was exported for."""
        return cls("platform")

    @classmethod
    def custom_call(cls, target_name: str) -> "DisabledSafetyCheck":
        """Lets a function call a foreign function of this name ("ALL": of any)."""
        return cls(f"custom_call:{target_name}")

    def is_custom_call(self) -> str | None:
        """The name of the foreign function, if this is about one."""
        kind, _, name = self._impl.partition(":")
        return name if kind == "custom_call" else None

    def __repr__(self) -> str:
        return self._impl

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DisabledSafetyCheck) and self._impl == other._impl

    def __hash__(self) -> int:
        return hash(self._impl)


def check_custom_calls(name: str, text: str, disabled: Sequence[DisabledSafetyCheck]) -> None:
    """Raises ValueError if a module calls foreign functions that may be missing elsewhere."""
    allowed = {check.is_custom_call() for check in disabled}
    found = set(re.findall(r"stablehlo\.custom_call @([\w.$]+)", text))
    unknown = sorted(t for t in found - allowed if not _KNOWN_CALLS.match(t))
    if unknown and "ALL" not in allowed:
        raise ValueError(
            "Cannot serialize code with custom calls whose targets have no compatibility "
            f"guarantees: function '{name}' calls {', '.join(unknown)}. "
            "DisabledSafetyCheck.custom_call allows them."
        )
