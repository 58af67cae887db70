"""Files for hand-off: what is not to be seen in the golden ones."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.support.services import inventory
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.tree import Ref
from vtnmd.render.export import export

ENDPOINTS = {endpoint.id: endpoint for endpoint in inventory().endpoints()}


def test_attributes_of_one_name_become_parameters_of_two() -> None:
    holes = [Ref(Address("east", "heat", "network", (vtn,)), "network-web") for vtn in ("one", "two", "one")]
    stack = {"name": "servers", "template": {"heat_template_version": "2018-08-31", "resources": {"list": holes}}}
    request = Request("east/heat#0", "east/heat", 0, (), {"put": stack}, {}, ())
    plan = Plan("s", "", None, {}, {}, EMPTY, (), (), (), (request,), ())
    text = export(plan, ENDPOINTS, ["heat"])["east/heat/001-servers.yaml"]
    assert [line.strip() for line in text.splitlines() if "get_param" in line] == [
        "- get_param: network-web",
        "- get_param: network-web-2",
        "- get_param: network-web",
    ]
    assert "known after apply: east/heat/network/two network-web" in text


def exported(template: Mapping[str, Any], *targets: str) -> dict[str, str]:
    address = Address("east", "heat", "workload", ("acme", "servers"))
    payload = {"put": {"name": "servers", "template": template}}
    request = Request("east/heat#0", "east/heat", 0, (address,), payload, {}, ())
    return export(Plan("s", "", None, {}, {}, EMPTY, (), (), (), (request,), ()), ENDPOINTS, targets)


def test_a_stack_in_both_forms_is_one_step_of_the_order() -> None:
    network = Ref(Address("east", "heat", "network", ("acme",)), "network-web")
    port = {"type": "OS::Neutron::Port", "properties": {"network": network}}
    outputs = {"port": {"value": {"get_resource": "port"}}}
    template = {"heat_template_version": "2018-08-31", "resources": {"port": port}, "outputs": outputs}
    files = exported(template, "heat", "cfn")
    written = ["east/heat/001-servers.yaml", "east/cfn/001-servers.yaml"]
    assert [*files] == [*written, "order.json"]
    assert json.loads(files["order.json"])["requests"][0]["files"] == written
    assert yaml.safe_load(files[written[1]]) == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"network-web": {"Type": "String", "Description": "known after apply: east/heat/network/acme network-web"}},
        "Resources": {"port": {"Type": "OS::Neutron::Port", "Properties": {"network": {"Ref": "network-web"}}}},
        "Outputs": {"port": {"Value": {"Ref": "port"}}},
    }


def test_a_stack_that_cannot_be_said_in_the_other_form_is_refused() -> None:
    outputs = {"a": {"value": {"get_file": "a"}}, "b": {"value": {"yaql": {}}}}
    template = {"heat_template_version": "2018-08-31", "resources": {}, "outputs": outputs}
    assert [*exported(template, "heat")] == ["east/heat/001-servers.yaml", "order.json"]
    with pytest.raises(Invalid) as refusal:
        exported(template, "heat", "cfn")
    assert [(found.code, found.address) for found in refusal.value.diagnostics] == [
        ("VTN-H011", "east/heat/workload/acme/servers")
    ] * 2
