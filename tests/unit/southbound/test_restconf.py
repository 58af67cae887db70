"""What the RESTCONF driver does beyond the contract of all drivers: preconditions, patches, discovery, errors, comparison."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.rig import Known
from tests.contract.rig_restconf import PASSWORD, bridge, circuit, step
from vtnmd.assets import YANG_MODELS
from vtnmd.lab.restconf_server import Behaviour, RestconfLabServer, start_restconf_server
from vtnmd.render.restconf import FORM
from vtnmd.southbound.http import Answer
from vtnmd.southbound.ports import Busy, Rejected
from vtnmd.southbound.restconf import RestconfServer, connect
from vtnmd.southbound.restconf_errors import refused
from vtnmd.southbound.restconf_paths import read_host_meta
from vtnmd.southbound.restconf_reads import observe
from vtnmd.yang.schema import load_schema

pytestmark = pytest.mark.anyio
SCHEMA = load_schema(("vtnmd-pe",), (YANG_MODELS,))


@pytest.fixture
async def server() -> AsyncIterator[RestconfLabServer]:
    started = await start_restconf_server(SCHEMA, login=("admin", PASSWORD), behaviour=Behaviour(root="/api/rests"))
    yield started
    await started.aclose()


def driver_of(server: RestconfLabServer, path: str = "") -> RestconfServer:
    settings = {"url": f"{server.url}{path}", "username": "admin", "password": "env:PASSWORD"}
    return connect({"name": "far", "timeout": 5, "restconf": settings}, lambda _: PASSWORD)


def held(server: RestconfLabServer, mtu: int) -> dict[str, Any]:
    return {"vtnmd-pe:pe": {"bridge-domain": [{"name": "web", "mtu": mtu}]}}


async def test_the_root_is_asked_for_where_the_url_has_no_path(server: RestconfLabServer) -> None:
    for path in ("", "/api/rests"):
        driver = driver_of(server, path)
        assert "/api/rests, YANG library 2019-01-04" in await driver.hello()
        await driver.aclose()


async def test_what_was_changed_since_it_was_read_is_not_overwritten(server: RestconfLabServer) -> None:
    server.put_back(held(server, 1450))
    driver, wanted = driver_of(server), step(bridge(1500))
    await driver.read(wanted.reads, Known())
    server.put_back(held(server, 9000))
    with pytest.raises(Rejected) as refusal:
        await driver.apply(wanted.request, Known())
    assert refusal.value.diagnostic.code == "VTN-E506"
    assert "9000" in refusal.value.diagnostic.detail
    assert server.held() == held(server, 9000)
    await driver.aclose()


async def test_what_came_since_its_absence_was_read_is_not_overwritten(server: RestconfLabServer) -> None:
    driver, wanted = driver_of(server), step(bridge(1500))
    await driver.read(wanted.reads, Known())
    server.put_back(held(server, 9000))
    with pytest.raises(Rejected):
        await driver.apply(wanted.request, Known())
    assert server.held() == held(server, 9000)
    await driver.aclose()


def both() -> Any:
    """A bridge domain and the circuit in it, which only come and go together."""
    trees = FORM.shape({"edits": [bridge(), circuit()], "keys": {"bridge-domain": ["name"]}}, None)
    made = step(bridge())
    return trees, made


@pytest.mark.parametrize("patches", [True, False])
async def test_several_resources_are_written_and_removed_together(patches: bool) -> None:
    started = await start_restconf_server(SCHEMA, login=("admin", PASSWORD), behaviour=Behaviour(patches=patches))
    driver, (trees, made) = driver_of(started), both()
    (address,) = made.request.changes
    known = Known()
    for tree, read, present in (
        (trees.put, trees.present, True),
        (trees.put, trees.present, True),
        (trees.remove, trees.absent, False),
    ):
        request = type(made.request)("1", "east/far", 0, (address,), tree, {"edits": []}, ())
        await driver.apply(request, known)
        assert (await driver.read({address: read}, known))[address].present is present
    assert started.held() == {}
    await driver.aclose()
    await started.aclose()


async def test_a_patch_that_is_refused_changes_nothing(server: RestconfLabServer) -> None:
    driver, (_, made) = driver_of(server), both()
    trees = FORM.shape({"edits": [bridge(), {**circuit(), "body": {"vtnmd-pe:attachment-circuit": [{"name": "web"}]}}]}, None)
    request = type(made.request)("1", "east/far", 0, made.request.changes, trees.put, {"edits": []}, ())
    with pytest.raises(Rejected) as refusal:
        await driver.apply(request, Known())
    assert refusal.value.diagnostic.code.startswith("VTN-E50")
    assert server.held() == {}
    await driver.aclose()


def test_a_resource_of_several_that_is_missing_is_a_difference() -> None:
    trees, _ = both()
    paths = [each["path"] for each in trees.present["resources"]]
    found = observe(trees.present, {paths[0]: {"vtnmd-pe:bridge-domain": [{"name": "web", "mtu": 1450}]}, paths[1]: None})
    assert found.present
    assert list(found.differences) == [paths[1]]


def test_what_the_server_fills_in_and_the_order_of_lists_do_not_count() -> None:
    body = {"m:vrf": [{"name": "a", "m:target": ["2", "1"], "path": [{"id": 2, "x": 1}, {"id": 1, "x": 2}]}]}
    document = {"path": "m:top/vrf=a", "body": body, "keys": {"vrf": ["name"], "target": [], "path": ["id"]}}
    read = FORM.shape(document, None).present
    entry = {"name": "a", "target": ["1", "2"], "path": [{"id": 1, "x": 2, "y": 0}, {"id": 2, "x": 1}], "state": "up"}
    assert observe(read, {"m:top/vrf=a": {"vrf": [entry]}}).differences == {}
    entry["path"] = [{"id": 1, "x": 2}, {"id": 3, "x": 1}]
    assert set(observe(read, {"m:top/vrf=a": {"vrf": [entry]}}).differences) == {"path[2]", "path[3]"}


def error(tag: str, status: int = 409) -> Answer:
    return Answer(
        status, {"ietf-restconf:errors": {"error": [{"error-type": "application", "error-tag": tag, "error-message": "m"}]}}
    )


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (error("in-use"), Busy, "VTN-E014"),
        (error("lock-denied"), Busy, "VTN-E014"),
        (error("resource-denied"), Busy, "VTN-E014"),
        (error("data-exists"), Rejected, "VTN-E502"),
        (error("data-missing"), Rejected, "VTN-E503"),
        (error("access-denied", 400), Rejected, "VTN-E505"),
        (error("invalid-value", 400), Rejected, "VTN-E501"),
        (Answer(404, None), Busy, "VTN-E014"),
        (Answer(400, {"unexpected": [{"errors": {"error": {"error-tag": "operation-failed"}}}]}), Rejected, "VTN-E501"),
    ],
)
def test_refusals_are_sorted(answer: Answer, kind: type[Exception], code: str) -> None:
    found = refused("far", "a path", answer)
    assert isinstance(found, kind)
    assert found.diagnostic.code == code
    assert found.diagnostic.hint


@pytest.mark.parametrize(
    ("content", "root"),
    [
        ("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='restconf' href='/rests'/></XRD>", "/rests"),
        ("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='other' href='/x'/></XRD>", None),
        ("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='restconf' href='https://evil/x'/></XRD>", None),
    ],
)
def test_only_a_path_of_the_same_server_is_taken_for_the_root(content: str, root: str | None) -> None:
    assert read_host_meta(content.encode()) == root


def test_entities_in_a_host_meta_document_are_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        read_host_meta(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>")
