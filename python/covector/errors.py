"""Errors that Covector raises beside Python's own, each with what it means and what to do.

Names and base classes are JAX's, so that handlers written for JAX work. The text of a raised
error says what went wrong where; the docstring of its class says how such errors come about.
"""

from typing import Any

from covector import _core


class JAXTypeError(TypeError):
    """Base class of the type errors that are about traced values."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class JAXIndexError(IndexError):
    """Base class of the index errors that are about traced values."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


def _about(tracer: Any, sentence: str) -> str:
    """The message for a tracer; the core passes messages that are already complete."""
    return tracer if isinstance(tracer, str) else sentence.format(tracer)


class ConcretizationTypeError(JAXTypeError):
    """A Python value was needed, but there was only a tracer: a type without a value.

    While `jit` (or `vmap`, or a loop of `lax`) traces a function, its arguments have shapes and
    dtypes and no values. Whatever needs a value then cannot run: `int(x)`, `float(x)`, a shape
    or an axis computed from an array, a loop bound.

    What to do:
      * make the argument static, if it is a parameter of the computation rather than data:
        `jit(f, static_argnames="n")`;
      * use `x.astype(int)` in place of `int(x)`, `x.shape` in place of what arrays hold;
      * compute with NumPy what depends on no traced argument, so that it stays concrete.

    >>> import covector
    >>> covector.jit(int)(3.0)
    Traceback (most recent call last):
    ...
    covector.errors.ConcretizationTypeError: ...
    """

    def __init__(self, tracer: Any, context: str = "") -> None:
        sentence = "Abstract tracer value encountered where concrete value is expected: {}"
        message = _about(tracer, sentence)
        super().__init__(f"{message}\n{context}" if context else message)


class TracerBoolConversionError(ConcretizationTypeError):
    """The truth of a traced array was asked for, as `if`, `while`, `and`, `not` and `assert` do.

    What to do:
      * choose between values with `jnp.where(x > 0, a, b)` or `lax.select`;
      * choose between computations with `lax.cond`, repeat them with `lax.while_loop`;
      * combine conditions with `&`, `|`, `~` or `jnp.logical_and`;
      * make the argument static if the program is to depend on it.

    >>> import covector
    >>> covector.jit(lambda x: x if x > 0 else -x)(1.0)
    Traceback (most recent call last):
    ...
    covector.errors.TracerBoolConversionError: ...
    """

    def __init__(self, tracer: Any) -> None:
        JAXTypeError.__init__(
            self, _about(tracer, "Attempted boolean conversion of traced array: {}")
        )


class TracerArrayConversionError(JAXTypeError):
    """NumPy was given a traced array, which has no values that NumPy could compute with.

    What to do:
      * call the function of `covector.numpy` in place of NumPy's;
      * index a NumPy array with a tracer only after `jnp.asarray(array)`;
      * call NumPy code that has to be called through a callback.
    """

    def __init__(self, tracer: Any) -> None:
        super().__init__(
            _about(tracer, "The numpy.ndarray conversion method __array__() was called on {}")
        )


class TracerIntegerConversionError(JAXTypeError):
    """A traced array was used where Python takes an integer: an index of a list, a range.

    What to do:
      * turn the list into an array: `jnp.array(xs)[i]`;
      * make the argument static;
      * loop with `lax.fori_loop` in place of `range`.
    """

    def __init__(self, tracer: Any) -> None:
        super().__init__(_about(tracer, "The __index__() method was called on {}"))


class NonConcreteBooleanIndexError(JAXIndexError):
    """A traced boolean array was an index, so that the shape of the result is not known.

    What to do:
      * `jnp.where(mask, x, 0)` keeps the shape; reductions take `where=mask`;
      * assign with `jnp.where(mask, y, x)`;
      * `jnp.nonzero(mask, size=n)` where a bound of the number of elements is known.
    """

    def __init__(self, tracer: Any) -> None:
        super().__init__(_about(tracer, "Array boolean indices must be concrete; got {}"))


class UnexpectedTracerError(JAXTypeError):
    """A tracer was used after, or outside, the transformation that made it.

    A function stored a traced value in a global variable, an attribute or a list, and it was
    used later. What to do: return the value from the function and pass it on as an argument.
    """


class KeyReuseError(JAXTypeError):
    """A random key was used twice, which the option `debug_key_reuse` asks to find.

    Numbers drawn twice from one key are the same. What to do: make a key for each use by
    `random.split` or `random.fold_in`; where the same numbers are wanted, use `random.clone`.
    """


class InconclusiveDimensionOperation(Exception):
    """Whether two dimensions are equal, or which is larger, depends on values not known yet."""


class JaxprTypeError(TypeError):
    """A jaxpr is ill-typed: an equation's operands do not have the types its rule asks for."""


class JaxRuntimeError(RuntimeError):
    """A device, its compiler or its plugin reported a fault.

    The message begins with the code of the fault, such as `RESOURCE_EXHAUSTED` where memory ran
    out, or `INVALID_ARGUMENT` for an option the compiler does not know.
    """


JAXRuntimeError = JaxRuntimeError


class TypePromotionError(ValueError):
    """Operands of these dtypes have no common dtype, or none that the options allow.

    With `numpy_dtype_promotion="strict"` only scalars of Python adapt; convert the others with
    `astype`.
    """


# The core raises these by name.
for _class in (
    ConcretizationTypeError,
    TracerArrayConversionError,
    TracerBoolConversionError,
    TracerIntegerConversionError,
    NonConcreteBooleanIndexError,
    UnexpectedTracerError,
    KeyReuseError,
    TypePromotionError,
    JaxRuntimeError,
):
    _core._register_error(_class.__name__, _class)
del _class
