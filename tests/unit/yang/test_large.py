"""What is large costs what it holds. Each of these would take minutes or hours if it cost the square of it, or more."""

import itertools
from typing import Any

import pytest
from lxml import etree

from tests.conformance.test_netconf import DEPOT, MODULE
from vtnmd.domain.tree import Json
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.amend import amend
from vtnmd.yang.api_path import parse_path
from vtnmd.yang.conditions import settle
from vtnmd.yang.convert import MOST_PROBLEMS, XmlError, from_xml
from vtnmd.yang.edit import EditError, edit
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.incoming import read_members
from vtnmd.yang.instance import validate
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.select import criteria_of, select
from vtnmd.yang.xpath_filter import MODEST_WORK, Selection, XPathProblem

SCHEMA = northbound_schema(MODULE)
PREFIXES: dict[str | None, str] = {"d": DEPOT}
YANG = 'xmlns:y="urn:ietf:params:xml:ns:yang:1"'
MANY = 50_000
JOBS = {"depot:queue": {"job": [{"id": str(number)} for number in range(MANY)]}}
TRUCKS = {"depot:yard": {"truck": [{"country": str(number), "plate": "p"} for number in range(5000)]}}


def elements(content: str) -> list[Any]:
    return list(etree.fromstring(f'<config xmlns="{DEPOT}" {YANG}>{content}</config>', etree.XMLParser(huge_tree=True)))


def jobs(numbers: range, attributes: str = "") -> list[Any]:
    return elements(f"<queue>{''.join(f'<job{attributes}><id>{number}</id></job>' for number in numbers)}</queue>")


def test_entries_are_merged_into_a_list_of_many() -> None:
    assert edit(SCHEMA, JOBS, jobs(range(0, 2 * MANY, 2)))["depot:queue"]["job"][MANY:] == [
        {"id": str(number)} for number in range(MANY, 2 * MANY, 2)
    ]


def test_entries_are_moved_in_a_list_of_many() -> None:
    moved = edit(SCHEMA, JOBS, jobs(range(MANY), ' y:insert="first"'))
    assert moved["depot:queue"]["job"] == JOBS["depot:queue"]["job"][::-1]


def test_entries_are_put_where_they_are_wanted() -> None:
    content = "".join(f"<job y:insert=\"{where}\" y:key=\"[id='{anchor}']\"><id>{number}</id></job>" for number, where, anchor in [
        (7, "before", 2), (8, "after", 2), (1, "after", 3), (9, "before", 0), (2, "before", 9)
    ])  # fmt: skip
    few = {"depot:queue": {"job": [{"id": str(number)} for number in range(4)]}}
    content += '<job y:insert="last"><id>0</id></job><job><id>5</id></job>'
    found = edit(SCHEMA, few, elements(f"<queue>{content}</queue>"))["depot:queue"]["job"]
    assert "".join(each["id"] for each in found) == "29783105"


def test_a_key_of_brackets_is_no_key() -> None:
    with pytest.raises(EditError, match="names no id"):
        edit(SCHEMA, JOBS, jobs(range(1), f' y:insert="before" y:key="{"[" * 200_000}"'))


def test_repeated_content_of_anydata_is_an_array() -> None:
    held = edit(SCHEMA, {}, elements(f"<office><notes>{'<a>1</a>' * 300_000}</notes></office>"))
    assert held["depot:office"]["notes"]["a"] == ["1"] * 300_000


def test_conditions_of_many_entries_turn_false_at_once() -> None:
    bays = [{"number": number, "size": "depot:large", "crane": 1} for number in range(20_000)]
    before = {"depot:yard": {"bay": bays}}
    after = {"depot:yard": {"bay": [{**bay, "size": "depot:small"} for bay in reversed(bays)]}}
    settled = settle(SCHEMA, before, after)
    assert settled["depot:yard"]["bay"] == [{"number": bay["number"], "size": "depot:small"} for bay in reversed(bays)]


def test_resources_are_amended_among_many() -> None:
    (step, *_) = (steps := parse_path(SCHEMA, "depot:queue/job=7"))
    assert step.node.name == "queue"
    found = amend(SCHEMA.root, JOBS, steps, lambda held: {**held, "task": "unload"})
    assert found["depot:queue"]["job"][7] == {"id": "7", "task": "unload"}
    assert found["depot:queue"]["job"][8] is JOBS["depot:queue"]["job"][8]


def test_problems_are_told_up_to_a_number() -> None:
    with pytest.raises(EditError) as edited:
        edit(SCHEMA, {}, elements(f"<office>{'<none/>' * 1000}</office>"))
    with pytest.raises(XmlError) as read:
        from_xml(SCHEMA, elements(f"<office>{'<none/>' * 1000}</office>"))
    with pytest.raises(EditError) as members:
        read_members(SCHEMA, {"depot:office": {f"none{number}": 1 for number in range(1000)}}, SCHEMA.root, Identifier())
    assert [len(each.value.problems) for each in (edited, read, members)] == [MOST_PROBLEMS] * 3


def test_long_keys_are_not_spelled_for_each_value() -> None:
    names = "".join(f"<works-at>{number % 200}</works-at>" for number in range(20_000))
    key = "k" * 5_000_000
    found = edit(SCHEMA, {}, elements(f"<yard><gang><name>{key}</name>{names}</gang></yard>"))
    assert len(found["depot:yard"]["gang"][0]["works-at"]) == 200


def test_references_to_nothing_are_told_among_many() -> None:
    names = [{"name": str(number), "works-at": [250, 251]} for number in range(3000)]
    document: Json = {"depot:yard": {"gang": names, "bay": [{"number": number} for number in range(200)]}}
    violations = validate(SCHEMA, document)
    assert len(violations) == 6000
    assert sum(bool(each.hint) for each in violations) <= 20


def test_criteria_are_looked_up_by_key() -> None:
    content = "".join(f"<truck><country>{number}</country><seat/></truck>" for number in range(0, 10_000, 2))
    criteria = criteria_of(SCHEMA, elements(f"<yard>{content}</yard>"))
    chosen = {"depot:yard": {"truck": TRUCKS["depot:yard"]["truck"][::2]}}
    assert select(TRUCKS, criteria, MODEST_WORK) == chosen
    whole = criteria_of(SCHEMA, elements(f"<yard>{content.replace('<seat/>', '')}</yard>"))
    assert select(TRUCKS, whole, MODEST_WORK) == chosen


def test_criteria_that_look_at_each_entry_are_given_up() -> None:
    criteria = criteria_of(SCHEMA, elements(f"<yard>{'<truck><seat>1</seat></truck>' * 5000}</yard>"))
    with pytest.raises(Exhausted):
        select(TRUCKS, criteria, MODEST_WORK)


@pytest.mark.parametrize(
    "text",
    [
        "//d:truck[count(//d:truck) > 0]",
        "//*[//*[//*]]",
        "//*/..//*/..//*",
        "//d:truck[d:country < //d:plate]",
        "//d:truck/preceding-sibling::*",
        "//*[contains(/d:yard, 'x')]",
        "//*[re-match('" + "a" * 2000 + "', '(a|b){200}')]",
    ],
)
def test_expressions_that_look_at_everything_over_and_over_are_given_up(text: str) -> None:
    with pytest.raises(Exhausted):
        Selection(SCHEMA, text, PREFIXES).nodes(TRUCKS, SCHEMA.root)


def test_expressions_that_look_at_everything_once_are_not() -> None:
    assert len(Selection(SCHEMA, "//*", PREFIXES).nodes(TRUCKS, SCHEMA.root)) == 15_001
    with pytest.raises(XPathProblem, match="no nodes"):
        Selection(SCHEMA, "//d:truck < //d:truck", PREFIXES).nodes(TRUCKS, SCHEMA.root)


@pytest.mark.parametrize(("left", "right"), list(itertools.product([(), (1,), (1, 3), (3, 4), (2, 2)], repeat=2)))
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_sets_are_in_order_where_some_pair_is(left: tuple[int, ...], right: tuple[int, ...], operator: str) -> None:
    bays = [{"number": number, "slot": [{"label": f"a{at}", "depth": depth} for at, depth in enumerate(depths)]}
            for number, depths in enumerate((left, right))]  # fmt: skip
    text = f"/d:yard[d:bay[d:number = 0]/d:slot/d:depth {operator} d:bay[d:number = 1]/d:slot/d:depth]"
    found = Selection(SCHEMA, text, PREFIXES).nodes({"depot:yard": {"bay": bays}}, SCHEMA.root)
    pairs = itertools.product(left, right)
    holds = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}[operator]
    assert bool(found) is any(holds(one, other) for one, other in pairs)


@pytest.mark.parametrize("text", ["9" * 5000, "0x" + "f" * 5000, "-" + "1" * 5000])
def test_numbers_of_thousands_of_digits_are_none(text: str) -> None:
    for leaf in ("serial", "weight"):
        with pytest.raises(EditError, match=leaf):
            read_members(SCHEMA, {"depot:office": {leaf: text}}, SCHEMA.root, Identifier())


def test_escapes_beyond_all_characters_stay_as_they_are() -> None:
    held = edit(SCHEMA, {}, elements("<office><notes><_xffffff_>1</_xffffff_><_x0041_>2</_x0041_></notes></office>"))
    assert held["depot:office"]["notes"] == {"_xffffff_": "1", "A": "2"}
