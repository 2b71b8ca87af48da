"""Where arrays are: on one device, or divided over several. Programs run on one device."""

from covector._axis_modes import auto_axes, explicit_axes
from covector._mesh import (
    AbstractDevice,
    AbstractMesh,
    AxisType,
    Mesh,
    get_abstract_mesh,
    get_mesh,
    set_mesh,
    use_abstract_mesh,
)
from covector._named_sharding import NamedSharding, reshard
from covector._partition_spec import PartitionSpec
from covector._shardings import Sharding, SingleDeviceSharding, make_single_device_sharding

__all__ = [
    "AbstractDevice",
    "AbstractMesh",
    "AxisType",
    "Mesh",
    "NamedSharding",
    "PartitionSpec",
    "Sharding",
    "SingleDeviceSharding",
    "auto_axes",
    "explicit_axes",
    "get_abstract_mesh",
    "get_mesh",
    "make_single_device_sharding",
    "reshard",
    "set_mesh",
    "use_abstract_mesh",
]
