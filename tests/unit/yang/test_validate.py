"""Each kind of violation: where it is, its code, its tags; and that one mistake gives one violation."""

import copy

import pytest

from vtnmd.yang.instance import Content, unchecked, validate, validate_below

GOOD = {
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


def changed(path, value):
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


def test_a_good_document_has_no_violation(harbour):
    assert validate(harbour, GOOD) == ()


OFFICE = "harbour:office"
DOCK = "harbour:dock"
BERTH = (DOCK, "berth")
SHIP = (DOCK, "ship")

SINGLE = {
    # what is set, where the violation is (below the same path unless given), code, error-tag, app-tag, hint
    "unknown-member": ((OFFICE, "titel"), "x", (OFFICE, "titel"), "VTN-Y201", "unknown-element", "", "did you mean title?"),
    "unknown-top": (("harbor:office",), {}, ("harbor:office",), "VTN-Y201", "unknown-element", "", "did you mean harbour:office?"),
    "needless-prefix": ((OFFICE, "harbour:night"), True, (OFFICE, "harbour:night"), "VTN-Y201", "unknown-element", "", "night"),
    "missing-prefix": ((*BERTH, 1, "tide"), 3, (*BERTH, 1, "tide"), "VTN-Y201", "unknown-element", "", "harbour-tide:tide"),
    "metadata": ((OFFICE, "@night"), {}, (OFFICE, "@night"), "VTN-Y201", "unknown-element", "", ""),
    "mandatory-leaf": ((*BERTH, 1, "depth"), None, (*BERTH, 1, "depth"), "VTN-Y202", "data-missing", "", ""),
    "mandatory-in-presence": ((OFFICE, "lamp"), {}, (OFFICE, "lamp", "colour"), "VTN-Y202", "data-missing", "", ""),
    "key": ((*SHIP, 2, "flag"), None, (*SHIP, 2), "VTN-Y203", "missing-element", "", ""),
    "duplicate-key": ((*SHIP, 3), {"name": "tor", "flag": "no"}, (*SHIP, 3), "VTN-Y204", "bad-element", "", ""),
    "object-for-list": ((DOCK, "team"), {}, (DOCK, "team"), "VTN-Y205", "invalid-value", "", "brackets"),
    "value-for-object": ((OFFICE, "lamp"), "red", (OFFICE, "lamp"), "VTN-Y205", "invalid-value", "", ""),
    "value-for-entry": ((DOCK, "team", 0), "red", (DOCK, "team", 0), "VTN-Y205", "invalid-value", "", ""),
    "value-for-anydata": ((OFFICE, "note"), 3, (OFFICE, "note"), "VTN-Y205", "invalid-value", "", ""),
    "text-for-integer": ((OFFICE, "depth"), "35", (OFFICE, "depth"), "VTN-Y206", "invalid-value", "", ""),
    "boolean-for-integer": ((OFFICE, "depth"), True, (OFFICE, "depth"), "VTN-Y206", "invalid-value", "", ""),
    "float-for-integer": ((OFFICE, "depth"), 35.0, (OFFICE, "depth"), "VTN-Y206", "invalid-value", "", ""),
    "bare-64-bit": ((OFFICE, "tonnage"), 5, (OFFICE, "tonnage"), "VTN-Y206", "invalid-value", "", "as a string"),
    "number-for-text": ((OFFICE, "title"), 5, (OFFICE, "title"), "VTN-Y206", "invalid-value", "", "quotes"),
    "control-character": ((OFFICE, "title"), "a\x00b", (OFFICE, "title"), "VTN-Y206", "invalid-value", "", "control characters"),
    "text-for-boolean": ((OFFICE, "night"), "true", (OFFICE, "night"), "VTN-Y206", "invalid-value", "", "without quotes"),
    "empty": ((OFFICE, "flagged"), True, (OFFICE, "flagged"), "VTN-Y206", "invalid-value", "", "[null]"),
    "fraction-digits": ((OFFICE, "fee"), "1.234", (OFFICE, "fee"), "VTN-Y206", "invalid-value", "", ""),
    "number-for-decimal": ((OFFICE, "fee"), 1.25, (OFFICE, "fee"), "VTN-Y206", "invalid-value", "", "as a string"),
    "base64": ((OFFICE, "seal"), "@@", (OFFICE, "seal"), "VTN-Y206", "invalid-value", "", ""),
    "null": ((OFFICE, "order", 0), None, None, "", "", "", ""),
    "range": ((OFFICE, "depth"), 25, (OFFICE, "depth"), "VTN-Y207", "invalid-value", "depth", ""),
    "64-bit-range": ((OFFICE, "tonnage"), "18446744073709551616", (OFFICE, "tonnage"), "VTN-Y207", "invalid-value", "", ""),
    "decimal-range": ((OFFICE, "fee"), "1000.01", (OFFICE, "fee"), "VTN-Y207", "invalid-value", "", ""),
    "length": ((OFFICE, "title"), "x" * 21, (OFFICE, "title"), "VTN-Y208", "invalid-value", "", ""),
    "octets": ((OFFICE, "seal"), "aGVsbG8=", (OFFICE, "seal"), "VTN-Y208", "invalid-value", "", ""),
    "pattern": ((*BERTH, 3), {"name": "D1", "depth": 60}, (*BERTH, 3, "name"), "VTN-Y209", "invalid-value", "berth-name-form", ""),
    "excluded-pattern": ((*BERTH, 3), {"name": "void", "depth": 60}, (*BERTH, 3, "name"), "VTN-Y209", "invalid-value", "", ""),
    "pattern-ends-at-newline": ((*BERTH, 3), {"name": "v\n", "depth": 60}, (*BERTH, 3, "name"), "VTN-Y209", "invalid-value", "berth-name-form", ""),
    "enumeration": ((OFFICE, "state"), "opn", (OFFICE, "state"), "VTN-Y210", "invalid-value", "", "did you mean open?"),
    "bits": ((OFFICE, "rights"), "enter sleep", (OFFICE, "rights"), "VTN-Y210", "invalid-value", "", ""),
    "identity": ((*BERTH, 1, "kind"), "harbour:cargo", (*BERTH, 1, "kind"), "VTN-Y211", "invalid-value", "", ""),
    "unknown-identity": ((*BERTH, 1, "kind"), "barge", (*BERTH, 1, "kind"), "VTN-Y211", "invalid-value", "", ""),
    "union": ((OFFICE, "limit"), 256, (OFFICE, "limit"), "VTN-Y212", "invalid-value", "", ""),
    "union-of-patterns": ((OFFICE, "address"), "300.1.1.1", (OFFICE, "address"), "VTN-Y212", "invalid-value", "", ""),
    "two-cases": ((OFFICE, "number"), "5", (OFFICE,), "VTN-Y213", "bad-element", "", ""),
    "mandatory-in-case": ((OFFICE, "channel"), None, None, "", "", "", ""),
    "choice": (("harbour:rules", "strict"), None, ("harbour:rules",), "VTN-Y214", "data-missing", "missing-choice", ""),
    "repeated-value": ((OFFICE, "alias"), ["a", "a"], (OFFICE, "alias", 1), "VTN-Y215", "bad-element", "", ""),
    "state": (("harbour:watch",), {"uptime": 3}, ("harbour:watch",), "VTN-Y216", "unknown-element", "", ""),
    "state-below": ((*BERTH, 0, "occupied"), True, (*BERTH, 0, "occupied"), "VTN-Y216", "unknown-element", "", ""),
    "leafref": ((*SHIP, 2, "berth"), "a2", (*SHIP, 2, "berth"), "VTN-Y301", "data-missing", "instance-required", "one of a1, b1, c1"),
    "leafref-with-predicate": ((*SHIP, 0, "crane"), 9, (*SHIP, 0, "crane"), "VTN-Y301", "data-missing", "instance-required", ""),
    "leafref-in-leaf-list": ((*SHIP, 0, "visited", 1), "z", (*SHIP, 0, "visited", 1), "VTN-Y301", "data-missing", "instance-required", ""),
    "leafref-in-union": ((*SHIP, 0, "maybe"), "z", (*SHIP, 0, "maybe"), "VTN-Y301", "data-missing", "instance-required", ""),
    "instance-identifier": (
        (*SHIP, 0, "pointer"),
        "/harbour:dock/berth[name='z1']/depth",
        (*SHIP, 0, "pointer"),
        "VTN-Y301",
        "data-missing",
        "instance-required",
        "",
    ),
    "must": (("harbour:sums", "low"), 5, ("harbour:sums",), "VTN-Y302", "operation-failed", "low-above-high", ""),
    "must-on-leaf": ((OFFICE, "closes"), 7, (OFFICE, "closes"), "VTN-Y302", "operation-failed", "must-violation", ""),
    "must-with-lookup": ((*BERTH, 0, "depth"), 5, (*SHIP, 0, "crane"), "VTN-Y302", "operation-failed", "crane-depth", ""),
    "when": ((*BERTH, 0, "draught"), 3, (*BERTH, 0, "draught"), "VTN-Y303", "unknown-element", "", ""),
    "when-of-augment": ((*BERTH, 1, "harbour-tide:tide"), 3, (*BERTH, 1, "harbour-tide:tide"), "VTN-Y303", "unknown-element", "", ""),
    "mandatory-under-when": ((*BERTH, 2, "draught"), None, (*BERTH, 2, "draught"), "VTN-Y202", "data-missing", "", ""),
    "unique": ((*BERTH, 1, "light"), {"code": "x"}, (*BERTH, 1), "VTN-Y304", "operation-failed", "data-not-unique", ""),
    "too-few": ((DOCK, "team", 0, "member"), ["nan"], (DOCK, "team", 0, "member"), "VTN-Y305", "operation-failed", "too-few-elements", ""),
    "absent-is-too-few": ((DOCK, "team", 0, "member"), None, (DOCK, "team", 0, "member"), "VTN-Y305", "operation-failed", "too-few-elements", ""),
    "too-many": ((OFFICE, "order"), [1, 2, 3, 4], (OFFICE, "order"), "VTN-Y306", "operation-failed", "too-many-elements", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", [name for name, row in SINGLE.items() if row[2] is not None])
def test_one_mistake_gives_one_violation(harbour, case):
    where, value, path, code, error_tag, app_tag, hint = SINGLE[case]
    (violation,) = validate(harbour, changed(where, value))
    assert (violation.path, violation.code, violation.error_tag, violation.app_tag) == (path, code, error_tag, app_tag)
    assert hint in violation.hint


def test_the_module_s_own_message_is_kept_beside_the_summary(harbour):
    (violation,) = validate(harbour, changed((OFFICE, "depth"), 25))
    assert violation.message == "no such depth"
    assert violation.summary == "depth 25 is outside 10..20 | 30..40"
    (violation,) = validate(harbour, changed(("harbour:sums", "low"), 5))
    assert violation.message == "low is above high"


def test_all_violations_come_at_once_in_document_order(harbour):
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
def test_what_is_reported_has_no_follow_on_errors(harbour, where, value):
    (violation,) = validate(harbour, changed(where, value))
    assert violation.path == where


def test_an_entry_that_is_wrong_elsewhere_can_still_be_referred_to(harbour):
    document = changed((*BERTH, 0, "depth"), 1000)
    assert [violation.path for violation in validate(harbour, document)] == [(*BERTH, 0, "depth")]


def test_a_key_that_cannot_be_read_leaves_references_to_it_undecided(harbour):
    document = changed((*BERTH, 1, "name"), 17)
    assert [(v.path, v.code) for v in validate(harbour, document)] == [((*BERTH, 1, "name"), "VTN-Y206")]


def test_integers_may_be_written_in_any_lexical_form(harbour):
    assert validate(harbour, changed((OFFICE, "tonnage"), "0x1f")) == ()
    assert validate(harbour, changed((OFFICE, "balance"), "+5")) == ()
    assert validate(harbour, changed((OFFICE, "balance"), "1_0"))


@pytest.mark.parametrize("document", [None, [], "x", 3])
def test_a_document_is_an_object(harbour, document):
    (violation,) = validate(harbour, document)
    assert (violation.path, violation.code) == ((), "VTN-Y205")


def test_the_empty_document_still_needs_what_is_mandatory(harbour):
    assert [(v.path, v.code) for v in validate(harbour, {})] == [(("harbour:rules",), "VTN-Y214")]


def test_state_is_allowed_where_all_content_is(harbour):
    document = changed(("harbour:watch",), {"uptime": 3})
    document[DOCK]["berth"][0]["occupied"] = True
    assert validate(harbour, document, content=Content.ALL) == ()


def test_the_input_of_an_operation_is_validated_like_data(harbour):
    given = harbour.describe("/harbour:sound").operations["input"]
    assert validate_below(given, {"tone": "c", "times": 5}) == ()
    assert [v.path for v in validate_below(given, {"times": 6})] == [("times",), ("tone",)]


SERVICE = {
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


def test_references_into_an_inventory_that_is_not_given_stay_unchecked_and_are_listed(services):
    assert [(v.path, v.code) for v in validate(services, SERVICE)] == [(REGION_NAME, "VTN-Y301")]
    assert validate(services, SERVICE, unknown={INVENTORY}) == ()
    assert unchecked(services, SERVICE, {INVENTORY}) == (REGION_NAME,)


def test_an_inventory_that_is_given_is_looked_into_even_if_it_may_be_unknown(services):
    document = {**SERVICE, INVENTORY: {"region": [{"name": "west"}]}}
    (violation,) = validate(services, document, unknown={INVENTORY})
    assert violation.path == REGION_NAME
    assert unchecked(services, document, {INVENTORY}) == ()
