"""Running programs written for JAX: `import jax` gives Covector.

>>> from covector.compat import install_as_jax
>>> install_as_jax()  # doctest: +SKIP
>>> import jax, jax.numpy as jnp  # doctest: +SKIP

`python -m covector run program.py` does this for a whole program.
"""

from covector.compat._alias import install_as_jax
from covector.compat._private import JAX_PRIVATE
