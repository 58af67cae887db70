"""Property, attribute and parameter definitions (sections 3.6.10 to 3.6.14), and constraint clauses, compiled from YAML.

Reports VTN-T020 (unknown data type), T023 (a refinement changes the type), T024 (constraint) and what `values` reports on defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from vtnmd.compiler.tosca.document import (
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    is_null,
    items_of,
    kind_of,
    map_of,
    native,
    text_of,
)
from vtnmd.compiler.tosca.grammar import is_plain_value
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.schema import (
    ANY,
    CONSTRAINTS,
    NO_DEFAULT,
    ORDERED,
    UNBOUNDED,
    Constraint,
    PropertyDefinition,
    Schema,
    compile_constraint,
)
from vtnmd.compiler.tosca.values import INVALID, Reader, function_in
from vtnmd.domain.diagnostics import Diagnostic, Severity
from vtnmd.domain.tree import Json

DataTypes = Callable[[YamlNode], Schema | None]
"""The schema of the data type that a node names; None if there is none, which has then been reported."""


def schema_of(node: YamlNode | None, types: DataTypes, problems: list[Diagnostic]) -> Schema:
    """The schema that `type`, `entry_schema`, `key_schema` and `constraints` of a definition say, in short or extended form."""
    if node is None:
        return ANY
    if not isinstance(node, YamlMap):
        return types(node) or ANY
    named = node.get("type")
    schema = (types(named) if named is not None else None) or ANY
    entry, key = node.get("entry_schema"), node.get("key_schema")
    if entry is not None:
        schema = replace(schema, entry=schema_of(entry, types, problems))
    if key is not None:
        schema = replace(schema, key=schema_of(key, types, problems))
    constraints = constraints_of(node.get("constraints"), schema.kind, problems)
    return replace(schema, constraints=schema.constraints + constraints) if constraints else schema


def constraints_of(node: YamlNode | None, kind: str, problems: list[Diagnostic]) -> tuple[Constraint, ...]:
    """The constraint clauses of a list, or of one mapping, on values of `kind`."""
    if node is None:
        return ()
    clauses = items_of(node) or ((node,) if isinstance(node, YamlMap) else ())
    if not clauses and not isinstance(node, YamlList):
        problems.append(Diagnostic("VTN-T024", "constraints must be a list of constraint clauses", node.span))
    found = []
    for clause in clauses:
        if not isinstance(clause, YamlMap):
            problems.append(Diagnostic("VTN-T024", "a constraint clause is a mapping: operator and operand", clause.span))
            continue
        for key, operand in clause.pairs():
            try:
                found.append(constraint_of(key.text, operand, kind))
            except ValueError as error:
                hint = "" if key.text in CONSTRAINTS else closest(key.text, CONSTRAINTS)
                problems.append(Diagnostic("VTN-T024", str(error), key.span, hint))
    return tuple(found)


def constraint_of(name: str, operand: YamlNode, kind: str) -> Constraint:
    """One clause. Raises ValueError with what is wrong."""
    if kind == "any":
        return Constraint("be anything", lambda _: True)
    return compile_constraint(name, _operand(name, operand, kind), kind)


def _operand(name: str, node: YamlNode, kind: str) -> Json:
    if name in ("length", "min_length", "max_length", "pattern", "schema"):
        value = native(node)
        return node.text if name in ("pattern", "schema") and isinstance(node, YamlScalar) else value
    if name in ("in_range", "valid_values") and isinstance(node, YamlList):
        return [_typed(item, "integer" if kind == "range" and name == "in_range" else kind, name) for item in node.items]
    if name in ("in_range", "valid_values"):
        return native(node)
    return _typed(node, kind, name)


def _typed(node: YamlNode, kind: str, name: str) -> Json:
    if isinstance(node, YamlScalar) and node.text == UNBOUNDED and name == "in_range":
        return UNBOUNDED
    if kind not in ORDERED and kind not in ("boolean", "range", "null"):
        return native(node)
    if kind == "string" and isinstance(node, YamlScalar):
        return node.text
    problems: list[Diagnostic] = []
    value = Reader(problems, None).read(node, Schema(kind, kind), "the operand")
    if value is INVALID:
        raise ValueError(f"{name} takes values of type {kind}: {problems[0].summary}")
    return value


def property_of(
    key: YamlScalar, node: YamlNode, types: DataTypes, inherited: PropertyDefinition | None, problems: list[Diagnostic]
) -> PropertyDefinition:
    """A property as it is defined at `key`, refining the inherited one of the same name."""
    body = map_of(node)
    schema = schema_of(node, types, problems)
    if inherited is not None:
        schema = _refined(schema, inherited, body, key, problems)
    required = text_of(body.get("required")).lower() != "false"
    if "required" not in body.entries and inherited is not None:
        required = inherited.required
    default, default_node = default_of(body, schema, key.text, problems)
    if inherited is not None and "default" not in body.entries:
        default, default_node = inherited.default, inherited.default_node
    description = text_of(body.get("description")) or (inherited.description if inherited else "")
    return PropertyDefinition(key.text, schema, required, key.span, default, default_node, description)


def _fixed(key: YamlScalar, node: YamlNode, inherited: PropertyDefinition, problems: list[Diagnostic]) -> PropertyDefinition:
    """A derived type that gives an inherited property a value, where TOSCA wants a definition with this default."""
    summary = f"{key.text} is inherited, and what stands here is taken as its default"
    problems.append(
        Diagnostic(
            "VTN-T083",
            summary,
            node.span,
            f"write {key.text}: {{ type: {inherited.schema.type}, default: … }}",
            severity=Severity.WARNING,
        )
    )
    if function_in(node):
        return replace(inherited, span=key.span, default=NO_DEFAULT, default_node=node)
    value = Reader(problems, None).read(node, inherited.schema, f"the default of {key.text}")
    return replace(inherited, span=key.span, default=value, default_node=None)


def default_of(body: YamlMap, schema: Schema, name: str, problems: list[Diagnostic]) -> tuple[Json, YamlNode | None]:
    """(value, None) of a plain default; (NO_DEFAULT, node) of one that calls functions; (NO_DEFAULT, None) where there is none.

    The value of a default that is wrong, which has then been reported, is INVALID.
    """
    node = body.get("default")
    if node is None:
        has_null = "default" in body.entries and schema.kind == "null"
        return (None if has_null else NO_DEFAULT), None
    if function_in(node):
        return NO_DEFAULT, node
    return Reader(problems, None).read(node, schema, f"the default of {name}"), None


def _refined(schema: Schema, inherited: PropertyDefinition, body: YamlMap, key: YamlScalar, problems: list[Diagnostic]) -> Schema:
    base = inherited.schema
    if "type" not in body.entries or is_null(body.entries["type"]):
        return replace(base, constraints=base.constraints + constraints_of(body.get("constraints"), base.kind, problems))
    if schema.kind != base.kind and "any" not in (schema.kind, base.kind):
        summary = f"{key.text} is {base.type} in the type that this one derives from, and cannot become {schema.type}"
        problems.append(Diagnostic("VTN-T023", summary, key.span))
        return schema
    own = {constraint.operator for constraint in schema.constraints}
    inherited_ones = (constraint for constraint in base.constraints if constraint.operator not in own)
    return replace(schema, constraints=(*inherited_ones, *schema.constraints))


def properties_of(
    node: YamlNode | None, types: DataTypes, inherited: Mapping[str, PropertyDefinition], problems: list[Diagnostic]
) -> dict[str, PropertyDefinition]:
    """The inherited definitions, refined and extended by those of a `properties` or `attributes` section."""
    found = dict(inherited)
    for key, body in map_of(node).pairs():
        base = inherited.get(key.text)
        if base and is_plain_value(body):
            found[key.text] = _fixed(key, body, base, problems)
            continue
        if is_plain_value(body):
            problems.append(Diagnostic("VTN-T003", f"{key.text} must be a property definition, not {kind_of(body)}", body.span))
        elif base is None and map_of(body).get("type") is None:
            problems.append(Diagnostic("VTN-T004", f"{key.text} needs the keyname 'type'", key.span))
        found[key.text] = property_of(key, body, types, base, problems)
    return found


def parameters_of(node: YamlNode | None, types: DataTypes, problems: list[Diagnostic]) -> dict[str, PropertyDefinition]:
    """The definitions of an `inputs` or `outputs` section, which may have no type (section 3.6.14)."""
    return {key.text: property_of(key, body, types, None, problems) for key, body in map_of(node).pairs()}
