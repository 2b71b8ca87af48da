"""Policies of rematerialization: what `checkpoint` keeps instead of computing it again.

A policy is called with a primitive, the types of its operands and its parameters, for every
operation of the function. It answers whether the results may be kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

Policy = Callable[..., Any]


class RecomputeType:
    """The answer that results are to be computed again; the same as False."""

    def __bool__(self) -> bool:
        return False


class SaveableType:
    """The answer that results may be kept; the same as True."""

    def __bool__(self) -> bool:
        return True


Recompute = RecomputeType()
Saveable = SaveableType()


class Offloadable(NamedTuple):
    """The answer that results may be kept in another kind of memory.

    Where a device has one kind only, as a CPU has, they are kept there.
    """

    src: str
    dst: str


def everything_saveable(*_: Any, **__: Any) -> bool:
    """Keeps all that the backward pass needs, as without `checkpoint`."""
    return True


def nothing_saveable(*_: Any, **__: Any) -> bool:
    """Keeps only the arguments; the policy of `checkpoint` without one."""
    return False


@dataclass(frozen=True)
class DotsSaveable:
    """Keeps products of matrices (and convolutions), which cost the most to compute again.

    Attributes:
      only_if_no_batch_dims: whether only those without batch axes, such as products with weights,
        and no convolutions.
    """

    only_if_no_batch_dims: bool

    def __call__(self, prim: Any, *_: Any, **params: Any) -> bool:
        if not self.only_if_no_batch_dims:
            return prim.name in ("dot_general", "conv_general_dilated")
        return prim.name == "dot_general" and not _has_batch_dims(params)


def _has_batch_dims(params: dict[str, Any]) -> bool:
    _, (left, right) = params["dimension_numbers"]
    return bool(left or right)


dots_saveable = DotsSaveable(False)
dots_with_no_batch_dims_saveable = DotsSaveable(True)


def offload_dot_with_no_batch_dims(offload_src: str, offload_dst: str) -> Policy:
    """As `dots_with_no_batch_dims_saveable`, but keeps them in another kind of memory.

    Args:
      offload_src, offload_dst: kinds of memory, such as 'device' and 'pinned_host'.
    """

    def policy(prim: Any, *_: Any, **params: Any) -> Any:
        if prim.name == "dot_general" and not _has_batch_dims(params):
            return Offloadable(offload_src, offload_dst)
        return Recompute

    return policy


def save_anything_except_these_names(*names_not_to_save: str) -> Policy:
    """Keeps everything; names are not looked at, as in JAX. See `save_any_names_but_these`."""
    return lambda *_, **__: True


@dataclass(frozen=True)
class SaveAnyNamesButThese:
    """Keeps values that have a name, except these."""

    names: frozenset[str]

    def __call__(self, prim: Any, *_: Any, **params: Any) -> bool:
        return prim.name == "name" and params["name"] not in self.names


@dataclass(frozen=True)
class SaveOnlyTheseNames:
    """Keeps values that have one of these names."""

    saveable_names: frozenset[str]

    def __call__(self, prim: Any, *_: Any, **params: Any) -> bool:
        return prim.name == "name" and params["name"] in self.saveable_names


def save_any_names_but_these(*names_not_to_save: str) -> Policy:
    """Keeps the values that `checkpoint_name` has given a name, except these names."""
    return SaveAnyNamesButThese(frozenset(names_not_to_save))


def save_only_these_names(*names_which_can_be_saved: str) -> Policy:
    """Keeps the values that `checkpoint_name` has given one of these names."""
    return SaveOnlyTheseNames(frozenset(names_which_can_be_saved))


def save_and_offload_only_these_names(
    *,
    names_which_can_be_saved: Any,
    names_which_can_be_offloaded: Any,
    offload_src: str,
    offload_dst: str,
) -> Policy:
    """Keeps the values of some names where they are, those of others in another kind of memory.

    Args:
      names_which_can_be_saved, names_which_can_be_offloaded: the names.
      offload_src, offload_dst: kinds of memory, such as 'device' and 'pinned_host'.

    Raises:
      ValueError: if a name is in both.
    """
    saved, offloaded = set(names_which_can_be_saved), set(names_which_can_be_offloaded)
    if both := saved & offloaded:
        raise ValueError(
            "The names should be exclusive and should not intersect in `names_which_can_be_saved` "
            f"and `names_which_can_be_offloaded`. Got names_which_can_be_saved={saved}, "
            f"names_which_can_be_offloaded={offloaded} and the intersection={both}"
        )

    def policy(prim: Any, *_: Any, **params: Any) -> Any:
        if prim.name == "name" and params["name"] in saved:
            return Saveable
        if prim.name == "name" and params["name"] in offloaded:
            return Offloadable(offload_src, offload_dst)
        return Recompute

    return policy


def save_from_both_policies(policy_1: Policy, policy_2: Policy) -> Policy:
    """Keeps what either of two policies keeps.

    Raises:
      ValueError: when asked: if one of them answers with something else than a bool.
    """

    def policy(prim: Any, *avals: Any, **params: Any) -> bool:
        answers = [p(prim, *avals, **params) for p in (policy_1, policy_2)]
        if not all(isinstance(a, bool) for a in answers):
            raise ValueError(
                "The return value of the policies should be a boolean. Got: "
                f"{answers[0]} and {answers[1]}. Please write a custom policy function directly, "
                "rather than using this helper function."
            )
        return any(answers)

    return policy


checkpoint_policies = SimpleNamespace(
    everything_saveable=everything_saveable,
    nothing_saveable=nothing_saveable,
    dots_saveable=dots_saveable,
    checkpoint_dots=dots_saveable,
    dots_with_no_batch_dims_saveable=dots_with_no_batch_dims_saveable,
    checkpoint_dots_with_no_batch_dims=dots_with_no_batch_dims_saveable,
    offload_dot_with_no_batch_dims=offload_dot_with_no_batch_dims,
    save_anything_except_these_names=save_anything_except_these_names,
    save_any_names_but_these=save_any_names_but_these,
    save_only_these_names=save_only_these_names,
    save_from_both_policies=save_from_both_policies,
    save_and_offload_only_these_names=save_and_offload_only_these_names,
)
