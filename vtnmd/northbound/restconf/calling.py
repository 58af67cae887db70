"""Operations and actions (RFC 8040 sections 3.6 and 4.4.2): input from a body, output as an answer."""

from typing import Any

from lxml import etree

from vtnmd.datastore.edits import exists
from vtnmd.datastore.faults import refused_edit
from vtnmd.domain.tree import Json
from vtnmd.northbound.calling import allow, call
from vtnmd.northbound.operational import joined, state_of
from vtnmd.northbound.restconf.answers import RESTCONF, Answer, json_octets, typed, xml_octets
from vtnmd.northbound.restconf.bodies import json_body, judged_xml, malformed, xml_body
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.editing import unsupported
from vtnmd.northbound.restconf.media import DATA, Encoding, sent_encoding
from vtnmd.northbound.restconf.queries import NONE, parameters
from vtnmd.northbound.restconf.refusals import absent
from vtnmd.northbound.restconf.requests import Request
from vtnmd.northbound.restconf.targets import Target, seen
from vtnmd.northbound.restconf.writing_out import qualified
from vtnmd.northbound.schema import operations_offered
from vtnmd.yang.api_path import Step
from vtnmd.yang.convert import elements_of, to_xml
from vtnmd.yang.edit import EditError
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.incoming import read_members
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema


def operation_named(schema: Schema, name: str) -> SchemaNode:
    """The RPC `module:name`. Raises Refusal (404)."""
    found = operations_offered(schema).get(name)
    if found is None:
        raise absent(f"operation {name}")
    return found


async def act(context: Context, request: Request, target: Target) -> Answer:
    """Call an action of an instance that is there and may be seen. Raises Refusal, Refused, VtnmdError."""
    steps = target.steps[:-1]
    schema, tree = context.backend.schema, context.backend.running.current
    document = seen(tree, target, request.authority)
    if not exists(document, steps) and steps and not steps[-1].node.implied:
        member = steps[0].node.member
        state = await state_of(context.backend.providers, [member])
        known = joined(document, state, schema.root)
        if not exists(known if request.authority.unbounded else request.authority.readable(known), steps):
            raise absent(target.name)
    return await invoke(context, request, target.node, steps)


async def invoke(context: Context, request: Request, operation: SchemaNode, steps: tuple[Step, ...] = ()) -> Answer:
    """Call an operation. Raises Refusal, Refused, VtnmdError."""
    allow(context.backend, operation, request.authority, steps)
    parameters(request.query, NONE)
    schema = context.backend.schema
    encoding = request.encoding
    given = _input(schema, operation, request.headers.get(b"content-type"), await request.body())
    output = await call(context.backend, operation, given, request.origin, request.authority, steps)
    node = operation.operations.get("output")
    if not output or node is None:
        return Answer(204)
    return Answer(200, _output(schema, operation, node, output, encoding), (typed(encoding),))


def _input(schema: Schema, operation: SchemaNode, content_type: bytes | None, body: bytes) -> Json:
    """The members of the input; {} where there is no body. Raises Refusal (400, 415), Refused."""
    node = operation.operations.get("input")
    if not body.strip():
        return {}
    encoding = sent_encoding(content_type)
    if encoding is None:
        raise unsupported(*DATA.values())
    name = f"{operation.module}:input"
    if encoding is Encoding.XML:
        root: Any = xml_body(body)
        if root.tag != f"{{{schema.modules[operation.module].namespace}}}input":
            raise malformed(f"the element input of {operation.module} is wanted")
        children = elements_of(root)
        return (
            judged_xml(schema, children, node, Identifier()) if node else {etree.QName(each).localname: None for each in children}
        )
    members = json_body(body)
    if not isinstance(members, dict) or list(members) != [name]:
        raise malformed(f"{name} is wanted, and nothing beside it")
    inside = members[name]
    if not isinstance(inside, dict):
        raise malformed(f"{name} holds an object")
    if node is None:
        return inside
    try:
        return read_members(schema, inside, node, Identifier())
    except EditError as error:
        raise refused_edit(error) from None


def _output(schema: Schema, operation: SchemaNode, node: SchemaNode, output: Json, encoding: Encoding) -> bytes:
    if encoding is Encoding.JSON:
        return json_octets({f"{operation.module}:output": output})
    namespace = schema.modules[operation.module].namespace
    declared: dict[Any, str] = {None: namespace}
    root = etree.Element(f"{{{namespace}}}output", nsmap=declared)
    root.extend(to_xml(schema, output, node=node))
    return xml_octets(root)


def operations_octets(schema: Schema, encoding: Encoding) -> bytes:
    """The resource `operations`, which holds a leaf of type empty for each RPC (section 3.3.2)."""
    rpcs = operations_offered(schema).values()
    if encoding is Encoding.JSON:
        return json_octets({"ietf-restconf:operations": {qualified(node): [None] for node in rpcs}})
    root = etree.Element(f"{{{RESTCONF}}}operations", nsmap=_RESTCONF)
    append_operations(schema, root)
    return xml_octets(root)


def append_operations(schema: Schema, root: etree._Element) -> None:
    for node in operations_offered(schema).values():
        namespace = schema.modules[node.module].namespace
        declared: dict[Any, str] = {None: namespace}
        etree.SubElement(root, f"{{{namespace}}}{node.name}", nsmap=declared)


_RESTCONF: dict[Any, str] = {None: RESTCONF}
