"""Random numbers from explicit keys: the same key gives the same numbers, everywhere.

>>> import covector
>>> key, subkey = covector.random.split(covector.random.PRNGKey(42))
>>> covector.random.uniform(subkey, (2,)).shape
(2,)

Keys are typed (`key`) or raw arrays of two words (`PRNGKey`). The generator is Threefry 2x32 with
20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011); bits and samples
are JAX's, in both modes of the option `threefry_partitionable`.
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector._core.primitives import random_gamma_p
    from covector.random._choice import (
        categorical,
        choice,
        permutation,
    )
    from covector.random._continuous import (
        cauchy,
        exponential,
        laplace,
        logistic,
        maxwell,
        normal,
        truncated_normal,
        uniform,
    )
    from covector.random._counts import binomial, multinomial, poisson
    from covector.random._discrete import (
        bernoulli,
        geometric,
        rademacher,
        randint,
    )
    from covector.random._gamma import (
        ball,
        beta,
        chisquare,
        dirichlet,
        f,
        gamma,
        generalized_normal,
        loggamma,
        t,
    )
    from covector.random._gumbel import (
        gumbel,
    )
    from covector.random._keys import (
        PRNGKey,
        bits,
        clone,
        fold_in,
        key,
        key_data,
        key_dtype,
        key_impl,
        split,
        wrap_key_data,
    )
    from covector.random._multivariate import (
        multivariate_normal,
        orthogonal,
    )
    from covector.random._scaled import (
        double_sided_maxwell,
        lognormal,
        pareto,
        rayleigh,
        triangular,
        wald,
        weibull_min,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
