"""The running and candidate datastores of a simulated device, with locks and confirmed commits (RFC 6241 sections 7.5, 8.3, 8.4).

Where RFC 6241 leaves the error to the device, it is the one that yuma123 netconfd 2.13 answers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import RpcError, told_as_bad
from vtnmd.netconf.server import RpcFailed
from vtnmd.netconf.xmltree import BASE
from vtnmd.yang.conditions import settle
from vtnmd.yang.convert import to_xml
from vtnmd.yang.edit import EditError, EditProblem, Operation, edit
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema
from vtnmd.yang.violations import Violation

RUNNING, CANDIDATE = "running", "candidate"

_PENDING = RpcError(
    "in-use", "cannot perform the operation with confirmed-commit pending", "protocol", app_tag="outstanding-confirmed-commit"
)
_LOCKED = RpcError("in-use", "config locked", "protocol", app_tag="no-access")


@dataclass(frozen=True, slots=True)
class Pending:
    """A confirmed commit that waits: `before` is what running goes back to, `persist` its name, empty where it has none."""

    session_id: int
    persist: str
    before: Json


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The parameters of a commit (section 8.4.5)."""

    confirmed: bool = False
    persist: str = ""
    persist_id: str = ""


class Datastores:
    """RFC 7951 documents in `running` and `candidate`. Every method raises RpcFailed where the device refuses.

    `save` is given each running configuration that is there to stay.
    """

    def __init__(self, schema: Schema, running: Json, save: Callable[[Json], None]) -> None:
        self.schema = schema
        self.held: dict[str, Json] = {RUNNING: running, CANDIDATE: running}
        self.pending: Pending | None = None
        self._locks: dict[str, int] = {}
        self._save = save

    def xml(self, document: Json) -> Sequence[etree._Element]:
        """A document as elements, for get and get-config."""
        return to_xml(self.schema, document)

    def lock(self, name: str, session_id: int) -> None:
        holder = self._locks.get(name)
        if holder is not None:
            info = ({"tag": f"{{{BASE}}}session-id", "children": [str(holder)]},)
            raise RpcFailed(RpcError("lock-denied", "lock denied", "protocol", app_tag="no-access", info=info))
        if self.pending and (name == RUNNING or self.pending.session_id != session_id):
            raise RpcFailed(_PENDING)
        if name == CANDIDATE and self.held[CANDIDATE] != self.held[RUNNING]:
            message = "candidate cannot be locked, discard-changes needed"
            raise RpcFailed(RpcError("resource-denied", message, "protocol", app_tag="no-access"))
        self._locks[name] = session_id

    def unlock(self, name: str, session_id: int) -> None:
        """Uncommitted changes go with the lock of the candidate (section 8.3.5.2)."""
        self._unlocked([name], session_id)
        if name not in self._locks:
            raise RpcFailed(RpcError("operation-failed", "wrong config state", "protocol", app_tag="no-access"))
        del self._locks[name]
        if name == CANDIDATE:
            self.held[CANDIDATE] = self.held[RUNNING]

    def end(self, session_id: int) -> None:
        """The session is over: its locks go, and its confirmed commit unless that has a name."""
        for name in [name for name, holder in self._locks.items() if holder == session_id]:
            self.unlock(name, session_id)
        if self.pending and self.pending.session_id == session_id and not self.pending.persist:
            self.roll_back()

    def changed(self, name: str, elements: Iterable[etree._Element], operation: Operation) -> Json:
        """What a datastore would hold after an edit-config; nothing is changed yet.

        What exists only under a condition goes when the edit makes that false (RFC 7950 section 8.3.1).
        """
        before = self.held[name]
        try:
            return settle(self.schema, before, edit(self.schema, before, elements, default_operation=operation))
        except EditError as error:
            raise RpcFailed(*(_edit_error(problem) for problem in error.problems)) from None

    def check(self, document: Json) -> None:
        """Raise every violation of the YANG modules."""
        violations = validate(self.schema, document)
        if violations:
            raise RpcFailed(*(_violation_error(self.schema, document, violation) for violation in violations))

    def write_candidate(self, document: Json, session_id: int) -> None:
        self._unlocked([CANDIDATE], session_id)
        self.held[CANDIDATE] = document

    def commit(self, session_id: int, confirmation: Confirmation) -> None:
        self._unlocked([CANDIDATE, RUNNING], session_id)
        pending = self.pending
        if pending is None:
            if confirmation.persist_id:
                raise RpcFailed(_failed("persistent confirmed commit not active"))
        else:
            self._may_follow(pending, session_id, confirmation)
        self.check(self.held[CANDIDATE])
        before = pending.before if pending else self.held[RUNNING]
        self.held[RUNNING] = self.held[CANDIDATE]
        self.pending = Pending(session_id, confirmation.persist, before) if confirmation.confirmed else None
        if self.pending is None:
            self._save(self.held[RUNNING])

    def cancel(self, session_id: int, persist_id: str) -> None:
        if self.pending is None or (not persist_id and self.pending.session_id != session_id):
            raise RpcFailed(_failed("no confirmed commit is pending here"))
        if persist_id and persist_id != self.pending.persist:
            raise RpcFailed(RpcError("invalid-value", "another persist-id is pending", "protocol", app_tag="data-invalid"))
        self.roll_back()

    def roll_back(self) -> None:
        """Running, and the candidate with it, as before the confirmed commit that is pending."""
        if self.pending is not None:
            self.held = dict.fromkeys(self.held, self.pending.before)
            self.pending = None

    def put_back(self, running: Json) -> None:
        """Hold another configuration, whatever was under way."""
        self.held = dict.fromkeys(self.held, running)
        self.pending = None
        self._save(running)

    def _may_follow(self, pending: Pending, session_id: int, confirmation: Confirmation) -> None:
        """Whether a commit may confirm or prolong the one that is pending."""
        if confirmation.persist_id:
            if confirmation.persist_id != pending.persist:
                raise RpcFailed(RpcError("invalid-value", "another persist-id is pending", "protocol", app_tag="data-invalid"))
        elif session_id != pending.session_id:
            raise RpcFailed(_PENDING)
        elif confirmation.confirmed and pending.persist:
            raise RpcFailed(_failed("the confirmed commit that is pending has a persist-id"))

    def _unlocked(self, names: Sequence[str], session_id: int) -> None:
        if any(self._locks.get(name, session_id) != session_id for name in names):
            raise RpcFailed(_LOCKED)


def _failed(message: str) -> RpcError:
    return RpcError("operation-failed", message, "protocol", app_tag="general-error")


def _edit_error(problem: EditProblem) -> RpcError:
    details = {"bad-element": problem.bad_element, "bad-attribute": problem.bad_attribute, "bad-namespace": problem.bad_namespace}
    named = told_as_bad(problem.error_tag)
    info = tuple({"tag": f"{{{BASE}}}{name}", "children": [text]} for name, text in details.items() if text and name in named)
    return RpcError(
        problem.error_tag,
        problem.message,
        problem.error_type,
        app_tag=problem.app_tag,
        path=str(problem.path),
        info=info,
        namespaces=problem.path.namespaces,
    )


def _violation_error(schema: Schema, document: Json, violation: Violation) -> RpcError:
    path = instance_identifier(schema, document, violation.path)
    return RpcError(violation.error_tag, violation.message, app_tag=violation.app_tag, path=str(path), namespaces=path.namespaces)
