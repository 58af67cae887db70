"""HOT in the form of CloudFormation: every function is said, or named as what cannot be."""

from typing import Any

import pytest

from vtnmd.render.cloudformation import cloudformation_of


def said(value: Any) -> Any:
    """The value of an output in the other form."""
    made, unsaid = cloudformation_of({"outputs": {"it": {"value": value}}, "resources": {}})
    assert not unsaid
    return made["Outputs"]["it"]["Value"]


def unsaid(template: Any) -> dict[str, str]:
    return dict(cloudformation_of({"heat_template_version": "2018-08-31", "resources": {}, **template})[1])


@pytest.mark.parametrize(
    ("hot", "cfn"),
    [
        ({"get_resource": "net"}, {"Ref": "net"}),
        ({"get_param": "size"}, {"Ref": "size"}),
        ({"get_param": ["sizes", 0, "disk"]}, {"Fn::Select": ["disk", {"Fn::Select": ["0", {"Ref": "sizes"}]}]}),
        ({"get_param": "OS::stack_name"}, {"Ref": "AWS::StackName"}),
        ({"get_attr": ["vm", "first_address"]}, {"Fn::GetAtt": ["vm", "first_address"]}),
        ({"get_attr": ["vm", "networks", "web", 0]}, None),
        ({"list_join": ["-", ["a", {"get_param": "b"}]]}, {"Fn::Join": ["-", ["a", {"Ref": "b"}]]}),
        (
            {"str_replace": {"template": {"get_param": "t"}, "params": {"%n%": {"get_resource": "net"}}}},
            {"Fn::Replace": [{"%n%": {"Ref": "net"}}, {"Ref": "t"}]},
        ),
        ({"str_split": [",", {"get_param": "names"}, 1]}, {"Fn::Select": ["1", {"Fn::Split": [",", {"Ref": "names"}]}]}),
        ([{"a": {"get_resource": "x"}, "b": True}, None, 7], [{"a": {"Ref": "x"}, "b": True}, None, 7]),
        ({"get_param": "a", "and": "more"}, {"get_param": "a", "and": "more"}),
    ],
)
def test_functions_get_their_names(hot: Any, cfn: Any) -> None:
    selected = {"Fn::Select": ["0", {"Fn::Select": ["web", {"Fn::GetAtt": ["vm", "networks"]}]}]}
    assert said(hot) == (selected if cfn is None else cfn)


@pytest.mark.parametrize(
    "value",
    [
        {"get_file": "a.sh"},
        {"repeat": {"template": "x", "for_each": {"x": []}}},
        {"deep": [{"yaql": {"expression": "1", "data": {}}}]},
        {"list_join": [",", ["a"], ["b"]]},
        {"get_param": "OS::project_id"},
        {"get_attr": ["group"]},
        {"get_attr": ["group", "outputs", {"get_param": "which"}]},
        {"str_replace": {"template": {"get_file": "a"}, "params": {}}},
        {"Ref": "a word of its own"},
        {"Fn::Join": ["only data", []]},
    ],
)
def test_what_cannot_be_said_is_named_by_its_place(value: Any) -> None:
    assert list(unsaid({"outputs": {"it": {"value": value}}})) == ["outputs.it"]


def test_all_that_cannot_be_said_is_named_at_once() -> None:
    port = {"type": "OS::Neutron::Port", "properties": {"name": {"digest": ["md5", "x"]}}}
    server = {"type": "OS::Nova::Server", "condition": "big"}
    parameters = {"n": {"type": "number", "constraints": [{"modulo": {"step": 2, "offset": 0}}]}}
    found = unsaid({"conditions": {"big": True}, "resources": {"port": port, "server": server}, "parameters": parameters})
    assert found == {
        "conditions": "conditions",
        "resources.port": "digest",
        "resources.server": "condition",
        "parameters.n": "modulo",
    }


def test_a_whole_template() -> None:
    template = {
        "heat_template_version": "2018-08-31",
        "description": "A port",
        "parameters": {"net": {"type": "string", "description": "Where", "hidden": True, "label": "Network"}},
        "resources": {
            "port": {
                "type": "OS::Neutron::Port",
                "properties": {"network": {"get_param": "net"}},
                "depends_on": ["other"],
                "deletion_policy": "retain",
                "metadata": {"who": {"get_param": "net"}},
            },
            "other": {"type": "OS::Heat::None"},
        },
        "outputs": {"id": {"description": "Its id", "value": {"get_resource": "port"}}},
    }
    assert cloudformation_of(template) == (
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "A port",
            "Parameters": {"net": {"Type": "String", "Description": "Where", "NoEcho": True}},
            "Resources": {
                "port": {
                    "Type": "OS::Neutron::Port",
                    "Properties": {"network": {"Ref": "net"}},
                    "DependsOn": ["other"],
                    "DeletionPolicy": "Retain",
                    "Metadata": {"who": {"Ref": "net"}},
                },
                "other": {"Type": "OS::Heat::None"},
            },
            "Outputs": {"id": {"Description": "Its id", "Value": {"Ref": "port"}}},
        },
        {},
    )
