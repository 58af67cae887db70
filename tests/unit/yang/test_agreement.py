"""What plain yangson makes of documents and expressions, vtnmd makes of them too, where yangson follows the RFCs."""

import copy
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from yangson.enumerations import ContentType
from yangson.exceptions import YangsonException
from yangson.schemadata import SchemaContext
from yangson.xpathparser import XPathParser

from tests.support.documents import documents, instance_at
from tests.unit.yang.conftest import MODELS
from vtnmd.domain.tree import Json
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import load_schema
from vtnmd.yang.xpath import compile_test

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))


def _yangson_accepts(document: Json) -> bool:
    try:
        HARBOUR.model.from_raw(document).validate(ctype=ContentType.config)
    except (YangsonException, TypeError, AttributeError):
        return False
    return True


@settings(max_examples=100, deadline=None)
@given(documents(HARBOUR.root))
def test_documents_of_legal_types_are_judged_alike(document: Json) -> None:
    assert (validate(HARBOUR, document) == ()) == _yangson_accepts(document)


GOOD: Json = {
    "harbour:office": {"depth": 12, "fee": "2.5", "state": "open", "channel": 3, "opens": 1, "closes": 2},
    "harbour:sums": {"low": 1, "high": 2},
    "harbour:dock": {
        "berth": [
            {"name": "a", "depth": 10, "crane": [{"no": 1}, {"no": 2}], "light": {"code": "x"}},
            {"name": "b", "kind": "harbour:tanker", "draught": 3, "depth": 60},
        ],
        "ship": [
            {"name": "s", "flag": "f", "berth": "a", "crane": 1, "visited": ["a", "b"], "maybe": "b"},
            {"name": "t", "flag": "f"},
        ],
        "team": [{"name": "m", "member": ["s", "t"]}],
    },
    "harbour:rules": {"rule": [{"id": "1"}, {"id": "2", "action": "let"}], "strict": [None]},
}

_PLACES: list[tuple[tuple[str | int, ...], list[Any]]] = [
    (("harbour:office", "depth"), [10, 20, 21, 30, -1, 65536, "12", True, None, 12.0, [12]]),
    (("harbour:office", "tonnage"), ["0", "18446744073709551615", "18446744073709551616", "x", 5]),
    (("harbour:office", "fee"), ["0", "1000", "1000.1", "-0.01", 3, "x"]),
    (("harbour:office", "state"), ["closed", "shut", 1]),
    (("harbour:office", "limit"), [5, 256, "none", "harbour:ferry", "ferry", "x", True]),
    (("harbour:office", "flagged"), [[None], None, True, []]),
    (("harbour:office", "seal"), ["aGk=", "aGVsbG8=", "*"]),
    (("harbour:office", "rights"), ["enter stay", "fly", 3]),
    (("harbour:office", "address"), ["10.0.0.1", "::1", "10.0.0"]),
    (("harbour:office", "order"), [[1, 2], [1, 2, 3, 4], [1, 1], [300], 1, {}]),
    (("harbour:office", "number"), ["1"]),
    (("harbour:office", "channel"), [None, 256]),
    (("harbour:office", "pigeon"), [{}, {"loft": "x"}, {"nest": "x"}, []]),
    (("harbour:office", "lamp"), [{}, {"colour": "red"}, "red"]),
    (("harbour:office", "closes"), [0, 1, 5]),
    (("harbour:sums", "low"), [2, 3, None]),
    (("harbour:dock", "berth", 0, "name"), ["b", "A", "toolongname", "void", None, 5]),
    (("harbour:dock", "berth", 0, "depth"), [5, 6, 60, None, "10"]),
    (("harbour:dock", "berth", 1, "draught"), [None, 300]),
    (("harbour:dock", "berth", 1, "kind"), ["ferry", "harbour:cargo", "harbour-tide:barge", None]),
    (("harbour:dock", "berth", 1, "light"), [{"code": "x"}, {"code": "y"}, {}]),
    (("harbour:dock", "berth", 1, "harbour-tide:tide"), [3]),
    (("harbour:dock", "berth", 0, "harbour-tide:tide"), [3, -1]),
    (("harbour:dock", "berth", 0, "occupied"), [True]),
    (("harbour:dock", "ship", 0, "berth"), ["b", "z", None]),
    (("harbour:dock", "ship", 0, "crane"), [2, 3, None]),
    (("harbour:dock", "ship", 0, "visited"), [["a"], ["z"], []]),
    (("harbour:dock", "ship", 0, "maybe"), ["anywhere", "a", "z"]),
    (("harbour:dock", "ship", 0, "hint"), ["z"]),
    (("harbour:dock", "ship", 0, "pointer"), ["/harbour:dock/berth[name='a']/depth", "/harbour:dock/berth[name='z']", "x"]),
    (("harbour:dock", "ship", 1, "name"), ["s", "u", None]),
    (("harbour:dock", "team", 0, "member"), [["s"], ["s", "z"], None]),
    (("harbour:rules", "strict"), [None]),
    (("harbour:rules", "lax"), [[None]]),
    (("harbour:rules", "rule", 0, "id"), ["2", None]),
    (("harbour:watch",), [{"uptime": 1}]),
    (("harbour-tide:moon",), [{"phase": "new"}, {"phase": "x"}]),
]
CHANGES = [(path, value) for path, values in _PLACES for value in values]
"""Single changes of GOOD: the path of a member, and what it becomes; None takes it away."""


def changed(changes: list[tuple[tuple[str | int, ...], Any]]) -> Json:
    """GOOD with these changes."""
    document = copy.deepcopy(GOOD)
    for path, value in changes:
        node = document
        for step in path[:-1]:
            node = node[step]
        if value is None:
            node.pop(path[-1], None)
        else:
            node[path[-1]] = value
    return document


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2))
def test_changed_documents_are_judged_alike(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    document = changed(changes)
    assert (validate(HARBOUR, document) == ()) == _yangson_accepts(document)


_NUMERIC = ["h:depth", "../h:berth/h:depth", "../h:berth[h:name = current()/h:berth]/h:depth", "count(../h:berth)", "1", "10", "h:crane/h:no", "current()/../h:berth[1]/h:depth", "count(h:visited)", "../h:berth[last()]/h:depth", "../h:berth[h:depth > 20]/h:depth", "string-length(h:name)"]  # fmt: skip  # noqa: E501
_TEXTUAL = ["h:name", "h:berth", "../h:ship/h:name", "h:visited", "'a'", "'s'", "concat(h:name, 'x')", "../h:berth[h:name = current()/h:visited]/h:name", "../h:ship[h:flag = 'f'][2]/h:name", "substring(h:name, 1, 1)", "translate(h:name, 's', 'a')", "/h:dock/h:team/h:member", "../h:berth[not(h:light)]/h:name", "deref(h:berth)/../h:name", "preceding-sibling::*/h:name", "ancestor::h:dock/h:team/h:name", "h:light/h:code | h:name", "local-name(..)"]  # fmt: skip  # noqa: E501
_BOOLEAN = ["h:berth", "not(h:crane)", "true()", "false()", "starts-with(h:name, 's')", "contains(h:name, 't')", "../h:team[h:member = current()/h:name]", "boolean(h:visited)", "derived-from-or-self(../h:berth[2]/h:kind, 'h:vessel')", "derived-from(h:kind, 'h:ferry')", "re-match(h:name, '[a-s]+')", "enum-value(/h:office/h:state) = 0"]  # fmt: skip  # noqa: E501


def _expressions() -> st.SearchStrategy[str]:
    relation = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    numeric = st.sampled_from(_NUMERIC)
    atoms = st.one_of(
        st.sampled_from(_BOOLEAN),
        st.tuples(numeric, relation, numeric).map(" ".join),
        st.tuples(st.sampled_from(_TEXTUAL), st.sampled_from(["=", "!="]), st.sampled_from(_TEXTUAL)).map(" ".join),
        st.tuples(numeric, st.sampled_from(["+", "-", "*", "mod"]), st.sampled_from(["1", "2", "count(../h:ship)"])).map(
            lambda parts: f"{' '.join(parts)} > 3"
        ),
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
            inner.map(lambda one: f"not({one})"),
        ),
        max_leaves=4,
    )


@settings(max_examples=250, deadline=None)
@given(_expressions(), st.sampled_from([("berth", 0), ("berth", 1), ("ship", 0), ("ship", 1)]))
def test_expressions_evaluate_alike(text: str, place: tuple[str, int]) -> None:
    module = HARBOUR.modules["harbour"]
    context = SchemaContext(HARBOUR.model.schema_data, "harbour", (module.name, module.revision))
    expression = XPathParser(text, context).parse()
    theirs = HARBOUR.model.from_raw(GOOD)["harbour:dock"][place[0]][place[1]]
    node, run = instance_at(GOOD, HARBOUR.root, ("harbour:dock", *place))
    try:
        expected = bool(expression.evaluate(theirs))
    except (YangsonException, TypeError, IndexError):
        assume(False)
    assert compile_test(expression, {"h": "harbour", "t": "harbour-tide"})(node, run) == expected
