"""The one module of the folder that `plugin_dirs` of heat.conf names: what Heat finds there is said by the package."""

from collections.abc import Mapping

from vtnmd_heat import constraints
from vtnmd_heat.resources import attachment, interconnect, segment, vtn, workload


def resource_mapping() -> Mapping[str, type]:
    """Resource types by name."""
    return {
        "OS::VTN::VirtualTenantNetwork": vtn.VirtualTenantNetwork,
        "OS::VTN::Segment": segment.Segment,
        "OS::VTN::Attachment": attachment.Attachment,
        "OS::VTN::Interconnect": interconnect.Interconnect,
        "OS::VTN::Workload": workload.Workload,
    }


def constraint_mapping() -> Mapping[str, type]:
    """The same constraints that the entry points name, for a Heat that finds no entry points."""
    return {"vtnmd.vtn": constraints.VtnConstraint, "vtnmd.region": constraints.RegionConstraint}
