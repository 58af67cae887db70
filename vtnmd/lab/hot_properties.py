"""Properties of Heat resources, checked and converted by the schema of their type, as Heat does. Pure."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from vtnmd.domain.tree import Json
from vtnmd.lab.hot_functions import HotError, Later
from vtnmd.lab.hot_types import TYPES, Property

Exists = Callable[[str, str], bool]
"""Whether the cloud holds an object of a kind (network, image, flavor …) by that name or id."""

_MAC = re.compile(r"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")


def checked_properties(name: str, type_name: str, values: Mapping[str, Json], exists: Exists) -> Mapping[str, Json]:
    """Evaluated properties of a resource in the types of their schema. Raises HotError for the first that does not fit."""
    properties = _members(TYPES[type_name].properties, values, exists, f"resources.{name}.properties")
    match type_name:
        case "OS::Neutron::Subnet":
            _check_subnet(properties)
        case "OS::Nova::Server":
            _check_server(name, properties)
        case "OS::Cinder::Volume" if not any(properties.get(source) for source in ("size", "source_volid", "snapshot_id")):
            wanted = 'one and only one of "source_volid", "snapshot_id" must be specified, but currently specified options: []'
            raise HotError("StackValidationFailed", f'If neither "backup_id" nor "size" is provided, {wanted}.')
    return properties


def _check_subnet(properties: Mapping[str, Json]) -> None:
    if not properties.get("cidr"):
        message = "At least one of the following properties must be specified: subnetpool, cidr."
        raise HotError("PropertyUnspecifiedError", message)
    gateway = properties.get("gateway_ip")
    if gateway and not isinstance(gateway, Later) and not _in_form("IP address", gateway):
        raise HotError("StackValidationFailed", f'Gateway IP address "{gateway}" is in invalid format.')


def _check_server(name: str, properties: Mapping[str, Json]) -> None:
    if not properties.get("image") and not properties.get("block_device_mapping_v2"):
        raise HotError("StackValidationFailed", f"Neither image nor bootable volume is specified for instance {name}")
    for network in properties.get("networks") or ():
        if not any(network.get(member) for member in ("network", "port", "allocate_network", "subnet")):
            wanted = 'One of the properties "network", "port", "allocate_network" or "subnet" should be set'
            raise HotError("StackValidationFailed", f'{wanted} for the specified network of server "{name}".')


def _members(schema: Mapping[str, Property], values: Mapping[str, Json], exists: Exists, place: str) -> Mapping[str, Json]:
    for name in values:
        if name not in schema:
            raise _wrong(place, f"Unknown Property {name}")
    for name, expected in schema.items():
        if expected.required and values.get(name) is None:
            raise _wrong(place, f"Property {name} not assigned")
    return {name: _typed(schema[name], value, exists, f"{place}.{name}") for name, value in values.items()}


def _typed(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    """The value in the type that the property wants, its constraints checked."""
    if value is None or isinstance(value, Later):
        return value
    match expected.kind:
        case "Map":
            if not isinstance(value, dict):
                raise _wrong(place, f'"{value}" is not a map')
            return _members(expected.entries, value, exists, place) if expected.entries else value
        case "List":
            return _typed_list(expected, value, exists, place)
    return _constrained(expected, _scalar(expected.kind, value, place), exists, place)


def _typed_list(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    if not isinstance(value, list):
        raise _wrong(place, f'"{value!r}" is not a list')
    if not expected.entries:
        return [
            entry if isinstance(entry, Later) else _constrained(expected, entry, exists, f"{place}[{index}]")
            for index, entry in enumerate(value)
        ]
    entry_type = Property("Map", entries=expected.entries)
    return [_typed(entry_type, entry, exists, f"{place}[{index}]") for index, entry in enumerate(value)]


def _scalar(kind: str, value: Json, place: str) -> Json:
    match kind:
        case "String":
            if not isinstance(value, str | bool | int):
                raise _wrong(place, f"Value must be a string; got {value!r}")
            return str(value)
        case "Boolean":
            if str(value).lower() not in {"true", "false"}:
                raise _wrong(place, f'"{value}" is not a valid boolean')
            return str(value).lower() == "true"
        case _:
            try:
                return int(value) if kind == "Integer" else float(value)
            except (TypeError, ValueError):
                what = "an integer" if kind == "Integer" else "a number"
                raise _wrong(place, f"Value {value!r} is not {what}") from None


def _constrained(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    if expected.allowed and value not in expected.allowed:
        allowed = ", ".join(_quoted(entry) for entry in expected.allowed)
        raise _wrong(place, f"{_quoted(value)} is not an allowed value [{allowed}]")
    low, high = expected.minimum, expected.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise _wrong(place, f"{value} is out of range (min: {low}, max: {high})")
    if not _in_form(expected.form, value):
        raise _wrong(place, f"Error validating value {value!r}: Invalid {expected.form}")
    if expected.refers and not exists(expected.refers, value):
        raise _wrong(place, f"Error validating value '{value}': {_not_found(expected.refers, value)}")
    return value


def _not_found(kind: str, value: Json) -> str:
    """How the client of the service that has the object tells that there is none."""
    match kind:
        case "image":
            return f"No images matching {{'name': '{value}'}}."
        case "flavor":
            return f"No Flavor matching {{'name': '{value}'}}. (HTTP 404)"
        case "volume":
            return f"The Volume ({value}) could not be found."
        case _:
            return f"Unable to find {kind} with name or id '{value}'"


def _quoted(value: Json) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _in_form(form: str, value: Json) -> bool:
    try:
        match form:
            case "IP address":
                ip_address(value)
            case "net cidr":
                ip_network(value, strict=False)
            case "MAC address":
                return _MAC.fullmatch(value) is not None
    except ValueError:
        return False
    return True


def _wrong(place: str, what: str) -> HotError:
    return HotError("StackValidationFailed", f"Property error: {place}: {what}")
