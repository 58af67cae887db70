"""The inventory of a lab: how vtnmd reaches the endpoints that the lab simulates."""

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_state import CloudLimits
from vtnmd.lab.layout import CUSTOMER_PORT, HOST, USER, Lab

_IMAGE = {"name": "debian-12", "architecture": "x86_64", "type": "linux", "distribution": "debian", "version": "12"}
_FLAVORS = (
    {"name": "small", "cpus": 1, "memory": 2048, "disk": 20},
    {"name": "medium", "cpus": 2, "memory": 4096, "disk": 40},
    {"name": "large", "cpus": 4, "memory": 8192, "disk": 80},
)
_FABRIC = "fabric"
CLOUD_LIMITS = CloudLimits((_FABRIC,), (_IMAGE["name"],), tuple(str(flavor["name"]) for flavor in _FLAVORS))
"""What each simulated cloud has to offer, which is what the inventory says of it."""


def lab_inventory(lab: Lab, prefix: str = "") -> Json:
    """The content of an inventory file. `prefix` leads from its folder to that of the lab."""
    return {"inventory": {"region": [_region(lab, region, prefix) for region in lab.regions], "backbone": lab.backbone()}}


def _region(lab: Lab, region: str, prefix: str) -> Json:
    def login(endpoint: str) -> Json:
        return {"username": USER, "password": f"file:{prefix}secrets/{region}-{endpoint}", "ca-file": f"{prefix}ca.pem"}

    return {
        "name": region,
        "vlan-range": {"start": 100, "end": 499},
        "endpoint": [
            {"name": "odl", "odl": {"url": lab.url(region, "odl"), **login("odl")}},
            {
                "name": "pe",
                **({"family": lab.family(region)} if lab.family(region) else {}),
                "netconf": {
                    "host": HOST,
                    "port": lab.port(region, "pe"),
                    "username": USER,
                    "key-file": f"{prefix}client-key",
                    "known-hosts-file": f"{prefix}known_hosts",
                    "customer-port": CUSTOMER_PORT,
                    "backbone-node": lab.node(region),
                },
            },
            {
                "name": "heat",
                "heat": {
                    "auth-url": lab.url(region, "heat"),
                    "region-name": region,
                    **login("heat"),
                    "physical-network": _FABRIC,
                    "image": [_IMAGE],
                    "flavor": list(_FLAVORS),
                },
            },
            {"name": "probe", "probe": {"url": lab.url(region, "probe"), **login("probe")}},
        ],
    }
