"""What NETCONF tells of itself as notifications (RFC 6470): commits, whoever made them, sessions, confirmed commits."""

import ipaddress
import logging

from vtnmd.datastore.running import Committed
from vtnmd.datastore.tree import document_of
from vtnmd.domain.commit import Confirmation
from vtnmd.domain.tree import Json
from vtnmd.netconf.server import ServerSession
from vtnmd.northbound.backend import Backend, SessionInfo
from vtnmd.yang.convert import XmlPrefixes
from vtnmd.yang.difference import compare
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.reference_types import InstanceIdentifierType
from vtnmd.yang.schema import Schema

_log = logging.getLogger(__name__)

_MODULE = "ietf-netconf-notifications"
_EDITS = 100
"""How many edits one notification lists; a commit of more is told without them, as RFC 6470 allows."""
_IDENTIFIER = InstanceIdentifierType("instance-identifier", "instance-identifier", require_instance=False)


def tell_of_commits(backend: Backend) -> None:
    """Have commits, and confirmed commits that are not confirmed, told from now on."""
    backend.running.listen(lambda committed: _told(backend, committed))
    before = backend.confirmations.taken_back

    def taken_back(pending: Confirmation, reason: str) -> None:
        before(pending, reason)
        confirmed_commit(backend, pending.session, "timeout" if reason.startswith("timeout") else "cancel")

    backend.confirmations.taken_back = taken_back


def session_started(backend: Backend, session: ServerSession) -> None:
    backend.streams.publish(f"{_MODULE}:netconf-session-start", _session(session.username, session.id, session.client))


def session_ended(backend: Backend, session: ServerSession, killed_by: int) -> None:
    content = _session(session.username, session.id, session.client)
    content |= {"killed-by": killed_by} if killed_by else {}
    backend.streams.publish(f"{_MODULE}:netconf-session-end", {**content, "termination-reason": str(session.ending)})


def confirmed_commit(backend: Backend, session: int, event: str, seconds: int = 0) -> None:
    """`event` is start, extend, cancel, timeout or complete."""
    known: SessionInfo | None = backend.sessions.get(session)
    whose = {} if event == "timeout" else _session(known.user if known else "vtnmd", session, known.client if known else "")
    timeout = {"timeout": seconds} if event in {"start", "extend"} else {}
    backend.streams.publish(f"{_MODULE}:netconf-confirmed-commit", {**whose, "confirm-event": event, **timeout})


def _session(user: str, number: int, client: str) -> dict[str, Json]:
    return {"username": user, "session-id": number, **({"source-host": client} if _is_address(client) else {})}


def _is_address(client: str) -> bool:
    try:
        ipaddress.ip_address(client)
    except ValueError:
        return False
    return True


def _told(backend: Backend, committed: Committed) -> None:
    try:
        _committed(backend, committed)
    except Exception:  # noqa: BLE001 -- what cannot be told has been committed all the same
        _log.exception("commit %d cannot be told", committed.after.number)


def _committed(backend: Backend, committed: Committed) -> None:
    if committed.commit is None:
        return
    origin = committed.commit.origin
    by_server = origin.source not in {"netconf", "restconf"} and not origin.session
    changed_by = {"server": [None]} if by_server else _session(origin.user, origin.session, origin.client)
    content = {"changed-by": changed_by, "datastore": "running"}
    edits = _edits(backend.schema, committed)
    backend.streams.publish(f"{_MODULE}:netconf-config-change", {**content, **({"edit": edits} if edits else {})})


def _edits(schema: Schema, committed: Committed) -> list[Json]:
    changes = committed.commit.changes if committed.commit else {}
    if len(changes) > _EDITS:
        return []
    before = document_of({part: committed.before.held(part).value for part in changes})
    found = compare(schema, before, document_of(changes))
    if len(found) > _EDITS:
        return []
    operations = ("create" if each.before is None else "delete" if each.after is None else "replace" for each in found)
    return [
        {"target": identifier_value(schema, each.identifier), "operation": operation}
        for each, operation in zip(found, operations, strict=True)
    ]


def identifier_value(schema: Schema, identifier: Identifier) -> Json:
    """An identifier as RFC 7951 writes it, with names of modules."""
    return _IDENTIFIER.parse(identifier.text, XmlPrefixes(schema, dict[str | None, str](identifier.namespaces.items())))
