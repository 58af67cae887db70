"""Heat templates as the simulated Heat sees them: checked and ordered. Pure.

What is accepted and refused, and as which kind of error, follows OpenStack Heat 27. Parameters, conditions and the functions that
are not simulated are refused although real Heat takes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from vtnmd.domain.tree import Json
from vtnmd.lab.hot_functions import LATER, HotError, evaluate, resources_named
from vtnmd.lab.hot_properties import Exists, checked_properties
from vtnmd.lab.hot_types import TYPES

_VERSIONS = (
    *("2013-05-23", "2014-10-16", "2015-04-30", "2015-10-15", "2016-04-08", "2016-10-14", "2017-02-24", "2017-09-01"),
    *("2018-03-02", "2018-08-31", "2021-04-16", "newton", "ocata", "pike", "queens", "rocky", "wallaby"),
)
_SECTIONS = frozenset(
    {"heat_template_version", "description", "parameter_groups", "parameters", "resources", "outputs", "conditions"}
)
_RESOURCE_KEYS = frozenset(
    {"type", "properties", "metadata", "depends_on", "deletion_policy", "update_policy", "description", "external_id", "condition"}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One resource of a template. `needs` are the resources that it refers to or depends on."""

    name: str
    type: str
    properties: Mapping[str, Json]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template; `resources` are in an order in which each comes after what it needs."""

    resources: Mapping[str, Definition]
    outputs: Mapping[str, Json]
    description: str


def read_template(data: Json, exists: Exists) -> Template:
    """Check a template as Heat does before it makes a stack. Raises HotError with the first thing that is wrong."""
    if not isinstance(data, dict):
        raise HotError("HTTPBadRequest", "Template not in valid format: The template is not a JSON object or YAML mapping.")
    _check_frame(data)
    given = data.get("resources") or {}
    definitions = {name: _definition(name, entry, given) for name, entry in given.items()}
    ordered = _ordered(definitions)
    scope = _CheckScope(definitions)
    for definition in definitions.values():
        values = evaluate(definition.properties, scope, f"resources.{definition.name}.properties")
        checked_properties(definition.name, definition.type, values, exists)
    outputs = data.get("outputs") or {}
    for name, output in outputs.items():
        _check_output(name, output, scope)
    return Template(ordered, outputs, str(data.get("description") or ""))


def _check_frame(data: Mapping[str, Json]) -> None:
    version = data.get("heat_template_version")
    if version is None:
        raise HotError("InvalidTemplateVersion", "The template version is invalid: Template version was not provided")
    if version not in _VERSIONS:
        wanted = f'"heat_template_version: {version}". "heat_template_version" should be one of: {", ".join(_VERSIONS)}'
        raise HotError("InvalidTemplateVersion", f"The template version is invalid: {wanted}")
    for section in data:
        if section not in _SECTIONS:
            raise HotError("StackValidationFailed", f"The template section is invalid: {section}")
    for section in ("resources", "outputs"):
        if not isinstance(data.get(section) or {}, dict):
            raise HotError("StackValidationFailed", f'"{section}" must contain a map')
    for section in ("parameters", "conditions", "parameter_groups"):
        if data.get(section):
            raise HotError("StackValidationFailed", f'The simulated Heat has no section "{section}"')


def _definition(name: str, entry: Json, given: Mapping[str, Json]) -> Definition:
    if "/" in name:
        raise HotError("StackValidationFailed", 'Resource name may not contain "/"')
    if not isinstance(entry, dict) or "type" not in entry:
        raise HotError("StackValidationFailed", "Each resource must contain a type key.")
    for key in entry:
        if key not in _RESOURCE_KEYS:
            raise HotError("StackValidationFailed", f'"{key}" is not a valid keyword inside a resource definition')
    if entry["type"] not in TYPES:
        raise HotError("StackValidationFailed", f"The Resource Type ({entry['type']}) could not be found.")
    properties = entry.get("properties", {})
    if not isinstance(properties, dict):
        raise HotError("StackValidationFailed", f"Resource {name} properties type must be object")
    explicit = entry.get("depends_on") or []
    needs = {name: {explicit} if isinstance(explicit, str) else set(explicit)}
    needs |= {f"{name}.Properties.{key}": set(resources_named(value)) for key, value in properties.items()}
    for place, need in ((place, need) for place, named in needs.items() for need in sorted(named) if need not in given):
        raise HotError("InvalidTemplateReference", f'The specified reference "{need}" (in {place}) is incorrect.')
    return Definition(name, entry["type"], properties, frozenset().union(*needs.values()))


def _check_output(name: str, output: Json, scope: "_CheckScope") -> None:
    if not isinstance(output, dict):
        what = f"Output definitions must be a map. Found a {type(output).__name__} instead"
        raise HotError("StackValidationFailed", f"Output validation error: outputs.{name}: {what}")
    if "value" not in output:
        what = "Each output definition must contain a value key."
        raise HotError("StackValidationFailed", f"Output validation error: outputs.{name}: {what}")
    evaluate(output["value"], scope, f"outputs.{name}.value")


def _ordered(definitions: Mapping[str, Definition]) -> Mapping[str, Definition]:
    try:
        order = TopologicalSorter({name: sorted(definition.needs) for name, definition in definitions.items()}).static_order()
        return {name: definitions[name] for name in order}
    except CycleError as error:
        names: list[str] = error.args[1]  # each is needed by the next, and the last is the first
        told = [f"{_shown(definitions[name])}: {{{_shown(definitions[needed])}}}" for needed, name in pairwise(names)]
        raise HotError("CircularDependencyException", f"Circular Dependency Found: {{{', '.join(told)}}}") from None


def _shown(definition: Definition) -> str:
    return f'{definition.type.rpartition("::")[2]} "{definition.name}"'


class _CheckScope:
    """What functions yield before anything is made."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions

    def reference(self, _resource: str, _place: str, /) -> Json:
        # A reference in a property has been checked with the definition; Heat lets one in an output lead nowhere.
        return LATER

    def attribute(self, resource: str, path: tuple[str | int, ...], place: str, /) -> Json:
        if resource not in self._definitions:
            raise HotError("StackValidationFailed", f'{place}: The specified reference "{resource}" (in unknown) is incorrect.')
        if path[0] not in TYPES[self._definitions[resource].type].attributes:
            raise HotError("StackValidationFailed", f"{place}: The Referenced Attribute ({resource} {path[0]}) is incorrect.")
        return LATER

    def parameter(self, name: str, place: str, /) -> Json:
        if name in {"OS::stack_name", "OS::stack_id", "OS::project_id"}:
            return LATER
        where = place.removesuffix(".get_param")
        raise HotError("StackValidationFailed", f"Property error: {where}: The Parameter ({name}) was not provided.")
