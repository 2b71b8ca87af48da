"""Primitive operations, and short compositions of them.

Operations here do not convert operands to a common dtype or shape; those of
`covector.numpy` do. Every primitive of the core is a function of this module.
"""

from typing import TYPE_CHECKING

from covector import _lazy
from covector._core.lax import *  # noqa: F403
from covector._core.primitives import *  # noqa: F403
from covector._core.primitives import custom_linear_solve_p as linear_solve_p

if TYPE_CHECKING:
    from covector._named_sharding import with_sharding_constraint
    from covector.lax import linalg
    from covector.lax._arrays import (
        broadcast_shapes,
        empty,
        full,
        full_like,
        iota,
        zeros_like_array,
    )
    from covector.lax._branches import cond, platform_dependent, switch
    from covector.lax._collectives import (
        axis_index,
        axis_size,
        pargmax,
        pargmin,
        pmax,
        pmean,
        pmin,
        psum,
    )
    from covector.lax._compiling import composite, dce_sink, optimization_barrier, stage
    from covector.lax._contraction import batch_matmul, dot, ragged_dot
    from covector.lax._convolution import (
        conv,
        conv_general_dilated_local,
        conv_general_dilated_patches,
        conv_transpose,
        conv_with_general_padding,
    )
    from covector.lax._convolution_shapes import (
        ConvGeneralDilatedDimensionNumbers,
        conv_dimension_numbers,
        conv_general_permutations,
        conv_general_shape_tuple,
        conv_shape_tuple,
        conv_transpose_shape_tuple,
    )
    from covector.lax._enums import (
        AccuracyMode,
        DotAlgorithm,
        FftType,
        RaggedDotDimensionNumbers,
        RandomAlgorithm,
        Tolerance,
    )
    from covector.lax._exchange import (
        all_gather,
        all_to_all,
        pbroadcast,
        ppermute,
        pshuffle,
        psum_scatter,
        pswapaxes,
    )
    from covector.lax._indexing import index_take, scatter_apply
    from covector.lax._loops import fori_loop, while_loop
    from covector.lax._mapping import associative_scan, map
    from covector.lax._ordering import approx_max_k, approx_min_k, select, sort, sort_key_val
    from covector.lax._ragged import pcast, precv, psend, ragged_all_to_all
    from covector.lax._random_bits import rng_bit_generator, rng_uniform
    from covector.lax._records import (
        ConvDimensionNumbers,
        DotAlgorithmPreset,
        DotDimensionNumbers,
        GatherDimensionNumbers,
        GatherScatterMode,
        Precision,
        PrecisionLike,
        RoundingMethod,
        ScatterDimensionNumbers,
    )
    from covector.lax._reduction import reduce
    from covector.lax._scan import scan
    from covector.lax._shapes import (
        broadcast,
        broadcast_like,
        broadcast_to_rank,
        collapse,
        dtype,
        padtype_to_pads,
        reciprocal,
        shape_as_value,
        unstack,
    )
    from covector.lax._slicing import (
        dynamic_index_in_dim,
        dynamic_slice_in_dim,
        dynamic_update_index_in_dim,
        dynamic_update_slice_in_dim,
        index_in_dim,
        slice_in_dim,
    )
    from covector.lax._solves import custom_linear_solve, custom_root
    from covector.lax._stopping import stop_gradient
    from covector.lax._tokens import after_all, create_token
    from covector.lax._windows import reduce_window, reduce_window_shape_tuple
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
