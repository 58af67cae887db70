"""What is committed of services and not carried out: which, why one cannot be planned, and plans that wait for approval."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal, select, update

from vtnmd.domain.commit import SERVICE_PART, service_part
from vtnmd.domain.diagnostics import Diagnostic, StateError, diagnostic_from_json
from vtnmd.domain.plan import Plan, plan_from_json
from vtnmd.domain.tree import Json
from vtnmd.state.rows import AnyRow, chunks, dump, dump_plan, put
from vtnmd.state.tables import approvals, commit_parts, commits, configuration, plans, runs, services, troubles


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why commit `number` of a service cannot be planned. `basis` stands for all else that this depended on."""

    service: str
    number: int
    basis: str
    time: float
    diagnostics: tuple[Diagnostic, ...]

    def to_json(self) -> Json:
        return {"commit": self.number, "time": self.time, "diagnostics": [each.to_json() for each in self.diagnostics]}


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan that was made of commit `number` and waits for approvals: how many have been given, by whom."""

    service: str
    digest: str
    number: int
    time: float
    users: tuple[str, ...] = ()

    def to_json(self) -> Json:
        return {"digest": self.digest, "commit": self.number, "time": self.time, "approved-by": list(self.users)}


@dataclass(frozen=True, slots=True)
class CommittedService:
    """How a service stands: the commit that last changed it, and the one that its last run was made of (0: none).

    `user` made that commit, with that `label`. `gone`: it is configured no longer, and is to be destroyed. `trouble` and `plan` are
    of that commit or of an earlier one.
    """

    service: str
    number: int
    begun: int
    user: str
    label: str = ""
    gone: bool = False
    trouble: Trouble | None = None
    plan: KeptPlan | None = None

    @property
    def is_outstanding(self) -> bool:
        """No run was begun of what is committed."""
        return self.gone or self.number > self.begun

    def to_json(self) -> Json:
        return {
            "service": self.service,
            "commit": self.number,
            "begun": self.begun,
            "user": self.user,
            "gone": self.gone,
            "trouble": self.trouble.to_json() if self.trouble else None,
            "waits-for-approval": self.plan.to_json() if self.plan else None,
        }


_BEGUN = func.coalesce(runs.c.commit_number, 0)
_NAME = func.substr(configuration.c.part, len(SERVICE_PART) + 1)


def _configured() -> Select[Any]:
    """Name, number of the commit and of what was begun of every service that is configured."""
    query = select(_NAME.label("service"), configuration.c.number, _BEGUN.label("begun"), literal(0).label("gone"))
    query = query.select_from(configuration).join(services, services.c.name == _NAME, isouter=True)
    return query.join(runs, runs.c.id == services.c.run, isouter=True).where(configuration.c.part.startswith(SERVICE_PART))


def _removed() -> Select[Any]:
    """The same of those that were applied and are configured no longer, unless they are being destroyed already."""
    part = literal(SERVICE_PART).op("||")(services.c.name)
    last = select(func.max(commit_parts.c.number)).where(commit_parts.c.part == part).scalar_subquery()
    query = select(services.c.name.label("service"), last.label("number"), _BEGUN.label("begun"), literal(1).label("gone"))
    query = query.select_from(services).join(configuration, configuration.c.part == part, isouter=True)
    query = query.join(runs, runs.c.id == services.c.run)
    return query.where(configuration.c.part.is_(None), services.c.intent.is_not(None))


def read_services(connection: Connection, service: str = "") -> tuple[CommittedService, ...]:
    """How every service stands, or the one, by name."""
    there, removed = _configured(), _removed()
    if service:
        there = there.where(configuration.c.part == service_part(service))
        removed = removed.where(services.c.name == service)
    rows = (*connection.execute(there), *connection.execute(removed))
    return _completed(connection, sorted(rows, key=lambda row: str(row.service)))


def read_outstanding(connection: Connection) -> tuple[CommittedService, ...]:
    """Services of which something is committed that no run was begun of, the earliest commit first; what is to go comes last.

    A service that goes may have been renamed by one that comes.
    """
    rows = (*connection.execute(_configured().where(configuration.c.number > _BEGUN)), *connection.execute(_removed()))
    return _completed(connection, sorted(rows, key=lambda row: (row.gone, row.number or 0, row.service)))


def _completed(connection: Connection, rows: Iterable[AnyRow]) -> tuple[CommittedService, ...]:
    found = [CommittedService(row.service, row.number or 0, row.begun, "", gone=bool(row.gone)) for row in rows]
    origins: dict[int, tuple[str, str]] = {}
    for some in chunks({each.number for each in found}):
        query = select(commits.c.number, commits.c.user, commits.c.label).where(commits.c.number.in_(some))
        origins |= {row.number: (row.user, row.label) for row in connection.execute(query)}
    trouble = {each.service: each for each in read_troubles(connection)}
    kept = {each.service: each for each in read_kept(connection)}
    return tuple(
        replace(each, user=user, label=label, trouble=trouble.get(each.service), plan=kept.get(each.service))
        for each in found
        for user, label in [origins.get(each.number, ("", ""))]
    )


def note_carried_out(connection: Connection, service: str, number: int) -> None:
    """Count the last run of a service as made of commit `number`."""
    last = select(services.c.run).where(services.c.name == service).scalar_subquery()
    connection.execute(update(runs).where(runs.c.id == last, runs.c.commit_number < number).values(commit_number=number))


def read_troubles(connection: Connection) -> Iterator[Trouble]:
    for row in connection.execute(select(troubles)):
        told = tuple(diagnostic_from_json(each) for each in json.loads(row.diagnostics))
        yield Trouble(row.service, row.number, row.basis, row.time, told)


def keep_trouble(connection: Connection, trouble: Trouble) -> None:
    """Remember why a commit cannot be planned, in place of what was remembered of the service."""
    row = {"service": trouble.service, "number": trouble.number, "basis": trouble.basis, "time": trouble.time}
    put(connection, troubles, [{**row, "diagnostics": dump([each.to_json() for each in trouble.diagnostics])}])


def forget_trouble(connection: Connection, service: str) -> None:
    connection.execute(delete(troubles).where(troubles.c.service == service))


def read_kept(connection: Connection) -> tuple[KeptPlan, ...]:
    """The plans that are kept, by service, with who has approved them."""
    query = select(plans.c.service, plans.c.digest, plans.c.number, plans.c.time).order_by(plans.c.service)
    rows = connection.execute(query).all()
    users: dict[str, list[str]] = {row.digest: [] for row in rows}
    given = select(approvals.c.plan, approvals.c.user).where(approvals.c.plan.in_(select(plans.c.digest)))
    for digest, user in connection.execute(given.order_by(approvals.c.time, approvals.c.user)) if rows else ():
        users[digest].append(user)
    return tuple(KeptPlan(row.service, row.digest, row.number, row.time, tuple(users[row.digest])) for row in rows)


def kept_plan(connection: Connection, digest: str) -> Plan:
    """A plan that is kept. Raises StateError (VTN-P026)."""
    text = connection.execute(select(plans.c.plan).where(plans.c.digest == digest)).scalar_one_or_none()
    try:
        return plan_from_json(json.loads(text or "{}"))
    except (ValueError, KeyError, TypeError):  # none is there, or another version of vtnmd has made it
        hint = "it was applied, or the service has changed since"
        raise StateError(Diagnostic("VTN-P026", f"no plan waits under the digest {digest}", hint=hint)) from None


def keep_plan(connection: Connection, plan: Plan, number: int, now: float) -> str:
    """Keep a plan in place of any other of its service; gives its digest."""
    drop_plan(connection, plan.service)
    row = {"service": plan.service, "digest": plan.digest, "number": number, "time": now, "plan": dump_plan(plan)}
    put(connection, plans, [row])
    return plan.digest


def drop_plan(connection: Connection, service: str) -> None:
    """The plan that was kept for a service is gone, and with it the approvals that it had."""
    kept = select(plans.c.digest).where(plans.c.service == service).scalar_subquery()
    connection.execute(delete(approvals).where(approvals.c.plan == kept))
    connection.execute(delete(plans).where(plans.c.service == service))
