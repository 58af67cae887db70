"""What differs between two services as they are written: in the Intent, in resources, and in what endpoints would be sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.service import SERVICE_PATH
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, in_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan
from vtnmd.domain.snapshot import Applied
from vtnmd.planner import World, check_prefixes, make_plan
from vtnmd.planner.changes import Renderer
from vtnmd.state import Store, open_store
from vtnmd.usecases.services import Ready, Source, catalogue, compile_for, topology_of, validate
from vtnmd.yang.difference import Difference, compare

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Compared:
    """`plan` leads from the old service, as if it had been applied, to the new one; None where only Intents were compared."""

    old: Intent
    new: Intent
    differences: tuple[Difference, ...]
    plan: Plan | None
    warnings: tuple[Diagnostic, ...] = ()


def compare_intents(old: Source, new: Source, state: str) -> Compared:
    """Without an inventory, if there is none. Raises Invalid with what is wrong with either."""
    one, other = _both(lambda source: validate(source, state), *_of_one_name(old, new, state))
    found = compare(service_schema(other.intent.models), one.intent.document, other.intent.document, below=len(SERVICE_PATH))
    return Compared(one.intent, other.intent, found, None, in_order((*one.warnings, *other.warnings)))


def compare_services(old: Source, new: Source, state: str) -> Compared:
    """Both under one name, the new one with what the old one draws: so it differs where a plan would. Raises Invalid.

    What the state holds in pools is taken; otherwise it plays no part.
    """
    with open_store(state, create=False) as store:
        held = store.allocations()
        sources = _of_one_name(old, new, state)
        try:
            before = compile_for(sources[0], store, held)
        except Invalid as problem:
            raise Invalid(*problem.diagnostics, *_problems(sources[1], store, held)) from None
        after = compile_for(sources[1], store, _joined(held, before.compiled.allocations))
    former = after.compiled.former
    refused = check_prefixes(before.intent, after.intent, former)
    return Compared(
        before.intent,
        after.intent,
        compare(service_schema(after.intent.models), before.intent.document, after.intent.document, former, len(SERVICE_PATH)),
        _plan(before, after),
        in_order((*before.warnings, *after.warnings, *(replace(each, severity=Severity.WARNING) for each in refused))),
    )


def _of_one_name(old: Source, new: Source, state: str) -> tuple[Source, Source]:
    """Both under the name that is given, else that of the new topology."""
    if new.name:
        return old, new
    name = _both(partial(topology_of, state=state), old, new)[1].name
    return replace(old, name=name), replace(new, name=name)


def _both(read: Callable[[Source], Value], old: Source, new: Source) -> tuple[Value, Value]:
    """What is read of both. Raises Invalid with what is wrong with either."""
    found: list[Value] = []
    problems: list[Diagnostic] = []
    for source in (old, new):
        try:
            found.append(read(source))
        except Invalid as problem:
            problems += problem.diagnostics
    if problems:
        raise Invalid(*problems)
    return found[0], found[1]


def _problems(source: Source, store: Store, held: Allocations) -> tuple[Diagnostic, ...]:
    """What is wrong with a service."""
    try:
        compile_for(source, store, held)
    except Invalid as problem:
        return problem.diagnostics
    return ()


def _joined(held: Allocations, drawn: Allocations) -> Allocations:
    pools = {*held.values, *drawn.values}
    return Allocations({pool: {**held.values.get(pool, {}), **drawn.values.get(pool, {})} for pool in pools})


def _plan(before: Ready, after: Ready) -> Plan:
    """From the old resources, standing as they would be applied today, to the new ones."""
    name, inventory = after.intent.name, after.inventory
    templates = catalogue(after.intent.models, (before.intent.models,))
    renderer = Renderer(templates, {endpoint.id: endpoint for endpoint in inventory.endpoints()})
    applied = {
        address: Applied(resource, renderer.digest(resource), owners=frozenset({name}))
        for address, resource in before.compiled.graph.resources.items()
    }
    world = World(intent=before.intent, inventory=inventory.document, applied=applied)
    return make_plan(name, "", after.wanted, inventory, world, templates)
