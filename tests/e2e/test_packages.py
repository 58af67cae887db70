"""Services in archives and behind URLs, through the command line. No lab is needed."""

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.e2e.conftest import EXAMPLES, SHOP
from tests.support.archives import csar, zipped
from tests.support.program import Vtnmd
from tests.support.tosca import service, write


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, *_: Any) -> None:
        """Nothing is written to the test's output."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "web"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("example", ["hello-vtn", "global-shop"])
def test_a_package_stands_for_its_folder(vtnmd: Vtnmd, tmp_path: Path, example: str) -> None:
    folder, package = EXAMPLES / example, tmp_path / "shop.csar"
    inventory = ("-I", folder / "inventory.yaml")
    assert vtnmd("validate", folder, *inventory).code == 0
    ran = vtnmd("package", folder, "-o", package)
    assert (ran.code, ran.stdout.strip(), ran.stderr) == (0, str(package), "")
    assert vtnmd("validate", package, *inventory).code == 0
    plans = [vtnmd("plan", source, *inventory, "--json").records("plan") for source in (folder, package)]
    assert json.dumps(plans[0]) == json.dumps(plans[1])
    assert plans[0]


def test_a_wrong_service_is_not_packed(vtnmd: Vtnmd, tmp_path: Path) -> None:
    path = write(tmp_path, (SHOP / "service.yaml").read_text(encoding="utf-8").replace("vtnmd.nodes.Router", "vtnmd.nodes.Ruter"))
    ran = vtnmd("package", path, "-o", tmp_path / "shop.csar")
    assert ran.code == 2
    assert "[VTN-T020]" in ran.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["service.yaml"]


def test_errors_in_an_archive_show_the_line(vtnmd: Vtnmd, tmp_path: Path) -> None:
    package = tmp_path / "wrong.csar"
    package.write_bytes(csar({"service.yaml": service("topology_templates: {}")}))
    ran = vtnmd("validate", package)
    assert ran.code == 2
    assert f"{package}!/service.yaml:2:1: error[VTN-T002]" in ran.stderr
    assert "2 | topology_templates: {}" in ran.stderr


def test_an_unsafe_archive_is_not_quoted(vtnmd: Vtnmd, tmp_path: Path) -> None:
    package = tmp_path / "unsafe.csar"
    package.write_bytes(zipped({"../secret": "none"}))
    ran = vtnmd("plan", package)
    assert ran.code == 2
    assert "[VTN-F011]" in ran.stderr
    assert " | " not in ran.stderr


def test_urls_are_imported_where_the_operator_allows_it(vtnmd: Vtnmd, tmp_path: Path, web: tuple[Path, str]) -> None:
    folder, url = web
    write(folder, service("node_types: { my.Leaf: { derived_from: tosca.nodes.Root, propertys: {} } }"), "types/leaf.yaml")
    write(folder, service("imports: [ types/leaf.yaml ]"), "all.yaml")
    path = write(
        tmp_path, service(f"imports: [ '{url}/all.yaml' ]\ntopology_template: {{ node_templates: {{ a: {{ type: my.Leaf }} }} }}")
    )
    ran = vtnmd("validate", path)
    assert ran.code == 2
    assert f"{path}:2:12: error[VTN-T011]" in ran.stderr
    assert "--allow-url-imports" in ran.stderr
    ran = vtnmd("validate", path, "--allow-url-imports")
    assert ran.code == 2
    assert f"{url}/types/leaf.yaml:2:58: error[VTN-T002]" in ran.stderr
    assert "2 | node_types: { my.Leaf:" in ran.stderr


def test_the_option_is_part_of_what_to_type_next(vtnmd: Vtnmd, web: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = web
    write(folder, service("node_types: { my.Leaf: { derived_from: tosca.nodes.Root } }"), "leaf.yaml")
    hello = (EXAMPLES / "hello-vtn" / "service.yaml").read_text(encoding="utf-8")
    path = write(tmp_path, hello.replace("imports:\n  - vtnmd", f"imports:\n  - vtnmd\n  - {url}/leaf.yaml"))
    assert url in path.read_text(encoding="utf-8")
    ran = vtnmd("plan", path, "-I", EXAMPLES / "hello-vtn" / "inventory.yaml", "--allow-url-imports")
    assert ran.code == 0, ran.stderr
    assert "--allow-url-imports" in ran.stderr
