"""Alarms are raised of what the state says, cleared when it says so no more, and kept with what became of them."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.support.memory import Site
from tests.support.orchestration import Desk
from vtnmd.datastore.faults import Refused
from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.probe import Carriage, Verdict
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.alarms import AlarmList, alarm_list, changes, observe, summary
from vtnmd.northbound.orchestration.conditions import (
    ENDPOINT_DOWN,
    INTERCONNECT_DEGRADED,
    INTERCONNECT_FAILED,
    RUN_INCOMPLETE,
    TYPES,
    AlarmType,
    Facts,
    Raised,
    alarms_of,
    endpoint_resource,
    interconnect_resource,
    service_resource,
)
from vtnmd.northbound.orchestration.control import Control, compress_filter, matches, notified, purge_filter, read_control
from vtnmd.northbound.orchestration.services import Committed

ODL = endpoint_resource("west", "odl")
SHOP = service_resource("shop")
WAN = parse_address("global/interconnect/acme_shop/wan")
_LIST = "/ietf-alarms:alarms/alarm-list"


def down(text: str = "west/odl is down", since: float = 0.0, kind: AlarmType = ENDPOINT_DOWN) -> Raised:
    return Raised(ODL, kind, text, since)


def standing(alarms: Json) -> set[tuple[str, str]]:
    return {
        (alarm["alarm-type-id"].partition(":")[2], alarm["resource"].rpartition("/")[2])
        for alarm in alarms["alarm-list"].get("alarm", ())
        if not alarm["is-cleared"]
    }


def test_an_alarm_is_raised_changed_cleared_and_raised_again() -> None:
    first = observe(AlarmList(), [down(since=900.0)], 1000.0)
    again = observe(first, [down("west/odl is on probation")], 1010.0)
    gone = observe(again, [], 1020.0)
    back = observe(gone, [down()], 1030.0)
    (alarm,) = back.alarms.values()
    assert (alarm.created, alarm.raised, alarm.changed, alarm.is_cleared) == (900.0, 1030.0, 1030.0, False)
    assert [(each.time, each.severity) for each in alarm.changes] == [
        (1030.0, "major"),
        (1020.0, "cleared"),
        (1010.0, "major"),
        (900.0, "major"),
    ]
    (cleared,) = gone.alarms.values()
    assert (cleared.is_cleared, cleared.severity, cleared.text) == (True, "major", "west/odl is on probation")
    assert [len(changes(one, other)) for one, other in ((AlarmList(), first), (first, again), (again, gone), (gone, back))] == [
        1
    ] * 4


def test_what_stays_as_it_is_changes_nothing() -> None:
    before = observe(AlarmList(), [down()], 1000.0)
    assert observe(before, [down()], 2000.0) is before
    cleared = observe(before, [], 2000.0)
    assert observe(cleared, [], 3000.0) is cleared


def test_a_history_is_bounded_and_its_entries_have_times_of_their_own() -> None:
    alarms = AlarmList(kept=3)
    for text in "abcde":
        alarms = observe(alarms, [down(text)], 1000.0)
    (alarm,) = alarms.alarms.values()
    assert [each.text for each in alarm.changes] == ["e", "d", "c"]
    (entry,) = alarm_list(alarms)["alarm"]
    assert len({each["time"] for each in entry["status-change"]}) == 3


def test_a_summary_counts_by_severity() -> None:
    alarms = observe(AlarmList(), [down(), Raised(SHOP, RUN_INCOMPLETE, "left")], 1000.0)
    alarms = observe(alarms, [down()], 1001.0)
    counted = {each["severity"]: each for each in summary(alarms)["alarm-summary"]}
    assert (counted["major"]["total"], counted["major"]["not-cleared"], counted["major"]["not-cleared-not-closed"]) == (1, 1, 1)
    assert (counted["minor"]["cleared"], counted["minor"]["cleared-not-closed"]) == (1, 1)
    assert counted["critical"]["total"] == 0


def test_every_type_is_an_identity_of_the_module(desk: Desk) -> None:
    inventory = desk.alarms()["alarm-inventory"]["alarm-type"]
    assert {each["alarm-type-id"] for each in inventory} == {each.id for each in TYPES}


def test_a_dead_region_raises_alarms_that_its_return_clears(desk: Desk, site: Site) -> None:
    site.down = {"west"}
    run = desk.apply().run
    ill = {name for name in ("odl", "pe", "heat") if desk.store.health()[f"west/{name}"].condition is Condition.DOWN}
    raised = standing(desk.alarms())
    assert {("endpoint-down", f"endpoint[name='{name}']") for name in ill} <= raised
    assert ("run-incomplete", "service[name='global-shop']") in raised
    desk.store.keep_health({f"west/{name}": Health(Condition.DOWN, 1000.0) for name in ("odl", "pe", "heat")})
    assert ("region-down", "region[name='west']") in standing(desk.alarms())
    site.down = set()
    desk.store.keep_health({f"west/{name}": Health() for name in ("odl", "pe", "heat")})
    desk.call("resume", {"run": run, "follow": True})
    alarms = desk.alarms()
    assert standing(alarms) == set()
    assert alarms["alarm-list"]["number-of-alarms"] == len(alarms["alarm-list"]["alarm"]) >= 5
    told = desk.told("alarm-notification")
    assert {each["perceived-severity"] for each in told} == {"major", "minor", "critical", "cleared"}


def test_services_in_trouble_and_plans_that_wait_raise_alarms(desk: Desk) -> None:
    desk.ledger.services["shop"] = Committed(7, 5, (Diagnostic("VTN-I001", "no region south"),), "ab" * 32)
    assert standing(desk.alarms()) == {
        ("service-in-trouble", "service[name='shop']"),
        ("approval-awaited", "service[name='shop']"),
    }
    desk.ledger.services["shop"] = Committed(8, 8)
    assert standing(desk.alarms()) == set()


def test_a_check_raises_and_clears_drift(desk: Desk, site: Site) -> None:
    desk.apply()
    assert desk.call("check", {})["in-sync"] > 0
    assert standing(desk.alarms()) == set()
    gone = next(address for address in site.held if address.region == "west")
    tree = site.held.pop(gone)
    told = desk.call("check", {"service": ["global-shop"]})
    assert [(each["address"], each["standing"], each["service"]) for each in told["finding"]] == [
        (str(gone), "missing", ["global-shop"])
    ]
    assert standing(desk.alarms()) == {("drift-found", "service[name='global-shop']")}
    site.held[gone] = "another"
    assert desk.call("check", {})["finding"][0]["difference"]
    site.held[gone] = tree
    site.down = {"west"}
    assert {each["standing"] for each in desk.call("check", {})["finding"]} == {"unknown"}
    assert standing(desk.alarms()) == {("drift-found", "service[name='global-shop']")}
    site.down = set()
    site.foreign["west/odl"] = [Stranger("vbridge", "mine", "vtn shop")]
    told = desk.call("check", {})
    assert told["foreign"] == [{"endpoint": "west/odl", "kind": "vbridge", "name": "mine", "place": "vtn shop"}]
    assert {each["code"] for each in told["trouble"]} == {"VTN-E402"}
    assert standing(desk.alarms()) == set()


def test_operators_say_what_becomes_of_an_alarm(desk: Desk) -> None:
    desk.ledger.services["shop"] = Committed(7, 5, (Diagnostic("VTN-I001", "no region south"),))
    (alarm,) = desk.alarms()["alarm-list"]["alarm"]
    keys = (alarm["resource"], alarm["alarm-type-id"], "")
    target = (("ietf-alarms:alarms", ()), ("alarm-list", ()), ("alarm", keys))
    set_state = f"{_LIST}/alarm/set-operator-state"
    assert desk.call(set_state, {"state": "ack", "text": "on it"}, "bob", target) == {}
    desk.call(set_state, {"state": "closed"}, "bob", target)
    (alarm,) = desk.alarms()["alarm-list"]["alarm"]
    said = alarm["operator-state-change"]
    assert [(each["operator"], each["state"], each.get("text")) for each in said] == [
        ("bob", "closed", None),
        ("bob", "ack", "on it"),
    ]
    told = [notice.content for notice in desk.notices if notice.member == "ietf-alarms:alarms"]
    assert told[0]["alarm-list"]["alarm"][0]["operator-action"]["state"] == "ack"
    with pytest.raises(Refused, match="no such alarm"):
        desk.call(set_state, {"state": "ack"}, "bob", (*target[:2], ("alarm", ("/a", "vtnmd-orchestration:run-failed", ""))))


def test_alarms_are_purged_and_compressed(desk: Desk) -> None:
    for text in ("no region south", "no region north"):
        desk.ledger.services["shop"] = Committed(7, 5, (Diagnostic("VTN-I001", text),))
        desk.alarms()
    assert desk.call(f"{_LIST}/compress-alarms", {"resource": "/vtnmd-orchestration:orchestration/region"}) == {
        "compressed-alarms": 0
    }
    assert desk.call(f"{_LIST}/compress-alarms", {}) == {"compressed-alarms": 1}
    assert len(desk.alarms()["alarm-list"]["alarm"][0]["status-change"]) == 1
    assert desk.call(f"{_LIST}/purge-alarms", {"alarm-clearance-status": "cleared"}) == {"purged-alarms": 0}
    desk.ledger.services.clear()
    desk.alarms()
    assert desk.call(f"{_LIST}/purge-alarms", {"alarm-clearance-status": "cleared"}) == {"purged-alarms": 1}
    assert desk.alarms()["alarm-list"]["number-of-alarms"] == 0


@pytest.mark.parametrize(
    ("stated", "chosen"),
    [
        ({"alarm-clearance-status": "any"}, True),
        ({"alarm-clearance-status": "cleared"}, False),
        ({"alarm-clearance-status": "not-cleared"}, True),
        ({"alarm-clearance-status": "any", "older-than": {"minutes": 1}}, True),
        ({"alarm-clearance-status": "any", "older-than": {"hours": 1}}, False),
        ({"alarm-clearance-status": "any", "severity": {"below": "critical"}}, True),
        ({"alarm-clearance-status": "any", "severity": {"above": "major"}}, False),
        ({"alarm-clearance-status": "any", "severity": {"is": "major"}}, True),
        ({"alarm-clearance-status": "any", "operator-state-filter": {"state": "none"}}, True),
        ({"alarm-clearance-status": "any", "operator-state-filter": {"user": "bob"}}, False),
    ],
)
def test_conditions_of_a_purge_hold_together(stated: Json, chosen: bool) -> None:
    (alarm,) = observe(AlarmList(), [down()], 1000.0).alarms.values()
    assert purge_filter(stated, 1120.0)(alarm) is chosen


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        (ODL, True),
        ('/orch:orchestration/orch:region[orch:name="west"]/orch:endpoint[orch:name="odl"]', True),
        ("/vtnmd-orchestration:orchestration/region/endpoint", True),
        ("//orch:endpoint", True),
        ("/vtnmd-orchestration:orchestration/region[name='west']", False),
        ("//orch:service", False),
    ],
)
def test_a_path_means_the_resources_that_it_leads_to(path: str, meant: bool) -> None:
    assert matches(path, ODL) is meant


@pytest.mark.parametrize(
    ("path", "meant"), [("//interconnect", True), ("//orch:wan']", False), ("/orch:orchestration/service/interconnect", True)]
)
def test_a_path_means_an_interconnect_whose_address_has_slashes(path: str, meant: bool) -> None:
    assert matches(path, interconnect_resource("shop", WAN)) is meant


def test_what_compresses_may_name_a_type_and_a_qualifier() -> None:
    (alarm,) = observe(AlarmList(), [down()], 1000.0).alarms.values()
    assert compress_filter({"alarm-type-id": ENDPOINT_DOWN.id, "alarm-type-qualifier": ""})(alarm)
    assert not compress_filter({"alarm-type-id": RUN_INCOMPLETE.id})(alarm)
    assert not compress_filter({"alarm-type-qualifier": "other"})(alarm)


@pytest.mark.parametrize(
    ("control", "told"),
    [
        ({}, [1, 1, 1, 1]),
        ({"notify-status-changes": "raise-and-clear"}, [1, 0, 1, 1]),
        ({"notify-status-changes": "severity-level", "notify-severity-level": "major"}, [1, 1, 1, 1]),
        ({"notify-status-changes": "severity-level", "notify-severity-level": "critical"}, [0, 0, 1, 0]),
    ],
)
def test_the_configuration_says_which_changes_are_told(control: Json, told: list[int]) -> None:
    lists = [AlarmList()]
    for number, raised in enumerate(([down()], [down("another reason")], [], [down()])):
        lists.append(observe(lists[-1], raised, 1000.0 + number))
    stated = read_control({"control": control})
    assert [len(notified(one, other, stated)) for one, other in pairwise(lists)] == told


def test_a_history_may_be_as_long_as_it_gets() -> None:
    assert read_control(None) == Control()
    assert read_control({"control": {"max-alarm-status-changes": 5}}).kept == 5
    assert read_control({"control": {"max-alarm-status-changes": "infinite"}}).kept > 1_000_000


def carriage(verdict: Verdict, *reasons: str) -> dict[str, dict[Address, Carriage]]:
    return {"shop": {WAN: Carriage(verdict, 900.0, reasons)}}


def test_an_interconnect_that_does_not_carry_as_it_should_raises_an_alarm_of_its_own() -> None:
    facts = Facts(Inventory({"vtnmd-inventory:inventory": {}}))
    (failed,) = alarms_of(replace(facts, carriage=carriage(Verdict.FAILED, "no gateway")))
    assert (failed.type, failed.since) == (INTERCONNECT_FAILED, 900.0)
    assert failed.resource == f"{SHOP}/interconnect[address='global/interconnect/acme_shop/wan']"
    assert failed.text.endswith("carries no more: no gateway")
    (degraded,) = alarms_of(replace(facts, carriage=carriage(Verdict.DEGRADED, "by the backup way", "slowly")))
    assert degraded.type == INTERCONNECT_DEGRADED
    assert degraded.text.endswith("is degraded: by the backup way; slowly")
    assert alarms_of(replace(facts, carriage=carriage(Verdict.PASSED))) == ()


def test_a_degraded_interconnect_is_told_raised_and_cleared(desk: Desk) -> None:
    desk.apply()
    address = desk.store.services()[0].probes[0].address
    for verdict, expected in (
        (Verdict.DEGRADED, {"interconnect-degraded"}),
        (Verdict.FAILED, {"interconnect-failed"}),
        (Verdict.PASSED, set()),
    ):
        reasons = () if verdict is Verdict.PASSED else ("by the backup way",)
        desk.store.keep_carriage("global-shop", {address: Carriage(verdict, 900.0, reasons)})
        assert {kind for kind, _ in standing(desk.alarms())} == expected
        (told,) = desk.state()["service"][0]["interconnect"]
        assert (told["address"], told["verdict"], told.get("reason", [])) == (str(address), str(verdict), list(reasons))
