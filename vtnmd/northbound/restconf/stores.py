"""The datastores as edits reach them: running, and the shared candidate (RFC 8040 section 1.4, RFC 8527 section 3.1)."""

from collections.abc import Callable
from dataclasses import dataclass

from vtnmd.datastore.aside import Large, worked
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE, RUNNING
from vtnmd.datastore.running import Committed
from vtnmd.datastore.tree import Changes, Tree, document_of
from vtnmd.domain.commit import Origin
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.backend import Backend

Edit = Callable[[Tree], Changes]


@dataclass(frozen=True, slots=True)
class Store:
    """Running; `url` is the path that its resources stand below."""

    backend: Backend
    url: str

    @property
    def tree(self) -> Tree:
        """What may be read."""
        return self.backend.running.current

    async def commit(self, edit: Edit, origin: Origin, authority: Authority) -> Committed:
        """Make an edit durable. It confirms a confirmed commit that is pending, or is refused where that has a persist-id.

        Raises Refused (in-use, …), VtnmdError.
        """
        backend = self.backend
        committed = await backend.running.commit(edit, origin, writer=authority, guard=self._guard)
        if backend.confirmations.pending is not None:
            await backend.confirmations.confirm()
        return committed

    async def check(self, edit: Edit, authority: Authority) -> tuple[Tree, Changes]:
        """What an edit would change, and where. Raises Refused."""
        before = self.backend.running.head
        return before, await self.backend.running.judged(edit, writer=authority, guard=self._guard)

    def _guard(self, _tree: Tree, changes: Changes) -> None:
        self.backend.confirmations.check_foreign()
        self.backend.locks.check(RUNNING, 0, changes)


@dataclass(frozen=True, slots=True)
class CandidateStore(Store):
    """The candidate that all clients share. What it holds is judged when it is committed."""

    @property
    def tree(self) -> Tree:
        return self.backend.candidate.tree

    async def commit(self, edit: Edit, origin: Origin, authority: Authority) -> Committed:  # noqa: ARG002 -- no commit yet
        """Raises Refused."""
        before, changes = await self.check(edit, authority)
        self.backend.candidate.edit(changes)
        return Committed(before, self.tree)

    async def check(self, edit: Edit, authority: Authority) -> tuple[Tree, Changes]:
        """Raises Refused."""
        before, held = self.tree, dict(self.backend.candidate.changes)
        self.backend.locks.check(CANDIDATE, 0)
        changes = await worked(lambda: self._changes(edit, before, authority), large=isinstance(edit, Large))
        self.backend.locks.check(CANDIDATE, 0)
        now = self.tree
        if held != self.backend.candidate.changes or any(now.held(part).value is not before.held(part).value for part in changes):
            raise Refused(Fault("in-use", "other clients have changed the same meanwhile; try again", "protocol"))
        return before, changes

    def _changes(self, edit: Edit, before: Tree, authority: Authority) -> Changes:
        changes = edit(before)
        if changes and not authority.unbounded:
            held = {part: before.held(part).value for part in changes}
            authority.check_write(document_of(held), document_of(changes))
        return self.backend.running.prepare(before, changes)
