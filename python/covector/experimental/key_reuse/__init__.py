"""Checks that each random key is used once.

With the option `debug_key_reuse` a key that is used a second time raises `KeyReuseError`: when a
function is traced, if it uses one twice, and when it runs, if an argument has been used before.
`random.split` and the samplers use a key up; `random.fold_in` does not; `random.clone` makes a key
that may be used again on purpose. Raw keys (`random.PRNGKey`) are not tracked.

>>> import covector
>>> with covector.debug_key_reuse(True):
...     key = covector.random.key(0)
...     a = covector.random.normal(key)
...     b = covector.random.normal(key)
Traceback (most recent call last):
...
covector.errors.KeyReuseError: Previously-consumed key passed to jit-compiled function at index 0
"""
