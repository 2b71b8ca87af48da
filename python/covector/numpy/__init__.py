"""NumPy's functions on Covector's arrays."""

from typing import TYPE_CHECKING

from numpy import (
    array_repr,
    array_str,
    character,
    complexfloating,
    dtype,
    e,
    euler_gamma,
    flexible,
    floating,
    generic,
    get_printoptions,
    inexact,
    inf,
    integer,
    nan,
    newaxis,
    number,
    object_,
    pi,
    printoptions,
    set_printoptions,
    signedinteger,
    unsignedinteger,
)
from numpy.exceptions import ComplexWarning

from covector import _lazy
from covector._core import Array as ndarray
from covector._core.numpy import (
    abs,
    absolute,
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitwise_count,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_not,
    bitwise_right_shift,
    cbrt,
    ceil,
    conj,
    conjugate,
    cos,
    cosh,
    deg2rad,
    degrees,
    divide,
    equal,
    exp,
    exp2,
    expm1,
    fabs,
    floor,
    floor_divide,
    fmod,
    greater,
    greater_equal,
    imag,
    invert,
    isfinite,
    isinf,
    isnan,
    left_shift,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logical_not,
    mod,
    nextafter,
    not_equal,
    positive,
    pow,
    power,
    rad2deg,
    radians,
    real,
    reciprocal,
    remainder,
    right_shift,
    rint,
    sign,
    signbit,
    sin,
    sinh,
    sqrt,
    square,
    tan,
    tanh,
    true_divide,
    trunc,
)

__array_api_version__ = "2024.12"

if TYPE_CHECKING:
    from covector._dtypes import finfo, iinfo, isdtype, issubdtype, promote_types, result_type
    from covector.numpy import fft, linalg
    from covector.numpy._array import array, asarray, astype, copy
    from covector.numpy._array_api import __array_namespace_info__, from_dlpack
    from covector.numpy._averages import average, mean, std, var
    from covector.numpy._axes import (
        flip,
        fliplr,
        flipud,
        matrix_transpose,
        moveaxis,
        permute_dims,
        roll,
        rollaxis,
        rot90,
        swapaxes,
        transpose,
    )
    from covector.numpy._bits import packbits, unpackbits
    from covector.numpy._creation import (
        empty,
        empty_like,
        eye,
        full,
        full_like,
        identity,
        ones,
        ones_like,
        tri,
        zeros,
        zeros_like,
    )
    from covector.numpy._cumulative import (
        cumprod,
        cumsum,
        cumulative_prod,
        cumulative_sum,
        diff,
        ediff1d,
        nancumprod,
        nancumsum,
    )
    from covector.numpy._editing import delete, insert, place, put, resize, trim_zeros
    from covector.numpy._einsum import einsum, einsum_path
    from covector.numpy._elementwise import (
        angle,
        around,
        clip,
        copysign,
        float_power,
        fmax,
        fmin,
        heaviside,
        hypot,
        isneginf,
        isposinf,
        nan_to_num,
        round,
        sinc,
    )
    from covector.numpy._extremes import argmax, argmin, nanargmax, nanargmin
    from covector.numpy._files import frombuffer, fromfile, fromiter, fromstring, load, save, savez
    from covector.numpy._functional import (
        apply_along_axis,
        apply_over_axes,
        fromfunction,
        piecewise,
    )
    from covector.numpy._gathering import put_along_axis, take, take_along_axis
    from covector.numpy._grids import c_, index_exp, mgrid, ogrid, r_, s_
    from covector.numpy._histograms import histogram2d, histogramdd
    from covector.numpy._index_arrays import (
        diag_indices,
        diag_indices_from,
        ix_,
        mask_indices,
        ravel_multi_index,
        tril_indices,
        tril_indices_from,
        triu_indices,
        triu_indices_from,
        unravel_index,
    )
    from covector.numpy._indexing import choose, compress, extract, select, where
    from covector.numpy._interpolation import gradient, interp, trapezoid, unwrap
    from covector.numpy._joining import (
        append,
        block,
        column_stack,
        concat,
        concatenate,
        dstack,
        hstack,
        stack,
        vstack,
    )
    from covector.numpy._linear import dot, inner, matmul, matvec, tensordot, vdot, vecdot, vecmat
    from covector.numpy._logic import (
        allclose,
        array_equal,
        array_equiv,
        can_cast,
        isclose,
        iscomplex,
        iscomplexobj,
        isreal,
        isrealobj,
        isscalar,
        iterable,
    )
    from covector.numpy._nan_reductions import (
        nanmax,
        nanmean,
        nanmin,
        nanprod,
        nanstd,
        nansum,
        nanvar,
    )
    from covector.numpy._nonzero import argwhere, flatnonzero, nonzero
    from covector.numpy._numerals import (
        divmod,
        frexp,
        gcd,
        i0,
        lcm,
        ldexp,
        modf,
        spacing,
    )
    from covector.numpy._padding import pad
    from covector.numpy._polynomial_roots import poly, polyfit, roots
    from covector.numpy._polynomials import (
        polyadd,
        polyder,
        polydiv,
        polyint,
        polymul,
        polysub,
        polyval,
        vander,
    )
    from covector.numpy._products import convolve, correlate, cross, kron, outer
    from covector.numpy._quantiles import (
        median,
        nanmedian,
        nanpercentile,
        nanquantile,
        percentile,
        quantile,
    )
    from covector.numpy._ranges import arange, geomspace, indices, linspace, logspace, meshgrid
    from covector.numpy._reductions import (
        all,
        amax,
        amin,
        any,
        count_nonzero,
        max,
        min,
        prod,
        ptp,
        sum,
    )
    from covector.numpy._repeating import repeat, tile
    from covector.numpy._scalar_types import (
        bfloat16,
        bool_,
        cdouble,
        complex64,
        complex128,
        complex_,
        csingle,
        double,
        float4_e2m1fn,
        float6_e2m3fn,
        float6_e3m2fn,
        float8_e3m4,
        float8_e4m3,
        float8_e4m3b11fnuz,
        float8_e4m3fn,
        float8_e4m3fnuz,
        float8_e5m2,
        float8_e5m2fnuz,
        float8_e8m0fnu,
        float16,
        float32,
        float64,
        float_,
        int1,
        int2,
        int4,
        int8,
        int16,
        int32,
        int64,
        int_,
        single,
        uint,
        uint1,
        uint2,
        uint4,
        uint8,
        uint16,
        uint32,
        uint64,
    )
    from covector.numpy._scalar_types import bool_ as bool
    from covector.numpy._searching import digitize, searchsorted
    from covector.numpy._sets import intersect1d, isin, setdiff1d, setxor1d, union1d
    from covector.numpy._shapes import (
        atleast_1d,
        atleast_2d,
        atleast_3d,
        broadcast_arrays,
        broadcast_shapes,
        broadcast_to,
        expand_dims,
        ndim,
        ravel,
        reshape,
        shape,
        size,
        squeeze,
    )
    from covector.numpy._sorting import (
        argpartition,
        argsort,
        lexsort,
        partition,
        sort,
        sort_complex,
    )
    from covector.numpy._splitting import array_split, dsplit, hsplit, split, unstack, vsplit
    from covector.numpy._statistics import bincount, corrcoef, cov, histogram, histogram_bin_edges
    from covector.numpy._triangles import diag, diagflat, diagonal, fill_diagonal, trace, tril, triu
    from covector.numpy._ufuncs import (
        add,
        bitwise_and,
        bitwise_or,
        bitwise_xor,
        frompyfunc,
        logaddexp,
        logaddexp2,
        logical_and,
        logical_or,
        logical_xor,
        maximum,
        minimum,
        multiply,
        negative,
        subtract,
        ufunc,
    )
    from covector.numpy._unique import (
        unique,
        unique_all,
        unique_counts,
        unique_inverse,
        unique_values,
    )
    from covector.numpy._vectorize import vectorize
    from covector.numpy._windows import bartlett, blackman, hamming, hanning, kaiser
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
