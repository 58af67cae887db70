"""The inputs of a topology with the values that were given for them (section 3.6.14).

Reports VTN-T030 (input missing), T031 (unknown input) and what reading of values reports. Where inputs stay symbolic a missing one
is left to who takes the template over.
"""

from collections.abc import Mapping
from typing import Any

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of, native_scalar, text_of
from vtnmd.compiler.tosca.drafts import Resolution, metadata_of
from vtnmd.compiler.tosca.hints import closest, similar
from vtnmd.compiler.tosca.schema import PropertyDefinition
from vtnmd.compiler.tosca.sections import only_for_substituted, substituted_inputs
from vtnmd.compiler.tosca.values import INVALID, Reader
from vtnmd.domain.diagnostics import Diagnostic, Severity
from vtnmd.domain.topology import FunctionCall, Input

KEY_NAME = "key_name"
"""The input that names the key pair of servers in a plain topology, whether or not the template declares it."""


def read_inputs(resolution: Resolution, given: YamlMap) -> dict[str, Input]:
    """The declared inputs. The value of each goes to the resolution: given, default, or INVALID where neither is there or legal."""
    section = resolution.topology.get("inputs")
    definitions = resolution.types.parameters(section, resolution.source)
    _check_given(resolution, given, definitions)
    reader = Reader(resolution.problems, None)
    outside = substituted_inputs(resolution)
    values: dict[str, Any] = {}
    resolution.inputs = values
    for name, definition in definitions.items():
        node: YamlNode | None = given.get(name) or map_of(map_of(section).get(name)).get("value")
        node = node or definition.default_node
        if node is not None:
            values[name] = reader.read(_as_written(node, definition.schema.kind), definition.schema, f"input {name}")
        elif definition.has_default:
            values[name] = definition.default
        else:
            values[name] = FunctionCall("get_input", (name,)) if name in outside else None
            if definition.required and name not in outside and not resolution.symbolic:
                chooses = only_for_substituted(resolution, name)
                hint = "give it with -i FILE, or declare a default"
                severity = Severity.WARNING if chooses else Severity.ERROR
                problem = Diagnostic("VTN-T030", f"the input {name} has no value", definition.span, hint, severity=severity)
                resolution.problems.append(problem)
                values[name] = FunctionCall("get_input", (name,)) if chooses else INVALID
    declared = {
        name: _input(resolution, definition, map_of(map_of(section).get(name)))
        for name, definition in definitions.items()
        if values[name] is not INVALID
    }
    key = given.get(KEY_NAME)
    if resolution.symbolic and KEY_NAME not in definitions and isinstance(key, YamlScalar):
        declared[KEY_NAME] = Input(KEY_NAME, "string", "string", "", key.text, (), {}, key.span, declared=False)
    return declared


def _check_given(resolution: Resolution, given: YamlMap, definitions: Mapping[str, PropertyDefinition]) -> None:
    """Values for no input. One file may hold the inputs of several services: it is an error only where a name may be mistaken."""
    lacking = not resolution.symbolic and any(
        each.required and not each.has_default and name not in given.entries for name, each in definitions.items()
    )
    for key in given.keys.values():
        if key.text not in definitions and not (resolution.symbolic and key.text == KEY_NAME):
            summary = f"the service template declares no input {key.text[:80]!r}"
            mistaken = lacking or similar(key.text, definitions, cutoff=0.75)
            severity = Severity.ERROR if mistaken else Severity.WARNING
            hint = closest(key.text, definitions)
            resolution.problems.append(Diagnostic("VTN-T031", summary, key.span, hint, severity=severity))


def _input(resolution: Resolution, definition: PropertyDefinition, body: YamlMap) -> Input:
    named = body.get("type")
    base = resolution.types.schema(named, resolution.source) if named is not None else None
    inherited = base.constraints if base else ()
    value = resolution.inputs[definition.name]
    return Input(
        definition.name,
        definition.schema.type,
        definition.schema.kind,
        text_of(body.get("description")),
        None if isinstance(value, FunctionCall) else value,
        tuple((each.operator, each.operand) for each in definition.schema.constraints if each not in inherited),
        metadata_of(body),
        definition.span,
        definition.required,
    )


def _as_written(node: YamlNode, kind: str) -> YamlNode:
    """A number given for a string is taken as text, and a text given for a number as one: who fills in a form knows no types."""
    if kind == "string" and isinstance(node, YamlScalar) and isinstance(native_scalar(node), int | float):
        return node._replace(plain=False)
    if kind in ("integer", "float", "boolean") and isinstance(node, YamlScalar):
        return node._replace(plain=True)
    return node
