"""Keeps each path on a way that works: exchanges probes with the other routers, follows carriers, rewrites the rules of paths."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from lab.backbone.router.carrier import carriers, listening
from lab.backbone.router.configuration import Path
from lab.backbone.router.forwarding import path_flows, path_group
from lab.backbone.router.hearing import Hearing
from lab.backbone.router.installing import ROUTER_BRIDGE, flow_changes
from lab.backbone.router.liveness import INTERVAL, PathState, WayState, chosen, judged, told_of
from lab.backbone.router.pipeline import numbered
from lab.backbone.router.probes import Probe, frame_of, probe_of
from lab.backbone.topology import PROBES, Region
from lab.commands import LabError, say

_EVERY_PROTOCOL = 3
"""Linux, if_ether.h: ETH_P_ALL."""
_LARGEST = 1 << 16
_OUTGOING = 4
"""Linux, if_packet.h: PACKET_OUTGOING."""


class Protection:
    """The paths of one router: `configured` and, by name, what is known of each. `on_change` is called when that is different."""

    def __init__(self, region: Region, remembered: Mapping[str, str], on_change: Callable[[], None]) -> None:
        """`remembered` is by path the way that was in use when this program ended."""
        self._region = region
        self._ports = {port.far: port for port in region.ports}
        self._remembered = remembered
        self._on_change = on_change
        self._carriers: dict[str, bool] = {}
        self._hearing = Hearing(time.monotonic())
        self._flows: frozenset[str] = frozenset()
        self._groups: dict[int, str] = {}
        self._changed = asyncio.Event()
        self._probes = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(_EVERY_PROTOCOL))
        self._probes.bind((PROBES, _EVERY_PROTOCOL))
        self.configured: tuple[Path, ...] = ()
        self.paths: dict[str, PathState] = {}

    def configure(self, paths: tuple[Path, ...]) -> None:
        """Keep these paths, as far as they have a way, from now on. Raises LabError when the switch does not take their rules."""
        now = time.monotonic()
        self.configured = paths = tuple(path for path in paths if path.ways)
        numbers = numbered(self._name(path, way) for path in paths for way, _ in path.ways)
        known = {way.number: way for state in self.paths.values() for way in state.ways}
        states = {}
        for path in paths:
            ways = [numbers[self._name(path, name)] for name, _ in path.ways]
            before = self.paths.get(path.name) or PathState((), self._remembered.get(path.name, ""), now)
            fresh = tuple(
                known.get(number, WayState(name, number, since=now)) for (name, _), number in zip(path.ways, ways, strict=True)
            )
            states[path.name] = replace(before, ways=fresh)
        self.paths = states
        self._judge(now)
        self._install()

    async def keep(self) -> None:
        """Never returns; cancel it."""
        with self._probes, listening() as links:
            loop = asyncio.get_running_loop()
            loop.add_reader(self._probes, self._receive)
            loop.add_reader(links, self._learn_carriers, links)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._send())
                    group.create_task(self._act())
            finally:
                loop.remove_reader(self._probes)
                loop.remove_reader(links)

    def _name(self, path: Path, way: str) -> str:
        return f"{self._region.site.node}/{path.name}/{way}"

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                octets, sender = self._probes.recvfrom(_LARGEST)
                now = time.monotonic()
                if sender[2] != _OUTGOING and (found := probe_of(octets)) and self._hearing.hear(*found, now):
                    self._judge(now)

    def _learn_carriers(self, links: socket.socket) -> None:
        now = time.monotonic()
        before = dict(self._carriers)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._carriers.update(carriers(links.recv(_LARGEST)))
        lost = {port.address for port in self._ports.values() if before.get(port.name) and not self._carriers[port.name]}
        self._judge(now)
        if lost:
            self._hearing.deafen(lost)
            self._send_all(now)

    async def _send(self) -> None:
        while True:
            now = time.monotonic()
            self._send_all(now)
            self._judge(now)
            await asyncio.sleep(INTERVAL - (time.monotonic() - now) % INTERVAL)

    def _send_all(self, now: float) -> None:
        for path in self.configured:
            for state, (_, way) in zip(self.paths[path.name].ways, path.ways, strict=True):
                port = self._ports.get(way.hops[0])
                if port is None:
                    continue
                hears, settled = self._hearing.ways_of(path.peer, now), self._hearing.is_settled(now)
                probe = Probe(self._region.site.node, state.number, hears, time.monotonic_ns(), settled)
                # A port that is down or a full queue loses a probe, as it would lose a packet.
                with contextlib.suppress(OSError):
                    self._probes.send(frame_of(probe, way, port))

    def _judge(self, now: float) -> None:
        """Bring what is known of each way up to date, choose, and have it carried out where that changes a path."""
        before = self.paths
        self.paths = {path.name: self._judged(path, now) for path in self.configured}
        if self.paths != before:
            self._on_change()
        if any(state.active != before[name].active for name, state in self.paths.items()):
            self._changed.set()

    def _judged(self, path: Path, now: float) -> PathState:
        state = self.paths[path.name]
        ways = []
        for known, (_, way) in zip(state.ways, path.ways, strict=True):
            port = self._ports.get(way.hops[0])
            carrier = port is not None and self._carriers.get(port.name, True)
            liveness = told_of(known, self._hearing.report_of(path.peer), now)
            ways.append(judged(known, liveness, now, carrier=carrier))
        return chosen(state, ways, now)

    async def _act(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                self._install()
            except LabError as error:
                say(str(error))
                await asyncio.sleep(INTERVAL)
                self._changed.set()

    def _install(self) -> None:
        """Not in a thread: until the rules are there, nothing that is known about the ways matters more."""
        ports = tuple(self._ports.values())
        numbers = numbered(path.name for path in self.configured)
        kept = [(numbers[path.name], path) for path in self.configured]
        flows = frozenset(rule for number, path in kept for rule in path_flows(number, path, ports))
        groups = {number: path_group(number, path, self.paths[path.name].active, ports) for number, path in kept}
        modifications = [f"group add_or_mod {group}" for number, group in groups.items() if self._groups.get(number) != group]
        modifications += flow_changes(self._flows, flows)
        modifications += [f"group delete group_id={number}" for number in self._groups if number not in groups]
        if modifications:
            self._region.switch.bundle(ROUTER_BRIDGE, modifications, "paths")
        self._flows, self._groups = flows, groups
