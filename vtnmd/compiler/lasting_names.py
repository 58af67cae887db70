"""Lasting names: whatever is renamed keeps the name that addresses, pools and endpoints know it by.

A service and all that has a name in it draw a lasting name: the name they were first given, unless something else still lasts
under that. Rules see nothing but lasting names. The leaf-list `moved-from` hands a lasting name over to a new name, so a rename
moves one allocation and nothing that was made of it. Pools are `name/service`, `name/vtn/SERVICE`, `name/KIND/SERVICE` and
`name/KIND/SERVICE/VTN`, where SERVICE and VTN are lasting names themselves.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from vtnmd.compiler.service import SERVICE_PATH, Path, Service, Vtn
from vtnmd.compiler.traffic import Traffic, named_traffic, named_vtn_traffic
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations, Demand, Pool, draw
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, Span, has_errors, in_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.tree import Json

MOVED_FROM = "moved-from"
LONGEST_NAME = 63
"""That of the YANG type `name`."""

_KINDS: Mapping[str, str] = {
    "segment": "segment",
    "router": "router",
    "attachment": "attachment",
    "vtnmd-interconnect:interconnect": "interconnect",
    "vtnmd-workload:workload": "workload",
    "vtnmd-traffic:terminal": "terminal",
}
"""Lists of a VTN whose entries can be renamed → what messages and pools call an entry."""

_SHARED_KINDS: Mapping[str, str] = {
    "vtnmd-traffic:flow-condition": "flow condition",
    "vtnmd-traffic:path-policy": "path policy",
}
"""As `_KINDS`, for lists of a service."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """A service under its lasting names. `former` maps paths in the Intent to the name that the entry had before this plan."""

    service: Service
    names: Allocations
    former: Mapping[Path, str]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something with a name; `former` are the names that it is said to be moved from."""

    kind: str
    name: str
    former: tuple[str, ...]
    path: Path


@dataclass(slots=True)
class _Work:
    """What is found on the way. `lasting` holds the names that differ from the Intent's."""

    taken: Allocations
    place: Callable[[Path], Span | None]
    values: dict[str, dict[str, int | str]] = field(default_factory=dict)
    moved: dict[str, dict[str, str]] = field(default_factory=dict)
    lasting: dict[Path, str] = field(default_factory=dict)
    former: dict[Path, str] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)


def give_lasting_names(service: Service, intent: Intent, taken: Allocations) -> Lasting:
    """The service as rules see it, and the names that are drawn for that.

    `service` is that of `intent`, which is validated; `taken` is all that any service holds. Raises Invalid for a rename that
    contradicts what is there: VTN-G020 (the new name was there before), VTN-G021 (two former names are).
    """
    work = _Work(taken, intent.source)
    entry = intent.service
    mine = _settle(work, SERVICE_NAMES, [_entry("service", entry, SERVICE_PATH)])[entry["name"]]
    for member, kind in _SHARED_KINDS.items():
        if entry.get(member):
            _settle(work, f"name/{kind}/{mine}", _entries(kind, entry, member, SERVICE_PATH))
    vtns = list(_entries("VTN", entry, "vtn", SERVICE_PATH))
    known = _settle(work, f"name/vtn/{mine}", vtns)
    for index, vtn in enumerate(entry.get("vtn", ())):
        for member, kind in _KINDS.items():
            if vtn.get(member):
                _settle(work, f"name/{kind}/{mine}/{known[vtn['name']]}", _entries(kind, vtn, member, vtns[index].path))
    if has_errors(work.problems):
        raise Invalid(*work.problems)
    named = _named(service, work.lasting) if work.lasting else service
    return Lasting(named, Allocations(work.values, work.moved), work.former, in_order(work.problems))


def moved_since(intent: Intent, then: Allocations, now: Allocations) -> Intent:
    """An earlier Intent that says of all that has another name by now what it is moved from.

    `then` is what was drawn when the Intent was that of the service, `now` what is.
    """
    document = deepcopy(intent.document)
    earlier = replace(intent, document=document)
    for pool, entry in _pooled(earlier.service, then):
        lasting = then.values.get(pool, {}).get(entry["name"])
        names = [name for name, held in now.values.get(pool, {}).items() if held == lasting and name != entry["name"]]
        if names:
            entry[MOVED_FROM] = names
    return earlier


def _pooled(service: Json, drawn: Allocations) -> Iterator[tuple[str, Json]]:
    """Everything that has a name, with the pool of its lasting name."""
    yield SERVICE_NAMES, service
    mine = drawn.values.get(SERVICE_NAMES, {}).get(service["name"], service["name"])
    for member, kind in _SHARED_KINDS.items():
        yield from ((f"name/{kind}/{mine}", entry) for entry in service.get(member, ()))
    vtns = f"name/vtn/{mine}"
    for vtn in service.get("vtn", ()):
        yield vtns, vtn
        inside = f"{mine}/{drawn.values.get(vtns, {}).get(vtn['name'], vtn['name'])}"
        for member, kind in _KINDS.items():
            yield from ((f"name/{kind}/{inside}", entry) for entry in vtn.get(member, ()))


def without_moves(intent: Intent) -> Intent:
    """The Intent as it is kept: `moved-from` is an instruction, and once it was carried out leaving it away changes nothing."""
    if not any(_is_moved(entry) for entry in _named_entries(intent.service)):
        return intent
    document = deepcopy(intent.document)
    kept = replace(intent, document=document)
    for entry in _named_entries(kept.service):
        entry.pop(MOVED_FROM, None)
    return kept


def _is_moved(entry: Json) -> bool:
    return MOVED_FROM in entry


def _named_entries(service: Json) -> Iterator[Json]:
    yield service
    for member in _SHARED_KINDS:
        yield from service.get(member, ())
    for vtn in service.get("vtn", ()):
        yield vtn
        for member in _KINDS:
            yield from vtn.get(member, ())


def _entry(kind: str, entry: Json, path: Path) -> _Entry:
    return _Entry(kind, entry["name"], tuple(entry.get(MOVED_FROM, ())), path)


def _entries(kind: str, parent: Json, member: str, path: Path) -> Iterator[_Entry]:
    return (_entry(kind, entry, (*path, member, index)) for index, entry in enumerate(parent.get(member, ())))


def _settle(work: _Work, pool: str, entries: Iterable[_Entry]) -> Mapping[str, str]:
    """Name → lasting name of all entries of one list, whose lasting names come from one pool."""
    held = work.taken.values.get(pool, {})
    found = work.values.setdefault(pool, {})
    fresh: list[_Entry] = []
    for entry in entries:
        former = _former(work, entry, held) if entry.former else ""
        if former:
            work.moved.setdefault(pool, {})[entry.name] = former
            work.former[entry.path] = former
        if former or entry.name in held:
            found[entry.name] = held[former or entry.name]
            _note(work, entry, str(found[entry.name]))
        else:
            fresh.append(entry)
    if fresh:
        demands = (Demand(pool, entry.name, entry.name) for entry in fresh)
        found |= draw(demands, {pool: Pool(pool, longest=LONGEST_NAME)}, work.taken).values[pool]
        for entry in fresh:
            _note(work, entry, str(found[entry.name]))
    return {name: str(lasting) for name, lasting in found.items()}


def _note(work: _Work, entry: _Entry, lasting: str) -> None:
    if lasting != entry.name:
        work.lasting[entry.path] = lasting


def _former(work: _Work, entry: _Entry, held: Mapping[str, int | str]) -> str:
    """Which of its former names the entry takes over from; empty where it takes over from none."""
    there = [name for name in entry.former if name in held]
    what = f"{entry.kind} {entry.name}"
    if not there:
        reason = "it was moved before" if entry.name in held else f"there is no {entry.kind} {' or '.join(entry.former)}"
        hint = "take it away once no state has the old name"
        _report(work, entry, "VTN-G022", f"moved of {what} has no effect: {reason}", hint, Severity.WARNING)
    elif entry.name in held:
        hint = "keep the old name for the one of them that stays, or take moved away: then the other is removed"
        _report(work, entry, "VTN-G020", f"{there[0]} cannot be moved to {what}, which was there before", hint)
    elif len(there) > 1:
        hint = "name the one that it was; the other is removed"
        _report(work, entry, "VTN-G021", f"{what} cannot be moved from {' and '.join(there)}, which are all there", hint)
    else:
        return there[0]
    return ""


def _report(work: _Work, entry: _Entry, code: str, summary: str, hint: str, severity: Severity = Severity.ERROR) -> None:
    work.problems.append(Diagnostic(code, summary, work.place((*entry.path, MOVED_FROM)), hint, severity=severity))


def _named(service: Service, lasting: Mapping[Path, str]) -> Service:
    name = lasting.get(SERVICE_PATH, service.name)
    traffic = named_traffic(service.traffic, lasting)
    vtns = tuple(_named_vtn(vtn, lasting, service.traffic) for vtn in service.vtns)
    return replace(service, name=name, vtns=vtns, traffic=traffic)


def _named_vtn(vtn: Vtn, lasting: Mapping[Path, str], shared: Traffic) -> Vtn:
    segments = {name: lasting.get(segment.path, name) for name, segment in vtn.segments.items()}
    routers = {name: lasting.get(router.path, name) for name, router in vtn.routers.items()}
    attachments = {each.name: lasting.get(each.path, each.name) for each in vtn.attachments}
    return replace(
        vtn,
        name=lasting.get(vtn.path, vtn.name),
        segments={segments[name]: replace(segment, name=segments[name]) for name, segment in vtn.segments.items()},
        routers={
            routers[name]: replace(router, name=routers[name], segments=tuple(segments[each] for each in router.segments))
            for name, router in vtn.routers.items()
        },
        attachments=tuple(
            replace(each, name=attachments[each.name], segment=segments.get(each.segment, each.segment)) for each in vtn.attachments
        ),
        interconnects=tuple(
            replace(
                each,
                name=lasting.get(each.path, each.name),
                segments=tuple(segments[name] for name in each.segments),
                router=routers.get(each.router, ""),
            )
            for each in vtn.interconnects
        ),
        workloads=tuple(
            replace(
                each,
                name=lasting.get(each.path, each.name),
                segments=tuple(segments[name] for name in each.segments),
                body=_named_body(each.body, segments),
            )
            for each in vtn.workloads
        ),
        traffic=named_vtn_traffic(vtn.traffic, lasting, shared, attachments),
    )


def _named_body(body: Json, segments: Mapping[str, str]) -> Json:
    """The body with its ports on segments by their lasting names; those of other services are called as ever."""
    servers = [
        {**server, "ports": [{**port, "segment": segments.get(port["segment"], port["segment"])} for port in server["ports"]]}
        for server in body["servers"]
    ]
    return {**body, "servers": servers}
