"""Open vSwitch in the current network namespace: two bridges under one OpenFlow controller, joined by a trunk.

Bridge `s1` is node `openflow:1` to the controller, `s2` is `openflow:2`. Port 1 of each is a host port (`s1-host`, `s2-host`), port
2 the trunk (`s1-trunk`, `s2-trunk`). Frames are switched in user space, so the kernel module is not needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.commands import run

_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
_BRIDGES = ((1, 2), (2, 1))
"""The number of each bridge, and of the one at the other end of its trunk."""

PORTS = {f"openflow:{bridge}": (f"s{bridge}-host", f"s{bridge}-trunk") for bridge, _ in _BRIDGES}


@contextmanager
def fabric(folder: Path, controller: str) -> Iterator[None]:
    """Run Open vSwitch, with its files in `folder`, until the context is left.

    `controller` is where the bridges look for their OpenFlow controller, such as `tcp:127.0.0.1:6653`.
    """
    own = {name: str(folder) for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}
    database = f"unix:{folder / 'db.sock'}"
    run("ovsdb-tool", "create", folder / "conf.db", _SCHEMA)
    run("ovsdb-server", folder / "conf.db", f"--remote=p{database}", *_daemon(folder, "ovsdb-server"), env=own)
    try:
        run("ovs-vswitchd", database, *_daemon(folder, "ovs-vswitchd"), env=own)
        try:
            _configure(database, controller)
            yield
        finally:
            run("ovs-appctl", f"--target={folder / 'ovs-vswitchd.ctl'}", "exit")
    finally:
        run("ovs-appctl", f"--target={folder / 'ovsdb-server.ctl'}", "exit")


def _daemon(folder: Path, name: str) -> list[str]:
    files = (("pidfile", "pid"), ("log-file", "log"), ("unixctl", "ctl"))
    return ["--detach", "--no-chdir", *(f"--{option}={folder / name}.{ending}" for option, ending in files)]


def _configure(database: str, controller: str) -> None:
    vsctl = ("ovs-vsctl", f"--db={database}")
    for bridge, peer in _BRIDGES:
        run(
            *vsctl,
            *("add-br", f"s{bridge}"),
            *("--", "set", "bridge", f"s{bridge}", "datapath_type=netdev", "protocols=OpenFlow13", "fail-mode=secure"),
            f"other-config:datapath-id={bridge:016x}",
            *("--", "add-port", f"s{bridge}", f"s{bridge}-host"),
            *("--", "set", "interface", f"s{bridge}-host", "type=internal", "ofport_request=1"),
            *("--", "add-port", f"s{bridge}", f"s{bridge}-trunk"),
            *("--", "set", "interface", f"s{bridge}-trunk", "type=patch", f"options:peer=s{peer}-trunk", "ofport_request=2"),
            *("--", "set-controller", f"s{bridge}", controller),
        )
        # While the controller boots, keep trying; left alone, the pauses grow to several seconds.
        run(*vsctl, "set", "controller", f"s{bridge}", "max_backoff=1000")
        run("ip", "link", "set", f"s{bridge}-host", "up")
