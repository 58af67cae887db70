"""Whatever the plan, the faults and the moment of death: order is kept, and the end is that of an undisturbed run."""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fake_driver import create, delete, plan_of, resource_of, update
from tests.support.rig import DyingStore, Killed, Rig
from vtnmd.domain.graph import Resource
from vtnmd.domain.plan import Change, Plan
from vtnmd.domain.run import Result
from vtnmd.engine import Interrupt, Retry, execute
from vtnmd.state import open_store
from vtnmd.state.place import FILE_NAME

REGIONS = ("east", "west", "north")
_MEMORY = "/dev/shm"
PATIENT = Retry(100, 1e9)
UNHURRIED = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Scenario:
    """A plan that builds something, and one that changes it."""

    build: Plan
    change: Plan


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Up to eight resources in three regions, each needing some of those before it; then some go, some change, some come."""
    resources: list[Resource] = []
    for number in range(draw(st.integers(1, 8))):
        needs = draw(st.lists(st.sampled_from(resources), max_size=3, unique_by=lambda r: r.address)) if resources else []
        region = draw(st.sampled_from(REGIONS))
        resources.append(_needing(resource_of(f"{region}/{number}"), needs))
    kept = [resource for resource in resources if draw(st.booleans())]
    gone = [resource for resource in resources if resource not in kept]
    still = [resource for resource in kept if not {need for need in resource.needs if any(need == r.address for r in gone)}]
    gone = [resource for resource in resources if resource not in still]
    changes: list[Change] = [delete(resource) for resource in gone]
    wanted: list[Resource] = []
    for resource in still:
        after = replace(resource, properties={**resource.properties, "mtu": 9000}) if draw(st.booleans()) else resource
        wanted.append(after)
        if after is not resource:
            changes.append(update(resource, after))
    for number in range(draw(st.integers(0, 2))):
        fresh = _needing(resource_of(f"{draw(st.sampled_from(REGIONS))}/new-{number}"), wanted[:1])
        wanted.append(fresh)
        changes.append(create(fresh))
    return Scenario(plan_of([create(resource) for resource in resources]), plan_of(changes, wanted=wanted))


def _needing(resource: Resource, needs: list[Resource]) -> Resource:
    return replace(resource, needs={need.address: "uses" for need in needs})


@contextmanager
def rigged() -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None) as folder:
        shutil.copy(_empty_state(), folder)
        rig = Rig(Path(folder))
        try:
            yield rig
        finally:
            rig.crash()


@cache
def _empty_state() -> Path:
    """A new state, made once: migrating is not what these tests are about."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    open_store(folder).close()
    return folder / FILE_NAME


def check_order(rig: Rig, plan: Plan) -> None:
    """No request was sent before all it needs had been sent for the last time."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for position, name in enumerate(rig.order):
        first.setdefault(name, position)
        last[name] = position
    for request in plan.requests:
        for need in request.needs:
            assert last[need] < first[request.id]


def undisturbed(scenario: Scenario) -> tuple[object, object]:
    with rigged() as rig:
        rig.apply(scenario.build)
        rig.apply(scenario.change)
        return rig.held(), snapshot(rig)


def snapshot(rig: Rig) -> object:
    with rig.store() as store:
        return {address: (entry.digest, entry.resource, entry.owners) for address, entry in store.snapshot().applied.items()}


@UNHURRIED
@given(scenarios())
def test_requests_follow_what_they_need(scenario: Scenario) -> None:
    with rigged() as rig:
        for plan in (scenario.build, scenario.change):
            rig.order.clear()
            assert rig.apply(plan).result is Result.APPLIED
            check_order(rig, plan)
            assert sorted(rig.order) == sorted(request.id for request in plan.requests)


@UNHURRIED
@given(scenarios(), st.lists(st.sampled_from(["unreachable", "busy", "lost-before", "lost-after", ""]), max_size=12))
def test_transient_faults_change_nothing_in_the_end(scenario: Scenario, faults: list[str]) -> None:
    with rigged() as rig:
        rig.policy = replace(rig.policy, unreachable=PATIENT, busy=PATIENT, doubt=PATIENT)
        for plan in (scenario.build, scenario.change):
            rig.order.clear()
            for region in REGIONS:
                rig.endpoints[f"{region}/odl"].faults = list(faults)
            assert rig.apply(plan).result is Result.APPLIED
            check_order(rig, plan)
        assert (rig.held(), snapshot(rig)) == undisturbed(scenario)


@UNHURRIED
@given(scenarios(), st.integers(1, 12), st.booleans(), st.integers(1, 6), st.booleans())
def test_a_run_that_dies_twice_ends_like_one_that_never_did(
    scenario: Scenario, first: int, first_committed: bool, second: int, second_committed: bool
) -> None:
    with rigged() as rig:
        rig.apply(scenario.build)
        rig.order.clear()
        for endpoint in rig.endpoints.values():
            endpoint.calls.clear()
        with rig.store() as store:
            run = store.begin_run(scenario.change, "tester", rig.time.time)
            dying = DyingStore(store, first, committed=first_committed)
            with suppress(Killed):
                asyncio.run(execute(scenario.change, run, dying, rig.world(scenario.change), rig.policy, Interrupt()))
            ended = store.run(run).result is Result.APPLIED
        rig.crash()
        if not ended and not rig.resume_dying(run, second, committed=second_committed):
            assert rig.resume(run).result is Result.APPLIED
        check_order(rig, scenario.change)
        check_read_before_resending(rig)
        assert (rig.held(), snapshot(rig)) == undisturbed(scenario)


def check_read_before_resending(rig: Rig) -> None:
    """Between two times that something was sent to an endpoint there was a reading of it."""
    for endpoint in rig.endpoints.values():
        sent: set[str] = set()
        for verb, name in endpoint.calls:
            if verb == "read":
                sent.discard(name)
            else:
                assert name not in sent
                sent.add(name)
