from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.support.documents import documents
from tests.unit.yang.conftest import MODELS
from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import parse_xml
from vtnmd.yang.convert import XmlError, from_xml, to_xml
from vtnmd.yang.schema import Schema, load_schema

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))
NAMESPACES = 'xmlns="urn:example:harbour" xmlns:h="urn:example:harbour" xmlns:t="urn:example:harbour-tide"'


def written(document: Json) -> str:
    return "".join(etree.tostring(element, encoding="unicode") for element in to_xml(HARBOUR, document))


def read(*texts: str) -> Json:
    return from_xml(HARBOUR, [parse_xml(text.encode()) for text in texts])


def normal(value: Any, schema_order: Iterable[str] = ()) -> Any:
    """Without the order of members, which XML and JSON readers need not keep."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in sorted(value.items())}
    return [normal(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=80, deadline=None)
@given(documents(HARBOUR.root))
def test_what_is_written_as_xml_reads_back_as_it_was(document: Json) -> None:
    texts = [etree.tostring(element) for element in to_xml(HARBOUR, document)]
    assert normal(from_xml(HARBOUR, [parse_xml(text) for text in texts])) == normal(document)


@settings(max_examples=30, deadline=None)
@given(documents(HARBOUR.describe("/harbour:sound").operations["input"]))
def test_the_input_of_an_operation_converts_like_data(document: Json) -> None:
    node = HARBOUR.describe("/harbour:sound").operations["input"]
    elements = to_xml(HARBOUR, document, node=node)
    assert all(etree.QName(element).namespace == "urn:example:harbour" for element in elements)
    assert from_xml(HARBOUR, elements, node=node) == document


def test_keys_come_first_whatever_the_order_in_json() -> None:
    text = written({"harbour:dock": {"ship": [{"berth": "a", "flag": "f", "name": "n"}]}})
    assert text.index("<name>") < text.index("<flag>") < text.index("<berth>")


def test_each_change_of_module_declares_its_namespace() -> None:
    document = {"harbour:dock": {"berth": [{"name": "a", "depth": 5, "harbour-tide:gauge": {"reading": -3}}]}}
    assert '<gauge xmlns="urn:example:harbour-tide"><reading>-3</reading></gauge>' in written(document)


def test_white_space_sets_off_what_follows_content_of_any_kind() -> None:
    """OpenDaylight (yangtools 14) passes over the element that comes right after such content."""
    text = written({"harbour:office": {"note": {"deep": {"er": 1}}, "title": "t"}})
    assert "</deep></note>\n<title>" in text


def test_identities_are_written_with_a_declared_prefix() -> None:
    document = {"harbour:dock": {"berth": [{"name": "a", "depth": 5, "kind": "harbour-tide:barge"}]}}
    assert '<kind xmlns:t="urn:example:harbour-tide">t:barge</kind>' in written(document)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("<kind>ferry</kind>", "harbour:ferry"),
        ("<kind>h:ferry</kind>", "harbour:ferry"),
        ("<kind>t:barge</kind>", "harbour-tide:barge"),
        ('<kind xmlns:other="urn:example:harbour-tide">other:barge</kind>', "harbour-tide:barge"),
        ('<h:kind xmlns="urn:example:harbour-tide">barge</h:kind>', "harbour-tide:barge"),
        ("<kind> ferry\n</kind>", "harbour:ferry"),
    ],
)
def test_identities_are_read_by_namespace(content: str, value: str) -> None:
    document = read(f"<dock {NAMESPACES}><berth><name>a</name>{content}</berth></dock>")
    assert document["harbour:dock"]["berth"][0]["kind"] == value


@pytest.mark.parametrize(
    ("content", "member", "value"),
    [
        ("<depth> 12 </depth>", "depth", 12),
        ("<depth>0x0c</depth>", "depth", 12),
        ("<depth>deep</depth>", "depth", "deep"),
        ("<tonnage>007</tonnage>", "tonnage", "7"),
        ("<fee>012.50</fee>", "fee", "12.5"),
        ("<fee>-0.00</fee>", "fee", "0.0"),
        ("<night>true</night>", "night", True),
        ("<night>TRUE</night>", "night", "TRUE"),
        ("<flagged/>", "flagged", [None]),
        ("<rights>stay enter</rights>", "rights", "enter stay"),
        ("<limit>7</limit>", "limit", 7),
        ("<limit>none</limit>", "limit", "none"),
        ("<limit>h:ferry</limit>", "limit", "harbour:ferry"),
        ("<title>  two  </title>", "title", "  two  "),
        ("<title/>", "title", ""),
        ("<title><![CDATA[<a>]]></title>", "title", "<a>"),
        ("<order>3</order><order>1</order>", "order", [3, 1]),
        ('<note><x xmlns="urn:none"><y>1</y></x></note>', "note", {"{urn:none}x": {"y": "1"}}),
        ("<note><x/><x>2</x></note>", "note", {"x": [{}, "2"]}),
    ],
)
def test_values_are_read_as_their_type_has_them(content: str, member: str, value: Json) -> None:
    assert read(f"<office {NAMESPACES}>{content}</office>") == {"harbour:office": {member: value}}


def test_instance_identifiers_change_prefixes_for_module_names() -> None:
    text = "/h:dock/h:berth[h:name='a']/t:gauge/t:reading"
    ship = f"<ship><name>n</name><flag>f</flag><pointer>{text}</pointer></ship>"
    document = read(f"<dock {NAMESPACES}>{ship}</dock>")
    assert document["harbour:dock"]["ship"][0]["pointer"] == "/harbour:dock/berth[name='a']/harbour-tide:gauge/reading"
    assert f">{text}</pointer>" in written(document)


def test_entries_of_a_list_may_stand_apart() -> None:
    document = read(f"<rules {NAMESPACES}><rule><id>1</id></rule><strict/><rule><id>2</id></rule></rules>")
    assert document["harbour:rules"]["rule"] == [{"id": "1"}, {"id": "2"}]


def test_comments_and_processing_instructions_are_no_data() -> None:
    assert read(f"<sums {NAMESPACES}><!-- x --><?y?><low>1</low></sums>") == {"harbour:sums": {"low": 1}}


def test_every_problem_of_an_xml_text_is_found() -> None:
    with pytest.raises(XmlError) as caught:
        read(
            f"<sums {NAMESPACES}><low>1</low><low>2</low><lwo/>text</sums>",
            '<sums xmlns="urn:nobody"/>',
            f"<office {NAMESPACES}><depth><x/></depth></office>",
        )
    assert [(problem.error_tag, problem.path, problem.element) for problem in caught.value.problems] == [
        ("bad-element", ("harbour:sums",), "sums"),
        ("bad-element", ("harbour:sums", "low"), "low"),
        ("unknown-element", ("harbour:sums", "lwo"), "lwo"),
        ("unknown-namespace", ("sums",), "sums"),
        ("bad-element", ("harbour:office", "depth"), "depth"),
    ]


def test_a_document_of_another_schema_object_is_not_mixed_up(services: Schema) -> None:
    with pytest.raises(XmlError):
        from_xml(services, to_xml(HARBOUR, {"harbour:sums": {"low": 1}}))
