"""An OpenAPI 3.1 document of the RESTCONF resources of a data model, for client generators and testers. Pure."""

from vtnmd.domain.tree import Json
from vtnmd.northbound.schema import operations_offered
from vtnmd.yang.datatypes import BooleanType, DataType, EmptyType, EnumerationType, IntegerType, StringType, UnionType
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.reference_types import IdentityType, LeafrefType
from vtnmd.yang.schema import Schema

JSON = "application/yang-data+json"
_DEPTH = 3
_NESTED = 4
"""So many levels of a body are described; what is deeper is any object."""


def openapi(schema: Schema, *, root: str = "/restconf", depth: int = _DEPTH, version: str = "1") -> Json:
    """One path for each container, list entry and leaf down to `depth` nodes, and for each RPC and action."""
    paths: dict[str, Json] = {}
    for child in schema.root.children.values():
        paths |= _paths(child, f"{root}/data", (), depth, "")
    for node in operations_offered(schema).values():
        paths[f"{root}/operations/{_name(node)}"] = {"post": _call(node, ())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "vtnmd", "version": version, "description": "RESTCONF (RFC 8040) resources of the YANG models."},
        "paths": paths,
        "components": {"schemas": {"errors": _ERRORS}, "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
        "security": [{"basic": []}],
    }


_ERROR = {
    "type": "object",
    "required": ["error-type", "error-tag"],
    "properties": {
        "error-type": {"enum": ["transport", "rpc", "protocol", "application"]},
        "error-tag": {"type": "string"},
        "error-app-tag": {"type": "string"},
        "error-path": {"type": "string"},
        "error-message": {"type": "string"},
        "error-info": {"type": "object"},
    },
}
_ERRORS = {
    "type": "object",
    "required": ["ietf-restconf:errors"],
    "properties": {"ietf-restconf:errors": {"type": "object", "properties": {"error": {"type": "array", "items": _ERROR}}}},
}


def _name(node: SchemaNode, within: str = "") -> str:
    return node.name if node.module == within else f"{node.module}:{node.name}"


def _paths(node: SchemaNode, base: str, keys: tuple[Json, ...], depth: int, module: str) -> dict[str, Json]:
    path = f"{base}/{_name(node, module)}"
    if node.repeated:
        names = [f"{node.name}-{key.rpartition(':')[2]}-{len(keys)}" for key in node.keys or ("value",)]
        path += "=" + ",".join(f"{{{name}}}" for name in names)
        leaves = [node.children[key] for key in node.keys] if node.kind is Kind.LIST else [node]
        keys += tuple(_parameter(name, leaf) for name, leaf in zip(names, leaves, strict=False))
        if node.kind is Kind.LIST and not node.keys:
            return {}
    found: dict[str, Json] = {path: _resource(node, keys)}
    if depth > 1:
        for child in node.children.values():
            if child.member not in node.keys:
                found |= _paths(child, path, keys, depth - 1, node.module)
    for action in node.operations.values():
        if action.kind is Kind.ACTION:
            found[f"{path}/{_name(action, node.module)}"] = {"post": _call(action, keys)}
    return found


def _parameter(name: str, leaf: SchemaNode) -> Json:
    value = _leaf(leaf)
    if value.get("type") == "string":  # OpenAPI has no empty segments
        value = value | {"minLength": max(1, value.get("minLength", 1))}
    return {"name": name, "in": "path", "required": True, "schema": value}


def _resource(node: SchemaNode, keys: tuple[Json, ...]) -> Json:
    body = _content(_wrapped(node, _value(node, _NESTED, whole=False)))
    item: dict[str, Json] = {"get": _operation(f"Read {node.name}", node, {"200": _answer("what it holds", body)}, _QUERY)}
    if node.config:
        done = {"201": {"description": "created"}, "204": {"description": "done"}}
        item["put"] = {
            **_operation(f"Create or replace {node.name}", node, done),
            "requestBody": {"required": True, "content": body},
        }
        item["patch"] = {**_operation(f"Merge into {node.name}", node, done), "requestBody": {"required": True, "content": body}}
        item["delete"] = _operation(f"Delete {node.name}", node, {"204": {"description": "gone"}})
        if node.kind in {Kind.LIST, Kind.CONTAINER} and any(child.config for child in node.children.values()):
            child = _content({"type": "object", "minProperties": 1, "maxProperties": 1})
            item["post"] = {
                **_operation(f"Create a child of {node.name}", node, {"201": {"description": "created"}}),
                "requestBody": {"required": True, "content": child},
            }
    return item | ({"parameters": list(keys)} if keys else {})


_QUERY = [
    {"name": "content", "in": "query", "schema": {"enum": ["all", "config", "nonconfig"]}},
    {
        "name": "depth",
        "in": "query",
        "schema": {"oneOf": [{"const": "unbounded"}, {"type": "integer", "minimum": 1, "maximum": 65535}]},
    },
    {"name": "fields", "in": "query", "schema": {"type": "string"}},
    {"name": "with-defaults", "in": "query", "schema": {"enum": ["report-all", "report-all-tagged", "trim", "explicit"]}},
]


def _operation(summary: str, node: SchemaNode, answers: Json, parameters: list[Json] | None = None) -> dict[str, Json]:
    refused = {"description": "refused", "content": _content({"$ref": "#/components/schemas/errors"})}
    found: dict[str, Json] = {"summary": summary, "responses": {**answers, "4XX": refused}}
    if node.description:
        found["description"] = node.description
    if parameters:
        found["parameters"] = parameters
    return found


def _call(node: SchemaNode, keys: tuple[Json, ...]) -> Json:
    given, told = node.operations.get("input"), node.operations.get("output")
    answers: dict[str, Json] = {"204": {"description": "done, nothing to tell"}}
    if told is not None and told.children:
        answers["200"] = _answer("the output", _content(_object({f"{node.module}:output": _value(told, _NESTED)})))
    call = _operation(f"Call {node.name}", node, answers, list(keys))
    if given is not None and given.children:
        body = _content(_object({f"{node.module}:input": _value(given, _NESTED)}))
        call["requestBody"] = {"required": any(child.mandatory for child in given.children.values()), "content": body}
    return call


def _answer(description: str, content: Json) -> Json:
    return {"description": description, "content": content}


def _content(schema: Json) -> Json:
    return {JSON: {"schema": schema}}


def _wrapped(node: SchemaNode, value: Json) -> Json:
    listed = {"type": "array", "items": value, "minItems": 1, "maxItems": 1}
    return _object({f"{node.module}:{node.name}": listed if node.repeated else value})


def _object(properties: dict[str, Json]) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _value(node: SchemaNode, nested: int, *, whole: bool = True) -> Json:
    """What stands at a node; of a list one entry, unless it is `whole`."""
    if node.repeated and whole:
        return {"type": "array", "items": _value(node, nested, whole=False)}
    if node.type is not None:
        return _leaf(node)
    if node.kind in {Kind.ANYDATA, Kind.ANYXML}:
        return {}
    if nested == 0:
        return {"type": "object"}
    properties = {child.member: _value(child, nested - 1) for child in node.children.values()}
    required = sorted({child.member for child in node.required if child.mandatory} | set(node.keys))
    found: dict[str, Json] = {"type": "object", "properties": properties, "patternProperties": {"^@": {}}}
    found["additionalProperties"] = False
    return found | ({"required": required} if required else {})


def _leaf(node: SchemaNode) -> Json:
    assert node.type is not None
    return _type(node.type)


def _type(described: DataType) -> Json:
    """What values of a type look like in JSON (RFC 7951 section 6): all legal ones, and some that are not."""
    match described:
        case IntegerType() if not described.quoted:
            intervals = described.range.intervals
            return {"type": "integer", "minimum": intervals[0][0], "maximum": intervals[-1][1]}
        case EnumerationType():
            return {"enum": list(described.values)}
        case UnionType():
            return {"anyOf": [_type(member) for member in described.members]}
        case LeafrefType():
            return _type(described.target)
        case IdentityType():
            return {"type": "string", "examples": sorted(described.identities)[:1]}
        case BooleanType():
            return {"type": "boolean"}
        case EmptyType():
            return {"const": [None]}
        case StringType() if described.length:
            return {"type": "string", "minLength": described.length.intervals[0][0], "maxLength": described.length.intervals[-1][1]}
    return {"type": "string"}
