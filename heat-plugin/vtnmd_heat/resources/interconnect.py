"""OS::VTN::Interconnect: the VPN over the backbone that joins the regions of segments."""

from collections.abc import Mapping
from typing import Any

from heat.common import exception
from heat.common.i18n import _
from heat.engine import attributes, constraints, properties

from vtnmd_heat.entries import Place
from vtnmd_heat.resources.base import Values, VtnmdResource
from vtnmd_heat.resources.schema import (
    DESCRIPTION,
    NAME,
    PROBE,
    STATE,
    VTN,
    description_property,
    name_property,
    probe_attribute,
    state_attribute,
    vtn_property,
    without_nothing,
)
from vtnmd_heat.resources.vtn import probes_of
from vtnmd_heat.standing import Standing

Json = Any

KIND, SEGMENTS, BANDWIDTH, PROTECTION, ATOMIC = "kind", "segments", "bandwidth", "protection", "atomic"
L2VPN, L3VPN = "mpls-l2vpn", "mpls-l3vpn"
MIN, MAX = "min", "max"
LABELS, ROUTE_DISTINGUISHERS, ROUTE_TARGETS = "labels", "route_distinguishers", "route_targets"


class Interconnect(VtnmdResource):
    """One VPN for all regions of its segments, never one for each pair.

    mpls-l2vpn stretches each segment over its regions. mpls-l3vpn routes between segments, which each need a gateway; the router
    that does so is made together with it, and has its name.
    """

    PROPERTIES = (VTN, NAME, DESCRIPTION, KIND, SEGMENTS, BANDWIDTH, PROTECTION, ATOMIC)
    ATTRIBUTES = (STATE, LABELS, ROUTE_DISTINGUISHERS, ROUTE_TARGETS, PROBE)

    properties_schema = {
        VTN: vtn_property(),
        NAME: name_property(),
        DESCRIPTION: description_property(),
        KIND: properties.Schema(
            properties.Schema.STRING,
            _("What is carried: frames within segments, or packets between them."),
            default=L2VPN,
            update_allowed=True,
            constraints=[constraints.AllowedValues([L2VPN, L3VPN])],
        ),
        SEGMENTS: properties.Schema(
            properties.Schema.LIST,
            _("The segments that it stretches, or routes between."),
            required=True,
            update_allowed=True,
            constraints=[constraints.Length(min=1)],
            schema=properties.Schema(properties.Schema.STRING, _("The name of a segment.")),
        ),
        BANDWIDTH: properties.Schema(
            properties.Schema.MAP,
            _("What is sent out of each region, shaped; not shaped where none is given."),
            update_allowed=True,
            schema={
                MIN: properties.Schema(
                    properties.Schema.INTEGER,
                    _("The committed rate in kbit/s."),
                    required=True,
                    constraints=[constraints.Range(min=1)],
                ),
                MAX: properties.Schema(
                    properties.Schema.INTEGER,
                    _("The peak rate in kbit/s."),
                    required=True,
                    constraints=[constraints.Range(min=1)],
                ),
            },
        ),
        PROTECTION: properties.Schema(
            properties.Schema.STRING,
            _("What happens when a path of the backbone fails."),
            default="none",
            update_allowed=True,
            constraints=[constraints.AllowedValues(["none", "path", "fast-reroute"])],
        ),
        ATOMIC: properties.Schema(
            properties.Schema.BOOLEAN,
            _("Whether the routers of all regions are changed together or not at all; a change then waits for every one of them."),
            default=False,
            update_allowed=True,
        ),
    }
    attributes_schema = {
        STATE: state_attribute(),
        LABELS: attributes.Schema(
            _("Region → what its traffic carries: by segment and target region the MPLS labels, or the one of its routes."),
            type=attributes.Schema.MAP,
        ),
        ROUTE_DISTINGUISHERS: attributes.Schema(_("Region → route distinguisher (mpls-l3vpn)."), type=attributes.Schema.MAP),
        ROUTE_TARGETS: attributes.Schema(_("The route targets (mpls-l3vpn)."), type=attributes.Schema.LIST),
        PROBE: probe_attribute(),
    }

    list_name = "interconnect"
    managed = frozenset({"description", "kind", "segment", "router", "bandwidth", "protection", "atomic"})

    def validate(self) -> None:
        """The committed rate is not above the peak rate, and no segment stands twice."""
        super().validate()
        rates, segments = self.properties[BANDWIDTH], self.properties[SEGMENTS] or []
        if rates and None not in (rates[MIN], rates[MAX]) and rates[MIN] > rates[MAX]:
            raise exception.StackValidationFailed(message=_("bandwidth: min is above max"))
        named = [each for each in segments if each is not None]
        if len(named) != len(set(named)):
            raise exception.StackValidationFailed(message=_("segments: one stands there twice"))

    def entry_of(self, values: Values) -> dict[str, Json]:
        rates, routed = values[BANDWIDTH], values[KIND] == L3VPN
        members = (
            ("description", values[DESCRIPTION]),
            ("kind", values[KIND]),
            ("segment", None if routed else list(values[SEGMENTS])),
            ("bandwidth", {"min": str(rates[MIN]), "max": str(rates[MAX])} if rates else None),
            ("protection", values[PROTECTION]),
            ("atomic", values[ATOMIC]),
        )
        return without_nothing(members)

    def writes_of(self, values: Values, place: Place) -> list[tuple[Place, dict[str, Json]]]:
        """A routed one has a router of its own, which has to be there first."""
        entry = self.entry_of(values)
        if values[KIND] != L3VPN:
            return [(place, entry)]
        router = Place(place.service, "router", place.name)
        return [(router, {"segment": list(values[SEGMENTS])}), (place, {**entry, "router": place.name})]

    def outdated(self, prop_diff: Values) -> list[Place]:
        routed_before, stretches_now = self.properties[KIND] == L3VPN, prop_diff.get(KIND) == L2VPN
        return [Place(self.place.service, "router", self.place.name)] if routed_before and stretches_now else []

    def removals_of(self, place: Place) -> list[Place]:
        return [place, Place(place.service, "router", place.name)] if self.properties[KIND] == L3VPN else [place]

    def _show_resource(self) -> dict[str, Json]:
        entry = super()._show_resource()
        if entry.get("kind") != L3VPN:
            return entry
        router = self.vtnmd().read(Place(self.place.service, "router", self.place.name)).value
        return {**entry, "segment": router.get("segment", [])}

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        rates = entry.get("bandwidth")
        return {
            DESCRIPTION: entry.get("description"),
            KIND: entry.get("kind"),
            SEGMENTS: list(entry.get("segment", ())),
            BANDWIDTH: {MIN: int(rates["min"]), MAX: int(rates["max"])} if rates else None,
            PROTECTION: entry.get("protection", "none"),
            ATOMIC: entry.get("atomic", False),
        }

    def attribute_of(self, name: str, standing: Standing) -> Json:
        router = Place(self.place.service, "router", self.place.name)
        if name == PROBE:
            return probes_of(self.vtnmd().probe(self.place.service), self.place.name)
        tables = {region: facts for region, _last, facts in standing.facts(router, "vrf")}
        if name == ROUTE_DISTINGUISHERS:
            return {region: facts["route-distinguisher"][0] for region, facts in tables.items()}
        if name == ROUTE_TARGETS:
            return sorted({target for facts in tables.values() for target in facts["import-targets"]})
        labels: dict[str, dict[str, Json]] = {region: {"routes": int(facts["label"][0])} for region, facts in tables.items()}
        for region, target, facts in standing.facts(self.place, "pseudowire"):
            labels.setdefault(region, {})[target] = {"in": int(facts["in-label"][0]), "out": int(facts["out-label"][0])}
        return labels
