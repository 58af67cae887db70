"""What runs inside the namespaces: every service of every region, until standard input ends or SIGTERM.

Prints one line, `ready`, on standard output once everything answers. FOLDER then holds what clients need: `ca.pem` and
`admin-password`.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from lab.commands import LabError, say
from lab.isolation import READY
from lab.openstack.installation import installation
from lab.openstack.running import Service, regions_of, running
from lab.openstack.site import Region, Site, new_secrets

_STEP = 0.5


def main(arguments: Sequence[str]) -> int:
    """Run until told to end; gives the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _end_with_input()
    started = time.monotonic()
    try:
        cache, site = _read(arguments)
        _keep(site)
        with running(site, installation(cache)) as services:
            say(f"{len(site.regions)} regions are ready after {time.monotonic() - started:.0f} s")
            sys.stdout.write(READY)
            sys.stdout.flush()
            _stay(services)
    except LabError as error:
        say(str(error))
    except KeyboardInterrupt:
        return 0
    return 1


def _read(arguments: Sequence[str]) -> tuple[Path, Site]:
    parser = argparse.ArgumentParser(prog="python -m lab.openstack.inside", description=__doc__)
    parser.add_argument("cache", type=Path, help="where `python -m lab.openstack prepare` has put everything together")
    parser.add_argument("folder", type=Path, help="takes everything that is written; empty before")
    parser.add_argument("--keystone", default="127.0.0.1", metavar="ADDRESS", help="where Keystone listens (default: %(default)s)")
    parser.add_argument("--region", action="append", metavar="NAME[=ADDRESS]", help="a region, on an address of its own")
    parser.add_argument("--heat-config", type=Path, metavar="FILE", help="settings that every Heat reads last, such as plugin_dirs")
    parser.add_argument("--trusts", action="store_true", help="have Heat act by trusts, so that EC2-signed requests make no stack")
    chosen = parser.parse_args(arguments)
    regions = _regions(chosen.region or ["east", "west"])
    heat_config = chosen.heat_config.resolve() if chosen.heat_config else None
    return chosen.cache.resolve(), Site(
        chosen.keystone, regions, chosen.folder.resolve(), new_secrets(), heat_config, chosen.trusts
    )


def _regions(given: Sequence[str]) -> tuple[Region, ...]:
    names = [text.partition("=")[0] for text in given]
    default = {region.name: region.address for region in regions_of(names)}
    regions = tuple(Region(name, text.partition("=")[2] or default[name]) for name, text in zip(names, given, strict=True))
    if len({region.name for region in regions}) < len(regions) or len({region.address for region in regions}) < len(regions):
        raise LabError("regions need names and addresses that differ: --region east=192.0.2.1 --region west=192.0.2.2")
    return regions


def _keep(site: Site) -> None:
    site.folder.mkdir(parents=True, exist_ok=True)
    password = site.folder / "admin-password"
    password.touch(0o600)
    password.write_text(site.secrets.admin)


def _end_with_input() -> None:
    """Have the end of standard input do what SIGTERM does, from now on."""

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=listen, daemon=True).start()


def _stay(services: Sequence[Service]) -> None:
    """Until interrupted. Raises LabError where a service ends by itself."""
    while True:
        for service in services:
            service.check()
        time.sleep(_STEP)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
