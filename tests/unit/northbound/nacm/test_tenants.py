import copy
from typing import Any

import pytest

from tests.unit.northbound.nacm.conftest import deny, nacm, permit
from vtnmd.datastore.faults import Refused
from vtnmd.northbound.backend import User
from vtnmd.northbound.nacm import RuleAuthority, authority_for, authority_of
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.schema import Schema

SERVICES = "vtnmd-vtn:services"


def vtn(name: str, tenant: str) -> dict[str, Any]:
    return {"name": name, "tenant": tenant, "segment": [{"name": "web", "cidr": "10.0.0.0/24", "region": [{"name": "east"}]}]}


DOCUMENT: dict[str, Any] = {
    SERVICES: {
        "service": [
            {"name": "shop", "description": "ours", "vtn": [vtn("front", "acme"), vtn("back", "acme")]},
            {"name": "mall", "description": "shared", "vtn": [vtn("a", "acme"), vtn("b", "umbrella")]},
            {"name": "lab", "vtn": [vtn("x", "umbrella")]},
            {"name": "empty"},
        ]
    },
    "vtnmd-inventory:inventory": {
        "region": [{"name": "east", "endpoint": [{"name": "pe", "netconf": {"host": "::1", "password": "env:PE"}}]}],
        "backbone": {"node": [{"name": "n"}]},
    },
    "vtnmd-access:access": {"user": [{"name": "ann", "password": "$0$x"}]},
    "ietf-netconf-acm:nacm": {"read-default": "permit"},
}


def rules(*given: dict[str, Any], tenants: tuple[str, ...] = ("acme",), **said: Any) -> dict[str, Any]:
    made = nacm(*given, **said)
    made["groups"]["group"][0]["vtnmd-access:tenant"] = list(tenants)
    return made


def seen(schema: Schema, nacm: Any) -> Any:
    return authority_of(schema, nacm, "ann").readable(DOCUMENT)


def test_tenants_see_their_services_and_their_part_of_shared_ones(served: Schema) -> None:
    shown = seen(served, rules())
    shop, mall, *_ = DOCUMENT[SERVICES]["service"]
    assert shown[SERVICES]["service"] == [shop, {"name": "mall", "vtn": [mall["vtn"][0]]}]
    assert shown[SERVICES]["service"][0] is shop


def test_of_the_inventory_they_see_regions_only_and_nothing_of_accounts(served: Schema) -> None:
    for given in (rules(), rules(permit("/vtnmd-inventory:inventory"))):
        shown = seen(served, given)
        assert shown["vtnmd-inventory:inventory"] == {"region": [{"name": "east"}]}
        assert "vtnmd-access:access" not in shown
        assert "ietf-netconf-acm:nacm" not in shown


def test_a_rule_that_permits_everything_does_not_unbind(served: Schema) -> None:
    authority = authority_of(served, rules(permit()), "ann")
    assert not authority.unbounded
    assert [service["name"] for service in authority.readable(DOCUMENT)[SERVICES]["service"]] == ["shop", "mall"]


def test_rules_take_away_of_what_is_theirs(served: Schema) -> None:
    shown = seen(served, rules(deny("/vtnmd-vtn:services/service/description")))
    assert "description" not in shown[SERVICES]["service"][0]


def test_several_tenants_and_users_of_other_groups(served: Schema) -> None:
    both = seen(served, rules(tenants=("acme", "umbrella")))
    assert [service["name"] for service in both[SERVICES]["service"]] == ["shop", "mall", "lab"]
    assert both[SERVICES]["service"][1] is DOCUMENT[SERVICES]["service"][1]
    assert len(authority_of(served, rules(), "bob").readable(DOCUMENT)[SERVICES]["service"]) == 4


def test_one_entry_is_judged_by_itself_and_less_is_not_shown(served: Schema) -> None:
    authority = authority_of(served, rules(), "ann")
    service, inventory = served.describe("/vtnmd-vtn:services/service"), served.describe("/vtnmd-inventory:inventory")
    shop, mall, lab, _ = DOCUMENT[SERVICES]["service"]
    assert authority.readable(shop, service) is shop
    assert authority.readable(mall, service) == {"name": "mall", "vtn": [mall["vtn"][0]]}
    assert authority.readable(lab, service) == {}
    assert authority.readable(lab["vtn"][0], service.children["vtn"]) == {}
    assert authority.readable(DOCUMENT[SERVICES], served.describe("/vtnmd-vtn:services")) == seen(served, rules())[SERVICES]
    assert authority.readable(DOCUMENT["vtnmd-inventory:inventory"], inventory) == {"region": [{"name": "east"}]}
    region = DOCUMENT["vtnmd-inventory:inventory"]["region"][0]
    assert authority.readable(region, inventory.children["region"]) == {}


def refused(authority: RuleAuthority, edit: Any) -> list[str]:
    after = copy.deepcopy(DOCUMENT)
    edit(after[SERVICES]["service"], after)
    try:
        authority.check_write(DOCUMENT, after)
    except Refused as error:
        return [str(fault.path) for fault in error.faults]
    return []


def path(name: str) -> str:
    return f"/vtn:services/vtn:service[vtn:name='{name}']"


EVE = "/access:access/access:user[access:name='eve']"


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        (lambda services, _: services[0].update(description="new"), []),
        (lambda services, _: services[0]["vtn"].append(vtn("third", "acme")), []),
        (lambda services, _: services.append({"name": "new", "vtn": [vtn("a", "acme")]}), []),
        (lambda services, _: services.pop(0), []),
        (lambda services, _: services[0]["vtn"].append(vtn("third", "umbrella")), [path("shop")]),
        (lambda services, _: services[0]["vtn"][0].update(tenant="umbrella"), [path("shop")]),
        (lambda services, _: services[0].pop("vtn"), [path("shop")]),
        (lambda services, _: services[1]["vtn"][0].update(description="x"), [path("mall")]),
        (lambda services, _: services[1]["vtn"].pop(1), [path("mall")]),
        (lambda services, _: services.pop(1), [path("mall")]),
        (lambda services, _: services[2]["vtn"][0].update(tenant="acme"), [path("lab")]),
        (lambda services, _: services[3].update(vtn=[vtn("a", "acme")]), [path("empty")]),
        (lambda services, _: services.append({"name": "new"}), [path("new")]),
        (lambda services, _: services.append({"name": "new", "vtn": [vtn("a", "umbrella")]}), [path("new")]),
        (lambda _, whole: whole["vtnmd-inventory:inventory"].pop("backbone"), ["/inv:inventory"]),
        (lambda _, whole: whole.pop("vtnmd-inventory:inventory"), ["/inv:inventory"]),
        (lambda _, whole: whole["vtnmd-access:access"]["user"].append({"name": "eve"}), [EVE]),
    ],
)  # fmt: skip
def test_tenants_edit_their_own_only(served: Schema, edit: Any, paths: list[str]) -> None:
    assert refused(authority_of(served, rules(), "ann"), edit)[: len(paths) or None] == paths
    permitted = rules(permit("/vtnmd-inventory:inventory"), permit("/vtnmd-vtn:services"))
    assert refused(authority_of(served, permitted, "ann"), edit)[: len(paths) or None] == paths


def test_rules_make_tenants_readers(served: Schema) -> None:
    readers = rules(deny("/vtnmd-vtn:services", "create update delete"))
    found = refused(authority_of(served, readers, "ann"), lambda services, _: services[0].update(description="new"))
    assert found == [f"{path('shop')}/vtn:description"]


def test_tenants_hear_nothing_and_call_nothing_of_ours_unless_told(served: Schema) -> None:
    assert not authority_of(served, rules(), "ann").may_receive("vtnmd-orchestration:run-ended")
    heard = rules(permit(notification_name="run-ended", module_name="vtnmd-orchestration"))
    assert authority_of(served, heard, "ann").may_receive("vtnmd-orchestration:run-ended")


def test_nobody_who_is_bound_may_read_all_services(served: Schema) -> None:
    bound = authority_of(served, rules(permit("/vtnmd-vtn:services"), permit("/vtnmd-inventory:inventory")), "ann")
    assert not any(map(bound.may_read, (SERVICES, "vtnmd-inventory:inventory", "vtnmd-access:access")))


def test_a_proof_binds_to_tenants_as_groups_do_whatever_rules_say(served: Schema) -> None:
    acme = frozenset({"acme"})
    bound = authority_for(served, nacm(permit()), User("eve", tenants=acme))
    assert not bound.unbounded
    assert [service["name"] for service in bound.readable(DOCUMENT)[SERVICES]["service"]] == ["shop", "mall"]
    assert bound.tenants == {"acme"}
    assert authority_for(served, rules(tenants=("umbrella",)), User("ann", tenants=acme)).tenants == {"acme", "umbrella"}


def test_they_may_ask_how_their_services_stand_and_rules_can_forbid_it() -> None:
    served = northbound_schema()
    operations = served.root.operations
    asked = [operations[f"vtnmd-orchestration:{name}"] for name in ("status", "check", "probe", "apply")]
    authority = authority_of(served, rules(), "ann")
    for operation in asked:
        authority.check_execute(operation)
    with pytest.raises(Refused):
        authority.check_execute(operations["vtnmd-orchestration:destroy"])
    forbidden = authority_of(served, rules(deny(rpc_name="status", module_name="vtnmd-orchestration")), "ann")
    with pytest.raises(Refused):
        forbidden.check_execute(asked[0])
    assert authority.bound
    assert not authority_of(served, rules(), "bob").bound
