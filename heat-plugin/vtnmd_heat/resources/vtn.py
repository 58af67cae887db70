"""OS::VTN::VirtualTenantNetwork: a service of vtnmd with one VTN, of the same name."""

from collections.abc import Mapping
from typing import Any

from heat.common.i18n import _
from heat.engine import attributes, constraints, properties

from vtnmd_heat.actions import Progress, remove_service
from vtnmd_heat.entries import Place
from vtnmd_heat.resources.base import Values, VtnmdResource
from vtnmd_heat.resources.schema import (
    DESCRIPTION,
    LONGEST,
    NAME,
    NAME_PATTERN,
    PROBE,
    STATE,
    description_property,
    name_property,
    probe_attribute,
    state_attribute,
    without_nothing,
)
from vtnmd_heat.standing import Standing, Verdict

Json = Any

TENANT = "tenant"
REGIONS, NETWORKS = "regions", "networks"


class VirtualTenantNetwork(VtnmdResource):
    """A virtual tenant network: one address space of one tenant, over as many regions as its segments are in.

    Everything else that is OS::VTN belongs to one. It is complete at once, for it comes to nothing before it has segments.
    """

    PROPERTIES = (NAME, DESCRIPTION, TENANT)
    ATTRIBUTES = (STATE, REGIONS, NETWORKS, PROBE)

    properties_schema = {
        NAME: name_property(),
        DESCRIPTION: description_property(),
        TENANT: properties.Schema(
            properties.Schema.STRING,
            _("Whom it belongs to; the project of the stack where none is given."),
            update_allowed=True,
            constraints=[constraints.Length(min=1, max=LONGEST), constraints.AllowedPattern(NAME_PATTERN)],
        ),
    }
    attributes_schema = {
        STATE: state_attribute(),
        REGIONS: attributes.Schema(_("The regions that it has come to, sorted."), type=attributes.Schema.LIST),
        NETWORKS: attributes.Schema(
            _("Region → segment → id of the Neutron network there, where servers run on it."), type=attributes.Schema.MAP
        ),
        PROBE: probe_attribute(),
    }

    list_name = "vtn"
    managed = frozenset({"description", "tenant"})

    @property
    def place(self) -> Place:
        return Place(str(self.resource_id), "vtn")

    def service_of(self, values: Values) -> str:
        return self.entry_name(values)

    def entry_of(self, values: Values) -> dict[str, Json]:
        tenant = values[TENANT] or self.client_plugin().project_name()
        return without_nothing((("tenant", tenant), ("description", values[DESCRIPTION])))

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        tenant = {TENANT: entry.get("tenant")} if self.properties[TENANT] else {}
        return {DESCRIPTION: entry.get("description"), **tenant}

    def handle_create(self) -> Progress:
        values = self.values()
        name = self.entry_name(values)
        entry = {"vtn": [{"name": name, **self.entry_of(values)}]}
        return Progress(name, [(Place(name), entry)], fresh=True)

    def removals_of(self, place: Place) -> list[Place]:
        return [Place(place.service)]

    def removal(self, progress: Progress) -> Verdict:
        return remove_service(self.vtnmd(), progress)

    def attribute_of(self, name: str, standing: Standing) -> Json:
        if name == PROBE:
            return probes_of(self.vtnmd().probe(self.place.service))
        networks = {
            region: {fact.removeprefix("network/"): ids[0] for fact, ids in facts.items() if fact.startswith("network/")}
            for region, _last, facts in standing.facts(self.place, "network")
        }
        if name == NETWORKS:
            return networks
        return sorted({region for region, _last, _facts in standing.facts(self.place, "vtn")})


def probes_of(told: Mapping[str, Json], interconnect: str = "") -> list[dict[str, Json]]:
    """Packets through all interconnects, or one, by the answer of the operation `probe`."""
    return [
        {name: each.get(name) for name in ("source", "target", "passed", "detail")}
        for each in told.get("probe", ())
        if not interconnect or each["address"].endswith(f"/{interconnect}")
    ]
