"""No value, however hostile, changes the shape of a payload: it arrives as the value it is, or rendering is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.services import compiled, guarded, inventory, shop
from vtnmd.assets import TEMPLATES
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.graph import Resource
from vtnmd.domain.tree import Ref, Secret, Tree
from vtnmd.render.catalogue import Catalogue

STOCK = inventory()
CATALOGUE = Catalogue([TEMPLATES])
ENDPOINTS = {endpoint.id: endpoint for endpoint in STOCK.endpoints()}
SAMPLES = {
    f"{address.kind}{'-that-redirects' if resource.properties.get('action') == 'redirect' else ''}": resource
    for service in (shop(), guarded())
    for address, resource in compiled(service, STOCK).graph.resources.items()
    if address.region == "east" or address.kind == "global-path-map"
}
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            '"}, "remove": [',
            "</name><evil/><name>",
            "]]>]]>",
            "{{ 7 * 7 }}",
            "{% raw %}",
            "x: !!python/object:os.system",
            "&a [*a, *a]",
            "a: b\n- c",
            "- {get_file: /etc/passwd}",
            "null",
            "1e3",
            "~",
            "hole-0.",
            "\x00",
            "\ud800",
            "\u2028",
            "'\"`<>&",
        ]
    ),
)


def shape(tree: Tree) -> Any:
    """The tree with every leaf replaced by its type: what a value may not change."""
    match tree:
        case Ref() | Secret():
            return "hole"
        case dict() if "tag" in tree:
            inner = [shape(child) for child in tree.get("children", [])] or ["str"]
            return {"tag": tree["tag"], "attributes": tree.get("attributes", {}), "children": inner}
        case dict():
            return {key: shape(value) for key, value in tree.items()}
        case list():
            return [shape(value) for value in tree]
        case _:
            return type(tree).__name__


def strings(tree: Tree, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of every string in the properties."""
    match tree:
        case str():
            yield path
        case dict():
            for key, value in tree.items():
                yield from strings(value, (*path, key))
        case list():
            for index, value in enumerate(tree):
                yield from strings(value, (*path, index))


def replaced(tree: Tree, path: tuple[str | int, ...], value: str) -> Tree:
    if not path:
        return value
    if isinstance(tree, list):
        return [replaced(item, path[1:], value) if index == path[0] else item for index, item in enumerate(tree)]
    return {key: replaced(item, path[1:], value) if key == path[0] else item for key, item in tree.items()}


def chooses(path: tuple[str | int, ...]) -> bool:
    """What a filter does and which fields it writes; YANG limits them to what the template knows."""
    return path[-1] in ("action", "field")


def names_a_key(kind: str, path: tuple[str | int, ...]) -> bool:
    """Names of segments, servers, ports and volumes are names of Heat resources too; YANG limits them to a safe alphabet."""
    return kind in ("network", "workload") and path[-1] == "name" and len(path) > 1


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@settings(max_examples=60, deadline=None)
@given(value=HOSTILE, which=st.integers(min_value=0))
@example(value='"', which=0)
def test_a_value_stays_a_value(kind: str, value: str, which: int) -> None:
    sample = SAMPLES[kind]
    endpoint = ENDPOINTS[sample.address.endpoint_id]
    paths = [path for path in strings(sample.properties) if not names_a_key(kind, path) and not chooses(path)]
    if not paths:
        return
    path = paths[which % len(paths)]
    hostile = Resource(sample.address, replaced(sample.properties, path, value), sample.needs)
    codes: set[str] = set()
    benign = CATALOGUE.render(Resource(sample.address, replaced(sample.properties, path, "benign"), sample.needs), endpoint)
    try:
        found = CATALOGUE.render(hostile, endpoint)
    except Invalid as refused:
        found, codes = None, {diagnostic.code for diagnostic in refused.diagnostics}
    if found is None:
        assert codes <= {"VTN-R002", "VTN-R003"}
    else:
        for part in ("put", "remove", "present", "absent"):
            assert shape(getattr(found, part)) == shape(getattr(benign, part))


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@settings(max_examples=20, deadline=None)
@given(key=HOSTILE)
def test_names_of_heat_resources_keep_their_number(kind: str, key: str) -> None:
    sample = SAMPLES[kind]
    for path in (path for path in strings(sample.properties) if names_a_key(kind, path)):
        hostile = Resource(sample.address, replaced(sample.properties, path, key), sample.needs)
        try:
            found = CATALOGUE.render(hostile, ENDPOINTS[sample.address.endpoint_id])
        except Invalid:
            continue
        benign = CATALOGUE.render(sample, ENDPOINTS[sample.address.endpoint_id])
        resources, expected = (trees.put["put"]["template"]["resources"] for trees in (found, benign))
        assert sorted(entry["type"] for entry in resources.values()) == sorted(entry["type"] for entry in expected.values())


def test_a_hole_comes_back_as_a_hole_and_never_by_a_value() -> None:
    sample = SAMPLES["workload"]
    trees = CATALOGUE.render(sample, ENDPOINTS[sample.address.endpoint_id])
    ports = [entry for entry in trees.put["put"]["template"]["resources"].values() if entry["type"] == "OS::Neutron::Port"]
    assert all(isinstance(port["properties"]["network"], Ref) for port in ports)
    assert trees.put["put"]["name"] == "acme_shop-web-servers-workload"
    network = Address("east", "heat", "network", ("acme_shop",))
    assert {port["properties"]["network"] for port in ports} == {Ref(network, "network-web")}
