"""The kinds of endpoint that vtnmd can drive. A driver's module is imported when its first endpoint is connected."""

from collections.abc import Callable, Mapping
from importlib import import_module

from vtnmd.domain.tree import Json
from vtnmd.southbound.ports import Driver

_MODULES = {
    "odl": "vtnmd.southbound.odl_vtn",
    "netconf": "vtnmd.southbound.netconf",
    "heat": "vtnmd.southbound.heat",
    "restconf": "vtnmd.southbound.restconf",
}

KINDS = frozenset(_MODULES)


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> Driver:
    """The driver of an inventory entry, by the one kind that it has. Nothing is sent yet.

    Raises ValueError for an entry of another kind, such as a probe agent, which holds no resources.
    """
    kind = next((kind for kind in _MODULES if kind in endpoint), None)
    if kind is None:
        raise ValueError(f"endpoint {endpoint.get('name')} is of no kind that holds resources: {', '.join(sorted(KINDS))}")
    driver: Driver = import_module(_MODULES[kind]).connect(endpoint, secrets)
    return driver
