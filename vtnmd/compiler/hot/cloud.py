"""The flavors and images that a hand-off chooses from: those of an inventory, or where there is none what clouds usually have.

The usual ones are the flavors that Nova long came with, and the images that examples of Heat and TOSCA name.
"""

from collections.abc import Iterable

from vtnmd.domain.inventory import Inventory
from vtnmd.domain.tree import Json

_FLAVORS = (
    ("m1.tiny", 1, 512, 1),
    ("m1.small", 1, 2048, 20),
    ("m1.medium", 2, 4096, 40),
    ("m1.large", 4, 8192, 80),
    ("m1.xlarge", 8, 16384, 160),
)
_IMAGES = (
    ("ubuntu-software-config-os-init", "Ubuntu", "14.04"),
    ("ubuntu-12.04-software-config-os-init", "Ubuntu", "12.04"),
    ("fedora-amd64-heat-config", "Fedora", "18.0"),
    ("F18-x86_64-cfntools", "Fedora", "19"),
    ("Fedora-x86_64-20-20131211.1-sda", "Fedora", "20"),
    ("cirros-0.3.1-x86_64-uec", "CirrOS", "0.3.1"),
    ("cirros-0.3.2-x86_64-uec", "CirrOS", "0.3.2"),
    ("rhel-6.5-test-image", "RHEL", "6.5"),
)

USUAL_CLOUD: Json = {
    "flavor": [{"name": name, "cpus": cpus, "memory": memory, "disk": disk} for name, cpus, memory, disk in _FLAVORS],
    "image": [
        {"name": name, "architecture": "x86_64", "type": "Linux", "distribution": distribution, "version": version}
        for name, distribution, version in _IMAGES
    ],
}
"""In the form of the `heat` settings of an inventory's endpoint."""


def common_cloud(inventory: Inventory) -> Json:
    """What all clouds of an inventory offer under the same name; the first of them says in which order, and what it is."""
    clouds = [endpoint.settings for endpoint in inventory.endpoints() if endpoint.kind == "heat"]
    return {kind: list(_common(cloud.get(kind, []) for cloud in clouds)) for kind in ("flavor", "image")}


def _common(offers: Iterable[list[Json]]) -> list[Json]:
    first, *others = list(offers) or [[]]
    names = [{entry["name"] for entry in offer} for offer in others]
    return [entry for entry in first if all(entry["name"] in offered for offered in names)]
