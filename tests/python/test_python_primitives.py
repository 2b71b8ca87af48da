"""Primitives made from Python: the same definitions with Covector's modules and with JAX's."""

import importlib
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector._core import primitives
from covector.extend.core import Primitive
from covector.interpreters import ad, batching, mlir
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.array([0.5, 1.5, 2.5], np.float32)


def modules(library: Any) -> Any:
    return [importlib.import_module(f"{library.__name__}.{m}") for m in ("extend.core", "numpy")]


def rules_of(library: Any) -> Any:
    names = ("ad", "batching", "mlir")
    return [importlib.import_module(f"{library.__name__}.interpreters.{m}") for m in names]


def multiply_add(library: Any) -> Any:
    """JAX's own example: x * y + z, with all rules."""
    core, _ = modules(library)
    ad, batching, mlir = rules_of(library)
    p = core.Primitive("multiply_add")
    p.def_impl(lambda x, y, z: x * y + z)
    p.def_abstract_eval(lambda x, y, z: x)

    def jvp(primals: Any, tangents: Any) -> Any:
        x, y, z = primals
        xt, yt, zt = tangents
        zero = library.numpy.zeros_like(x)

        def made(t: Any) -> Any:
            return zero if type(t) is ad.Zero else t

        linear = p.bind(x, made(yt), made(zt))
        return p.bind(x, y, z), p.bind(made(xt), y, linear)

    def transpose(ct: Any, x: Any, y: Any, z: Any) -> Any:
        zero = library.numpy.zeros_like(ct)
        if not ad.is_undefined_primal(x):
            return None, p.bind(x, ct, zero), ct
        return p.bind(ct, y, zero), None, ct

    def batch(args: Any, axes: Any) -> Any:
        size = next(x.shape[a] for x, a in zip(args, axes) if a is not None)
        front = [batching.bdim_at_front(x, a, size) for x, a in zip(args, axes)]
        return p.bind(*front), 0

    ad.primitive_jvps[p] = jvp
    ad.primitive_transposes[p] = transpose
    batching.primitive_batchers[p] = batch
    mlir.register_lowering(p, mlir.lower_fun(lambda x, y, z: x * y + z, multiple_results=False))
    return p


def square_add(library: Any) -> Any:
    p = multiply_add(library)
    return lambda x, y: p.bind(x, x, y)


PROGRAMS = {
    "eager": lambda library: square_add(library)(library.numpy.asarray(X), X),
    "jit": lambda library: library.jit(square_add(library))(X, X),
    "jvp": lambda library: library.jvp(square_add(library), (2.0, 10.0), (1.0, 1.0)),
    "grad": lambda library: library.grad(square_add(library))(2.0, 10.0),
    "jit of grad": lambda library: library.jit(library.grad(square_add(library)))(2.0, 10.0),
    "grad of jit": lambda library: library.grad(library.jit(square_add(library)))(2.0, 10.0),
    "hessian": lambda library: library.hessian(square_add(library))(2.0, 10.0),
    "vmap": lambda library: library.vmap(square_add(library))(X, X),
    "vmap of grad": lambda library: library.vmap(library.grad(square_add(library)))(X, X),
    "make_jaxpr": lambda library: str(library.make_jaxpr(square_add(library))(2.0, 10.0)),
    "two names": lambda library: len({multiply_add(library), multiply_add(library)}),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    assert_agrees(PROGRAMS[name])


def bare(library: Any) -> Any:
    core, _ = modules(library)
    p = core.Primitive("bare")
    p.def_abstract_eval(lambda x, **_: x)
    return p


ERRORS = {
    "impl": lambda library: bare(library).bind(1.0),
    "abstract_eval": lambda library: library.make_jaxpr(modules(library)[0].Primitive("p").bind)(
        1.0
    ),
    "jvp": lambda library: library.jvp(bare(library).bind, (1.0,), (1.0,)),
    "vmap": lambda library: library.vmap(bare(library).bind)(X),
    "lowering": lambda library: library.jit(bare(library).bind)(1.0),
}


@pytest.mark.parametrize("name", ERRORS)
def test_missing_rules(name: str) -> None:
    assert_fails_alike(ERRORS[name], "p" if name == "abstract_eval" else "bare")


def test_parameters_come_back_as_they_are() -> None:
    marker, p = object(), bare(covector)
    eqn = covector.make_jaxpr(lambda x: p.bind(x, marker=marker, n=3, name="x"))(1.0).eqns[0]
    assert eqn.primitive is p
    assert eqn.params["marker"] is marker
    assert eqn.params["n"] == 3
    assert eqn.params["name"] == "x"
    again = covector.make_jaxpr(lambda x: eqn.primitive.bind(x, **eqn.params))(1.0).eqns[0]
    assert again.params["marker"] is marker


def test_jaxprs_among_parameters_are_walked() -> None:
    p = Primitive("holder")
    p.def_abstract_eval(lambda x, jaxpr: x)
    inner = covector.make_jaxpr(lambda x: x + 1)(1.0)
    text = str(covector.make_jaxpr(lambda x: p.bind(x, jaxpr=inner))(1.0))
    assert "jaxpr={ lambda" in text


def test_effects_keep_an_equation() -> None:
    class Loud(covector.extend.core.Effect):
        def __str__(self) -> str:
            return "Loud"

    loud, p = Loud(), Primitive("shout")
    p.multiple_results = True
    p.def_effectful_abstract_eval(lambda x: ([], {loud}))

    def f(x: Any) -> Any:
        p.bind(x)
        return x

    jaxpr = covector.make_jaxpr(covector.jit(f))(1.0)
    assert jaxpr.effects == {loud}
    assert jaxpr.eqns[0].params["jaxpr"].effects == {loud}


def test_a_subclass() -> None:
    class Doubling(Primitive):
        multiple_results = True

        def bind(self, *args: Any, **params: Any) -> Any:
            return super().bind(*args, **params)[0]

    p = Doubling("doubling")
    p.def_impl(lambda x: [2 * x])
    p.def_abstract_eval(lambda x: [x])
    mlir.register_lowering(p, mlir.lower_fun(lambda x: [2 * x]))
    assert p.bind(2.0) == 4.0
    assert covector.jit(p.bind)(3.0) == 6.0
    assert isinstance(covector.make_jaxpr(p.bind)(1.0).eqns[0].primitive, Doubling)


def test_static_parameters_tell_programs_apart() -> None:
    p = Primitive("power")
    p.def_impl(lambda x, *, n: x**n)
    p.def_abstract_eval(lambda x, *, n: x)
    mlir.register_lowering(p, mlir.lower_fun(lambda x, *, n: x**n, multiple_results=False))
    f = covector.jit(lambda x: (p.bind(x, n=2), p.bind(x, n=3)))
    assert [float(y) for y in f(2.0)] == [4.0, 8.0]


def test_defbroadcasting_and_defreducer() -> None:
    plus, total = Primitive("plus"), Primitive("total")
    plus.def_impl(lambda x, y: x + y)
    total.def_impl(lambda x, *, axes: jnp.sum(x, axis=axes))
    batching.defbroadcasting(plus)
    batching.defreducer(total)
    m = np.arange(6, dtype=np.float32).reshape(2, 3)
    got = covector.vmap(plus.bind, in_axes=(0, None))(m, X)
    np.testing.assert_array_equal(got, m + X)
    got = covector.vmap(plus.bind, in_axes=(1, 0))(m, m.T)
    np.testing.assert_array_equal(got, 2 * m.T)
    cube = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    got = covector.vmap(lambda x: total.bind(x, axes=(1,)), in_axes=1)(cube)
    np.testing.assert_array_equal(got, cube.sum(2).T)


def test_rules_of_built_in_primitives_stand() -> None:
    add_p = covector.extend.core.primitives.add_p
    assert add_p in ad.primitive_jvps
    with pytest.raises(NotImplementedError, match="built in"):
        ad.primitive_jvps[add_p] = lambda *_: None


def test_a_rule_that_writes_mlir_is_refused_when_it_is_used() -> None:
    p = bare(covector)
    mlir.register_lowering(p, lambda ctx, x: [x])
    with pytest.raises(NotImplementedError, match="lower_fun"):
        covector.jit(p.bind)(X)


def test_native_primitives_without_parameters_can_be_bound() -> None:
    words = [np.uint32(x) for x in (0x13198A2E, 0x03707344, 0x243F6A88, 0x85A308D3)]
    # Of the known answers that come with Random123.
    want = [0xC4923A9C, 0x483DF7A0]
    assert [int(x) for x in primitives.threefry2x32_p.bind(*words)] == want
    assert primitives.add_any_p.bind(jnp.ones(2), 2 * jnp.ones(2)).tolist() == [3.0, 3.0]
    assert primitives.sin_p.bind(0.0) == 0.0
