"""The parameters of operations: read from XML and judged by the modules that define them, augmentations included."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused, refused_violations
from vtnmd.domain.tree import Json
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.netconf.faults import below
from vtnmd.yang.convert import XmlError, child_of, elements_of, from_xml
from vtnmd.yang.defaults import filled
from vtnmd.yang.identifiers import Identifier, instance_identifier
from vtnmd.yang.instance import validate_below
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_NMDA = "ietf-netconf-nmda:datastore"
_FREE = frozenset({Kind.ANYDATA, Kind.ANYXML})


@dataclass(frozen=True, slots=True)
class Parameters:
    """`values` are the members of the input, with defaults; `elements` those whose content has no schema, as they were sent."""

    values: Mapping[str, Json] = field(default_factory=dict)
    elements: Mapping[str, etree._Element] = field(default_factory=dict)

    def datastore(self, role: str) -> str:
        """The name of the datastore that `source` or `target` holds, as RFC 6241 or as RFC 8526 names it.

        "config" where a configuration stands there instead.
        """
        held = self.values[role]
        return str(held[_NMDA]).rpartition(":")[2] if _NMDA in held else str(next(iter(held)))


def read_parameters(schema: Schema, operation: etree._Element, node: SchemaNode) -> Parameters:
    """Raises Refused with everything that is wrong: unknown-element, invalid-value, missing-element, bad-element …"""
    base = _place(schema, node)
    inside = node.operations.get("input")
    if inside is None:
        strangers = elements_of(operation)
        if strangers:
            name = etree.QName(strangers[0]).localname
            raise Refused(Fault("unknown-element", f"{node.name} has no {name}", "protocol", "", base, (("bad-element", name),)))
        return Parameters()
    elements: dict[str, etree._Element] = {}
    rest = [part for part in elements_of(operation) if not _keep_free(schema, part, inside, elements)]
    values = read_members(schema, rest, inside, base)
    judge_members(schema, {**values, **{member: {} for member in elements}}, inside, base)
    return Parameters(filled(values, inside) if inside.has_defaults else values, elements)


def _keep_free(schema: Schema, element: etree._Element, inside: SchemaNode, kept: dict[str, etree._Element]) -> bool:
    child = child_of(schema, element, inside)
    if not isinstance(child, SchemaNode) or child.kind not in _FREE:
        return False
    if child.member in kept:
        raise Refused(Fault("bad-element", f"{child.name} stands twice", "protocol", info=(("bad-element", child.name),)))
    kept[child.member] = element
    return True


def read_members(schema: Schema, elements: list[etree._Element], node: SchemaNode, base: Identifier) -> dict[str, Json]:
    """The members of an object at `node`, not judged yet. Raises Refused."""
    try:
        return from_xml(schema, elements, node=node)
    except XmlError as error:
        raise Refused(
            *(
                Fault(
                    problem.error_tag,
                    problem.message,
                    "protocol",
                    path=_joined(base, instance_identifier(schema, {}, problem.path, node)),
                    info=(("bad-element", problem.element), *_bad_namespace(problem.error_tag, problem.namespace)),
                )
                for problem in error.problems
            )
        ) from None


def judge_members(schema: Schema, values: Json, node: SchemaNode, base: Identifier) -> None:
    """Raise Refused where the members of an input are not what its module says."""
    violations = validate_below(node, values)
    if violations:
        refusal = refused_violations(schema, values, violations, node)
        raise Refused(*(below(base, _of_input(fault)) for fault in refusal.faults))


def _of_input(fault: Fault) -> Fault:
    """What is mandatory in an input and not there is a missing element of the request (RFC 6241 appendix A)."""
    if fault.tag != "data-missing" or fault.app_tag not in {"", "missing-choice"}:
        return fault
    name = fault.path.text.rpartition("/")[2].rpartition(":")[2]
    return Fault("missing-element", fault.message, "protocol", fault.app_tag, fault.path, (("bad-element", name),))


def _place(schema: Schema, node: SchemaNode) -> Identifier:
    """Errors of requests are placed from the rpc element on (RFC 6241 section 4.3)."""
    rpc = Identifier("/nc:rpc", {"nc": BASE})
    return rpc.below(schema, node) if node.kind is Kind.RPC else rpc


def _joined(base: Identifier, path: Identifier) -> Identifier:
    return Identifier(f"{base.text}{path.text}", {**base.namespaces, **path.namespaces})


def _bad_namespace(tag: str, namespace: str) -> tuple[tuple[str, str], ...]:
    return (("bad-namespace", namespace),) if tag == "unknown-namespace" else ()
