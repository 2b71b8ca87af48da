"""Derivatives of functions of sparse arrays, with respect to the elements that are specified."""

from collections.abc import Callable, Sequence
from typing import Any

from covector._derivatives import grad as dense_grad
from covector._derivatives import value_and_grad as dense_value_and_grad
from covector._jacobian import jacfwd as dense_jacfwd
from covector._jacobian import jacrev as dense_jacrev
from covector._signature import adopt
from covector._vmap import vmap
from covector.experimental.sparse._base import JAXSparse
from covector.experimental.sparse._info import nfold
from covector.tree_util import tree_flatten, tree_map, tree_structure, tree_unflatten

__all__ = ["grad", "jacfwd", "jacobian", "jacrev", "value_and_grad"]

Function = Callable[..., Any]


def _is_sparse(x: Any) -> bool:
    return isinstance(x, JAXSparse)


def _data(args: Any) -> Any:
    """A tree in which the data of sparse arrays stands for them."""
    return tree_map(lambda x: x.data if _is_sparse(x) else x, args, is_leaf=_is_sparse)


def _like(args: Any, data: Any) -> Any:
    """The inverse of `_data`: arrays with the places of those given."""
    return tree_map(_with_data, args, data, is_leaf=_is_sparse)


def _with_data(x: Any, data: Any) -> Any:
    if not _is_sparse(x):
        return data
    (old, *places), tree = tree_flatten(x)

    def of_data(data: Any) -> Any:
        return tree_unflatten(tree, [data, *places])

    # Axes in front are those of a function's result.
    return nfold(vmap, of_data, data.ndim - old.ndim)(data)


class _OfData:
    """A function with chosen arguments, as one of the data of sparse arrays in these."""

    def __init__(self, fun: Function, argnums: int | Sequence[int], args: Any) -> None:
        self._fun, self._args = fun, args
        if isinstance(argnums, int):
            self._chosen, self._originals = {argnums % len(args)}, args[argnums]
        else:
            self._chosen = {i % len(args) for i in argnums}
            self._originals = tuple(args[i] for i in argnums)
        self.args = [_data(x) if i in self._chosen else x for i, x in enumerate(args)]
        self._out_tree: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        full = [
            _like(old, new) if i in self._chosen else new
            for i, (old, new) in enumerate(zip(self._args, args))
        ]
        return self._fun(*full, **kwargs)

    def first_result_noted(self, has_aux: bool) -> Function:
        """The function, which also tells the structure of its result."""

        def noted(*args: Any, **kwargs: Any) -> Any:
            out = self(*args, **kwargs)
            self._out_tree = tree_structure(out[0] if has_aux else out)
            return out

        return noted

    def gradient(self, data: Any) -> Any:
        """Derivatives of one number, in the formats of the arguments."""
        return _like(self._originals, data)

    def jacobian(self, data: Any) -> Any:
        """Derivatives of each result, in the formats of the arguments."""
        parts = [self.gradient(d) for d in self._out_tree.flatten_up_to(data)]
        return tree_unflatten(self._out_tree, parts)


def value_and_grad(
    fun: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, **kwargs: Any
) -> Function:
    """Like `covector.value_and_grad`, of functions of sparse arrays.

    Args:
      fun: the function. Arguments are trees of arrays, dense and sparse.
      argnums: which arguments to differentiate with respect to.
      has_aux: whether the function returns a pair of a number and other results.
      **kwargs: more options of `covector.value_and_grad`.

    Returns:
      A function of the same arguments that returns the value and the gradient: for a sparse
      array, one with the same places, of the derivatives with respect to the elements there.

    >>> from covector.experimental import sparse
    >>> mat = sparse.BCOO.fromdense(jnp.array([0.0, 2.0]))
    >>> value, gradient = value_and_grad(lambda m, x: m @ x)(mat, jnp.array([3.0, 4.0]))
    >>> value, gradient, gradient.data
    (Array(8., dtype=float32), BCOO(float32[2], nse=1), Array([4.], dtype=float32))
    """

    def value_and_grad_fun(*args: Any, **call: Any) -> Any:
        f = _OfData(fun, argnums, args)
        value, data = dense_value_and_grad(f, argnums, has_aux, **kwargs)(*f.args, **call)
        return value, f.gradient(data)

    return adopt(fun, value_and_grad_fun, None)


def grad(
    fun: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, **kwargs: Any
) -> Function:
    """Like `covector.grad`, of functions of sparse arrays; see `value_and_grad`.

    Args:
      fun: the function. Arguments are trees of arrays, dense and sparse.
      argnums: which arguments to differentiate with respect to.
      has_aux: whether the function returns a pair of a number and other results.
      **kwargs: more options of `covector.grad`.

    Returns:
      A function of the same arguments that returns the gradient.

    >>> from covector.experimental import sparse
    >>> mat = sparse.BCOO.fromdense(jnp.array([0.0, 2.0]))
    >>> grad(lambda m, x: m @ x)(mat, jnp.array([3.0, 4.0]))
    BCOO(float32[2], nse=1)
    """

    def grad_fun(*args: Any, **call: Any) -> Any:
        f = _OfData(fun, argnums, args)
        out = dense_grad(f, argnums, has_aux, **kwargs)(*f.args, **call)
        return (f.gradient(out[0]), out[1]) if has_aux else f.gradient(out)

    return adopt(fun, grad_fun, None)


def _jacobian(
    dense: Function, fun: Function, argnums: Any, has_aux: bool, options: dict[str, Any]
) -> Function:
    def jacobian_fun(*args: Any, **call: Any) -> Any:
        f = _OfData(fun, argnums, args)
        noted = f.first_result_noted(has_aux)
        out = dense(noted, argnums, has_aux, **options)(*f.args, **call)
        return (f.jacobian(out[0]), out[1]) if has_aux else f.jacobian(out)

    return adopt(fun, jacobian_fun, None)


def jacfwd(
    fun: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, **kwargs: Any
) -> Function:
    """Like `covector.jacfwd`, of functions of sparse arrays with dense results.

    Args:
      fun: the function. Arguments are trees of arrays, dense and sparse.
      argnums: which arguments to differentiate with respect to.
      has_aux: whether the function returns a pair, of which the second is not differentiated.
      **kwargs: more options of `covector.jacfwd`.

    Returns:
      A function of the same arguments that returns the Jacobian, in which axes of the result are
      those of a batch of sparse arrays.

    >>> from covector.experimental import sparse
    >>> mat = sparse.BCOO.fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> jacfwd(lambda m, x: m @ x)(mat, jnp.array([3.0, 4.0]))
    BCOO(float32[2, 2, 2], nse=2, n_batch=1)
    """
    return _jacobian(dense_jacfwd, fun, argnums, has_aux, kwargs)


def jacrev(
    fun: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, **kwargs: Any
) -> Function:
    """Like `covector.jacrev`, of functions of sparse arrays with dense results; see `jacfwd`.

    Args:
      fun: the function. Arguments are trees of arrays, dense and sparse.
      argnums: which arguments to differentiate with respect to.
      has_aux: whether the function returns a pair, of which the second is not differentiated.
      **kwargs: more options of `covector.jacrev`.

    Returns:
      A function of the same arguments that returns the Jacobian.

    >>> from covector.experimental import sparse
    >>> mat = sparse.BCOO.fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> jacrev(lambda m, x: m @ x)(mat, jnp.array([3.0, 4.0]))
    BCOO(float32[2, 2, 2], nse=2, n_batch=1)
    """
    return _jacobian(dense_jacrev, fun, argnums, has_aux, kwargs)


jacobian = jacrev
