"""The running configuration: edits become commits, one after the other in memory, together on the disk.

`head` is what the next edit starts from, `current` what is durable and may be read. A commit is acknowledged once it is durable; it
waits for nothing else. What another process has committed is taken over, and the edits that were made before it was known are made
again on top of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from vtnmd.datastore.aside import Large, worked
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.judging import Judge, Learnt
from vtnmd.datastore.tree import Changes, Tree, document_of, tree_of
from vtnmd.domain.commit import Commit, Configuration, Confirmation, Origin, Overtaken, Part
from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.domain.tree import Json
from vtnmd.yang.schema import Schema

_ATTEMPTS = 8

Found = TypeVar("Found")


class CommitLog(Protocol):
    """Where commits are kept."""

    def configuration(self) -> Configuration: ...

    def write_commits(self, commits: Sequence[Commit], expected: int) -> None:
        """All or none, durable. Raises Overtaken where the newest commit is not `expected`, StateError."""

    def commits_since(self, number: int) -> Sequence[Commit]: ...

    def newest_commit(self) -> int: ...


class Writer(Protocol):
    """What may be written by whom (`vtnmd.northbound.authority`)."""

    @property
    def unbounded(self) -> bool: ...

    def check_write(self, before: Json, after: Json) -> None: ...


Edit = Callable[[Tree], Changes]
"""What a client wants to change, given the newest configuration. May be called more than once. Raises Refused."""

Guard = Callable[[Tree, Changes], None]
"""Raises Refused where locks or preconditions forbid the changes."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit with the configuration before and after it. `commit` is None where nothing was to be changed."""

    before: Tree
    after: Tree
    commit: Commit | None = None


Listener = Callable[[Committed], None]


class _Again(Exception):
    """The commit was made on a configuration that has been overtaken."""


@dataclass(slots=True)
class _Waiting:
    committed: Committed
    done: "asyncio.Future[Committed]"


def _unprepared(_tree: Tree, changes: Changes) -> Changes:
    return changes


@dataclass(slots=True, eq=False)
class Running:
    """To be used on one event loop, after `load`. `prepare` is given each change that is allowed, to complete or alter it."""

    schema: Schema
    log: CommitLog
    clock: Callable[[], float]
    prepare: Callable[[Tree, Changes], Changes] = _unprepared
    current: Tree = field(default_factory=Tree)
    _head: Tree = field(default_factory=Tree)
    _judge: Judge = field(init=False)
    _waiting: list[_Waiting] = field(default_factory=list)
    _writing: "asyncio.Task[None] | None" = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a commit is made, not while it is written."""
    _listeners: list[Listener] = field(default_factory=list)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "commits"))

    def __post_init__(self) -> None:
        self._judge = Judge(self.schema)

    def load(self) -> None:
        """Read the whole configuration. Raises StateError."""
        self._settle_on(tree_of(self.log.configuration()))
        self._judge.learn(self.current)

    def listen(self, listener: Listener) -> None:
        """Have every commit told, this process's and others', on the event loop."""
        self._listeners.append(listener)

    @property
    def head(self) -> Tree:
        """What the next commit starts from."""
        return self._head

    async def commit(
        self,
        edit: Edit,
        origin: Origin,
        *,
        writer: Writer | None = None,
        guard: Guard | None = None,
        waits: Callable[[Tree, Changes], Confirmation] | None = None,
    ) -> Committed:
        """Make an edit durable, and with it that it waits to be confirmed, where `waits` says how.

        One that is `Large` is made in a thread; other commits wait for it, as its result is what they start from. Raises Refused,
        or VtnmdError where it cannot be written; nothing has changed then.
        """
        for _ in range(_ATTEMPTS):
            async with self._turn:
                head = self._head
                try:
                    changes, learnt = await self._checked_aside(head, edit, writer, guard)
                except RuntimeError:  # what was looked at in a thread was altered by what another process had committed
                    if head is self._head:
                        raise
                    continue
                if head is not self._head:
                    continue
                if not changes:
                    return Committed(head, head)
                now = self.clock()
                after = head.after(changes, head.number + 1, now)
                waiting = waits(head, changes) if waits is not None else None
                commit = Commit(origin, changes, now, after.number, confirmation=waiting)
                done = self._accept(Committed(head, after, commit), changes, learnt)
            try:
                return await asyncio.shield(done)
            except _Again:
                continue
        message = "other clients have changed the configuration over and over meanwhile; try again"
        raise Refused(Fault("in-use", message, "protocol"))

    def _accept(self, committed: Committed, changes: Changes, learnt: Learnt) -> "asyncio.Future[Committed]":
        """A commit is the head from now on. What it gives is done once it is durable."""
        self._judge.accept(changes, learnt)
        self._head = committed.after
        done: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(committed, done))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())
        return done

    async def judged(self, edit: Edit, *, writer: Writer | None = None, guard: Guard | None = None) -> Changes:
        """The same as `check`, in a thread for an edit that is `Large`."""
        return (await self._checked_aside(self._head, edit, writer, guard))[0]

    def check(self, edit: Edit, *, writer: Writer | None = None, guard: Guard | None = None) -> Changes:
        """What an edit would change, judged and not made. Raises Refused."""
        return self._checked(self._head, edit, writer, guard)[0]

    async def _checked_aside(self, head: Tree, edit: Edit, writer: Writer | None, guard: Guard | None) -> tuple[Changes, Learnt]:
        """Locks and the like belong to the event loop, and may have changed meanwhile, so they are asked there, at the end."""
        if not isinstance(edit, Large):
            return self._checked(head, edit, writer, guard)
        changes, learnt = await worked(lambda: self._checked(head, edit, writer, None), large=True)
        if guard is not None:
            guard(head, changes)
        return changes, learnt

    def _checked(self, head: Tree, edit: Edit, writer: Writer | None, guard: Guard | None) -> tuple[Changes, Learnt]:
        changes = edit(head)
        if guard is not None:
            guard(head, changes)
        if not changes:
            return {}, {}
        if writer is not None and not writer.unbounded:
            before = {part: head.held(part).value for part in changes}
            writer.check_write(document_of(before), document_of(changes))
        changes = self.prepare(head, changes)
        return changes, self._judge.judge(head, changes)

    async def _write(self) -> None:
        """Write what waits, as much at once as there is, until nothing waits any more."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write_batch(batch)
        finally:
            self._writing = None

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        commits = [each.committed.commit for each in batch if each.committed.commit is not None]
        try:
            await self._in_thread(self.log.write_commits, commits, self.current.number)
        except Overtaken:
            self._send_back(batch, await self._caught_up())
        except Exception as error:  # noqa: BLE001 -- whatever went wrong, those who wait have to hear of it
            self._send_back(batch, error)
        else:
            for each in batch:
                self.current = each.committed.after
                if not each.done.done():
                    each.done.set_result(each.committed)
                self._tell(each.committed)

    def _send_back(self, batch: list[_Waiting], error: Exception) -> None:
        """Nothing of the batch was written, so nothing that was made on top of it counts either."""
        for each in batch:
            if not each.done.done():
                each.done.set_exception(error)
        for each in self._waiting:
            each.done.set_exception(_Again())
        lost = {
            part for each in (*batch, *self._waiting) for part in (each.committed.commit.changes if each.committed.commit else ())
        }
        self._waiting = []
        self._settle_on(self.current)
        self._relearn(lost)

    async def refresh(self) -> None:
        """Take over what other processes have committed. Raises StateError."""
        newest = await self._in_thread(self.log.newest_commit)
        if newest != self.current.number and self._writing is None and not self._waiting:
            await self._take_over()

    async def _caught_up(self) -> Exception:
        """What to tell those whose commit was overtaken."""
        try:
            await self._take_over()
        except VtnmdError as error:
            return error
        return _Again()

    async def _take_over(self) -> None:
        for commit in await self._in_thread(self.log.commits_since, self.current.number):
            if commit.number <= self.current.number:
                continue
            before = self.current
            after = before.after(commit.changes, commit.number, commit.time)
            self._settle_on(after)
            self._relearn(commit.changes)
            self._tell(Committed(before, after, commit))

    def _relearn(self, parts: Sequence[Part] | Mapping[Part, Json] | set[Part]) -> None:
        held = {part: self.current.held(part).value for part in parts}
        try:
            learnt = self._judge.judge(self.current, held)
        except Refused:  # another process took something from under them; it is told when they are changed next
            learnt = {}
        self._judge.accept(held, learnt)

    def _settle_on(self, tree: Tree) -> None:
        self.current = self._head = tree

    def _tell(self, committed: Committed) -> None:
        for listener in self._listeners:
            listener(committed)

    async def _in_thread(self, function: Callable[..., Found], *arguments: object) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def aclose(self) -> None:
        """Wait until everything that was acknowledged or waits is written."""
        while self._writing is not None:
            await asyncio.shield(self._writing)
        self._thread.shutdown(wait=True)


__all__ = ["CommitLog", "Committed", "Edit", "Guard", "Listener", "Running", "VtnmdError", "Writer"]
