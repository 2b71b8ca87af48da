"""References: functions that make, read and write them, and are pure outside."""

from typing import Any

from primitives.sample import integers, reals, sample


def whole(lax: Any, x: Any) -> Any:
    ref = lax.library.new_ref(x)
    ref[...] = lax.sin(ref[...]) * ref[...]
    return lax.library.freeze(ref)


def frozen(lax: Any, x: Any) -> Any:
    return lax.library.freeze(lax.library.new_ref(lax.mul(x, x)))


def parts(lax: Any, x: Any, y: Any) -> Any:
    ref = lax.library.new_ref(x)
    old = lax.library.ref.swap(ref, 0, y)
    ref[1] = lax.sin(ref[0]) * old
    result = ref[...]
    lax.library.free_ref(ref)
    return result, old


def added(lax: Any, x: Any, y: Any) -> Any:
    ref = lax.library.new_ref(x)
    lax.library.ref.addupdate(ref, 1, lax.sin(y))
    lax.library.ref.addupdate(ref, 1, y)
    return ref[1] * ref[0]


def carried(lax: Any, x: Any) -> Any:
    ref = lax.library.new_ref(x)

    def body(c: Any, i: Any) -> Any:
        ref[i] = lax.sin(ref[i]) * ref[0]
        return c, ref[i]

    return lax.library.lax.scan(body, 0, lax.library.numpy.arange(2))[1], ref[...]


# The batched program of JAX makes another reference where we have one.
sample("new_ref", whole, reals(3))
sample("get", whole, reals(), note="scalar")
sample("freeze", frozen, integers(2))
sample("swap", parts, reals(2, 3), reals(3))
sample("free_ref", parts, reals(3), reals())
sample("addupdate", added, reals(2, 3), reals(3))
sample("scan", carried, reals(2, 3), note="reference")
