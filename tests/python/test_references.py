"""References to arrays, compared with JAX's."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.control_oracle import agree, same_error

X = np.arange(1.0, 4.0, dtype=np.float32)


def accumulate(lib: Any, x: Any) -> Any:
    """Reads and writes a reference of its own, whole and in parts."""
    ref = lib.new_ref(lib.numpy.zeros_like(x))
    ref[...] = lib.numpy.sin(x)
    ref[1] = ref[0] * ref[2]
    ref[1:] = ref[1:] + x[1:]
    lib.ref.addupdate(ref, 0, ref[1])
    old = lib.ref.swap(ref, 2, ref[0] * 2.0)
    return lib.freeze(ref) * old


def loop(lib: Any, x: Any, write: Callable[[Any, Any], None]) -> Any:
    ref = lib.new_ref(x)
    lib.lax.scan(lambda c, i: (write(ref, i), (c, ref[0]))[1], 0, lib.numpy.arange(3))
    return ref[...]


def double(ref: Any, i: Any) -> None:
    ref[i] = ref[i] * ref[0] + 1.0


def branch(lib: Any, x: Any) -> Any:
    ref = lib.new_ref(x)

    def first() -> None:
        ref[0] = ref[1] * 3.0

    def second() -> None:
        ref[1:] = ref[1:] * ref[1:]

    lib.lax.cond(ref[0] > 0, first, second)
    lib.lax.switch(1, [first, second])
    return ref[...]


def counted(lib: Any, x: Any) -> Any:
    ref, steps = lib.new_ref(x), lib.new_ref(0)

    def body(i: Any) -> Any:
        ref[0] = ref[0] * 2.0
        steps[...] = steps[...] + 1
        return i + 1

    # The condition sees what the body wrote.
    lib.lax.while_loop(lambda i: (ref[0] < 20.0) & (i < 9), body, 0)
    return ref[...] * steps[...]


def scanned(lib: Any, x: Any) -> Any:
    ref = lib.new_ref(x)

    def body(c: Any, part: Any) -> Any:
        part[...] = part[...] * c
        return c + 1.0, part[...]

    c, y = lib.lax.scan(body, 2.0, ref)
    return ref[...] + y * c


PROGRAMS = {
    "accumulate": accumulate,
    "scan": lambda lib, x: loop(lib, x, double),
    "branch": branch,
    "jit": lambda lib, x: lib.jit(lambda x: accumulate(lib, x) + branch(lib, x))(x),
    "scanned": scanned,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_derivatives_are_those_of_jax(name: str) -> None:
    f = PROGRAMS[name]
    agree(lambda lib: f(lib, X))
    agree(lambda lib: lib.jit(lambda x: f(lib, x))(X))
    agree(lambda lib: lib.grad(lambda x: f(lib, x).sum())(X))
    agree(lambda lib: lib.jit(lib.grad(lambda x: f(lib, x).sum()))(X))
    agree(lambda lib: lib.jvp(lambda x: f(lib, x), (X,), (X,)))
    # JAX has no batches of branches and slices that write.
    each = [np.asarray(f(covector, jnp.asarray(x))) for x in (X, -X)]
    for g in (f, lambda lib, x: lib.jit(lambda x: f(lib, x))(x)):
        mapped = covector.vmap(lambda x, g=g: g(covector, x))(np.stack([X, -X]))
        np.testing.assert_allclose(mapped, each, rtol=1e-5, atol=1e-6)


def test_a_condition_reads_what_the_body_writes() -> None:
    x = np.array([0.5, 2.0, 3.0], np.float32)
    # JAX refuses it.
    for f in (counted, lambda lib, x: lib.jit(lambda x: counted(lib, x))(x)):
        np.testing.assert_array_equal(f(covector, x), [32.0 * 6, 2.0 * 6, 3.0 * 6])


def test_second_derivatives() -> None:
    # JAX has none. Here one is of accesses, the other of the discharged call.
    gradient = covector.grad(lambda x: accumulate(covector, x).sum())
    compiled = covector.grad(covector.jit(lambda x: accumulate(covector, x).sum()))
    h = covector.jacrev(gradient)(X)
    np.testing.assert_allclose(covector.jacrev(compiled)(X), h, rtol=1e-5, atol=1e-6)
    step = np.float32(1e-2) * np.eye(3, dtype=np.float32)
    differences = [(gradient(X + s) - gradient(X - s)) / 2e-2 for s in step]
    np.testing.assert_allclose(h, np.stack(differences, 1), rtol=1e-2, atol=2e-3)


def test_given_and_closed_over_references_are_written_by_calls() -> None:
    def f(lib: Any) -> Any:
        total, more = lib.new_ref(lib.numpy.zeros(3)), lib.new_ref(lib.numpy.ones(3))

        @lib.jit
        def step(ref: Any, x: Any) -> Any:
            total[...] = total[...] + x
            ref[0] = total[1]
            return ref[...] * 2.0

        results = [step(more, X) for _ in range(3)]
        lib.lax.fori_loop(0, 2, lambda i, c: (step(more, X), c)[1], 0)
        return results, total[...], more[...]

    agree(f)


def test_mapped_references() -> None:
    def f(lib: Any) -> Any:
        ref, factor = lib.new_ref(lib.numpy.zeros((3, 2))), lib.new_ref(2.0)

        def add(ref: Any, x: Any) -> None:
            ref[0] = ref[0] + x * factor[...]
            lib.ref.addupdate(ref, ..., ref[...] + x)

        lib.vmap(add)(ref, X)
        return ref[...]

    agree(f)


@pytest.mark.parametrize("jit", [False, True])
def test_a_backward_rule_writes_to_a_reference(jit: bool) -> None:
    def f(lib: Any) -> Any:
        @lib.custom_vjp
        def kept(ref: Any, x: Any) -> Any:
            return x

        def backward(ref: Any, g: Any) -> Any:
            ref[...] = g
            return None, g

        kept.defvjp(lambda ref, x: (x, ref), backward)

        def loss(ref: Any, x: Any) -> Any:
            return lib.numpy.sin(kept(ref, lib.numpy.sin(x)))

        ref = lib.new_ref(np.float32(0.0))
        g = lib.grad(lib.jit(loss) if jit else loss, 1)(ref, np.float32(1.0))
        return g, ref[...]

    agree(f)


def test_jaxprs_show_references_as_jax_does() -> None:
    def text(lib: Any) -> str:
        def f(x: Any, i: Any) -> Any:
            a = lib.new_ref(x)
            a[0] = a[1] + 1.0
            a[i] = a[i]
            old = lib.ref.swap(a, 0, 3.0)
            lib.ref.addupdate(a, i, 1.0)
            a[:2] = a[1:]
            a[...] = a[...] * old
            b = lib.new_ref(x[None])
            return lib.freeze(a), b[0, i], b[:, 1], b[0], lib.jit(lambda: b[0])()

        return str(lib.make_jaxpr(f)(X, 1))

    ours, theirs = text(covector), text(jax)
    assert [line.strip() for line in ours.splitlines() if "<-" in line or "+=" in line] == [
        line.strip() for line in theirs.splitlines() if "<-" in line or "+=" in line
    ]
    assert "new_ref[kind=None memory_space=None]" in ours


def test_indices() -> None:
    x = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    where = np.array([0, 1])

    def f(lib: Any) -> Any:
        ref = lib.new_ref(x)
        ref[1, 2] = ref[0, 1]
        ref[..., 0] = ref[:, :, 1]
        ref[where, where] = ref[where, where] + 1.0
        ref.at[0].at[1:][0, 2:] = ref.at[1][0, :2]
        return ref[...], ref[-1], len(ref), ref.shape, ref.ndim

    result, last, *rest = f(covector)
    expected = x.copy()
    expected[1, 2] = expected[0, 1]
    expected[..., 0] = expected[:, :, 1]
    expected[where, where] += 1.0
    expected[0][1:][0, 2:] = expected[1][0, :2]
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(last, expected[-1])
    assert rest == [2, (2, 3, 4), 3]


@pytest.mark.parametrize(
    "f",
    [
        lambda lib, ref: ref.__setitem__(0, X),
        lambda lib, ref: ref.__setitem__(..., np.int32(1)),
        lambda lib, ref: lib.new_ref(1).__setitem__(..., 1.0),
        lambda lib, ref: ref[5],
        lambda lib, ref: lib.vmap(lambda v: ref.__setitem__(0, v))(X),
        lambda lib, ref: lib.jvp(lambda v: ref.__setitem__(0, v), (1.0,), (1.0,)),
        lambda lib, ref: lib.jit(lambda x: x)(ref),
        lambda lib, ref: lib.jit(lambda a, b: a[...])(ref, ref),
        lambda lib, ref: lib.jit(lambda a: a[...] + ref[...])(ref),
    ],
)
def test_errors(f: Any) -> None:
    def run(lib: Any) -> None:
        f(lib, lib.new_ref(lib.numpy.asarray(X)))

    kind, ours = error(run, covector)
    other, theirs = error(run, jax)
    assert kind.__name__ == other.__name__ or other is Exception
    assert main_part(ours) == main_part(theirs)


def main_part(message: str) -> str:
    """Without places and what JAX calls transforms; types in one form."""
    return message.split(" at ")[0].split("Transforms")[0].strip().replace("float32", "f32")


def error(f: Any, lib: Any) -> tuple[type, str]:
    with pytest.raises(Exception) as caught:
        f(lib)
    return caught.type, str(caught.value)


def test_operations_on_arrays_refuse_references() -> None:
    ref = covector.new_ref(jnp.zeros(3))
    for f in (jnp.sin, lambda r: jnp.add(r, 1), lambda r: r + 1, covector.jit(jnp.sin)):
        with pytest.raises(TypeError):
            f(ref)
    covector.free_ref(ref)
    with pytest.raises(ValueError, match="freed"):
        ref[...]


def test_what_references_are() -> None:
    ref = covector.new_ref(jnp.zeros(3))
    assert isinstance(ref, covector.Ref)
    assert not isinstance(ref, covector.Array)
    assert repr(ref) == "Ref([0., 0., 0.], dtype=float32)"
    assert str(ref.aval) == "Ref{float32[3]}"
    assert isinstance(ref.aval, covector.ref.AbstractRef)
    assert covector.tree_util.tree_leaves([ref]) == [ref]
    assert hash(ref) == hash(ref)
    covector.jit(lambda r: isinstance(r, covector.Ref) or 1 / 0)(ref)
    empty = covector.empty_ref(covector.ShapeDtypeStruct((2,), "int32"))
    empty[...] = jnp.arange(2)
    assert empty.get(1) == 1
    empty.set(7, 0)
    empty.addupdate(jnp.ones(2, int))
    assert empty[...].tolist() == [8, 2]


def test_errors_of_loops_name_references() -> None:
    assert "returned a mutable array reference" in same_error(
        lambda lib: lib.lax.cond(True, lambda: lib.new_ref(1.0), lambda: lib.new_ref(2.0)),
        text=False,
    )


def test_what_nobody_reads_is_not_computed() -> None:
    @covector.jit
    def f(x: Any, y: Any) -> Any:
        @covector.jit
        def g(y: Any) -> Any:
            ref = covector.new_ref(y)
            ref[...] = ref[...] + 1
            return covector.freeze(ref)

        g(y)
        return x * 2

    assert "add" not in f.lower(1, 2).as_text()


def test_typed_keys() -> None:
    ref = covector.new_ref(covector.random.key(0))
    ref[...] = covector.random.fold_in(ref[...], 1)
    expected = covector.random.key_data(covector.random.fold_in(covector.random.key(0), 1))
    assert (covector.random.key_data(ref[...]) == expected).all()


def test_cotangents_are_added_to_references() -> None:
    def f(lib: Any) -> Any:
        sums = lib.new_ref(lib.numpy.ones(3))

        def step(c: Any, x: Any) -> Any:
            y, pull = lib.vjp(lambda w: (w * x).sum(), X)
            pull.with_refs(sums)(lib.numpy.ones_like(y))
            return c, y

        lib.lax.scan(step, 0, np.stack([X, X + 1]))
        return sums[...]

    agree(f)


@pytest.mark.parametrize("jit", [False, True])
def test_functions_with_rules_may_use_references_inside(jit: bool) -> None:
    def f(lib: Any) -> Any:
        @lib.custom_vjp
        def square(x: Any) -> Any:
            ref = lib.new_ref(x)
            ref[...] = ref[...] * x
            return ref[...]

        square.defvjp(lambda x: (square(x), x), lambda x, g: (3.0 * x * g,))
        g = lib.jit(square) if jit else square
        return g(2.0), lib.grad(g)(2.0), lib.jit(g)(3.0)

    agree(f)


def test_a_loop_does_not_lose_the_rules_of_functions_that_use_references() -> None:
    @covector.custom_vjp
    def kept(ref: Any, x: Any) -> Any:
        return x * 2.0

    def backward(ref: Any, g: Any) -> Any:
        ref[...] = g
        return None, g

    kept.defvjp(lambda ref, x: (x, ref), backward)

    def loss(x: Any) -> Any:
        ref = covector.new_ref(jnp.float32(0.0))
        return covector.lax.scan(lambda c, _: (kept(ref, c), None), x, None, 3)[0]

    assert loss(1.0) == 8.0
    for f in (covector.grad(loss), covector.grad(covector.jit(loss))):
        with pytest.raises(NotImplementedError, match="let the loop read and write"):
            f(1.0)
    with pytest.raises(NotImplementedError, match="can't be differentiated or mapped"):
        covector.vmap(loss)(jnp.ones(2))
