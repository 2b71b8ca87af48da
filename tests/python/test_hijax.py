"""Primitives and types above arrays: what they hold is traced, differentiated and mapped."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.core import Effect
from covector.experimental import cur_qdd, hijax


class Scaled:
    """Small integers and the number that they are multiples of."""

    def __init__(self, whole: Any, unit: Any) -> None:
        self.whole, self.unit = whole, unit

    def cur_qdd(self) -> Any:
        return covector.typeof(self.whole)


class ScaledType(hijax.MutableHiType):
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


class Multiply(hijax.HiPrimitive):
    def to_lojax(self, x: Scaled, y: Any, *, power: int) -> Any:
        return x.whole * x.unit**power * y


class Set(hijax.HiPrimitive):
    multiple_results = True

    def to_lojax(self, x: Scaled, whole: Any) -> list[Any]:
        x.whole = whole
        return []


multiply, assign = Multiply("multiply"), Set("set")
hijax.register_hitype(Scaled, lambda x: ScaledType(x.whole.shape))


def test_primitives_are_operations_on_what_values_hold() -> None:
    def f(unit: Any, y: Any) -> Any:
        x = Scaled(jnp.arange(3.0), unit)
        assign.bind(x, x.whole + y)
        return multiply.bind(x, y, power=2).sum()

    # (3 y + 3) u^2 y at u = 2, y = 5
    assert covector.jit(f)(2.0, 5.0) == 360.0
    assert covector.grad(f, (0, 1))(2.0, 5.0) == (360.0, 132.0)
    np.testing.assert_array_equal(
        covector.vmap(f, (None, 0))(2.0, jnp.array([5.0, 1.0])), [360.0, 24.0]
    )
    assert multiply.name == "multiply"


def test_types_of_registered_values() -> None:
    x = Scaled(jnp.arange(3), 0.5)
    assert covector.typeof(x).shape == (3,)
    assert cur_qdd(x) == covector.typeof(x.whole)
    with pytest.raises(TypeError, match="not a valid JAX type"):
        covector.typeof(object())
    with pytest.raises(TypeError, match="Scaled"):
        covector.jit(lambda x: x.whole)(x)


def test_a_primitive_without_a_definition_is_an_error() -> None:
    with pytest.raises(NotImplementedError, match="to_lojax must be defined"):
        hijax.HiPrimitive("nothing").bind(1.0)


def test_effects_by_class() -> None:
    class Here(Effect):
        pass

    class There(Effect):
        pass

    hijax.control_flow_allowed_effects.add_type(Here)
    effects = [Here(), There()]
    assert hijax.control_flow_allowed_effects.filter_in(effects) == effects[:1]
    assert hijax.control_flow_allowed_effects.filter_not_in(effects) == effects[1:]
