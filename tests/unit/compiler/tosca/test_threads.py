"""Reading changes nothing that another reading sees, and leaves nothing behind."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.archives import csar
from tests.support.tosca import problems_of, service, write
from vtnmd.compiler.tosca import read_topology
from vtnmd.compiler.tosca.shipped import shipped

NFV = "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n"
VDU = "topology_template: { node_templates: { a: { type: tosca.nodes.nfv.VDU } } }\n"
WRONG = service("""
    node_types: { my.A: { properties: { p: { type: integer, constraints: [ in_range: [ 1, 2 ] ] } } } }
    topology_template: { node_templates: { a: { type: my.A, properties: { p: 3, q: 1 } } } }
""")
RIGHT = service("topology_template: { node_templates: { a: { type: tosca.nodes.Compute } } }")


def test_services_are_read_in_threads(tmp_path: Path) -> None:
    sources = [
        write(tmp_path, NFV + VDU, "nfv.yaml"),
        write(tmp_path, WRONG, "wrong.yaml"),
        write(tmp_path, RIGHT, "right.yaml"),
    ]
    (tmp_path / "packed.csar").write_bytes(csar({"service.yaml": RIGHT}))
    sources.append(tmp_path / "packed.csar")

    def outcome(path: Path) -> str:
        try:
            return repr(read_topology(path).nodes)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it must be the same as without threads
            return str(error)

    alone = [outcome(path) for path in sources]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(outcome, sources * 20)) == alone * 20


def test_a_profile_is_seen_by_its_own_services_only(tmp_path: Path) -> None:
    before = {section: dict(names) for section, names in shipped().simple.names.items()}
    read_topology(write(tmp_path, NFV + VDU, "nfv.yaml"))
    assert [problem.code for problem in problems_of(tmp_path, VDU)] == ["VTN-T020"]
    assert shipped().simple.names == before


def test_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    package = tmp_path / "packed.csar"
    package.write_bytes(csar({"service.yaml": RIGHT}))
    monkeypatch.chdir(folder)
    read_topology(package)
    assert not list(folder.iterdir())
