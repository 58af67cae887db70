"""What a region offers: the flavors and images that examples/global-shop/inventory.yaml names, and whether it all works."""

from dataclasses import dataclass

from lab.openstack.identity import Cloud
from lab.openstack.site import Region, url


@dataclass(frozen=True, slots=True)
class Flavor:
    """`memory` in MiB, `disk` in GiB."""

    name: str
    cpus: int
    memory: int
    disk: int


FLAVORS = (Flavor("small", 1, 2048, 20), Flavor("medium", 2, 4096, 40), Flavor("large", 4, 8192, 80))
IMAGES = ("debian-12",)

_IMAGE_CONTENT = bytes(512)
"""The fake hypervisor boots nothing, but an image without content is none to Glance."""


def lay_in(region: Region, cloud: Cloud) -> None:
    """Make the flavors and images of a region. Raises LabError."""
    for flavor in FLAVORS:
        body = {"name": flavor.name, "vcpus": flavor.cpus, "ram": flavor.memory, "disk": flavor.disk}
        cloud.ask("POST", f"{url(region, 'nova')}/v2.1/flavors", {"flavor": body})
    for name in IMAGES:
        image = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public"}
        made = cloud.ask("POST", f"{url(region, 'glance')}/v2/images", image)
        cloud.upload(f"{url(region, 'glance')}/v2/images/{made['id']}/file", _IMAGE_CONTENT)
