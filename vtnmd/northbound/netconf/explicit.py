"""Default values that clients mark as such in what they send (RFC 6243 section 4.5.2): to be as if nobody had set them."""

import copy
from collections.abc import Iterable

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.yang.convert import DEFAULT, child_of, elements_of, leaf_value
from vtnmd.yang.defaults import is_default
from vtnmd.yang.edit import NETCONF_NAMESPACE
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema

_OPERATION = f"{{{NETCONF_NAMESPACE}}}operation"


def without_tags(schema: Schema, config: Iterable[etree._Element]) -> list[etree._Element]:
    """The elements of an edit; what is marked as a default in them is removed instead of set.

    Raises Refused: invalid-value where a marked value is not the default of its leaf, bad-attribute where the mark is wrong.
    """
    elements = elements_of(config)
    if not any(DEFAULT in each.attrib for element in elements for each in element.iter()):
        return elements
    copies = [copy.deepcopy(element) for element in elements]
    for element in copies:
        _untag(schema, element, schema.root, Identifier())
    return copies


def _untag(schema: Schema, element: etree._Element, parent: SchemaNode, path: Identifier) -> None:
    node = child_of(schema, element, parent)
    if not isinstance(node, SchemaNode):
        return
    here = path.below(schema, node)
    marked = str(element.attrib.pop(DEFAULT, "false")).strip()
    if marked not in {"true", "1", "false", "0"}:
        info = (("bad-attribute", "default"), ("bad-element", node.name))
        raise Refused(Fault("bad-attribute", f"default is true or false and not '{marked}'", path=here, info=info))
    if marked in {"true", "1"}:
        if element.get(_OPERATION) in {"delete", "remove"}:
            info = (("bad-attribute", "default"), ("bad-element", node.name))
            raise Refused(Fault("bad-attribute", "what is removed cannot be a default", path=here, info=info))
        value = leaf_value(schema, element, node) if node.type is not None else None
        if node.type is None or node.type.problem(value) is not None or not is_default(node, value):
            raise Refused(Fault("invalid-value", f"{node.name} is marked as a default and is none", path=here))
        element.set(_OPERATION, "remove")
    for child in elements_of(element):
        _untag(schema, child, node, here)
