"""Special functions."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.special._bessel import bessel_jn, i0, i0e, i1, i1e
    from covector.scipy.special._error import dawsn, erf, erfc, erfcx, erfinv, owens_t, wofz
    from covector.scipy.special._expn import exp1, expi, expn
    from covector.scipy.special._gamma import (
        beta,
        betainc,
        betaln,
        comb,
        digamma,
        factorial,
        gamma,
        gammainc,
        gammaincc,
        gammaln,
        gammasgn,
        loggamma,
    )
    from covector.scipy.special._hypergeometric import hyp1f1, hyp2f1
    from covector.scipy.special._information import (
        boxcox,
        boxcox1p,
        entr,
        expit,
        kl_div,
        log_softmax,
        logit,
        logsumexp,
        rel_entr,
        softmax,
        xlog1py,
        xlogy,
    )
    from covector.scipy.special._integrals import fresnel, sici, spence
    from covector.scipy.special._legendre import lpmn, lpmn_values, sph_harm_y
    from covector.scipy.special._normal import log_ndtr, ndtr, ndtri
    from covector.scipy.special._zeta import bernoulli, multigammaln, poch, polygamma, zeta
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
