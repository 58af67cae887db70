"""Network namespaces and the pairs of devices that join them."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.commands import run
from lab.isolation import CHECKOUT

_NAMED = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a pair of devices: its namespace, empty for the current one, its name and, where it matters, its MAC address."""

    namespace: str
    device: str
    address: str = ""


def enter(namespace: str) -> tuple[str, ...]:
    """What stands before a command to run it in a network namespace; other namespaces stay as they are, unlike `ip netns exec`."""
    return ("nsenter", f"--net={_NAMED / namespace}") if namespace else ()


def run_in(namespace: str, *command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run to the end in a network namespace; gives what it printed. Raises LabError when it fails."""
    return run(*enter(namespace), *command, env=env)


def ip(namespace: str, words: str) -> None:
    """One command of iproute2, such as `link set lo up`."""
    run("ip", *(("-n", namespace) if namespace else ()), *words.split())


def exists(namespace: str) -> bool:
    return (_NAMED / namespace).exists()


def named() -> tuple[str, ...]:
    """The network namespaces that have a name here."""
    return tuple(sorted(path.name for path in _NAMED.iterdir()))


def add_namespace(name: str, *settings: str) -> None:
    """Make a network namespace with these settings of sysctl, as far as the kernel knows them."""
    run("ip", "netns", "add", name)
    set_up(name, *settings)


def set_up(name: str, *settings: str) -> None:
    """Have loopback, and settings of sysctl, in a network namespace that is there."""
    ip(name, "link set lo up")
    if settings:
        run_in(name, "sysctl", "--quiet", "--ignore", "--write", *settings)


def delete_namespace(name: str) -> None:
    run("ip", "netns", "delete", name)


def join(near: End, far: End, mtu: int) -> None:
    """Make a pair of devices in two namespaces, both up."""
    sized = ("mtu", str(mtu))
    there = far.namespace or str(os.getpid())
    run(
        *("ip", *_in(near), "link", "add", "name", near.device, *sized, *_addressed(near), "type", "veth"),
        *("peer", "name", far.device, *sized, *_addressed(far), "netns", there),
    )
    bring_up(near, far)


def bring_up(*ends: End) -> None:
    for end in ends:
        ip(end.namespace, f"link set {end.device} up")


def leave_no_checksums(namespace: str, *devices: str) -> None:
    """Let senders compute checksums: frames leave these devices for a switch in user space, and nobody would do it there."""
    run_in(namespace, sys.executable, "-m", "lab.backbone.offload", *devices, env={"PYTHONPATH": str(CHECKOUT)})


def _in(end: End) -> tuple[str, ...]:
    return ("-n", end.namespace) if end.namespace else ()


def _addressed(end: End) -> tuple[str, ...]:
    return ("address", end.address) if end.address else ()
