"""OS::VTN::Segment: a broadcast domain in one region or several."""

from collections.abc import Mapping
from typing import Any

from heat.common.i18n import _
from heat.engine import attributes, constraints, properties

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
from vtnmd_heat.standing import Standing

Json = Any

CIDR, GATEWAY, MTU, DNS_SERVERS, REGIONS = "cidr", "gateway", "mtu", "dns_servers", "regions"
REGION_NAME, POOLS = "name", "pools"
START, END = "start", "end"
VLANS = "vlans"


class Segment(VtnmdResource):
    """A broadcast domain of a VTN.

    In several regions it needs an address pool in each, and an interconnect that stretches it.
    """

    PROPERTIES = (VTN, NAME, DESCRIPTION, CIDR, GATEWAY, MTU, DNS_SERVERS, REGIONS)
    ATTRIBUTES = (STATE, VLANS)

    properties_schema = {
        VTN: vtn_property(),
        NAME: name_property(),
        DESCRIPTION: description_property(),
        CIDR: properties.Schema(
            properties.Schema.STRING,
            _("The prefix of its addresses. Another one replaces what stands in the regions."),
            required=True,
            update_allowed=True,
            constraints=[constraints.CustomConstraint("net_cidr")],
        ),
        GATEWAY: properties.Schema(
            properties.Schema.STRING,
            _("The address that a router has here, the same in every region."),
            update_allowed=True,
            constraints=[constraints.CustomConstraint("ip_addr")],
        ),
        MTU: properties.Schema(
            properties.Schema.INTEGER,
            _("The largest IP packet, in octets."),
            default=1450,
            update_allowed=True,
            constraints=[constraints.Range(68, 9216)],
        ),
        DNS_SERVERS: properties.Schema(
            properties.Schema.LIST,
            _("What servers resolve names with, in order."),
            default=[],
            update_allowed=True,
            schema=properties.Schema(properties.Schema.STRING, constraints=[constraints.CustomConstraint("ip_addr")]),
        ),
        REGIONS: properties.Schema(
            properties.Schema.LIST,
            _("Where it is."),
            required=True,
            update_allowed=True,
            constraints=[constraints.Length(min=1)],
            schema=properties.Schema(
                properties.Schema.MAP,
                schema={
                    REGION_NAME: properties.Schema(
                        properties.Schema.STRING,
                        _("A region that vtnmd knows."),
                        required=True,
                        constraints=[constraints.CustomConstraint("vtnmd.region")],
                    ),
                    POOLS: properties.Schema(
                        properties.Schema.LIST,
                        _("Addresses that servers of this region are given."),
                        default=[],
                        schema=properties.Schema(
                            properties.Schema.MAP,
                            schema={
                                START: properties.Schema(
                                    properties.Schema.STRING,
                                    _("The first address."),
                                    required=True,
                                    constraints=[constraints.CustomConstraint("ip_addr")],
                                ),
                                END: properties.Schema(
                                    properties.Schema.STRING,
                                    _("The last address."),
                                    required=True,
                                    constraints=[constraints.CustomConstraint("ip_addr")],
                                ),
                            },
                        ),
                    ),
                },
            ),
        ),
    }
    attributes_schema = {
        STATE: state_attribute(),
        VLANS: attributes.Schema(_("Region → the VLAN that carries it there."), type=attributes.Schema.MAP),
    }

    list_name = "segment"
    managed = frozenset({"description", "cidr", "gateway", "mtu", "dns-server", "region"})

    def entry_of(self, values: Values) -> dict[str, Json]:
        regions = [{"name": each[REGION_NAME], **_with_pools(each[POOLS])} for each in values[REGIONS]]
        members = (
            ("description", values[DESCRIPTION]),
            ("cidr", values[CIDR]),
            ("gateway", values[GATEWAY]),
            ("mtu", values[MTU]),
            ("dns-server", values[DNS_SERVERS] or None),
            ("region", regions),
        )
        return without_nothing(members)

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        return {
            DESCRIPTION: entry.get("description"),
            CIDR: entry.get("cidr"),
            GATEWAY: entry.get("gateway"),
            MTU: entry.get("mtu", 1450),
            DNS_SERVERS: list(entry.get("dns-server", ())),
            REGIONS: [{REGION_NAME: each["name"], POOLS: list(each.get("pool", ()))} for each in entry.get("region", ())],
        }

    def attribute_of(self, name: str, standing: Standing) -> Json:
        return {region: int(facts["vlan"][0]) for region, _last, facts in standing.facts(self.place, "vlan-map")}


def _with_pools(pools: list[Values]) -> dict[str, Json]:
    return {"pool": [{"start": each[START], "end": each[END]} for each in pools]} if pools else {}
