"""How the endpoints of an inventory are connected."""

from collections.abc import Callable, Mapping
from functools import partial

from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.tree import Json
from vtnmd.engine.lane import DriverFactory
from vtnmd.southbound.catalogue import KINDS, connect


def drivers_of(inventory: Inventory, secrets: Callable[[str], str]) -> Mapping[str, DriverFactory]:
    """How each endpoint that holds resources is connected, by its id, which is also what its messages call it."""
    return {
        f"{region['name']}/{entry['name']}": partial(connect, named(region["name"], entry), secrets)
        for region in inventory.document.get(ROOT, {}).get("region", [])
        for entry in region.get("endpoint", [])
        if KINDS & entry.keys()
    }


def named(region: str, entry: Json) -> Json:
    """An inventory entry under the id of its endpoint."""
    return {**entry, "name": f"{region}/{entry['name']}"}
