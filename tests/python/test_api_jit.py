"""jit and its stages: which arguments are static, what is traced when, what is said on misuse."""

import functools
import gc
import weakref
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import stages
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(3.0, dtype=np.float32)

# JAX warns of them; here they are as good as any option.
pytestmark = pytest.mark.filterwarnings("ignore:backend and device argument on jit")


def scaled(x: Any, n: Any, *, offset: Any = 1) -> Any:
    return x * n + offset


@pytest.mark.smoke
def test_traces_once_for_each_type() -> None:
    calls = []

    @covector.jit
    def f(x: Any) -> Any:
        calls.append(x.shape)
        return x + 1

    for shape in [(3,), (3,), (4,), (3,)]:
        f(jnp.zeros(shape))
    assert calls == [(3,), (4,)]
    f.clear_cache()
    f(jnp.zeros(3))
    assert calls == [(3,), (4,), (3,)]


def test_each_static_value_has_a_program() -> None:
    seen = []

    @functools.partial(covector.jit, static_argnames="n")
    def f(x: Any, n: int) -> Any:
        seen.append(n)
        return x * n

    assert [float(f(2.0, n)) for n in (3, 4, 3)] == [6.0, 8.0, 6.0]
    assert float(f(2.0, n=4)) == 8.0
    assert seen[:2] == [3, 4]
    assert all(type(n) is int for n in seen)


PROGRAMS = {
    "plain": lambda jax: jax.jit(scaled)(X, 2.0),
    "static_argnums": lambda jax: jax.jit(scaled, static_argnums=1)(X, 2),
    "static from the end": lambda jax: jax.jit(lambda x, n: x * n, static_argnums=-1)(X, 2),
    "static by keyword": lambda jax: jax.jit(scaled, static_argnums=(1,))(X, n=2),
    "static_argnames": lambda jax: jax.jit(scaled, static_argnames=("n", "offset"))(X, 2, offset=3),
    "static name by position": lambda jax: jax.jit(scaled, static_argnames="n")(X, 2),
    "set of positions": lambda jax: jax.jit(scaled, static_argnums={1})(X, 2),
    "static in **kwargs": lambda jax: jax.jit(lambda **k: X * k["n"], static_argnames="n")(n=2),
    "static function": lambda jax: jax.jit(lambda f, x: f(x), static_argnums=0)(lambda x: x + 1, X),
    "static None": lambda jax: jax.jit(lambda x, n: x, static_argnums=1)(X, None),
    "decorator": lambda jax: jax.jit(static_argnames="n")(scaled)(X, n=2),
    "of a partial": lambda jax: jax.jit(functools.partial(scaled, n=2))(X),
    "of jit": lambda jax: jax.jit(jax.jit(scaled))(X, 2.0),
    "in jit": lambda jax: jax.jit(lambda x: jax.jit(scaled)(x, 2.0) + 1)(X),
    "donated": lambda jax: jax.jit(lambda x: x + 1, donate_argnums=0)(jax.numpy.ones(3)),
    "keep_unused": lambda jax: jax.jit(lambda x, y: x, keep_unused=True)(X, 1.0),
    "inline": lambda jax: jax.jit(lambda x: jax.jit(scaled, inline=True)(x, 2.0))(X),
    "on a device": lambda jax: jax.jit(lambda x: x + 1, device=jax.devices()[0])(X),
    "on a backend": lambda jax: jax.jit(lambda x: x + 1, backend="cpu")(X),
    "no shardings": lambda jax: jax.jit(lambda x: x + 1, in_shardings=None, out_shardings=None)(X),
    "sharded on one device": lambda jax: jax.jit(
        lambda x: x + 1, out_shardings=jax.sharding.SingleDeviceSharding(jax.devices()[0])
    )(X),
    "trees": lambda jax: jax.jit(lambda d: (d["a"] + 1, [d["b"], None]))({"a": X, "b": 2.0}),
    "no arguments": lambda jax: jax.jit(lambda: 1.0)(),
    "no result": lambda jax: jax.jit(lambda x: None)(X),
    "passed through": lambda jax: jax.jit(lambda x, y: (y, x, y))(X, 2.0),
    "scalars": lambda jax: jax.jit(lambda *xs: xs)(1, 2.0, True, 1j, np.int8(3)),
    "eval_shape": lambda jax: repr(jax.jit(scaled).eval_shape(X, 2.0)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_jit(name: str) -> None:
    assert_agrees(PROGRAMS[name])


ERRORS: dict[str, tuple[Any, ...]] = {
    "no function": (lambda jax: jax.jit(3), "callable", "3"),
    "None": (lambda jax: jax.jit(None), "callable"),
    "position too large": (lambda jax: jax.jit(scaled, static_argnums=5), "(5,)", "2 positional"),
    "position too small": (lambda jax: jax.jit(scaled, static_argnums=-5), "(-5,)"),
    "donated position": (lambda jax: jax.jit(scaled, donate_argnums=7), "donate_argnums=(7,)"),
    "no such name": (lambda jax: jax.jit(scaled, static_argnames="zz"), "'zz'", "scaled at"),
    "positional-only": (
        lambda jax: jax.jit(lambda a, /: a, static_argnames="a"),
        "positional-only",
    ),
    "names of numbers": (lambda jax: jax.jit(scaled, static_argnames=("n", 3)), "3"),
    "name is a number": (lambda jax: jax.jit(scaled, static_argnames=3),),
    "position is a name": (lambda jax: jax.jit(scaled, static_argnums="n"),),
    "positions have a name": (lambda jax: jax.jit(scaled, static_argnums=(0, "n")),),
    "static and donated": (
        lambda jax: jax.jit(scaled, static_argnums=0, donate_argnums=0),
        "intersect",
        "'x'",
    ),
    "unknown option": (lambda jax: jax.jit(scaled, foo=1), "foo"),
    "device and backend": (
        lambda jax: jax.jit(scaled, device=jax.devices()[0], backend="cpu"),
        "both a device and a backend",
    ),
    "unhashable": (lambda jax: jax.jit(scaled, static_argnums=1)(X, [1]), "Non-hashable", "list"),
    "unhashable by name": (
        lambda jax: jax.jit(scaled, static_argnames="offset")(X, 1, offset=[1]),
    ),
    "static array": (
        lambda jax: jax.jit(scaled, static_argnums=1)(X, X),
        "Non-hashable",
        "ndarray",
    ),
    "text": (lambda jax: jax.jit(lambda x: x)("hello"), "str", "static_argn"),
    "object in a tree": (lambda jax: jax.jit(lambda x, y: x)(X, {"a": [1, object()]}), "object"),
    "text in the result": (lambda jax: jax.jit(lambda x: {"k": (x, "s")})(X), "str"),
    "missing argument": (lambda jax: jax.jit(lambda x: x)(), "missing", "'x'"),
    "sharding of nothing": (lambda jax: jax.jit(scaled, in_shardings=3)(X, 1), "in_shardings"),
    "trace of text": (lambda jax: jax.jit(lambda x: x).lower("text"), "str"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_generators_are_no_functions() -> None:
    def numbers() -> Any:
        yield 1

    assert_fails_alike(lambda jax: jax.jit(numbers), "generator")


def test_positions_from_the_end_of_any_number() -> None:
    @functools.partial(covector.jit, static_argnums=(-1, -9))
    def last(*args: Any) -> Any:
        return args[0] * args[-1] if type(args[-1]) is int else None

    assert [float(last(2.0, 3)), float(last(2.0, 1.0, 4))] == [6.0, 8.0]
    assert last.eval_shape(2.0, 3).dtype == np.float32
    assert len(last.trace(2.0, 3.0, 4).in_avals[0]) == 2
    last.clear_cache()


@pytest.mark.parametrize("ahead", [False, True])
def test_options_of_the_compiler(ahead: bool) -> None:
    def run(**options: Any) -> Any:
        f = covector.jit(lambda x: x + 1, compiler_options=options)
        return f.lower(1.0).compile()(1.0) if ahead else f(1.0)

    assert float(run(xla_embed_ir_in_executable=True)) == 2.0
    with pytest.raises(covector.errors.JaxRuntimeError, match="xla_no_such_option"):
        run(xla_no_such_option=True)


def test_messages_name_the_leaf() -> None:
    def f(x: Any, tree: Any, *rest: Any, key: Any = None) -> Any:
        return {"out": (x, "text")}

    for call, path in (
        (lambda: covector.jit(f)(X, {"a": [1, object()]}), "path tree['a'][1]"),
        (lambda: covector.jit(f)(X, X, X, "text"), "path rest[1]"),
        (lambda: covector.jit(f)(X, X, key={"k": "text"}), "path key['k']"),
        (lambda: covector.jit(f)(X, X), "output component ['out'][1]"),
    ):
        with pytest.raises(TypeError) as caught:
            call()
        assert path in str(caught.value)


def test_errors_of_hash_come_out_unchanged() -> None:
    class Odd:
        def __hash__(self) -> int:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        covector.jit(scaled, static_argnums=1)(X, Odd())


def test_known_values_can_be_computed_while_tracing() -> None:
    @covector.jit
    def f(x: Any) -> Any:
        with covector.ensure_compile_time_eval():
            n = int(jnp.sum(jnp.ones(3)))
        return x * n

    assert float(f(2.0)) == 6.0


def test_traced_values_are_traced_among_known_ones() -> None:
    def f(x: Any) -> Any:
        with covector.ensure_compile_time_eval():
            n = int(jnp.where(jnp.arange(3) > 0, 2, 1).sum())
            inner = covector.grad(lambda t: covector.jit(jnp.sin)(t) * jnp.sum(x))(0.0)
            y = jnp.where(x > 0, covector.nn.relu(x), jnp.logaddexp(x, n))
        return y * n + inner

    want = np.where(X > 0, X, np.logaddexp(X, 5.0)) * 5 + X.sum()
    np.testing.assert_allclose(covector.jit(f)(X), want, rtol=1e-5)
    np.testing.assert_allclose(f(X), want, rtol=1e-5)
    rows = covector.jit(covector.vmap(f))(jnp.stack([X, X]))
    np.testing.assert_allclose(rows, np.stack([want, want]), rtol=1e-5)
    slope = covector.grad(lambda x: f(x).sum())(jnp.abs(X) + 1)
    np.testing.assert_allclose(slope, np.full_like(X, 5 + X.size), rtol=1e-5)


def test_unusable_donation_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"Some donated buffers were not usable: .*float32\[7\]"):
        covector.jit(lambda x: x.sum(), donate_argnums=0).lower(jnp.ones(7))


def test_donated_array_is_deleted() -> None:
    x = jnp.ones(1000)
    covector.jit(lambda x: x + 1, donate_argnums=0)(x)
    with pytest.raises(RuntimeError, match="deleted"):
        x + 1


def test_method() -> None:
    class Scale:
        factor = 3.0

        @functools.partial(covector.jit, static_argnums=0)
        def __call__(self, x: Any) -> Any:
            return self.factor * x

    assert float(Scale()(2.0)) == 6.0


def test_keeps_name_and_docstring() -> None:
    @covector.jit
    def f(x: Any) -> Any:
        """Says hello."""
        return x

    assert (f.__name__, f.__doc__) == ("f", "Says hello.")  # type: ignore[attr-defined]
    assert f.__wrapped__(3) == 3  # type: ignore[attr-defined]


def test_a_dropped_function_is_freed() -> None:
    class Big:
        pass

    def make() -> tuple[Any, Any]:
        big = Big()

        def f(x: Any) -> Any:
            return x + (1 if big else 2)

        jitted = covector.jit(f)
        jitted(1.0)
        return weakref.ref(big), weakref.ref(jitted)

    big, jitted = make()
    gc.collect()
    assert jitted() is None
    assert big() is None


def test_clear_caches_reaches_jitted_functions() -> None:
    traced = []
    f = covector.jit(lambda x: traced.append(1) or x)
    f(1.0)
    covector.clear_caches()
    f(1.0)
    assert len(traced) == 2


@pytest.mark.smoke
def test_stages() -> None:
    def f(x: Any, y: Any = 2.0, *, n: int = 1) -> Any:
        return {"s": x * y * n}

    jitted = covector.jit(f, static_argnames="n", donate_argnums=0)
    traced = jitted.trace(jnp.ones(3), n=2)
    assert isinstance(traced, stages.Traced)
    assert traced.fun_name == "f"
    assert [str(e.primitive.name) for e in traced.jaxpr.eqns] == ["mul", "mul"]
    assert str(traced.in_tree) == "PyTreeDef(((*,), {}))"
    assert str(traced.out_tree) == "PyTreeDef({'s': *})"
    assert traced.donate_argnums == (0,)
    (info,), _ = traced.args_info
    assert (info.shape, info.dtype, info.donated) == ((3,), np.float32, True)
    lowered = traced.lower()
    assert "stablehlo.multiply" in lowered.as_text()
    assert str(lowered.out_info) == "{'s': ShapeDtypeStruct(shape=(3,), dtype=float32)}"
    compiled = lowered.compile()
    np.testing.assert_array_equal(np.asarray(compiled(jnp.arange(3.0))["s"]), [0.0, 4.0, 8.0])
    assert compiled.cost_analysis()["flops"] > 0
    assert compiled.memory_analysis().output_size_in_bytes == 12


STAGE_PROGRAMS = {
    "trees": lambda jax: str((lambda t: (t.in_tree, t.out_tree))(jax.jit(scaled).trace(X, 2.0))),
    "static left out": lambda jax: str(jax.jit(scaled, static_argnums=1).trace(X, 2).in_tree),
    "in_avals": lambda jax: repr(jax.jit(scaled).lower(X, offset=2, n=1).in_avals),
    "out_info": lambda jax: repr(jax.jit(scaled).lower(X, 2.0).out_info),
    "for a struct": lambda jax: repr(
        jax.jit(scaled).lower(jax.ShapeDtypeStruct((3,), np.float16), 2.0).out_info
    ),
    "for a struct in a tree": lambda jax: repr(
        jax.jit(lambda t: t["a"]).eval_shape({"a": jax.ShapeDtypeStruct((3,), np.int8)})
    ),
    "compiled for a struct": lambda jax: (
        jax.jit(scaled).lower(jax.ShapeDtypeStruct((3,), np.float32), 2.0).compile()(X, 2.0)
    ),
    "donate_argnums": lambda jax: (
        jax.jit(lambda x, t: x, donate_argnums=1).lower(X, (X, X)).donate_argnums
    ),
    "donated by name": lambda jax: (
        jax.jit(lambda x, t: x, donate_argnames="t").lower(X, t=(X, X)).donate_argnums
    ),
    "fun_name": lambda jax: jax.jit(functools.partial(scaled, n=1)).trace(X).fun_name,
}


@pytest.mark.parametrize("name", STAGE_PROGRAMS)
@pytest.mark.filterwarnings("ignore:Some donated buffers")
def test_stages_agree(name: str) -> None:
    assert_agrees(STAGE_PROGRAMS[name])


STAGE_ERRORS: dict[str, tuple[Any, ...]] = {
    "other tree": (lambda jax: jax.jit(scaled).lower(X, 2.0).compile()(X), "input pytree"),
    "other shape": (
        lambda jax: jax.jit(lambda x: x).lower(X).compile()(X[:2]),
        "Argument 'x' compiled with f32[3] and called with f32[2]",
    ),
    "other dtype": (lambda jax: jax.jit(lambda x: x).lower(X).compile()(np.arange(3)), "i32[3]"),
    "transformed": (
        lambda jax: jax.grad(lambda x: jax.jit(lambda x: x).lower(1.0).compile()(x))(2.0),
        "transformations",
    ),
    "unknown option": (
        lambda jax: jax.jit(lambda x: x + 1).lower(X).compile({"xla_foo": 1}),
        "xla_foo",
    ),
    "unknown dialect": (lambda jax: jax.jit(lambda x: x).lower(X).as_text("foo"), "foo"),
}


@pytest.mark.parametrize("name", STAGE_ERRORS)
def test_stage_errors(name: str) -> None:
    error = assert_fails_alike(STAGE_ERRORS[name][0])
    shown = str(error).replace("float32", "f32").replace("int32", "i32")
    assert [t for t in STAGE_ERRORS[name][1:] if t not in shown] == []
