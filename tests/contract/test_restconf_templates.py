"""From a designer's template to a RESTCONF server and back: made, changed, replaced, found drifted, and taken away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.contract.rig import Known
from vtnmd.assets import YANG_MODELS
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.graph import Resource, ResourceGraph
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.plan import Action, Request
from vtnmd.domain.snapshot import Applied
from vtnmd.lab.restconf_server import start_restconf_server
from vtnmd.planner.changes import Renderer, Sharing, find_changes
from vtnmd.render.catalogue import Catalogue
from vtnmd.southbound.restconf import connect
from vtnmd.yang.schema import load_schema

CATALOGUE = Catalogue([Path(__file__).parents[1] / "support" / "templates"])
SCHEMA = load_schema(("vtnmd-pe",), (YANG_MODELS,))
ADDRESS = Address("east", "far", "segment", ("web",))
PROPERTIES: dict[str, Any] = {"name": "web", "mtu": 1450, "interface": "ge-0/0/0", "vlan": 100}


def endpoint(url: str = "") -> Endpoint:
    return Endpoint(
        "east", "far", "restconf", "pe", 5, 4, {"url": url, "username": "admin", "password": "env:P", "style": "rfc8040"}
    )


def changes(wanted: dict[str, Any] | None, applied: dict[str, Any] | None) -> Any:
    """The one change that leads from what was applied to what is wanted."""
    renderer = Renderer(CATALOGUE, {"east/far": endpoint()})
    resources = {ADDRESS: Resource(ADDRESS, wanted)} if wanted else {}
    held = {}
    if applied:
        resource = Resource(ADDRESS, applied)
        held = {ADDRESS: Applied(resource, renderer.digest(resource), {}, frozenset({"s"}))}
    graph = ResourceGraph(resources)
    return find_changes("s", graph.resources, held, Sharing({}), renderer)[ADDRESS]


@pytest.mark.anyio
async def test_a_resource_of_a_template_lives_its_life() -> None:
    server = await start_restconf_server(SCHEMA, login=("admin", "p"))
    driver = connect({"name": "far", "timeout": 5, "restconf": endpoint(server.url).settings}, lambda _: "p")
    taller = {**PROPERTIES, "mtu": 1500}
    other = {**taller, "name": "shop/web 1"}
    steps = ((PROPERTIES, None, Action.CREATE), (taller, PROPERTIES, Action.UPDATE), (other, taller, Action.REPLACE))
    for wanted, applied, action in (*steps, (None, other, Action.DELETE)):
        change = changes(wanted, applied)
        assert change.action is action
        operation = change.operation
        seen = (await driver.read({ADDRESS: operation.before}, Known()))[ADDRESS]
        assert seen.present == ("absent" not in operation.before)
        assert seen.differences == {}
        request = Request("1", "east/far", 0, (ADDRESS,), operation.payload, operation.undo, ())
        await driver.apply(request, Known())
        seen = (await driver.read({ADDRESS: operation.read}, Known()))[ADDRESS]
        assert seen.present is (wanted is not None)
        if wanted is taller:
            held = server.held()["vtnmd-pe:pe"]
            circuit = replace_vlan(held["attachment-circuit"][0], 7)
            server.put_back({"vtnmd-pe:pe": {**held, "attachment-circuit": [circuit]}})
            drifted = (await driver.read({ADDRESS: operation.read}, Known()))[ADDRESS]
            assert drifted.differences == {"vtnmd-pe:pe/attachment-circuit=web/vlan": (100, 7)}
            server.put_back({"vtnmd-pe:pe": held})
    assert server.held() == {}
    await driver.aclose()
    await server.aclose()


def replace_vlan(circuit: Any, vlan: int) -> Any:
    return {**circuit, "vlan": vlan}


def shape(tree: Any) -> Any:
    """What a value may not change."""
    if isinstance(tree, dict):
        return {name: shape(value) for name, value in tree.items()}
    return [shape(value) for value in tree] if isinstance(tree, list) else type(tree).__name__


@examples(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=40), st.sampled_from(['"}], "edits": [', "a/b=c?d#e", "../..", "{{ 7 * 7 }}", "\x00", "\ud800"])))
def test_a_value_stays_a_value(value: str) -> None:
    benign = CATALOGUE.render(Resource(ADDRESS, PROPERTIES), endpoint())
    for member in ("name", "interface"):
        try:
            found = CATALOGUE.render(Resource(ADDRESS, {**PROPERTIES, member: value}), endpoint())
        except Invalid as refused:
            codes = {each.code for each in refused.diagnostics}
        else:
            codes = set()
        if codes:
            assert codes <= {"VTN-R002", "VTN-R003"}
            continue
        assert shape(found.put) == shape(benign.put)
        assert [path_of(edit).count("/") for edit in found.put["edits"]] == [1, 1]


def path_of(edit: Any) -> str:
    path: str = edit["path"]
    assert not set("?#") & set(path)
    return path


def test_endpoints_of_that_kind_name_their_family() -> None:
    assert replace(endpoint(), family="other").family == "other"
    with pytest.raises(Invalid) as refused:
        CATALOGUE.render(Resource(ADDRESS, PROPERTIES), replace(endpoint(), family="other"))
    assert refused.value.diagnostics[0].code == "VTN-R001"
