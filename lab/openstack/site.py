"""What an OpenStack of the lab is: its regions, where its services listen, what they log in with. Pure but for `new_secrets`."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PORTS = {
    "keystone": 5000,
    "heat": 8004,
    "heat-cfn": 8000,
    "neutron": 9696,
    "nova": 8774,
    "placement": 8778,
    "glance": 9292,
    "cinder": 8776,
}
"""Where each API listens, in every region alike: regions differ in their address."""

REGIONAL = ("placement", "neutron", "glance", "cinder", "nova", "heat")
"""The services that each region has a process of. Heat's serves `heat-cfn` too."""

PHYSICAL_NETWORKS = ("fabric", "physnet1")
"""What examples/global-shop and what the contract suite names."""
DOMAIN = "Default"
DOMAIN_ID = "default"
STACK_DOMAIN = "heat"
STACK_DOMAIN_ADMIN = "heat_domain_admin"


@dataclass(frozen=True, slots=True)
class Region:
    """One region and the IP address that its services listen on, which no other region shares."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is made up for one run: the password of admin, of each service's user, and the keys of Heat and Placement's secret."""

    admin: str
    services: Mapping[str, str]
    stack_domain_admin: str
    heat_encryption: str


@dataclass(frozen=True, slots=True)
class Site:
    """One OpenStack.

    `folder` takes everything that is written; `heat_config` is a file of settings that each Heat reads last. With `trusts`, Heat
    acts by trusts of its users, as is its default; without, it makes stacks of EC2-signed requests too.
    """

    keystone: str
    regions: tuple[Region, ...]
    folder: Path
    secrets: Secrets
    heat_config: Path | None = None
    trusts: bool = False

    @property
    def auth_url(self) -> str:
        return f"https://{self.keystone}:{PORTS['keystone']}/v3"

    @property
    def authority(self) -> Path:
        """The certificate, PEM, by which clients know every API."""
        return self.folder / "ca.pem"

    def home(self, region: Region) -> Path:
        """Where the files of a region are."""
        return self.folder / region.name

    def database(self, region: Region, name: str) -> str:
        """The SQLAlchemy URL of a database: of the region's own server, reached by a socket in its folder."""
        return f"mysql+pymysql://root@localhost/{name}?charset=utf8mb4&unix_socket={self.home(region) / 'database/socket'}"


def url(region: Region, api: str) -> str:
    """Where an API of a region is reached, without its path."""
    return f"https://{region.address}:{PORTS[api]}"


def new_secrets() -> Secrets:
    return Secrets(
        admin=secrets.token_urlsafe(18),
        services={name: secrets.token_urlsafe(18) for name in REGIONAL},
        stack_domain_admin=secrets.token_urlsafe(18),
        heat_encryption=secrets.token_hex(16),
    )
