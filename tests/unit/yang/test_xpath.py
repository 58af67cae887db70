"""Expressions where plain yangson is no measure: defaults, identities, XPath 1.0's own rules, cost."""

import pytest
from yangson.schemadata import SchemaContext
from yangson.xpathparser import XPathParser

from tests.support.documents import instance_at
from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Instance, Path
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath import compile_test

DOCUMENT: Json = {
    "harbour:office": {
        "title": "12",
        "alias": ["p", "q"],
        "balance": "-7",
        "fee": "2.50",
        "rights": "enter stay",
        "flagged": [None],
    },
    "harbour:dock": {
        "berth": [{"name": "a", "depth": 5, "kind": "tanker"}, {"name": "b", "depth": 60, "kind": "harbour-tide:barge"}],
        "ship": [{"name": "n", "flag": "x", "berth": "b"}],
    },
}
OFFICE: Path = ("harbour:office",)
BERTH: Path = ("harbour:dock", "berth", 0)


def holds(schema: Schema, text: str, path: Path) -> bool:
    module = schema.modules["harbour"]
    context = SchemaContext(schema.model.schema_data, "harbour", (module.name, module.revision))
    test = compile_test(XPathParser(text, context).parse(), {"h": "harbour", "t": "harbour-tide"})
    return test(*instance_at(DOCUMENT, schema.root, path))


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        # defaults and implied containers exist (RFC 7950 section 6.4.1)
        ("h:depth = 12", OFFICE, True),
        ("count(h:zone) = 2", OFFICE, True),
        ("../h:sums", OFFICE, True),
        ("h:lamp", OFFICE, False),
        ("h:area", OFFICE, False),
        ("h:light", BERTH, True),
        ("count(../h:berth/*[local-name() = 'gauge']) = 1", BERTH, True),
        # identities compare by what they are, whatever their prefix
        ("h:kind = 'h:tanker'", BERTH, True),
        ("'h:tanker' = h:kind", BERTH, True),
        ("h:kind = 'harbour:tanker'", BERTH, True),
        ("h:kind != 'h:tanker'", BERTH, False),
        ("../h:berth[h:kind = 'harbour-tide:barge']/h:name = 'b'", BERTH, True),
        ("derived-from(../h:berth/h:kind, 'h:vessel')", BERTH, True),
        # conversions (XPath 1.0 section 4)
        ("h:title = 12", OFFICE, True),
        ("h:title + 1 = 13", OFFICE, True),
        ("h:balance < 0", OFFICE, True),
        ("h:fee = 2.5", OFFICE, True),
        ("number('x') = number('x')", OFFICE, False),
        ("not(number('x'))", OFFICE, True),
        ("h:flagged = ''", OFFICE, True),
        ("boolean('false')", OFFICE, True),
        ("true() = 'x'", OFFICE, True),
        ("true() = h:lamp", OFFICE, False),
        ("1 div 0 > 1000", OFFICE, True),
        ("string(1 div 0) = 'Infinity'", OFFICE, True),
        ("string(-1 div 0) = '-Infinity'", OFFICE, True),
        ("string(0 div 0) = 'NaN'", OFFICE, True),
        ("string(3) = '3'", OFFICE, True),
        ("string(true()) = 'true'", OFFICE, True),
        ("-5 mod 3 = -2", OFFICE, True),
        ("- h:balance = 7", OFFICE, True),
        ("round(2.5) = 3 and round(-2.5) = -2", OFFICE, True),
        ("floor(2.7) = 2 and ceiling(2.1) = 3", OFFICE, True),
        ("substring('12345', 1.5, 2.6) = '234'", OFFICE, True),
        ("substring('12345', 0 div 0) = ''", OFFICE, True),
        ("substring('12345', 2) = '2345'", OFFICE, True),
        ("substring-before('a/b', '/') = 'a' and substring-after('a/b', '/') = 'b'", OFFICE, True),
        ("substring-before('ab', '/') = ''", OFFICE, True),
        ("translate('bar', 'abc', 'AB') = 'BAr'", OFFICE, True),
        ("normalize-space('  a  b ') = 'a b'", OFFICE, True),
        ("concat('a', 1, true()) = 'a1true'", OFFICE, True),
        ("sum(../h:dock/h:berth/h:depth) = 65", OFFICE, True),
        ("string(h:alias) = 'p'", OFFICE, True),
        # node-sets
        ("h:alias = 'q' and h:alias != 'q'", OFFICE, True),
        ("h:alias != h:alias", OFFICE, True),
        ("h:title != h:title", OFFICE, False),
        ("count(h:alias | h:alias | h:title) = 3", OFFICE, True),
        ("count(//h:name) = 3", OFFICE, True),
        ("count(../h:dock//h:name/../../h:berth) = 2", OFFICE, True),
        ("h:alias[last()] = 'q'", OFFICE, True),
        ("h:alias[position() > 1] = 'p'", OFFICE, False),
        ("(h:alias)[1] = 'p'", OFFICE, True),
        ("following-sibling::h:berth/h:name = 'b'", BERTH, True),
        ("ancestor-or-self::*/h:name = 'a'", BERTH, True),
        ("self::h:berth and not(self::h:ship)", BERTH, True),
        ("local-name() = 'berth' and name(..) = 'harbour:dock'", BERTH, True),
        ("deref(../h:ship/h:berth)/../h:depth = 60", BERTH, True),
        ("bit-is-set(h:rights, 'stay') and not(bit-is-set(h:rights, 'leave'))", OFFICE, True),
        ("enum-value(h:state) = 0", OFFICE, True),
        ("re-match(h:title, '[0-9]{2}') and not(re-match(h:title, '[0-9]'))", OFFICE, True),
        ("h:nothing or h:nothing/h:more", OFFICE, False),
    ],
)
def test_expressions(harbour: Schema, text: str, path: Path, expected: bool) -> None:
    assert holds(harbour, text, path) is expected


def test_expressions_are_shown_as_their_author_may_have_written_them(harbour: Schema) -> None:
    (must,) = harbour.describe("/harbour:dock/ship/crane").musts
    assert must.expression == "../../berth[name = current()/../berth]/depth > 5"


def test_looking_entries_up_reads_each_entry_once(harbour: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lookup per entry must not become a scan per entry."""
    number = 300
    berths = [{"name": f"b{place}", "depth": 9} for place in range(number)]
    ships = [{"name": f"s{place}", "flag": "x", "berth": f"b{place}"} for place in range(number)]
    node, run = instance_at({"harbour:dock": {"berth": berths, "ship": ships}}, harbour.root, ("harbour:dock",))
    module = harbour.modules["harbour"]
    context = SchemaContext(harbour.model.schema_data, "harbour", (module.name, module.revision))
    test = compile_test(XPathParser("../h:berth[h:name = current()/h:berth]/h:depth > 5", context).parse(), {"h": "harbour"})
    reads = 0
    text = Instance.text

    def counted(instance: Instance) -> str:
        nonlocal reads
        reads += 1
        return text(instance)

    monkeypatch.setattr(Instance, "text", counted)
    ship = harbour.describe("/harbour:dock/ship")
    assert all(test(Instance(entry, ship, node, ("ship", place)), run) for place, entry in enumerate(ships))
    assert reads < 5 * number
