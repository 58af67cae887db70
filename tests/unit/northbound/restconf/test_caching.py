"""Bodies are served again only where they are still true, and only to whom they were made for."""

from collections.abc import Iterator

import pytest

from tests.support.restconf import EVERYTHING, Bounds, Client, orchard
from vtnmd.northbound.restconf.caching import Cache

FARM = "/data/orchard:farm"
AUTHORITIES = {"ann": EVERYTHING, "bob": Bounds(), "eve": Bounds(hidden=frozenset({"orchard:farm"}))}


@pytest.fixture
def client() -> Iterator[Client]:
    with orchard(AUTHORITIES, with_state=False) as found:
        found.ask("PUT", FARM, {"orchard:farm": {"owner": "ann"}})
        yield found


def made(client: Client) -> int:
    return len(client.context.cache._entries)


def test_a_body_is_kept_until_its_part_changes(client: Client) -> None:
    first = client.ask("GET", FARM)
    assert made(client) == 1
    client.ask("PUT", "/data/orchard:tasks", {"orchard:tasks": {"task": [{"id": "a"}]}})
    again = client.ask("GET", FARM)
    assert (again.body, again.headers) == (first.body, first.headers)
    client.ask("PUT", f"{FARM}/owner", {"orchard:owner": "bob"})
    assert client.ask("GET", FARM).json == {"orchard:farm": {"owner": "bob"}}


def test_nobody_is_served_what_was_made_for_another(client: Client) -> None:
    assert client.ask("GET", FARM, user="ann").status == 200
    assert client.ask("GET", FARM, user="eve").status == 404
    assert client.ask("GET", FARM, user="bob").status == 200
    assert client.ask("GET", FARM, user="eve").status == 404
    assert client.ask("GET", FARM, user="ann").status == 200


def test_encodings_and_queries_are_kept_apart(client: Client) -> None:
    assert client.ask("GET", FARM).json == {"orchard:farm": {"owner": "ann"}}
    assert client.ask("GET", FARM, accept="application/yang-data+xml").xml.tag == "{urn:vtnmd:test:orchard}farm"
    assert client.ask("GET", f"{FARM}?depth=1").json == {"orchard:farm": {}}
    assert client.ask("GET", FARM).json == {"orchard:farm": {"owner": "ann"}}


def test_the_longest_unused_goes_first() -> None:
    with orchard(with_state=False, cache=Cache(octets=3000)) as client:
        client.ask("PUT", FARM, {"orchard:farm": {"owner": "ann", "tank": 3, "gate": ["a"]}})
        for leaf in ("owner", "tank", "owner", "gate"):
            client.ask("GET", f"{FARM}/{leaf}")
        assert [key[0].rpartition("/")[2] for key in client.context.cache._entries] == ["owner", "gate"]


def test_what_has_state_is_not_kept() -> None:
    with orchard() as client:
        client.ask("PUT", "/data/orchard:rows/row=a", {"orchard:row": [{"name": "a"}]})
        client.ask("GET", "/data/orchard:rows/row=a")
        client.ask("GET", "/data/orchard:farm?with-defaults=report-all")
        assert made(client) == 0
