"""Services as the list `service` tells them: how far what was committed has come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from vtnmd.domain.commit import Origin, Part
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.values import date_and_time, filled, numbered, plain, timed
from vtnmd.state import ServiceBrief


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
        {"name": name, **_committed(committed.get(name, NOTHING_COMMITTED)), **_begun(known.get(name))}
        for name in sorted({*known, *committed})
    ]


def tenants_of(service: Json) -> tuple[str, ...]:
    """The tenants of a service's entry, each once."""
    return tuple(sorted({vtn["tenant"] for vtn in service.get("vtn", ()) if "tenant" in vtn}))


def _committed(found: Committed) -> Json:
    return filled(
        {
            "tenant": list(found.tenants),
            "committed": str(found.committed) if found.committed else None,
            "begun": str(found.begun) if found.begun else None,
            "plan": found.plan,
            "trouble": numbered(found.trouble),
        }
    )


def _begun(brief: ServiceBrief | None) -> Json:
    if brief is None:
        return {}
    facts = {"owner": plain(brief.owner), "run": brief.run, **timed({"changed": brief.changed})}
    return {"version": brief.version, "result": str(brief.result), **filled(facts)}


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
