"""The operations of vtnmd-orchestration do what the commands do, and say what came of it."""

import asyncio
import json
from copy import deepcopy

import pytest

from tests.support.memory import Site
from tests.support.orchestration import HELLO, SHOP, CommitEntry, Desk
from vtnmd.datastore.faults import Refused
from vtnmd.domain.commit import Origin
from vtnmd.domain.diagnostics import Invalid, StateError
from vtnmd.domain.region import Mode
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.operations import OPERATIONS
from vtnmd.usecases.services import Source, validate
from vtnmd.yang.nodes import Kind


def entry_of(source: Source, state: str) -> Json:
    """A service as a datastore would hold it."""
    return validate(source, state).intent.service


@pytest.fixture
def hello(desk: Desk) -> Json:
    """The service hello-vtn, committed and not applied, in a state that has its inventory."""
    document = desk.apply(HELLO) and desk.store.inventory()
    assert document
    desk.call("destroy", {"service": "hello-vtn", "follow": True})
    entry = entry_of(HELLO, desk.context.state)
    desk.ledger.entries["running", "hello-vtn"] = entry
    return entry


def test_every_operation_of_the_module_is_offered(desk: Desk) -> None:
    rpcs = [node for node in desk.schema.root.operations.values() if node.kind is Kind.RPC]
    declared = {f"{node.module}:{node.name}" for node in rpcs if node.module == "vtnmd-orchestration"}
    assert declared == {name for name in OPERATIONS if not name.startswith("/")}
    for action in (name for name in OPERATIONS if name.startswith("/")):
        assert desk.schema.describe(action).kind is Kind.ACTION


def test_a_plan_tells_what_differs_what_changes_and_what_is_sent(desk: Desk, hello: Json) -> None:
    told = desk.call("plan", {"service": "hello-vtn"})
    assert told["service"] == "hello-vtn"
    assert told["removes"] is False
    assert told["changes"]["create"] == len(told["change"]) > 0
    assert [difference["path"] for difference in told["difference"]] == ["services/service[hello-vtn]"]
    assert json.loads(told["difference"][0]["after"])["name"] == "hello-vtn"
    addresses = {change["address"] for change in told["change"]}
    assert {address for payload in told["payload"] for address in payload["address"]} == addresses
    assert {change["request"] for change in told["change"]} == {payload["request"] for payload in told["payload"]}
    assert any("POST operations/vtn:update-vtn" in payload["native"] for payload in told["payload"])
    assert desk.state()["plan"][0]["digest"] == told["plan"]
    assert desk.site.held == {}


def test_a_plan_of_a_document_and_of_a_candidate(desk: Desk, hello: Json) -> None:
    given = desk.call("plan", {"service": "hello-vtn", "document": {"vtnmd-vtn:service": [hello]}})
    members = {name: value for name, value in hello.items() if name != "name"}
    assert desk.call("plan", {"service": "hello-vtn", "document": members})["plan"] == given["plan"]
    desk.ledger.entries["candidate", "hello-vtn"] = {**hello, "description": "the first of all"}
    candidate = desk.call("plan", {"service": "hello-vtn", "datastore": "candidate"})
    assert candidate["plan"] != given["plan"]
    with pytest.raises(Invalid, match="no entry of the service other"):
        desk.call("plan", {"service": "other", "document": hello})
    with pytest.raises(Invalid, match="VTN-Y205"):
        desk.call("plan", {"service": "hello-vtn", "document": {"vtnmd-vtn:service": []}})


def test_a_plan_knows_what_is_committed_of_the_services_that_it_refers_to(desk: Desk, hello: Json) -> None:
    shared = deepcopy(hello)
    shared["vtn"][0]["segment"][0]["shared"] = {}
    desk.ledger.entries["running", "hello-vtn"] = shared
    used = {"name": "lan", "service": "hello-vtn", "vtn": "hello", "segment": "lan", "region": [{"name": "east"}]}
    port = {"name": "till", "segment": "lan", "region": "east", "node": "openflow:1", "port": "s1-eth9"}
    guest = {"vtn": [{"name": "mine", "tenant": "other", "shared-segment": [used], "attachment": [port]}]}
    told = desk.call("plan", {"service": "guest", "document": guest})
    assert {change["kind"] for change in told["change"]} == {"vtn", "vbridge", "vinterface", "port-map"}
    desk.ledger.entries["running", "hello-vtn"] = hello
    with pytest.raises(Invalid, match="VTN-Y302"):
        desk.call("plan", {"service": "guest", "document": guest})


def test_what_no_datastore_has_is_planned_to_be_removed(desk: Desk, hello: Json) -> None:
    desk.call("apply", {"service": "hello-vtn", "follow": True})
    del desk.ledger.entries["running", "hello-vtn"]
    told = desk.call("plan", {"service": "hello-vtn"})
    assert told["removes"] is True
    assert told["changes"]["delete"] == len(told["change"])
    assert "after" not in told["difference"][0]
    with pytest.raises(StateError, match="there is no service nowhere"):
        desk.call("plan", {"service": "nowhere"})


def test_a_service_is_applied_as_it_is_committed(desk: Desk, hello: Json) -> None:
    told = desk.call("apply", {"service": "hello-vtn", "label": "CHG-1", "follow": True})
    assert told["result"] == "applied"
    run = desk.state()["run"][0]
    assert (run["id"], run["label"], run["user"]) == (told["run"], "CHG-1", "ann")
    assert "run" not in desk.call("apply", {"service": "hello-vtn", "follow": True})
    desk.ledger.entries["running", "hello-vtn"] = None
    assert desk.call("apply", {"service": "hello-vtn", "follow": True})["result"] == "applied"
    assert desk.site.held == {}


def test_the_answer_comes_as_soon_as_the_run_has_begun(desk: Desk, hello: Json) -> None:
    async def call() -> Json:
        told = await desk.calling("apply", {"service": "hello-vtn"})
        await asyncio.gather(*desk.context.loose)
        return told

    told = asyncio.run(call())
    assert told["result"] in {"running", "applied"}
    run = desk.state()["run"][0]
    assert (run["id"], run["result"]) == (told["run"], "applied")
    assert not desk.context.loose
    assert not desk.troubles


def test_whoever_calls_may_go_and_the_run_goes_on(desk: Desk, hello: Json) -> None:
    async def call() -> None:
        calling = asyncio.ensure_future(desk.calling("apply", {"service": "hello-vtn", "follow": True}))
        await asyncio.sleep(0)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        await asyncio.gather(*desk.context.loose)

    asyncio.run(call())
    assert desk.state()["run"][0]["result"] == "applied"


def test_a_plan_that_was_approved_is_applied_as_it_stands(desk: Desk) -> None:
    document = json.loads(json.dumps(_inventory(desk)))
    document["vtnmd-inventory:inventory"]["approvals"] = 1
    with desk.store.own(desk.setting("ann", "load").owner):
        desk.store.load_inventory(document, 1000.0)
    desk.ledger.entries["running", "global-shop"] = entry_of(SHOP, desk.context.state)
    told = desk.call("plan", {"service": "global-shop"})
    assert told["approvals"] == {"needed": 1, "missing": 1}
    assert [notice["plan"] for notice in desk.told("plan-awaits-approval")] == [told["plan"]]
    with pytest.raises(StateError, match="VTN-P022"):
        desk.call("apply", {"service": "global-shop"})
    with pytest.raises(StateError, match="VTN-P020"):
        desk.call("apply", {"plan": told["plan"], "follow": True})
    with pytest.raises(StateError, match="VTN-P021"):
        desk.call("approve", {"plan": told["plan"]}, "ann")
    assert desk.call("approve", {"plan": told["plan"]}, "bob") == {"approvals": {"needed": 1, "missing": 0, "user": ["bob"]}}
    assert desk.state()["plan"][0]["approvals"]["user"] == ["bob"]
    assert desk.call("apply", {"plan": told["plan"], "follow": True})["result"] == "applied"
    assert "plan" not in desk.state()
    with pytest.raises(Refused, match="is kept"):
        desk.call("apply", {"plan": told["plan"]})


def _inventory(desk: Desk) -> Json:
    desk.apply(SHOP)
    desk.call("destroy", {"service": "global-shop", "follow": True})
    return desk.store.inventory()


def test_a_kept_plan_is_applied_without_letting_go_of_a_region(desk: Desk, hello: Json) -> None:
    digest = desk.call("plan", {"service": "hello-vtn"})["plan"]
    with pytest.raises(Refused, match="without abandon"):
        desk.call("apply", {"plan": digest, "abandon": "east"})


def test_what_waits_is_gone_on_with(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    first = desk.apply().run
    told = desk.call("drain-region", {"region": "west"})
    assert [(run["id"], run["result"]) for run in told["run"]] == [(first, "partly")]
    assert {each["code"] for each in told["trouble"]} == {"VTN-E010"}
    site.down = set()
    (run,) = desk.call("drain-region", {"region": "west"})["run"]
    assert (run["service"], run["result"]) == ("global-shop", "applied")
    assert desk.call("drain-region", {"region": "west"}) == {}
    with pytest.raises(Invalid, match="VTN-I008"):
        desk.call("drain-region", {"region": "south"})


def test_a_request_is_tried_again_and_another_one_pruned(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    desk.apply()
    west = desk.state()["region"][1]
    chosen = west["queued"][-1]["request"]
    pruned = desk.call("prune-request", {"region": "west", "request": chosen})["pruned"]
    assert chosen in pruned
    told = {each["request"] for each in desk.state()["region"][1]["queued"] if each["pruned"]}
    assert told == set(pruned)
    site.down = set()
    retried = desk.call("retry-request", {"region": "west", "request": west["queued"][0]["request"], "follow": True})
    assert retried["result"] in {"partly", "applied", "failed"}
    with pytest.raises(Invalid, match="VTN-I009"):
        desk.call("prune-request", {"region": "west", "request": "nothing"})


def test_a_run_is_cancelled_and_rolled_back(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    run = desk.apply().run
    assert desk.call("cancel", {"run": run}, "bob") == {"result": "cancelled"}
    assert desk.state()["run"][0]["cancelled-by"] == "bob"
    site.down = set()
    assert desk.call("rollback", {"run": run, "follow": True})["result"] == "applied"
    assert site.held == {}
    with pytest.raises(StateError, match="VTN-S008"):
        desk.call("cancel", {"run": "unknown"})


def test_regions_are_paused_maintained_and_unpaused(desk: Desk, hello: Json) -> None:
    desk.call("pause-region", {"region": "east", "reason": "power works"}, "bob")
    region = desk.state()["region"][0]
    assert (region["mode"], region["user"], region["reason"]) == ("paused", "bob", "power works")
    desk.call("maintain-region", {"region": "east"})
    assert desk.store.modes()["east"].mode is Mode.MAINTENANCE
    desk.call("unpause-region", {"region": "east"})
    assert desk.state()["region"][0]["mode"] == "active"
    with pytest.raises(Invalid, match="VTN-I008"):
        desk.call("pause-region", {"region": "south"})


def test_a_rollback_of_commits_is_a_commit_of_its_own(desk: Desk) -> None:
    desk.ledger.log = [CommitEntry(number, 1000.0, Origin("ann", "cli"), ()) for number in (1, 2)]
    assert desk.call("rollback-commit", {"number": "1", "comment": "too early"}) == {"number": "3", "part": ["service/shop"]}
    assert (desk.ledger.log[-1].origin.label, desk.ledger.log[-1].origin.comment) == ("back to commit 1", "too early")
    assert desk.call("rollback-commit", {"number": "3"}) == {}


def test_a_probe_whose_agent_cannot_be_asked_has_not_passed(desk: Desk) -> None:
    desk.apply()
    told = desk.call("probe", {"service": "global-shop"})
    assert told["passed"] is False
    assert told["trouble"]
