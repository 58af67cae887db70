"""The resource types that the simulated Heat knows: properties, their types and constraints, and attributes.

Facts of OpenStack Heat 27 (`openstack orchestration resource type show`), for the properties that vtnmd and its users need. A type
or property that is missing here is refused as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Property:
    """One property. `kind` is String, Boolean, Integer, Number, List or Map.

    `entries` are the members of a Map, or of each Map in a List. `form` is IP address, net cidr or MAC address. `refers` names what
    the value must be the name or id of: network, subnet, port, security_group, volume, image or flavor. A change of a property that
    is not `updatable` replaces the resource.
    """

    kind: str
    required: bool = False
    updatable: bool = False
    allowed: tuple[str | int, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    refers: str = ""
    form: str = ""
    entries: "Mapping[str, Property]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """`properties` by name, and the `attributes` that get_attr may ask for."""

    properties: Mapping[str, Property]
    attributes: frozenset[str]


_TEXT = Property("String")
_NAME = Property("String", updatable=True)
_SWITCH = Property("Boolean", updatable=True)
_ADDRESS = Property("String", form="IP address")
_REQUIRED_ADDRESS = Property("String", required=True, form="IP address")
_PREFIX = Property("String", form="net cidr")
_MAC = Property("String", form="MAC address")
_FIXED_SWITCH = Property("Boolean")
_MAP = Property("Map", updatable=True)
_TAGS = Property("List", updatable=True)
_ADDRESS_PAIRS = Property("List", updatable=True, entries={"ip_address": Property("String", required=True), "mac_address": _MAC})

_NETWORK = {
    "name": _NAME,
    "admin_state_up": _SWITCH,
    "shared": _SWITCH,
    "port_security_enabled": _SWITCH,
    "dns_domain": _NAME,
    "tags": _TAGS,
    "tenant_id": _TEXT,
}

_RULE = {
    "direction": Property("String", allowed=("ingress", "egress")),
    "ethertype": Property("String", allowed=("IPv4", "IPv6")),
    "port_range_min": Property("Integer", minimum=0, maximum=65535),
    "port_range_max": Property("Integer", minimum=0, maximum=65535),
    "protocol": _TEXT,
    "remote_ip_prefix": _PREFIX,
    "description": _TEXT,
}

_SERVER_NETWORK = {
    "network": Property("String", refers="network"),
    "port": Property("String", refers="port"),
    "subnet": Property("String", refers="subnet"),
    "fixed_ip": _ADDRESS,
    "floating_ip": _TEXT,
    "allocate_network": Property("String", allowed=("none", "auto")),
    "tag": _TEXT,
}

_BLOCK_DEVICE = {
    "boot_index": Property("Integer"),
    "delete_on_termination": Property("Boolean"),
    "device_name": _TEXT,
    "device_type": Property("String", allowed=("cdrom", "disk")),
    "disk_bus": Property("String", allowed=("ide", "lame_bus", "sata", "scsi", "usb", "virtio")),
    "ephemeral_size": Property("Integer", minimum=1),
    "image": Property("String", refers="image"),
    "snapshot_id": _TEXT,
    "swap_size": Property("Integer"),
    "volume_id": Property("String", refers="volume"),
    "volume_size": Property("Integer"),
    "volume_type": _TEXT,
}

TYPES: Mapping[str, ResourceType] = {
    "OS::Neutron::Net": ResourceType(
        {**_NETWORK, "value_specs": _MAP, "qos_policy": _NAME},
        frozenset({"admin_state_up", "mtu", "name", "port_security_enabled", "show", "status", "subnets", "tenant_id"}),
    ),
    "OS::Neutron::ProviderNet": ResourceType(
        {
            **_NETWORK,
            "network_type": Property(
                "String", required=True, updatable=True, allowed=("local", "vlan", "vxlan", "gre", "geneve", "flat")
            ),
            "physical_network": _NAME,
            "segmentation_id": _NAME,
            "router_external": _SWITCH,
        },
        frozenset({"show", "status", "subnets"}),
    ),
    "OS::Neutron::Subnet": ResourceType(
        {
            "network": Property("String", required=True, refers="network"),
            "name": _NAME,
            "cidr": _PREFIX,
            "ip_version": Property("Integer", allowed=(4, 6)),
            "gateway_ip": _NAME,
            "enable_dhcp": _SWITCH,
            "dns_nameservers": Property("List", updatable=True),
            "allocation_pools": Property(
                "List",
                updatable=True,
                entries={"start": _REQUIRED_ADDRESS, "end": _REQUIRED_ADDRESS},
            ),
            "host_routes": Property(
                "List",
                updatable=True,
                entries={"destination": Property("String", required=True, form="net cidr"), "nexthop": _REQUIRED_ADDRESS},
            ),
            "ipv6_address_mode": Property("String", allowed=("dhcpv6-stateful", "dhcpv6-stateless", "slaac")),
            "ipv6_ra_mode": Property("String", allowed=("dhcpv6-stateful", "dhcpv6-stateless", "slaac")),
            "tags": _TAGS,
            "tenant_id": _TEXT,
            "value_specs": _MAP,
        },
        frozenset(
            {
                "allocation_pools",
                "cidr",
                "dns_nameservers",
                "enable_dhcp",
                "gateway_ip",
                "host_routes",
                "ip_version",
                "name",
                "network_id",
                "show",
                "tenant_id",
            }
        ),
    ),
    "OS::Neutron::Port": ResourceType(
        {
            "network": Property("String", required=True, refers="network"),
            "name": _NAME,
            "fixed_ips": Property(
                "List", updatable=True, entries={"ip_address": _ADDRESS, "subnet": Property("String", refers="subnet")}
            ),
            "no_fixed_ips": _SWITCH,
            "mac_address": _MAC,
            "security_groups": Property("List", updatable=True, refers="security_group"),
            "port_security_enabled": _SWITCH,
            "allowed_address_pairs": _ADDRESS_PAIRS,
            "admin_state_up": _SWITCH,
            "device_id": _NAME,
            "device_owner": _NAME,
            "dns_name": _NAME,
            "binding:vnic_type": _NAME,
            "qos_policy": _NAME,
            "tags": _TAGS,
            "value_specs": _MAP,
        },
        frozenset(
            {
                "admin_state_up",
                "allowed_address_pairs",
                "device_id",
                "device_owner",
                "fixed_ips",
                "mac_address",
                "name",
                "network_id",
                "port_security_enabled",
                "security_groups",
                "show",
                "status",
                "subnets",
                "tenant_id",
            }
        ),
    ),
    "OS::Neutron::SecurityGroup": ResourceType(
        {
            "name": _NAME,
            "description": _NAME,
            "rules": Property(
                "List",
                updatable=True,
                entries={
                    **_RULE,
                    "remote_group_id": Property("String", refers="security_group"),
                    "remote_mode": Property("String", allowed=("remote_ip_prefix", "remote_group_id")),
                },
            ),
        },
        frozenset({"show"}),
    ),
    "OS::Neutron::SecurityGroupRule": ResourceType(
        {
            **_RULE,
            "security_group": Property("String", required=True, refers="security_group"),
            "remote_group": Property("String", refers="security_group"),
        },
        frozenset({"show"}),
    ),
    "OS::Nova::Server": ResourceType(
        {
            "name": _NAME,
            "flavor": Property("String", required=True, updatable=True, refers="flavor"),
            "image": Property("String", updatable=True, refers="image"),
            "networks": Property("List", updatable=True, entries=_SERVER_NETWORK),
            "config_drive": _FIXED_SWITCH,
            "user_data": _NAME,
            "user_data_format": Property("String", allowed=("HEAT_CFNTOOLS", "RAW", "SOFTWARE_CONFIG")),
            "user_data_update_policy": Property("String", updatable=True, allowed=("REPLACE", "IGNORE", "REBUILD")),
            "metadata": _MAP,
            "key_name": _TEXT,
            "availability_zone": _TEXT,
            "scheduler_hints": Property("Map"),
            "security_groups": Property("List", refers="security_group"),
            "block_device_mapping_v2": Property("List", entries=_BLOCK_DEVICE),
            "admin_pass": _NAME,
            "tags": _TAGS,
        },
        frozenset({"accessIPv4", "accessIPv6", "addresses", "first_address", "instance_name", "name", "networks", "show", "tags"}),
    ),
    "OS::Nova::ServerGroup": ResourceType(
        {
            "name": _TEXT,
            "policies": Property("List", allowed=("anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity")),
            "rules": Property("Map", entries={"max_server_per_host": Property("Number")}),
        },
        frozenset({"show"}),
    ),
    "OS::Cinder::Volume": ResourceType(
        {
            "name": _NAME,
            "description": _NAME,
            "size": Property("Integer", updatable=True, minimum=1),
            "image": Property("String", refers="image"),
            "volume_type": _NAME,
            "availability_zone": _TEXT,
            "metadata": _MAP,
            "read_only": _SWITCH,
            "snapshot_id": _TEXT,
            "source_volid": Property("String", refers="volume"),
            "scheduler_hints": Property("Map"),
        },
        frozenset(
            {
                "attachments_list",
                "availability_zone",
                "bootable",
                "created_at",
                "display_description",
                "display_name",
                "encrypted",
                "metadata_values",
                "show",
                "size",
                "status",
                "volume_type",
            }
        ),
    ),
    "OS::Cinder::VolumeAttachment": ResourceType(
        {
            "instance_uuid": Property("String", required=True, updatable=True),
            "volume_id": Property("String", required=True, updatable=True, refers="volume"),
            "mountpoint": _NAME,
        },
        frozenset({"show"}),
    ),
}
