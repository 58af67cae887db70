"""A simulated device of a family whose YANG modules vtnmd does not have: it holds what it is given, and checks nothing of it."""

from collections.abc import Callable, Iterable, Sequence

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.lab.netconf_datastores import Datastores
from vtnmd.netconf.untyped import edit
from vtnmd.netconf.xmltree import to_element, to_tree
from vtnmd.yang.convert import to_xml
from vtnmd.yang.edit import Operation
from vtnmd.yang.schema import Schema

TREES = "trees"
"""The one member of a document: the top-level elements."""


class UntypedDatastores(Datastores):
    """`schema` is that of what the device says of itself (`netconf_discovery`)."""

    def __init__(self, schema: Schema, running: Json, save: Callable[[Json], None]) -> None:
        super().__init__(schema, running or {TREES: []}, save)

    def changed(self, name: str, elements: Iterable[etree._Element], operation: Operation) -> Json:
        """What the datastore would hold; list entries are told apart as in `vtnmd.netconf.untyped`."""
        held = [] if operation is Operation.REPLACE else self.held[name][TREES]
        return {TREES: edit(held, [to_tree(element) for element in elements if isinstance(element.tag, str)])}

    def check(self, document: Json) -> None:
        """Nothing is known of what is legal."""

    def xml(self, document: Json) -> Sequence[etree._Element]:
        known = {member: value for member, value in document.items() if member != TREES}
        return [*map(to_element, document.get(TREES, ())), *to_xml(self.schema, known)]
