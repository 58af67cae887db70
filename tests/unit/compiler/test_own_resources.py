"""Entries of a designer's own lists as resources: where, with what, and what they need."""

from pathlib import Path

import pytest

from vtnmd.compiler.check import check_intent
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.pipeline import Compiled, compile_service
from vtnmd.domain.address import parse_address
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.intent import Intent
from vtnmd.domain.models import Models

MODULE = """\
module own {
  yang-version 1.1;
  namespace "urn:own";
  prefix own;
  import vtnmd-types { prefix types; }
  import vtnmd-inventory { prefix inv; }
  import vtnmd-vtn { prefix vtn; }
  augment "/vtn:services/vtn:service/vtn:vtn" {
    list filter {
      key "name";
      types:resource "filter" {
        types:at "netconf";
        types:region "region";
        types:takes "segment/cidr";
        types:takes "segment/vlan-map/vlan";
        types:takes "endpoint/customer-port";
        types:takes "pool/label";
        types:takes "pool/name/odl";
      }
      leaf name { type types:name; }
      leaf-list segment { type leafref { path "../../vtn:segment/vtn:name"; } min-elements 1; }
      leaf-list region { type leafref { path "/inv:inventory/inv:region/inv:name"; } min-elements 1; }
      container limits { leaf rate { type uint32; } }
      list rule {
        key "number";
        types:resource "rule" {
          types:at "netconf";
          types:region "region";
        }
        leaf number { type uint8; }
        leaf region { type leafref { path "../../region"; } mandatory true; }
        leaf filter { type leafref { path "../../../filter/name"; } }
      }
    }
  }
}
"""
INVENTORY = read_inventory(Path(__file__).parents[3] / "examples" / "global-shop" / "inventory.yaml")
MODELS = Models({"yang/own.yang": MODULE})


def intent(**filter_: object) -> Intent:
    entry = {"name": "f", "segment": ["web"], "region": ["east", "west"], **filter_}
    segment = {
        "name": "web",
        "cidr": "10.0.0.0/24",
        "region": [
            {"name": "east", "pool": [{"start": "10.0.0.1", "end": "10.0.0.9"}]},
            {"name": "west", "pool": [{"start": "10.0.0.11", "end": "10.0.0.19"}]},
        ],
    }
    other = {"name": "other", "tenant": "t", "segment": [{"name": "web", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]}]}
    vtn = {"name": "net", "tenant": "t", "segment": [segment], "own:filter": [entry]}
    return Intent("s", {"vtnmd-vtn:services": {"service": [{"name": "s", "vtn": [other, vtn]}]}}, models=MODELS)


def compiled(wanted: Intent, taken: Allocations = EMPTY) -> Compiled:
    return compile_service(check_intent(wanted, INVENTORY).intent, INVENTORY, taken)


def test_an_entry_becomes_a_resource_in_each_of_its_regions() -> None:
    found = compiled(intent(limits={"rate": 5}))
    east = found.graph.resources[parse_address("east/pe/filter/t_net/f")]
    assert parse_address("west/pe/filter/t_net/f") in found.graph.resources
    assert east.properties["limits"] == {"rate": 5}
    assert east.properties["id"] == "t_net.f"
    taken = east.properties["taken"]
    vlan = found.graph.resources[parse_address("east/odl/vlan-map/t_net/web")].properties["vlan"]
    assert taken["segment"] == {"cidr": "10.0.0.0/24", "vlan-map": {"vlan": vlan}}
    assert taken["endpoint"] == {"customer-port": "ge-0/0/1"}
    assert isinstance(taken["pool"]["label"], int)
    assert taken["pool"]["name"]["odl"] == "f_2" or str(taken["pool"]["name"]["odl"]).startswith("f")


def test_it_needs_what_its_references_become_in_its_region_alone() -> None:
    found = compiled(intent())
    needs = found.graph.resources[parse_address("east/pe/filter/t_net/f")].needs
    assert {str(address) for address in needs} == {"east/odl/vbridge/t_net/web", "east/odl/vlan-map/t_net/web"}


def test_what_it_draws_is_kept_and_is_of_its_own() -> None:
    first = compiled(intent())
    again = compiled(intent(), first.allocations)
    assert first.allocations.values == again.allocations.values
    owners = first.allocations.values["label"]
    assert {owner for owner in owners if "filter" in owner} == {"s/net/filter/f/east", "s/net/filter/f/west"}


def test_entries_inside_of_entries_refer_to_those_around() -> None:
    found = compiled(intent(rule=[{"number": 7, "region": "east", "filter": "f"}]))
    rule = found.graph.resources[parse_address("east/pe/rule/t_net/f/7")]
    assert [str(address) for address in rule.needs] == ["east/pe/filter/t_net/f"]
    assert rule.properties == {"number": 7, "region": "east", "filter": "f", "id": "t_net.f.7"}


def test_a_segment_that_is_not_in_the_region_has_nothing_to_take() -> None:
    wanted = intent()
    vtn = wanted.service["vtn"][1]
    vtn["segment"][0]["region"] = vtn["segment"][0]["region"][:1]
    with pytest.raises(Invalid) as caught:
        compiled(wanted)
    (told,) = caught.value.diagnostics
    assert told.code == "VTN-G030"
    assert "segment/vlan-map/vlan" in told.summary
    assert "west" in told.summary


def test_yang_says_what_an_entry_may_be() -> None:
    with pytest.raises(Invalid) as caught:
        compiled(intent(segment=["wbe"]))
    assert caught.value.diagnostics[0].code.startswith("VTN-Y")
