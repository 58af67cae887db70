"""Filters of event streams: an XPath expression that has to be true of a notification (RFC 8040 section 4.8.4)."""

from functools import lru_cache

from vtnmd.northbound.restconf.context import EventFilter, FilterOf
from vtnmd.northbound.streams import Event
from vtnmd.yang.instances import Exhausted
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema
from vtnmd.yang.xpath_filter import WORK_FOR_EVENT, Selection, XPathProblem

_MODULES = 16
"""One expression is kept for so many modules that notifications are of."""


def xpath_filters(schema: Schema) -> FilterOf:
    """Expressions whose prefixes are names of modules (RFC 8040 section 4.8.4: those of JSON), or the modules' own prefixes.

    Names without a prefix are of the module of the notification, as in the examples of RFC 8040 appendix B.3.6.
    """
    namespaces: dict[str | None, str] = {module.prefix: module.namespace for module in schema.modules.values()}
    namespaces |= {module.name: module.namespace for module in schema.modules.values()}
    children = {member: node for member, node in schema.root.operations.items() if node.kind is Kind.NOTIFICATION}
    lookup = {(node.name, node.module): node for node in children.values()}
    top = SchemaNode(Kind.ROOT, "", "", "", (), children=children, lookup=lookup)

    def filter_of(text: str) -> EventFilter:
        try:
            Selection(schema, text, namespaces)
        except XPathProblem as problem:
            raise ValueError(str(problem)) from None

        @lru_cache(_MODULES)
        def of_module(module: str) -> Selection:
            return Selection(schema, text, namespaces, module)

        def passes(event: Event) -> bool:
            try:
                selection = of_module(event.member.partition(":")[0])
                return selection.holds({event.member: event.content}, top, WORK_FOR_EVENT)
            except (XPathProblem, Exhausted):
                return False

        return passes

    return filter_of
