"""The filters of requests (RFC 6241 sections 6 and 8.9): what they select, and which parts of a configuration they look at."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES
from vtnmd.domain.tree import Json
from vtnmd.netconf.xmltree import BASE
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.select import Criterion, criteria_of, select
from vtnmd.yang.xpath_filter import MODEST_WORK, Selection, XPathProblem


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects by the one or the other. `services` are the only ones that it looks at, `members` the only top-level members.

    None is for all.
    """

    criteria: tuple[Criterion, ...] = ()
    xpath: Selection | None = None
    services: Collection[str] | None = None
    members: Collection[str] | None = None

    def select(self, document: Json, root: SchemaNode, work: float = MODEST_WORK) -> dict[str, Json]:
        """Raises Refused where an expression yields no nodes, Exhausted where it takes more than `work`."""
        if self.xpath is None:
            return select(document, self.criteria, work)
        try:
            return self.xpath.select(document, root, work)
        except XPathProblem as problem:
            raise Refused(Fault("invalid-value", str(problem), "protocol")) from None


def exhausted() -> Refused:
    """What a filter that takes too much work is refused with."""
    return Refused(Fault("resource-denied", "the filter looks at too much; name more of what is wanted"))


def filter_of(schema: Schema, element: etree._Element) -> Filter:
    """The filter that a filter element is. Raises Refused."""
    kind = element.get("type") or element.get(f"{{{BASE}}}type") or "subtree"
    if kind == "subtree":
        return subtree(schema, element)
    if kind != "xpath":
        info = (("bad-attribute", "type"), ("bad-element", "filter"))
        raise Refused(Fault("bad-attribute", f"no filter has the type {kind}", "protocol", info=info))
    text = element.get("select") or element.get(f"{{{BASE}}}select")
    if text is None:
        info = (("bad-attribute", "select"), ("bad-element", "filter"))
        raise Refused(Fault("missing-attribute", "an XPath filter needs a select", "protocol", info=info))
    return xpath(schema, text, element)


def subtree(schema: Schema, elements: Iterable[etree._Element]) -> Filter:
    """A subtree filter."""
    criteria = criteria_of(schema, elements)
    members = {criterion.node.member for criterion in criteria}
    return Filter(criteria, None, _services_named(criteria), members)


def _services_named(criteria: Iterable[Criterion]) -> list[str] | None:
    """The services that the criteria look at; None for all of them."""
    names: list[str] = []
    for services in criteria:
        if services.node.member != SERVICES:
            continue
        if not services.selective or services.values:
            return None
        for entry in services.below:
            if entry.node.name != SERVICE:
                return None
            named = [
                test.text for group in entry.values for test in group if test.node.name == SERVICE_KEY and test.text is not None
            ]
            if not named:
                return None
            names.append(named[0])
    return list(dict.fromkeys(names))


def xpath(schema: Schema, text: str, element: etree._Element) -> Filter:
    """An XPath filter; prefixes are those declared where `element` stands. Raises Refused."""
    try:
        selection = Selection(schema, text, element.nsmap)
    except XPathProblem as problem:
        raise Refused(Fault("invalid-value", str(problem), "protocol")) from None
    has_services = SERVICES in schema.root.children
    return Filter((), selection, selection.entries((SERVICES, SERVICE)) if has_services else None)
