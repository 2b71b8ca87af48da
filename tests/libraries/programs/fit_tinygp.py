"""tinygp: the likelihood of a Gaussian process, its gradient, and a prediction."""

import jax
import jax.numpy as jnp
import tinygp


def main() -> dict[str, object]:
    x = jnp.linspace(0.0, 5.0, 12)
    y = jnp.sin(x)

    def process(p):
        kernel = jnp.exp(p["amplitude"]) * tinygp.kernels.Matern52(jnp.exp(p["scale"]))
        return tinygp.GaussianProcess(kernel, x, diag=0.05)

    @jax.jit
    def loss(p):
        return -process(p).log_probability(y)

    p = {"amplitude": jnp.array(0.1), "scale": jnp.array(0.2)}
    value, slope = jax.value_and_grad(loss)(p)
    conditioned = process(p).condition(y, jnp.array([1.5, 2.5]))
    return {
        "value": value,
        "slope": [slope["amplitude"], slope["scale"]],
        "mean": conditioned.gp.loc,
        "variance": conditioned.gp.variance,
    }
