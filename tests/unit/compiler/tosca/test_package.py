"""A service packed as a CSAR is the same service."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from tests.support.tosca import found, service, write
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, open_service, package_service, read_topology
from vtnmd.domain.diagnostics import Diagnostic, Invalid

EXAMPLES = Path(__file__).parents[4] / "examples"
SERVICE = service("""
    imports: [ types/all.yaml ]
    topology_template:
      inputs: { size: { type: integer } }
      node_templates:
        a: { type: my.Leaf, artifacts: { image: files/image.img, chart: { file: x, repository: hub } } }
    repositories: { hub: 'https://example.org' }
""")
ALL = service("imports: [ leaf.yaml, alias.yaml ]")
LEAF = service("""
    node_types:
      my.Leaf: { derived_from: tosca.nodes.Root, interfaces: { Standard: { create: ../files/create.sh } } }
""")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "orchard"
    write(source, SERVICE)
    write(source, ALL, "types/all.yaml")
    write(source, LEAF, "types/leaf.yaml")
    (source / "types" / "alias.yaml").symlink_to("leaf.yaml")
    write(source, "echo\n", "files/create.sh")
    write(source, "image", "files/image.img")
    write(source, "nobody names it", "files/other.txt")
    return source


def packed(path: Path) -> bytes:
    return package_service(open_service(path))


def refusals(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(Invalid) as caught:
        packed(path)
    return caught.value.diagnostics


def test_it_holds_what_the_service_names_and_nothing_else(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(folder))) as archive:
        assert archive.namelist() == [
            "TOSCA-Metadata/TOSCA.meta",
            *("files/create.sh", "files/image.img", "service.yaml", "types/alias.yaml", "types/all.yaml", "types/leaf.yaml"),
        ]
        assert "CSAR-Version: 1.1\n" in archive.read("TOSCA-Metadata/TOSCA.meta").decode()


def test_the_same_service_gives_the_same_octets(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = packed(folder)
    os.utime(folder / "service.yaml", (0, 0))
    (folder / "files" / "create.sh").chmod(0o700)
    monkeypatch.chdir(folder)
    assert packed(Path()) == first
    package = tmp_path / "other-name.csar"
    package.write_bytes(first)
    assert packed(package) == first


@pytest.mark.parametrize("name", ["hello-vtn", "global-shop"])
def test_a_package_is_bound_like_its_folder(tmp_path: Path, name: str) -> None:
    package = tmp_path / "other-name.csar"
    package.write_bytes(packed(EXAMPLES / name))
    intents = [bind(read_topology(path), service_schema()).intent for path in (EXAMPLES / name, package)]
    assert intents[0].name == intents[1].name == name
    assert intents[0].document == intents[1].document


def test_a_package_is_read_like_its_folder(folder: Path, tmp_path: Path) -> None:
    package = tmp_path / "other-name.csar"
    package.write_bytes(packed(folder))
    topologies = [read_topology(path, {"size": 1}) for path in (folder, package)]
    assert [topology.name for topology in topologies] == ["orchard"] * 2
    assert topologies[0].nodes["a"].ancestry == topologies[1].nodes["a"].ancestry


def test_what_is_outside_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, service("node_types: { my.Tree: { derived_from: tosca.nodes.Root } }"), "tree.yaml")
    write(folder, "x", "files/image.img").unlink()
    (folder / "files" / "image.img").symlink_to(write(tmp_path, "private", "private.img"))
    write(folder, SERVICE.replace("types/all.yaml ]", "types/all.yaml, ../tree.yaml ]"))
    problems = refusals(folder)
    assert found(problems) == [("VTN-F014", 3, 28), ("VTN-F014", 7, 45)]


def test_what_is_missing_is_refused(folder: Path) -> None:
    (folder / "files" / "image.img").unlink()
    assert found(refusals(folder)) == [("VTN-T014", 7, 45)]


def test_a_wrong_service_is_refused(folder: Path) -> None:
    write(folder, SERVICE.replace("my.Leaf", "my.Leave"))
    assert [problem.code for problem in refusals(folder)] == ["VTN-T020"]
