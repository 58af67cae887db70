"""What a PE router hears of the others: over which of their ways, and what they said last."""

from collections.abc import Collection

from lab.backbone.router.liveness import DETECTION, Report
from lab.backbone.router.probes import Probe


class Hearing:
    """Times are on one clock, in seconds; peers are named as nodes of the backbone, ways by their numbers."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._heard: dict[str, dict[int, tuple[float, str]]] = {}
        self._reports: dict[str, Report] = {}

    def hear(self, address: str, probe: Probe, now: float) -> bool:
        """Take in a probe that came in by the port with that address; gives whether it tells anything new about own ways."""
        ways = self._heard.setdefault(probe.sender, {})
        for number in [number for number, (when, _) in ways.items() if now - when > DETECTION]:
            del ways[number]
        ways[probe.way] = now, address
        last = self._reports.get(probe.sender)
        # Probes that went over different ways may overtake each other.
        if last is not None and probe.said <= last.said:
            return False
        self._reports[probe.sender] = Report(probe.said, now, frozenset(probe.hears), probe.settled)
        return True

    def ways_of(self, peer: str, now: float) -> tuple[int, ...]:
        """The ways of a peer that are heard."""
        return tuple(number for number, (when, _) in self._heard.get(peer, {}).items() if now - when <= DETECTION)

    def report_of(self, peer: str) -> Report | None:
        return self._reports.get(peer)

    def is_settled(self, now: float) -> bool:
        """Whether enough time has gone by to tell what is not heard."""
        return now - self._since > 2 * DETECTION

    def deafen(self, addresses: Collection[str]) -> None:
        """What came in by these ports will not come any more: the peers need not wait until it is missed."""
        for ways in self._heard.values():
            for number in [number for number, (_, address) in ways.items() if address in addresses]:
                del ways[number]
