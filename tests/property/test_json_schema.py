"""Whatever vtnmd accepts without a warning about its form, the JSON Schema for editors accepts."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from jsonschema import Draft7Validator

from tests.property.test_tosca_documents import PlainDumper, documents
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.compiler.tosca.document import native
from vtnmd.compiler.tosca.read import read_document
from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.editing import schema_of_services


@cache
def shipped() -> Draft7Validator:
    return Draft7Validator(schema_of_services([]))


def validator(path: Path, document: Any) -> Draft7Validator:
    """That of all services, or where one declares types in the namespaces of TOSCA or vtnmd, that with its types."""
    declared = [
        name for section, types in document.items() if section.endswith("_types") and isinstance(types, dict) for name in types
    ]
    own = any(str(name).startswith(("tosca.", "vtnmd.")) for name in declared)
    return Draft7Validator(schema_of_services([path])) if own else shipped()


LENIENT = "VTN-T083"
"""Tells of what is read although TOSCA has another form for it."""


def accepted(path: Path) -> bool:
    try:
        topology = read_topology(path)
        check_intent(bind(topology, service_schema()).intent, None)
    except Invalid:
        return False
    return not any(warning.code == LENIENT for warning in topology.warnings)


@settings(max_examples=300, deadline=None)
@given(documents())
def test_what_vtnmd_accepts_the_schema_accepts(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "service.yaml"
        path.write_text(
            yaml.dump(document, Dumper=PlainDumper, allow_unicode=True, sort_keys=False), encoding="utf-8", errors="replace"
        )
        if accepted(path):
            assert not [error.message for error in validator(path, document).iter_errors(native(read_document(path)))]
