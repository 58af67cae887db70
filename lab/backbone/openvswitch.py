"""Open vSwitch that forwards in user space, one to a network namespace."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.backbone.buffers import enlarge_buffers
from lab.backbone.namespaces import run_in
from lab.commands import run

_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
_OPENFLOW = "OpenFlow15"
_REAL_TIME = ("chrt", "--rr", "10")
"""Forwarding does not wait for other programs of the machine."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A running Open vSwitch with its files in `folder`."""

    namespace: str
    folder: Path

    def configure(self, *words: str) -> None:
        """Change its database (ovs-vsctl) and wait until that took effect; several commands are separated by `--`."""
        run("ovs-vsctl", f"--db=unix:{self.folder / 'db.sock'}", *words)

    def add_ports(self, *words: str) -> None:
        """The same where ports are added."""
        self.configure(*words)
        self.enlarge_buffers()

    def enlarge_buffers(self) -> None:
        """Let no burst that it forwards be lost for want of room."""
        enlarge_buffers(int((self.folder / "ovs-vswitchd.pid").read_text()))

    def openflow(self, command: str, bridge: str, *words: str | Path) -> str:
        """Speak OpenFlow to a bridge (ovs-ofctl); gives what it answered."""
        options = ("-O", _OPENFLOW, "--no-names") if command.startswith("dump") else ("-O", _OPENFLOW, "--names")
        return run("ovs-ofctl", *options, command, f"unix:{self.folder / bridge}.mgmt", *words)

    def bundle(self, bridge: str, modifications: Iterable[str], purpose: str = "flows") -> None:
        """Make modifications such as `flow add …` in this order and all together, so that no packet sees a part of them.

        They are written to a file for each `purpose`; what may go on at the same time has different ones.
        """
        file = self.folder / f"{bridge}.{purpose}"
        file.write_text("".join(f"{line}\n" for line in modifications))
        self.openflow("bundle", bridge, file)


@contextmanager
def running_switch(namespace: str, folder: Path) -> Iterator[Switch]:
    """Run Open vSwitch in a network namespace, with its files in the new `folder`, until the context is left."""
    folder.mkdir()
    own = {name: str(folder) for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}
    database = f"unix:{folder / 'db.sock'}"
    run("ovsdb-tool", "create", folder / "conf.db", _SCHEMA)
    run_in(namespace, "ovsdb-server", folder / "conf.db", f"--remote=p{database}", *_daemon(folder, "ovsdb-server"), env=own)
    try:
        run("ovs-vsctl", f"--db={database}", "--no-wait", "init")
        run_in(namespace, *_REAL_TIME, "ovs-vswitchd", database, *_daemon(folder, "ovs-vswitchd"), env=own)
        try:
            yield Switch(namespace, folder)
        finally:
            run("ovs-appctl", f"--target={folder / 'ovs-vswitchd.ctl'}", "exit")
    finally:
        run("ovs-appctl", f"--target={folder / 'ovsdb-server.ctl'}", "exit")


def bridge(name: str, *settings: str, fail_mode: str = "secure") -> list[str]:
    """The ovs-vsctl words that make a bridge which forwards in user space."""
    fixed = ("datapath_type=netdev", "protocols=OpenFlow10,OpenFlow13,OpenFlow15", f"fail-mode={fail_mode}")
    return ["--", "add-br", name, "--", "set", "bridge", name, *fixed, *settings]


def port(of: str, name: str, number: int = 0) -> list[str]:
    """The words that make a network device a port of a bridge, with that OpenFlow port number or any."""
    numbered = ["--", "set", "interface", name, f"ofport_request={number}"] if number else []
    return ["--", "add-port", of, name, *numbered]


def redirect(source: str, target: str, preference: int) -> str:
    """The words of tc that send by `target` what leaves by `source`; of several, the one with the lowest preference holds."""
    everything = f"protocol all pref {preference} u32 match u32 0 0"
    return f"filter add dev {source} egress {everything} action mirred egress redirect dev {target}"


def patch(a: str, b: str, number_at_a: int, number_at_b: int) -> list[str]:
    """The words that join two bridges; the ports are called after both, the own one first."""
    words: list[str] = []
    for near, far, number in ((a, b, number_at_a), (b, a, number_at_b)):
        name = f"{near}-{far}"
        words += ["--", "add-port", near, name, "--", "set", "interface", name, f"ofport_request={number}"]
        words += ["type=patch", f"options:peer={far}-{near}"]
    return words


def _daemon(folder: Path, name: str) -> list[str]:
    files = (("pidfile", "pid"), ("log-file", "log"), ("unixctl", "ctl"))
    return ["--detach", "--no-chdir", "-vconsole:off", *(f"--{option}={folder / name}.{ending}" for option, ending in files)]
