import copy

import pytest

from tests.unit.yang.conftest import MODELS
from tests.unit.yang.test_convert import NAMESPACES
from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import parse_xml
from vtnmd.yang.edit import EditError, Operation, edit
from vtnmd.yang.schema import load_schema

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))
ATTRIBUTES = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:yang="urn:ietf:params:xml:ns:yang:1"'


def changed(document: Json, *texts: str, default: Operation = Operation.MERGE) -> Json:
    """The document after the edit; `{top ATTRS}` spelled as the first word of each text."""
    before = copy.deepcopy(document)
    elements = [parse_xml(text.replace(" ..", f" {NAMESPACES} {ATTRIBUTES}", 1).encode()) for text in texts]
    try:
        return edit(HARBOUR, document, elements, default_operation=default)
    finally:
        assert document == before


def refused(document: Json, *texts: str, default: Operation = Operation.MERGE) -> list[tuple[str, str, str]]:
    with pytest.raises(EditError) as caught:
        changed(document, *texts, default=default)
    return [(problem.error_tag, str(problem.path), problem.app_tag) for problem in caught.value.problems]


RULES: Json = {"harbour:rules": {"rule": [{"id": "a"}, {"id": "b", "action": "let"}, {"id": "c"}], "strict": [None]}}
OFFICE: Json = {"harbour:office": {"title": "Main", "depth": 12, "order": [1, 2, 3], "alias": ["x"], "lamp": {"colour": "red"}}}


def ids(document: Json) -> str:
    return "".join(rule["id"] for rule in document["harbour:rules"].get("rule", []))


def test_merge_keeps_what_it_does_not_name() -> None:
    after = changed(OFFICE, "<office ..><depth>35</depth><night>true</night><alias>y</alias><alias>x</alias></office>")
    assert after["harbour:office"] == {**OFFICE["harbour:office"], "depth": 35, "night": True, "alias": ["x", "y"]}


def test_merge_reaches_into_entries_and_makes_new_ones() -> None:
    after = changed(RULES, "<rules ..><rule><id>b</id><action>stop</action></rule><rule><id>d</id></rule></rules>")
    assert after["harbour:rules"]["rule"] == [{"id": "a"}, {"id": "b", "action": "stop"}, {"id": "c"}, {"id": "d"}]


def test_untouched_parts_are_shared_with_the_old_document() -> None:
    document = {**OFFICE, **RULES}
    after = changed(document, "<rules ..><rule><id>b</id><action>stop</action></rule></rules>")
    assert after["harbour:office"] is document["harbour:office"]
    assert after["harbour:rules"]["rule"][0] is document["harbour:rules"]["rule"][0]


def test_replace_of_a_container_or_entry_leaves_only_what_is_named() -> None:
    after = changed(OFFICE, '<office .. nc:operation="replace"><title>New</title></office>')
    assert after == {"harbour:office": {"title": "New"}}
    after = changed(RULES, '<rules ..><rule nc:operation="replace"><id>b</id></rule></rules>')
    assert after["harbour:rules"]["rule"][1] == {"id": "b"}


def test_replace_of_nothing_creates() -> None:
    assert changed({}, '<office .. nc:operation="replace"><title>New</title></office>') == {"harbour:office": {"title": "New"}}


def test_operations_are_inherited_and_overridden_below() -> None:
    after = changed(
        OFFICE,
        '<office .. nc:operation="merge"><depth nc:operation="delete"/>'
        '<lamp><colour nc:operation="merge">green</colour></lamp></office>',
    )
    assert after["harbour:office"] == {"title": "Main", "order": [1, 2, 3], "alias": ["x"], "lamp": {"colour": "green"}}


def test_default_operation_none_changes_only_what_an_operation_names() -> None:
    after = changed(OFFICE, '<office ..><title>x</title><depth nc:operation="replace">35</depth></office>', default=Operation.NONE)
    assert (after["harbour:office"]["title"], after["harbour:office"]["depth"]) == ("Main", 35)


def test_default_operation_none_needs_what_it_goes_through() -> None:
    text = '<rules ..><rule><id>z</id><action nc:operation="create">let</action></rule></rules>'
    assert refused(RULES, text, default=Operation.NONE) == [("data-missing", "/h:rules/h:rule[h:id='z']", "")]


def test_default_operation_none_goes_through_implied_containers() -> None:
    after = changed({}, '<sums ..><low nc:operation="create">1</low></sums>', default=Operation.NONE)
    assert after == {"harbour:sums": {"low": 1}}


def test_default_operation_replace_replaces_everything() -> None:
    assert changed({**OFFICE, **RULES}, "<sums ..><low>1</low></sums>", default=Operation.REPLACE) == {"harbour:sums": {"low": 1}}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('<office ..><title nc:operation="create">x</title></office>', "/h:office/h:title"),
        ('<office .. nc:operation="create"><title>x</title></office>', "/h:office"),
        ('<office ..><lamp nc:operation="create"><colour>red</colour></lamp></office>', "/h:office/h:lamp"),
        ('<office ..><alias nc:operation="create">x</alias></office>', "/h:office/h:alias[.='x']"),
        ('<rules ..><rule nc:operation="create"><id>a</id></rule></rules>', "/h:rules/h:rule[h:id='a']"),
    ],
)
def test_create_of_what_exists(text: str, path: str) -> None:
    assert refused({**OFFICE, **RULES}, text) == [("data-exists", path, "")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('<office ..><night nc:operation="delete"/></office>', "/h:office/h:night"),
        ('<sums .. nc:operation="delete"/>', "/h:sums"),
        ('<office ..><alias nc:operation="delete">z</alias></office>', "/h:office/h:alias[.='z']"),
        ('<rules ..><rule nc:operation="delete"><id>z</id></rule></rules>', "/h:rules/h:rule[h:id='z']"),
        (
            '<dock ..><ship nc:operation="delete"><flag>f</flag><name>n</name></ship></dock>',
            "/h:dock/h:ship[h:name='n'][h:flag='f']",
        ),
    ],
)
def test_delete_of_what_does_not_exist(text: str, path: str) -> None:
    assert refused({**OFFICE, **RULES}, text) == [("data-missing", path, "")]
    assert changed({**OFFICE, **RULES}, text.replace("delete", "remove")) == {**OFFICE, **RULES}


def test_delete_takes_away_and_leaves_no_empty_shells() -> None:
    assert changed({"harbour:sums": {"low": 1}}, '<sums ..><low nc:operation="delete"/></sums>') == {}
    assert changed(OFFICE, '<office ..><alias nc:operation="delete">x</alias></office>')["harbour:office"].get("alias") is None
    assert ids(changed(RULES, '<rules ..><rule nc:operation="delete"><id>b</id></rule></rules>')) == "ac"
    assert changed(OFFICE, '<office .. nc:operation="remove"/>') == {}


def test_a_presence_container_may_be_empty() -> None:
    assert changed(OFFICE, '<office ..><lamp><colour nc:operation="remove"/></lamp></office>')["harbour:office"]["lamp"] == {}


@pytest.mark.parametrize(
    ("attributes", "order"),
    [
        ("", "abcd"),
        ('yang:insert="first"', "dabc"),
        ('yang:insert="last"', "abcd"),
        ("""yang:insert="before" yang:key="[h:id='b']\"""", "adbc"),
        ("""yang:insert="after" yang:key="[h:id='a']\"""", "adbc"),
    ],
)
def test_entries_go_where_insert_says(attributes: str, order: str) -> None:
    assert ids(changed(RULES, f"<rules ..><rule {attributes}><id>d</id></rule></rules>")) == order


def test_insert_moves_what_exists() -> None:
    assert ids(changed(RULES, '<rules ..><rule yang:insert="first"><id>c</id></rule></rules>')) == "cab"
    after = changed(OFFICE, '<office ..><order yang:insert="before" yang:value="2">3</order></office>')
    assert after["harbour:office"]["order"] == [1, 3, 2]


def test_merge_without_insert_moves_nothing() -> None:
    assert ids(changed(RULES, "<rules ..><rule><id>a</id><action>let</action></rule></rules>")) == "abc"


@pytest.mark.parametrize(
    ("attributes", "app_tag"),
    [
        ("""yang:insert="before" yang:key="[h:id='z']\"""", "missing-instance"),
        ('yang:insert="before"', ""),
        ('yang:insert="between"', ""),
        ("""yang:insert="after" yang:key="[h:no='1']\"""", ""),
    ],
)
def test_a_wrong_insert_is_a_bad_attribute(attributes: str, app_tag: str) -> None:
    problems = refused(RULES, f"<rules ..><rule {attributes}><id>d</id></rule></rules>")
    assert problems == [("bad-attribute", "/h:rules/h:rule[h:id='d']", app_tag)]


def test_insert_is_for_lists_that_users_order() -> None:
    text = '<dock ..><berth yang:insert="first"><name>a</name><depth>5</depth></berth></dock>'
    assert refused({}, text) == [("bad-attribute", "/h:dock/h:berth[h:name='a']", "")]


def test_a_new_case_removes_the_others() -> None:
    wired = changed({}, "<office ..><number>5</number></office>")
    radio = changed(wired, "<office ..><channel>7</channel><call-sign>x</call-sign></office>")
    assert radio["harbour:office"] == {"channel": 7, "call-sign": "x"}
    assert changed(radio, "<office ..><pigeon/></office>")["harbour:office"] == {"pigeon": {}}


def test_removing_a_node_of_a_case_leaves_the_other_cases_alone() -> None:
    wired = changed({}, "<office ..><number>5</number></office>")
    assert changed(wired, '<office ..><channel nc:operation="remove"/></office>') == wired


def test_one_edit_fills_one_case() -> None:
    assert refused({}, "<office ..><number>5</number><channel>7</channel></office>") == [("bad-element", "/h:office/h:channel", "")]


def test_every_problem_of_an_edit_is_told() -> None:
    problems = refused(
        OFFICE,
        '<office ..><depth>25</depth><nix/><title nc:operation="drop"/><night>TRUE</night></office>',
        "<rules ..><rule><action>let</action></rule></rules>",
        "<watch ..><uptime>3</uptime></watch>",
        '<sums xmlns="urn:nobody"/>',
    )
    assert problems == [
        ("invalid-value", "/h:office/h:depth", "depth"),
        ("unknown-element", "/h:office", ""),
        ("bad-attribute", "/h:office/h:title", ""),
        ("invalid-value", "/h:office/h:night", ""),
        ("missing-element", "/h:rules/h:rule", ""),
        ("unknown-element", "/h:watch", ""),
        ("unknown-namespace", "", ""),
    ]


def test_a_problem_names_the_bad_element_attribute_or_namespace() -> None:
    with pytest.raises(EditError) as caught:
        changed(
            {},
            '<office ..><title nc:operation="drop"/></office>',
            '<sums xmlns="urn:nobody"/>',
            "<dock ..><ship><name>n</name></ship></dock>",
        )
    told = [(problem.bad_element, problem.bad_attribute, problem.bad_namespace) for problem in caught.value.problems]
    assert told == [("title", "operation", ""), ("sums", "", "urn:nobody"), ("flag", "", "")]


def test_error_paths_declare_their_prefixes() -> None:
    with pytest.raises(EditError) as caught:
        changed({}, '<dock ..><berth><name>a</name><t:tide nc:operation="delete"/></berth></dock>')
    (problem,) = caught.value.problems
    assert str(problem.path) == "/h:dock/h:berth[h:name='a']/t:tide"
    assert problem.path.namespaces == {"h": "urn:example:harbour", "t": "urn:example:harbour-tide"}


def test_anydata_is_taken_whole() -> None:
    first = changed({}, "<office ..><note><x>1</x></note></office>")
    assert changed(first, "<office ..><note><y/></note></office>") == {"harbour:office": {"note": {"y": {}}}}


def test_many_entries_in_one_edit() -> None:
    entries = "".join(f"<rule><id>{number}</id></rule>" for number in range(2000))
    assert len(changed(RULES, f"<rules ..>{entries}</rules>")["harbour:rules"]["rule"]) == 2003
