"""What is committed is carried out by who serves: the newest of each service, under the name of who committed it."""

import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.support.fake_driver import FakeTime
from tests.support.memory import Site
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.domain.commit import Commit, Origin, Part, service_part
from vtnmd.domain.diagnostics import Diagnostic, Stale, StateError
from vtnmd.domain.health import Health
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.plan import Plan
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Result
from vtnmd.domain.tree import Json
from vtnmd.engine import Listener, OnFailure, Policy, Retry
from vtnmd.southbound.ports import Rejected
from vtnmd.state import CommittedService, Owner, RunEntry, open_store
from vtnmd.usecases import approving, committed, configuring, inspection, regions, runs, serving
from vtnmd.usecases.committed import Carried
from vtnmd.usecases.draining import Resumed
from vtnmd.usecases.models import read_models
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.services import Source
from vtnmd.yang.defaults import with_defaults

EXAMPLES = Path(__file__).parents[3] / "examples"
HELLO = Source(EXAMPLES / "hello-vtn", inventory=EXAMPLES / "hello-vtn" / "inventory.yaml")
SHOP = Source(EXAMPLES / "global-shop", inventory=EXAMPLES / "global-shop" / "inventory.yaml")
HELLO_PART = service_part("hello-vtn")
ONCE = Policy(unreachable=Retry(1, 1.0), doubt=Retry(1, 1.0))


def entry_of(source: Source) -> Json:
    """What a client would write."""
    return deepcopy(bind(read_topology(source.service), service_schema(), source.name).intent.service)


def hello(port: str = "s1-eth1", **leaves: Json) -> Json:
    entry = entry_of(HELLO)
    entry["vtn"][0]["attachment"][0]["port"] = port
    return {**entry, **leaves}


@dataclass
class Desk:
    """A state with a site, clients who commit, and somebody who serves."""

    state: str
    site: Site
    time: FakeTime = field(default_factory=FakeTime)
    planned: list[Plan] = field(default_factory=list)

    @property
    def setting(self) -> runs.Setting:
        owner = Owner("test", os.getpid(), 1000.0)
        return runs.Setting(
            self.state, "server", owner, self.time.clock(), lambda _: "", lambda _: None, lambda _: None, policy=ONCE
        )

    def commit(self, changes: Mapping[Part, Json], user: str = "ann", label: str = "") -> int:
        completed = {ROOT: configuring.complete_inventory(changes[ROOT])} if changes.get(ROOT) is not None else {}
        with open_store(self.state) as store:
            store.write_commits(
                [Commit(Origin(user, "restconf", label=label), changes, self.time.time, completed=completed)], store.newest_commit()
            )
            return store.newest_commit()

    def inventory(self, source: Source = HELLO, **leaves: Json) -> None:
        assert source.inventory
        value = configuring.written_inventory(read_inventory(source.inventory).document)
        self.commit({ROOT: {**value, **leaves}}, "operator")

    def listen(self, plan: Plan) -> Listener:
        self.planned.append(plan)
        self.site.expect(plan)
        return _deaf

    def apply(self, source: Source) -> None:
        def confirm(planned: Planned) -> runs.Decision:
            return runs.Decision(go_on=True, listener=self.listen(planned.plan))

        assert runs.apply_source(source, replace(self.setting, user="alice"), confirm).outcome

    def serve(
        self, ticks: int = 1, at_tick: Callable[[int], None] = lambda _tick: None, setting: runs.Setting | None = None
    ) -> list[Carried]:
        """Serve for that many seconds."""
        carried: list[Carried] = []
        hooks = serving.Hooks(self.time.ticking(ticks, at_tick), _unheard, _undrained, _untroubled, self.listen, carried.append)
        serving.serve(setting or self.setting, hooks)
        return carried

    def standing(self, service: str = "hello-vtn") -> CommittedService | None:
        with open_store(self.state) as store:
            return store.committed_service(service)

    def runs(self) -> tuple[RunEntry, ...]:
        with open_store(self.state) as store:
            return store.runs()

    def part(self, part: Part = HELLO_PART) -> Json:
        with open_store(self.state) as store:
            held = store.part(part)
        return held and held.value

    def ports(self) -> set[str]:
        return {port for address in self.site.at("east") for port in address.split("/") if port.startswith("s1-")}

    def held_port(self) -> str:
        with open_store(self.state) as store:
            entry = store.service("hello-vtn")
        assert entry
        assert entry.intent
        return str(entry.intent.service["vtn"][0]["attachment"][0]["port"])


def _deaf(_event: Event) -> None: ...


def _unheard(_endpoint: str, _health: Health) -> None: ...


def _undrained(_resumed: Resumed) -> None: ...


def _untroubled(diagnostics: tuple[Diagnostic, ...]) -> None:
    raise AssertionError(diagnostics)


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    return Desk(str(tmp_path / "state"), site)


def test_what_is_applied_from_a_file_is_configured_without_what_equals_defaults(desk: Desk) -> None:
    desk.apply(HELLO)
    part = desk.part()
    assert part == entry_of(HELLO)
    with open_store(desk.state) as store:
        service, stock = store.service("hello-vtn"), store.inventory()
    assert service
    assert service.intent
    assert with_defaults(service_schema(), {"vtnmd-vtn:services": {"service": [part]}}) == service.intent.document != part
    assert configuring.complete_inventory(desk.part(ROOT)) == stock
    assert "timeout" not in desk.part(ROOT)["region"][0]["endpoint"][0]
    standing = desk.standing()
    assert standing
    assert not standing.is_outstanding
    (entry,) = configuring.history(desk.state, 10)
    assert (entry.origin, entry.parts) == (Origin("alice", "cli"), (HELLO_PART, ROOT))


def test_an_inventory_is_loaded_as_a_commit(desk: Desk) -> None:
    assert HELLO.inventory
    loaded = inspection.load_inventory(HELLO.inventory, desk.state, desk.setting.owner, "alice")
    assert configuring.complete_inventory(desk.part(ROOT)) == loaded.document
    desk.commit({HELLO_PART: hello()})
    assert [each.outcome and each.outcome.result for each in desk.serve()] == [Result.APPLIED]
    assert [entry.parts for entry in configuring.history(desk.state, 10)] == [(HELLO_PART,), (ROOT,)]


def test_a_commit_is_applied_under_the_name_of_its_user(desk: Desk, site: Site) -> None:
    desk.inventory()
    number = desk.commit({HELLO_PART: hello()}, label="for the sale")
    (carried,) = desk.serve()
    assert carried.outcome
    assert (carried.service, carried.number, carried.outcome.result) == ("hello-vtn", number, Result.APPLIED)
    (run,) = desk.runs()
    assert (run.user, run.label) == ("ann", "for the sale")
    assert desk.planned[0].author == "ann"
    assert site.at("east")
    assert desk.part() == hello()
    assert desk.serve(5) == []
    assert [entry.number for entry in configuring.history(desk.state, 10)] == [2, 1]


def test_the_newest_of_many_commits_is_what_is_applied(desk: Desk) -> None:
    desk.inventory()
    for number in range(1, 6):
        desk.commit({HELLO_PART: hello(f"s1-eth{number}")}, f"user-{number}")
    assert len(desk.serve()) == 1
    assert [run.user for run in desk.runs()] == ["user-5"]
    assert desk.held_port() == "s1-eth5"


def test_a_commit_that_is_made_while_serving_is_seen_at_the_next_tick(desk: Desk) -> None:
    desk.inventory()

    def commit(tick: int) -> None:
        if tick == 2:
            desk.commit({HELLO_PART: hello("s1-eth4")})

    assert [each.service for each in desk.serve(4, commit)] == ["hello-vtn"]


def test_what_is_configured_no_longer_is_destroyed(desk: Desk, site: Site) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    desk.commit({HELLO_PART: None}, "bob")
    (carried,) = desk.serve()
    assert carried.outcome
    assert carried.outcome.result is Result.APPLIED
    assert site.held == {}
    assert desk.runs()[0].user == "bob"
    assert desk.standing() is None


def test_what_came_and_went_before_anybody_served_is_nothing_to_do(desk: Desk) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.commit({HELLO_PART: None})
    assert desk.serve() == []


def test_a_service_is_renamed_and_not_made_anew(desk: Desk, site: Site) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    site.asked = []
    renamed = {**hello(), "name": "bye-vtn", "moved-from": ["hello-vtn"]}
    desk.commit({HELLO_PART: None, service_part("bye-vtn"): renamed})
    assert [each.service for each in desk.serve(5)] == ["bye-vtn"]
    assert desk.planned[-1].formerly == "hello-vtn"
    assert site.sent("east") == []
    assert desk.standing() is None


def test_a_service_stays_while_the_one_that_takes_over_from_it_cannot_be_planned(desk: Desk, site: Site) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    wrong = {**hello(), "name": "bye-vtn", "moved-from": ["hello-vtn"]}
    wrong["vtn"][0]["attachment"][0]["region"] = "south"
    desk.commit({HELLO_PART: None, service_part("bye-vtn"): wrong})
    (carried,) = desk.serve(5)
    assert (carried.service, bool(carried.trouble)) == ("bye-vtn", True)
    assert site.at("east")


def test_a_commit_that_says_the_same_in_other_words_needs_no_run(desk: Desk) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    entry = with_defaults(service_schema(), {"vtnmd-vtn:services": {"service": [hello()]}})["vtnmd-vtn:services"]["service"][0]
    assert entry != hello()
    number = desk.commit({HELLO_PART: entry})
    (carried,) = desk.serve()
    assert carried.is_over
    assert carried.outcome is None
    assert len(desk.runs()) == 1
    standing = desk.standing()
    assert standing
    assert (standing.number, standing.begun) == (number, number)
    assert desk.part() == entry


def test_what_cannot_be_planned_is_said_once_and_tried_again_when_the_inventory_changes(desk: Desk) -> None:
    number = desk.commit({HELLO_PART: hello()})
    (carried,) = desk.serve(5)
    assert [problem.code for problem in carried.trouble] == ["VTN-I005"]
    assert desk.serve(5) == []
    standing = desk.standing()
    assert standing
    assert standing.trouble
    assert (standing.trouble.number, standing.trouble.diagnostics) == (number, carried.trouble)
    assert standing.to_json()["trouble"]["diagnostics"][0]["code"] == "VTN-I005"
    desk.inventory()
    (carried,) = desk.serve()
    assert carried.is_over
    standing = desk.standing()
    assert standing
    assert standing.trouble is None


def test_trouble_is_over_with_another_commit_or_without_the_service(desk: Desk) -> None:
    desk.inventory()
    wrong = hello()
    wrong["vtn"][0]["attachment"][0]["region"] = "south"
    desk.commit({HELLO_PART: wrong})
    (carried,) = desk.serve()
    (problem, *_) = carried.trouble
    assert problem.span is None
    assert problem.address == "/vtnmd-vtn:services/service[1]/vtn[1]/attachment[1]/region"
    desk.commit({HELLO_PART: None})
    assert desk.serve(3) == []
    with open_store(desk.state) as store:
        assert store.troubles() == ()
    desk.commit({HELLO_PART: wrong})
    desk.commit({HELLO_PART: hello()})
    assert [each.is_over for each in desk.serve()] == [True]


def test_what_cannot_be_planned_is_tried_again_when_somebody_asks(desk: Desk) -> None:
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    committed.ask_again("hello-vtn", desk.state)
    assert len(desk.serve(5)) == 1


def test_one_service_in_trouble_keeps_no_other_from_being_applied(desk: Desk) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: {"name": "hello-vtn", "vtn": [{"name": "x", "tenant": "y", "no-such-leaf": 1}]}})
    desk.commit({service_part("other"): hello(name="other")})
    assert {each.service: each.is_over for each in desk.serve()} == {"hello-vtn": False, "other": True}


def test_a_plan_waits_for_those_who_must_approve_it_and_is_applied_as_it_is(desk: Desk, site: Site) -> None:
    desk.inventory(approvals=2)
    number = desk.commit({HELLO_PART: hello()})
    (carried,) = desk.serve(5)
    assert carried.waits
    assert site.held == {}
    (waiting,) = approving.waiting_plans(desk.state)
    assert (waiting.service, waiting.digest, waiting.number, waiting.users) == ("hello-vtn", carried.waits, number, ())
    with pytest.raises(StateError, match="VTN-P021"):
        approving.approve_kept(carried.waits, desk.state, "ann", lambda: 1.0)
    first = approving.approve_kept(carried.waits, desk.state, "bob", lambda: 1.0)
    assert first
    assert first.missing == 1
    assert desk.serve(5) == []
    second = approving.approve_kept(carried.waits, desk.state, "cid", lambda: 2.0)
    assert second
    assert second.missing == 0
    standing = desk.standing()
    assert standing
    assert standing.to_json()["waits-for-approval"]["approved-by"] == ["bob", "cid"]
    (carried,) = desk.serve(5)
    assert carried.outcome
    assert carried.plan
    assert carried.plan.digest == waiting.digest
    assert approving.waiting_plans(desk.state) == ()
    with pytest.raises(StateError, match="VTN-P026"):
        approving.approve_kept(waiting.digest, desk.state, "bob", lambda: 1.0)


def test_a_plan_that_waits_is_superseded_when_its_service_changes_again(desk: Desk) -> None:
    desk.inventory(approvals=1)
    desk.commit({HELLO_PART: hello()})
    (first,) = desk.serve()
    approving.approve_kept(first.waits, desk.state, "bob", lambda: 1.0)
    desk.commit({HELLO_PART: hello("s1-eth4")})
    (second,) = desk.serve(5)
    assert second.waits != first.waits
    assert [plan.digest for plan in approving.waiting_plans(desk.state)] == [second.waits]
    approving.approve_kept(second.waits, desk.state, "bob", lambda: 1.0)
    desk.serve()
    assert desk.held_port() == "s1-eth4"


def test_a_plan_that_fits_no_longer_is_made_anew(desk: Desk) -> None:
    desk.inventory(approvals=1)
    desk.commit({HELLO_PART: hello()})
    (first,) = desk.serve()
    approving.approve_kept(first.waits, desk.state, "bob", lambda: 1.0)
    desk.inventory(approvals=1, backbone={"label-range": {"start": 100000, "end": 199999}})
    (second,) = desk.serve(5)
    assert second.waits != first.waits
    desk.inventory(approvals=1)
    with pytest.raises(Stale):
        approving.approve_kept(second.waits, desk.state, "bob", lambda: 1.0)
    (third,) = desk.serve(5)
    approving.approve_kept(third.waits, desk.state, "bob", lambda: 1.0)
    assert [each.is_over for each in desk.serve(5)] == [True]


def test_a_dead_region_holds_its_own_work_only_and_gets_the_newest_when_it_returns(desk: Desk, site: Site) -> None:
    desk.inventory(SHOP)
    entry = entry_of(SHOP)
    desk.commit({service_part("global-shop"): entry})
    site.down = {"west"}
    (carried,) = desk.serve()
    assert carried.outcome
    assert carried.outcome.result is Result.PARTLY
    assert site.at("east")
    assert not site.at("west")

    def heal(tick: int) -> None:
        if tick == 5:
            site.down = set()

    desk.serve(120, heal)
    assert site.at("west")
    standing = desk.standing("global-shop")
    assert standing
    assert not standing.is_outstanding
    assert desk.runs()[0].user == "ann"
    assert desk.part(service_part("global-shop")) == entry


def test_a_held_region_waits_for_its_operator(desk: Desk, site: Site) -> None:
    desk.inventory()
    regions.set_mode(RegionMode("east", Mode.PAUSED, "op", 1.0, "works"), desk.state)
    desk.commit({HELLO_PART: hello()})
    (carried,) = desk.serve()
    assert carried.outcome
    assert carried.outcome.result is Result.PARTLY
    assert site.held == {}
    regions.set_mode(RegionMode("east", Mode.ACTIVE, "op", 2.0), desk.state)
    desk.serve(60)
    assert site.at("east")


def test_nothing_is_begun_while_somebody_else_owns_the_state(desk: Desk) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    with open_store(desk.state) as store, store.own(Owner("another", 1, 0.0)):
        assert desk.serve(5) == []
    assert len(desk.serve()) == 1


def test_many_services_at_once_while_serving(desk: Desk) -> None:
    desk.inventory()
    names = [f"s-{number}" for number in range(committed._MANY + 2)]

    def commit(tick: int) -> None:
        if tick == 1:
            desk.commit({service_part(name): {"name": name, "vtn": []} for name in names})

    assert sorted(each.service for each in desk.serve(3, commit)) == sorted(names)


def test_commits_that_end_pauses_early_make_nobody_look_at_endpoints_more_often(desk: Desk, site: Site) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    site.down = {"east"}
    desk.serve()
    site.asked = []
    pauses = iter(range(50))
    hooks = serving.Hooks(lambda _: next(pauses, None) is not None, _unheard, _undrained, _untroubled, desk.listen)
    desk.time.time += 600
    serving.serve(desk.setting, hooks)
    assert sum(verb == "hello" for verb, _ in site.asked) == 1


def test_who_is_told_to_end_begins_no_other_service(desk: Desk) -> None:
    desk.inventory()
    for name in ("a", "b", "c"):
        desk.commit({service_part(name): hello(name=name)})
    begun: list[Carried] = []
    hooks = serving.Hooks(lambda _: False, _unheard, _undrained, _untroubled, desk.listen, begun.append, lambda: len(begun) < 2)
    serving.serve(desk.setting, hooks)
    assert [each.service for each in begun] == ["a", "b"]


def test_what_is_rolled_back_is_configured_as_it_is_applied(desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    desk.serve()
    desk.commit({HELLO_PART: hello("s1-eth4")})
    monkeypatch.setattr("tests.support.memory.MemoryDriver.apply", _refuse)
    (carried,) = desk.serve(5, setting=replace(desk.setting, on_failure=OnFailure.ROLLBACK))
    assert carried.outcome
    assert carried.outcome.result is Result.ROLLED_BACK
    assert desk.part() == hello()
    assert desk.serve(5) == []


async def _refuse(_driver: object, _request: object, _resolve: object) -> None:
    raise Rejected(Diagnostic("VTN-E011", "no"))


def test_a_failed_run_is_not_tried_again_and_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.inventory()
    desk.commit({HELLO_PART: hello()})
    monkeypatch.setattr("tests.support.memory.MemoryDriver.apply", _refuse)
    (carried,) = desk.serve(30)
    assert carried.outcome
    assert carried.outcome.result is Result.FAILED
    assert len(desk.runs()) == 1


def test_the_way_back_to_an_earlier_commit_is_another_commit(desk: Desk) -> None:
    desk.inventory()
    first = desk.commit({HELLO_PART: hello()})
    desk.commit({HELLO_PART: hello("s1-eth4"), "conf-test:net": {}})
    desk.serve()
    assert configuring.changes_back_to(first, desk.state) == {HELLO_PART: hello(), "conf-test:net": None}
    changes = configuring.changes_back_to(first, desk.state, [HELLO_PART])
    assert changes == {HELLO_PART: hello()}
    last = desk.commit(changes)
    desk.serve()
    assert desk.held_port() == "s1-eth1"
    assert configuring.committed_values(last, desk.state).values == {HELLO_PART: (hello("s1-eth4"), hello())}
    assert configuring.changes_back_to(last, desk.state) == {}


def test_a_service_keeps_the_models_of_its_designer(tmp_path: Path, desk: Desk) -> None:
    folder = EXAMPLES / "own-device"
    models = read_models(folder / "models")
    desk.apply(Source(folder, inventory=folder / "inventory.yaml", models=folder / "models"))
    with open_store(desk.state) as store:
        (name,) = [entry.name for entry in store.services()]
        part = store.part(service_part(name))
    assert part
    entry = deepcopy(part.value)
    entry["vtn"][0]["segment"][0]["description"] = "changed"
    desk.commit({service_part(name): entry})
    (carried,) = desk.serve()
    assert carried.is_over
    with open_store(desk.state) as store:
        found = store.service(name)
    assert found
    assert found.intent
    assert found.intent.models == models
