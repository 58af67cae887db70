"""What the parts of the lab need of the machine: Debian on x86-64, root, and a few packages, which are installed here."""

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab.commands import LabError, run, say

_PROGRAMS = {"ip": "iproute2", "unshare": "util-linux"}
FOR_KARAF = {"mvn": "maven", "patchelf": "patchelf"}
"""What putting an OpenDaylight together takes: programs, and the Debian packages that have them."""
FOR_NETWORK = {"ovs-vswitchd": "openvswitch-switch", "tc": "iproute2", "netconfd": "netconfd", "sshd": "openssh-server"}
"""What switches and PE routers take."""
FOR_TRAFFIC = {"ping": "iputils-ping", "tcpdump": "tcpdump", "iperf3": "iperf3"}
"""What makes and counts packets."""
FOR_CLOUD = {"mariadbd": "mariadb-server-core", "mariadb": "mariadb-client-core"}
"""What an OpenStack takes beside its Python packages."""
_POLICY = Path("/usr/sbin/policy-rc.d")


def require_machine(product: str, needed_for: str) -> None:
    """Raises LabError unless this is Debian on x86-64, which is `needed_for` something, and the user is root."""
    system = platform.freedesktop_os_release().get("ID", "") if Path("/etc/os-release").exists() else ""
    if system != "debian" or platform.machine() != "x86_64":
        raise LabError(
            f"{product} needs Debian on x86-64, this is {system or platform.system()} on {platform.machine()}: {needed_for}"
        )
    if os.geteuid() != 0:
        raise LabError(f"{product} runs in a network namespace of its own, and only root can make one: run this as root")


def install_packages(more: Mapping[str, str]) -> None:
    """Install those Debian packages that are missing, saying so before. No service of theirs is started.

    `more` maps programs that are needed too to their packages.
    """
    missing = sorted({package for program, package in {**_PROGRAMS, **more}.items() if not shutil.which(program)})
    if not missing:
        return
    say(f"installing Debian packages: {' '.join(missing)}")
    run("apt-get", "update")
    with _no_services_started():
        run(
            *("apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", *missing),
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )


@contextlib.contextmanager
def _no_services_started() -> Iterator[None]:
    """Debian asks this file, where there is one, before a package starts a service; 101 means forbidden (invoke-rc.d(8))."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
