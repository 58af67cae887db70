"""JSON Schemas of property values: what the TOSCA type allows, narrowed by the YANG leaf that it is bound to."""

from collections.abc import Iterator, Mapping, Sequence

from vtnmd.compiler.tosca import scalars
from vtnmd.compiler.tosca.schema import UNBOUNDED, Constraint, PropertyDefinition, Schema
from vtnmd.compiler.tosca.values import FUNCTIONS
from vtnmd.domain.tree import Json
from vtnmd.language.bindings import NO_NODES, Nodes, nodes_below
from vtnmd.language.documentation import about_property
from vtnmd.language.json_schema.forms import any_of, closed, described, optional, reference, single, whole_pattern
from vtnmd.yang import datatypes as dt
from vtnmd.yang import reference_types as rt
from vtnmd.yang.nodes import SchemaNode

_VERSION = r"^\d+(\.\d+(\.\d+(\.[0-9A-Za-z_]+(-\d+)?)?)?)?$"
_TIMESTAMP = r"^\d{4}-\d\d?-\d\d?(([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:?\d\d)?))?)?$"
_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_SCALARS: Mapping[str, Json] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "version": {"type": ["string", "number"], "pattern": _VERSION},
    "timestamp": {"type": "string", "pattern": _TIMESTAMP},
    "range": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": {"anyOf": [{"type": "integer"}, {"const": UNBOUNDED}]},
    },
    "any": {},
}
_BOUNDS = {
    "greater_than": "exclusiveMinimum",
    "greater_or_equal": "minimum",
    "less_than": "exclusiveMaximum",
    "less_or_equal": "maximum",
}
_SIZES = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}
FUNCTION = "function"


class Values:
    """Makes the schemas and collects the `definitions` that they refer to: the functions, and each record type once."""

    def __init__(self) -> None:
        names = sorted(FUNCTIONS)
        call = single(closed({name: {} for name in names}))
        self.definitions: dict[str, Json] = {FUNCTION: {**call, "description": f"A call of a function: {', '.join(names)}."}}
        self._records: dict[Schema, str] = {}

    def value(self, schema: Schema, node: SchemaNode | None = None) -> Json:
        """A value, or a function that gives it."""
        return {"anyOf": [self.plain(schema, node), reference(FUNCTION)]} if schema.kind != "any" else {}

    def properties(self, definitions: Mapping[str, PropertyDefinition], nodes: Nodes = NO_NODES) -> dict[str, Json]:
        """The schema of each property, with what is told of it."""
        return {
            name: described(self._assigned(definition, nodes.get(name)), about_property(definition, nodes.get(name)))
            for name, definition in definitions.items()
        }

    def _assigned(self, definition: PropertyDefinition, node: SchemaNode | None) -> Json:
        value = self.value(definition.schema, node)
        if definition.required and not definition.has_default:
            return value
        return {"anyOf": [*value["anyOf"], {"type": "null"}]} if value else value

    def plain(self, schema: Schema, node: SchemaNode | None = None) -> Json:
        """A value without functions, as far as it is written out."""
        narrowed = [each for constraint in schema.constraints if (each := _constrained(constraint, schema.kind))]
        if node is not None and node.type is not None and schema.kind in ("string", "integer") and not node.units:
            narrowed += [each for each in [_by_yang(node.type, schema.kind)] if each]
        base = self._base(schema, node)
        if not narrowed:
            return base
        if len(narrowed) == 1 and not set(narrowed[0]) & set(base):
            return {**base, **narrowed[0]}
        return {"allOf": [base, *narrowed]}

    def _base(self, schema: Schema, node: SchemaNode | None) -> Json:
        if schema.kind == "record":
            return self._record(schema, nodes_below(node)) if node is not None else reference(self._definition(schema))
        if schema.kind == "list":
            return {"type": "array", "items": self.value(schema.entry, node) if schema.entry else {}}
        if schema.kind == "map":
            return {"type": "object", "additionalProperties": self.value(schema.entry, node) if schema.entry else {}}
        if schema.kind in scalars.UNITS:
            return {"type": "string", "pattern": _scalar_unit(schema.kind)}
        return _SCALARS[schema.kind]

    def _record(self, schema: Schema, nodes: Nodes) -> Json:
        needed = required_of(schema.fields)
        return closed(self.properties(schema.fields, nodes)) | ({"required": needed} if needed else {})

    def _definition(self, schema: Schema) -> str:
        """The name of the definition of a record type, which may hold itself."""
        if schema not in self._records:
            taken = sum(each.type == schema.type for each in self._records)
            name = f"data_types.{schema.type}" + (f".{taken + 1}" if taken else "")
            self._records[schema] = name
            self.definitions[name] = self._record(schema, NO_NODES)
        return self._records[schema]


def required_of(definitions: Mapping[str, PropertyDefinition]) -> list[str]:
    """The names that must be given."""
    nullable = ("null", "any")
    return [
        name
        for name, definition in definitions.items()
        if definition.required and not definition.has_default and definition.schema.kind not in nullable
    ]


def _constrained(constraint: Constraint, kind: str) -> Json:
    """A constraint clause as keywords; nothing for what JSON Schema cannot say of the kind."""
    name, operand = constraint.operator, constraint.operand
    if kind in ("integer", "float"):
        if name in _BOUNDS:
            return {_BOUNDS[name]: operand}
        if name == "in_range":
            bounds = zip(("minimum", "maximum"), operand, strict=True)
            return {keyword: bound for keyword, bound in bounds if bound != UNBOUNDED}
    if name == "valid_values" and kind in ("string", "integer", "float", "boolean"):
        return {"enum": operand}
    if name == "pattern":
        pattern = whole_pattern(operand)
        return {"pattern": pattern} if pattern else {}
    if kind in _SIZES and name in ("length", "min_length", "max_length"):
        lower, upper = _SIZES[kind]
        return {
            **({lower: operand} if name != "max_length" else {}),
            **({upper: operand} if name != "min_length" else {}),
        }
    return {}


def _by_yang(described_by: dt.DataType, kind: str) -> Json:
    """What a YANG type demands of values of a TOSCA kind; nothing where JSON Schema cannot say it."""
    match described_by:
        case dt.EnumerationType() if kind == "string":
            return {"enum": list(described_by.values)}
        case dt.IntegerType() if kind == "integer":
            return any_of({"minimum": low, "maximum": high} for low, high in described_by.range.intervals)
        case dt.StringType() if kind == "string":
            return _text(described_by)
        case dt.UnionType() if kind == "string":
            members = [_by_yang(member, kind) for member in described_by.members]
            return any_of(members) if all(members) else {}
        case rt.LeafrefType():
            return _by_yang(described_by.target, kind)
    return {}


def _text(described_by: dt.StringType) -> Json:
    found: list[Json] = []
    if described_by.length:
        found.append(any_of({"minLength": low, "maxLength": high} for low, high in described_by.length.intervals))
    found += [{"pattern": pattern} for pattern in _patterns(described_by)]
    return found[0] if len(found) == 1 else {"allOf": found} if found else {}


def _patterns(described_by: dt.StringType) -> Iterator[str]:
    for pattern in described_by.patterns:
        whole = None if pattern.inverted else whole_pattern(pattern.expression, xsd=True)
        if whole:
            yield whole


def _scalar_unit(kind: str) -> str:
    """A number and one of the units; case matters for bit rates only."""
    units: Sequence[str] = sorted(scalars.UNITS[kind], key=len, reverse=True)
    exact = kind == scalars.CASE_MATTERS
    spelled = units if exact else ["".join(f"[{char.upper()}{char.lower()}]" for char in unit) for unit in units]
    return rf"^\s*{_NUMBER}\s*(?:{'|'.join(spelled)})\s*$"


def record_form(values: Values, definitions: Mapping[str, PropertyDefinition], nodes: Nodes = NO_NODES) -> Json:
    """A section of assignments to these definitions, and to no others."""
    return optional(closed(values.properties(definitions, nodes)))
