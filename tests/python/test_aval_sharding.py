"""The sharding of types of arrays, against JAX."""

from typing import Any

import jax
import numpy as np

import covector
from covector.sharding import AbstractMesh, NamedSharding, PartitionSpec


def specs(library: Any) -> list[tuple[Any, ...]]:
    """The specs of a concrete array's type, a tracer's and a type's own, as tuples."""
    seen = [library.typeof(np.ones((2, 3), np.float32)).sharding]
    library.jit(lambda x: seen.append(x.aval.sharding))(np.float32(1))
    seen.append(library.core.ShapedArray((4,), np.float32).sharding)
    return [(*s.spec, s.mesh.empty, s.mesh.shape_tuple) for s in seen]


def test_types_are_not_divided() -> None:
    assert specs(covector) == specs(jax)


def test_parts_can_be_changed() -> None:
    own = covector.typeof(np.ones((2, 3))).sharding
    assert own == NamedSharding(AbstractMesh((), ()), PartitionSpec(None, None))
    assert own.update(spec=PartitionSpec(*own.spec[1:])).spec == PartitionSpec(None)
