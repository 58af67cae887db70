"""Services as the list `service` tells them: how far what was committed has come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from vtnmd.domain.commit import Origin, Part
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.values import date_and_time, filled, numbered, plain, timed
from vtnmd.state import ServiceBrief, ServiceEntry


@dataclass(frozen=True, slots=True)
class Committed:
    """What the configuration says of a service, and how far it was carried out.

    `committed` is the newest commit that changed it, also where that removed it, `begun` the one whose Intent its last run brings;
    0 for none. `trouble` says why it could not be begun, `plan` is the digest of one that waits for approval, `tenants` are
    those of its VTNs.
    """

    committed: int = 0
    begun: int = 0
    trouble: tuple[Diagnostic, ...] = ()
    plan: str = ""
    tenants: tuple[str, ...] = ()


NOTHING_COMMITTED = Committed()


class CommitView(Protocol):
    """A commit without the values that it wrote."""

    @property
    def number(self) -> int: ...
    @property
    def time(self) -> float: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def parts(self) -> Iterable[Part]: ...


def service_entries(briefs: Iterable[ServiceBrief], committed: Mapping[str, Committed]) -> Json:
    """The list `service`, by name: what is committed, and what something is applied of."""
    known = {brief.name: brief for brief in briefs}
    return [
        {"name": name, **_listed(known.get(name), committed.get(name, NOTHING_COMMITTED))} for name in sorted({*known, *committed})
    ]


def tenants_of(service: Json) -> tuple[str, ...]:
    """The tenants of a service's entry, each once."""
    return tuple(sorted({vtn["tenant"] for vtn in service.get("vtn", ()) if "tenant" in vtn}))


def _listed(brief: ServiceBrief | None, found: Committed) -> Json:
    owner = plain(brief.owner) if brief else ""
    return {**filled({"owner": owner, "tenant": list(found.tenants)}), **standing(brief, found)}


def standing(begun: ServiceBrief | ServiceEntry | None, found: Committed) -> Json:
    """How far a service has come: the grouping `service-standing`, its last run and the plan that waits for approval."""
    return {
        **filled(
            {
                "committed": str(found.committed) if found.committed else None,
                "begun": str(found.begun) if found.begun else None,
                "plan": found.plan,
                "trouble": numbered(found.trouble),
            }
        ),
        **(_last_run(begun) if begun else {}),
    }


def _last_run(begun: ServiceBrief | ServiceEntry) -> Json:
    return {
        "version": begun.version,
        "result": str(begun.result),
        **filled({"run": begun.run, **timed({"changed": begun.changed})}),
    }


def commit_entry(commit: CommitView) -> Json:
    """An entry of the list `commit`."""
    origin = commit.origin
    return {
        "number": str(commit.number),
        "time": date_and_time(commit.time),
        **filled(
            {
                "user": plain(origin.user),
                "source": origin.source,
                "client": plain(origin.client),
                "session": origin.session or None,
                "label": plain(origin.label),
                "comment": plain(origin.comment),
                "part": [plain(part) for part in commit.parts],
            }
        ),
    }
