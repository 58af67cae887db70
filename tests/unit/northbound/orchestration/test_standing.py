"""How a service stands, for its clients: progress, what holds it up, and what it has come to."""

import pytest

from tests.support.orchestration import HELLO, Desk
from vtnmd.datastore.faults import Refused
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.services import Committed
from vtnmd.southbound.ports import Rejected
from vtnmd.usecases.services import Source, validate

STRETCH = "vtn[shop]/interconnect[stretch]"


def entry_of(source: Source, state: str) -> Json:
    """A service as a datastore would hold it."""
    return validate(source, state).intent.service


def status(desk: Desk, user: str = "ann", service: str = "global-shop") -> Json:
    return desk.call("status", {"service": service}, user)


def facts(told: Json, kind: str, region: str) -> Json:
    """Of the first resource of that kind in the region."""
    found = next(each for each in told["resource"] if each["kind"] == kind and each["address"].startswith(f"{region}/"))
    return {fact["name"]: fact["value"] for fact in found["fact"]}


def test_what_a_service_has_come_to_is_told_by_its_entries(desk: Desk) -> None:
    desk.apply()
    told = status(desk)
    assert (told["present"], told["result"], "unfinished" in told) == (True, "applied", False)
    entries = {each["address"]: each["entry"] for each in told["resource"]}
    assert {entry.partition("[")[0] for entry in entries.values()} == {"vtn"}
    assert STRETCH in {entry for address, entry in entries.items() if "/pseudowire/" in address}
    vlan = facts(told, "vlan-map", "east")["vlan"]
    assert facts(told, "attachment", "east")["vlan"] == vlan
    there, back = facts(told, "pseudowire", "east"), facts(told, "pseudowire", "west")
    assert (there["in-label"], there["out-label"]) == (back["out-label"], back["in-label"])
    servers = {name for name in facts(told, "workload", "east") if name.startswith("address/")}
    assert servers
    lsp = [each for each in told["resource"] if each["kind"] == "lsp"]
    assert lsp
    assert not any("fact" in each for each in lsp), "how the backbone is built is nobody's business"


def test_what_waits_and_what_was_refused_is_told_with_the_reason(desk: Desk) -> None:
    desk.site.down.add("west/heat")
    desk.apply()
    told = status(desk)
    assert told["result"] == "partly"
    waiting = [each for each in told["unfinished"] if each["outcome"] == "waiting"]
    assert {each["reason"] for each in waiting} == {"west/heat: connection refused"}
    assert all(each["address"].startswith("west/heat/") for each in waiting)
    assert all(not each["address"].startswith("west/heat/") for each in told["resource"])


def test_what_an_endpoint_refuses_has_its_code(desk: Desk) -> None:
    desk.site.refusing["west/pe"] = Rejected(Diagnostic("VTN-E304", "west/pe: no such thing"))
    desk.apply()
    told = status(desk)
    assert told["result"] == "failed"
    failed = [each for each in told["unfinished"] if each["outcome"] == "failed"]
    assert {(each["code"], each["reason"]) for each in failed} == {("VTN-E304", "west/pe: no such thing")}


def test_a_service_that_is_committed_and_not_begun_and_one_that_is_not_there(desk: Desk) -> None:
    trouble = (Diagnostic("VTN-I011", "pool vlan/east is exhausted"),)
    desk.ledger.services["small"] = Committed(committed=7, trouble=trouble)
    told = status(desk, service="small")
    assert (told["present"], told["committed"], "begun" in told) == (True, "7", False)
    assert [each["code"] for each in told["trouble"]] == ["VTN-I011"]
    assert status(desk, service="none") == {"present": False}


def test_a_service_that_is_being_removed_is_there_until_nothing_is_left_of_it(desk: Desk) -> None:
    desk.apply(HELLO)
    desk.site.down.add("east/odl")
    desk.call("destroy", {"service": "hello-vtn", "follow": True})
    told = status(desk, service="hello-vtn")
    assert (told["present"], told["result"]) == (True, "partly")
    assert {each["action"] for each in told["unfinished"]} == {"delete"}
    desk.site.down.clear()
    desk.time.time += 3600.0
    desk.call("resume", {"run": told["run"], "follow": True})
    assert status(desk, service="hello-vtn") == {"present": False}


def test_who_is_bound_has_a_service_applied_again_and_nothing_more(desk: Desk) -> None:
    desk.apply(HELLO)
    desk.ledger.entries["running", "hello-vtn"] = entry_of(HELLO, desk.context.state)
    desk.ledger.bound = {"eve": {"hello-vtn"}}
    desk.site.refusing["east/odl"] = Rejected(Diagnostic("VTN-E304", "east/odl: not now"))
    desk.ledger.entries["running", "hello-vtn"]["vtn"][0]["description"] = "another"
    assert desk.call("apply", {"service": "hello-vtn", "follow": True}, "eve")["result"] == "failed"
    desk.site.refusing.clear()
    assert desk.call("apply", {"service": "hello-vtn", "follow": True}, "eve")["result"] == "applied"
    for given in (
        {"service": "global-shop"},
        {"service": "hello-vtn", "drift": "repair"},
        {"service": "hello-vtn", "abandon": "east"},
        {"plan": "0" * 64},
    ):
        with pytest.raises(Refused):
            desk.call("apply", given, "eve")


def test_who_is_bound_asks_of_what_is_theirs_and_learns_of_nothing_else(desk: Desk) -> None:
    desk.apply()
    desk.apply(HELLO)
    desk.ledger.bound = {"eve": {"hello-vtn"}}
    assert status(desk, "eve") == {"present": False}
    assert status(desk, "eve", "hello-vtn")["present"]
    for name, given in (("check", {"service": ["global-shop"]}), ("probe", {"service": "global-shop"}), ("check", {})):
        with pytest.raises(Refused):
            desk.call(name, given, "eve")
    desk.site.empty("east")
    checked = desk.call("check", {"service": ["hello-vtn"]}, "eve")
    assert {owner for each in checked["finding"] for owner in each["service"]} == {"hello-vtn"}
    assert "foreign" not in checked
    assert desk.call("probe", {"service": "hello-vtn"}, "eve")["passed"]
