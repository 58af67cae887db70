import pytest
from lxml import etree

from vtnmd.northbound.nacm.paths import Guard, Place, resolve, texts
from vtnmd.yang.convert import from_xml, to_xml
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema

HALL = "plant:hall"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place()),
        ("/plant:hall", Place((HALL,))),
        ("/p:hall/p:title", Place((HALL, "title"))),
        ("/plant:hall/machine[name='x/y[1]']", Place((HALL, "machine"), (Guard(1, (("name", "x/y[1]"),)),))),
        ('/plant:hall/machine[ plant:name = "a" ]/kind', Place((HALL, "machine", "kind"), (Guard(1, (("name", "a"),)),))),
        ("/plant:hall/machine[name=$USER]", Place((HALL, "machine"), (Guard(1, (("name", "ann"),)),))),
        ("/plant:hall/machine/part[number='007']", Place((HALL, "machine", "part"), (Guard(2, (("number", "7"),)),))),
        ("/plant:hall/tag[.='new']", Place((HALL, "tag"), (Guard(1, ((".", "new"),)),))),
        ("/plant:hall/machine/start", Place((HALL, "machine", "start"))),
        ("/plant:counter[2]", Place(("plant:counter",), exact=False)),
        ("/plant:hall/machine[kind='x']", Place((HALL, "machine"), exact=False)),
        ("/plant:smoke", Place(("plant:smoke",))),
        ("/plant:cellar", None),
        ("/other:hall", None),
        ("/hall", None),
        ("", None),
        ("plant:hall", None),
    ],
)
def test_a_path_leads_to_a_place(plant: Schema, path: str, place: Place | None) -> None:
    assert resolve(plant, path, "ann") == place


def test_entries_are_known_by_canonical_texts(plant: Schema) -> None:
    part, tag = plant.describe("/plant:hall/machine/part"), plant.describe("/plant:hall/tag")
    assert texts(part, {"maker": "m", "number": 7, "price": 1}) == {"maker": "m", "number": "7"}
    assert texts(part, {"maker": "m"}) == {"maker": "m"}
    assert texts(part, "nonsense") == {}
    assert texts(tag, "new") == {".": "new"}


def test_a_path_in_xml_may_have_any_prefixes(plant: Schema) -> None:
    text = """<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm"><rule-list><name>l</name><rule><name>r</name>
        <path xmlns:any="urn:vtnmd:test:plant">/any:hall/any:machine[any:name='a']/any:kind</path>
        <action>deny</action></rule></rule-list></nacm>"""
    document = from_xml(plant, [etree.fromstring(text)])
    (rule,) = document["ietf-netconf-acm:nacm"]["rule-list"][0]["rule"]
    assert rule["path"] == "/plant:hall/machine[name='a']/kind"
    found = resolve(plant, rule["path"], "ann")
    assert found == Place((HALL, "machine", "kind"), (Guard(1, (("name", "a"),)),))
    (written,) = to_xml(plant, document)
    assert from_xml(plant, [written]) == document
    assert "/p:hall/p:machine[p:name='a']/p:kind" in etree.tostring(written).decode()


@pytest.mark.parametrize("path", ["hall", "/plant:hall/", "/plant:hall[", "count(/plant:hall)", "//plant:hall", ""])
def test_what_is_no_path_is_refused(plant: Schema, path: str) -> None:
    rule = {"name": "r", "path": path, "action": "deny"}
    found = validate(plant, {"ietf-netconf-acm:nacm": {"rule-list": [{"name": "l", "rule": [rule]}]}})
    assert [violation.path[-1] for violation in found] == ["path"]
