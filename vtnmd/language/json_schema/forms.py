"""Small pieces that JSON Schemas are put together from."""

import re
from collections.abc import Iterable, Mapping

from vtnmd.domain.tree import Json

SCALAR = ["string", "number", "boolean"]
NULL: Json = {"type": "null"}
TEXT: Json = {"type": [*SCALAR, "null"]}
"""A plain value of any kind, where the grammar asks for a text."""

_UNTRANSLATABLE = re.compile(r"\\[pPicICAZzG0-9]|-\[|\(\?(?![:=!])")


def reference(name: str) -> Json:
    return {"$ref": f"#/definitions/{pointer(name)}"}


def pointer(name: str) -> str:
    """A name as a step of a JSON pointer in a URI fragment (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1").replace(" ", "%20")


def optional(schema: Json) -> Json:
    """The schema, or null, which in YAML is a key with nothing behind it."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, NULL]}


def mapping(entry: Json) -> Json:
    """A mapping from any names to one schema."""
    return optional({"type": "object", "additionalProperties": entry})


def listing(entry: Json) -> Json:
    return optional({"type": "array", "items": entry})


def closed(properties: Mapping[str, Json], others: Json = False) -> Json:
    """A mapping of known keys; `others` is the schema of any further ones, False refuses them."""
    return {"type": "object", "properties": dict(properties), "additionalProperties": others}


def single(entry: Json) -> Json:
    """A mapping with one key."""
    return {**entry, "minProperties": 1, "maxProperties": 1}


def described(schema: Json, text: str) -> Json:
    """With a description beside it. What stands beside a `$ref` is ignored in draft-07, so that one is wrapped."""
    if not text or schema is True or schema is False:
        return schema
    return {"allOf": [schema], "description": text} if "$ref" in schema else {**schema, "description": text}


def any_of(schemas: Iterable[Json]) -> Json:
    found = list(schemas)
    return found[0] if len(found) == 1 else {"anyOf": found}


def whole_pattern(expression: str, *, xsd: bool = False) -> str | None:
    """An expression that the whole text must match, as ECMA 262 has it; None for what differs there."""
    if _UNTRANSLATABLE.search(expression) or (xsd and re.search(r"(?<![\[\\])\^|(?<!\\)\$", expression)):
        return None
    return f"^(?:{expression})$"
