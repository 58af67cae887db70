"""What waited for a region is read back and superseded by one new plan, under the approval that was given."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_driver import FakeTime
from tests.support.memory import Site
from vtnmd.domain.address import parse_address
from vtnmd.domain.diagnostics import Diagnostic, Invalid, StateError
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.plan import Plan
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Result, Step
from vtnmd.engine import Listener, Outcome, Policy, Retry
from vtnmd.state import Owner, RunEntry, Store, open_store
from vtnmd.usecases import connecting, draining, plans, regions, runs, serving
from vtnmd.usecases.draining import Resumed
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.queue import Queued
from vtnmd.usecases.services import Source

EXAMPLES = Path(__file__).parents[3] / "examples"
SHOP = Source(EXAMPLES / "global-shop", inventory=EXAMPLES / "global-shop" / "inventory.yaml")
SECOND = replace(SHOP, name="second-shop")
WEST = 16
IMPATIENT = Policy(unreachable=Retry(1, 1.0), doubt=Retry(1, 1.0))


class Desk:
    """An operator with a state, a site and a clock."""

    def __init__(self, state: Path, site: Site) -> None:
        self.state, self.site, self.time = str(state), site, FakeTime()
        owner = Owner("test", os.getpid(), 1000.0)
        clock = self.time.clock()
        self.setting = runs.Setting(
            self.state, "alice", owner, clock, lambda _: "", lambda _: None, lambda _: None, policy=IMPATIENT
        )
        self.planned: list[Plan] = []

    def confirm(self, planned: Planned) -> runs.Decision:
        return runs.Decision(go_on=True, listener=self.listen(planned.plan))

    def listen(self, plan: Plan) -> Listener:
        self.planned.append(plan)
        self.site.expect(plan)
        return _deaf

    def apply(self, source: Source = SHOP, abandon: str = "") -> Outcome:
        outcome = runs.apply_source(source, replace(self.setting, abandon=abandon), self.confirm).outcome
        assert outcome
        return outcome

    def resume(self, run: str, abandon: str = "") -> Resumed:
        return draining.resume(run, replace(self.setting, abandon=abandon), self.listen, self.confirm)

    def destroy(self, name: str = "global-shop", abandon: str = "") -> Outcome:
        outcome = runs.destroy(name, replace(self.setting, abandon=abandon), self.confirm).outcome
        assert outcome
        return outcome

    def look(self, look: Callable[[Store], object]) -> object:
        with open_store(self.state) as store:
            return look(store)

    def run(self, run: str) -> RunEntry:
        with open_store(self.state) as store:
            return store.run(run)

    def hold(self, region: str, mode: Mode) -> None:
        regions.set_mode(RegionMode(region, mode, "alice", self.time.time, "power works"), self.state)


def _deaf(_event: Event) -> None: ...


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    return Desk(tmp_path / "state", site)


def is_settled(desk: Desk, source: Source = SHOP) -> bool:
    return plans.plan_service(source, desk.state, "alice").plan.is_empty


def done(resumed: Resumed) -> Outcome:
    assert resumed.outcome
    return resumed.outcome


def test_what_waited_is_superseded_by_one_plan_for_it(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()
    assert (first.result, first.exit_code) == (Result.PARTLY, 3)
    site.down, site.asked = set(), []
    resumed = desk.resume(first.run)
    assert done(resumed).result is Result.APPLIED
    assert len(resumed.plan.changes) == WEST
    assert site.sent("east") == []
    old, new = desk.run(first.run), desk.run(done(resumed).run)
    assert (old.result, new.user) == (Result.SUPERSEDED, "alice")
    assert len(site.at("west")) == WEST
    assert is_settled(desk)


def test_no_run_is_begun_while_nothing_has_returned(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()
    for _ in range(3):
        again = done(desk.resume(first.run))
        assert (again.run, again.result, again.exit_code) == (first.run, Result.PARTLY, 3)
    assert {diagnostic.summary for diagnostic in again.waiting.values()} >= {"west/odl: connection refused"}
    assert again.next_tries.keys() >= {"west/odl", "west/pe", "west/heat"}
    assert len(desk.look(lambda store: store.runs())) == 1  # type: ignore[arg-type]


def test_a_region_that_comes_back_empty_gets_everything_again(desk: Desk, site: Site, tmp_path: Path) -> None:
    desk.apply()
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n", encoding="utf-8")
    changed = replace(SHOP, inputs=tmp_path / "inputs.yaml")
    site.down = {"west"}
    first = desk.apply(changed)
    assert first.result is Result.PARTLY
    site.empty("west")
    site.down = set()
    resumed = desk.resume(first.run)
    assert resumed.findings
    assert resumed.findings.missing == WEST
    assert done(resumed).result is Result.APPLIED
    assert len(site.at("west")) == WEST
    assert is_settled(desk, changed)


def test_what_took_effect_although_the_answer_was_lost_is_not_sent_again(desk: Desk, site: Site) -> None:
    site.lost = {"west/pe"}
    first = desk.apply()
    assert first.result is Result.PARTLY
    site.down, site.lost, site.asked = set(), set(), []
    resumed = desk.resume(first.run)
    assert done(resumed).result is Result.APPLIED
    assert site.sent("west") == []
    assert site.recovered == ["west/pe#0"]
    assert resumed.findings
    assert resumed.findings.settled == 8
    assert is_settled(desk)


def test_what_somebody_changed_meanwhile_is_left_alone_and_said(desk: Desk, site: Site, tmp_path: Path) -> None:
    desk.apply()
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n", encoding="utf-8")
    changed = replace(SHOP, inputs=tmp_path / "inputs.yaml")
    site.down = {"west"}
    first = desk.apply(changed)
    mine = parse_address("west/pe/attachment/acme_shop/web")
    site.held[mine] = {"config": ["somebody else's"]}
    site.down = set()
    resumed = desk.resume(first.run)
    assert resumed.findings
    assert [diagnostic.code for diagnostic in resumed.findings.drifted.values()] == ["VTN-E032"]
    assert done(resumed).result is Result.PARTLY
    assert site.held[mine] == {"config": ["somebody else's"]}
    other = parse_address("west/pe/attachment/acme_shop/db-west")
    assert other in {change.address for change in resumed.plan.changes}
    plan = plans.plan_service(changed, desk.state, "alice").plan
    assert [change.address for change in plan.changes] == [mine]
    assert serve(desk, site, 5) == []


def test_the_latest_intent_is_what_is_carried_out(desk: Desk, site: Site, tmp_path: Path) -> None:
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n", encoding="utf-8")
    site.down = {"west"}
    first = desk.apply()
    second = desk.apply(replace(SHOP, inputs=tmp_path / "inputs.yaml"))
    site.down = set()
    with pytest.raises(StateError, match="VTN-S009"):
        desk.resume(first.run)
    resumed = desk.resume(second.run)
    assert done(resumed).result is Result.APPLIED
    assert {desk.run(run).result for run in (first.run, second.run)} == {Result.SUPERSEDED}
    assert is_settled(desk, replace(SHOP, inputs=tmp_path / "inputs.yaml"))


@pytest.mark.parametrize(
    ("down", "lost"),
    [({"west/heat"}, set()), ({"west/odl"}, {"west/pe"}), ({"east"}, {"west/heat"}), ({"west"}, {"east/pe", "east/odl"})],
)
def test_whatever_fails_the_end_is_that_of_an_undisturbed_run(
    desk: Desk, site: Site, tmp_path: Path, down: set[str], lost: set[str]
) -> None:
    undisturbed = Desk(tmp_path / "other", Site())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connecting, "connect", undisturbed.site.connect)
        assert undisturbed.apply().result is Result.APPLIED
    site.down, site.lost = down, lost
    outcome = desk.apply()
    assert outcome.result is Result.PARTLY
    site.down, site.lost = set(), set()
    assert done(desk.resume(outcome.run)).result is Result.APPLIED
    assert site.held == undisturbed.site.held
    assert is_settled(desk)


def test_a_service_that_was_to_go_is_gone_when_its_region_returns(desk: Desk, site: Site) -> None:
    desk.apply()
    site.down = {"west"}
    outcome = desk.destroy()
    assert outcome.result is Result.PARTLY
    site.down = set()
    assert done(desk.resume(outcome.run)).result is Result.APPLIED
    assert not site.held
    assert desk.look(lambda store: (store.services(), dict(store.snapshot().applied))) == ((), {})


def test_a_held_region_is_not_even_asked(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()
    site.down, site.asked = set(), []
    desk.hold("west", Mode.PAUSED)
    outcome = done(desk.resume(first.run))
    assert outcome.exit_code == 3
    assert "region west is paused by alice: power works" in {why.summary for why in outcome.waiting.values()}
    assert site.asked == []
    desk.hold("west", Mode.ACTIVE)
    assert done(desk.resume(first.run)).result is Result.APPLIED


def test_a_region_that_never_returns_is_let_go_of(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()
    resumed = desk.resume(first.run, abandon="west")
    assert done(resumed).result is Result.APPLIED
    assert desk.run(first.run).result is Result.SUPERSEDED
    with open_store(desk.state) as store:
        assert {address.region for address in store.snapshot().applied} == {"east"}
        assert {address.region for address in store.contributions()} == {"east"}
        assert not store.allocations().values.get("vlan/west")
        assert store.waiting_runs() == ()
    assert len(plans.plan_service(SHOP, desk.state, "alice").plan.changes) == WEST


def test_apply_and_destroy_let_go_of_a_region_too(desk: Desk, site: Site) -> None:
    desk.apply()
    site.down, site.asked = {"west"}, []
    assert desk.apply(abandon="west").result is Result.APPLIED
    assert not any(endpoint.startswith("west/") for _, endpoint in site.asked)
    assert {address.region for address in desk.look(lambda store: store.snapshot().applied)} == {"east"}  # type: ignore[attr-defined]
    assert desk.destroy(abandon="west").result is Result.APPLIED
    assert site.at("east") == set()
    assert len(site.at("west")) == WEST
    assert desk.look(lambda store: store.services()) == ()


def test_nothing_is_let_go_of_where_somebody_says_no(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()

    def no(planned: Planned) -> runs.Decision:
        assert planned.abandoned.region == "west"
        return runs.Decision(go_on=False, refused=True)

    refused = draining.resume(first.run, replace(desk.setting, abandon="west"), desk.listen, no)
    assert refused.outcome is None
    assert desk.run(first.run).result is Result.PARTLY


def queue(desk: Desk, region: str = "west") -> list[Queued]:
    return [each for each in regions.show_queue(region, desk.state) if not each.pruned]


def test_the_queue_tells_why_since_when_and_until_when(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    run = desk.apply().run
    listed = {each.id: each for each in regions.show_queue("west", desk.state)}
    assert len(listed) == 9
    first, behind = listed["west/odl/vtn/acme_shop#0"], listed["west/odl/vbridge/acme_shop/web#0"]
    assert (first.run, first.service, first.reason) == (run, "global-shop", "west/odl: connection refused")
    assert behind.reason == "it needs west/odl/vtn/acme_shop#0"
    assert regions.show_queue("east", desk.state) == ()
    (east, west) = regions.list_regions(desk.state)
    assert (east.queued, west.queued) == (0, 9)


def test_what_is_pruned_is_not_sent_until_a_later_plan_brings_it(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply()
    told: list[str] = []

    def confirm(chosen: Queued, behind: tuple[Queued, ...]) -> bool:
        told.extend((chosen.id, *sorted(each.id for each in behind)))
        return True

    assert regions.prune("west", "west/heat/network/acme_shop#0", desk.setting, confirm)
    workloads = [f"west/heat/workload/acme_shop/{name}-servers#1" for name in ("db-west", "web")]
    assert told == ["west/heat/network/acme_shop#0", *workloads]
    site.down, site.asked = set(), []
    resumed = desk.resume(first.run)
    assert done(resumed).result is Result.PARTLY
    assert "west/heat" not in site.sent("west")
    assert len(site.at("west")) == WEST - 3
    events = desk.look(lambda store: store.events(done(resumed).run))
    assert [event.detail["user"] for event in events if event.step is Step.PRUNED] == ["alice"] * 3  # type: ignore[attr-defined]
    assert queue(desk) == []
    assert serve(desk, site, 5) == []
    assert {str(change.address) for change in plans.plan_service(SHOP, desk.state, "alice").plan.changes} == {
        name.partition("#")[0] for name in told
    }
    assert desk.apply().result is Result.APPLIED
    assert len(site.at("west")) == WEST


def test_a_request_of_two_services_must_be_told_apart(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    run = desk.apply().run
    desk.apply(SECOND)
    with pytest.raises(Invalid, match="VTN-I009"):
        regions.find_queued("west", "west/pe#0", desk.state)
    assert regions.find_queued("west", f"{run}:west/pe#0", desk.state).run == run
    with pytest.raises(Invalid, match="VTN-I009"):
        regions.find_queued("west", "nothing", desk.state)
    with pytest.raises(Invalid, match="VTN-I008"):
        regions.show_queue("mars", desk.state)


def test_serving_tells_how_endpoints_do_whoever_found_it(desk: Desk) -> None:
    desk.apply()
    told: list[tuple[str, Condition]] = []

    def find(condition: Condition) -> None:
        health = Health(condition, desk.time.time, desk.time.time + 20.0)
        desk.look(lambda store: store.keep_health(dict.fromkeys(("west/odl", "gone/odl"), health)))

    def at_tick(tick: int) -> None:
        if tick == 2:
            find(Condition.UP)

    find(Condition.DOWN)
    hooks = serving.Hooks(
        desk.time.ticking(4, at_tick),
        lambda endpoint, health: told.append((endpoint, health.condition)),
        lambda _: None,
        lambda _: None,
        desk.listen,
    )
    serving.serve(desk.setting, hooks)
    assert told == [("west/odl", Condition.DOWN), ("west/odl", Condition.UP)]


def serve(desk: Desk, site: Site, ticks: int, at_tick: Callable[[int], None] = lambda _tick: None) -> list[Resumed]:
    """Serve for that many seconds."""
    drained: list[Resumed] = []

    def trouble(diagnostics: tuple[Diagnostic, ...]) -> None:
        raise AssertionError(diagnostics)

    def changed(_endpoint: str, _health: Health) -> None: ...

    serving.serve(desk.setting, serving.Hooks(desk.time.ticking(ticks, at_tick), changed, drained.append, trouble, desk.listen))
    return drained


def test_serving_drains_every_service_once_a_region_is_up_again(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    desk.apply()
    desk.apply(SECOND)

    def heal(tick: int) -> None:
        if tick == 20:
            site.down = set()

    site.asked = []
    drained = serve(desk, site, 120, heal)
    assert [done(each).result for each in drained] == [Result.APPLIED] * 2
    assert is_settled(desk)
    assert is_settled(desk, SECOND)
    with open_store(desk.state) as store:
        assert store.waiting_runs() == ()
        assert {health.condition for health in store.health().values()} == {Condition.UP}
    assert sum(verb == "hello" for verb, _ in site.asked) <= 60


def test_serving_leaves_a_region_in_maintenance_in_peace(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    desk.apply()
    desk.hold("west", Mode.MAINTENANCE)
    site.asked = []
    assert serve(desk, site, 60) == []
    assert site.asked == []
    desk.hold("west", Mode.PAUSED)
    assert serve(desk, site, 60) == []
    assert {verb for verb, _ in site.asked} == {"hello"}


def test_serving_waits_while_somebody_else_owns_the_state(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    desk.apply()
    site.down = set()
    with open_store(desk.state) as store, store.own(Owner("another", 1, 0.0)):
        assert serve(desk, site, 60) == []
