"""What a client fetches is all that readers which others wrote need to put the schema together: pyang and yangson.

The served module has a submodule, a feature, a deviation, and imports by revision; nothing is looked up anywhere else.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pyang.context import Context
from pyang.error import err_level, err_to_str, is_error
from pyang.repository import FileRepository
from yangson.datamodel import DataModel

from tests.support.netconf import make_key
from tests.support.netconf_peer import peer
from tests.support.northbound import Doors, new_backend
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.northbound.netconf.serving import serve_netconf
from vtnmd.northbound.schema import northbound_schema
from vtnmd.usecases.models import read_models
from vtnmd.yang.convert import from_xml

SHELF = read_models(Path(__file__).parents[3] / "support" / "shelf")
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
LIBRARY = "urn:ietf:params:xml:ns:yang:ietf-yang-library"


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with every schema that the server lists, and its `modules-state`."""
    folder = tmp_path_factory.mktemp("fetched")
    host_key = tmp_path_factory.mktemp("ssh") / "host-key"
    make_key(host_key)
    return folder, asyncio.run(fetch(folder, host_key))


async def fetch(folder: Path, host_key: Path) -> dict[str, Any]:
    backend = new_backend(SHELF)
    server = await serve_netconf(backend, ServerSettings("127.0.0.1", 0, host_key, Doors({"admin": "admin"})))
    try:
        session = await peer(server.host, server.port, "admin", "admin")
        state = await session.ask(f'<get><filter><netconf-state xmlns="{MONITORING}"><schemas/></netconf-state></filter></get>')
        for entry in state.iterfind(f".//{{{MONITORING}}}schema"):
            name, revision = (entry.findtext(f"{{{MONITORING}}}{leaf}") for leaf in ("identifier", "version"))
            asked = f"<identifier>{name}</identifier><version>{revision}</version><format>yang</format>"
            answer = await session.ask(f'<get-schema xmlns="{MONITORING}">{asked}</get-schema>')
            text = answer.findtext(f"{{{MONITORING}}}data") or etree.tostring(answer).decode()
            (folder / f"{name}@{revision}.yang").write_text(text, encoding="utf-8")
        library = await session.ask(f'<get><filter><modules-state xmlns="{LIBRARY}"/></filter></get>')
        session.connection.abort()
    finally:
        await server.aclose()
        await backend.running.aclose()
    document = from_xml(backend.schema, library[0])
    told: dict[str, Any] = document["ietf-yang-library:modules-state"]
    return told


def test_what_the_library_lists_is_served_and_nothing_else(fetched: tuple[Path, dict[str, Any]]) -> None:
    folder, library = fetched
    listed = {
        f"{part['name']}@{part['revision']}.yang" for module in library["module"] for part in (module, *module.get("submodule", ()))
    }
    assert {path.name for path in folder.iterdir()} == listed
    assert {"shelf@2026-11-27.yang", "shelf-sizes@2026-11-26.yang"} <= listed


def test_pyang_finds_no_fault(fetched: tuple[Path, dict[str, Any]]) -> None:
    folder, library = fetched
    context = Context(FileRepository(str(folder), use_env=False))
    context.features = {module["name"]: module.get("feature", []) for module in library["module"]}
    context.strict = True
    for path in sorted(folder.iterdir()):
        name, _, revision = path.stem.partition("@")
        context.add_module(str(path), path.read_text(encoding="utf-8"), "yang", name, revision)
    context.validate()
    faults = [f"{place}: {err_to_str(tag, args)}" for place, tag, args in context.errors if is_error(err_level(tag))]
    assert faults == []


def test_yangson_makes_the_same_tree_of_it(fetched: tuple[Path, dict[str, Any]]) -> None:
    folder, library = fetched
    model = DataModel(json.dumps({"ietf-yang-library:modules-state": library}), (str(folder),))
    assert model.ascii_tree() == northbound_schema(SHELF).model.ascii_tree()
