"""Distributions, each a module, and statistics of samples."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.stats import (
        bernoulli,
        beta,
        betabinom,
        binom,
        cauchy,
        chi2,
        dirichlet,
        expon,
        gamma,
        gennorm,
        geom,
        gumbel_l,
        gumbel_r,
        laplace,
        logistic,
        multinomial,
        multivariate_normal,
        nbinom,
        norm,
        pareto,
        poisson,
        t,
        truncnorm,
        uniform,
        vonmises,
        wrapcauchy,
    )
    from covector.scipy.stats._kde import gaussian_kde
    from covector.scipy.stats._samples import ModeResult, mode, rankdata, sem
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
