"""Edits of clients as changes of parts: edit-config in XML, and resources by their paths. Only the services that an edit names are
looked at, so that it costs the same among ten services and ten thousand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused, refused_edit
from vtnmd.datastore.tree import Changes, Tree, difference
from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES
from vtnmd.domain.tree import Json
from vtnmd.yang.amend import ABSENT, Draft, Insert, InsertError, Missing, merged
from vtnmd.yang.api_path import Step, identifier_of, resource_at
from vtnmd.yang.conditions import settle
from vtnmd.yang.convert import elements_of
from vtnmd.yang.edit import NETCONF_NAMESPACE, EditError, Operation, edit
from vtnmd.yang.schema import Schema

_OPERATION = f"{{{NETCONF_NAMESPACE}}}operation"


def edit_config(schema: Schema, tree: Tree, config: Iterable[etree._Element], default: Operation = Operation.MERGE) -> Changes:
    """What an edit-config changes; `config` are the children of its config element. Raises Refused."""
    elements = elements_of(config)
    services = _named(schema, elements, default)
    return _changes(schema, tree, services, lambda before: edit(schema, before, elements, default_operation=default))


def _changes(schema: Schema, tree: Tree, services: Sequence[str] | None, make: Callable[[Json], Json]) -> Changes:
    before = tree.document(services)
    try:
        return difference(tree, settle(schema, before, make(before)), services)
    except EditError as error:
        raise refused_edit(error) from None


def _named(schema: Schema, elements: list[etree._Element], default: Operation) -> list[str] | None:
    """The services that an edit-config names; None where it may change any."""
    module, _, local = SERVICES.partition(":")
    namespace = schema.modules[module].namespace if module in schema.modules else ""
    if default is Operation.REPLACE:
        return None
    names: list[str] = []
    for element in elements:
        if element.tag != f"{{{namespace}}}{local}":
            continue
        if element.get(_OPERATION, "merge") != "merge":
            return None
        for entry in elements_of(element):
            name = entry.findtext(f"{{{namespace}}}{SERVICE_KEY}") or entry.findtext(SERVICE_KEY)
            if etree.QName(entry).localname != SERVICE or name is None:
                continue
            names.append(name.strip())
    return list(dict.fromkeys(names))


# Resources (RFC 8040 section 4)


@dataclass(frozen=True, slots=True)
class ResourceEdit:
    """One edit of a resource. `operation` is that of YANG Patch (RFC 8072 section 2.5); `value` in the form of documents."""

    operation: str
    steps: tuple[Step, ...]
    value: Json = ABSENT
    place: Insert | None = None


def edit_resources(schema: Schema, tree: Tree, edits: Sequence[ResourceEdit]) -> Changes:
    """What edits change, one after the other, all or none. Raises Refused, with the number of the edit in `Refused.edit`."""
    services = _services(edits)

    def make(before: Json) -> Json:
        draft = Draft(schema.root, before)
        for number, each in enumerate(edits):
            try:
                draft = _edited(schema, draft, each)
            except Refused as refusal:
                refusal.edit = number
                raise
        return draft.result()

    return _changes(schema, tree, services, make)


def _services(edits: Iterable[ResourceEdit]) -> list[str] | None:
    names: list[str] = []
    for each in edits:
        steps = each.steps
        if not steps:
            if each.operation != "merge":
                return None
            names += _entries(each.value.get(SERVICES, {}))
        elif steps[0].node.member == SERVICES:
            if len(steps) == 1 and each.operation == "merge":
                names += _entries(each.value)
            elif len(steps) == 1 or not steps[1].key:
                return None
            else:
                names.append(steps[1].key[0])
    return list(dict.fromkeys(names))


def _entries(services: Json) -> list[str]:
    return [entry[SERVICE_KEY] for entry in services.get(SERVICE, ())]


def _edited(schema: Schema, draft: Draft, change: ResourceEdit) -> Draft:
    if not change.steps:
        return _edited_root(schema, draft, change)
    try:
        draft.amend(change.steps, _change_of(schema, change), change.place)
    except Missing as missing:
        raise Refused(
            Fault("data-missing", str(missing), app_tag="instance-required", path=identifier_of(schema, missing.steps))
        ) from None
    except InsertError as error:
        place = identifier_of(schema, change.steps)
        raise Refused(Fault("bad-attribute", str(error), "protocol", error.app_tag, place, (("bad-attribute", "point"),))) from None
    return draft


def _edited_root(schema: Schema, draft: Draft, change: ResourceEdit) -> Draft:
    if change.operation == "merge":
        draft.merge(change.value)
        return draft
    if change.operation == "replace":
        return Draft(schema.root, change.value)
    raise Refused(Fault("operation-not-supported", f"the datastore cannot be the target of {change.operation}", "protocol"))


def _change_of(schema: Schema, change: ResourceEdit) -> Callable[[Json], Json]:
    node, entry = change.steps[-1].node, bool(change.steps[-1].key)

    def refuse(tag: str, message: str) -> Refused:
        return Refused(Fault(tag, message, path=identifier_of(schema, change.steps)))

    def apply(held: Json) -> Json:
        there = held is not ABSENT and not (node.implied and not held)
        match change.operation:
            case "create" | "insert" if there:
                raise refuse("data-exists", f"{node.name} exists already")
            case "delete" | "move" if not there:
                raise refuse("data-missing", f"there is no {node.name}")
            case "delete" | "remove":
                return ABSENT
            case "move":
                return held
            case "merge" if held is not ABSENT and not (entry and node.type is not None):
                return merged(held, change.value, node)
            case _:
                return change.value

    return apply


def exists(document: Json, steps: Sequence[Step]) -> bool:
    """Whether a resource is there; a container without presence is where something is in it."""
    found = resource_at(document, steps)
    return found is not ABSENT and not (bool(steps) and steps[-1].node.implied and not found)
