"""Confirmed commits (RFC 6241 section 8.4): what goes back to what it was unless it is confirmed in time, also across a restart."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Committed, Edit, Guard, Running, Writer
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Confirmation, Origin
from vtnmd.domain.diagnostics import VtnmdError


class ConfirmationLog(Protocol):
    """Where the one pending commit is kept, so that a restart takes it back."""

    def keep(self, pending: Confirmation) -> None: ...

    def drop(self) -> None: ...

    def pending(self) -> Confirmation | None: ...


@dataclass(frozen=True, slots=True)
class Wait:
    """How a confirmed commit waits: so many seconds, for whoever knows the persist-id, or where that is empty for its session."""

    seconds: int
    persist: str = ""


@dataclass(slots=True, eq=False)
class Confirmations:
    """The confirmed commit of one server. `taken_back` is told when one ends unconfirmed, and why."""

    running: Running
    log: ConfirmationLog
    taken_back: Callable[[Confirmation, str], None] = lambda _pending, _reason: None
    pending: Confirmation | None = None
    _timer: asyncio.TimerHandle | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def check(self, session: int, persist_id: str) -> None:
        """Raise Refused where a commit of this session, with this persist-id, may not come now."""
        pending = self.pending
        if pending is None:
            if persist_id:
                raise Refused(Fault("invalid-value", "no confirmed commit has this persist-id", "protocol"))
        elif pending.persist and persist_id != pending.persist:
            if persist_id:
                raise Refused(Fault("invalid-value", "another persist-id is pending", "protocol"))
            raise Refused(_outstanding(pending))
        elif not pending.persist and session != pending.session:
            raise Refused(_outstanding(pending))

    def check_foreign(self) -> None:
        """Raise Refused where a client without a session may not commit: its commit confirms, but for one with a persist-id
        (RFC 8040 section 1.4).
        """
        if self.pending is not None and self.pending.persist:
            raise Refused(_outstanding(self.pending))

    async def commit(
        self, edit: Edit, origin: Origin, wait: Wait, *, writer: Writer | None = None, guard: Guard | None = None
    ) -> Committed:
        """Make a confirmed commit, or one more while another is pending: the time starts anew. Raises as `Running.commit`.

        That it waits becomes durable together with the commit.
        """

        def waits(head: Tree, changes: Changes) -> Confirmation:
            before = dict(self.pending.before) if self.pending else {}
            for part in changes:
                before.setdefault(part, head.held(part).value)
            return Confirmation(origin.session, wait.persist, self.running.clock() + wait.seconds, before)

        committed = await self.running.commit(edit, origin, writer=writer, guard=guard, waits=waits)
        if committed.commit is not None and committed.commit.confirmation is not None:
            self.pending = committed.commit.confirmation
        else:
            self.pending = waits(committed.before, {})
            await asyncio.to_thread(self.log.keep, self.pending)
        self._arm(wait.seconds)
        return committed

    async def confirm(self) -> None:
        """What is pending stays."""
        if self.pending is not None:
            await asyncio.to_thread(self.log.drop)
            self.pending = None
            self._disarm()

    async def cancel(self, session: int, persist_id: str) -> None:
        """Go back. Raises Refused where nothing is pending, or it is not this session's."""
        pending = self.pending
        if pending is None or (not persist_id and (pending.persist or pending.session != session)):
            raise Refused(Fault("operation-failed", "no confirmed commit of this session is pending", "protocol"))
        if persist_id != pending.persist:
            raise Refused(Fault("invalid-value", "another persist-id is pending", "protocol"))
        await self.take_back("cancelled")

    async def session_ended(self, session: int) -> None:
        """A confirmed commit without a persist-id goes with its session."""
        if self.pending is not None and self.pending.session == session and not self.pending.persist:
            await self.take_back("session ended")

    async def resume(self) -> None:
        """After a restart: a confirmed commit that was pending is taken back (RFC 6241 section 8.4.1)."""
        self.pending = await asyncio.to_thread(self.log.pending)
        if self.pending is not None:
            await self.take_back("restarted")

    async def take_back(self, reason: str) -> None:
        """Have the parts of the pending commit what they were before it."""
        pending, self.pending = self.pending, None
        self._disarm()
        if pending is None:
            return

        def edit(tree: Tree) -> Changes:
            return {part: value for part, value in pending.before.items() if tree.held(part).value != value}

        origin = Origin("vtnmd", "serve", comment=f"a confirmed commit was not confirmed: {reason}")
        try:
            await self.running.commit(edit, replace(origin, session=pending.session))
        except (Refused, VtnmdError) as error:
            reason = f"{reason}, and cannot be taken back: {error}"
        await asyncio.to_thread(self.log.drop)
        self.taken_back(pending, reason)

    async def aclose(self) -> None:
        """Wait no more. What is pending is left to whoever starts next (`resume`)."""
        self._disarm()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _arm(self, seconds: int) -> None:
        self._disarm()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        task = asyncio.get_running_loop().create_task(self.take_back("timeout"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _outstanding(pending: Confirmation) -> Fault:
    whose = "with a persist-id" if pending.persist else f"of session {pending.session}"
    return Fault("in-use", f"a confirmed commit {whose} is pending", "protocol", "outstanding-confirmed-commit")
