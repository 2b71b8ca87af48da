"""The options of Covector, and `covector.config`, through which they are read and set."""

from collections.abc import Iterator
from typing import Any, NoReturn

from covector import _core
from covector._options import OPTIONS, Block, Option, choice, flag, truth

enable_x64 = flag(
    "enable_x64",
    "Whether arrays can have 64-bit elements; without it they are narrowed to 32 bits.",
    core="enable_x64",
)
threefry_partitionable = flag(
    "threefry_partitionable",
    "Whether random bits are made so that each device can make its part of them. It changes the "
    "numbers that `split` and the samplers give.",
    core="threefry_partitionable",
)
debug_nans = flag(
    "debug_nans",
    "Whether a computation that gives a NaN raises FloatingPointError.",
    core="debug_nans",
)
debug_infs = flag(
    "debug_infs",
    "Whether a computation that gives an infinity raises FloatingPointError.",
    core="debug_infs",
)
check_bounds = flag(
    "check_bounds",
    "Whether a concrete index out of bounds raises IndexError; without it reads are clamped and "
    "writes dropped.",
    core="check_bounds",
)
OPTIONS["check_static_indices"] = check_bounds  # JAX's name
enable_checks = flag(
    "enable_checks",
    "Whether every jaxpr is checked for consistency after it has been made. Slow; for tests.",
    core="check_ir",
)
explain_cache_misses = flag(
    "explain_cache_misses",
    "Whether the reason is logged whenever a jitted function is traced anew.",
    core="explain_cache_misses",
)
debug_key_reuse = flag(
    "debug_key_reuse",
    "Whether a random key that is used twice raises KeyReuseError.",
    core="debug_key_reuse",
)
_disable_jit = flag(
    "disable_jit",
    "Whether `jit` does nothing, so that functions run operation by operation.",
    core="disable_jit",
)


def _publish_to(setter: str) -> Any:
    def publish(option: Option[bool], value: Any, only_thread: bool) -> None:
        getattr(_core, setter)(value, only_thread)

    return publish


check_tracer_leaks = Option(
    "check_tracer_leaks",
    False,
    "Whether values of a traced function that outlive its tracing raise an error at once. Slow; "
    "to find where a tracer escapes.",
    bool,
    read=truth,
    in_block=True,
    publish=_publish_to("set_leak_checking"),
)
no_tracing = Option(
    "no_tracing",
    False,
    "Whether tracing a function for `jit` raises an error; for programs that are to run without.",
    bool,
    read=truth,
    in_block=True,
    publish=_publish_to("set_no_tracing"),
)
numpy_dtype_promotion = choice(
    "numpy_dtype_promotion",
    "standard",
    {"standard": 0, "strict": 1},
    "How operands of different dtypes get a common one: by the promotion lattice ('standard'), "
    "or not at all but for Python scalars ('strict').",
    core="dtype_promotion",
)
numpy_rank_promotion = choice(
    "numpy_rank_promotion",
    "allow",
    {"allow": 0, "warn": 1, "raise": 2},
    "What happens when operands of different rank are broadcast.",
    core="rank_promotion",
)
default_matmul_precision = choice(
    "default_matmul_precision",
    None,
    {
        None: -1,
        "default": 0,
        "high": 1,
        "highest": 2,
        "bfloat16": 0,
        "tensorfloat32": 1,
        "float32": 2,
    },
    "The precision of matrix products of float32 that name none, where hardware offers several.",
    core="matmul_precision",
)
default_prng_impl = choice(
    "default_prng_impl",
    "threefry2x32",
    {
        "threefry2x32": 0,
        "rbg": 1,
        "unsafe_rbg": 2,
        "threefry4x32": 3,
        "philox2x32": 4,
        "philox4x32": 5,
    },
    "The random number generator of keys that name none.",
)
legacy_prng_key = choice(
    "legacy_prng_key",
    "allow",
    {"allow": 0, "warn": 1, "error": 2},
    "What happens when `random` is given a key that is a raw array of words.",
)
use_high_dynamic_range_gumbel = flag(
    "use_high_dynamic_range_gumbel",
    "Whether Gumbel samples (also those behind `categorical`) have twice the random bits by "
    "default, so that improbable values occur.",
)
traceback_filtering = choice(
    "traceback_filtering",
    "off",
    dict.fromkeys(("off", "tracebackhide", "remove_frames", "quiet_remove_frames", "auto"), 0),
    "Accepted for programs written for JAX; tracebacks hold few frames of Covector's as it is.",
)


def _publish_log_compiles(option: Option[bool], value: Any, only_thread: bool) -> None:
    if value:
        from covector._logging import listen

        listen()
    if not only_thread:
        _core.set_option("log_compiles", int(value))


log_compiles = Option(
    "log_compiles",
    False,
    "Whether the name of each program compiled and the time it took are logged as warnings.",
    bool,
    in_block=True,
    publish=_publish_log_compiles,
)


def _check_device(value: Any) -> Any:
    if value is None or isinstance(value, (str, _core.Device)):
        return value
    raise ValueError(
        "default_device must be a device (e.g. `covector.devices('cpu')[0]`), the name of a "
        f"platform like 'cpu' or 'gpu', or None, got: {value!r}"
    )


def _publish_default_device(option: Option[Any], value: Any, only_thread: bool) -> None:
    device = _core.devices(value)[0] if isinstance(value, str) else value
    if only_thread:
        _core.set_thread_default_device(device)
    else:
        _core.set_default_device(device)


default_device = Option(
    "default_device",
    None,
    "Where new arrays are made: a device, the name of a platform, or None for the first device.",
    _check_device,
    publish=_publish_default_device,
)


def _publish_num_cpu_devices(option: Option[int], value: Any, only_thread: bool) -> None:
    if value == -1:
        return
    try:
        _core.set_cpu_device_count(value)
    except RuntimeError as error:
        raise RuntimeError(
            "jax_num_cpu_devices config should be updated before backends are initialized i.e. "
            f"before any operation is executed: {error}"
        ) from None


num_cpu_devices = Option(
    "num_cpu_devices",
    -1,
    "How many devices the CPU is to show as; -1 is one. Set it before the first use of a device.",
    int,
    publish=_publish_num_cpu_devices,
)


def _publish_platforms(option: Option[Any], value: Any, only_thread: bool) -> None:
    _core.set_platform_order(value or "")


platforms = Option(
    "platforms",
    None,
    "The platforms to use, most preferred first, as in 'cuda,cpu'; None is all that are there.",
    lambda value: None if value is None else str(value),
    publish=_publish_platforms,
)


def checking_leaks() -> Block:
    """A context in which values that outlive the tracing of a function raise an error at once.

    >>> import covector
    >>> kept = []
    >>> with covector.checking_leaks():
    ...     covector.jit(lambda x: kept.append(x))(1.0)
    Traceback (most recent call last):
    ...
    covector.errors.UnexpectedTracerError: Leaked trace JitTrace...
    """
    return check_tracer_leaks(True)


def disable_jit(disable: bool = True) -> Block:
    """A context in which `jit` does nothing and functions run operation by operation.

    It makes the values of intermediate results visible to `print` and debuggers.

    Args:
      disable: False to undo it inside.

    Returns:
      A context manager, which is a decorator as well.

    >>> import covector
    >>> @covector.jit
    ... def double(x):
    ...     print("x is", x)
    ...     return 2 * x
    >>> with covector.disable_jit():
    ...     y = double(1)
    x is 1
    """
    return _disable_jit(disable)


def _unknown(name: str) -> NoReturn:
    raise AttributeError(
        f"Unrecognized config option: {name}. There are: {', '.join(sorted(OPTIONS))}"
    )


def find(name: str) -> Option[Any]:
    """The option of this name, with or without a prefix.

    Raises:
      AttributeError: if there is none.
    """
    bare = name.removeprefix("covector_").removeprefix("jax_")
    return OPTIONS[bare] if bare in OPTIONS else _unknown(name)


class Config:
    """Reads and sets options; each answers to `covector_<name>`, `jax_<name>` and `<name>`.

    An option can also be set by the environment variable `COVECTOR_<NAME>` (or `JAX_<NAME>`)
    before the import, and for a block of code by a context manager of its name, such as
    `covector.enable_x64()`.

    >>> import covector
    >>> covector.config.update("covector_log_compiles", False)
    >>> covector.config.jax_log_compiles
    False
    """

    __slots__ = ()

    def update(self, name: str, val: Any) -> None:
        """Sets an option for all threads; blocks that are under way keep their value.

        Args:
          name: the option, with or without a prefix.
          val: its new value.

        Raises:
          AttributeError: if there is no such option.
          ValueError: if the option cannot have this value.
        """
        find(name).set(val)

    def read(self, name: str) -> Any:
        """The value that an option has in this thread.

        Raises:
          AttributeError: if there is no such option.
        """
        return find(name).value

    _read = read

    @property
    def x64_enabled(self) -> bool:
        """Whether arrays can have 64-bit elements in this thread."""
        return enable_x64.value

    @property
    def values(self) -> dict[str, Any]:
        """All options by their names with `covector_` in front."""
        return {f"covector_{name}": option.value for name, option in OPTIONS.items()}

    def parse_flags_with_absl(self) -> None:
        """Sets options from arguments of the command line such as `--covector_enable_x64`.

        Arguments are read with Abseil's flags, so that `absl.app.run` knows them, too.

        Raises:
          ImportError: if `absl-py` is not installed.
        """
        from covector._absl_flags import parse

        parse()

    def config_with_absl(self) -> None:
        """Declares options as flags of Abseil, to be set when `absl.app.run` reads them.

        Raises:
          ImportError: if `absl-py` is not installed.
        """
        from covector._absl_flags import declare

        declare()

    def __getattr__(self, name: str) -> Any:
        bare = name.removeprefix("covector_").removeprefix("jax_")
        if bare in OPTIONS:
            return OPTIONS[bare].value
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> Iterator[str]:
        yield from object.__dir__(self)
        for name in OPTIONS:
            yield from (name, f"covector_{name}", f"jax_{name}")

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{n}={o.value!r}' for n, o in OPTIONS.items())})"


config = Config()
