"""HOT as CloudFormation: what a Heat template says, in the other form of template that Heat takes. Pure.

Types and properties of resources stay those of Heat; functions, parameters and keywords get the names of that form (OpenStack Heat,
"CloudFormation compatible functions"). What it has no word for raises Unsaid, for it must not be said otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vtnmd.domain.tree import Json

AWS_VERSION = "2010-09-09"
"""The one version of AWSTemplateFormatVersion."""

_TYPES = {
    "string": "String",
    "number": "Number",
    "boolean": "Boolean",
    "json": "Json",
    "comma_delimited_list": "CommaDelimitedList",
}
_BOUNDS = {"length": ("MinLength", "MaxLength"), "range": ("MinValue", "MaxValue")}
_CHOICES = {"allowed_values": "AllowedValues", "allowed_pattern": "AllowedPattern"}
_PSEUDO = {"OS::stack_name": "AWS::StackName", "OS::stack_id": "AWS::StackId"}
_UNSAID = frozenset(
    {
        *("get_file", "resource_facade", "str_replace_strict", "str_replace_vstrict", "repeat", "digest", "map_merge"),
        *("map_replace", "yaql", "if", "list_concat", "list_concat_unique", "contains", "filter", "make_url"),
    }
)
_KEYWORDS = {
    "depends_on": "DependsOn",
    "metadata": "Metadata",
    "properties": "Properties",
    "update_policy": "UpdatePolicy",
    "description": "Description",
}
_POLICIES = {"delete": "Delete", "retain": "Retain", "snapshot": "Snapshot"}
_LEFT_OUT = frozenset({"parameter_groups", "heat_template_version"})
"""Sections that say nothing of the stack: how a form is drawn, and in which language the template is written."""


@dataclass(frozen=True, slots=True)
class Unsaid(Exception):
    """CloudFormation has no word for a function, keyword or section of HOT."""

    function: str


def cloudformation_of(template: Json) -> tuple[dict[str, Json], Mapping[str, str]]:
    """The whole template, and what could not be said: the function by the place where it stands.

    With anything unsaid the template is not whole and must not be used.
    """
    unsaid: dict[str, str] = {section: section for section in template if section not in _SECTIONS | _LEFT_OUT}
    made: dict[str, Json] = {"AWSTemplateFormatVersion": AWS_VERSION}
    if template.get("description"):
        made["Description"] = template["description"]
    for section, (name, convert) in _PARTS.items():
        entries: dict[str, Json] = {}
        for key, tree in (template.get(section) or {}).items():
            try:
                entries[key] = convert(tree)
            except Unsaid as error:
                unsaid[f"{section}.{key}"] = error.function
        if entries or section == "resources":
            made[name] = entries
    return made, unsaid


def value_of(tree: Json) -> Json:
    """A value, its functions called as CloudFormation calls them. Raises Unsaid."""
    if isinstance(tree, list):
        return [value_of(child) for child in tree]
    if not isinstance(tree, Mapping):
        return tree
    if len(tree) == 1:
        ((name, arguments),) = tree.items()
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](arguments)
        if name in _UNSAID:
            raise Unsaid(name)
        if name == "Ref" or str(name).startswith("Fn::"):  # plain data to HOT, a function to the other form
            raise Unsaid(f"the name {name} in data")
    return {key: value_of(child) for key, child in tree.items()}


def parameter_of(tree: Json) -> dict[str, Json]:
    """A parameter's declaration. Its label, which only forms show, goes. Raises Unsaid for a constraint of HOT alone."""
    found: dict[str, Json] = {"Type": _TYPES[tree["type"]]}
    for written, name in (("description", "Description"), ("default", "Default")):
        if written in tree:
            found[name] = tree[written]
    if tree.get("hidden"):
        found["NoEcho"] = True
    for constraint in tree.get("constraints", ()):
        for name, operand in constraint.items():
            if name in _BOUNDS:
                low, high = _BOUNDS[name]
                found |= {key: operand[bound] for key, bound in ((low, "min"), (high, "max")) if bound in operand}
            elif name in _CHOICES:
                found[_CHOICES[name]] = operand
            elif name != "description":
                raise Unsaid(name)
    return found


def _resource(tree: Json) -> dict[str, Json]:
    made: dict[str, Json] = {"Type": tree["type"]}
    for keyword, content in tree.items():
        if keyword in _KEYWORDS:
            made[_KEYWORDS[keyword]] = value_of(content)
        elif keyword == "deletion_policy" and str(content).lower() in _POLICIES:
            made["DeletionPolicy"] = _POLICIES[str(content).lower()]
        elif keyword != "type":
            raise Unsaid(keyword)
    return made


def _output(tree: Json) -> dict[str, Json]:
    if "condition" in tree:
        raise Unsaid("condition")
    described = {"Description": tree["description"]} if "description" in tree else {}
    return {**described, "Value": value_of(tree["value"])}


_PARTS: Mapping[str, tuple[str, Callable[[Json], dict[str, Json]]]] = {
    "parameters": ("Parameters", parameter_of),
    "resources": ("Resources", _resource),
    "outputs": ("Outputs", _output),
}
_SECTIONS = frozenset({"description", *_PARTS})


def _selected(value: Json, path: list[Any]) -> Json:
    for step in path:
        if isinstance(step, dict | list):
            raise Unsaid("a function in the path of an attribute")
        value = {"Fn::Select": [str(step), value]}
    return value


def _get_param(arguments: Json) -> Json:
    name, *path = arguments if isinstance(arguments, list) else [arguments]
    if name == "OS::project_id":
        raise Unsaid(name)
    return _selected({"Ref": _PSEUDO.get(name, name)}, path)


def _get_attr(arguments: Json) -> Json:
    name, *rest = arguments
    if not rest:
        raise Unsaid("get_attr without an attribute")
    return _selected({"Fn::GetAtt": [name, rest[0]]}, rest[1:])


def _get_resource(name: Json) -> Json:
    return {"Ref": name}


def _list_join(arguments: Json) -> Json:
    separator, *lists = arguments
    if len(lists) != 1:
        raise Unsaid("list_join of several lists")
    return {"Fn::Join": [separator, value_of(lists[0])]}


def _str_replace(arguments: Json) -> Json:
    return {"Fn::Replace": [value_of(arguments["params"]), value_of(arguments["template"])]}


def _str_split(arguments: Json) -> Json:
    separator, text, *index = arguments
    return _selected({"Fn::Split": [separator, value_of(text)]}, index)


_FUNCTIONS: Mapping[str, Callable[[Json], Json]] = {
    "get_param": _get_param,
    "get_attr": _get_attr,
    "get_resource": _get_resource,
    "list_join": _list_join,
    "str_replace": _str_replace,
    "str_split": _str_split,
}
