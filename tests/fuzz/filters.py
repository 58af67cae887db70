"""Filters: subtrees and XPath on a depot, and the regular expressions in XPath."""

import re
from contextlib import suppress

from elementpath import translate_pattern

from tests.fuzz.ground import DEPOT, OFFICE, QUEUE, YARD, depot_schema, depot_tree, elements
from vtnmd.yang.convert import to_xml
from vtnmd.yang.expressions import ExpressionProblem, expression
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.select import criteria_of, select
from vtnmd.yang.xpath_filter import Selection, XPathProblem

SUBTREES = (
    *(each.encode() for each in (YARD, OFFICE, QUEUE)),
    f'<yard xmlns="{DEPOT}"><bay><number>1</number><slot/></bay><truck><country>de</country></truck></yard><office/>'.encode(),
)
EXPRESSIONS = (
    b"/d:office",
    b"//d:bay[d:number = 1]/d:slot[last()] | /d:queue/d:job[position() < 3]",
    b"/d:yard/d:truck[d:bay = ../d:bay[d:size = 'd:large']/d:number]/following-sibling::*",
    b"/d:yard/*[count(d:slot) > 0 and not(d:paved)] | //d:title[starts-with(., 'h') or contains(string(.), 'x')]",
    b"/d:yard/d:bay[sum(d:slot/d:depth) * 2 - 1 >= floor(-(d:number div 3) mod 2) and string-length(d:remark) != 4]",
    b"deref(/d:yard/d:truck/d:bay)/../d:slot | //d:bay[derived-from-or-self(d:size, 'd:small')]",
    b"//d:title[re-match(., '[a-z]{1,3}(q|r)*')] | //*[local-name() = substring-after(translate('xbay', 'x', '-'), '-')]",
    b"//d:job[enum-value(d:task) = 1] | //d:office[bit-is-set(d:doors, 'north')] | //node()/ancestor-or-self::d:yard",
)
REGULAR = (
    b"[a-z][a-z0-9-]*\nabc-1",
    b"(a|b)*c{2,3}|[^x-z\\d]?\\p{Lu}+\nabcc",
    b"\\i\\c*.[a-z-[aeiou]]\\.\nab:x.",
)


def subtree(octets: bytes) -> None:
    """What is selected is part of the whole, can be written, and is all that the filter selects of it."""
    criteria = elements(octets)
    if criteria is None:
        return
    schema, document = depot_schema(), depot_tree().document()
    with suppress(Exhausted):
        found = criteria_of(schema, criteria)
        chosen = select(document, found, 300_000)
        to_xml(schema, chosen)
        assert select(chosen, found, 300_000) == chosen, "what is selected is not all selected"


def xpath(octets: bytes) -> None:
    """An expression selects something that can be written, or is refused."""
    schema = depot_schema()
    with suppress(XPathProblem, Exhausted):
        selection = Selection(schema, octets.decode("utf-8", "replace"), {"d": DEPOT, None: DEPOT})
        selection.entries(("vtnmd-vtn:services", "service"))
        to_xml(schema, selection.select(depot_tree().document(), schema.root, 100_000))


def regular_expression(octets: bytes) -> None:
    """An expression and a text, which fit as `re` says, where that can be asked without waiting for ever."""
    pattern, _, text = octets.decode("utf-8", "replace").partition("\n")
    try:
        compiled = expression(pattern)
    except ExpressionProblem:
        return
    fits = compiled.matches(text[:200])
    if len(pattern) < 40 and len(text) < 12:
        translated = translate_pattern(pattern, back_references=False, lazy_quantifiers=False, anchors=False)
        assert (re.match(translated, text) is not None) is fits, "re takes it for something else"
