"""Heat templates as the simulated Heat sees them: checked, ordered and evaluated. Pure.

What is accepted and refused, and in which words, follows OpenStack Heat 27. Intrinsic functions that real Heat has and this one
does not are refused by name, so that nothing passes here by accident.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from vtnmd.domain.tree import Json
from vtnmd.lab.hot_types import TYPES, Property

VERSIONS = (
    *("2013-05-23", "2014-10-16", "2015-04-30", "2015-10-15", "2016-04-08", "2016-10-14", "2017-02-24", "2017-09-01"),
    *("2018-03-02", "2018-08-31", "2021-04-16", "newton", "ocata", "pike", "queens", "rocky", "wallaby"),
)
_SECTIONS = frozenset(
    {"heat_template_version", "description", "parameter_groups", "parameters", "resources", "outputs", "conditions"}
)
_RESOURCE_KEYS = frozenset(
    {"type", "properties", "metadata", "depends_on", "deletion_policy", "update_policy", "description", "external_id", "condition"}
)
_FUNCTIONS = frozenset({"get_resource", "get_attr", "get_param", "str_replace", "list_join"})
_NOT_SIMULATED = frozenset(
    {
        *("get_file", "resource_facade", "str_split", "str_replace_strict", "str_replace_vstrict", "repeat", "digest", "map_merge"),
        *("map_replace", "yaql", "if", "list_concat", "list_concat_unique", "contains", "filter", "make_url"),
    }
)
_EVERY_FUNCTION = _FUNCTIONS | _NOT_SIMULATED

Exists = Callable[[str, str], bool]
"""Whether the cloud holds an object of a kind (network, image, flavor …) by that name or id."""


class HotError(Exception):
    """The template is refused. `kind` is the name that real Heat gives the error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Definition:
    """One resource of a template."""

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


class Scope(Protocol):
    """Answers intrinsic functions while a value is evaluated."""

    def reference(self, resource: str) -> Json: ...

    def attribute(self, resource: str, path: tuple[str | int, ...]) -> Json: ...

    def parameter(self, name: str) -> Json: ...


class Later:
    """Stands for a value that is known only once resources are made; fits every type."""

    def __str__(self) -> str:
        return ""


LATER = Later()


def read_template(data: Json, exists: Exists) -> Template:
    """Check a template as Heat does before it makes a stack. Raises HotError with the first thing that is wrong."""
    if not isinstance(data, dict):
        raise HotError("ValueError", "The template is not a JSON object or YAML mapping.")
    _check_frame(data)
    given = data.get("resources") or {}
    definitions = {name: _definition(name, entry, given) for name, entry in given.items()}
    scope = _CheckScope(definitions)
    for definition in definitions.values():
        place = f"resources.{definition.name}.properties"
        checked_properties(definition, evaluate(definition.properties, scope, place), exists)
        _check_server(definition)
    outputs = data.get("outputs") or {}
    for name, output in outputs.items():
        if not isinstance(output, dict) or "value" not in output:
            message = f"Output validation error: outputs.{name}: Each output definition must contain a value key."
            raise HotError("StackValidationFailed", message)
        evaluate(output["value"], scope, f"outputs.{name}.value")
    return Template(_ordered(definitions), outputs, str(data.get("description") or ""))


def _check_frame(data: Mapping[str, Json]) -> None:
    version = data.get("heat_template_version")
    if version is None:
        raise HotError("InvalidTemplateVersion", "The template version is invalid: Template version was not provided")
    if version not in VERSIONS:
        wanted = f'"heat_template_version: {version}". "heat_template_version" should be one of: {", ".join(VERSIONS)}'
        raise HotError("InvalidTemplateVersion", f"The template version is invalid: {wanted}")
    for section in data:
        if section not in _SECTIONS:
            raise HotError("InvalidTemplateSection", f"The template section is invalid: {section}")
    for section in ("resources", "outputs"):
        if not isinstance(data.get(section) or {}, dict):
            raise HotError("StackValidationFailed", f'"{section}" must contain a map')
    for section in ("parameters", "conditions", "parameter_groups"):
        if data.get(section):
            raise HotError("StackValidationFailed", f'The simulated Heat has no section "{section}"')


def _definition(name: str, entry: Json, all_given: Mapping[str, Json]) -> Definition:
    if not isinstance(entry, dict) or "type" not in entry:
        raise HotError("StackValidationFailed", "Each resource must contain a type key.")
    for key in entry:
        if key not in _RESOURCE_KEYS:
            raise HotError("StackValidationFailed", f'"{key}" is not a valid keyword inside a resource definition')
    if entry["type"] not in TYPES:
        raise HotError("StackValidationFailed", f"The Resource Type ({entry['type']}) could not be found.")
    properties = entry.get("properties") or {}
    if not isinstance(properties, dict):
        raise HotError("StackValidationFailed", f'"properties" of resource {name} must contain a map')
    explicit = entry.get("depends_on") or []
    needs = {*([explicit] if isinstance(explicit, str) else explicit), *_needs(properties)}
    for need in sorted(needs):
        if need not in all_given:
            raise HotError("InvalidTemplateReference", f'The specified reference "{need}" (in {name}) is incorrect.')
    return Definition(name, entry["type"], properties, frozenset(needs))


def _needs(value: Json) -> Iterator[str]:
    """The resources that a value refers to."""
    match value:
        case {"get_resource": str(name)} if len(value) == 1:
            yield name
        case {"get_attr": [str(name), *path]} if len(value) == 1:
            yield name
            yield from _needs(path)
        case dict():
            for member in value.values():
                yield from _needs(member)
        case list():
            for member in value:
                yield from _needs(member)


def _ordered(definitions: Mapping[str, Definition]) -> Mapping[str, Definition]:
    try:
        order = TopologicalSorter({name: sorted(definition.needs) for name, definition in definitions.items()}).static_order()
        return {name: definitions[name] for name in order}
    except CycleError as error:
        raise HotError("CircularDependencyException", f"Circular Dependency Found: {', '.join(error.args[1])}") from None


def evaluate(value: Json, scope: Scope, place: str) -> Json:
    """The value with every intrinsic function replaced by what it yields. Raises HotError for one that is wrong or unknown."""
    match value:
        case dict() if len(value) == 1 and not _EVERY_FUNCTION.isdisjoint(value):
            ((function, arguments),) = value.items()
            return _call(function, arguments, scope, f"{place}.{function}")
        case dict():
            return {key: evaluate(member, scope, f"{place}.{key}") for key, member in value.items()}
        case list():
            return [evaluate(member, scope, f"{place}[{index}]") for index, member in enumerate(value)]
        case _:
            return value


def _call(function: str, arguments: Json, scope: Scope, place: str) -> Json:
    match function, arguments:
        case "get_resource", str(name):
            return scope.reference(name)
        case "get_attr", [str(name), str(attribute), *path]:
            return scope.attribute(name, (attribute, *evaluate(path, scope, place)))
        case "get_param", str(name):
            return scope.parameter(name)
        case "str_replace", {"template": template, "params": dict(params)}:
            return _replaced(evaluate(template, scope, place), evaluate(params, scope, place))
        case "list_join", [str(separator), *lists]:
            return _joined(separator, evaluate(lists, scope, place), place)
    if function in _NOT_SIMULATED:
        raise HotError("StackValidationFailed", f"{place}: the simulated Heat has no function {function}")
    raise HotError("StackValidationFailed", f'{place}: Incorrect arguments to "{function}"')


def _replaced(template: Json, params: Mapping[str, Json]) -> Json:
    """Every key of `params` in the template replaced by its value, longest keys first."""
    if isinstance(template, Later):
        return LATER
    text = str(template)
    for key in sorted(params, key=len, reverse=True):
        text = text.replace(key, "" if params[key] is None else str(params[key]))
    return text


def _joined(separator: str, lists: list[Json], place: str) -> Json:
    members: list[str] = []
    for entry in lists:
        if isinstance(entry, Later):
            return LATER
        if not isinstance(entry, list):
            raise HotError("StackValidationFailed", f'{place}: Incorrect arguments to "list_join"')
        members += ["" if member is None else str(member) for member in entry]
    return separator.join(members)


class _CheckScope:
    """What functions yield before anything is made."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions

    def reference(self, resource: str) -> Json:
        self._known(resource)
        return LATER

    def attribute(self, resource: str, path: tuple[str | int, ...]) -> Json:
        known = TYPES[self._known(resource).type].attributes
        if path[0] not in known:
            raise HotError("StackValidationFailed", f"The Referenced Attribute ({resource} {path[0]}) is incorrect.")
        return LATER

    def parameter(self, name: str) -> Json:
        if name in {"OS::stack_name", "OS::stack_id", "OS::project_id"}:
            return LATER
        raise HotError("StackValidationFailed", f"The Parameter ({name}) was not provided.")

    def _known(self, resource: str) -> Definition:
        if resource not in self._definitions:
            raise HotError("StackValidationFailed", f'The specified reference "{resource}" (in unknown) is incorrect.')
        return self._definitions[resource]


def checked_properties(definition: Definition, values: Mapping[str, Json], exists: Exists) -> Mapping[str, Json]:
    """Evaluated properties in the types of their schema. Raises HotError for the first that does not fit."""
    return _members(TYPES[definition.type].properties, values, exists, f"resources.{definition.name}.properties")


def _members(schema: Mapping[str, Property], values: Mapping[str, Json], exists: Exists, place: str) -> Mapping[str, Json]:
    for name in values:
        if name not in schema:
            raise _wrong(place, f"Unknown Property {name}")
    for name, expected in schema.items():
        if expected.required and values.get(name) is None:
            raise _wrong(place, f"Property {name} not assigned")
    return {name: _typed(schema[name], value, exists, f"{place}.{name}") for name, value in values.items()}


def _typed(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    """The value in the type that the property wants, its constraints checked."""
    if value is None or isinstance(value, Later):
        return value
    match expected.kind:
        case "Map":
            if not isinstance(value, dict):
                raise _wrong(place, f'"{value}" is not a map')
            return _members(expected.entries, value, exists, place) if expected.entries else value
        case "List":
            return _typed_list(expected, value, exists, place)
    return _constrained(expected, _scalar(expected.kind, value, place), exists, place)


def _typed_list(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    if not isinstance(value, list):
        raise _wrong(place, f'"{value!r}" is not a list')
    if not expected.entries:
        return [
            entry if isinstance(entry, Later) else _constrained(expected, entry, exists, f"{place}[{index}]")
            for index, entry in enumerate(value)
        ]
    entry_type = Property("Map", entries=expected.entries)
    return [_typed(entry_type, entry, exists, f"{place}[{index}]") for index, entry in enumerate(value)]


def _scalar(kind: str, value: Json, place: str) -> Json:
    match kind:
        case "String":
            if not isinstance(value, str | bool | int):
                raise _wrong(place, f"Value must be a string; got {value!r}")
            return str(value)
        case "Boolean":
            if isinstance(value, bool):
                return value
            if str(value).lower() not in {"true", "false"}:
                raise _wrong(place, f'"{value}" is not a valid boolean')
            return str(value).lower() == "true"
        case _:
            try:
                return int(value) if kind == "Integer" else float(value)
            except (TypeError, ValueError):
                what = "an integer" if kind == "Integer" else "a number"
                raise _wrong(place, f"Value {value!r} is not {what}") from None


def _constrained(expected: Property, value: Json, exists: Exists, place: str) -> Json:
    if expected.allowed and value not in expected.allowed:
        allowed = ", ".join(f'"{entry}"' for entry in expected.allowed)
        raise _wrong(place, f'"{value}" is not an allowed value [{allowed}]')
    low, high = expected.minimum, expected.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise _wrong(place, f"{value} is out of range (min: {low}, max: {high})")
    if expected.refers and not exists(expected.refers, value):
        reason = f"Unable to find {expected.refers} with name or id '{value}'"
        raise _wrong(place, f"Error validating value '{value}': {reason}")
    return value


def _check_server(definition: Definition) -> None:
    given = definition.properties
    if definition.type == "OS::Nova::Server" and not given.get("image") and not given.get("block_device_mapping_v2"):
        message = f"Neither image nor bootable volume is specified for instance {definition.name}"
        raise HotError("StackValidationFailed", message)


def _wrong(place: str, what: str) -> HotError:
    return HotError("StackValidationFailed", f"Property error: {place}: {what}")
