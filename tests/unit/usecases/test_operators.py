"""What operators do to plans and runs: approve, cancel, roll back."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Invalid, Stale, StateError
from vtnmd.domain.plan import Request
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Tree
from vtnmd.engine import Clock, Interrupt
from vtnmd.southbound.ports import Attributes, Observed, Resolve
from vtnmd.state import Owner, open_store
from vtnmd.usecases import approving, cancelling, connecting, draining, plans, runs, versions
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.services import Source
from vtnmd.usecases.versions import Version

HELLO = Path(__file__).parents[3] / "examples" / "hello-vtn"
SERVICE = (HELLO / "service.yaml").read_text(encoding="utf-8")
INVENTORY = (HELLO / "inventory.yaml").read_text(encoding="utf-8")


class Obedient:
    """Takes every request and answers an id for each change, once it may."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.hold: asyncio.Event | None = None

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        self.reached.set()
        if self.hold is not None:
            await self.hold.wait()
        return {address: {"map_id": "1"} for address in request.changes}

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        return {address: Observed(present="absent" not in read) for address, read in reads.items()}

    async def aclose(self) -> None: ...


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Obedient:
    driver = Obedient()
    monkeypatch.setattr(connecting, "connect", lambda _endpoint, _secrets: driver)
    return driver


@pytest.fixture
def setting(tmp_path: Path, endpoint: Obedient) -> runs.Setting:
    clock = Clock(lambda: 1000.0, lambda: 0.0, asyncio.sleep, lambda: 0.5)
    owner = Owner("test", os.getpid(), 1000.0)
    state = str(tmp_path / "state")
    return runs.Setting(state, "ann", owner, clock, lambda _: "", lambda _: None, lambda _: None)


def _yes(_planned: Planned) -> runs.Decision:
    return runs.Decision(go_on=True)


def source(folder: Path, *, port: str = "s1-eth1", approvals: int = 0) -> Source:
    """hello-vtn with its host on some port, and an inventory that demands so many approvals."""
    service, inventory = folder / "service.yaml", folder / "inventory.yaml"
    service.write_text(SERVICE.replace("s1-eth1", port), encoding="utf-8")
    inventory.write_text(INVENTORY.replace("inventory:\n", f"inventory:\n  approvals: {approvals}\n", 1), encoding="utf-8")
    return Source(service, inventory=inventory)


def applied(source: Source, setting: runs.Setting) -> str:
    outcome = runs.apply_source(source, setting, _yes).outcome
    assert outcome
    assert outcome.result is Result.APPLIED
    return outcome.run


def ports(state: str) -> list[str]:
    """The fabric port that the service wants."""
    with open_store(state) as store:
        found = store.contributions(service="hello-vtn")
    return [str(resource["hello-vtn"].properties["port"]) for address, resource in found.items() if address.kind == "port-map"]


def test_rolled_back_to_before_a_run_and_forth_to_after_it(tmp_path: Path, setting: runs.Setting) -> None:
    applied(source(tmp_path), setting)
    second = applied(source(tmp_path, port="s1-eth2"), setting)
    assert ports(setting.state) == ["s1-eth2"]
    seen: list[Planned] = []

    def confirm(planned: Planned) -> runs.Decision:
        seen.append(planned)
        return runs.Decision(go_on=True)

    back = versions.rollback(Version(second), setting, confirm)
    assert back.outcome
    assert ports(setting.state) == ["s1-eth1"]
    assert [change.address.kind for change in seen[0].plan.changes] == ["port-map"]
    assert seen[0].warnings == ()
    assert versions.plan_rollback(Version(second), setting.state, "ann").plan.is_empty
    versions.rollback(Version(second, after=True), setting, confirm)
    assert ports(setting.state) == ["s1-eth2"]
    (warning,) = seen[1].warnings
    assert warning.code == "VTN-P024"
    assert back.outcome.run in warning.summary
    with open_store(setting.state) as store:
        latest = store.runs()[0]
        assert (latest.label, latest.version) == (f"back to after run {second}", 4)
        deeds = [entry.action for entry in store.audit() if entry.action not in {"commit", "inventory"}]
        assert deeds == ["rollback", "rollback", "apply", "apply"]


def test_before_its_first_run_a_service_was_not_there(tmp_path: Path, setting: runs.Setting) -> None:
    first = applied(source(tmp_path), setting)
    planned = versions.plan_rollback(Version(first), setting.state, "ann")
    assert planned.plan.intent is None
    assert versions.rollback(Version(first), setting, _yes).outcome
    with open_store(setting.state) as store:
        assert store.services() == ()
    with pytest.raises(StateError, match="VTN-S007"):
        versions.plan_rollback(Version(first), setting.state, "ann")
    assert versions.rollback(Version(first, after=True), replace(setting, label="again"), _yes).outcome
    with open_store(setting.state) as store:
        assert store.runs()[0].label == "again"


def test_an_intent_that_no_longer_fits_says_why(tmp_path: Path, setting: runs.Setting) -> None:
    first = applied(source(tmp_path), setting)
    applied(source(tmp_path, port="s1-eth2"), setting)
    with open_store(setting.state) as store:
        document = store.inventory()
        assert document
        (region,) = document["vtnmd-inventory:inventory"]["region"]
        elsewhere = {**document["vtnmd-inventory:inventory"], "region": [{**region, "name": "north"}]}
        store.load_inventory({"vtnmd-inventory:inventory": elsewhere}, 1000.0)
    with pytest.raises(Invalid) as caught:
        versions.plan_rollback(Version(first, after=True), setting.state, "ann")
    codes = [diagnostic.code for diagnostic in caught.value.diagnostics]
    assert "VTN-P023" in codes
    assert len(codes) > 1


def test_a_service_with_another_name_since_is_not_planned_a_second_time(tmp_path: Path, setting: runs.Setting) -> None:
    given = source(tmp_path)
    first = applied(given, setting)
    metadata = "metadata:\n  template_name: bye-vtn\n  moved: hello-vtn"
    given.service.write_text(SERVICE.replace("metadata:\n  template_name: hello-vtn", metadata), encoding="utf-8")
    second = applied(given, setting)
    for version in (Version(first), Version(first, after=True), Version(second)):
        with pytest.raises(Invalid, match="VTN-P025") as caught:
            versions.plan_rollback(version, setting.state, "ann")
        assert f"hello-vtn is called bye-vtn since run {second}" in str(caught.value)
    assert versions.plan_rollback(Version(second, after=True), setting.state, "ann").plan.is_empty


def test_a_run_under_way_is_not_rolled_back(tmp_path: Path, setting: runs.Setting) -> None:
    made = plans.plan_service(source(tmp_path), setting.state, "ann").plan
    with open_store(setting.state) as store:
        run = store.begin_run(made, "ann", 1000.0)
    with pytest.raises(StateError, match="VTN-S012"):
        versions.plan_rollback(Version(run), setting.state, "ann")


def test_a_plan_is_applied_once_another_user_has_approved_it(tmp_path: Path, setting: runs.Setting) -> None:
    made = plans.plan_service(source(tmp_path, approvals=1), setting.state, "ann").plan
    assert (made.author, made.owner) == ("ann", "ann")
    with pytest.raises(StateError, match="VTN-P020"):
        runs.apply_plan(made, setting, _yes)
    with pytest.raises(StateError, match="VTN-P021"):
        approving.approve(made, setting.state, "ann", lambda: 1000.0, lambda _: True)
    assert approving.approve(made, setting.state, "bob", lambda: 1000.0, lambda _: False) is None
    assert not Path(setting.state).exists()
    approving.approve(made, setting.state, "bob", lambda: 1000.0, lambda _: True)
    assert runs.apply_plan(made, setting, _yes).outcome
    with pytest.raises(Stale):
        runs.apply_plan(made, setting, _yes)


def test_what_needs_approval_is_not_done_without_a_plan_in_a_file(tmp_path: Path, setting: runs.Setting) -> None:
    free = source(tmp_path)
    run = applied(free, setting)
    demanding = source(tmp_path, port="s1-eth2", approvals=2)
    with open_store(setting.state) as store:
        store.load_inventory(plans.plan_service(demanding, setting.state, "ann").plan.inventory, 1000.0)
    with pytest.raises(StateError, match="VTN-P022"):
        runs.apply_source(demanding, setting, _yes)
    with pytest.raises(StateError, match="VTN-P022"):
        runs.destroy("hello-vtn", setting, _yes)
    with pytest.raises(StateError, match="VTN-P022"):
        versions.rollback(Version(run), setting, _yes)
    made = plans.plan_destroy("hello-vtn", setting.state, "ann").plan
    for user in ("bob", "cid"):
        approving.approve(made, setting.state, user, lambda: 1000.0, lambda _: True)
    assert runs.apply_plan(made, setting, _yes).outcome
    assert ports(setting.state) == []


def test_a_run_that_is_cancelled_elsewhere_ends_and_keeps_what_it_did(
    tmp_path: Path, setting: runs.Setting, endpoint: Obedient
) -> None:
    """The endpoint answers the first request only after the run was told to end."""
    known: list[str] = []

    async def cancel(interrupt: Interrupt) -> None:
        await endpoint.reached.wait()
        with open_store(setting.state) as store:
            known.append(store.runs()[0].id)
        assert cancelling.cancel_run(known[0], setting.state, "bob", Owner("bob", 1, 2000.0)) is Result.RUNNING
        await interrupt.asked.wait()
        assert endpoint.hold
        endpoint.hold.set()

    meddling: list[asyncio.Task[None]] = []

    def started(interrupt: Interrupt) -> None:
        endpoint.hold = asyncio.Event()
        meddling.append(asyncio.get_running_loop().create_task(cancel(interrupt)))

    done = runs.apply_source(source(tmp_path), replace(setting, started=started), _yes)
    assert meddling[0].done()
    assert done.outcome
    assert (done.outcome.result, done.outcome.cancelled, done.outcome.exit_code) == (Result.CANCELLED, "bob", 1)
    assert len(done.outcome.done) == 1
    for going_on in (setting, replace(setting, abandon="east")):
        with pytest.raises(StateError, match="VTN-S009"):
            draining.resume(known[0], going_on, lambda _plan: lambda _event: None, _yes)
    left = plans.plan_service(source(tmp_path), setting.state, "ann").plan
    assert len(left.requests) == len(done.planned.plan.requests) - 1
    endpoint.hold = None
    applied(source(tmp_path), setting)


def test_a_run_whose_process_died_is_cancelled_at_once(tmp_path: Path, setting: runs.Setting) -> None:
    made = plans.plan_service(source(tmp_path), setting.state, "ann").plan
    with open_store(setting.state) as store:
        run = store.begin_run(made, "ann", 1000.0)
    assert cancelling.cancel_run(run, setting.state, "bob", Owner("bob", 1, 2000.0)) is Result.CANCELLED
    with open_store(setting.state) as store:
        assert (store.run(run).cancelled, store.run(run).ended) == ("bob", 2000.0)


def test_a_run_that_is_resumed_may_get_another_label(tmp_path: Path, setting: runs.Setting) -> None:
    made = plans.plan_service(source(tmp_path), setting.state, "ann").plan
    with open_store(setting.state) as store:
        run = store.begin_run(made, "ann", 1000.0)
    draining.resume(run, replace(setting, user="bob", label="ticket 7"), lambda _plan: lambda _event: None, _yes)
    with open_store(setting.state) as store:
        assert (store.run(run).label, store.run(run).result) == ("ticket 7", Result.APPLIED)
        assert [(entry.user, entry.action) for entry in store.audit(limit=2)] == [("bob", "resume"), ("bob", "label")]
