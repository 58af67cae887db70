"""A backbone of `lab.backbone` that runs in the current namespaces, as tests see it: configurations, hosts, packets."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from lab.backbone.control import command
from lab.backbone.inventory import Backbone, read_inventory
from lab.backbone.namespaces import named
from lab.backbone.openvswitch import Switch
from lab.backbone.places import Places
from lab.backbone.router.pipeline import STATIC
from tests.support.waiting import until
from vtnmd.netconf import operations as nc
from vtnmd.netconf.session import ClientSession, SessionLost
from vtnmd.netconf.ssh import connect
from vtnmd.netconf.xmltree import BASE

_PE = "{urn:vtnmd:yang:vtnmd-pe}"
_TRIES = 3
_REAL_TIME = ("chrt", "--rr", "20")
"""What measures packets is not to wait for other programs of the machine."""


@dataclass(frozen=True, slots=True)
class Lab:
    """The backbone whose files are in `places`, built from `backbone`."""

    places: Places
    backbone: Backbone

    def edit(self, region: str, *configs: etree._Element) -> None:
        """Merge the children of each `config` element into a router's configuration, each as one commit."""

        async def work() -> None:
            session = await self._session(region)
            for config in configs:
                edit = nc.edit_config("candidate", ())
                target = edit.find(f"{{{BASE}}}config")
                assert target is not None
                target.extend(list(config))
                for operation in (edit, nc.commit()):
                    await session.call(operation, 60)
            await session.aclose()

        asyncio.run(work())

    async def _session(self, region: str) -> ClientSession:
        """One that answers: on a busy machine netconfd may read the first request together with the hello, and never answers it."""
        while True:
            session = await connect(self.places.target(self.backbone.site(region)), 60)
            try:
                await session.call(nc.discard_changes(), 5)
            except SessionLost:
                session.abort()
                await session.aclose()
            else:
                return session

    def clear(self, region: str) -> None:
        """Leave a router without any configuration."""
        empty = f'<config xmlns="{BASE}"><pe xmlns="urn:vtnmd:yang:vtnmd-pe" xmlns:nc="{BASE}" nc:operation="remove"/></config>'
        self.edit(region, etree.fromstring(empty))

    def control(self, *words: str) -> None:
        command(self.places.folder, *words)

    def state(self, region: str) -> Any:
        return json.loads(self.places.state(self.backbone.site(region)).read_text())

    def active(self, region: str) -> dict[str, str]:
        """Path → the way in use."""
        return {path["name"]: path["active"] for path in self.state(region)["paths"]}

    def liveness(self, region: str) -> set[str]:
        """What is known of the ways of a router's paths."""
        return {way["liveness"] for path in self.state(region)["paths"] for way in path["ways"]}

    def switch(self, region: str) -> Switch:
        return Switch(region, self.places.switch_folder(region))


def lab_in(folder: Path, inventory: Path) -> Lab:
    return Lab(Places(folder), read_inventory(inventory))


def run(host: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run to the end on a tenant host."""
    return subprocess.run([*_REAL_TIME, "ip", "netns", "exec", host, *words], capture_output=True, text=True, check=False)


def reaches(host: str, address: str) -> bool:
    """Whether an echo request is answered within a second, three tries."""
    words = ["ip", "netns", "exec", host, "ping", "-c", "3", "-i", "0.3", "-W", "1", address]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def comes_to_reach(host: str, address: str) -> None:
    """Wait until an address answers: switches learn, and hosts ask for addresses again after a second only."""
    until(f"{host} reaches {address}", lambda: reaches(host, address))


@dataclass(slots=True)
class Echoes:
    """What became of a series of echo requests, as far as the last one that was answered."""

    sent: int = 0
    received: int = 0

    @property
    def lost(self) -> int:
        return self.sent - self.received


@contextmanager
def echoes(host: str, address: str, interval: float = 0.02) -> Iterator[Echoes]:
    """Send echo requests while the context lasts; the counts are known when it is left."""
    found = Echoes()
    words = ["ip", "netns", "exec", host, sys.executable, "-m", "tests.support.echo", address, str(interval)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as sending:
        assert sending.stdout is not None
        assert sending.stdout.readline() == "ready\n"
        try:
            yield found
        finally:
            sending.send_signal(signal.SIGINT)
            output, _ = sending.communicate()
    found.sent, found.received = map(int, output.split())


@contextmanager
def listening(host: str) -> Iterator[None]:
    """A receiver for `tcp_rate` on a tenant host."""
    with subprocess.Popen([*_REAL_TIME, "ip", "netns", "exec", host, "iperf3", "--server"], stdout=subprocess.DEVNULL) as server:
        try:
            time.sleep(0.5)
            yield
        finally:
            server.terminate()


def tcp_rate(host: str, address: str) -> float:
    """What a TCP connection carries within three seconds, in Mbit/s of payload."""
    done = run(host, "iperf3", "--json", "--client", address, "--time", "3", "--omit", "1")
    # Where the two ends do not find together there is no sum, and nothing was carried.
    return float(json.loads(done.stdout).get("end", {}).get("sum_received", {}).get("bits_per_second", 0) / 1e6)


def udp_rate(host: str, receiver: str, address: str, offered: float, length: int = 1398) -> float:
    """What arrives at another host of datagrams of that many octets that are sent to it, both in Mbit/s of payload.

    They are counted at its interface, where `listening` is: a program that receives them might be too slow.
    """
    words = ["iperf3", "--client", address, "--udp", "--bitrate", f"{offered:g}M", "--length", str(length), "--time", "5"]
    with subprocess.Popen([*_REAL_TIME, "ip", "netns", "exec", host, *words], stdout=subprocess.DEVNULL) as sender:
        packets = float(run(receiver, sys.executable, "-c", _COUNT).stdout)
        sender.wait()
    return packets * length * 8 / 1e6


_COUNT = """
import time
def arrived():
    line = next(line for line in open("/proc/net/dev") if line.strip().startswith("eth0:"))
    return int(line.split()[2]), time.monotonic()
time.sleep(1.5)
before, start = arrived()
time.sleep(2.5)
after, end = arrived()
print((after - before) / (end - start))
"""
"""Tells how many packets a second arrive, once a policer's burst is spent."""


def tried(measure: Callable[[], float], least: float) -> list[float]:
    """What was measured, again where it is less than it should be: what else the machine does takes from a rate and never adds."""
    rates = [measure()]
    while rates[-1] < least and len(rates) < _TRIES:
        rates.append(measure())
    return rates


def remains(lab: Lab, region: str) -> list[str]:
    """What a router holds beyond what it holds without any configuration."""
    switch = lab.switch(region)
    flows = [line for line in switch.openflow("dump-flows", "pe").splitlines() if "table=" in line and f"{STATIC:#x}" not in line]
    groups = re.findall(r"group_id=\d+", switch.openflow("dump-groups", "pe"))
    meters = re.findall(r"meter=\d+", switch.openflow("dump-meters", "pe"))
    classes = [line for line in controlled(region, "class") if not re.search(r" 1:(1|f00\d) ", line)]
    filters = [line for line in controlled(region, "filter") if "flowid" in line and not re.search(r"1:f00\d", line)]
    tables = [name for name in named() if name.startswith(f"{region}.")]
    return [*flows, *groups, *meters, *classes, *filters, *tables]


def controlled(region: str, kind: str) -> list[str]:
    words = ["ip", "netns", "exec", region, "tc", kind, "show", "dev", "shaper"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
