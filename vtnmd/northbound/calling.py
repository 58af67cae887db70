"""How an RPC or action is called, whatever protocol brings it: allowed, judged, completed, carried out."""

from dataclasses import replace

from vtnmd.datastore.faults import Fault, Refused, refused_violations
from vtnmd.domain.commit import SERVICE, SERVICES, Origin
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend
from vtnmd.northbound.procedures import Call
from vtnmd.yang.api_path import Step
from vtnmd.yang.defaults import filled
from vtnmd.yang.instance import validate_below
from vtnmd.yang.nodes import Kind, SchemaNode


def _of_input(fault: Fault) -> Fault:
    """What is missing in an input is missing in the request, not in the datastore (RFC 6241 appendix A)."""
    if fault.tag != "data-missing" or fault.app_tag:
        return fault
    name = fault.path.text.rpartition("/")[2].rpartition(":")[2].partition("[")[0]
    return replace(fault, tag="missing-element", info=(("bad-element", name),))


def allow(backend: Backend, operation: SchemaNode, authority: Authority, steps: tuple[Step, ...] = ()) -> None:
    """Raise Refused (access-denied) where a call is not allowed. To be asked before anything else is said of the call."""
    target = tuple((step.node.member, step.key or ()) for step in steps)
    authority.check_execute(operation, target, surroundings(backend, steps))


async def call(
    backend: Backend,
    operation: SchemaNode,
    given: Json,
    origin: Origin,
    authority: Authority,
    steps: tuple[Step, ...] = (),
) -> Json:
    """The members of the output, {} for none. `given` are the members of the input, `steps` lead to the instance of an action.

    Raises Refused (access-denied, what is wrong with the input, operation-not-supported where nobody carries it out), VtnmdError.
    """
    allow(backend, operation, authority, steps)
    target = tuple((step.node.member, step.key or ()) for step in steps)
    name = f"/{'/'.join(operation.path)}" if operation.kind is Kind.ACTION else f"{operation.module}:{operation.name}"
    inside = operation.operations.get("input")
    if inside is not None:
        violations = validate_below(inside, given)
        if violations:
            raise Refused(*map(_of_input, refused_violations(backend.schema, given, violations, inside).faults))
        given = filled(given, inside)
    elif given:
        raise Refused(Fault("unknown-element", f"{operation.name} takes no input", info=(("bad-element", next(iter(given))),)))
    procedure = backend.procedures.get(name)
    if procedure is None:
        raise Refused(Fault("operation-not-supported", f"nobody carries out {operation.name} here", "protocol"))
    return await procedure(Call(name, given, origin, target, operation))


def surroundings(backend: Backend, steps: tuple[Step, ...]) -> Json:
    """The part of the configuration that the instance of an action may be in: its top-level member, of services the one."""
    if not steps:
        return {}
    member = steps[0].node.member
    names = [step.key[0] for step in steps[1:2] if step.node.name == SERVICE and step.key] if member == SERVICES else []
    held = backend.running.current.document(names)
    return {member: held[member]} if member in held else {}
