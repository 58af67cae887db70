"""Services refer to each other's segments and interconnects: both make the same of what they share, whoever comes first."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.support.deployment import Deployment, deployment
from tests.support.services import inventory
from vtnmd.compiler.check import check_intent, violations_of
from vtnmd.domain.commit import SERVICE, SERVICES
from vtnmd.domain.diagnostics import Invalid, Stale
from vtnmd.domain.intent import Intent, referred_services
from vtnmd.domain.tree import Json
from vtnmd.usecases.services import with_others

STOCK = inventory()
SERVERS = {"servers": [{"name": "front", "flavor": {}, "image": {}, "ports": [{"name": "p", "segment": "dns"}], "volumes": []}]}
COMMON: Json = {
    "name": "common",
    "vtn": [
        {
            "name": "base",
            "tenant": "provider",
            "segment": [
                {
                    "name": "names",
                    "cidr": "10.9.0.0/24",
                    "shared": {"tenant": ["acme"]},
                    "region": [
                        {"name": "east", "pool": [{"start": "10.9.0.10", "end": "10.9.0.11"}]},
                        {"name": "west", "pool": [{"start": "10.9.0.110", "end": "10.9.0.199"}]},
                    ],
                },
                {"name": "private", "cidr": "10.8.0.0/24", "region": [{"name": "east"}]},
            ],
            "vtnmd-interconnect:interconnect": [
                {
                    "name": "wan",
                    "kind": "mpls-l2vpn",
                    "segment": ["names"],
                    "qos-class": "gold",
                    "bandwidth": {"min": "1000", "max": "2000"},
                    "protection": "path",
                    "shared": {},
                }
            ],
            "attachment": [{"name": "server", "segment": "names", "region": "east", "node": "openflow:1", "port": "e1"}],
        }
    ],
    "vtnmd-interconnect:qos-class": [{"name": "gold", "dscp": 46, "priority": 5}],
}
SHOP: Json = {
    "name": "shop",
    "vtn": [
        {
            "name": "shop",
            "tenant": "acme",
            "shared-segment": [
                {"name": "dns", "service": "common", "vtn": "base", "segment": "names", "region": [{"name": "east"}]}
            ],
            "attachment": [{"name": "till", "segment": "dns", "region": "east", "node": "openflow:1", "port": "e2"}],
        }
    ],
}


def intent_of(entry: Json, *others: Json) -> Intent:
    document = {SERVICES: {SERVICE: [entry]}}
    return Intent(entry["name"], document, others={each["name"]: complete(each) for each in others})


def complete(entry: Json) -> Json:
    """With defaults filled in."""
    return check_intent(Intent(entry["name"], {SERVICES: {SERVICE: [entry]}}), STOCK).intent.service


def edited(entry: Json, edit: Callable[[Any], object]) -> Json:
    copy = deepcopy(entry)
    edit(copy)
    return copy


def with_servers(entry: Json) -> Json:
    def add(service: Any) -> None:
        workload = {"name": "servers", "region": ["east"], "shared-segment": ["dns"], "body": SERVERS}
        service["vtn"][0]["vtnmd-workload:workload"] = [workload]

    return edited(entry, add)


@pytest.fixture
def site() -> Iterator[Deployment]:
    with deployment(STOCK) as made:
        yield made


def made_by(plan: Any) -> set[str]:
    return {f"{change.action} {change.address}" for change in plan.changes}


ALL = {
    "east/odl/vtn/provider_base",
    "east/odl/vbridge/provider_base/names",
    "east/odl/vinterface/provider_base/names/shop:shop:till",
    "east/odl/port-map/provider_base/names/shop:shop:till",
}
MINE = {address for address in ALL if "till" in address}


def test_an_attachment_on_a_shared_segment_is_all_that_is_new(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    assert made_by(site.apply(intent_of(SHOP))) == {f"+ {address}" for address in MINE}
    assert site.held()["east/odl/vbridge/provider_base/names"][1] == {"common", "shop"}
    assert made_by(site.destroy("shop")) == {f"- {address}" for address in MINE}


def test_whoever_comes_first_makes_it_and_whoever_goes_last_removes_it(site: Deployment) -> None:
    first = site.apply(intent_of(with_servers(SHOP), COMMON))
    mine = site.held()
    assert mine.keys() == {str(change.address) for change in first.changes} > ALL
    shared = {address: held for address, (held, _) in mine.items()}
    second = site.apply(intent_of(COMMON))
    assert not {str(change.address) for change in second.changes} & mine.keys()
    assert {address: held for address, (held, _) in site.held().items() if address in shared} == shared
    assert site.plan(intent_of(with_servers(SHOP))).is_empty
    site.destroy("common")
    assert site.held().keys() == mine.keys()
    site.destroy("shop")
    assert not site.held()
    assert not {pool: owners for pool, owners in site.store.allocations().values.items() if owners}


def test_what_stands_is_planned_to_nothing(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    site.apply(intent_of(SHOP))
    assert site.plan(intent_of(SHOP)).is_empty
    assert site.plan(intent_of(COMMON)).is_empty


def test_servers_of_all_services_draw_from_one_pool(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    second = edited(with_servers(SHOP), lambda service: service.update(name="second"))
    addresses = set()
    for entry in (with_servers(SHOP), second):
        plan = site.apply(intent_of(entry))
        stack = next(change.after for change in plan.changes if change.address.kind == "workload" and change.after)
        properties: Any = stack.properties
        port = properties["servers"][0]["ports"][0]
        assert str(port["network"].address) == "east/heat/network/provider_base"
        assert port["security-group"].address == port["network"].address
        assert "east/odl/vlan-map/provider_base/names" in {str(address) for address in stack.needs}
        addresses.add(port["address"])
    assert addresses == {"10.9.0.10", "10.9.0.11"}
    third = edited(with_servers(SHOP), lambda service: service.update(name="third"))
    with pytest.raises(Invalid, match="VTN-I011"):
        site.plan(intent_of(third))
    networks: Any = site.held()["east/heat/network/provider_base"][0]
    assert [segment["name"] for segment in networks["segments"]] == ["names", "private"]


def test_the_host_keeps_its_stack_when_it_has_servers_of_its_own(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    site.apply(intent_of(with_servers(SHOP)))

    def add(service: Any) -> None:
        body = edited(SERVERS, lambda found: found["servers"][0]["ports"][0].update(segment="names"))
        service["vtn"][0]["vtnmd-workload:workload"] = [{"name": "w", "region": ["east"], "segment": ["names"], "body": body}]

    plan = site.apply(intent_of(edited(COMMON, add)))
    assert made_by(plan) == {"+ east/heat/workload/provider_base/w"}


def test_a_renamed_segment_stays_what_it_is_for_its_guests(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    site.apply(intent_of(SHOP))

    def rename(service: Any) -> None:
        segment = service["vtn"][0]["segment"][0]
        segment.update({"name": "resolvers", "moved-from": ["names"]})
        service["vtn"][0]["vtnmd-interconnect:interconnect"][0]["segment"] = ["resolvers"]
        service["vtn"][0]["attachment"][0]["segment"] = "resolvers"

    assert site.apply(intent_of(edited(COMMON, rename))).is_empty
    follows = edited(SHOP, lambda service: service["vtn"][0]["shared-segment"][0].update(segment="resolvers"))
    assert site.plan(intent_of(follows)).is_empty


def test_a_local_name_is_nobody_elses(site: Deployment) -> None:
    """Neither that of an own segment that lasts under it, nor that of an attachment of the host."""
    site.apply(intent_of(COMMON))
    own = {"name": "dns", "cidr": "10.1.0.0/24", "region": [{"name": "east"}]}
    before = edited(SHOP, lambda service: service["vtn"][0].update({"segment": [own], "shared-segment": [], "attachment": []}))
    site.apply(intent_of(before))

    def both(service: Any) -> None:
        service["vtn"][0]["segment"] = [{**own, "name": "lan", "moved-from": ["dns"]}]
        service["vtn"][0]["attachment"][0]["name"] = "server"

    plan = site.apply(intent_of(edited(SHOP, both)))
    assert {address.rpartition("/")[2] for address in made_by(plan)} == {"shop:shop:server"}


def test_an_interconnect_has_class_rates_and_protection_of_its_carrier(site: Deployment) -> None:
    site.apply(intent_of(COMMON))

    def carried(service: Any) -> None:
        regions = [
            {"name": name, "pool": [{"start": f"10.1.0.{number}", "end": f"10.1.0.{number + 9}"}]}
            for name, number in (("east", 10), ("west", 20))
        ]
        service["vtn"][0]["segment"] = [{"name": "web", "cidr": "10.1.0.0/24", "region": regions}]
        carrier = {"service": "common", "vtn": "base", "interconnect": "wan"}
        service["vtn"][0]["vtnmd-interconnect:interconnect"] = [
            {"name": "stretch", "kind": "mpls-l2vpn", "segment": ["web"], "carrier": carrier}
        ]

    plan = site.apply(intent_of(edited(SHOP, carried)))
    circuit: Any = next(change.after for change in plan.changes if str(change.address) == "east/pe/attachment/acme_shop/web")
    assert circuit.properties["class"] == {"name": "gold", "dscp": 46, "priority": 5}
    assert (circuit.properties["committed"], circuit.properties["peak"]) == (1000, 2000)
    wire: Any = next(change.after for change in plan.changes if change.address.kind == "pseudowire")
    assert wire.properties["path"].endswith(".path")
    assert "lsp" not in {change.address.kind for change in plan.changes}

    def cheaper(service: Any) -> None:
        service["vtn"][0]["vtnmd-interconnect:interconnect"][0]["bandwidth"] = {"min": "500", "max": "600"}

    site.apply(intent_of(edited(COMMON, cheaper)))
    assert made_by(site.plan(intent_of(edited(SHOP, carried)))) == {
        "~ east/pe/attachment/acme_shop/web",
        "~ west/pe/attachment/acme_shop/web",
    }


def test_a_plan_is_stale_once_the_service_that_shares_has_changed(site: Deployment) -> None:
    site.apply(intent_of(COMMON))
    plan = site.plan(intent_of(SHOP))
    site.apply(intent_of(edited(COMMON, lambda service: service["vtn"][0].update(description="another"))))
    with pytest.raises(Stale, match="service common"):
        site.carry_out(plan)


def told(entry: Json, *others: Json) -> set[str]:
    return {f"{each.address}: {each.hint or each.summary}" for each in violations_of(intent_of(entry, *others), STOCK)}


def test_what_is_not_shared_or_not_there_is_refused() -> None:
    assert told(SHOP, COMMON) == set()
    place = "/vtnmd-vtn:services/service[1]/vtn[1]/shared-segment[1]"
    stranger = edited(SHOP, lambda service: service["vtn"][0].update(tenant="other"))
    assert told(stranger, COMMON) == {f"{place}: its service does not share the segment with the tenant of this VTN"}
    open_to_all = edited(COMMON, lambda service: service["vtn"][0]["segment"][0].update(shared={}))
    assert told(stranger, open_to_all) == set()
    private = edited(SHOP, lambda service: service["vtn"][0]["shared-segment"][0].update(segment="private"))
    assert f"{place}: its service does not share the segment with the tenant of this VTN" in told(private, COMMON)
    north = edited(SHOP, lambda service: service["vtn"][0]["shared-segment"][0].update(region=[{"name": "north"}]))
    assert any("region" in each for each in told(north, COMMON))
    assert {each.code for each in violations_of(intent_of(SHOP), STOCK)} >= {"VTN-Y301"}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda vtn: vtn.update(segment=[{"name": "dns", "cidr": "10.1.0.0/24", "region": [{"name": "east"}]}]),
            "a segment of this VTN has that name",
        ),
        (lambda vtn: vtn["shared-segment"][0].update(service="shop", vtn="shop"), "a segment is shared by another service"),
        (lambda vtn: vtn["attachment"][0].update(region="west"), ""),
        (
            lambda vtn: vtn.update({"vtnmd-workload:workload": [{"name": "w", "region": ["east"], "body": SERVERS}]}),
            "a workload is connected to a segment at least",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(edit: Callable[[Any], object], message: str) -> None:
    found = told(edited(SHOP, lambda service: edit(service["vtn"][0])), COMMON)
    assert found
    assert any(message in each for each in found)


def test_other_services_are_looked_at_and_not_judged() -> None:
    wrong = edited(complete(COMMON), lambda service: service["vtn"][0]["segment"][1].pop("cidr"))
    intent = replace(intent_of(SHOP), others={"common": wrong})
    assert violations_of(intent, STOCK) == ()


def test_defaults_of_other_services_are_filled_in(site: Deployment) -> None:
    bare = replace(intent_of(SHOP), others={"common": COMMON})
    assert site.plan(bare).contributions == site.plan(intent_of(SHOP, COMMON)).contributions


def test_alone_references_to_others_stay_unchecked() -> None:
    assert violations_of(intent_of(SHOP), STOCK, alone=True) == ()
    wrong = edited(SHOP, lambda service: service["vtn"][0]["attachment"][0].update(segment="lan"))
    assert violations_of(intent_of(wrong), STOCK, alone=True)


def test_the_state_gives_the_services_that_are_referred_to(site: Deployment) -> None:
    assert referred_services(SHOP) == {"common"}
    assert referred_services(COMMON) == frozenset()
    assert with_others(intent_of(SHOP), site.store).others == {}
    site.apply(intent_of(COMMON))
    assert with_others(intent_of(SHOP), site.store).others.keys() == {"common"}
