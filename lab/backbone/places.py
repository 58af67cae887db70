"""Where everything of a running backbone is below its folder, and how its PE routers are reached."""

from dataclasses import dataclass
from pathlib import Path

from lab.backbone.inventory import Site
from lab.backbone.topology import management_address
from vtnmd.netconf.ssh import SshTarget

NETCONF_PORT = 830
USERNAME = "root"


@dataclass(frozen=True, slots=True)
class Places:
    """What is in `folder`. It must be short: UNIX sockets are below it."""

    folder: Path

    @property
    def key_file(self) -> Path:
        """What opens the PE routers."""
        return self.folder / "client"

    @property
    def known_hosts(self) -> Path:
        """The PE routers' host keys."""
        return self.folder / "known_hosts"

    @property
    def control(self) -> Path:
        """The socket on which the running backbone takes commands."""
        return self.folder / "control"

    def switch_folder(self, namespace: str) -> Path:
        """Of the Open vSwitch of a network namespace."""
        return self.folder / namespace

    def agent_folder(self, site: Site) -> Path:
        return self.folder / f"agent-{site.region}"

    def device_folder(self, site: Site) -> Path:
        return self.folder / f"device-{site.region}"

    def state(self, site: Site) -> Path:
        """What the PE router's agent tells: paths with the way in use, and the liveness of every way."""
        return self.agent_folder(site) / "state.json"

    def target(self, site: Site) -> SshTarget:
        """How a NETCONF client reaches the PE router, from the namespace that everything was started in or the region's."""
        return SshTarget(
            management_address(site), NETCONF_PORT, USERNAME, key_file=str(self.key_file), known_hosts_file=str(self.known_hosts)
        )
