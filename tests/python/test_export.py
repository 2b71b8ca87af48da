"""Functions that are exported, stored, loaded and called."""

import collections
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import export

F = np.float32
X = np.arange(1, 5, dtype=F)
Point = collections.namedtuple("Point", "x y")


def reloaded(fun: Any, *args: Any, vjp_order: int = 0, **options: Any) -> Any:
    exported = export.export(covector.jit(fun), **options)(*args)
    return export.deserialize(exported.serialize(vjp_order=vjp_order))


def test_a_function_of_trees() -> None:
    def f(pair: Any, *, scale: Any) -> Any:
        return {"sum": pair[0] + scale * pair[1], "pair": pair, "constant": jnp.arange(3)}

    exported = export.export(covector.jit(f))((X, 2 * X), scale=F(3))
    again = export.deserialize(exported.serialize())
    assert (again.in_tree, again.out_tree) == (exported.in_tree, exported.out_tree)
    assert (again.in_avals, again.fun_name) == (exported.in_avals, "f")
    assert again.platforms == (export.default_export_platform(),)
    got, want = again.call((X, 2 * X), scale=F(3)), f((X, 2 * X), scale=F(3))
    covector.tree.map(np.testing.assert_array_equal, got, want)


def test_constants_functions_and_linear_algebra_are_inside() -> None:
    table = np.random.default_rng(0).normal(size=(4, 4)).astype(F)

    def f(x: Any, unused: Any) -> Any:
        y = covector.lax.fori_loop(0, 3, lambda i, y: jnp.where(y > 0, y, table @ y), x)
        return (
            jnp.linalg.solve(table, y),
            jnp.cumsum(y),
            covector.random.normal(covector.random.key(0), (3,)),
        )

    exported = reloaded(f, X, X)
    assert exported.module_kept_var_idx == (0,)
    for got, want in zip(exported.call(X, X), covector.jit(f)(X, X)):
        np.testing.assert_array_equal(got, want)


def test_calls_inside_of_transformations() -> None:
    exported = reloaded(lambda x: jnp.where(x > 2, x, jnp.sin(x)), X)
    outer = covector.jit(lambda x: exported.call(exported.call(x)) + jnp.where(x > 1, x, 0))
    want = covector.jit(lambda x: x)(outer(X))
    np.testing.assert_allclose(reloaded(outer, X).call(X), want)
    by_steps = covector.lax.scan(lambda c, _: (exported.call(c), None), X, None, length=2)[0]
    np.testing.assert_allclose(by_steps, exported.call(exported.call(X)))
    with pytest.raises(NotImplementedError, match="call_exported"):
        covector.vmap(exported.call)(np.stack([X, X]))


def test_derivatives_are_exported() -> None:
    cube = reloaded(lambda x: x**3, F(2), vjp_order=3)
    f: Any = cube.call
    for want in (12, 12, 6):
        f = covector.grad(f)
        np.testing.assert_allclose(f(F(2)), want)
    with pytest.raises(ValueError, match="No VJP is available"):
        covector.grad(f)(F(2))

    def mixed(i: Any, x: Any) -> Any:
        return 2 * i, i * x

    ints = np.arange(4, dtype=np.int32)
    exported = reloaded(mixed, ints, X, vjp_order=1)
    grad = covector.grad(lambda x: exported.call(ints, x)[1].sum())
    np.testing.assert_array_equal(grad(X), ints.astype(F))


def test_typed_keys() -> None:
    exported = reloaded(lambda key: covector.random.split(key), covector.random.key(1, impl="rbg"))
    keys = exported.call(covector.random.key(3, impl="rbg"))
    want = covector.random.split(covector.random.key(3, impl="rbg"))
    np.testing.assert_array_equal(covector.random.key_data(keys), covector.random.key_data(want))


def test_arguments_are_checked() -> None:
    exported = reloaded(lambda a, b: jnp.sin(a) + b["c"], X, {"c": X})
    cases = {
        "same pytree structure": (X, X),
        r"Shape mismatch for args\[0\].shape\[0\]": (X[:2], {"c": X}),
        r"Rank mismatch for args\[1\]\['c'\]": (X, {"c": X[None]}),
        r"Dtype mismatch for args\[0\]": (X.astype(np.float16), {"c": X}),
    }
    for message, args in cases.items():
        with pytest.raises(ValueError, match=message):
            exported.call(*args)


def test_platforms() -> None:
    elsewhere = reloaded(jnp.sin, X, platforms=("tpu", "cuda"))
    assert elsewhere.platforms == ("tpu", "cuda")
    with pytest.raises(ValueError, match="Function 'sin' was exported for platforms"):
        elsewhere.call(X)
    check = export.DisabledSafetyCheck.platform()
    anywhere = reloaded(jnp.sin, X, platforms=("tpu",), disabled_checks=[check])
    np.testing.assert_allclose(anywhere.call(X), np.sin(X), rtol=1e-6)
    both = reloaded(jnp.sin, X, platforms=("tpu", "cpu"))
    np.testing.assert_allclose(both.call(X), np.sin(X), rtol=1e-6)
    choice = covector.lax.platform_dependent
    chosen = reloaded(lambda x: choice(x, cpu=jnp.sin, tpu=jnp.cos), X, platforms=("tpu", "cpu"))
    np.testing.assert_allclose(chosen.call(X), np.sin(X), rtol=1e-6)


def test_nodes_of_trees_must_be_registered() -> None:
    def swap(p: Any) -> Any:
        return Point(p.y, p.x)

    exported = export.export(covector.jit(swap))(Point(X, F(1)))
    with pytest.raises(ValueError, match=r"unregistered type .*Point"):
        exported.serialize()
    export.register_namedtuple_serialization(Point, serialized_name="test_export.Point")
    again = export.deserialize(exported.serialize()).call(Point(X, F(1)))
    assert isinstance(again, Point)
    assert again.x == 1
    with pytest.raises(ValueError, match="Duplicate serialization registration"):
        export.register_namedtuple_serialization(Point, serialized_name="other")
    with pytest.raises(TypeError, match="only for dictionaries with string keys"):
        export.export(covector.jit(lambda d: d[0]))({0: X}).serialize()


def test_functions_of_numpy_need_no_jit() -> None:
    np.testing.assert_allclose(export.export(jnp.sin)(X).call(X), np.sin(X), rtol=1e-6)


def test_what_cannot_be_exported() -> None:
    with pytest.raises(ValueError, match="must be the result of `jit`"):
        export.export(lambda x: x)
    with pytest.raises(NotImplementedError, match="calls of the host"):
        export.export(covector.jit(lambda x: covector.debug.print("{}", x)))(X)
    for blob in (b"", b"something", export.export(covector.jit(jnp.sin))(X).serialize()[:-9]):
        with pytest.raises(ValueError):
            export.deserialize(blob)


def test_another_process_runs_it(tmp_path: Any) -> None:
    file = tmp_path / "sin"
    file.write_bytes(export.export(covector.jit(lambda x: jnp.sin(x) * 2))(X).serialize())
    program = (
        "import sys, numpy as np; from covector import export; "
        "f = export.deserialize(open(sys.argv[1], 'rb').read()); "
        "print(float(f.call(np.arange(1, 5, dtype=np.float32)).sum()))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True
    )
    np.testing.assert_allclose(float(out.stdout), 2 * np.sin(X).sum(), rtol=1e-6)


def test_the_module_is_stablehlo_that_jaxlib_reads() -> None:
    from jaxlib.mlir.dialects import stablehlo

    exported = export.export(covector.jit(lambda x: jnp.where(x > 2, x, 1)))(X)
    artifact = exported.mlir_module_serialized
    assert artifact.startswith(b"ML\xefR")
    minimum = stablehlo.get_minimum_version()
    again = stablehlo.serialize_portable_artifact_str(exported.mlir_module(), minimum)
    assert again.startswith(b"ML\xefR")
