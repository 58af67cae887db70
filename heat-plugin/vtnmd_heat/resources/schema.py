"""Properties and attributes that several resource types have."""

from collections.abc import Iterable
from typing import Any

from heat.common.i18n import _
from heat.engine import attributes, constraints, properties

VTN, NAME, DESCRIPTION = "vtn", "name", "description"
STATE, PROBE = "state", "probe"

LONGEST = 63
NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9_.\-]*[A-Za-z0-9])?$"
"""Names of vtnmd (vtnmd-types:name)."""


def name_property() -> properties.Schema:
    return properties.Schema(
        properties.Schema.STRING,
        _("What it is called in vtnmd; made of the names of stack and resource where none is given."),
        constraints=[constraints.Length(min=1, max=LONGEST), constraints.AllowedPattern(NAME_PATTERN)],
    )


def description_property() -> properties.Schema:
    return properties.Schema(properties.Schema.STRING, _("For people."), update_allowed=True)


def vtn_property() -> properties.Schema:
    return properties.Schema(
        properties.Schema.STRING,
        _("The VTN that it belongs to."),
        required=True,
        constraints=[constraints.CustomConstraint("vtnmd.vtn")],
    )


def state_attribute() -> attributes.Schema:
    return attributes.Schema(
        _("How far vtnmd has come with the VTN: applied, running, partly (some region waits), planned, refused, failed."),
        type=attributes.Schema.STRING,
        cache_mode=attributes.Schema.CACHE_NONE,
    )


def probe_attribute() -> attributes.Schema:
    return attributes.Schema(
        _("Packets sent just now through interconnects: source, target, passed, and the path or the first hop that is missing."),
        type=attributes.Schema.LIST,
        cache_mode=attributes.Schema.CACHE_NONE,
    )


def without_nothing(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object without the members that are None."""
    return {name: value for name, value in members if value is not None}
