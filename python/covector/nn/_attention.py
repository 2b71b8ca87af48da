"""Attention: averages of values, weighted by how well keys match queries."""

import functools
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.nn._normalization import logsumexp, softmax
from covector.numpy import finfo


def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    query_seq_lengths: ArrayLike | None = None,
    key_value_seq_lengths: ArrayLike | None = None,
    local_window_size: int | tuple[int, int] | None = None,
    implementation: str | None = None,
    return_residual: bool = False,
) -> Any:
    """Scaled dot product attention (Vaswani et al., "Attention is all you need", 2017).

    Axes are named by letters: B, the batch; T and S, positions of queries and of keys; N and K,
    heads of queries and of keys and values (N is a multiple of K: groups of query heads share
    one); H, the size of a head. The batch axis may be missing.

    Args:
      query: queries, BTNH.
      key: keys, BSKH.
      value: values, BSKH.
      bias: what is added to the logits, BNTS; axes of size 1 are broadcast.
      mask: which logits count, BNTS, booleans; axes of size 1 are broadcast.
      scale: what logits are multiplied by; None stands for 1 / sqrt(H).
      is_causal: whether queries see only keys at positions up to their own.
      query_seq_lengths: how many queries of each batch count, B.
      key_value_seq_lengths: how many keys of each batch count, B.
      local_window_size: how many keys before and after its own position a query sees.
      implementation: None or "xla".
      return_residual: whether to return the logarithms of the sums of exponentials too.

    Returns:
      An array of the shape of the queries; with it, if asked for, an array BTN.

    Raises:
      ValueError: if shapes or dtypes do not fit, or there is no such implementation.

    >>> x = jnp.ones((5, 2, 4))
    >>> covector.nn.dot_product_attention(x, x, x).shape
    (5, 2, 4)
    """
    shape = np.shape(query)
    q, k, v = (_with_batch(x) for x in (query, key, value))
    b, m = (None if x is None else _with_batch(x) for x in (bias, mask))
    q_len, k_len = (
        None if x is None else jnp.asarray(x) for x in (query_seq_lengths, key_value_seq_lengths)
    )
    _check(q, k, v, b, m, q_len, k_len)
    if implementation not in (None, "xla"):
        raise ValueError(f"Unsupported implementation option: {implementation}")
    window = (local_window_size,) * 2 if isinstance(local_window_size, int) else local_window_size
    factor = 1.0 / np.sqrt(q.shape[-1]) if scale is None else scale
    out, residual = _attention(
        q, k, v, b, m, factor, q_len, k_len, is_causal, window, return_residual
    )
    out = jnp.reshape(out, shape)
    return (out, jnp.reshape(residual, shape[:-1])) if return_residual else out


def _with_batch(x: ArrayLike) -> Array:
    array = jnp.asarray(x)
    return lax.expand_dims(array, tuple(range(max(0, 4 - array.ndim))))


def _check(q: Array, k: Array, v: Array, bias: Any, mask: Any, q_len: Any, k_len: Any) -> None:
    if k.ndim != 4:
        raise ValueError(f"key ndim should be 4, but got {k.ndim}")
    batch, s, heads, size = k.shape
    any4 = (-1,) * 4
    _check_one("value", v, (batch, s, heads, size), k.dtype)
    _check_one("query", q, (batch, -1, -1, size), k.dtype)
    _check_one("mask", mask, any4, np.dtype(bool))
    _check_one("bias", bias, any4, None)
    _check_one("query_seq_lengths", q_len, (batch,), np.dtype(np.int32))
    _check_one("key_value_seq_lengths", k_len, (batch,), np.dtype(np.int32))
    if q.shape[-2] % heads:
        raise ValueError(
            "The number of query heads must be a multiple of key/value heads, but got "
            f"{q.shape[-2]} vs {heads}"
        )


def _check_one(name: str, x: Any, shape: tuple[int, ...], dtype: Any) -> None:
    if x is None:
        return
    if x.ndim != len(shape):
        raise ValueError(f"{name} ndim should be {len(shape)}, but got {x.ndim}")
    if dtype is not None and x.dtype != dtype:
        raise ValueError(f"{name} dtype should be {dtype}, but got {x.dtype}")
    if any(want not in (-1, d) for want, d in zip(shape, x.shape)):
        raise ValueError(f"{name} shape should be {shape}: but got {x.shape}")


@composite("is_causal", "window", "want_residual")
def _attention(
    query: Array,
    key: Array,
    value: Array,
    bias: Any,
    mask: Any,
    scale: Any,
    q_len: Any,
    k_len: Any,
    is_causal: bool,
    window: Any,
    want_residual: bool,
) -> tuple[Array, Any]:
    batch, t, n, h = query.shape
    s, kv_heads = key.shape[1:3]
    # G: the query heads that share one head of keys and values.
    grouped = jnp.reshape(query, (batch, t, kv_heads, n // kv_heads, h))
    wide = _core.numpy.promote_types(query.dtype, np.float32)
    logits = jnp.einsum("BTKGH,BSKH->BKGTS", grouped, key, preferred_element_type=wide)
    logits = logits * jnp.asarray(scale, logits.dtype)
    if bias is not None:
        logits = (logits + _by_group(bias, kv_heads)).astype(logits.dtype)
    seen = [] if mask is None else [_by_group(mask, kv_heads)]
    seen += _visible(t, s, is_causal, window, q_len, k_len)
    logits = _masked(logits, seen).astype(np.float32)
    weights = softmax(logits, axis=-1).astype(key.dtype)
    out = jnp.einsum("BKGTS,BSKH->BTKGH", weights, value)
    if q_len is not None:
        valid = jnp.arange(t)[None, :] < q_len[:, None]
        out = out * valid[:, :, None, None, None].astype(out.dtype)
    if not want_residual:
        return jnp.reshape(out, (batch, t, n, h)), None
    residual = jnp.moveaxis(logsumexp(logits, axis=-1).astype(key.dtype), -1, 1)
    residual = lax.stop_gradient(jnp.reshape(residual, (batch, t, n)))
    return jnp.reshape(out, (batch, t, n, h)), residual


def _masked(logits: Array, masks: list[Array]) -> Array:
    """Very low logits, yet finite, where a mask is false."""
    if not masks:
        return logits
    low = -0.7 * min(float(finfo(logits.dtype).max), float(finfo(np.float32).max))
    visible = functools.reduce(jnp.logical_and, masks)
    return jnp.where(visible, logits, jnp.asarray(low, logits.dtype))


def _by_group(x: Array, heads: int) -> Array:
    """BNTS as BKGTS; one head for all stays one."""
    batch, n, t, s = x.shape
    if n == 1:
        return jnp.reshape(x, (batch, 1, 1, t, s))
    return jnp.reshape(x, (batch, heads, n // heads, t, s))


def _visible(t: int, s: int, is_causal: bool, window: Any, q_len: Any, k_len: Any) -> list[Array]:
    """Masks that broadcast to BKGTS, all of that rank."""
    at_query = jnp.arange(t)[None, None, None, :, None]
    at_key = jnp.arange(s)[None, None, None, None, :]
    masks = []
    if is_causal:
        masks.append(at_key <= at_query)
    if window is not None:
        masks += [at_query <= at_key + window[0], at_query >= at_key - window[1]]
    if q_len is not None:
        masks.append(at_query < q_len[:, None, None, None, None])
    if k_len is not None:
        masks.append(at_key < k_len[:, None, None, None, None])
    return masks
