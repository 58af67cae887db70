"""What becomes of the resources of a stack, in Heat's engine."""

from pathlib import Path
from typing import Any

import pytest
from heat.common import exception
from heat.engine import resource, scheduler, stack
from heat.engine.clients.os.neutron import NeutronClientPlugin
from heat.objects import event
from memory import World, changed, loaded, new_stack
from vtnmd_heat.entries import Place
from vtnmd_heat.errors import Conflict, Refused, Unavailable

EXAMPLE = (Path(__file__).parents[1] / "examples/two-clouds.yaml").read_text()
PORT = """
heat_template_version: "2021-04-16"
resources:
  net: {type: "OS::VTN::VirtualTenantNetwork", properties: {name: net}}
  lan:
    type: OS::VTN::Segment
    properties: {vtn: {get_resource: net}, name: lan, cidr: 10.2.0.0/24, regions: [{name: east}]}
  till:
    type: OS::VTN::Attachment
    properties:
      {vtn: {get_resource: net}, name: till, segment: {get_resource: lan}, region: east, node: "openflow:1", port: s1-eth1}
"""
ROUTED = """
heat_template_version: "2021-04-16"
resources:
  net: {type: "OS::VTN::VirtualTenantNetwork", properties: {name: net}}
  a:
    type: OS::VTN::Segment
    properties: {vtn: {get_resource: net}, name: a, cidr: 10.2.0.0/24, gateway: 10.2.0.1, regions: [{name: east}]}
  b:
    type: OS::VTN::Segment
    properties: {vtn: {get_resource: net}, name: b, cidr: 10.3.0.0/24, gateway: 10.3.0.1, regions: [{name: west}]}
  core:
    type: OS::VTN::Interconnect
    properties: {vtn: {get_resource: net}, name: core, kind: mpls-l3vpn, segments: [{get_resource: a}, {get_resource: b}]}
"""
LAN, TILL = Place("net", "segment", "lan"), Place("net", "attachment", "till")


def example(**said: str) -> stack.Stack:
    return new_stack(EXAMPLE, image="cirros", flavor="m1.tiny", **said)


def states(found: stack.Stack) -> dict[str, tuple[str, str]]:
    return {each.name: each.state for each in found.values()}


def done(found: stack.Stack, action: str) -> bool:
    assert found.state == (action, "COMPLETE"), found.status_reason
    return True


def test_one_template_makes_a_network_over_two_clouds_and_leaves_nothing(engine: World) -> None:
    found = example()
    found.create()
    assert done(found, "CREATE")
    ((service, entries),) = engine.services.items()
    assert service.startswith("shop-shop-")
    assert entries[Place(service, "vtn")] == {"name": service, "tenant": "acme", "description": "The shop"}
    web, backbone = entries[Place(service, "segment", "web")], entries[Place(service, "interconnect", "backbone")]
    assert web["region"][0] == {"name": "east", "pool": [{"start": "10.1.0.10", "end": "10.1.0.99"}]}
    assert backbone["bandwidth"] == {"min": "100000", "max": "200000"}
    (server,) = entries[Place(service, "workload", "servers")]["body"]["servers"]
    assert (server["image"], server["flavor"]) == ({"name": "cirros"}, {"name": "m1.tiny"})
    assert server["ports"] == [{"segment": "web"}]
    order = [place.list for _, place in engine.edits]
    assert order.index("segment") < order.index("interconnect") < order.index("workload"), "servers come when the way is there"
    found = loaded(found)
    found.delete()
    assert done(found, "DELETE")
    assert engine.services == {}
    assert [place.list for method, place in engine.edits if method == "DELETE"][-1] == ""


def test_a_resource_waits_for_regions_and_says_why(engine: World) -> None:
    change = {"address": "west/odl/vtn/x", "outcome": "waiting", "reason": "west/odl: connection refused"}
    engine.results = [
        {"begun": "0"},
        {"result": "running"},
        {"result": "partly", "unfinished": [change]},
        {"result": "partly", "unfinished": [change]},
        {"result": "applied"},
    ]
    found = new_stack(PORT)
    found.create()
    assert done(found, "CREATE")
    waited = ["vtnmd has not begun with it", "vtnmd is at work", "west/odl: connection refused"]
    assert sorted(reason for reason in reasons_of(found) if reason in waited) == waited, "each is told once"


def reasons_of(found: stack.Stack) -> list[str]:
    """What events of the stack say, in order."""
    return [each.resource_status_reason for each in event.Event.get_all_by_stack(found.context, found.id)]


def test_what_a_region_refuses_fails_the_resource_with_its_reason(engine: World) -> None:
    failed = {"address": "east/odl/vtn/x", "outcome": "failed", "code": "VTN-E304", "reason": "east/odl: no such port"}
    skipped = {"address": "east/odl/vtn/y", "outcome": "skipped", "reason": "it needs r1"}
    engine.results = [{"result": "applied"}, {"result": "applied"}, {"result": "failed", "unfinished": [skipped, failed]}]
    found = new_stack(PORT)
    found.create()
    assert found.state == ("CREATE", "FAILED")
    assert found["till"].state == ("CREATE", "FAILED")
    assert "run failed: VTN-E304 east/odl: no such port" in found["till"].status_reason


def test_what_cannot_be_planned_fails_with_code_and_hint(engine: World) -> None:
    trouble = {"code": "VTN-I011", "summary": "pool vlan/east is exhausted", "hint": "widen the range"}
    engine.results = [{"result": "applied"}, {"begun": "1", "trouble": [trouble]}]
    found = new_stack(PORT)
    found.create()
    assert "VTN-I011 pool vlan/east is exhausted: widen the range" in found["lan"].status_reason


def test_complete_means_that_packets_arrive(engine: World) -> None:
    lost = {"source": "east", "target": "west", "passed": False, "detail": "nothing leaves pe-east"}
    engine.probes = [{"passed": True}, {"passed": True}, {"passed": False, "probe": [lost]}, {"passed": True}]
    found = new_stack(PORT)
    found.create()
    assert done(found, "CREATE")
    assert "no packet arrives from east in west: nothing leaves pe-east" in reasons_of(found)


def test_locks_and_lost_answers_are_waited_out(engine: World) -> None:
    engine.refusals = {LAN: [Conflict("somebody holds a lock"), Unavailable("vtnmd cannot be reached")]}
    found = new_stack(PORT)
    found.create()
    assert done(found, "CREATE")
    assert [place for _, place in engine.edits].count(LAN) == 1


def test_what_vtnmd_does_not_want_fails_at_once(engine: World) -> None:
    engine.refusals = {LAN: [Refused("segment lan of VTN net: the gateway stands in a pool")]}
    found = new_stack(PORT)
    found.create()
    assert found["lan"].state == ("CREATE", "FAILED")
    assert "the gateway stands in a pool" in found["lan"].status_reason


def test_what_others_made_is_neither_taken_over_nor_removed(engine: World) -> None:
    theirs = {"name": "net", "tenant": "umbrella"}
    engine.services["net"] = {Place("net", "vtn"): theirs}
    found = new_stack(PORT)
    found.create()
    assert found.state == ("CREATE", "FAILED")
    assert "is there already, and is not of this stack" in found["net"].status_reason
    found = loaded(found)
    found.delete()
    assert done(found, "DELETE")
    assert engine.services["net"] == {Place("net", "vtn"): theirs}


def test_an_update_changes_what_differs_in_place_and_keeps_what_others_added(engine: World) -> None:
    found = new_stack(PORT)
    found.create()
    engine.services["net"][LAN]["vtnmd-traffic:flow-filter"] = [{"index": 1}]
    engine.services["net"][LAN]["region"][0]["vtnmd-traffic:mac-map"] = {"allowed": ["@0"]}
    engine.edits.clear()
    found = changed(found, PORT.replace("10.2.0.0/24", "10.4.0.0/24").replace("s1-eth1", "s1-eth2"))
    assert done(found, "UPDATE")
    assert sorted(engine.edits, key=str) == [("PUT", TILL), ("PUT", LAN)]
    assert engine.services["net"][LAN] == {
        "name": "lan",
        "cidr": "10.4.0.0/24",
        "mtu": 1450,
        "region": [{"name": "east", "vtnmd-traffic:mac-map": {"allowed": ["@0"]}}],
        "vtnmd-traffic:flow-filter": [{"index": 1}],
    }
    assert engine.services["net"][TILL]["port"] == "s1-eth2"


def test_another_name_is_another_resource(engine: World) -> None:
    found = new_stack(PORT)
    found.create()
    found = changed(found, PORT.replace("name: till", "name: desk"))
    assert done(found, "UPDATE")
    assert TILL not in engine.services["net"]
    assert Place("net", "attachment", "desk") in engine.services["net"]


def test_a_failed_resource_is_mended_by_the_next_update_also_of_the_same_template(engine: World) -> None:
    failed = {"begun": "3", "result": "failed", "unfinished": [{"outcome": "failed", "reason": "no"}]}
    engine.results = [{"result": "applied"}, {"result": "applied"}, failed]
    found = new_stack(PORT)
    found.create()
    assert found["till"].state == ("CREATE", "FAILED")
    engine.results = [failed]
    before = found["till"].id
    found = changed(found, PORT)
    assert done(found, "UPDATE")
    assert found["till"].id == before, "it is not made anew"
    assert engine.applied == [False]


def test_a_failed_resource_that_does_not_stand_is_made_anew(engine: World) -> None:
    engine.refusals = {TILL: [Refused("not this port")]}
    found = new_stack(PORT)
    found.create()
    found = changed(found, PORT)
    assert done(found, "UPDATE")
    assert TILL in engine.services["net"]


def test_a_check_tells_drift_by_resource_and_an_update_has_it_repaired(engine: World) -> None:
    found = new_stack(PORT)
    found.create()
    address = "east/odl/port-map/net/till"
    engine.told = {"resource": [{"address": address, "kind": "port-map", "entry": "vtn[net]/attachment[till]"}]}
    difference = {"path": "vlan", "expected": "0", "found": "7"}
    engine.findings = [
        {"address": address, "standing": "drifted", "difference": [difference]},
        {"address": "east/odl/vlan-map/net/lan", "standing": "missing"},
    ]
    engine.services["net"][LAN]["mtu"] = 9000
    scheduler.TaskRunner(found["net"].check)()
    for name in ("lan", "till"):
        with pytest.raises(exception.ResourceFailure):
            scheduler.TaskRunner(found[name].check)()
    assert states(found) == {"net": ("CHECK", "COMPLETE"), "lan": ("CHECK", "FAILED"), "till": ("CHECK", "FAILED")}
    assert f"{address} drifted: vlan is 7 in place of 0" in found["till"].status_reason
    assert "mtu is 9000 in place of 1450" in found["lan"].status_reason
    found = changed(found, PORT)
    assert done(found, "UPDATE")
    assert engine.applied[0] is True
    assert engine.services["net"][LAN]["mtu"] == 1450


def test_removal_waits_for_others_to_let_go_and_for_all_regions(engine: World) -> None:
    found = new_stack(PORT)
    found.create()
    engine.refusals = {Place("net"): [Conflict("service guest refers to it")]}
    found = loaded(found)
    found.delete()
    assert done(found, "DELETE")
    assert engine.services == {}


def test_what_is_gone_already_is_no_problem(engine: World) -> None:
    found = new_stack(PORT)
    found.create()
    engine.services.clear()
    found = loaded(found)
    found.delete()
    assert done(found, "DELETE")


def test_a_routed_interconnect_has_a_router_of_its_own(engine: World) -> None:
    router, core = Place("net", "router", "core"), Place("net", "interconnect", "core")
    found = new_stack(ROUTED)
    found.create()
    assert done(found, "CREATE")
    assert engine.services["net"][router]["segment"] == ["a", "b"]
    assert engine.services["net"][core] == {
        "name": "core", "kind": "mpls-l3vpn", "router": "core", "protection": "none", "atomic": False,
    }  # fmt: skip
    assert found["core"].get_live_state(found["core"].properties)["segments"] == ["a", "b"]
    vrf = {"address": "east/pe/vrf/net/core", "kind": "vrf", "entry": "vtn[net]/router[core]"}
    facts = {"route-distinguisher": ["65000:1"], "import-targets": ["65000:2"], "label": ["17"]}
    engine.told = {"resource": [{**vrf, "fact": [{"name": name, "value": value} for name, value in facts.items()]}]}
    assert found["core"].FnGetAtt("route_distinguishers") == {"east": "65000:1"}
    assert found["core"].FnGetAtt("route_targets") == ["65000:2"]
    assert found["core"].FnGetAtt("labels") == {"east": {"routes": 17}}
    found = changed(found, ROUTED.replace("mpls-l3vpn", "mpls-l2vpn"))
    assert done(found, "UPDATE")
    assert router not in engine.services["net"]
    assert engine.services["net"][core]["segment"] == ["a", "b"]
    found = changed(found, ROUTED)
    found.delete()
    assert done(found, "DELETE")
    assert engine.services == {}


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("name: east", "name: south", "knows no region south"),
        ("10.2.0.0/24", "10.2.0.0", "cidr"),
        ("name: lan", "name: 'l a n'", "does not match pattern"),
        ("name: lan", f"name: {'x' * 64}", "out of range"),
        ("openflow:1", "ovs1", "does not match pattern"),
    ],
)
def test_templates_are_checked_before_anything_is_made(engine: World, old: str, new: str, word: str) -> None:
    with pytest.raises(exception.StackValidationFailed, match=word):
        new_stack(PORT.replace(old, new))
    assert engine.edits == []


def test_rates_and_segments_are_checked_too(engine: World) -> None:
    with pytest.raises(exception.StackValidationFailed, match="min is above max"):
        new_stack(EXAMPLE.replace("min: 100000", "min: 300000"), image="i", flavor="f")
    with pytest.raises(exception.StackValidationFailed, match="twice"):
        new_stack(EXAMPLE.replace("[{get_resource: web}]\n      bandwidth", "[web, web]\n      bandwidth"), image="i", flavor="f")


def test_live_state_has_the_form_of_properties(engine: World) -> None:
    found = example()
    found.create()
    for each in found.values():
        live = each.get_live_state(each.properties)
        assert live == {name: each.properties[name] for name in live}, each.name
        assert live
    engine.services.clear()
    with pytest.raises(exception.EntityNotFound):
        found["web"].get_live_state(found["web"].properties)


def test_every_type_is_registered_with_texts_for_users(engine: World) -> None:
    found = {each.type(): each for each in (*example().values(), *new_stack(PORT, "port").values())}
    assert sorted(found) == [
        f"OS::VTN::{name}" for name in ("Attachment", "Interconnect", "Segment", "VirtualTenantNetwork", "Workload")
    ]
    for each in found.values():
        assert isinstance(each, resource.Resource)
        assert each.getdoc()
        assert all(schema.description for schema in each.properties_schema.values())


HOSTS = """
heat_template_version: "2021-04-16"
resources:
  net: {type: "OS::VTN::VirtualTenantNetwork", properties: {name: net}}
  lan:
    type: OS::VTN::Segment
    properties: {vtn: {get_resource: net}, name: lan, cidr: 10.2.0.0/24, regions: [{name: east}]}
  one:
    type: OS::VTN::Attachment
    properties: {vtn: {get_resource: net}, segment: {get_resource: lan}, region: east, neutron_port: one, vlan: 7}
  two:
    type: OS::VTN::Attachment
    properties: {vtn: {get_resource: net}, segment: {get_resource: lan}, region: east, neutron_port: two}
"""
MAP = Place("net", "mac-map", "lan/east")


class Neutron:
    """Ports whose ids are their names."""

    def show_port(self, port: str) -> Any:
        return {"port": {"mac_address": {"one": "FA:16:3e:00:00:01", "two": "fa:16:3e:00:00:02"}[port]}}


@pytest.fixture
def neutron(engine: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = NeutronClientPlugin
    monkeypatch.setattr(plugin, "_create", lambda *_, **__: Neutron())
    monkeypatch.setattr(plugin, "find_resourceid_by_name_or_id", lambda _, _resource, name, **__: name)


def test_hosts_belong_to_a_segment_by_their_neutron_ports(engine: World, neutron: None) -> None:
    found = new_stack(HOSTS)
    found.create()
    assert done(found, "CREATE")
    hosts = engine.services["net"][MAP]["allowed"]
    assert sorted(hosts) == ["fa:16:3e:00:00:01@7", "fa:16:3e:00:00:02@0"]
    assert found["one"].resource_id == "net/lan/east/fa:16:3e:00:00:01@7"
    scheduler.TaskRunner(found["one"].check)()
    found = changed(found, HOSTS.replace("vlan: 7", "vlan: 8"))
    assert done(found, "UPDATE")
    assert sorted(engine.services["net"][MAP]["allowed"]) == ["fa:16:3e:00:00:01@8", "fa:16:3e:00:00:02@0"]
    found.delete()
    assert done(found, "DELETE")
    assert engine.services == {}
    assert ("DELETE", MAP) in engine.edits


def test_an_attachment_is_a_switch_port_or_a_neutron_port(engine: World, neutron: None) -> None:
    for wrong in (HOSTS.replace("neutron_port: two", "node: 'openflow:1'"), PORT.replace("port: s1-eth1", "neutron_port: one")):
        with pytest.raises(exception.StackValidationFailed, match="either node and port"):
            new_stack(wrong)
