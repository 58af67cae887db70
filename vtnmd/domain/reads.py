"""Digests of what a plan read: one definition of `Plan.reads`, for the planner that notes them and the store that compares them.

An empty digest says that the thing was absent when it was read.
"""

from functools import lru_cache

from vtnmd.domain.address import Address
from vtnmd.domain.intent import Intent
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, digest

INVENTORY = "inventory"
RESOURCE = "resource "


def service_read(name: str) -> str:
    """The key of a service's Intent in `Plan.reads`."""
    return f"service {name}"


def resource_read(address: Address) -> str:
    """The key of a resource of the Snapshot in `Plan.reads`."""
    return f"{RESOURCE}{address}"


def service_digest(intent: Intent | None) -> str:
    """Of the Intent that the state holds for a service; empty where it holds none, also while the service is being destroyed."""
    return "" if intent is None else intent.digest


def inventory_digest(inventory: Json | None) -> str:
    """Of the inventory that the state holds."""
    return "" if inventory is None else digest(inventory)


def resource_digest(applied: Applied | None) -> str:
    """Of what the Snapshot says of one resource: its own digest and who owns it. What endpoints answered does not count."""
    return "" if applied is None else entry_digest(applied.digest, applied.owners)


def entry_digest(applied_digest: str, owners: frozenset[str]) -> str:
    """`resource_digest` for a caller that has only the parts. A plan has one for each of its resources: it is not hashed again."""
    return (applied_digest or "unknown") + _listed(owners)


@lru_cache(maxsize=4096)
def _listed(owners: frozenset[str]) -> str:
    """Most resources of a service have the same owners."""
    return "".join(f" {owner}" for owner in sorted(owners))
