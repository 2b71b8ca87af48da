"""Distrax: distributions, bijectors, a hidden Markov model."""

import distrax
import jax
import jax.numpy as jnp


def main() -> dict[str, object]:
    key = jax.random.PRNGKey(0)
    normal = distrax.MultivariateNormalDiag(jnp.zeros(3), jnp.ones(3))
    log_normal = distrax.Transformed(normal, distrax.Block(distrax.Lambda(jnp.exp), 1))
    categorical = distrax.Categorical(logits=jnp.array([0.1, 0.5, -1.0]))
    mixture = distrax.MixtureSameFamily(
        distrax.Categorical(probs=jnp.array([0.3, 0.7])),
        distrax.Normal(jnp.array([-1.0, 1.0]), jnp.array([0.5, 0.5])),
    )
    return {
        "sample": normal.sample(seed=key, sample_shape=(2,)),
        "entropy": normal.entropy(),
        "kl": normal.kl_divergence(distrax.MultivariateNormalDiag(jnp.ones(3), 2 * jnp.ones(3))),
        "transformed": jax.jit(log_normal.log_prob)(jnp.array([0.5, 1.0, 2.0])),
        "categorical": categorical.sample(seed=key, sample_shape=(5,)),
        "mixture": jax.grad(lambda x: jnp.sum(mixture.log_prob(x)))(jnp.array([0.1, 2.0])),
        "gamma": distrax.Gamma(2.0, 3.0).log_prob(jnp.array([0.3, 1.0])),
        "beta": distrax.Beta(2.0, 3.0).sample(seed=key, sample_shape=(3,)),
    }
