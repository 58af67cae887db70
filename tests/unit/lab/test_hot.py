"""What the simulated Heat accepts and refuses. Kinds and wordings were taken from OpenStack Heat 27.0.1 on the same templates."""

from datetime import date
from typing import Any

import pytest

from tests.support.hot import problems
from vtnmd.domain.address import Address
from vtnmd.domain.tree import Ref, Secret
from vtnmd.lab.hot import read_template
from vtnmd.lab.hot_functions import HotError

NET = {"type": "OS::Neutron::Net", "properties": {"name": "a"}}


def hot(resources: Any, **sections: Any) -> dict[str, Any]:
    return {"heat_template_version": "2021-04-16", "resources": resources, **sections}


def net(**properties: Any) -> dict[str, Any]:
    return hot({"m": NET, "n": {"type": "OS::Neutron::Net", "properties": properties}})


def subnet(**properties: Any) -> dict[str, Any]:
    given = {"network": {"get_resource": "m"}, "cidr": "10.0.0.0/24", **properties}
    return hot({"m": NET, "n": {"type": "OS::Neutron::Subnet", "properties": given}})


def output(value: Any) -> dict[str, Any]:
    return hot({"n": NET}, outputs={"o": value})


ACCEPTED = {
    "nothing": {"heat_template_version": "rocky"},
    "no resources": hot({}),
    "null description": hot({"n": NET}, description=None),
    "metadata": hot({"n": {"type": "OS::Neutron::Net", "metadata": {"a": 1}}}),
    "depends_on": hot({"b": NET, "a": {"type": "OS::Neutron::Net", "depends_on": "b"}}),
    "number as text": net(name=5),
    "truth as text": net(name=True),
    "null": net(name=None),
    "odd names": hot({"a:b": NET, "a b": NET, "é🚀": NET}),
    "text as truth": subnet(enable_dhcp="True"),
    "no gateway": subnet(gateway_ip=""),
    "a reference in an output that leads nowhere": output({"value": {"get_resource": "nope"}}),
    "str_replace": net(name={"str_replace": {"template": "a$x", "params": {"$x": 1}}}),
    "list_join": net(name={"list_join": [",", ["a", "b"]]}),
    "a pseudo parameter": net(name={"get_param": "OS::stack_name"}),
    "no rules": hot({"g": {"type": "OS::Neutron::SecurityGroup", "properties": {"rules": None}}}),
}

REFUSED = {
    "no version": ({"resources": {}}, "InvalidTemplateVersion", "not provided"),
    "unknown version": ({"heat_template_version": "1999-01-01"}, "InvalidTemplateVersion", "should be one of"),
    "unknown section": ({"heat_template_version": "rocky", "resourcez": {}}, "StackValidationFailed", "resourcez"),
    "unknown type": (hot({"n": {"type": "OS::Neutron::Nett"}}), "StackValidationFailed", "could not be found"),
    "no type": (hot({"n": {"properties": {}}}), "StackValidationFailed", "must contain a type key"),
    "null resource": (hot({"n": None}), "StackValidationFailed", "must contain a type key"),
    "unknown keyword": (hot({"n": {**NET, "propertiez": {}}}), "StackValidationFailed", '"propertiez" is not a valid keyword'),
    "slash": (hot({"a/b": NET}), "StackValidationFailed", 'may not contain "/"'),
    "null properties": (hot({"n": {**NET, "properties": None}}), "StackValidationFailed", "type must be object"),
    "unknown property": (net(nam="x"), "StackValidationFailed", "resources.n.properties: Unknown Property nam"),
    "missing property": (hot({"n": {"type": "OS::Neutron::Port"}}), "StackValidationFailed", "Property network not assigned"),
    "map for text": (net(name={"a": 1}), "StackValidationFailed", "Value must be a string; got {'a': 1}"),
    "list for text": (net(name=[1]), "StackValidationFailed", "Value must be a string; got [1]"),
    "fraction for text": (net(name=1.5), "StackValidationFailed", "Value must be a string; got 1.5"),
    "text for truth": (subnet(enable_dhcp="yes"), "StackValidationFailed", '"yes" is not a valid boolean'),
    "text for list": (net(tags="maybe"), "StackValidationFailed", "is not a list"),
    "list for map": (net(value_specs=["maybe"]), "StackValidationFailed", "is not a map"),
    "text for number": (subnet(ip_version="big"), "StackValidationFailed", "Value 'big' is not an integer"),
    "out of range": (
        hot({"v": {"type": "OS::Cinder::Volume", "properties": {"size": 0}}}),
        "StackValidationFailed",
        "0 is out of range (min: 1, max: None)",
    ),
    "not allowed": (subnet(ip_version=5), "StackValidationFailed", "5 is not an allowed value [4, 6]"),
    "no prefix": (subnet(cidr="10.0.0.0/33"), "StackValidationFailed", "Invalid net cidr"),
    "no prefix at all": (subnet(cidr=None), "PropertyUnspecifiedError", "subnetpool, cidr"),
    "no gateway address": (subnet(gateway_ip="zz"), "StackValidationFailed", 'Gateway IP address "zz"'),
    "half a pool": (subnet(allocation_pools=[{"start": "10.0.0.9"}]), "StackValidationFailed", "Property end not assigned"),
    "no address": (
        subnet(allocation_pools=[{"start": "10.0.0.9", "end": "q"}]),
        "StackValidationFailed",
        "allocation_pools[0].end: Error validating value 'q': Invalid IP address",
    ),
    "no size": (hot({"v": {"type": "OS::Cinder::Volume"}}), "StackValidationFailed", "source_volid"),
    "no image": (
        hot({"s": {"type": "OS::Nova::Server", "properties": {"flavor": "small"}}}),
        "StackValidationFailed",
        "Neither image nor bootable volume",
    ),
    "unknown reference": (subnet(network={"get_resource": "nope"}), "InvalidTemplateReference", '"nope"'),
    "unknown dependency": (hot({"a": {**NET, "depends_on": "zz"}}), "InvalidTemplateReference", '"zz" (in a)'),
    "cycle": (
        hot({name: {**NET, "properties": {"name": {"get_resource": other}}} for name, other in ("ab", "ba")}),
        "CircularDependencyException",
        'Net "a": {Net "b"}',
    ),
    "unknown attribute": (output({"value": {"get_attr": ["n", "nope"]}}), "StackValidationFailed", "(n nope) is incorrect"),
    "attribute of nothing": (output({"value": {"get_attr": ["x", "name"]}}), "StackValidationFailed", '"x" (in unknown)'),
    "output without value": (output({"description": "x"}), "StackValidationFailed", "must contain a value key"),
    "output that is no map": (output("x"), "StackValidationFailed", "Found a str instead"),
    "unknown parameter": (net(name={"get_param": "a"}), "StackValidationFailed", "The Parameter (a) was not provided"),
    "unknown function": (net(name={"get_foo": "a"}), "StackValidationFailed", "Value must be a string; got {'get_foo': 'a'}"),
    "wrong arguments": (net(name={"list_join": "x"}), "StackValidationFailed", 'Incorrect arguments to "list_join"'),
    "function that is not simulated": (net(name={"yaql": {}}), "StackValidationFailed", "no function yaql"),
}


@pytest.mark.parametrize("template", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(template: Any) -> None:
    read_template(template, lambda _kind, _name: True)


@pytest.mark.parametrize(("template", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(template: Any, kind: str, words: str) -> None:
    with pytest.raises(HotError) as refusal:
        read_template(template, lambda _kind, _name: True)
    assert refusal.value.kind == kind
    assert words in str(refusal.value)


@pytest.mark.parametrize("template", [None, [], "text", hot([NET]), output([])])
def test_what_is_no_template_is_refused(template: Any) -> None:
    with pytest.raises(HotError):
        read_template(template, lambda _kind, _name: True)


def test_names_are_looked_up_in_the_cloud() -> None:
    asked: set[tuple[str, str]] = set()

    def exists(kind: str, name: str) -> bool:
        asked.add((kind, name))
        return name != "absent"

    port = {"type": "OS::Neutron::Port", "properties": {"network": "there", "security_groups": ["absent"]}}
    with pytest.raises(HotError, match="absent"):
        read_template(hot({"p": port}), exists)
    assert asked == {("network", "there"), ("security_group", "absent")}


def test_resources_come_after_what_they_need() -> None:
    template = hot(
        {
            "server": {
                "type": "OS::Nova::Server",
                "properties": {"flavor": "f", "image": "i", "networks": [{"port": {"get_resource": "port"}}]},
            },
            "port": {"type": "OS::Neutron::Port", "properties": {"network": {"get_attr": ["net", "name"]}}},
            "net": NET,
        }
    )
    assert list(read_template(template, lambda _kind, _name: True).resources) == ["net", "port", "server"]


def test_the_checker_of_rendered_templates_takes_holes() -> None:
    network = Ref(Address("east", "heat", "stack", ("shop",)), "network_id")
    port = {"type": "OS::Neutron::Port", "properties": {"network": network, "name": Secret("env:X")}}
    assert problems(hot({"p": port})) == []


def test_the_checker_of_rendered_templates_finds_what_json_lacks() -> None:

    assert problems({"heat_template_version": date(2021, 4, 16)})
    assert problems(hot({"n": {"type": "OS::No::Such"}}))
    assert problems(hot({str(number): NET for number in range(1001)}))
