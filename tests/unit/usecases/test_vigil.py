"""The vigil over interconnects: when it asks, what it keeps and tells, and whom it leaves alone."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.fake_driver import FakeTime
from tests.support.memory import Site
from tests.unit.usecases.test_draining import Desk
from vtnmd.domain.probe import Probe, ProbeResult, Verdict
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.tree import Json
from vtnmd.state import Store, open_store
from vtnmd.usecases import serving, vigil
from vtnmd.usecases.probing import Probed
from vtnmd.usecases.vigil import Turned, Vigil

ROUTED, STRETCH = "global/interconnect/acme_shop/routed", "global/interconnect/acme_shop/stretch"


@dataclass
class Agents:
    """Answers probes in place of the agents: by the reasons of what is degraded, by what fails, or not at all."""

    degraded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    rounds: list[tuple[Probe, ...]] = field(default_factory=list)
    answered: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event = field(default_factory=threading.Event)

    def send(self, probes: Iterable[Probe], _inventory: Json, _secrets: object) -> Probed:
        self.rounds.append(tuple(probes))
        self.hold.wait(30)
        return Probed(() if self.silent else tuple(map(self._result, self.rounds[-1])), ())

    def _result(self, probe: Probe) -> ProbeResult:
        address = str(probe.address)
        return ProbeResult(probe, address not in self.failed, self.failed.get(address, "so"), self.degraded.get(address, ()))


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    return Desk(tmp_path / "state", site)


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> Agents:
    agents = Agents()
    agents.hold.set()
    monkeypatch.setattr(vigil, "send_probes", agents.send)
    return agents


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    desk.apply()
    with open_store(desk.state) as opened:
        yield opened


class Keeper:
    """Keeps a vigil of a minute on a clock of its own."""

    def __init__(self, store: Store, period: float = 60.0) -> None:
        self.store, self.time = store, FakeTime()
        clock = self.time.clock()
        self.vigil = Vigil(period, lambda _: "", clock.elapsed, clock.now)

    def round(self) -> tuple[Turned, ...]:
        """Begin a round once the next is due, and take it in once it has ended."""
        self.time.time += 60.0
        assert self.vigil.keep(self.store) == ()
        return self.taken_in()

    def taken_in(self) -> tuple[Turned, ...]:
        under_way = self.vigil._round
        if under_way is not None:
            assert under_way.done.wait(30)
        return self.vigil.keep(self.store)


def told(turned: Iterable[Turned]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(str(each.address), str(each.before), str(each.carriage.verdict), each.carriage.reasons) for each in turned]


def test_what_turns_is_told_once_and_kept(store: Store, agents: Agents) -> None:
    keeper = Keeper(store)
    assert keeper.round() == ()
    assert {str(address): each.verdict for address, each in store.carriage()["global-shop"].items()} == {
        ROUTED: Verdict.PASSED,
        STRETCH: Verdict.PASSED,
    }
    agents.degraded = {STRETCH: ("by the backup way",)}
    assert told(keeper.round()) == [(STRETCH, "passed", "degraded", ("by the backup way",))]
    assert keeper.round() == ()
    agents.failed = {STRETCH: "both ways are down"}
    assert told(keeper.round()) == [(STRETCH, "degraded", "failed", ("both ways are down",))]
    agents.silent = True
    assert keeper.round() == ()
    agents.silent, agents.failed, agents.degraded = False, {}, {}
    assert told(keeper.round()) == [(STRETCH, "failed", "passed", ())]


def test_what_somebody_else_found_is_told_all_the_same(store: Store, agents: Agents) -> None:
    """`vtnmd probe` keeps what it finds in the state, and may be the first to find it."""
    keeper = Keeper(store)
    keeper.round()
    for agents.degraded in ({STRETCH: ("by the backup way",)}, {}):
        Keeper(store).round()
        (turned,) = keeper.round()
        assert turned.carriage == store.carriage()["global-shop"][turned.address]
        assert keeper.round() == ()


def test_what_is_ill_is_told_by_whoever_begins_a_vigil(store: Store, agents: Agents) -> None:
    agents.degraded = {STRETCH: ("by the backup way",)}
    first, second = Keeper(store), Keeper(store)
    for keeper in (first, second):
        assert told(keeper.round()) == [(STRETCH, "passed", "degraded", ("by the backup way",))]
    agents.degraded = {}
    for keeper in (Keeper(store), first, second):
        assert told(keeper.round()) == [(STRETCH, "degraded", "passed", ())]


def test_a_round_begins_when_it_is_due_and_never_beside_another(store: Store, agents: Agents) -> None:
    keeper = Keeper(store)
    agents.hold.clear()
    keeper.vigil.keep(store)
    for _ in range(5):
        keeper.time.time += 60.0
        keeper.vigil.keep(store)
    assert len(agents.rounds) == 1
    agents.hold.set()
    keeper.taken_in()
    keeper.taken_in()
    assert len(agents.rounds) == 2
    keeper.time.time += 59.0
    keeper.vigil.keep(store)
    assert len(agents.rounds) == 2


def test_without_a_period_nobody_is_asked(store: Store, agents: Agents) -> None:
    keeper = Keeper(store, 0.0)
    keeper.round()
    assert agents.rounds == []


def test_regions_in_maintenance_are_left_alone(store: Store, agents: Agents) -> None:
    store.set_mode(RegionMode("west", Mode.MAINTENANCE, "bob", 1.0))
    Keeper(store).round()
    assert {(probe.source.region, probe.target.region) for each in agents.rounds for probe in each} <= {("east", "east")}


def test_a_service_that_does_not_stand_as_applied_is_left_alone(desk: Desk, site: Site, agents: Agents) -> None:
    site.down = {"west"}
    desk.apply()
    with open_store(desk.state) as store:
        Keeper(store).round()
    assert agents.rounds == []


def test_an_agent_that_breaks_its_contract_ends_no_vigil(
    store: Store, agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> Probed:
        raise ValueError("nobody expects this")

    keeper = Keeper(store)
    monkeypatch.setattr(vigil, "send_probes", broken)
    assert keeper.round() == ()
    assert "no interconnect could be probed" in caplog.text
    monkeypatch.setattr(vigil, "send_probes", agents.send)
    keeper.round()
    assert len(agents.rounds) == 1


def test_serving_tells_what_turned(desk: Desk, agents: Agents) -> None:
    desk.apply()
    agents.failed = {ROUTED: "no gateway"}
    found: list[Turned] = []

    def at_tick(_tick: int) -> None:
        for thread in threading.enumerate():
            if thread.name == "vtnmd-vigil":
                thread.join(30)

    hooks = serving.Hooks(
        desk.time.ticking(4, at_tick), lambda *_: None, lambda _: None, lambda _: None, desk.listen, turned=found.append
    )
    serving.serve(desk.setting, hooks, probe_every=60.0)
    assert told(found) == [(ROUTED, "passed", "failed", ("no gateway",))]
