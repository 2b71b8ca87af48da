"""What programs written for older versions of JAX import from here: nothing, so far."""
