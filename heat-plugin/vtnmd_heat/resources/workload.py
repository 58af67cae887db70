"""OS::VTN::Workload: servers of one kind, in one region or several, on the segments of a VTN."""

from collections.abc import Iterator, Mapping
from typing import Any

from heat.common.i18n import _
from heat.engine import attributes, constraints, properties, translation

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

REGIONS, SEGMENTS, COUNT, IMAGE, FLAVOR = "regions", "segments", "count", "image", "flavor"
KEY_NAME, USER_DATA, VOLUMES = "key_name", "user_data", "volumes"
VOLUME_NAME, VOLUME_SIZE, VOLUME_DEVICE = "name", "size", "device"
SERVERS, ADDRESSES = "servers", "addresses"
_SERVER = "server"
"""What the one kind of server in the body is called; vtnmd numbers its copies."""


class Workload(VtnmdResource):
    """Servers that are alike. vtnmd makes a Heat stack of them in the cloud of each region, once the network is there.

    Image, flavor and key pair are told by name, for ids differ from region to region; they are among those that vtnmd's inventory
    lists of each region's cloud.
    """

    PROPERTIES = (VTN, NAME, DESCRIPTION, REGIONS, SEGMENTS, COUNT, IMAGE, FLAVOR, KEY_NAME, USER_DATA, VOLUMES)
    ATTRIBUTES = (STATE, SERVERS, ADDRESSES)

    properties_schema = {
        VTN: vtn_property(),
        NAME: name_property(),
        DESCRIPTION: description_property(),
        REGIONS: properties.Schema(
            properties.Schema.LIST,
            _("Where they run; each segment is in all of these."),
            required=True,
            update_allowed=True,
            constraints=[constraints.Length(min=1)],
            schema=properties.Schema(properties.Schema.STRING, constraints=[constraints.CustomConstraint("vtnmd.region")]),
        ),
        SEGMENTS: properties.Schema(
            properties.Schema.LIST,
            _("What each server has a port on, in the order of its interfaces."),
            required=True,
            update_allowed=True,
            constraints=[constraints.Length(min=1)],
            schema=properties.Schema(properties.Schema.STRING, _("The name of a segment.")),
        ),
        COUNT: properties.Schema(
            properties.Schema.INTEGER,
            _("How many there are in each region."),
            default=1,
            update_allowed=True,
            constraints=[constraints.Range(1, 1000)],
        ),
        IMAGE: properties.Schema(
            properties.Schema.STRING,
            _("The name of an image, or its id in the region of this Heat."),
            required=True,
            update_allowed=True,
        ),
        FLAVOR: properties.Schema(
            properties.Schema.STRING,
            _("The name of a flavor, or its id in the region of this Heat."),
            required=True,
            update_allowed=True,
        ),
        KEY_NAME: properties.Schema(
            properties.Schema.STRING,
            _("A key pair of that name in each region."),
            update_allowed=True,
            constraints=[constraints.Length(min=1, max=255)],
        ),
        USER_DATA: properties.Schema(
            properties.Schema.STRING, _("What cloud-init is given, as it is. Another one makes servers anew."), update_allowed=True
        ),
        VOLUMES: properties.Schema(
            properties.Schema.LIST,
            _("Volumes of each server."),
            default=[],
            update_allowed=True,
            schema=properties.Schema(
                properties.Schema.MAP,
                schema={
                    VOLUME_NAME: properties.Schema(properties.Schema.STRING, _("Its name."), required=True),
                    VOLUME_SIZE: properties.Schema(
                        properties.Schema.INTEGER,
                        _("In GiB."),
                        required=True,
                        constraints=[constraints.Range(min=1)],
                    ),
                    VOLUME_DEVICE: properties.Schema(properties.Schema.STRING, _("Where it shows, such as /dev/vdb.")),
                },
            ),
        ),
    }
    attributes_schema = {
        STATE: state_attribute(),
        SERVERS: attributes.Schema(
            _("Each server with its name, region, id in that region's Nova, and addresses."), type=attributes.Schema.LIST
        ),
        ADDRESSES: attributes.Schema(_("Region → the addresses of its servers."), type=attributes.Schema.MAP),
    }

    list_name = "workload"
    managed = frozenset({"description", "region", "segment", "count", "key-name", "body"})

    def translation_rules(self, props: properties.Properties) -> list[translation.TranslationRule]:
        return [
            *super().translation_rules(props),
            self.resolving(props, IMAGE, "find_image_name"),
            self.resolving(props, FLAVOR, "find_flavor_name"),
        ]

    def add_explicit_dependencies(self, deps: Any) -> None:
        """Servers boot once the interconnects of their VTN in this stack are there."""
        super().add_explicit_dependencies(deps)
        for other in self.stack.values():
            if other.has_interface("OS::VTN::Interconnect") and other.properties.get(VTN) == self.properties.get(VTN):
                deps += (self, other)

    def entry_of(self, values: Values) -> dict[str, Json]:
        server: dict[str, Json] = without_nothing(
            (
                ("name", _SERVER),
                ("image", {"name": values[IMAGE]}),
                ("flavor", {"name": values[FLAVOR]}),
                ("ports", [{"segment": segment} for segment in values[SEGMENTS]]),
                ("volumes", [without_nothing(each.items()) for each in values[VOLUMES]] or None),
                ("user_data", values[USER_DATA]),
            )
        )
        members = (
            ("description", values[DESCRIPTION]),
            ("region", list(values[REGIONS])),
            ("segment", list(dict.fromkeys(values[SEGMENTS]))),
            ("count", values[COUNT]),
            ("key-name", values[KEY_NAME]),
            ("body", {"servers": [server]}),
        )
        return without_nothing(members)

    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        server: Mapping[str, Json] = next(iter(entry.get("body", {}).get("servers", ())), {})
        volumes = [{VOLUME_DEVICE: None, **each} for each in server.get("volumes", ())]
        return {
            DESCRIPTION: entry.get("description"),
            REGIONS: list(entry.get("region", ())),
            SEGMENTS: [each["segment"] for each in server.get("ports", ())],
            COUNT: entry.get("count", 1),
            IMAGE: server.get("image", {}).get("name"),
            FLAVOR: server.get("flavor", {}).get("name"),
            KEY_NAME: entry.get("key-name"),
            USER_DATA: server.get("user_data"),
            VOLUMES: volumes,
        }

    def attribute_of(self, name: str, standing: Standing) -> Json:
        servers = list(self._servers(standing))
        if name == SERVERS:
            return servers
        regions = dict.fromkeys(each["region"] for each in servers)
        return {
            region: [address for each in servers if each["region"] == region for address in each["addresses"]] for region in regions
        }

    def _servers(self, standing: Standing) -> Iterator[dict[str, Json]]:
        for region, _last, facts in standing.facts(self.place, "workload"):
            for fact, addresses in facts.items():
                if fact.startswith("address/"):
                    name = fact.removeprefix("address/")
                    number = facts.get(f"id/{name}", [None])[0]
                    yield {"name": name, "region": region, "id": number, "addresses": addresses}
