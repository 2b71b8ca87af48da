"""What several processes do together. There is one process here, which agrees with itself."""

from typing import Any

import numpy as np

from covector import tree_util


def broadcast_one_to_all(in_tree: Any, is_source: bool | None = None) -> Any:
    """The arrays that the first process has, as NumPy arrays.

    Args:
      in_tree: a tree of arrays.
      is_source: whether this process is the one whose arrays are sent.

    >>> from covector.experimental import multihost_utils
    >>> multihost_utils.broadcast_one_to_all([1.0])
    [array(1.)]
    """
    return tree_util.tree_map(np.asarray, in_tree)


def process_allgather(in_tree: Any, tiled: bool = False) -> Any:
    """The arrays of all processes, stacked along a new first axis, or the first one if tiled.

    Args:
      in_tree: a tree of arrays.
      tiled: whether to put them side by side instead of stacking them.

    >>> from covector.experimental import multihost_utils
    >>> multihost_utils.process_allgather(3)
    array([3])
    """

    def gather(x: Any) -> Any:
        x = np.asarray(x)
        return x if tiled else x[None]

    return tree_util.tree_map(gather, in_tree)


def sync_global_devices(name: str) -> None:
    """Waits until all processes have come to the place of this name."""


def assert_equal(in_tree: Any, fail_message: str = "") -> None:
    """Checks that all processes have the same arrays.

    Args:
      in_tree: a tree of arrays.
      fail_message: what the error says.
    """


def reached_preemption_sync_point(step_id: int) -> bool:
    """Whether this is the step after which all processes save their state before an interruption.

    Args:
      step_id: the number of the step.
    """
    return False
