"""What runs, commits and endpoints are told as."""

from dataclasses import replace

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.memory import Site
from tests.support.orchestration import CommitEntry, Desk
from vtnmd.domain.commit import Origin
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.reverse import reversed_id
from vtnmd.domain.run import Event, Step
from vtnmd.northbound.orchestration.events import commit_made, conditions_changed, run_listener
from vtnmd.northbound.orchestration.values import plain
from vtnmd.usecases.watchers import Watchers


def test_a_run_is_told_from_its_beginning_to_its_end(desk: Desk, site: Site) -> None:
    site.down = {"west/heat"}
    ordinary = desk.context.setting

    def setting(user: str, command: str) -> object:
        given = ordinary(user, command)
        return replace(given, watchers=given.watchers + Watchers((run_listener(desk.notices.append),)))

    desk.setting = setting  # type: ignore[method-assign, assignment]
    run = desk.apply().run
    (started,) = desk.told("run-started")
    (ended,) = desk.told("run-ended")
    assert (started["run"], started["service"], started["changes"]["delete"]) == (run, "global-shop", 0)
    assert (ended["run"], ended["result"]) == (run, "partly")
    outcomes = {each["outcome"] for each in desk.told("change-outcome")}
    assert outcomes >= {"sent", "applied", "waiting"}
    waiting = [each for each in desk.told("change-outcome") if each["outcome"] == "waiting"]
    assert {each["reason"] for each in waiting} >= {"west/heat: connection refused"}
    assert all(address.startswith("west/heat/") for each in waiting for address in each["address"])


def test_a_change_that_is_taken_back_is_undone_and_nothing_is_told_twice(desk: Desk) -> None:
    plan = plan_of([create(resource_of("east/a"))])
    request = plan.requests[0].id
    listener = run_listener(desk.notices.append)(plan)
    back = (Step.ANSWERED, reversed_id(request))
    for number, (step, name) in enumerate([(Step.ANSWERED, request), (Step.REVERSING, ""), back, back]):
        listener(Event("run", number, 1000.0, step, name))
    assert [each["outcome"] for each in desk.told("change-outcome")] == ["applied", "undone"]


def test_a_commit_is_told_with_who_made_it(desk: Desk) -> None:
    desk.notices.append(commit_made(CommitEntry(3, 1000.0, Origin("ann", "restconf", "192.0.2.1"), ("service/shop",))))
    assert desk.told("commit-made") == [
        {
            "number": "3",
            "time": "1970-01-01T00:16:40Z",
            "user": "ann",
            "source": "restconf",
            "client": "192.0.2.1",
            "part": ["service/shop"],
        }
    ]


def test_an_endpoint_is_told_when_its_condition_is_another_one(desk: Desk) -> None:
    before = {"west/pe": Health(Condition.DOWN, 900.0)}
    after = {
        "west/odl": Health(Condition.DOWN, 1000.0, 1004.0, "VTN-E010", "connection refused"),
        "west/pe": Health(Condition.DOWN, 900.0, 1010.0),
        "east/pe": Health(),
    }
    desk.notices.extend(conditions_changed(before, after))
    assert desk.told("endpoint-condition") == [
        {
            "region": "west",
            "endpoint": "odl",
            "before": "up",
            "condition": "down",
            "code": "VTN-E010",
            "reason": "connection refused",
            "next-try": "1970-01-01T00:16:44Z",
        }
    ]


def test_text_holds_only_what_yang_allows() -> None:
    assert plain("tab\tline\n\x07\ud800\ufffe\U0001ffff€") == "tab\tline\n" + "\ufffd" * 4 + "€"
