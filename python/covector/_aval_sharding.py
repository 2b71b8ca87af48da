"""How types of arrays say that arrays are divided: not at all, by a mesh without axes."""

from covector._core import ShapedArray
from covector._mesh import AbstractMesh
from covector._named_sharding import NamedSharding
from covector._partition_spec import PartitionSpec


def sharding(self: ShapedArray) -> NamedSharding:
    """How the elements are divided over a mesh: types do not say, so the mesh has no axes."""
    return NamedSharding(AbstractMesh((), ()), PartitionSpec(*[None] * self.ndim))
