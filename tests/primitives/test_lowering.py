"""Every sample as StableHLO for each platform: a parser that is not the compiler's takes it."""

from typing import Any

import pytest
from jaxlib.mlir import ir
from jaxlib.mlir._mlir_libs import _jax_mlir_ext
from jaxlib.mlir.dialects import chlo, mhlo, sdy, stablehlo

from primitives.laws import leaves
from primitives.libraries import COVECTOR, JAX, Library
from primitives.samples import SAMPLES, Sample

PLATFORMS = ("cpu", "cuda", "tpu")


@pytest.fixture(scope="module")
def dialects() -> ir.Context:
    context = ir.Context()
    registry = ir.DialectRegistry()
    _jax_mlir_ext.register_dialects(registry)
    context.append_dialect_registry(registry)
    context.load_all_available_dialects()
    for dialect in (stablehlo, chlo, sdy):
        dialect.register_dialect(context)
    mhlo.register_mhlo_dialect(context)
    return context


def lowered(library: Library, s: Sample, platform: str) -> Any:
    fun = lambda *args: leaves(s.fun(library.lax, *args))
    return library.jit(fun).trace(*s.args).lower(lowering_platforms=(platform,))


def is_refused_by_jax(s: Sample, platform: str) -> bool:
    try:
        lowered(JAX, s, platform)
    except Exception:  # also for a reason of its own, as where a program calls the host
        return True
    return False


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_lowered_text_parses(platform: str, dialects: ir.Context) -> None:
    parsed, wrong, refused = 0, {}, []
    for s in SAMPLES:
        try:
            text = lowered(COVECTOR, s, platform).as_text()
        except (NotImplementedError, ValueError):  # ValueError: exported for other platforms
            refused.append(s)
            continue
        try:
            with dialects:
                assert ir.Module.parse(text).operation.verify()
            parsed += 1
        except ir.MLIRError as error:
            wrong[str(s)] = str(error)
    assert not wrong, wrong
    assert parsed + len(refused) == len(SAMPLES)
    assert parsed > 0.95 * len(SAMPLES)
    assert [s for s in refused if s.oracle and not is_refused_by_jax(s, platform)] == []


def test_text_is_of_the_platform_asked_for() -> None:
    s = next(s for s in SAMPLES if s.name == "cholesky")
    names = {p: lowered(COVECTOR, s, p).as_text() for p in PLATFORMS}
    assert "lapack_spotrf_ffi" in names["cpu"]
    assert "cusolver_potrf_ffi" in names["cuda"]
    assert "stablehlo.cholesky" in names["tpu"]
    assert lowered(COVECTOR, s, "rocm").as_text() == names["cuda"]


def test_a_program_for_an_absent_platform_is_not_compiled() -> None:
    s = next(s for s in SAMPLES if s.name == "sin")
    with pytest.raises(RuntimeError, match="tpu"):
        lowered(COVECTOR, s, "tpu").compile()
    with pytest.raises(NotImplementedError, match="one platform"):
        COVECTOR.jit(lambda x: x).trace(1.0).lower(lowering_platforms=("cpu", "tpu"))
