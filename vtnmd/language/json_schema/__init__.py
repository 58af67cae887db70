"""A JSON Schema (draft-07) of the service templates and type files that vtnmd reads, for editors that know YAML and not TOSCA.

What vtnmd accepts without a warning about its form (VTN-T083) the schema accepts. What needs more than one place to judge, such as
names of nodes, overlapping prefixes or missing requirements, is left to `vtnmd validate` and `vtnmd lsp`.
"""

from vtnmd.domain.tree import Json
from vtnmd.language.json_schema.grammar import grammar_definitions
from vtnmd.language.json_schema.templates import template_definitions
from vtnmd.language.json_schema.values import Values
from vtnmd.language.vocabulary import Vocabulary
from vtnmd.yang.schema import Schema

DIALECT = "http://json-schema.org/draft-07/schema#"


def json_schema(vocabulary: Vocabulary, yang: Schema) -> Json:
    """The schema of files that use the types of the vocabulary, with what the YANG models say of their properties."""
    values = Values()
    definitions = grammar_definitions(vocabulary)
    definitions |= template_definitions(vocabulary, yang, values, definitions)
    return {
        "$schema": DIALECT,
        "title": "TOSCA service template for vtnmd",
        "$ref": "#/definitions/service",
        "definitions": {**definitions, **values.definitions},
    }
