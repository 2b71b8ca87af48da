"""Primitives that hold jaxprs beside rules of differentiation."""

from typing import Any

from primitives.sample import reals, sample


def rematerialized(lax: Any, **options: Any) -> Any:
    return lax.library.checkpoint(
        lambda x, y: (lax.sin(lax.mul(lax.sin(x), y)), lax.exp(y)), **options
    )


def policy(lax: Any, *names: str) -> Any:
    return lax.library.checkpoint_policies.save_only_these_names(*names)


def named(lax: Any, x: Any) -> Any:
    ad_checkpoint = __import__(f"{lax.library.__name__}.ad_checkpoint").ad_checkpoint
    return ad_checkpoint.checkpoint_name(x, "kept")


def with_policy(lax: Any, x: Any) -> Any:
    f = lax.library.checkpoint(
        lambda x: lax.sin(named(lax, lax.mul(lax.sin(x), x))), policy=policy(lax, "kept")
    )
    return f(x)


def with_vjp(lax: Any) -> Any:
    f = lax.library.custom_vjp(lambda x, y: (lax.sin(x) * y, lax.exp(y)))
    f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda r, g: (g[0] * lax.cos(r[0]) * r[1], None))
    return f


sample("remat2", lambda lax, x, y: rematerialized(lax)(x, y), reals(2, 3), reals(2, 3))
sample("remat2", lambda lax, x, y: rematerialized(lax, prevent_cse=False)(x, y), reals(), reals())
sample("remat2", with_policy, reals(3), note="policy")
sample("remat2", lambda lax, x: lax.library.checkpoint(with_policy.__get__(lax))(x), reals(3))
sample("name", named, reals(2, 3))
sample("name", lambda lax, x: named(lax, x), reals(), note="scalar")
# Forward mode does not exist, so the laws of derivatives do not apply; test_custom_vjp.py has them.
sample("custom_vjp_call", lambda lax, x, y: with_vjp(lax)(x, y), reals(2, 3), reals(2, 3), order=0)


def with_vmap(lax: Any) -> Any:
    module = __import__(f"{lax.library.__name__}.custom_batching").custom_batching
    f = module.custom_vmap(lambda x, y: (lax.sin(x) * y, lax.exp(y)))

    def rule(size: int, which: Any, x: Any, y: Any) -> Any:
        x, y = (
            a if w else lax.broadcast_in_dim(a, (size, *a.shape), tuple(range(1, a.ndim + 1)))
            for a, w in zip((x, y), which)
        )
        return (lax.sin(x) * y, lax.exp(y)), (True, True)

    f.def_vmap(rule)
    return f


def with_transpose(lax: Any, x: Any) -> Any:
    module = __import__(f"{lax.library.__name__}.custom_derivatives").custom_derivatives
    return module.linear_call(lambda r, x: x * 3.0, lambda r, ct: ct * 3.0, (), x)


# Reverse mode does not exist, so the laws of derivatives do not apply (see test_custom_rules.py).
sample(
    "custom_vmap_call",
    lambda lax, x, y: with_vmap(lax)(x, y),
    reals(2, 3),
    reals(2, 3),
    order=0,
)
# Batched JAX lacks rules, ours stand for themselves.
sample("linear_call", with_transpose, reals(2, 3), oracle=False)


def with_jvp(lax: Any) -> Any:
    f = lax.library.custom_jvp(lambda x: lax.sin(x))
    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0] * lax.cos(primals[0])))
    return f


sample("custom_jvp_call", lambda lax, x: with_jvp(lax)(x), reals(2, 3))
sample(
    "jit",
    lambda lax, x, y: lax.library.jit(lambda x, y: (x * y, lax.sin(x)))(x, y),
    reals(3),
    reals(3),
)
sample("jit", lambda lax, x: lax.library.jit(lambda x: lax.exp(x))(x), reals(), note="scalar")


def optimized_vjp(lax: Any, x: Any) -> Any:
    f = lax.library.custom_vjp(lambda x: lax.sin(x) * x)
    f.defvjp(
        lambda x: (lax.sin(x) * x, lax.cos(x) * x + lax.sin(x)),
        lambda r, g: (g * r,),
        optimize_remat=True,
    )
    value, pull = lax.library.vjp(f, x)
    return value, pull(lax.cos(x))[0]


# JAX has no transpose of it.
sample("remat_opt", optimized_vjp, reals(2, 3), oracle=False)
