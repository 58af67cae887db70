"""The processes of an OpenStack, started and ended together."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.commands import LabError
from lab.openstack import database, settings
from lab.openstack.authority import certify
from lab.openstack.identity import Cloud, fill
from lab.openstack.installation import Installation
from lab.openstack.site import PORTS, REGIONAL, Region, Site
from lab.openstack.stock import lay_in

_CHECKOUT = Path(__file__).resolve().parents[2]
_BINDING = Path(__file__).with_name("binding")
_PATIENCE = 900.0
_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Service:
    """One service in all regions: a process that has one more for each region."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """Raises LabError, with the end of its log, where it has ended."""
        if self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])
            raise LabError(f"{self.name} ended with exit code {self.process.returncode}:\n{tail}")


@contextmanager
def running(site: Site, installation: Installation) -> Iterator[Sequence[Service]]:
    """Run every service until the context is left; entered once all of them answer. Raises LabError."""
    certify([site.keystone, *(region.address for region in site.regions)], site.authority, *_identity(site))
    with ExitStack() as stack:
        for region in site.regions:
            home = site.home(region) / "database"
            home.mkdir(mode=0o700, parents=True)
            stack.enter_context(database.running(database.copied(installation.data, home / "data"), home))
        services: list[Service] = []
        stack.callback(_end, services)
        for name, places in _places(site, installation).items():
            services.append(_start(name, places, site, installation))
        _await(services, [(site.keystone, PORTS["keystone"])])
        fill(site, Cloud(site))
        _await(services, [(region.address, port) for region in site.regions for api, port in PORTS.items() if api != "keystone"])
        cloud = Cloud(site)
        for region in site.regions:
            lay_in(region, cloud)
        yield services


def _places(site: Site, installation: Installation) -> Mapping[str, Mapping[Path, str]]:
    """Write the settings of every service; gives, by service, the folders that hold them and the addresses to listen on."""
    places = {"keystone": {settings.write_keystone(site).parent: site.keystone}}
    for name in REGIONAL:
        places[name] = {site.home(region) / name: region.address for region in site.regions}
    for region in site.regions:
        settings.write_region(site, region, installation.venv)
    return places


def _start(name: str, places: Mapping[Path, str], site: Site, installation: Installation) -> Service:
    log = site.folder / f"{name}.out"
    homes = [f"{home}={address}" for home, address in places.items()]
    command = [installation.venv / "bin/python", "-m", "lab.openstack.serve", name, *_identity(site), *homes]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the lab's own program
            [str(word) for word in command],
            cwd=site.folder,
            env=_environment(site, installation),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Service(name, process, log)


def _environment(site: Site, installation: Installation) -> dict[str, str]:
    """Nothing of the user's: no proxies, no clouds, no settings of Python."""
    bootstrap = {f"OS_BOOTSTRAP_{interface}_URL": site.auth_url for interface in ("PUBLIC", "INTERNAL", "ADMIN")}
    return {
        "PATH": f"{installation.venv / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": f"{_CHECKOUT}:{_BINDING}",
        "PYTHONWARNINGS": "ignore",
        "HOME": str(site.folder),
        "XDG_CACHE_HOME": str(installation.entry_points),
        "REQUESTS_CA_BUNDLE": str(site.authority),
        "OS_CINDER_DISABLE_EVENTLET_PATCHING": "1",
        "OS_BOOTSTRAP_PASSWORD": site.secrets.admin,
        "OS_BOOTSTRAP_REGION_ID": site.regions[0].name,
        **bootstrap,
    }


def _end(services: Sequence[Service]) -> None:
    """Nothing that they hold is kept, so nothing has to be shut down in good order."""
    for service in services:
        with suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)
    for service in services:
        service.process.wait()


def _identity(site: Site) -> tuple[Path, Path]:
    """The certificate and the key that every service shows."""
    return site.folder / "certificate.pem", site.folder / "key.pem"


def _await(services: Iterable[Service], addresses: Iterable[tuple[str, int]]) -> None:
    """Wait until something listens on each address. Raises LabError where a service ends first, or that takes too long."""
    deadline = time.monotonic() + _PATIENCE
    for address in addresses:
        while not _listens(address):
            for service in services:
                service.check()
            if time.monotonic() > deadline:
                raise LabError(f"nothing listens on {address[0]}:{address[1]} after {_PATIENCE:g} s; see the logs")
            time.sleep(_STEP)


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True


def regions_of(names: Sequence[str]) -> tuple[Region, ...]:
    """Regions of these names on loopback addresses of their own."""
    return tuple(Region(name, f"127.0.0.{number}") for number, name in enumerate(names, 2))
