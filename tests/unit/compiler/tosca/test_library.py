"""Files of a service are read by name from whatever library they stand in."""

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.tosca import HEAD, found, problems_of, service, write
from vtnmd.compiler.tosca import Opened, read_topology
from vtnmd.compiler.tosca.library import Files, Refused, Unreadable

TYPES = service("node_types: { example.Thing: { derived_from: tosca.nodes.Root } }")
SERVICE = service("""
    imports: [ ../types.yaml ]
    topology_template: { node_templates: { a: { type: example.Thing } } }
""")


class Shelf:
    """Texts in memory, such as the open buffers of an editor."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def locate(self, reference: str, base: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), reference))

    def identity(self, name: str) -> str:
        return name

    def read(self, name: str, limit: int) -> bytes:
        try:
            return self.texts[name].encode()[:limit]
        except KeyError:
            raise Unreadable("nobody wrote it") from None


def test_a_service_can_stand_anywhere() -> None:
    library = Shelf({"services/one.yaml": SERVICE, "types.yaml": TYPES})
    topology = read_topology(Opened(library, "services/one.yaml", "one"))
    assert topology.name == "one"
    assert topology.nodes["a"].span.file == "services/one.yaml"


def test_what_cannot_be_read_is_said_where_it_is_imported(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "imports: [ types.yaml ]")
    assert found(problems) == [("VTN-T010", 2, 12)]
    assert str(tmp_path / "types.yaml") in problems[0].hint


@pytest.mark.parametrize("content", ["root:x:0:0\n", "a: [\n", "\tkey\n", "", "key: value\n"])
def test_an_imported_file_that_is_not_tosca_is_not_quoted(tmp_path: Path, content: str) -> None:
    write(tmp_path, content, "private")
    problems = problems_of(tmp_path, "imports: [ private ]")
    assert found(problems) == [("VTN-T013", 2, 12)]
    assert problems[0].span
    assert problems[0].span.file.endswith("service.yaml")


def test_an_imported_file_that_says_it_is_tosca_tells_what_is_wrong(tmp_path: Path) -> None:
    types = write(tmp_path, HEAD + "node_type: {}\n", "types.yaml")
    problems = problems_of(tmp_path, "imports: [ types.yaml ]")
    assert [(problem.code, problem.span and problem.span.file) for problem in problems] == [("VTN-T002", str(types))]


def test_an_import_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert found(problems_of(tmp_path, "imports: [ pipe ]")) == [("VTN-T010", 2, 12)]


@pytest.mark.parametrize("reference", ["http://host/a.yaml", "file:///etc/passwd", "a\0b"])
def test_files_are_not_fetched(reference: str) -> None:
    with pytest.raises(Refused):
        Files().locate(reference, "service.yaml")
