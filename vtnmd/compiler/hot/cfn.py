"""A template of Heat in the form of AWS CloudFormation, which Heat takes as well.

Types and properties of resources are those of Heat. What that form has no words for is left out, with what refers to it, and said
(VTN-H009): the content of files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vtnmd.compiler.hot.handoff import HandOff
from vtnmd.compiler.hot.references import resources_in
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span, in_order
from vtnmd.domain.tree import Json
from vtnmd.render.cloudformation import Unsaid, parameter_of, value_of

VERSION = "2012-12-12"
"""The one version of that form that Heat calls its own (HeatTemplateFormatVersion)."""
_LISTED = 4


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
    parameters = {name: parameter_of(tree) for name, tree in found.template["parameters"].items()}
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
                resource["Properties"] = value_of(tree["properties"])
        except Unsaid as error:
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
            value = value_of(tree["value"])
        except Unsaid as error:
            unsaid[f"the output {name}"] = error.function
            continue
        if lost is not None:
            unsaid[f"the output {name}"] = unsaid[lost]
            continue
        yield name, {**described, "Value": value}
