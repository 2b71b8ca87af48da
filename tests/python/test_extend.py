"""extend.core, linear_util, api_util and partial_eval: what libraries built on JAX use."""

from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.core import ShapedArray
from covector.extend import core
from covector.extend import linear_util as lu
from covector.interpreters import ad
from covector.interpreters import partial_eval as pe

F32 = ShapedArray((), np.float32)


def test_evaluation() -> None:
    closed = covector.make_jaxpr(lambda x: jnp.sin(x) * np.float32(2))(1.0)
    want = np.sin(np.float32(3)) * 2
    assert np.allclose(covector.core.eval_jaxpr(closed.jaxpr, closed.consts, 3.0)[0], want)
    assert np.allclose(core.jaxpr_as_fun(closed)(3.0)[0], want)
    slope = covector.grad(lambda x: core.jaxpr_as_fun(closed)(x)[0])(3.0)
    assert np.allclose(slope, 2 * np.cos(3.0))


def test_jaxprs_can_be_rebuilt() -> None:
    closed = covector.make_jaxpr(lambda x, y: (x + y) * y)(1.0, 2.0)
    first, second = closed.jaxpr.eqns
    eqn = core.new_jaxpr_eqn(first.invars, first.outvars, first.primitive, first.params)
    jaxpr = core.Jaxpr([], closed.jaxpr.invars, second.outvars, [eqn, second])
    core.check_jaxpr(core.ClosedJaxpr(jaxpr, []))
    assert core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr, []))(1.0, 2.0)[0] == 6.0
    assert core.gensym()(F32).aval == F32
    assert list(core.subjaxprs(covector.make_jaxpr(covector.jit(jnp.sin))(1.0).jaxpr))


def test_types_of_batches() -> None:
    batch = core.unmapped_aval(4, 0, ShapedArray((3,), np.float32))
    assert batch == ShapedArray((4, 3), np.float32)
    assert core.mapped_aval(4, 0, batch) == ShapedArray((3,), np.float32)
    assert core.mapped_aval(4, None, batch) == batch


def test_trace_states() -> None:
    outside = core.get_opaque_trace_state()
    assert outside == core.get_opaque_trace_state(convention="flax")
    states: list[Any] = []

    def f(x: Any) -> Any:
        states.extend(core.get_opaque_trace_state() for _ in range(2))
        assert core.find_top_trace([x]).main is not None
        with core.take_current_trace() as trace:
            assert core.get_opaque_trace_state() == outside
            with core.set_current_trace(trace):
                assert core.get_opaque_trace_state() == states[-1]
        return x

    covector.jit(f)(1.0)
    covector.grad(f)(1.0)
    assert states[0] == states[1] != states[2] == states[3]
    assert outside not in states


def test_tracers_are_told_apart() -> None:
    kinds: dict[str, Any] = {}

    def look(name: str) -> Any:
        def f(x: Any) -> Any:
            kinds[name] = isinstance(x, ad.JVPTracer), isinstance(x, pe.DynamicJaxprTracer)
            return x

        return f

    covector.grad(look("grad"))(1.0)
    covector.jit(look("jit"))(1.0)
    look("none")(1.0)
    assert kinds == {"grad": (True, False), "jit": (False, True), "none": (False, False)}


def test_partial_evaluation() -> None:
    effects: list[float] = []

    def f(x: Any, y: Any) -> list[Any]:
        known = jnp.sin(x) * 2
        effects.append(float(known))  # it is computed
        return [known, known * y, jnp.cos(y)]

    pvals = [pe.PartialVal.known(jnp.float32(1)), pe.PartialVal.unknown(F32)]
    jaxpr, outs, consts = pe.trace_to_jaxpr_nounits(lu.wrap_init(f), pvals)
    assert [p.is_known() for p in outs] == [True, False, False]
    assert np.allclose(outs[0].get_known(), 2 * np.sin(1.0))
    assert outs[1].get_aval() == F32
    assert {e.primitive.name for e in jaxpr.eqns} == {"mul", "cos"}
    got = covector.core.eval_jaxpr(jaxpr, (), *consts, jnp.float32(3))
    assert np.allclose(got, [6 * np.sin(1.0), np.cos(3.0)])
    assert effects


def test_partial_evaluation_with_instantiate() -> None:
    pvals = [pe.PartialVal.known(jnp.float32(1)), pe.PartialVal.unknown(F32)]
    fun = lu.wrap_init(lambda x, y: (x + 1, y + x))
    jaxpr, outs, consts = pe.trace_to_jaxpr_nounits(fun, pvals, instantiate=True)
    assert [p.is_known() for p in outs] == [False, False]
    assert covector.core.eval_jaxpr(jaxpr, (), *consts, 5.0) == [2.0, 6.0]


def test_dead_code() -> None:
    jaxpr = covector.make_jaxpr(lambda x, y, z: (x + 1, y * z))(1.0, 2.0, 3.0).jaxpr
    smaller, used = pe.dce_jaxpr(jaxpr, [True, False])
    assert used == [True, False, False]
    assert len(smaller.eqns) == 1
    kept, used = pe.dce_jaxpr(jaxpr, [True, False], instantiate=[False, True, False])
    assert used == [True, True, False]
    assert len(kept.invars) == 2


def linear_functions(library: Any) -> list[Any]:
    lu = __import__(f"{library.__name__}.extend.linear_util").extend.linear_util
    api_util = __import__(f"{library.__name__}.api_util").api_util
    info = api_util.debug_info("test", lambda x: x, (1,), {})
    out: list[Any] = []

    @lu.transformation
    def doubled(*args: Any) -> Any:
        result = yield tuple(2 * a for a in args), {}
        yield result + 1

    @lu.transformation_with_aux
    def counted(*args: Any) -> Any:
        result = yield args, {}
        yield result, len(args)

    fun, count = counted(doubled(lu.wrap_init(lambda x, y: 10 * x + y, debug_info=info)))
    out += [fun.call_wrapped(1, 2), count()]
    leaves, tree = library.tree_util.tree_flatten(((1, {"a": 2}), {"k": 3}))
    flat, out_tree = api_util.flatten_fun(
        lu.wrap_init(lambda x, d, k: {"s": x + d["a"] + k}, debug_info=info), tree
    )
    out += [flat.call_wrapped(*leaves), str(out_tree())]
    fun, dynamic = api_util.argnums_partial(
        lu.wrap_init(lambda x, y: (x, y), debug_info=info), 1, (1, 2)
    )
    out += [dynamic, api_util.safe_map(lambda x, y: x + y, (1, 2), (3, 4))]
    return out


def test_linear_util() -> None:
    assert linear_functions(covector) == linear_functions(jax)
    with pytest.raises(lu.StoreException):
        lu.transformation_with_aux2(lambda f, store, *args: f(*args))(lu.wrap_init(abs))[1]()


def test_primitives_by_name() -> None:
    assert core.primitives.add_p is covector.make_jaxpr(lambda x: x + 1)(1).eqns[0].primitive
    assert core.primitives.jit_p.name == "jit"
    with pytest.raises(AttributeError):
        core.primitives.nothing_p  # noqa: B018


class Reading:
    """Not an array, until a library says how to make one of it."""

    def __init__(self, value: float) -> None:
        self.value = value


def test_classes_become_array_likes() -> None:
    handlers = covector.interpreters.xla.canonicalize_dtype_handlers
    with pytest.raises(TypeError):
        covector.lax.sin(Reading(2.0))
    handlers[Reading] = lambda x: handlers[np.ndarray](np.float32(x.value))
    try:
        assert covector.lax.sin(Reading(2.0)) == np.sin(np.float32(2.0))
        assert covector.jit(lambda x: x + 1)(Reading(2.0)) == 3
        assert (
            covector.core.pytype_aval_mappings[np.ndarray](Reading(2.0)).str_short() == "float32[]"
        )
        handlers[Reading] = lambda x: x
        with pytest.raises(RecursionError):
            covector.lax.sin(Reading(2.0))
    finally:
        del handlers[Reading]
    with pytest.raises(TypeError):
        covector.lax.sin(Reading(2.0))
    with pytest.raises(NotImplementedError, match="subclass"):
        handlers[np.ndarray] = lambda x: x
