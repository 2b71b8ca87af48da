"""A linear regression by NumPyro: its density and gradient, a few steps of NUTS, and a fit."""

from typing import Any

import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS, SVI, Trace_ELBO, autoguide
from numpyro.infer.util import initialize_model


def model(x: Any, y: Any = None) -> None:
    w = numpyro.sample("w", dist.Normal(0, 1).expand([2]).to_event(1))
    s = numpyro.sample("s", dist.HalfNormal(1.0))
    numpyro.sample("y", dist.Normal(x @ w, s), obs=y)


def main() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 2)).astype("float32")
    y = (x @ np.array([1.0, -0.5]) + 0.3 * rng.normal(size=30)).astype("float32")
    start = initialize_model(jax.random.PRNGKey(0), model, model_args=(x, y))
    values = start.param_info.z
    # A chain is chaotic: its steps are of fixed size here, and few.
    kernel = NUTS(model, step_size=0.05, adapt_step_size=False, adapt_mass_matrix=False)
    mcmc = MCMC(kernel, num_warmup=0, num_samples=5, progress_bar=False)
    mcmc.run(jax.random.PRNGKey(1), x, y)
    guide = autoguide.AutoNormal(model)
    svi = SVI(model, guide, numpyro.optim.Adam(0.05), Trace_ELBO())
    fit = svi.run(jax.random.PRNGKey(2), 20, x, y, progress_bar=False)
    density = start.potential_fn(values)
    return {
        "start": values,
        "density": density / 1e3,
        "gradient": jax.tree.map(lambda g: g / 1e3, jax.grad(start.potential_fn)(values)),
        "samples": mcmc.get_samples(),
        "losses": fit.losses / 1e2,
    }
