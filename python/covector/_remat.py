"""`checkpoint`: functions whose intermediate values are computed again rather than kept."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from covector import _core
from covector._derivatives import vjp
from covector._jit import jit
from covector._paths import argument_paths
from covector._remat_policies import Policy
from covector._signature import adopt, as_names, check_callable
from covector._staging import check_arguments, make_jaxpr
from covector.errors import ConcretizationTypeError
from covector.tree_util import broadcast_prefix, tree_flatten, tree_leaves, tree_map, tree_unflatten

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_UNSET: Any = object()

_STATIC = (
    "\n\nConsider using the `static_argnums` parameter for `jax.remat` or `jax.checkpoint`: a "
    "rematerialized function is traced, also where it is only called, and arguments on which its "
    "control flow depends have to be static."
)


def checkpoint(
    fun: F,
    *,
    prevent_cse: bool | Sequence[bool] = True,
    policy: Policy | None = None,
    static_argnums: int | tuple[int, ...] = (),
    static_argnames: str | Iterable[str] = (),
    concrete: Any = _UNSET,
) -> F:
    """Makes a function whose derivative computes intermediate values again, to save memory.

    Reverse mode has to know many intermediate values of the function. Without this all of them
    are kept until the backward pass; with it only the arguments are, and the backward pass runs
    the function a second time.

    Args:
      fun: the function.
      prevent_cse: whether the compiler is kept from merging the two runs, which would undo the
        saving. It costs a little; inside of a scan, where they cannot be merged, it can be False.
        A sequence says it for each argument (a prefix of their tree).
      policy: which values are kept all the same; one of `checkpoint_policies`, or a function of a
        primitive, its operands' types and its parameters.
      static_argnums: positions of arguments that are passed on as they are.
      static_argnames: names of such arguments.
      concrete: no longer an option.

    Returns:
      A function of the same arguments and results.

    Raises:
      TypeError: if `fun` is no function, or an option is of the wrong type. When the function is
        called: if an argument that is not static is no array.
      ValueError: when the function is called: if there is no argument at a static position.
      NotImplementedError: if `concrete` is given.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> layer = covector.checkpoint(lambda x: jnp.sin(jnp.sin(x)))
    >>> round(float(covector.grad(layer)(2.0)), 5)
    -0.25564
    """
    check_callable(fun)
    if concrete is not _UNSET:
        raise NotImplementedError(
            "The `concrete` option to `jax.checkpoint` was removed. In its place please use "
            "`static_argnums`."
        )
    static = (static_argnums,) if type(static_argnums) is int else static_argnums
    if not (isinstance(static, tuple) and all(type(i) is int for i in static)):
        raise TypeError(
            "the `static_argnums` argument to `jax.checkpoint` / `jax.remat` must be an int, tuple "
            f"of ints or, bool, but got value {static_argnums}"
        )
    if not isinstance(prevent_cse, (bool, Sequence)):
        raise TypeError(f"prevent_cse must be a bool or tuple of bools, got {type(prevent_cse)=}")
    static_names = as_names(static_argnames)

    tracer = _Tracer(fun, static, static_names)

    def fun_remat(*args: Any, **kwargs: Any) -> Any:
        jaxpr, out_tree, dynamic = tracer(args, kwargs)
        leaves = tree_leaves(dynamic)
        if isinstance(prevent_cse, bool):
            cse = [prevent_cse]
        else:
            cse = broadcast_prefix(tuple(prevent_cse), dynamic if dynamic[1] else dynamic[0])
        return tree_unflatten(out_tree, _core.remat(jaxpr, leaves, cse, policy))

    return adopt(fun, fun_remat, None)


def remat(
    fun: F,
    *,
    prevent_cse: bool | Sequence[bool] = True,
    policy: Policy | None = None,
    static_argnums: int | tuple[int, ...] = (),
    concrete: Any = _UNSET,
) -> F:
    """Another name of `checkpoint`, with the same options.

    >>> import covector
    >>> covector.grad(covector.remat(lambda x: x**3))(2.0)
    Array(12., dtype=float32, weak_type=True)
    """
    return checkpoint(
        fun,
        prevent_cse=prevent_cse,
        policy=policy,
        static_argnums=static_argnums,
        concrete=concrete,
    )


class _Tracer:
    """Traces a function for its calls, one trace for all of a signature if none is static."""

    def __init__(
        self, fun: Callable[..., Any], static: tuple[int, ...], static_names: tuple[str, ...]
    ) -> None:
        self._fun, self._static, self._static_names = fun, static, static_names
        self._jitted = jit(fun) if not static and not static_names else None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
        """The jaxpr of a call, its result's tree, and the arguments that are not static.

        Raises:
          ValueError: if there is no argument at a static position.
        """
        if not all(-len(args) <= i < len(args) for i in self._static):
            raise ValueError(
                "the `static_argnums` argument to `jax.checkpoint` / `jax.remat` can only take "
                "integer values greater than or equal to `-len(args)` and less than `len(args)`, "
                f"but got {self._static}, while `len(args)` = {len(args)}"
            )
        held = {i % len(args): args[i % len(args)] for i in self._static}
        named = {k: kwargs.pop(k) for k in self._static_names if k in kwargs}
        dynamic = tuple(a for i, a in enumerate(args) if i not in held)
        leaves, tree = tree_flatten((dynamic, kwargs))
        check_arguments(self._fun, dynamic, kwargs, leaves)
        try:
            if self._jitted is not None:
                staged: Any = self._jitted.stage(dynamic, kwargs)  # type: ignore[attr-defined]
                jaxpr, out_tree = staged.jaxpr, staged.out_tree
            else:
                jaxpr, out_tree = _core.stage(self._of_others(held, named), leaves, tree)
        except ConcretizationTypeError as error:
            if "traced for jit" in str(error):
                error.args = (str(error) + _STATIC,)
            raise
        return jaxpr, out_tree, (dynamic, kwargs)

    def _of_others(self, held: dict[int, Any], named: dict[str, Any]) -> Callable[..., Any]:
        """The function of the arguments that are not held as they are."""
        fun = self._fun

        def of_others(*some: Any, **keywords: Any) -> Any:
            rest = iter(some)
            count = len(some) + len(held)
            every = (held[i] if i in held else next(rest) for i in range(count))
            return fun(*every, **keywords, **named)

        adopted: Callable[..., Any] = adopt(fun, of_others, None)
        return adopted


def checkpoint_name(x: T, name: str) -> T:
    """The value itself, under a name by which policies of `checkpoint` know it.

    Args:
      x: an array or a tree of arrays.
      name: the name, for `checkpoint_policies.save_only_these_names` and the like.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> from covector.ad_checkpoint import checkpoint_name
    >>> keep = covector.checkpoint_policies.save_only_these_names("hidden")
    >>> f = lambda x: jnp.cos(checkpoint_name(jnp.sin(x), "hidden"))
    >>> covector.grad(covector.checkpoint(f, policy=keep))(0.0)
    Array(-0., dtype=float32, weak_type=True)
    """
    return tree_map(lambda leaf: _core.checkpoint_name(leaf, name), x)


def saved_residuals(f: Callable[..., Any], *args: Any, **kwargs: Any) -> list[tuple[Any, str]]:
    """What reverse mode keeps of a call between the forward and the backward pass.

    Args:
      f: the function.
      *args, **kwargs: its arguments.

    Returns:
      The type of each array that is kept, and where it comes from.
    """
    leaves, tree = tree_flatten((args, kwargs))

    def residuals(*flat: Any) -> Any:
        def of_leaves(*flat: Any) -> Any:
            args, kwargs = tree_unflatten(tree, flat)
            return f(*args, **kwargs)

        return tree_leaves(vjp(of_leaves, *flat)[1])

    jaxpr = make_jaxpr(residuals)(*leaves).jaxpr
    outs = [v for v in jaxpr.outvars if not isinstance(v, _core.Literal)]
    found = [(v.aval, "from a literal") for v in jaxpr.outvars if isinstance(v, _core.Literal)]
    found += [(v.aval, "from a constant") for v in jaxpr.constvars if v in outs]
    for v, path in zip(jaxpr.invars, argument_paths(f, args, kwargs)):
        if v in outs:
            found.append((v.aval, f"from the argument {path}"))
    for eqn in jaxpr.eqns:
        found += [(v.aval, _origin(eqn)) for v in eqn.outvars if v in outs]
    return found


def _origin(eqn: Any) -> str:
    if eqn.primitive.name == "name":
        return f"named '{eqn.params['name']}' from {eqn.source_info}"
    if eqn.primitive.name == "jit":
        return f"output of jitted function '{eqn.params['name']}' from {eqn.source_info}"
    return f"output of {eqn.primitive.name} from {eqn.source_info}"


def print_saved_residuals(f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Prints what reverse mode keeps of a call, a line for each array.

    Args:
      f: the function.
      *args, **kwargs: its arguments.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> from covector.ad_checkpoint import print_saved_residuals
    >>> f = covector.checkpoint(lambda x: jnp.sin(jnp.sin(x)))
    >>> print_saved_residuals(f, 1.0)
    f32[] from the argument x
    """
    for aval, origin in saved_residuals(f, *args, **kwargs):
        print(f"{aval.str_short(short_dtypes=True)} {origin}")
