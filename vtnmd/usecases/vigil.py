"""The vigil: interconnects of services that stand as applied are probed every so often, and what became of each is kept and told.

Probes may take as long as an agent that does not answer. So each round is sent from a thread of its own, while whoever keeps the
vigil goes on; the state is read and written by the keeper alone.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.domain.address import Address
from vtnmd.domain.probe import Carriage, Probe, Verdict, judge
from vtnmd.domain.region import Mode
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json
from vtnmd.state import Store
from vtnmd.usecases.probing import Probed, send_probes

log = logging.getLogger("vtnmd.serving")


@dataclass(frozen=True, slots=True)
class Turned:
    """An interconnect carries otherwise than was told of it before; one of which nothing was told had passed."""

    service: str
    address: Address
    before: Verdict
    carriage: Carriage

    def to_json(self) -> Json:
        return {"service": self.service, "address": str(self.address), "before": str(self.before), **self.carriage.to_json()}


@dataclass(slots=True)
class _Round:
    """What is being asked, and what was answered once `done`."""

    probes: Mapping[str, tuple[Probe, ...]]
    done: threading.Event = field(default_factory=threading.Event)
    found: Probed = field(default_factory=lambda: Probed((), ()))

    def send(self, inventory: Json, secrets: Callable[[str], str]) -> None:
        try:
            together = dict.fromkeys(probe for probes in self.probes.values() for probe in probes)
            self.found = send_probes(together, inventory, secrets)
        except Exception:  # no thread of ours ends in a traceback on the screen
            log.exception("no interconnect could be probed")
        finally:
            self.done.set()


@dataclass(slots=True)
class Vigil:
    """A round begins every `period` seconds, none where that is 0. `elapsed` is a clock that never goes back.

    What turned is measured by what was told, not by what the state knows: others probe too, and tell nobody who follows the vigil.
    """

    period: float
    secrets: Callable[[str], str]
    elapsed: Callable[[], float]
    now: Callable[[], float]
    _begun: float | None = None
    _round: _Round | None = None
    _ill: dict[tuple[str, Address], Verdict] = field(default_factory=dict)  # as they were told last

    def keep(self, store: Store) -> tuple[Turned, ...]:
        """Take in a round that has ended, and begin one that is due; what carries otherwise now. Never waits. Raises StateError."""
        turned: tuple[Turned, ...] = ()
        if self._round is not None and self._round.done.is_set():
            ended, self._round = self._round, None
            turned = self._news(_take_in(ended, store, self.now()))
        if self._round is None and self._is_due():
            self._begun = self.elapsed()
            self._begin(store)
        return turned

    def _news(self, found: tuple[Turned, ...]) -> tuple[Turned, ...]:
        """What of it was not told yet. When first seen, an interconnect that does not carry as it should is told in any case."""
        news = []
        for each in found:
            place, verdict = (each.service, each.address), each.carriage.verdict
            untold = Verdict.PASSED if each.before is verdict else each.before
            before = self._ill.pop(place, untold)
            if verdict is not Verdict.PASSED:
                self._ill[place] = verdict
            if before is not verdict:
                news.append(replace(each, before=before))
        return tuple(news)

    def _is_due(self) -> bool:
        return self.period > 0 and (self._begun is None or self.elapsed() - self._begun >= self.period)

    def _begin(self, store: Store) -> None:
        probes = _to_send(store)
        if probes:
            self._round = _Round(probes)
            arguments = (store.inventory() or {}, self.secrets)
            threading.Thread(target=self._round.send, args=arguments, name="vtnmd-vigil", daemon=True).start()


def _to_send(store: Store) -> Mapping[str, tuple[Probe, ...]]:
    """The probes of every service that stands as applied, but for those that touch a region in maintenance."""
    left_alone = {region for region, mode in store.modes().items() if mode.mode is Mode.MAINTENANCE}
    found = {
        service.name: tuple(probe for probe in service.probes if left_alone.isdisjoint({probe.source.region, probe.target.region}))
        for service in store.services()
        if service.result is Result.APPLIED and service.intent is not None
    }
    return {name: probes for name, probes in found.items() if probes}


def _take_in(ended: _Round, store: Store, now: float) -> tuple[Turned, ...]:
    """Keep what was found, and give it beside what was known. A service that was changed meanwhile is left to the next round."""
    before, found = store.carriage(), []
    standing = _to_send(store)
    for service, probes in ended.probes.items():
        if standing.get(service) != probes:
            continue
        known = before.get(service, {})
        judged = judge(probes, ended.found.results, known, now)
        if judged != known:
            store.keep_carriage(service, judged)
        for address, carriage in judged.items():
            was = known[address].verdict if address in known else Verdict.PASSED
            found.append(Turned(service, address, was, carriage))
    return tuple(found)
