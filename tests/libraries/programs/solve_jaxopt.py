"""JAXopt: gradient descent, L-BFGS, projections, implicit differentiation of a ridge regression."""

import jax
import jax.numpy as jnp
import jaxopt


def main() -> dict[str, object]:
    x = jax.random.normal(jax.random.PRNGKey(0), (20, 3))
    y = x @ jnp.array([1.0, -2.0, 0.5])

    def loss(w, strength):
        return jnp.mean((x @ w - y) ** 2) + strength * jnp.sum(w**2)

    gd = jaxopt.GradientDescent(loss, maxiter=100, tol=1e-4)
    lbfgs = jaxopt.LBFGS(loss, maxiter=30)
    pg = jaxopt.ProjectedGradient(loss, jaxopt.projection.projection_non_negative, maxiter=50)
    start = jnp.zeros(3)
    return {
        "gd": gd.run(start, 0.1).params,
        "lbfgs": lbfgs.run(start, 0.1).params,
        "projected": pg.run(start, strength=0.1, hyperparams_proj=None).params,
        "implicit": jax.jacrev(lambda s: gd.run(start, s).params)(0.1),
        "simplex": jaxopt.projection.projection_simplex(jnp.array([0.1, 2.0, -1.0])),
    }
