"""The grammar of TOSCA as definitions of a JSON Schema, one for each of its shapes, and one of the type names of each section."""

from collections.abc import Mapping

from vtnmd.compiler.tosca.grammar import REFINABLE, VERSIONS
from vtnmd.compiler.tosca.imports import PROFILE, SECTIONS
from vtnmd.compiler.tosca.schema import PRIMITIVES
from vtnmd.compiler.tosca.shapes import SHAPES, ListOf, MapOf, Named, Record, Shape, Short
from vtnmd.domain.tree import Json
from vtnmd.language.documentation import about_type
from vtnmd.language.json_schema.forms import SCALAR, TEXT, closed, described, listing, mapping, optional, reference, single
from vtnmd.language.keynames import KEYNAMES, TYPE_NAMES
from vtnmd.language.vocabulary import Named as NamedTypes
from vtnmd.language.vocabulary import Vocabulary

_OPEN = "^(?!tosca\\.|vtnmd\\.)"
"""Names outside of the two namespaces of the shipped types: a file may declare such types itself, which a schema cannot see."""


def type_names(section: str) -> Json:
    return reference(f"names.{section}")


def grammar_definitions(vocabulary: Vocabulary) -> dict[str, Json]:
    """Name of a shape → its schema, and `names.SECTION` → the names of types."""
    names = {f"names.{section}": _names(section, vocabulary.named(section)) for section in SECTIONS}
    return {**names, **{name: _named_shape(name, shape) for name, shape in SHAPES.items()}}


def _names(section: str, types: NamedTypes) -> Json:
    primitives = sorted(PRIMITIVES) if section == "data_types" else []
    told = {**dict.fromkeys(primitives, ""), **{name: about_type(each) for name, each in sorted(types.items())}}
    known = {"enum": list(told), "enumDescriptions": list(told.values())}
    return {"anyOf": [known, {"type": [*SCALAR, "null"], "pattern": _OPEN}]}


def _named_shape(name: str, shape: Shape) -> Json:
    return _of(shape, name)


def _of(shape: Shape, owner: str = "") -> Json:
    match shape:
        case "text":
            return TEXT
        case "any" | "note":
            return {}
        case str():
            return reference(shape)
        case Short():
            return {"anyOf": [{"type": SCALAR}, _of(shape.shape, owner)]}
        case Record():
            return _record(shape, owner)
        case MapOf():
            return mapping(_of(shape.shape))
        case ListOf():
            return listing(_of(shape.shape))
        case Named():
            entries: Json = {"type": "object", "additionalProperties": _of(shape.shape)}
            forms = [listing(single(entries)), *([entries] if shape.mapping else [])]
            return {"anyOf": forms} if shape.mapping else forms[0]


def _record(shape: Record, owner: str) -> Json:
    properties = {key: described(_keyname(owner, key, below), KEYNAMES.get(key, "")) for key, below in shape.keys.items()}
    others = _of(shape.others) if shape.others is not None else False
    if owner == "service":
        return {**closed(properties, others), "required": ["tosca_definitions_version"]}
    if shape.required and owner not in REFINABLE:
        return {**closed(properties, others), "required": list(shape.required)}
    return optional(closed(properties, others))


def _keyname(owner: str, key: str, shape: Shape) -> Json:
    section = TYPE_NAMES.get((owner, key))
    if section:
        return type_names(section)
    return _SPECIAL.get((owner, key)) or _of(shape)


_SPECIAL: Mapping[tuple[str, str], Json] = {
    ("service", "tosca_definitions_version"): {"enum": list(VERSIONS)},
    ("service", "imports"): listing({"anyOf": [{"const": PROFILE, "description": "The shipped profile."}, reference("import")]}),
}
