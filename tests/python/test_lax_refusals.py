"""What `lax` takes and refuses beside samples of primitives, as JAX does."""

from typing import Any

import jax
import jax.scipy.linalg
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import lax


def raises(f: Any, library: Any) -> Exception | None:
    try:
        f(library)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize(
    "shapes", [((-1,), (2,)), ((2, -3),), ("a",), ((1.5,), (2,)), ((None,),), ((2,), (3,))], ids=str
)
def test_shapes_that_are_none_do_not_broadcast(shapes: Any) -> None:
    ours, theirs = (raises(lambda x: x.lax.broadcast_shapes(*shapes), x) for x in (covector, jax))
    assert type(ours).__name__ == type(theirs).__name__
    assert isinstance(ours, ValueError) or str(ours) == str(theirs)


def product_with(preset: str) -> Any:
    def f(library: Any) -> Any:
        x = np.ones((2, 2), "float8_e4m3fn" if "F8" in preset else "float32")
        algorithm = library.lax.DotAlgorithmPreset[preset]
        return library.jit(lambda x: library.lax.dot(x, x, precision=algorithm)).lower(x).as_text()

    return f


@pytest.mark.parametrize("preset", [p.name for p in lax.DotAlgorithmPreset])
def test_cpus_have_the_algorithms_of_products_that_they_have_in_jax(preset: str) -> None:
    ours, theirs = (raises(product_with(preset), x) for x in (covector, jax))
    assert type(ours) is type(theirs)
    assert str(ours) == str(theirs)


def test_other_platforms_have_all_algorithms_of_products() -> None:
    x = np.ones((2, 2), "float32")
    f = covector.jit(lambda x: lax.dot(x, x, precision=lax.DotAlgorithmPreset.TF32_TF32_F32))
    assert "tf32" in f.trace(x).lower(lowering_platforms=("cuda",)).as_text()


@pytest.mark.parametrize(
    ("dims", "sizes", "message"),
    [
        (((0, 2), (0,), (0,)), (1, 2, 2), "Offset dimension 1 in gather op is out of bounds"),
        (((0,), (0, 1), (0,)), (1, 2, 2), "only collapse slice dims with bound 1, but bound is 2"),
    ],
)
def test_gathers_that_do_not_fit(dims: Any, sizes: Any, message: str) -> None:
    numbers = lax.GatherDimensionNumbers(*dims)
    with pytest.raises(TypeError, match=message):
        lax.gather(jnp.ones((2, 3, 4)), jnp.zeros((1,), "int32"), numbers, sizes)


def selections(library: Any) -> list[Any]:
    window = ((2,), (1,), "VALID")
    pool = lambda x: library.lax.reduce_window(x, -np.inf, library.lax.max, *window)
    x = np.arange(4, dtype="float32")
    jaxpr = library.make_jaxpr(library.grad(lambda x: pool(x).sum()))(x)
    return [e for e in jaxpr.eqns if "select_prim" in e.params]


def test_selections_name_their_comparison_by_the_primitive() -> None:
    (ours,), (theirs,) = selections(covector), selections(jax)
    assert ours.params["select_prim"] is lax.ge_p
    assert theirs.params["select_prim"] is jax.lax.ge_p
    assert "select_prim=ge" in str(ours)


def test_integers_are_factored_where_they_are_symmetrized() -> None:
    x = np.array([[4, 2], [2, 3]])
    np.testing.assert_allclose(lax.linalg.cholesky(x), np.linalg.cholesky(x), rtol=1e-6)
    np.testing.assert_allclose(lax.linalg.eigh(x)[1], np.linalg.eigvalsh(x), rtol=1e-6)
    with pytest.raises(TypeError, match="cholesky"):
        lax.linalg.cholesky(x, symmetrize_input=False)


def test_reductions_by_functions_want_initial_values_of_the_dtype() -> None:
    f = lambda library: library.lax.reduce(np.ones(3, "int32"), 0.0, lambda a, b: a * b + 1, (0,))
    ours, theirs = raises(f, covector), raises(f, jax)
    assert isinstance(ours, TypeError)
    assert isinstance(theirs, TypeError)
    assert lax.reduce(np.ones(3, "float32"), 0, lax.add, (0,)) == 3


def test_tokens_pass_through_transformations() -> None:
    def f(x: Any, token: Any) -> Any:
        return x + 1, lax.after_all(token, lax.create_token(x))

    y, token = covector.jit(f)(1.0, lax.create_token())
    assert y == 2
    assert type(token) is type(lax.create_token())
    assert token.block_until_ready() is token
    jaxpr = covector.make_jaxpr(f)(1.0, token)
    assert [e.primitive.name for e in jaxpr.eqns].count("optimization_barrier") == 1
    carried = lax.fori_loop(0, 3, lambda i, t: lax.after_all(t), token)
    assert repr(carried) == "Token()"
    assert covector.grad(lambda x: f(x, token)[0])(1.0) == 1


def test_after_all_takes_tokens_only() -> None:
    ours, theirs = (raises(lambda x: x.lax.after_all(1.0), x) for x in (covector, jax))
    assert isinstance(ours, TypeError)
    assert isinstance(theirs, TypeError)


@pytest.mark.parametrize(
    ("lhs", "message"),
    [
        ((1, 16), "LHS contracting dim 1 of size 16 does not match RHS contracting dim 0 of"),
        ((2, 1, 32), "All input tensors must have the same batch dimension size for batch dims"),
    ],
)
def test_scaled_products_that_do_not_fit(lhs: tuple[int, ...], message: str) -> None:
    rhs = (1, 32, 4) if len(lhs) == 3 else (32, 4)
    x, y = (jnp.ones(shape, "float8_e4m3fn") for shape in (lhs, rhs))
    with pytest.raises(TypeError, match=message):
        lax.scaled_dot(x, y)


def test_scatters_whose_batching_axes_do_not_fit() -> None:
    numbers = lax.ScatterDimensionNumbers((), (), (1,), (0,), (0,))
    with pytest.raises(TypeError, match=r"Scatter op requires .* to have the same shape"):
        lax.scatter(jnp.ones((2, 3)), jnp.zeros((4, 1), "int32"), jnp.ones(4), numbers)
    numbers = lax.ScatterDimensionNumbers((), (), (0,), (0,), (0,))
    with pytest.raises(TypeError, match="must be disjoint"):
        lax.scatter(jnp.ones((2, 3)), jnp.zeros((2, 1), "int32"), jnp.ones(2), numbers)


@pytest.mark.parametrize("shape", [(), (3,)], ids=str)
@pytest.mark.parametrize("name", ["cholesky", "eigh"])
def test_what_is_symmetrized_is_a_matrix(name: str, shape: tuple[int, ...]) -> None:
    x = np.ones(shape, np.float32)
    for library in (covector, jax):
        with pytest.raises(TypeError):
            getattr(library.lax.linalg, name)(x)


@pytest.mark.parametrize("size", [0, 2, 5])
def test_column_pivots_are_as_many_as_columns(size: int) -> None:
    with pytest.raises(ValueError, match="each column"):
        lax.linalg.geqp3(np.ones((2, 3), np.float32), np.zeros(size, np.int32))


def test_matrices_of_a_model_may_be_in_batches_under_strict_rank_promotion() -> None:
    f, s = np.ones((2, 3), np.float32), np.full((2, 2), 0.5, np.float32)

    def leslie(library: Any) -> Any:
        with library.numpy_rank_promotion("raise"):
            return library.scipy.linalg.leslie(f, s)

    np.testing.assert_array_equal(leslie(covector), leslie(jax))


def test_a_choice_of_platforms_has_branches() -> None:
    for library in (covector, jax):
        with pytest.raises(NotImplementedError):
            library.lax.platform_dependent(1.0)


def test_reflectors_are_no_more_than_columns() -> None:
    a = np.ones((3, 3), np.float32)
    with pytest.raises(ValueError, match="no more taus"):
        lax.linalg.ormqr(a, np.ones(5, np.float32), a)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax", "cumlogsumexp"])
@pytest.mark.parametrize("axis", [-2, 1])
def test_axes_are_checked_before_derivatives_use_them(name: str, axis: int) -> None:
    x = np.float32(1)
    for library in (covector, jax):
        with pytest.raises(ValueError):
            library.jvp(
                lambda x, library=library: getattr(library.lax, name)(x, axis=axis), (x,), (x,)
            )


def test_selections_have_a_case() -> None:
    which = np.ones((2, 3), np.int32)
    for library in (covector, jax):
        for f in (library.lax.select_n, library.vmap(library.lax.select_n)):
            with pytest.raises(ValueError, match="at least one case"):
                f(which)
