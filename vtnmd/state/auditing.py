"""The audit log: who did what and when, written in the transaction in which it is done."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from vtnmd.domain.tree import Json
from vtnmd.state.rows import dump, write
from vtnmd.state.tables import audit as log


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line. `number` counts from 1; `time` is seconds since the epoch; `detail` depends on the action."""

    number: int
    time: float
    user: str
    action: str
    subject: str
    detail: Json

    def to_json(self) -> Json:
        return {
            "number": self.number,
            "time": self.time,
            "user": self.user,
            "action": self.action,
            "subject": self.subject,
            "detail": self.detail,
        }


def audit(connection: Connection, time: float, user: str, action: str, subject: str, detail: Json = None) -> None:
    """Note that `user` did `action` to `subject`: a run, a plan's digest, a region …

    Whoever calls it passes names, digests and numbers only: nothing that a payload or the inventory holds.
    """
    write(connection, log, [audit_row(time, user, action, subject, detail)])


def audit_row(time: float, user: str, action: str, subject: str, detail: Json = None) -> dict[str, Any]:
    """A line, to be written together with others."""
    return {"time": time, "user": user, "action": action, "subject": subject, "detail": dump(detail or {})}


def read_audit(connection: Connection, limit: int) -> tuple[AuditEntry, ...]:
    """The latest lines first."""
    rows = connection.execute(select(log).order_by(log.c.number.desc()).limit(limit))
    return tuple(AuditEntry(row.number, row.time, row.user, row.action, row.subject, json.loads(row.detail)) for row in rows)
