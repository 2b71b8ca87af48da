"""Diffrax: differential equations by adaptive steps, and gradients of their solutions."""

import diffrax
import jax
import jax.numpy as jnp


def solve(rate, adjoint):
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, y, rate: -rate * y),
        diffrax.Tsit5(),
        t0=0.0,
        t1=1.0,
        dt0=0.1,
        y0=jnp.array([1.0, 2.0]),
        args=rate,
        stepsize_controller=diffrax.PIDController(rtol=1e-5, atol=1e-5),
        adjoint=adjoint,
    )
    return jnp.sum(solution.ys**2)


def main() -> dict[str, object]:
    checkpointed = diffrax.RecursiveCheckpointAdjoint()
    return {
        "value": solve(0.7, checkpointed),
        "gradient": jax.grad(solve)(0.7, checkpointed),
        "compiled": jax.jit(jax.grad(lambda rate: solve(rate, checkpointed)))(0.7),
        "mapped": jax.vmap(lambda r: jax.grad(solve)(r, checkpointed))(jnp.array([0.5, 0.7])),
        "direct": jax.grad(solve)(0.7, diffrax.DirectAdjoint()),
    }
