"""Each kind of violation: where it is, its code, its tags; and that one mistake gives one violation."""

import copy
from dataclasses import dataclass
from typing import Any

import pytest

from vtnmd.domain.tree import Json
from vtnmd.yang.instance import Content, unchecked, validate, validate_below
from vtnmd.yang.instances import Path
from vtnmd.yang.schema import Schema

GOOD: Json = {
    "harbour:office": {
        "title": "Main",
        "depth": 35,
        "tonnage": "18446744073709551615",
        "balance": "-5",
        "fee": "12.25",
        "limit": "none",
        "night": True,
        "flagged": [None],
        "seal": "aGVsbG8="[:4],
        "rights": "leave enter",
        "address": "2001:db8::1",
        "alias": ["a", "b"],
        "order": [3, 1],
        "channel": 7,
        "lamp": {"colour": "red"},
        "note": {"anything": {"goes": [1, 2]}},
        "opens": 8,
        "closes": 18,
    },
    "harbour:sums": {"low": 3, "high": 4},
    "harbour:dock": {
        "berth": [
            {"name": "a1", "depth": 8, "crane": [{"no": 1}, {"no": 2, "load": 20}], "light": {"code": "x"}, "harbour-tide:tide": 2},
            {"name": "b1", "kind": "harbour-tide:barge", "depth": 60},
            {"name": "c1", "kind": "tanker", "draught": 4, "depth": 3, "crane": [{"no": 9}]},
        ],
        "ship": [
            {
                "name": "nan",
                "flag": "se",
                "berth": "a1",
                "crane": 2,
                "visited": ["a1", "b1"],
                "maybe": "anywhere",
                "hint": "nowhere",
                "pointer": "/harbour:dock/berth[name='a1']/depth",
            },
            {"name": "nan", "flag": "no", "maybe": "b1"},
            {"name": "tor", "flag": "no"},
        ],
        "team": [{"name": "red", "member": ["nan", "tor"]}],
    },
    "harbour:rules": {"rule": [{"id": "1"}], "strict": [None]},
    "harbour-tide:moon": {"phase": "full"},
}


def changed(path: Path, value: Json) -> Json:
    """GOOD with the value at a path set, or removed where it is None; a path into a list may be one past its end."""
    document = copy.deepcopy(GOOD)
    node = document
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    elif isinstance(node, list) and path[-1] == len(node):
        node.append(value)
    else:
        node[path[-1]] = value
    return document


def test_a_good_document_has_no_violation(harbour: Schema) -> None:
    assert validate(harbour, GOOD) == ()


OFFICE = "harbour:office"
DOCK = "harbour:dock"
BERTH = (DOCK, "berth")
SHIP = (DOCK, "ship")


@dataclass(frozen=True)
class Case:
    """A value is set at `where` (None removes it); the violation is at `path`, by default the same place."""

    where: Path
    value: Any
    code: str
    error_tag: str
    path: Path | None = None
    app_tag: str = ""
    hint: str = ""


CASES = {
    "unknown-member": Case((OFFICE, "titel"), "x", "VTN-Y201", "unknown-element", hint="did you mean title?"),
    "unknown-top": Case(("harbor:office",), {}, "VTN-Y201", "unknown-element", hint="did you mean harbour:office?"),
    "needless-prefix": Case((OFFICE, "harbour:night"), True, "VTN-Y201", "unknown-element", hint="night"),
    "missing-prefix": Case((*BERTH, 1, "tide"), 3, "VTN-Y201", "unknown-element", hint="harbour-tide:tide"),
    "metadata": Case((OFFICE, "@night"), {}, "VTN-Y201", "unknown-element"),
    "mandatory-leaf": Case((*BERTH, 1, "depth"), None, "VTN-Y202", "data-missing"),
    "mandatory-in-presence": Case((OFFICE, "lamp"), {}, "VTN-Y202", "data-missing", path=(OFFICE, "lamp", "colour")),
    "key": Case((*SHIP, 2, "flag"), None, "VTN-Y203", "missing-element", path=(*SHIP, 2)),
    "duplicate-key": Case((*SHIP, 3), {"name": "tor", "flag": "no"}, "VTN-Y204", "bad-element"),
    "object-for-list": Case((DOCK, "team"), {}, "VTN-Y205", "invalid-value", hint="brackets"),
    "value-for-object": Case((OFFICE, "lamp"), "red", "VTN-Y205", "invalid-value"),
    "value-for-entry": Case((DOCK, "team", 0), "red", "VTN-Y205", "invalid-value"),
    "value-for-anydata": Case((OFFICE, "note"), 3, "VTN-Y205", "invalid-value"),
    "text-for-integer": Case((OFFICE, "depth"), "35", "VTN-Y206", "invalid-value"),
    "boolean-for-integer": Case((OFFICE, "depth"), True, "VTN-Y206", "invalid-value"),
    "float-for-integer": Case((OFFICE, "depth"), 35.0, "VTN-Y206", "invalid-value"),
    "bare-64-bit": Case((OFFICE, "tonnage"), 5, "VTN-Y206", "invalid-value", hint="as a string"),
    "number-for-text": Case((OFFICE, "title"), 5, "VTN-Y206", "invalid-value", hint="quotes"),
    "control-character": Case((OFFICE, "title"), "a\x00b", "VTN-Y206", "invalid-value", hint="control characters"),
    "text-for-boolean": Case((OFFICE, "night"), "true", "VTN-Y206", "invalid-value", hint="without quotes"),
    "empty": Case((OFFICE, "flagged"), True, "VTN-Y206", "invalid-value", hint="[null]"),
    "fraction-digits": Case((OFFICE, "fee"), "1.234", "VTN-Y206", "invalid-value"),
    "number-for-decimal": Case((OFFICE, "fee"), 1.25, "VTN-Y206", "invalid-value", hint="as a string"),
    "base64": Case((OFFICE, "seal"), "@@", "VTN-Y206", "invalid-value"),
    "range": Case((OFFICE, "depth"), 25, "VTN-Y207", "invalid-value", app_tag="depth"),
    "64-bit-range": Case((OFFICE, "tonnage"), "18446744073709551616", "VTN-Y207", "invalid-value"),
    "decimal-range": Case((OFFICE, "fee"), "1000.01", "VTN-Y207", "invalid-value"),
    "length": Case((OFFICE, "title"), "x" * 21, "VTN-Y208", "invalid-value"),
    "octets": Case((OFFICE, "seal"), "aGVsbG8=", "VTN-Y208", "invalid-value"),
    "pattern": Case(
        (*BERTH, 3), {"name": "D1", "depth": 60}, "VTN-Y209", "invalid-value", path=(*BERTH, 3, "name"), app_tag="berth-name-form"
    ),
    "excluded-pattern": Case((*BERTH, 3), {"name": "void", "depth": 60}, "VTN-Y209", "invalid-value", path=(*BERTH, 3, "name")),
    "pattern-ends-at-newline": Case(
        (*BERTH, 3), {"name": "v\n", "depth": 60}, "VTN-Y209", "invalid-value", path=(*BERTH, 3, "name"), app_tag="berth-name-form"
    ),
    "enumeration": Case((OFFICE, "state"), "opn", "VTN-Y210", "invalid-value", hint="did you mean open?"),
    "bits": Case((OFFICE, "rights"), "enter sleep", "VTN-Y210", "invalid-value"),
    "identity": Case((*BERTH, 1, "kind"), "harbour:cargo", "VTN-Y211", "invalid-value"),
    "unknown-identity": Case((*BERTH, 1, "kind"), "barge", "VTN-Y211", "invalid-value"),
    "union": Case((OFFICE, "limit"), 256, "VTN-Y212", "invalid-value"),
    "union-of-patterns": Case((OFFICE, "address"), "300.1.1.1", "VTN-Y212", "invalid-value"),
    "two-cases": Case((OFFICE, "number"), "5", "VTN-Y213", "bad-element", path=(OFFICE,)),
    "choice": Case(
        ("harbour:rules", "strict"), None, "VTN-Y214", "data-missing", path=("harbour:rules",), app_tag="missing-choice"
    ),
    "repeated-value": Case((OFFICE, "alias"), ["a", "a"], "VTN-Y215", "bad-element", path=(OFFICE, "alias", 1)),
    "state": Case(("harbour:watch",), {"uptime": 3}, "VTN-Y216", "unknown-element"),
    "state-below": Case((*BERTH, 0, "occupied"), True, "VTN-Y216", "unknown-element"),
    "leafref": Case((*SHIP, 2, "berth"), "a2", "VTN-Y301", "data-missing", app_tag="instance-required", hint="one of a1, b1, c1"),
    "leafref-with-predicate": Case((*SHIP, 0, "crane"), 9, "VTN-Y301", "data-missing", app_tag="instance-required"),
    "leafref-in-leaf-list": Case((*SHIP, 0, "visited", 1), "z", "VTN-Y301", "data-missing", app_tag="instance-required"),
    "leafref-in-union": Case((*SHIP, 0, "maybe"), "z", "VTN-Y301", "data-missing", app_tag="instance-required"),
    "instance-identifier": Case(
        (*SHIP, 0, "pointer"), "/harbour:dock/berth[name='z1']/depth", "VTN-Y301", "data-missing", app_tag="instance-required"
    ),
    "must": Case(("harbour:sums", "low"), 5, "VTN-Y302", "operation-failed", path=("harbour:sums",), app_tag="low-above-high"),
    "must-on-leaf": Case((OFFICE, "closes"), 7, "VTN-Y302", "operation-failed", app_tag="must-violation"),
    "must-with-lookup": Case(
        (*BERTH, 0, "depth"), 5, "VTN-Y302", "operation-failed", path=(*SHIP, 0, "crane"), app_tag="crane-depth"
    ),
    "when": Case((*BERTH, 0, "draught"), 3, "VTN-Y303", "unknown-element"),
    "when-of-augment": Case((*BERTH, 1, "harbour-tide:tide"), 3, "VTN-Y303", "unknown-element"),
    "mandatory-under-when": Case((*BERTH, 2, "draught"), None, "VTN-Y202", "data-missing"),
    "unique": Case(
        (*BERTH, 1, "light"), {"code": "x"}, "VTN-Y304", "operation-failed", path=(*BERTH, 1), app_tag="data-not-unique"
    ),
    "too-few": Case((DOCK, "team", 0, "member"), ["nan"], "VTN-Y305", "operation-failed", app_tag="too-few-elements"),
    "absent-is-too-few": Case((DOCK, "team", 0, "member"), None, "VTN-Y305", "operation-failed", app_tag="too-few-elements"),
    "too-many": Case((OFFICE, "order"), [1, 2, 3, 4], "VTN-Y306", "operation-failed", app_tag="too-many-elements"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_mistake_gives_one_violation(harbour: Schema, case: Case) -> None:
    (violation,) = validate(harbour, changed(case.where, case.value))
    path = case.where if case.path is None else case.path
    assert (violation.path, violation.code, violation.error_tag, violation.app_tag) == (
        path,
        case.code,
        case.error_tag,
        case.app_tag,
    )
    assert case.hint in violation.hint


def test_the_module_s_own_message_is_kept_beside_the_summary(harbour: Schema) -> None:
    (violation,) = validate(harbour, changed((OFFICE, "depth"), 25))
    assert violation.message == "no such depth"
    assert violation.summary == "depth 25 is outside 10..20 | 30..40"
    (violation,) = validate(harbour, changed(("harbour:sums", "low"), 5))
    assert violation.message == "low is above high"


def test_a_dangling_reference_is_told_in_terms_of_its_target(harbour: Schema) -> None:
    (violation,) = validate(harbour, changed((*SHIP, 0, "visited", 0), "a2"))
    assert violation.summary == "berth 'a2' does not exist"


def test_all_violations_come_at_once_in_document_order(harbour: Schema) -> None:
    document = changed((OFFICE, "depth"), "deep")
    document["harbour:sums"]["high"] = 1
    document[DOCK]["ship"][1]["berth"] = "zz"
    document[DOCK]["berth"][0]["colour"] = "blue"
    document["nowhere:x"] = 1
    found = [(violation.path, violation.code) for violation in validate(harbour, document)]
    assert found == [
        (("harbour:dock", "berth", 0, "colour"), "VTN-Y201"),
        (("harbour:dock", "ship", 1, "berth"), "VTN-Y301"),
        (("harbour:office", "depth"), "VTN-Y206"),
        (("harbour:sums",), "VTN-Y302"),
        (("nowhere:x",), "VTN-Y201"),
    ]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("harbour:sums", "high"), "many"),  # must of the container looks at it
        ((OFFICE, "opens"), "early"),  # must of a sibling looks at it
        ((*BERTH, 0, "depth"), "deep"),  # the must of a crane looks at it, the when of the augment too
        ((*BERTH, 1, "kind"), "sloop"),  # the when of draught looks at it
        ((*SHIP, 0, "berth"), "zz"),  # the leafref of crane goes through it
        ((*BERTH, 0, "crane", 1, "load"), -1),  # refers to nothing itself
        ((*BERTH, 0, "light"), []),  # unique looks below it
    ],
)
def test_what_is_reported_has_no_follow_on_errors(harbour: Schema, where: Path, value: Json) -> None:
    (violation,) = validate(harbour, changed(where, value))
    assert violation.path == where


def test_an_entry_that_is_wrong_elsewhere_can_still_be_referred_to(harbour: Schema) -> None:
    document = changed((*BERTH, 0, "depth"), 1000)
    assert [violation.path for violation in validate(harbour, document)] == [(*BERTH, 0, "depth")]


def test_a_key_that_cannot_be_read_leaves_references_to_it_undecided(harbour: Schema) -> None:
    document = changed((*BERTH, 1, "name"), 17)
    assert [(v.path, v.code) for v in validate(harbour, document)] == [((*BERTH, 1, "name"), "VTN-Y206")]


def test_integers_may_be_written_in_any_lexical_form(harbour: Schema) -> None:
    assert validate(harbour, changed((OFFICE, "tonnage"), "0x1f")) == ()
    assert validate(harbour, changed((OFFICE, "balance"), "+5")) == ()
    assert validate(harbour, changed((OFFICE, "balance"), "1_0"))


@pytest.mark.parametrize("document", [None, [], "x", 3])
def test_a_document_is_an_object(harbour: Schema, document: Json) -> None:
    (violation,) = validate(harbour, document)
    assert (violation.path, violation.code) == ((), "VTN-Y205")


def test_the_empty_document_still_needs_what_is_mandatory(harbour: Schema) -> None:
    assert [(v.path, v.code) for v in validate(harbour, {})] == [(("harbour:rules",), "VTN-Y214")]


def test_state_is_allowed_where_all_content_is(harbour: Schema) -> None:
    document = changed(("harbour:watch",), {"uptime": 3})
    document[DOCK]["berth"][0]["occupied"] = True
    assert validate(harbour, document, content=Content.ALL) == ()


def test_the_input_of_an_operation_is_validated_like_data(harbour: Schema) -> None:
    given = harbour.describe("/harbour:sound").operations["input"]
    assert validate_below(given, {"tone": "c", "times": 5}) == ()
    assert [v.path for v in validate_below(given, {"times": 6})] == [("times",), ("tone",)]


SERVICE: Json = {
    "vtnmd-vtn:services": {
        "service": [
            {
                "name": "shop",
                "vtn": [
                    {
                        "name": "web",
                        "tenant": "acme",
                        "segment": [
                            {"name": "front", "cidr": "10.1.0.0/24", "region": [{"name": "east"}]},
                        ],
                    }
                ],
            }
        ]
    }
}
REGION_NAME = ("vtnmd-vtn:services", "service", 0, "vtn", 0, "segment", 0, "region", 0, "name")
INVENTORY = "vtnmd-inventory:inventory"


def test_references_into_an_inventory_that_is_not_given_stay_unchecked_and_are_listed(services: Schema) -> None:
    assert [(v.path, v.code) for v in validate(services, SERVICE)] == [(REGION_NAME, "VTN-Y301")]
    assert validate(services, SERVICE, unknown={INVENTORY}) == ()
    assert unchecked(services, SERVICE, {INVENTORY}) == (REGION_NAME,)


def test_an_inventory_that_is_given_is_looked_into_even_if_it_may_be_unknown(services: Schema) -> None:
    document = {**SERVICE, INVENTORY: {"region": [{"name": "west"}]}}
    (violation,) = validate(services, document, unknown={INVENTORY})
    assert violation.path == REGION_NAME
    assert unchecked(services, document, {INVENTORY}) == ()
