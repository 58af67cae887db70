"""Filters of event streams: an XPath expression, of which something has to be in a notification (RFC 8040 section 4.8.4)."""

from vtnmd.northbound.restconf.context import EventFilter, FilterOf
from vtnmd.northbound.streams import Event
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath_filter import WORK_FOR_EVENT, Selection, XPathProblem


def xpath_filters(schema: Schema) -> FilterOf:
    """Expressions whose prefixes are names of modules (RFC 8040 section 4.8.4: those of JSON), or the modules' own prefixes."""
    namespaces: dict[str | None, str] = {module.prefix: module.namespace for module in schema.modules.values()}
    namespaces |= {module.name: module.namespace for module in schema.modules.values()}
    children = {member: node for member, node in schema.root.operations.items() if node.kind is Kind.NOTIFICATION}
    lookup = {(node.name, node.module): node for node in children.values()}
    top = SchemaNode(Kind.ROOT, "", "", "", (), children=children, lookup=lookup)

    def filter_of(text: str) -> EventFilter:
        try:
            selection = Selection(schema, text, namespaces)
        except XPathProblem as problem:
            raise ValueError(str(problem)) from None

        def passes(event: Event) -> bool:
            try:
                return bool(selection.nodes({event.member: event.content}, top, WORK_FOR_EVENT))
            except (XPathProblem, Exhausted):
                return False

        return passes

    return filter_of
