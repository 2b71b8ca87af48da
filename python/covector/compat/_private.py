"""Covector's equivalents of private names of JAX, by full name: those that libraries use."""

from typing import Any, TypeVar

import numpy as np

from covector import (
    _core,
    _references,
    core,
    custom_derivatives,
    dtypes,
    flatten_util,
    sharding,
    stages,
    tree_util,
)
from covector._callbacks import effects_barrier
from covector._core import primitives
from covector._dtypes import ExtendedDType
from covector._struct import ShapeDtypeStruct
from covector.compat import _compiler, _frames
from covector.experimental import checkify
from covector.lax import _windows
from covector.random import _generators, _keys

F = TypeVar("F")


def _api_boundary(fun: F, **options: Any) -> F:
    """Marks where JAX cuts tracebacks; Covector's are short."""
    return fun


def _of(module: str, source: Any, *names: str) -> dict[str, Any]:
    return {f"jax._src.{module}.{name}": getattr(source, name) for name in names}


JAX_PRIVATE: dict[str, Any] = {
    **_of("core", core, "ClosedJaxpr", "Jaxpr", "JaxprEqn", "Literal", "ShapedArray", "Tracer"),
    **_of("core", core, "Primitive", "Var"),
    **_of("core", core, "eval_jaxpr", "get_opaque_trace_state", "jaxpr_as_fun", "find_top_trace"),
    **_of("core", _references, "empty_ref", "free_ref", "freeze", "new_ref"),
    "jax._src.core.Ref": _core.Ref,
    "jax._src.state.types.AbstractRef": _references.AbstractRef,
    "jax._src.ad_checkpoint.name_p": primitives.name_p,
    "jax._src.core.trace_state_clean": _core.is_eager,
    "jax._src.ad_util.stop_gradient_p": core.Primitive("stop_gradient"),
    **_of("custom_derivatives", custom_derivatives, "SymbolicZero", "custom_jvp"),
    **_of("custom_derivatives", custom_derivatives, "zero_from_primal"),
    **_of("dtypes", dtypes, "canonicalize_dtype", "extended", "finfo", "issubdtype"),
    **_of("dtypes", dtypes, "TypePromotionError", "prng_key"),
    "jax._src.dtypes.DType": np.dtype,
    "jax._src.dtypes.ExtendedDType": ExtendedDType,
    **_of("random", _generators, "PRNGSpec"),
    **_of("random", _keys, "clone"),
    "jax._src.random.default_prng_impl": lambda: _generators.generator(None),
    "jax._src.random.random_clone_p": primitives.random_clone_p,
    **_of("random.prng", primitives, "random_bits_p", "random_fold_in_p", "random_seed_p"),
    **_of("random.prng", primitives, "random_split_p", "random_unwrap_p", "random_wrap_p"),
    **_of("random.prng", _generators, "PRNGImpl", "random_seed"),
    "jax._src.random.prng.prngs": _generators.GENERATORS,
    **_of("checkify", checkify, "checkify", "user_checks"),
    "jax._src.compiler.backend_compile_and_load": _compiler.backend_compile_and_load,
    "jax._src.dispatch.wait_for_tokens": effects_barrier,
    **_of("flatten_util", flatten_util, "ravel_pytree"),
    **_of("sharding_impls", sharding, "SingleDeviceSharding"),
    **_of("sharding", sharding, "Sharding"),
    **_of("stages", stages, "Compiled", "Lowered", "Traced", "Wrapped"),
    "jax._src.api.ShapeDtypeStruct": ShapeDtypeStruct,
    **_of("tree_util", tree_util, "broadcast_prefix", "prefix_errors", "equality_errors"),
    **_of("tree_util", tree_util, "_registry", "dispatch_registry", "none_leaf_registry"),
    **_of("tree_util", tree_util, "broadcast_flattened_prefix_with_treedef"),
    "jax._src.api_util.flatten_axes": tree_util.flatten_axes,
    "jax._src.lax.windowed_reductions._select_and_gather_add": _windows.select_and_gather_add,
    "jax._src.lax.windowed_reductions._select_and_scatter_add": _windows.select_and_scatter_add,
    "jax._src.traceback_util.api_boundary": _api_boundary,
    **_of("traceback_util", _frames, "include_frame", "register_exclusion"),
}
