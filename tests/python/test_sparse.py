"""Sparse arrays: every operation gives what it gives on dense arrays, also transformed."""

import itertools
from typing import Any

import jax
import numpy as np
import pytest
import scipy.sparse
from jax.experimental import sparse as jax_sparse

import covector
import covector.numpy as jnp
from covector import lax
from covector.experimental import sparse
from covector.experimental.sparse import BCOO, BCSR

RNG = np.random.default_rng(0)


def zeros_and_numbers(*shape: int) -> np.ndarray:
    return (RNG.normal(size=shape) * (RNG.random(shape) < 0.6)).astype("float32")


CUBE = zeros_and_numbers(2, 3, 4)
LAYOUTS = [(b, d) for b in range(4) for d in range(4 - b)]


def padded(n_batch: int, n_dense: int, dense: np.ndarray = CUBE) -> Any:
    """An array with duplicates, padding that is not zero, and no order."""
    mat = BCOO.fromdense(dense, n_batch=n_batch, n_dense=n_dense)
    end = mat.shape[n_batch : n_batch + mat.n_sparse]
    data = jnp.concatenate([mat.data, mat.data, mat.data + 1], n_batch)
    outside = jnp.broadcast_to(jnp.array(end, jnp.int32), mat.indices.shape)
    indices = jnp.concatenate([mat.indices[..., ::-1, :], mat.indices, outside], n_batch)
    if mat.n_sparse == 0:
        return mat
    return BCOO((data, indices), shape=mat.shape)


def layouts_of(mat: BCOO, limit: tuple[int, int] = (3, 3)) -> list[Any]:
    """The dense arrays of the array in other layouts, in one program."""

    def program(mat: BCOO) -> list[Any]:
        others = [
            mat.update_layout(n_batch=b, n_dense=d, on_inefficient=None)
            for b, d in LAYOUTS
            if b <= limit[0] and d <= limit[1]
        ]
        others += [mat.sort_indices(), mat.sum_duplicates(nse=mat.nse)]
        return [mat.todense(), *(other.todense() for other in others)]

    return covector.jit(program)(mat)


@pytest.mark.parametrize(("n_batch", "n_dense"), LAYOUTS)
def test_conversions(n_batch: int, n_dense: int) -> None:
    clean = BCOO.fromdense(CUBE, n_batch=n_batch, n_dense=n_dense)
    theirs = jax_sparse.BCOO.fromdense(CUBE, n_batch=n_batch, n_dense=n_dense)
    assert repr(clean) == repr(theirs)
    assert np.array_equal(clean.data, theirs.data)
    assert np.array_equal(clean.indices, theirs.indices)
    for other in layouts_of(clean):
        assert np.array_equal(other, CUBE)
    # More dense or batch axes would lose duplicates.
    dense, *others = layouts_of(padded(n_batch, n_dense), (n_batch, n_dense))
    for other in others:
        assert np.allclose(other, dense, atol=1e-6)


OPERATIONS: dict[str, Any] = {
    "transpose": lambda x: x.transpose((0, 2, 1)),
    "reshape": lambda x: x.reshape(2, 6, 2),
    "slice": lambda x: x[:, 1:, ::2],
    "row": lambda x: x[1],
    "reversed": lambda x: x[:, ::-1, 1:3],
    "sum": lambda x: x.sum(1),
    "sums": lambda x: x.sum((0, 2)),
    "total": lambda x: x.sum(),
    "scaled": lambda x: -2 * x / 3,
    "sine": sparse.sparsify(jnp.sin),
    "square": lambda x: x**2,
    "times row": lambda x: x * jnp.arange(4.0),
    "times column": lambda x: x * jnp.arange(1.0, 4.0)[:, None],
    "product": lambda x: x @ jnp.arange(8.0).reshape(4, 2),
    "reflected": lambda x: jnp.arange(6.0).reshape(2, 3) @ x,
    "twice": lambda x: x + 2 * x,
    "own square": lambda x: x * x,
    "dense sum": lambda x: x + jnp.ones((2, 3, 4)),
    "broadcast": sparse.sparsify(lambda x: lax.broadcast_in_dim(x, (5, 2, 3, 4), (1, 2, 3))),
    "joined": sparse.sparsify(lambda x: jnp.concatenate([x, 2 * x], 1)),
    "window": sparse.sparsify(lambda x: lax.dynamic_slice(x, (0, 5, -3), (2, 2, 3))),
}
# Those that take an array of any layout; others keep axes of the batch to themselves.
EVERYWHERE = {"slice", "scaled", "sum", "sums", "total", "sine", "square", "twice", "own square"}
EVERYWHERE |= {"times row", "times column", "dense sum", "window"}


def todense(x: Any) -> Any:
    return covector.tree.map(sparse.todense, x, is_leaf=lambda y: isinstance(y, BCOO))


@pytest.mark.parametrize(("n_batch", "n_dense"), [(0, 0), (1, 0), (1, 1)])
def test_operations(n_batch: int, n_dense: int) -> None:
    """Values, and derivatives forwards and backwards, in one program each."""
    names = OPERATIONS if n_batch == n_dense == 0 else EVERYWHERE
    mat = padded(n_batch, n_dense)

    def of_sparse(data: Any) -> Any:
        x = BCOO((data, mat.indices), shape=mat.shape)
        return {name: todense(OPERATIONS[name](x)) for name in names}

    def of_dense(data: Any) -> Any:
        x = BCOO((data, mat.indices), shape=mat.shape).todense()
        return {name: OPERATIONS[name](x) for name in names}

    def derivatives(f: Any) -> Any:
        tangent = jnp.asarray(np.sin(np.arange(mat.data.size)).reshape(mat.data.shape), "float32")
        out, dots = covector.jvp(f, (mat.data,), (tangent,))
        sums = {name: lambda data, name=name: (f(data)[name] ** 2).sum() for name in names}
        return out, dots, {name: covector.grad(g)(mat.data) for name, g in sums.items()}

    ours, theirs = (covector.jit(lambda f=f: derivatives(f))() for f in (of_sparse, of_dense))
    for name in names:
        for a, b in zip(ours, theirs):
            assert np.allclose(a[name], b[name], rtol=1e-3, atol=1e-3), name


def contractions() -> list[Any]:
    cases = []
    for n_batch, n_dense in ((0, 0), (1, 0), (2, 0), (1, 1), (0, 1), (0, 2)):
        for batch in itertools.chain([()], [(i,) for i in range(n_batch)]):
            left = [i for i in range(3 - n_dense) if i not in batch]
            for n in range(len(left) + 1):
                for summed in itertools.combinations(left, n):
                    cases.append((n_batch, n_dense, batch, summed))
    return cases


def test_contractions() -> None:
    """Of a sparse array with dense ones, for all kinds of axes, in one program."""
    sizes, cases = CUBE.shape, contractions()
    mats = {(b, d): padded(b, d) for b, d, _, _ in cases}

    def program(mats: Any) -> Any:
        results = []
        for b, d, batch, summed in cases:
            mat, n = mats[b, d], len(summed)
            shape = [sizes[i] for i in (*summed, *batch)] + [2]
            rhs = jnp.asarray(np.cos(np.arange(np.prod(shape))).reshape(shape), "float32")
            numbers = ((summed, tuple(range(n))), (batch, tuple(range(n, n + len(batch)))))
            got = sparse.bcoo_dot_general(mat, rhs, dimension_numbers=numbers)
            want = lax.dot_general(mat.todense(), rhs, numbers, precision="highest")
            results.append((got, want))
        return results

    for case, (got, want) in zip(cases, covector.jit(program)(mats)):
        assert np.allclose(got, want, rtol=1e-4, atol=1e-4), case


@pytest.mark.parametrize("n_batch", [0, 1])
def test_products_of_sparse_arrays(n_batch: int) -> None:
    a = padded(n_batch, 0)
    b = padded(n_batch, 0, zeros_and_numbers(2, 4, 3))
    batch = tuple(range(n_batch))
    numbers = (((2,), (1,)), (batch, batch))
    got = sparse.bcoo_dot_general(a, b, dimension_numbers=numbers)
    want = lax.dot_general(a.todense(), b.todense(), numbers, precision="highest")
    assert np.allclose(got.todense(), want, atol=1e-4)
    row = padded(n_batch, 0, zeros_and_numbers(2, 1, 4))
    assert np.allclose((a * row).todense(), a.todense() * row.todense(), atol=1e-5)
    sampled = sparse.bcoo_dot_general_sampled(
        jnp.asarray(CUBE[0]),
        jnp.asarray(CUBE[1].T),
        jnp.array([[2, 1], [0, 0], [3, 3]]),
        dimension_numbers=(((1,), (0,)), ((), ())),
    )
    full = CUBE[0] @ CUBE[1].T
    assert np.allclose(sampled, [full[2, 1], full[0, 0], 0], atol=1e-5)


def test_batches_are_mapped() -> None:
    mat = padded(1, 0)
    x = jnp.arange(4.0)
    assert np.allclose(covector.vmap(lambda m: m @ x)(mat), mat.todense() @ x, atol=1e-4)
    out = covector.vmap(lambda m: 2 * m.T)(mat)
    assert (out.shape, out.n_batch) == ((2, 4, 3), 1)
    assert np.allclose(out.todense(), 2 * mat.todense().transpose(0, 2, 1), atol=1e-5)
    made = covector.vmap(lambda row: BCOO.fromdense(row, nse=2))(jnp.eye(3, 4))
    assert made.n_batch == 1
    assert np.array_equal(made.todense(), np.eye(3, 4))
    with pytest.raises(ValueError, match="contiguous block of leading dimensions"):
        covector.vmap(lambda row: BCOO.fromdense(row, nse=2), out_axes=1)(jnp.eye(3, 4))
    with pytest.raises(ValueError, match="must correspond to a batch dimension"):
        covector.vmap(lambda m: m, in_axes=1)(mat)


@pytest.mark.parametrize("name", ["BCSR", "COO", "CSR", "CSC"])
def test_matrix_formats(name: str) -> None:
    dense, x = CUBE[0], np.arange(4, dtype="float32")
    ours, theirs = (getattr(m, name).fromdense(dense, nse=9) for m in (sparse, jax_sparse))
    for a, b in zip(covector.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(ours.todense(), dense)
    assert np.allclose(ours @ x, dense @ x, atol=1e-5)
    assert np.allclose(ours @ np.eye(4, 2), dense @ np.eye(4, 2), atol=1e-5)
    assert repr(ours) == repr(theirs)
    if name != "BCSR":
        assert np.array_equal(ours.T.todense(), dense.T)
    fmt = name.lower()
    assert np.array_equal(sparse.eye(3, 4, -1, sparse_format=fmt).todense(), np.eye(3, 4, -1))
    assert np.array_equal(sparse.empty((3, 4), sparse_format=fmt).todense(), np.zeros((3, 4)))

    def loss(mat: Any) -> Any:
        return ((mat @ x) ** 2).sum()

    gradient = sparse.grad(loss)(ours)
    expected = covector.grad(loss)(jnp.asarray(dense))
    places = BCSR.fromdense(dense).todense() != 0
    assert np.allclose(gradient.todense() * places, expected * places, atol=1e-3)


def test_scipy_and_solve() -> None:
    matrix = scipy.sparse.random_array((5, 5), density=0.4, rng=1, dtype="float32")
    dense = matrix.toarray() + 3 * np.eye(5, dtype="float32")
    mat = BCSR.from_scipy_sparse(scipy.sparse.csr_array(dense))
    assert np.array_equal(BCOO.from_scipy_sparse(scipy.sparse.coo_array(dense)).todense(), dense)
    b = jnp.arange(1.0, 6.0)
    solve = sparse.linalg.spsolve

    def of_data(data: Any, b: Any) -> Any:
        return solve(data, mat.indices, mat.indptr, b)

    def of_dense(data: Any, b: Any) -> Any:
        return jnp.linalg.solve(BCSR((data, mat.indices, mat.indptr), shape=(5, 5)).todense(), b)

    assert np.allclose(of_data(mat.data, b), of_dense(mat.data, b), atol=1e-4)
    for ours, theirs in zip(
        *(covector.jacrev(f, (0, 1))(mat.data, b) for f in (of_data, of_dense))
    ):
        assert np.allclose(ours, theirs, atol=1e-4)


def test_sparsify_control_flow() -> None:
    mat = padded(0, 0, CUBE[0])
    x = jnp.ones(4)

    def loop(m: Any, x: Any) -> Any:
        return lax.fori_loop(0, 3, lambda _, y: (m @ y)[:1] + y, x)

    assert np.allclose(sparse.sparsify(loop)(mat, x), loop(mat.todense(), x), rtol=1e-4)

    def growing(m: Any) -> Any:
        return lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, 2 * c[1]), (0, m))[1]

    assert np.allclose(sparse.sparsify(growing)(mat).todense(), growing(mat.todense()), atol=1e-4)

    def steps(m: Any) -> Any:
        return lax.scan(lambda c, s: (s * c, c.sum(0)), m, jnp.array([2.0, 3.0]))

    for ours, theirs in zip(sparse.sparsify(steps)(mat), steps(mat.todense())):
        assert np.allclose(ours.todense(), theirs, atol=1e-4)

    def choice(m: Any) -> Any:
        return lax.cond(m.sum() > 1e6, lambda y: y, lambda y: -y, m)

    assert np.allclose(sparse.sparsify(choice)(mat).todense(), -mat.todense(), atol=1e-5)
    for f, message in (
        (jnp.cos, "cos is not implemented because it would result in dense output"),
        (lambda m: m - 1.0, "Subtraction between sparse and dense"),
        (lambda m: 1.0 / m, "Division by a sparse array"),
        (lambda m: lax.cond(True, lambda y: y, sparse.todense, m), "same type structure"),
    ):
        with pytest.raises((NotImplementedError, TypeError), match=message):
            sparse.sparsify(f)(mat)


def test_todense_is_an_identity() -> None:
    x = jnp.arange(3.0)
    assert sparse.todense(x) is x
    assert "todense" in str(covector.make_jaxpr(sparse.todense)(x))
    assert np.array_equal(covector.grad(lambda x: (sparse.todense(x) ** 2).sum())(x), 2 * x)
    mat = BCOO.fromdense(x)
    dense = sparse.sparsify(lambda m: jnp.cos(sparse.todense(m)))(mat)
    assert np.allclose(dense, np.cos(x), atol=1e-6)


def test_jacobians_are_sparse() -> None:
    mat, x = BCOO.fromdense(CUBE[0]), jnp.arange(4.0)
    for transform in (sparse.jacfwd, sparse.jacrev):
        jacobian = transform(lambda m: {"y": m @ x})(mat)["y"]
        assert (jacobian.shape, jacobian.n_batch) == ((3, 3, 4), 1)
        expected = covector.jacrev(lambda m: m @ x)(jnp.asarray(CUBE[0]))
        assert np.allclose(jacobian.todense(), np.where(CUBE[0] != 0, expected, 0), atol=1e-5)
    f = lambda m: ((m @ x).sum(), 1)
    (value, aux), gradient = sparse.value_and_grad(f, has_aux=True)(mat)
    assert np.allclose(value, (CUBE[0] @ x).sum(), atol=1e-4)
    assert isinstance(gradient, BCOO)
    assert aux == 1


def test_random_arrays_are_those_of_jax() -> None:
    with covector.threefry_partitionable(True), jax.threefry_partitionable(True):
        ours = sparse.random_bcoo(
            covector.random.key(1), (2, 5, 4), n_batch=1, nse=0.4, dtype="float32"
        )
        theirs = jax_sparse.random_bcoo(
            jax.random.key(1), (2, 5, 4), n_batch=1, nse=0.4, dtype="float32"
        )
    assert np.array_equal(ours.data, theirs.data)
    assert np.array_equal(ours.indices, theirs.indices)


def test_eigenvalues() -> None:
    values = np.linspace(1, 30, 30).astype("float32")
    basis, _ = np.linalg.qr(RNG.normal(size=(30, 30)))
    matrix = jnp.asarray((basis * values) @ basis.T, jnp.float32)
    start = jnp.asarray(RNG.normal(size=(30, 3)), jnp.float32)
    found, vectors, steps = sparse.linalg.lobpcg_standard(matrix, start, m=60)
    assert np.allclose(found, [30, 29, 28], rtol=1e-3)
    assert steps < 60
    assert np.allclose(matrix @ vectors, vectors * found[None], atol=1e-1)
    with pytest.raises(ValueError, match="expected search dim"):
        sparse.linalg.lobpcg_standard(matrix, jnp.ones((30, 6)))
