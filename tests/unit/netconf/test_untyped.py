"""Configuration without a YANG module: what tells entries apart, and edit-config on it."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.netconf.untyped import edit, keys_of
from vtnmd.netconf.xmltree import BASE, to_tree


def trees(text: str) -> list[Json]:
    root = etree.fromstring(f'<r xmlns="urn:a" xmlns:nc="{BASE}">{text}</r>')
    return [to_tree(child) for child in root]


def edited(held: str, *configs: str) -> list[Json]:
    found = trees(held)
    for config in configs:
        found = edit(found, trees(config))
    return found


ENTRY = "<l><i><name>a</name><config><name>a</name><mtu>1</mtu></config><s><t><k>1</k><config><k>1</k></config></t></s></i></l>"


def test_the_first_leaf_is_the_key_at_the_top_and_leaves_beside_containers_are_inside() -> None:
    (top,) = trees("<i><name>a</name><mtu>1</mtu></i>")
    assert keys_of(top, in_entry=False) == ("{urn:a}name",)
    assert keys_of(top, in_entry=True) == ()
    (inner,) = trees("<p><identifier>s</identifier><name>v</name><routes><x>1</x></routes></p>")
    assert keys_of(inner, in_entry=True) == ("{urn:a}identifier", "{urn:a}name")


def test_what_is_merged_leaves_its_neighbours_alone() -> None:
    found = edited(ENTRY, "<l><i><name>a</name><config><mtu>2</mtu></config></i><i><name>b</name><x>1</x></i></l>")
    assert found == trees(ENTRY.replace("<mtu>1", "<mtu>2").replace("</i></l>", "</i><i><name>b</name><x>1</x></i></l>"))


def test_an_inner_entry_is_removed_alone() -> None:
    remove = (
        '<l><i><name>a</name><s><t nc:operation="remove"><k>1</k><config><k>1</k></config></t>'
        "<t><k>2</k><config><k>2</k></config></t></s></i></l>"
    )
    assert edited(ENTRY, remove) == trees(ENTRY.replace(">1</k>", ">2</k>"))


def test_a_marked_part_is_replaced_as_a_whole() -> None:
    found = edited(ENTRY, '<l><i><name>a</name><config nc:operation="replace"><name>a</name></config></i></l>')
    assert found == trees(ENTRY.replace("<mtu>1</mtu>", ""))


def test_a_leaf_is_overwritten_and_values_of_a_leaf_list_are_added() -> None:
    held = "<l><i><name>a</name><config><x>1</x></config></i></l>"
    assert edited(held, "<l><i><name>a</name><config><x>2</x></config></i></l>") == trees(held.replace("<x>1", "<x>2"))
    both = "<l><i><name>a</name><config><x>2</x><x>3</x></config></i></l>"
    assert edited(held, both) == trees(held.replace("<x>1</x>", "<x>1</x><x>2</x><x>3</x>"))


NAMES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6)


@given(NAMES, NAMES)
def test_removing_what_was_made_leaves_the_rest(made: list[str], kept: list[str]) -> None:
    def entries(names: list[str], operation: str = "replace") -> str:
        return "".join(f'<i nc:operation="{operation}"><name>{name}</name><mtu>1</mtu></i>' for name in names)

    found = edited("<l/>", f"<l>{entries(kept)}</l>", f"<l>{entries(made)}</l>", f"<l>{entries(made, 'remove')}</l>")
    names = {child["children"][0]["children"][0] for child in found[0].get("children", [])}
    assert names == set(kept) - set(made)
