"""OS::VTN::Attachment: a port of a region's fabric that belongs to a segment."""

from collections.abc import Mapping
from typing import Any

from heat.common.i18n import _
from heat.engine import constraints, properties

from vtnmd_heat.resources.base import Values, VtnmdResource
from vtnmd_heat.resources.schema import (
    DESCRIPTION,
    NAME,
    STATE,
    VTN,
    description_property,
    name_property,
    state_attribute,
    vtn_property,
    without_nothing,
)

Json = Any

SEGMENT, REGION, NODE, PORT, VLAN, ENABLED = "segment", "region", "node", "port", "vlan", "enabled"


class Attachment(VtnmdResource):
    """A port of a switch, or one VLAN of it, behind which a host, an appliance or a line of the tenant's is."""

    PROPERTIES = (VTN, NAME, DESCRIPTION, SEGMENT, REGION, NODE, PORT, VLAN, ENABLED)
    ATTRIBUTES = (STATE,)

    properties_schema = {
        VTN: vtn_property(),
        NAME: name_property(),
        DESCRIPTION: description_property(),
        SEGMENT: properties.Schema(
            properties.Schema.STRING, _("The segment that it gives access to."), required=True, update_allowed=True
        ),
        REGION: properties.Schema(
            properties.Schema.STRING,
            _("One of the segment's regions."),
            required=True,
            update_allowed=True,
            constraints=[constraints.CustomConstraint("vtnmd.region")],
        ),
        NODE: properties.Schema(
            properties.Schema.STRING,
            _("The switch, such as openflow:1."),
            required=True,
            update_allowed=True,
            constraints=[constraints.AllowedPattern("^openflow:[0-9]{1,20}$")],
        ),
        PORT: properties.Schema(
            properties.Schema.STRING,
            _("The name of its port, such as the one of a host or of a cloud's compute node."),
            required=True,
            update_allowed=True,
            constraints=[constraints.Length(min=1, max=64)],
        ),
        VLAN: properties.Schema(
            properties.Schema.INTEGER,
            _("The VLAN on that port, such as that of a Neutron provider network; 0 for frames without a tag."),
            default=0,
            update_allowed=True,
            constraints=[constraints.Range(0, 4094)],
        ),
        ENABLED: properties.Schema(
            properties.Schema.BOOLEAN,
            _("False cuts the port off and keeps it for this segment."),
            default=True,
            update_allowed=True,
        ),
    }
    attributes_schema = {STATE: state_attribute()}

    list_name = "attachment"
    managed = frozenset({"description", "segment", "region", "node", "port", "vlan", "enabled"})

    def entry_of(self, values: Values) -> dict[str, Json]:
        return without_nothing((name, values[name]) for name in (DESCRIPTION, SEGMENT, REGION, NODE, PORT, VLAN, ENABLED))

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        told = {name: entry.get(name) for name in (DESCRIPTION, SEGMENT, REGION, NODE, PORT)}
        return {**told, VLAN: entry.get(VLAN, 0), ENABLED: entry.get(ENABLED, True)}
