"""Rules of primitives made from Python: the tables they are written into, and their conventions."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from covector import _core
from covector._core import Primitive
from covector.tree_util import register_pytree_node

Rule = Callable[..., Any]


class Zero:
    """A tangent or cotangent known to be zero, of which no array was made.

    Attributes:
      aval: the type of the array that it would be.
    """

    __slots__ = ("aval",)

    def __init__(self, aval: Any) -> None:
        self.aval = aval

    @staticmethod
    def from_primal_value(value: Any) -> "Zero":
        """The zero tangent of a value."""
        return Zero(_core.aval_of(value).to_tangent_aval())

    def instantiate(self) -> Any:
        """The array of zeros."""
        return _core.numpy.broadcast_to(
            _core.convert(0, self.aval.dtype, self.aval.weak_type), self.aval.shape
        )

    def __repr__(self) -> str:
        return f"Zero({self.aval})"


class UndefinedPrimal:
    """A linear operand during transposition: only its type is known.

    Attributes:
      aval: its type.
    """

    __slots__ = ("aval",)

    def __init__(self, aval: Any) -> None:
        self.aval = aval

    def __repr__(self) -> str:
        return f"UndefinedPrimal({self.aval})"


register_pytree_node(Zero, lambda x: ((), x.aval), lambda aval, _: Zero(aval))
register_pytree_node(UndefinedPrimal, lambda x: ((), x.aval), lambda aval, _: UndefinedPrimal(aval))


def is_undefined_primal(x: Any) -> bool:
    """Whether this operand of a transposition is linear."""
    return type(x) is UndefinedPrimal


def instantiate_zeros(tangent: Any) -> Any:
    """The tangent, as an array if it is a `Zero`."""
    return tangent.instantiate() if type(tangent) is Zero else tangent


@dataclass(frozen=True)
class AxisData:
    """The axis that a batching rule is for.

    Attributes:
      name: its name, or None.
      size: its size.
    """

    name: Any
    size: int
    spmd_name: Any = None
    explicit_mesh_axis: Any = None


class RuleTable(MutableMapping[Primitive, Rule]):
    """One rule for each primitive that has it. Those of built-in primitives can only be asked for
    with `in`."""

    def __init__(self, kind: str, adapt: Callable[[Primitive, Rule], Rule] | None = None) -> None:
        self._kind = kind
        self._adapt = adapt
        self._rules: dict[Primitive, Rule] = {}

    def __setitem__(self, primitive: Primitive, rule: Rule) -> None:
        adapted = rule if self._adapt is None else self._adapt(primitive, rule)
        _core.set_rule(primitive, self._kind, adapted)
        self._rules[primitive] = rule

    def __getitem__(self, primitive: Primitive) -> Rule:
        return self._rules[primitive]

    def __delitem__(self, primitive: Primitive) -> None:
        del self._rules[primitive]
        _core.set_rule(primitive, self._kind, None)

    def __contains__(self, primitive: object) -> bool:
        if primitive in self._rules:
            return True
        return isinstance(primitive, Primitive) and _core.has_native_rule(primitive, self._kind)

    def __iter__(self) -> Iterator[Primitive]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def _without_axis_data(primitive: Primitive, rule: Rule) -> Rule:
    def batch(axis: AxisData, values: Any, dims: Any, **params: Any) -> Any:
        return rule(values, dims, **params)

    return batch


def _with_size_and_name(primitive: Primitive, rule: Rule) -> Rule:
    def batch(axis: AxisData, values: Any, dims: Any, **params: Any) -> Any:
        return rule(axis.size, axis.name, None, values, dims, **params)

    return batch


primitive_jvps = RuleTable("jvp")
primitive_transposes = RuleTable("transpose")
fancy_primitive_batchers = RuleTable("batch")
primitive_batchers = RuleTable("batch", _without_axis_data)
axis_primitive_batchers = RuleTable("batch", _with_size_and_name)


# What is written into primitives themselves ----------------------------------------------------


def def_impl(primitive: Primitive, rule: Rule) -> Rule:
    """Defines how the primitive is evaluated; returns the function, so that it decorates."""
    _core.set_rule(primitive, "impl", rule)
    return rule


def def_abstract_eval(primitive: Primitive, rule: Rule) -> Rule:
    """Defines the types of the primitive's results; returns the function, so that it decorates."""

    def with_effects(*avals: Any, **params: Any) -> tuple[Any, set[Any]]:
        return rule(*avals, **params), set()

    _core.set_rule(primitive, "abstract_eval", with_effects)
    return rule


def def_effectful_abstract_eval(primitive: Primitive, rule: Rule) -> Rule:
    """Defines types of results and effects; returns the function, so that it decorates."""
    _core.set_rule(primitive, "abstract_eval", rule)
    return rule


class Effect:
    """A kind of side effect of primitives made from Python: derive from it.

    Equations with effects are never removed. Two effects are the same if they are one object.
    """

    ordered = False


Effects = frozenset
no_effects: frozenset[Effect] = frozenset()


class LoweredFunction:
    """A lowering rule that is a function of arrays, see `interpreters.mlir.lower_fun`."""

    def __init__(self, fun: Callable[..., Any], multiple_results: bool) -> None:
        self.fun = fun
        self.multiple_results = multiple_results


def register_lowering(primitive: Primitive, rule: LoweredFunction, platform: str | None) -> None:
    """Makes a rule known, for one platform or all."""
    rules = dict(_core.get_rule(primitive, "lower") or {})
    rules[_platform(platform)] = rule
    _core.set_rule(primitive, "lower", rules)


def _platform(name: str | None) -> str:
    """As the core names it; the empty string is all."""
    return _core.lowering_platform(name or "")
