"""The data model that clients are served: services, inventory, access control, what the protocols say of themselves, designers'."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from vtnmd.assets import YANG_MODELS
from vtnmd.compiler.models import SERVICE_MODULES, loaded_with
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

OWN_FORM = Path(__file__).resolve().parent / "yang"
"""Modules of standards that are published without a YANG module, or with one that pyang does not ship."""

PROTOCOL_MODULES = (
    "ietf-netconf-acm",
    "ietf-yang-library",
    "ietf-datastores",
    "ietf-netconf",
    "ietf-netconf-with-defaults",
    "ietf-netconf-monitoring",
    "ietf-netconf-nmda",
    "ietf-netconf-notifications",
    "notifications",
    "nc-notifications",
    "ietf-netconf-partial-lock",
    "ietf-restconf-monitoring",
    "vtnmd-access",
    "vtnmd-orchestration",
    "ietf-alarms",
)
"""What NETCONF and RESTCONF are made of, who may use them, and what vtnmd tells of itself."""

PROTOCOL_OPERATIONS = frozenset(
    {
        "ietf-netconf",
        "ietf-netconf-monitoring",
        "ietf-netconf-nmda",
        "ietf-netconf-partial-lock",
        "notifications",
    }
)
"""Modules whose operations are those of NETCONF itself, so that no other protocol offers them."""

ABSENT_FEATURES = ("ietf-netconf:startup", "ietf-netconf:url", "ietf-netconf-nmda:origin")
"""What is not offered."""

_SETS_OF_MODELS = 4


@lru_cache(_SETS_OF_MODELS)
def northbound_schema(models: Models = NO_MODELS, more: tuple[str, ...] = ()) -> Schema:
    """The schema of everything that clients see: with a designer's modules, and with `more` modules that are at hand by name.

    Raises Invalid with what is wrong with the designer's.
    """
    return loaded_with(models, modules_served(more), (YANG_MODELS, OWN_FORM), ABSENT_FEATURES)


def modules_served(more: Sequence[str] = ()) -> tuple[str, ...]:
    """The modules by name, without a designer's."""
    return (*SERVICE_MODULES, *PROTOCOL_MODULES, *more)


def operations_offered(schema: Schema) -> Mapping[str, SchemaNode]:
    """RPCs that are no protocol's own, by `module:name`."""
    return {
        name: node
        for name, node in schema.root.operations.items()
        if node.kind is Kind.RPC and node.module not in PROTOCOL_OPERATIONS
    }
