"""Options that guard against copies between host and devices which nobody asked for."""

import contextlib
from collections.abc import Iterator
from typing import Any

from covector import _core
from covector._options import Option, choice

_LEVELS: dict[str | None, Any] = {
    None: None,
    "allow": 0,
    "log": 1,
    "disallow": 2,
    "log_explicit": 3,
    "disallow_explicit": 4,
}
_MEANING = (
    "'allow' lets them pass, 'log' writes a warning, 'disallow' raises JaxRuntimeError; "
    "'log_explicit' and 'disallow_explicit' also concern those that `device_put` and `device_get` "
    "make. None is 'allow', or what all threads are told."
)


def _guard(direction: str, number: int, what: str) -> Option[Any]:
    def publish(option: Option[Any], value: Any, only_thread: bool) -> None:
        _core.set_transfer_guard(number, _LEVELS[value], only_thread)

    name = f"transfer_guard_{direction}"
    return choice(name, None, _LEVELS, f"What becomes of {what}: {_MEANING}", publish=publish)


transfer_guard_host_to_device = _guard(
    "host_to_device", 0, "implicit copies of the host's data, numbers included, to a device"
)
transfer_guard_device_to_device = _guard(
    "device_to_device", 1, "implicit copies from a device to another"
)
transfer_guard_device_to_host = _guard(
    "device_to_host", 2, "implicit copies to the host of arrays that are not in its memory"
)
_GUARDS = (
    transfer_guard_host_to_device,
    transfer_guard_device_to_device,
    transfer_guard_device_to_host,
)


def _publish_to_all(option: Option[Any], value: Any, only_thread: bool) -> None:
    if not only_thread:
        for guard in _GUARDS:
            guard.set(value)


_all_guards = choice(
    "transfer_guard",
    None,
    _LEVELS,
    f"Sets the three options of transfers in each direction: {_MEANING}",
    publish=_publish_to_all,
)


@contextlib.contextmanager
def transfer_guard(new_val: str | None) -> Iterator[None]:
    """A context in which copies between host and devices are watched, in each direction.

    Implicit are those that happen by the way, as when an operation is given a NumPy array or a
    number of Python's; explicit are those by `device_put` and `device_get`. Only operations that
    run at once count: what is traced for `jit` becomes part of a program.

    Args:
      new_val: 'allow', 'log' (write a warning for implicit ones), 'disallow' (raise), or
        'log_explicit' and 'disallow_explicit', for all of them.

    Raises:
      ValueError: if the value is none of these.
      JaxRuntimeError: in the block, for copies that are disallowed.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> import numpy as np
    >>> with covector.transfer_guard("disallow"):
    ...     x = covector.device_put(np.ones(2))
    ...     jnp.add(x, np.ones(2))
    Traceback (most recent call last):
    ...
    covector.errors.JaxRuntimeError: INVALID_ARGUMENT: Disallowed host-to-device transfer...
    """
    with contextlib.ExitStack() as stack:
        for option in (*_GUARDS, _all_guards):
            stack.enter_context(option(new_val))
        yield
