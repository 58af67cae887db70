"""RPCs and actions of any module (RFC 7950 sections 7.14 and 7.15), as XML."""

from dataclasses import dataclass

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import Content, ServerSession
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.calling import call, surroundings
from vtnmd.northbound.netconf.parameters import judge_members, read_members
from vtnmd.northbound.netconf.requests import Desk, origin_of
from vtnmd.northbound.operational import joined, state_of
from vtnmd.yang.api_path import ABSENT, Step, identifier_of, resource_at
from vtnmd.yang.convert import child_of, elements_of, leaf_value, to_xml
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import YANG_NAMESPACE
from vtnmd.yang.schema import Schema

ACTION = f"{{{YANG_NAMESPACE}}}action"


@dataclass(frozen=True, slots=True)
class Target:
    """What is called: the RPC or action, the way to an action's instance, and what errors say of the place."""

    node: SchemaNode
    place: Identifier
    steps: tuple[Step, ...] = ()


async def invoke(desk: Desk, session: ServerSession, element: etree._Element, node: SchemaNode, authority: Authority) -> Content:
    """Call an RPC. Raises Refused, VtnmdError."""
    place = Identifier("/nc:rpc", {"nc": BASE}).below(desk.backend.schema, node)
    return await _call(desk, session, element, Target(node, place), authority)


async def invoke_action(desk: Desk, session: ServerSession, element: etree._Element, authority: Authority) -> Content:
    """Call the action that the content of an action element leads to. Raises Refused, VtnmdError."""
    schema = desk.backend.schema
    children = elements_of(element)
    if len(children) != 1:
        raise Refused(Fault("bad-element", "an action element holds one node", "protocol", info=(("bad-element", "action"),)))
    steps, node, called = _walk(schema, children[0])
    if not steps:
        raise Refused(Fault("bad-element", "what is called here is an RPC", "protocol", info=(("bad-element", node.name),)))
    await _find(desk, authority, node, steps)
    target = Target(node, identifier_of(schema, steps).below(schema, node), steps)
    return await _call(desk, session, called, target, authority)


async def _call(desk: Desk, session: ServerSession, element: etree._Element, target: Target, authority: Authority) -> Content:
    schema, node = desk.backend.schema, target.node
    authority.check_execute(node, _ways(target.steps), surroundings(desk.backend, target.steps))
    given: dict[str, Json] = {}
    inside = node.operations.get("input")
    if inside is not None:
        given = read_members(schema, elements_of(element), inside, target.place)
        judge_members(schema, given, inside, target.place)
    elif elements_of(element):
        name = etree.QName(elements_of(element)[0]).localname
        info = (("bad-element", name),)
        raise Refused(Fault("unknown-element", f"{node.name} takes no input", path=target.place, info=info))
    output = await call(desk.backend, node, given, origin_of(session), authority, target.steps)
    described = node.operations.get("output")
    return to_xml(schema, output, node=described) if described is not None else ()


def _walk(schema: Schema, element: etree._Element) -> tuple[tuple[Step, ...], SchemaNode, etree._Element]:
    """The steps to the instance, the action and its element. Raises Refused."""
    node = schema.root
    steps: list[Step] = []
    while True:
        child = child_of(schema, element, node)
        if not isinstance(child, SchemaNode):
            action = _action(schema, element, node)
            if action is None:
                info = (("bad-element", child.element),)
                raise Refused(Fault(child.error_tag, child.message, path=identifier_of(schema, steps), info=info))
            return tuple(steps), action, element
        keys, others = _keys(schema, element, child)
        steps.append(Step(child, keys) if child.kind is Kind.LIST else Step(child))
        if child.kind is Kind.LIST and len(keys) != len(child.keys):
            missing = child.keys[len(keys)]
            path = identifier_of(schema, steps[:-1])
            raise Refused(
                Fault("missing-element", f"{child.name} lacks its key {missing}", path=path, info=(("bad-element", missing),))
            )
        if len(others) != 1 or child.type is not None:
            path = identifier_of(schema, steps)
            info = (("bad-element", child.name),)
            raise Refused(Fault("bad-element", "exactly one node leads on to the action", path=path, info=info))
        node, element = child, others[0]


def _action(schema: Schema, element: etree._Element, node: SchemaNode) -> SchemaNode | None:
    name = etree.QName(element)
    module = schema.namespaces.get(name.namespace) if name.namespace else node.module
    found = (each for each in node.operations.values() if each.kind is Kind.ACTION)
    return next((each for each in found if (each.name, each.module) == (name.localname, module)), None)


def _keys(schema: Schema, element: etree._Element, node: SchemaNode) -> tuple[tuple[str, ...], list[etree._Element]]:
    """(canonical keys as far as they are there, the other elements)."""
    given: dict[str, str] = {}
    others: list[etree._Element] = []
    for part in elements_of(element):
        child = child_of(schema, part, node)
        if isinstance(child, SchemaNode) and child.member in node.keys and child.type is not None:
            value = leaf_value(schema, part, child)
            if child.type.problem(value) is not None:
                raise Refused(Fault("invalid-value", f"{child.name} cannot be {part.text!r}"))
            given[child.member] = child.type.canonical(value)
        else:
            others.append(part)
    keys: list[str] = []
    for key in node.keys:
        if key not in given:
            break
        keys.append(given[key])
    return tuple(keys), others


def _ways(steps: tuple[Step, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((step.node.member, step.key or ()) for step in steps)


async def _find(desk: Desk, authority: Authority, node: SchemaNode, steps: tuple[Step, ...]) -> None:
    """Raise Refused where an action may not be called, or there is no such instance in configuration or state."""
    backend = desk.backend
    held = surroundings(backend, steps)
    authority.check_execute(node, _ways(steps), held)
    document = joined(held, await state_of(backend.providers, [steps[0].node.member]), backend.schema.root)
    if resource_at(document, steps) is ABSENT:
        place = identifier_of(backend.schema, steps)
        raise Refused(Fault("data-missing", "there is no such instance", app_tag="instance-required", path=place))
