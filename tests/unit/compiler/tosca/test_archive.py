"""CSARs: what is read from them, what is refused, and that nothing is left behind."""

import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest

from tests.support.archives import META, csar, meta, zipped
from tests.support.tosca import found, service
from vtnmd.compiler.tosca import read_topology
from vtnmd.compiler.tosca.archive import ArchiveLimits, open_archive
from vtnmd.compiler.tosca.opening import text_of_file
from vtnmd.domain.diagnostics import Diagnostic, Invalid

TYPES = service("node_types: { my.Leaf: { derived_from: tosca.nodes.Root } }")
SERVICE = service("""
    imports: [ ../types/leaf.yaml ]
    topology_template: { node_templates: { a: { type: my.Leaf } } }
""")
TOP = service("""
    metadata: { template_name: top, template_version: 1.0 }
    topology_template: { node_templates: { a: { type: tosca.nodes.Root } } }
""")


def written(folder: Path, content: bytes, name: str = "a.csar") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusals(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(Invalid) as caught:
        read_topology(path)
    return caught.value.diagnostics


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def test_imports_lead_from_member_to_member(tmp_path: Path) -> None:
    path = written(tmp_path, csar({"definitions/main.yaml": SERVICE, "types/leaf.yaml": TYPES}, "definitions/main.yaml"))
    before = set(Path(tempfile.gettempdir()).iterdir())
    topology = read_topology(path)
    assert set(Path(tempfile.gettempdir()).iterdir()) == before
    assert topology.name == "a"
    assert topology.nodes["a"].span.file == f"{path}!/definitions/main.yaml"
    assert topology.nodes["a"].ancestry == ("my.Leaf", "tosca.nodes.Root")


@pytest.mark.parametrize("name", ["a.csar", "a.zip", "A.CSAR"])
def test_one_yaml_file_at_the_top_needs_no_meta(tmp_path: Path, name: str) -> None:
    assert read_topology(written(tmp_path, zipped({"main.yaml": TOP, "other/types.yaml": TYPES}), name)).name == "top"


def test_errors_name_the_member(tmp_path: Path) -> None:
    path = written(tmp_path, csar({"service.yaml": service("topology_templates: {}")}))
    problems = refusals(path)
    assert found(problems) == [("VTN-T002", 2, 1)]
    assert str(problems[0]).startswith(f"{path}!/service.yaml:2:1: error[VTN-T002]")
    assert (text_of_file(f"{path}!/service.yaml") or "").splitlines()[1] == "topology_templates: {}"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({META: "Entry-Definition: a.yaml\n", "a.yaml": TOP}, "VTN-F013"),
        ({META: "Entry-Definitions, a.yaml\n", "a.yaml": TOP}, "VTN-F013"),
        ({META: meta("b.yaml"), "a.yaml": TOP}, "VTN-F013"),
        ({META: meta("../a.yaml"), "a.yaml": TOP}, "VTN-F013"),
        ({"a.yaml": TOP, "b.yaml": TOP}, "VTN-F013"),
        ({"readme.txt": "none"}, "VTN-F013"),
        ({"a.yaml": service("metadata: { template_name: a }")}, "VTN-F013"),
        ({"a.yaml": TOP.replace("_1_3", "_1_0")}, "VTN-F013"),
        ({}, "VTN-F013"),
    ],
)
def test_a_service_template_must_be_told(tmp_path: Path, members: dict[str | zipfile.ZipInfo, str | bytes], code: str) -> None:
    problems = refusals(written(tmp_path, zipped(members)))
    assert [problem.code for problem in problems] == [code]
    assert problems[0].span


@pytest.mark.parametrize(
    "member",
    ["../a", "a/../../b", "/etc/passwd", "C:/a", "C:\\a", "a\\b", "a//b", "./a", "nested.csar", "nested.ZIP", link("link")],
    ids=str,
)
def test_unsafe_members_are_refused(tmp_path: Path, member: str | zipfile.ZipInfo) -> None:
    problems = refusals(written(tmp_path, zipped({META: meta("a.yaml"), "a.yaml": TOP, member: "content"})))
    assert [problem.code for problem in problems] == ["VTN-F011"]


def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped({"a.yaml": TOP, zipfile.ZipInfo("a.yaml"): TYPES})
    assert [problem.code for problem in refusals(written(tmp_path, content))] == ["VTN-F011"]


def test_an_archive_in_an_archive_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    inner = zipped({"a": "b"})
    assert [problem.code for problem in refusals(written(tmp_path, zipped({"a.yaml": TOP, "image.img": inner})))] == ["VTN-F011"]
    assert read_topology(written(tmp_path, zipped({"a.yaml": TOP, "application.war": inner}))).name == "top"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.yaml": TOP}))
    directory = content.index(b"PK\x01\x02")
    for place in (6, directory + 8):
        struct.pack_into("<H", content, place, 1)
    assert [problem.code for problem in refusals(written(tmp_path, bytes(content)))] == ["VTN-F011"]


def test_bombs_are_refused_by_what_they_say_of_themselves(tmp_path: Path) -> None:
    blown = zipped({"a.yaml": TOP, "zeros": bytes(4 * 1024 * 1024)})
    assert [problem.code for problem in refusals(written(tmp_path, blown))] == ["VTN-F012"]
    many = zipped({str(number): "" for number in range(12)})
    large = zipped({"a": "text" * 100})
    for content, limits in ((many, ArchiveLimits(members=10)), (large, ArchiveLimits(total=300))):
        with pytest.raises(Invalid) as caught:
            open_archive(content, "a.csar", limits)
        assert [problem.code for problem in caught.value.diagnostics] == ["VTN-F012"]


def test_all_that_is_unsafe_is_told_at_once(tmp_path: Path) -> None:
    problems = refusals(written(tmp_path, zipped({"../a": "", "/b": "", "c.zip": ""})))
    assert [problem.code for problem in problems] == ["VTN-F011"] * 3


@pytest.mark.parametrize("content", [b"", b"PK", b"none", b"PK\x05\x06" + bytes(17), zipped({"a.yaml": TOP})[:-30]])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert [problem.code for problem in refusals(written(tmp_path, content))] == ["VTN-F010"]


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({META: meta("a.yaml"), "a.yaml": TOP}))
    place = content.index(b"a.yaml") + 20
    content[place] ^= 0xFF
    assert [problem.code for problem in refusals(written(tmp_path, bytes(content)))] == ["VTN-F010"]


@pytest.mark.parametrize("reference", ["../../leaf.yaml", "/etc/passwd", "file:///etc/passwd", "..\\leaf.yaml"])
def test_imports_do_not_lead_out_of_an_archive(tmp_path: Path, reference: str) -> None:
    (tmp_path / "leaf.yaml").write_text(TYPES)
    content = csar({"service.yaml": service(f"imports: [ '{reference}' ]")})
    assert found(refusals(written(tmp_path, content))) == [("VTN-T011", 2, 12)]


def test_an_archive_holds_what_the_service_names(tmp_path: Path) -> None:
    text = service("""
        topology_template:
          node_templates:
            a:
              type: tosca.nodes.SoftwareComponent
              requirements: [ host: b ]
              artifacts: { program: { file: files/program.py, type: tosca.artifacts.File } }
              interfaces:
                Standard:
                  create: program
                  configure: files/configure.sh
                  start: { implementation: { primary: start.sh, dependencies: [ program, ../lib.sh ] } }
                  stop: { implementation: 'https://example.org/stop.sh' }
            b: { type: tosca.nodes.Compute }
    """)
    problems = refusals(written(tmp_path, csar({"service.yaml": text, "files/program.py": ""})))
    assert found(problems) == [("VTN-T014", 12, 22), ("VTN-T014", 13, 47), ("VTN-T014", 13, 82)]
