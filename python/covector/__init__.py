"""NumPy-like arrays with composable transformations: `grad`, `vmap`, `jit`.

>>> import covector
>>> import covector.numpy as jnp
>>> slope = covector.jit(covector.grad(lambda x: jnp.sum(x**2)))
>>> slope(jnp.arange(3.0))
Array([0., 2., 4.], dtype=float32)

The API is JAX's: a program that begins with `import covector as jax` behaves as with JAX.
"""

from typing import TYPE_CHECKING

from covector import _lazy, _startup, errors
from covector._config import (
    check_bounds,
    check_tracer_leaks,
    checking_leaks,
    config,
    debug_infs,
    debug_key_reuse,
    debug_nans,
    default_device,
    default_matmul_precision,
    default_prng_impl,
    disable_jit,
    enable_checks,
    enable_x64,
    explain_cache_misses,
    legacy_prng_key,
    log_compiles,
    no_tracing,
    numpy_dtype_promotion,
    numpy_rank_promotion,
    threefry_partitionable,
)
from covector._core import Array, Device
from covector._transfer_guard import (
    transfer_guard,
    transfer_guard_device_to_device,
    transfer_guard_device_to_host,
    transfer_guard_host_to_device,
)
from covector.version import __version__, __version_info__

if TYPE_CHECKING:
    from covector import (
        ad_checkpoint,
        api_util,
        compat,
        core,
        custom_batching,
        custom_derivatives,
        debug,
        dlpack,
        dtypes,
        example_libraries,
        experimental,
        export,
        extend,
        flatten_util,
        image,
        interpreters,
        lax,
        monitoring,
        nn,
        numpy,
        ops,
        profiler,
        random,
        ref,
        scipy,
        sharding,
        stages,
        tree,
        tree_util,
        typing,
    )
    from covector._callbacks import effects_barrier, pure_callback
    from covector._core import Ref
    from covector._custom_gradient import closure_convert, custom_gradient
    from covector._custom_jvp import custom_jvp
    from covector._custom_vjp import custom_vjp
    from covector._derivatives import grad, jvp, linear_transpose, linearize, value_and_grad, vjp
    from covector._devices import (
        block_until_ready,
        copy_to_host_async,
        default_backend,
        device_count,
        device_get,
        device_put,
        devices,
        live_arrays,
        local_device_count,
        local_devices,
        make_array_from_process_local_data,
        process_count,
        process_index,
        process_indices,
    )
    from covector._dtypes import float0
    from covector._environment import print_environment_info
    from covector._forward_backward import fwd_and_bwd
    from covector._jacobian import hessian, jacfwd, jacobian, jacrev
    from covector._jit import clear_caches, jit
    from covector._mesh import make_mesh, set_mesh
    from covector._named_sharding import NamedSharding, reshard
    from covector._partition_spec import PartitionSpec as P
    from covector._pmap import pmap
    from covector._references import empty_ref, free_ref, freeze, new_ref
    from covector._remat import checkpoint, remat
    from covector._remat_policies import checkpoint_policies
    from covector._scopes import ensure_compile_time_eval, named_call, named_scope
    from covector._shard_map import shard_map
    from covector._sharded import (
        make_array_from_callback,
        make_array_from_single_device_arrays,
    )
    from covector._staging import eval_shape, make_jaxpr, typeof
    from covector._struct import ShapeDtypeStruct
    from covector._vmap import vmap
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
