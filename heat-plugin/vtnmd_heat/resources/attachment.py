"""OS::VTN::Attachment: a port of a region's fabric, or a host by its Neutron port, that belongs to a segment."""

from collections.abc import Mapping
from typing import Any

from heat.common import exception
from heat.common.i18n import _
from heat.engine import constraints, properties, translation

from vtnmd_heat.actions import Client, Progress
from vtnmd_heat.entries import Place
from vtnmd_heat.hosts import HOST, HostMaps, host_place
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
NEUTRON_PORT = "neutron_port"
_OF_A_HOST = frozenset({SEGMENT, REGION, VLAN, NEUTRON_PORT, NODE, PORT})
"""What makes another host of one."""


class Attachment(VtnmdResource):
    """What belongs to a segment beside the servers of workloads.

    With `node` and `port` it is a port of a switch, or one VLAN of it, behind which a host, an appliance or a line of the tenant's
    is. With `neutron_port` it is whatever has that port of the Neutron of this Heat's region, by its MAC address.
    """

    PROPERTIES = (VTN, NAME, DESCRIPTION, SEGMENT, REGION, NODE, PORT, NEUTRON_PORT, VLAN, ENABLED)
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
            update_allowed=True,
            constraints=[constraints.AllowedPattern("^openflow:[0-9]{1,20}$")],
        ),
        PORT: properties.Schema(
            properties.Schema.STRING,
            _("The name of its port, such as the one of a host or of a cloud's compute node."),
            update_allowed=True,
            constraints=[constraints.Length(min=1, max=64)],
        ),
        NEUTRON_PORT: properties.Schema(
            properties.Schema.STRING,
            _("Name or id of a Neutron port, in place of node and port. Its network's VLAN in the fabric is given as vlan."),
            update_allowed=True,
            constraints=[constraints.CustomConstraint("neutron.port")],
        ),
        VLAN: properties.Schema(
            properties.Schema.INTEGER,
            _("The VLAN that frames have there, such as that of a Neutron provider network; 0 for frames without a tag."),
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

    def translation_rules(self, props: properties.Properties) -> list[translation.TranslationRule]:
        port = translation.TranslationRule(
            props,
            translation.TranslationRule.RESOLVE,
            [NEUTRON_PORT],
            client_plugin=self.client_plugin("neutron"),
            finder="find_resourceid_by_name_or_id",
            entity="port",
        )
        return [*super().translation_rules(props), port]

    def validate(self) -> None:
        """Either a port of a switch, or a port of Neutron."""
        super().validate()
        given = {name for name in (NODE, PORT, NEUTRON_PORT) if name in self.t._properties}
        if given not in ({NODE, PORT}, {NEUTRON_PORT}):
            raise exception.StackValidationFailed(message=_("either node and port are given, or neutron_port"))

    @property
    def place(self) -> Place:
        found = super().place
        return Place(found.service, HOST, found.name) if "/" in found.name else found

    def vtnmd(self) -> Client:
        by_host = "/" in self.resource_id.partition("/")[2] if self.resource_id else bool(self.properties[NEUTRON_PORT])
        return HostMaps(self.northbound()) if by_host else self.northbound()

    def handle_create(self) -> Progress:
        values = self.values()
        if not values[NEUTRON_PORT]:
            return super().handle_create()
        port = self.client("neutron").show_port(values[NEUTRON_PORT])["port"]
        host = f"{port['mac_address']}@{values[VLAN]}"
        place = host_place(self.service_of(values), values[SEGMENT], values[REGION], host)
        return Progress(place.service, [(place, {HOST: host.lower()})], fresh=True)

    def writes_of(self, values: Values, place: Place) -> list[tuple[Place, dict[str, Json]]]:
        if place.list == HOST:
            return [(place, {HOST: place.name.rpartition("/")[2]})]
        return super().writes_of(values, place)

    def needs_replace_with_prop_diff(self, changed_properties_set: set[str], after_props: Any, before_props: Any) -> bool:
        """A host is what it is; a switch port can be moved and changed."""
        by_host = bool(before_props[NEUTRON_PORT] or after_props[NEUTRON_PORT])
        return by_host and not _OF_A_HOST.isdisjoint(changed_properties_set)

    def entry_of(self, values: Values) -> dict[str, Json]:
        return without_nothing((name, values[name]) for name in (DESCRIPTION, SEGMENT, REGION, NODE, PORT, VLAN, ENABLED))

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        if self.place.list == HOST:
            return {}
        told = {name: entry.get(name) for name in (DESCRIPTION, SEGMENT, REGION, NODE, PORT)}
        return {**told, VLAN: entry.get(VLAN, 0), ENABLED: entry.get(ENABLED, True)}
