"""What stands where in the room: the regions, the backbone between them, and the inventory by which vtnmd finds everything."""

import secrets
from pathlib import Path
from typing import Any

import yaml

from lab.karaf.process import PASSWORD, USERNAME
from lab.openstack.authority import certify

REGIONS = ("east", "west")
PARTS_OF_REGION = ("odl", "pe", "heat", "probe")

PE_PORT, ODL_PORT, PROBE_PORT = 830, 8443, 8700
TLS = "tls"
"""The folder of the room with the certificate of all that listens in regions, its key, and that of its authority."""
PROBE_USER = "probe"

_NODES = {"east": "pe-east", "west": "pe-west"}
_TRANSIT = ("p1", "p2", "p3")
_LINKS = (("p1", "p2"), ("p1", "p3"), ("p2", "p3"), ("pe-east", "p1"), ("pe-east", "p2"), ("pe-west", "p2"), ("pe-west", "p3"))
"""A triangle of transit nodes, and each PE router at two of them: no two ways share a link."""
_FIRST_LABEL = 16001
_LINK_MTU = 9000
_CA = f"{TLS}/ca.pem"
_FLAVORS = ({"name": "small", "cpus": 1, "memory": 2048, "disk": 20}, {"name": "medium", "cpus": 2, "memory": 4096, "disk": 40})
_IMAGE = {"name": "debian-12", "architecture": "x86_64", "type": "linux", "distribution": "debian", "version": "12"}


def node_of(region: str) -> str:
    """The PE router of a region, as the backbone calls it."""
    return _NODES[region]


def management_address(region: str) -> str:
    """Where what runs in a region's namespace is reached from the room itself."""
    return f"10.255.{REGIONS.index(region) + 1}.2"


def cloud_address(region: str) -> str:
    """Where the OpenStack of a region listens, in the room itself."""
    return f"127.0.1.{REGIONS.index(region) + 1}"


def password_file(folder: Path, name: str) -> Path:
    """A file with the password of `odl` or of a probe agent, made up where there is none yet."""
    path = folder / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(PASSWORD if name == "odl" else secrets.token_urlsafe(18), encoding="utf-8")
    return path


def write_certificates(folder: Path) -> None:
    """Have an authority of the room's own vouch for the management addresses, once."""
    tls = folder / TLS
    if not tls.exists():
        tls.mkdir(mode=0o700)
        certify(map(management_address, REGIONS), tls / "ca.pem", tls / "certificate.pem", tls / "key.pem")


def write_inventory(folder: Path) -> Path:
    """Write the inventory of the whole lab into the room's folder; gives the file."""
    regions = [_region(folder, region) for region in REGIONS]
    labels = iter(range(_FIRST_LABEL, _FIRST_LABEL + 2 * len(_LINKS)))
    links = [{"a": a, "b": b, "label-a": next(labels), "label-b": next(labels), "mtu": _LINK_MTU} for a, b in _LINKS]
    nodes = [*({"name": node, "region": region} for region, node in _NODES.items()), *({"name": name} for name in _TRANSIT)]
    backbone = {
        "node": nodes,
        "link": links,
        "label-range": {"start": 100000, "end": 199999},
        "route-distinguisher": {"administrator": 65000},
    }
    path = folder / "inventory.yaml"
    path.write_text(yaml.safe_dump({"inventory": {"region": regions, "backbone": backbone}}, sort_keys=False), encoding="utf-8")
    return path


def _region(folder: Path, region: str) -> dict[str, Any]:
    address = management_address(region)
    endpoints = [
        {"name": "odl", "odl": {"url": f"https://{address}:{ODL_PORT}/restconf", **_login(folder, "odl", USERNAME)}},
        {
            "name": "pe",
            "netconf": {
                "host": address,
                "port": PE_PORT,
                "username": "root",
                "key-file": "backbone/client",
                "known-hosts-file": "backbone/known_hosts",
                "customer-port": "customer",
                "backbone-node": node_of(region),
            },
        },
        {
            "name": "probe",
            "probe": {"url": f"https://{address}:{PROBE_PORT}", **_login(folder, f"{region}-probe", PROBE_USER)},
        },
        _cloud(region),
    ]
    return {"name": region, "vlan-range": {"start": 100, "end": 499}, "endpoint": endpoints}


def _cloud(region: str) -> dict[str, Any]:
    settings = {
        "auth-url": f"https://{cloud_address(REGIONS[0])}:5000/v3",
        "region-name": region,
        "username": "admin",
        "password": "file:openstack/admin-password",
        "ca-file": "openstack/ca.pem",
        "physical-network": "fabric",
        "image": [dict(_IMAGE)],
        "flavor": [dict(flavor) for flavor in _FLAVORS],
    }
    return {"name": "heat", "heat": settings}


def _login(folder: Path, name: str, username: str) -> dict[str, str]:
    return {"ca-file": _CA, "username": username, "password": f"file:{password_file(folder, name).relative_to(folder)}"}
