"""A template of Heat in the form of AWS CloudFormation, which Heat takes as well.

Types and properties of resources are those of Heat. What that form has no words for is left out, with what refers to it, and said
(VTN-H009): the content of files, and parts of texts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vtnmd.compiler.hot.handoff import HandOff
from vtnmd.compiler.hot.references import resources_in
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span, in_order
from vtnmd.domain.tree import Json

VERSION = "2012-12-12"
"""The one version of that form that Heat calls its own (HeatTemplateFormatVersion)."""
_TYPES = {
    "string": "String",
    "number": "Number",
    "boolean": "Boolean",
    "json": "Json",
    "comma_delimited_list": "CommaDelimitedList",
}
_BOUNDS = {"length": ("MinLength", "MaxLength"), "range": ("MinValue", "MaxValue")}
_LISTED = 4


@dataclass(frozen=True, slots=True)
class _Unsaid(Exception):
    """The function that CloudFormation has no word for."""

    function: str


def as_cloudformation(found: HandOff) -> HandOff:
    """The same hand-off with its main template in the form of CloudFormation; nested templates stay as they are."""
    resources: Mapping[str, Json] = found.template["resources"]
    unsaid: dict[str, str] = {}
    kept = dict(_resources(resources, unsaid))
    _take_out(kept, resources, unsaid)
    outputs = dict(_outputs(found.template["outputs"], unsaid))
    template: dict[str, Json] = {"HeatTemplateFormatVersion": VERSION}
    if "description" in found.template:
        template["Description"] = found.template["description"]
    parameters = {name: _parameter(tree) for name, tree in found.template["parameters"].items()}
    sections = {"Parameters": parameters, "Resources": kept, "Outputs": outputs}
    template |= {section: content for section, content in sections.items() if content or section == "Resources"}
    return replace(found, template=template, files=(), warnings=in_order((*found.warnings, *_left_out(found, unsaid))))


def _left_out(found: HandOff, unsaid: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What is missing, one warning for each place that it comes from. `unsaid` tells why, by name."""
    together: dict[tuple[Span | None, str], list[str]] = {}
    for name, function in unsaid.items():
        together.setdefault((found.places.get(name), function), []).append(name)
    for (place, function), names in together.items():
        listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        summary = f"CloudFormation has nothing for {function}; left out: {listed}"
        yield Diagnostic("VTN-H009", summary, place, severity=Severity.WARNING)


def _resources(resources: Mapping[str, Json], unsaid: dict[str, str]) -> Iterator[tuple[str, dict[str, Json]]]:
    for name, tree in resources.items():
        resource: dict[str, Json] = {"Type": tree["type"]}
        try:
            if "properties" in tree:
                resource["Properties"] = _value(tree["properties"])
        except _Unsaid as error:
            unsaid[name] = error.function
            continue
        if "depends_on" in tree:
            resource["DependsOn"] = list(tree["depends_on"])
        yield name, resource


def _take_out(kept: dict[str, dict[str, Json]], resources: Mapping[str, Json], unsaid: dict[str, str]) -> None:
    """Take out what refers to a resource that is missing, for the reason of that one, until nothing does."""
    changed = True
    while changed:
        changed = False
        for name in list(kept):
            lost = next((each for each in resources_in(resources[name].get("properties", {})) if each in unsaid), None)
            if lost is not None:
                unsaid[name] = unsaid[lost]
                del kept[name]
                changed = True
    for tree in kept.values():
        if "DependsOn" in tree:
            tree["DependsOn"] = [name for name in tree["DependsOn"] if name in kept]


def _outputs(outputs: Mapping[str, Json], unsaid: dict[str, str]) -> Iterator[tuple[str, Json]]:
    for name, tree in outputs.items():
        described = {"Description": tree["description"]} if "description" in tree else {}
        lost = next((each for each in resources_in(tree["value"]) if each in unsaid), None)
        try:
            value = _value(tree["value"])
        except _Unsaid as error:
            unsaid[f"the output {name}"] = error.function
            continue
        if lost is not None:
            unsaid[f"the output {name}"] = unsaid[lost]
            continue
        yield name, {**described, "Value": value}


def _value(tree: Json) -> Json:
    """A value, its functions called as CloudFormation calls them. Raises _Unsaid."""
    if isinstance(tree, list):
        return [_value(child) for child in tree]
    if not isinstance(tree, Mapping):
        return tree
    if len(tree) == 1:
        ((name, arguments),) = tree.items()
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](arguments)
        if name in ("get_file", "str_split"):
            raise _Unsaid(name)
    return {key: _value(child) for key, child in tree.items()}


def _selected(value: Json, path: list[Any]) -> Json:
    for step in path:
        value = {"Fn::Select": [str(step), value]}
    return value


def _get_param(arguments: Json) -> Json:
    name, *path = arguments if isinstance(arguments, list) else [arguments]
    return _selected({"Ref": name}, path)


def _get_attr(arguments: Json) -> Json:
    name, attribute, *path = arguments
    return _selected({"Fn::GetAtt": [name, attribute]}, path)


def _get_resource(name: Json) -> Json:
    return {"Ref": name}


def _list_join(arguments: Json) -> Json:
    return {"Fn::Join": [arguments[0], _value(arguments[1])]}


def _str_replace(arguments: Json) -> Json:
    return {"Fn::Replace": [_value(arguments["params"]), arguments["template"]]}


_FUNCTIONS: Mapping[str, Callable[[Json], Json]] = {
    "get_param": _get_param,
    "get_attr": _get_attr,
    "get_resource": _get_resource,
    "list_join": _list_join,
    "str_replace": _str_replace,
}


def _parameter(tree: Json) -> Json:
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
            else:
                found["AllowedValues" if name == "allowed_values" else "AllowedPattern"] = operand
    return found
