"""A worker whose leg may be another's by now neither writes nor sends; one whose database is away waits."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from tests.support.fake_driver import FakeDriver, FakeEndpoint, FakeTime, create, plan_of, resource_of
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.run import Event, Step
from vtnmd.fleet import Member, Timing
from vtnmd.fleet.carrying import Lease, LegState, guarded, insist, is_lost
from vtnmd.southbound.ports import Unreachable
from vtnmd.state.legs import Token
from vtnmd.state.shared import Batch, lost

PLAN = plan_of([create(resource_of("east/a"))])
TOKEN = Token(1, 2, 3)
pytestmark = pytest.mark.anyio


def away() -> StateError:
    return StateError(Diagnostic("VTN-S030", "the state cannot be reached"))


@dataclass
class FakeShared:
    """Says whether the leg is held, after raising what is in `trouble`."""

    held: bool = True
    asked: int = 0
    trouble: list[StateError] = field(default_factory=list)
    written: list[Batch] = field(default_factory=list)

    def is_held(self, _token: Token) -> bool:
        self.asked += 1
        self._raise()
        return self.held

    def append(self, batch: Batch, _token: Token, _plan: object) -> None:
        self._raise()
        if not self.held:
            raise lost(batch.leg)
        self.written.append(batch)

    def _raise(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


@dataclass(frozen=True)
class FakeMember:
    shared: FakeShared
    time: FakeTime
    timing: Timing
    store: None = None

    @property
    def clock(self) -> object:
        return self.time.clock()


@dataclass
class Ground:
    shared: FakeShared = field(default_factory=FakeShared)
    time: FakeTime = field(default_factory=FakeTime)
    endpoint: FakeEndpoint = field(default_factory=FakeEndpoint)

    @property
    def member(self) -> Member:
        return cast("Member", FakeMember(self.shared, self.time, Timing(stalled=8.0, outage=60.0)))


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    made = Ground()

    def sleep(seconds: float) -> None:
        made.time.time += seconds

    monkeypatch.setattr("vtnmd.fleet.carrying.time.sleep", sleep)
    return made


async def send(ground: Ground, lease: Lease) -> None:
    driver = guarded(lambda: FakeDriver(ground.endpoint, []), lease)()
    await driver.apply(PLAN.requests[0], str)
    await driver.aclose()


async def test_nothing_is_sent_before_the_leg_is_known_to_be_ours(ground: Ground) -> None:
    ground.shared.held = False
    with pytest.raises(Unreachable) as caught:
        await send(ground, Lease(ground.member, "east#0", TOKEN))
    assert caught.value.diagnostic.code == "VTN-S033"
    assert ground.endpoint.calls == []


async def test_what_was_confirmed_is_believed_for_half_the_time(ground: Ground) -> None:
    lease = Lease(ground.member, "east#0", TOKEN)
    lease.confirm(ground.time.time)
    ground.time.time += 3.9
    await send(ground, lease)
    assert ground.shared.asked == 0
    ground.time.time += 0.2
    await send(ground, lease)
    assert ground.shared.asked == 1
    await send(ground, lease)
    assert ground.shared.asked == 1


async def test_a_worker_that_was_frozen_asks_before_it_sends(ground: Ground) -> None:
    lease = Lease(ground.member, "east#0", TOKEN)
    lease.confirm(ground.time.time)
    ground.time.time += 3600.0
    ground.shared.held = False
    with pytest.raises(Unreachable):
        await send(ground, lease)
    assert ground.endpoint.calls == []


async def test_an_outage_is_waited_for_and_a_batch_written_once(ground: Ground) -> None:
    ground.shared.trouble = [away(), away()]
    state = LegState(ground.member, PLAN, Batch("run", "east#0", 4, ()), Lease(ground.member, "east#0", TOKEN))
    records = [Record(Event("run", 1, 0.0, Step.SENT, "x"))]
    state.append(records)
    state.append(records)
    assert [batch.number for batch in ground.shared.written] == [5, 6]


async def test_an_outage_that_does_not_end_is_given_up(ground: Ground) -> None:
    ground.shared.trouble = [away() for _ in range(1000)]
    started = ground.time.time
    with pytest.raises(StateError) as caught:
        insist(lambda: ground.shared.append(Batch("run", "east#0", 1, ()), TOKEN, PLAN), ground.member)
    assert caught.value.diagnostics[0].code == "VTN-S030"
    assert ground.time.time - started <= 60.0


async def test_what_is_no_outage_is_said_at_once(ground: Ground) -> None:
    ground.shared.held = False
    state = LegState(ground.member, PLAN, Batch("run", "east#0", 0, ()), Lease(ground.member, "east#0", TOKEN))
    with pytest.raises(StateError) as caught:
        state.append([])
    assert is_lost(caught.value)


@pytest.mark.parametrize(
    ("leaving", "result", "left"), [(True, "interrupted", True), (False, "interrupted", False), (True, "applied", False)]
)
async def test_a_leg_does_not_end_where_only_its_worker_leaves(ground: Ground, leaving: bool, result: str, left: bool) -> None:
    state = LegState(ground.member, PLAN, Batch("run", "east#0", 0, ()), Lease(ground.member, "east#0", TOKEN))
    state.leaving = lambda: leaving
    state.append([Record(Event("run", 1, 0.0, Step.ENDED, detail={"result": result}))])
    assert state.is_left is left
    assert [record.event.step for record in ground.shared.written[0].records] == ([] if left else [Step.ENDED])
