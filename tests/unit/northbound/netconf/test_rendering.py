"""XML of services is made once for as long as a service stays as it is."""

from lxml import etree

from vtnmd.datastore.tree import Tree
from vtnmd.domain.commit import SERVICES, Held
from vtnmd.northbound.netconf.rendering import Fragments, render
from vtnmd.northbound.schema import northbound_schema

SCHEMA = northbound_schema()
SHOP = {"name": "shop", "vtn": [{"name": "web", "tenant": "acme"}]}
TREE = Tree({"shop": Held(SHOP, 1)}, {"vtnmd-inventory:inventory": Held({"region": [{"name": "east"}]}, 1)}, 1)


def text(pieces: list[bytes]) -> str:
    return etree.tostring(etree.fromstring(b"<data>" + b"".join(pieces) + b"</data>"), encoding="unicode")


def test_pieces_are_the_document() -> None:
    whole = text(render(SCHEMA, TREE.document(), TREE, Fragments()))
    assert "<name>shop</name>" in whole
    assert "<name>east</name>" in whole
    assert text(render(SCHEMA, {}, TREE, Fragments())) == "<data/>"


def test_a_service_of_the_tree_is_looked_up() -> None:
    fragments = Fragments()
    render(SCHEMA, TREE.document(), TREE, fragments)
    assert fragments.get(SHOP) is not None
    fragments.put(SHOP, b"<other/>")
    assert "<other/>" not in text(render(SCHEMA, TREE.document(), TREE, fragments))


def test_what_is_not_the_service_itself_is_not_kept() -> None:
    fragments = Fragments()
    part = {"name": "shop"}
    assert "acme" not in text(render(SCHEMA, {SERVICES: {"service": [part]}}, TREE, fragments))
    assert fragments.get(part) is None


def test_there_is_only_so_much_room() -> None:
    fragments = Fragments(room=80)
    values = [{"name": str(number)} for number in range(20)]
    for value in values:
        fragments.put(value, b"x" * 10)
    assert [fragments.get(value) is not None for value in values] == [False] * 12 + [True] * 8
    fragments.put(values[0], b"x" * 11)
    assert fragments.get(values[0]) is None
