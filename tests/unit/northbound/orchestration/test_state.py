"""What vtnmd tells of its work, over states that runs have left."""

import asyncio

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.memory import Site
from tests.support.orchestration import SHOP, CommitEntry, Desk
from vtnmd.domain.commit import Origin
from vtnmd.domain.diagnostics import Diagnostic, Span
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.reverse import reversed_id
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.northbound.operational import Provider
from vtnmd.northbound.orchestration.runs import run_entry
from vtnmd.northbound.orchestration.services import Committed
from vtnmd.northbound.orchestration.state import providers
from vtnmd.state import RunEntry
from vtnmd.usecases.plans import plan_service


def test_an_empty_state_has_nothing_to_tell(desk: Desk) -> None:
    assert desk.state() == {}


def test_a_run_that_has_applied_everything(desk: Desk) -> None:
    done = desk.apply()
    state = desk.state()
    (run,) = state["run"]
    total = run["count"]["total"]
    assert run["id"] == done.run
    assert (run["service"], run["user"], run["result"], run["version"]) == ("global-shop", "ann", "applied", 1)
    assert run["count"] == {"total": total, "applied": total, "waiting": 0, "failed": 0}
    assert {change["outcome"] for change in run["change"]} == {"applied"}
    assert {change["action"] for change in run["change"]} == {"create"}
    assert all(leg["requests"] == leg["done"] for leg in run["leg"])
    assert {leg["region"] for leg in run["leg"]} >= {"east", "west"}
    (service,) = state["service"]
    assert (service["name"], service["owner"], service["run"], service["result"]) == ("global-shop", "ann", done.run, "applied")
    assert [region["name"] for region in state["region"]] == ["east", "west"]
    assert {endpoint["condition"] for region in state["region"] for endpoint in region["endpoint"]} == {"up"}


@pytest.mark.parametrize("look", ["service_briefs", "service"])
def test_a_result_is_never_told_as_that_of_a_later_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    """One that is begun while the state is looked at."""
    desk.apply()
    desk.ledger.services = {"global-shop": Committed(1, 1)}
    usual = getattr(desk.store, look)

    def looking(*given: object) -> object:
        seen = usual(*given)
        desk.ledger.services = {"global-shop": Committed(2, 2)}
        return seen

    monkeypatch.setattr(desk.store, look, looking)
    if look == "service":
        told = desk.call("status", {"service": "global-shop"})
    else:
        (told,) = desk.state()["service"]
    assert (told["begun"], told["result"]) == ("1", "applied")


def test_what_waits_says_where_since_when_and_why(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    run = desk.apply().run
    state = desk.state()
    (told,) = state["run"]
    assert told["result"] == "partly"
    assert told["count"]["waiting"] > 0
    reasons = {change["reason"] for change in told["change"] if change["outcome"] == "waiting"}
    assert "west/odl: connection refused" in reasons
    west = next(region for region in state["region"] if region["name"] == "west")
    assert {queued["run"] for queued in west["queued"]} == {run}
    assert all(queued["since"] and queued["reason"] for queued in west["queued"])
    ill = {endpoint["name"]: endpoint for endpoint in west["endpoint"] if endpoint["condition"] != "up"}
    assert ill["odl"]["reason"] == "west/odl: connection refused"
    east = next(region for region in state["region"] if region["name"] == "east")
    assert "queued" not in east


def test_a_final_run_is_told_as_ever_and_one_that_went_on_anew(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply().run
    assert desk.state()["run"][0]["result"] == "partly"
    site.down = set()
    desk.call("resume", {"run": first, "follow": True})
    again = desk.state()["run"]
    assert [run["result"] for run in again] == ["applied", "superseded"]
    assert again[1]["successor"] == again[0]["id"]
    assert desk.state()["run"] == again


def test_of_a_service_that_was_removed_its_runs_are_told(desk: Desk) -> None:
    desk.apply()
    plan = desk.store.plan(desk.state()["run"][0]["id"])
    desk.call("destroy", {"service": "global-shop", "follow": True})
    run = desk.state()["run"][0]
    assert {change["action"] for change in run["change"]} == {"delete"}
    assert len(run["change"]) == len(plan.changes)
    assert "service" not in desk.state()


def test_services_are_told_that_are_only_committed(desk: Desk) -> None:
    trouble = (Diagnostic("VTN-I001", "no region south", Span("service.yaml", 3, 5), hint="add it"),)
    desk.ledger.services["shop"] = Committed(7, 5, trouble, "", ("acme",))
    (service,) = desk.state()["service"]
    assert (service["name"], service["committed"], service["begun"], service["tenant"]) == ("shop", "7", "5", ["acme"])
    assert service["trouble"] == [
        {
            "number": 1,
            "severity": "error",
            "code": "VTN-I001",
            "summary": "no region south",
            "hint": "add it",
            "place": "service.yaml:3:5",
        }
    ]


def test_commits_are_told_the_latest_first(desk: Desk) -> None:
    desk.ledger.log = [
        CommitEntry(1, 1000.0, Origin("ann", "cli"), ("vtnmd-inventory:inventory",)),
        CommitEntry(2, 1001.5, Origin("bob", "netconf", "192.0.2.7", 4, "CHG-7", "two more"), ("service/shop", "service/web")),
    ]
    latest, first = desk.state()["commit"]
    assert latest == {
        "number": "2",
        "time": "1970-01-01T00:16:41.500000Z",
        "user": "bob",
        "source": "netconf",
        "client": "192.0.2.7",
        "session": 4,
        "label": "CHG-7",
        "comment": "two more",
        "part": ["service/shop", "service/web"],
    }
    assert "session" not in first


def test_plans_that_wait_are_told_once_whoever_keeps_them(desk: Desk) -> None:
    planned = plan_service(SHOP, desk.context.state, "ann")
    kept = desk.context.shelf.keep(planned.plan, 1000.0)
    desk.ledger.plans.append(kept)
    (told,) = desk.state()["plan"]
    assert told["digest"] == planned.plan.digest
    assert (told["service"], told["author"], told["removes"]) == ("global-shop", "ann", False)
    assert told["changes"]["create"] == len(planned.plan.changes)
    assert told["region"] == ["east", "west"]


def test_what_yang_cannot_hold_is_replaced(desk: Desk) -> None:
    desk.apply()
    desk.store.keep_health({"west/odl": Health(Condition.DOWN, 1000.0, 1010.0, "VTN-E010", "said \x00\uffff and went")})
    west = desk.state()["region"][1]
    assert west["endpoint"][0]["reason"] == "said \ufffd\ufffd and went"


@pytest.mark.parametrize(
    ("step", "detail", "outcome", "reason"),
    [
        (Step.SENT, {}, "sent", None),
        (Step.IN_DOUBT, {"reason": "connection reset"}, "in-doubt", "connection reset"),
        (Step.FAILED, {"diagnostic": {"summary": "no such port"}}, "failed", "no such port"),
        (Step.SKIPPED, {"because": "east/odl/a"}, "skipped", "it needs east/odl/a"),
        (Step.PUT_BACK, {"because": "r"}, "put-back", "it was to be committed together with r"),
        (Step.PRUNED, {"user": "bob", "reason": "taken out"}, "pruned", "taken out"),
        (Step.SETTLED, {}, "applied", None),
    ],
)
def test_each_step_of_a_request_is_told_of_its_changes(step: Step, detail: object, outcome: str, reason: str | None) -> None:
    plan = plan_of([create(resource_of("east/a"))])
    event = Event("run", 1, 1000.0, step, plan.requests[0].id, detail)
    (change,) = run_entry(RunEntry("run", "shop", "ann", 999.0, None, Result.RUNNING), plan, [event])["change"]
    assert (change["outcome"], change.get("reason")) == (outcome, reason)


def test_what_a_run_took_back_is_undone_and_what_it_never_began_is_pending() -> None:
    plan = plan_of([create(resource_of("east/a")), create(resource_of("west/w"))])
    first = plan.requests[0].id
    events = [
        Event("run", 1, 1000.0, Step.ANSWERED, first, {}),
        Event("run", 2, 1001.0, Step.REVERSING),
        Event("run", 3, 1002.0, Step.ANSWERED, reversed_id(first), {}),
    ]
    told = run_entry(RunEntry("run", "shop", "ann", 999.0, 1003.0, Result.ROLLED_BACK), plan, events)
    assert sorted(change["outcome"] for change in told["change"]) == ["pending", "undone"]


def test_the_same_is_told_on_the_event_loop(desk: Desk) -> None:
    desk.apply()
    given = providers(desk.context)
    assert set(given) == {"vtnmd-orchestration:orchestration", "ietf-alarms:alarms"}
    assert asyncio.run(_told(given["vtnmd-orchestration:orchestration"])) == desk.state()
    assert asyncio.run(_told(given["ietf-alarms:alarms"])) == desk.alarms()


async def _told(provider: Provider) -> Json:
    return await provider()
