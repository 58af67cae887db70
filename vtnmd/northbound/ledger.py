"""What the datastores and the log of commits tell, as operations and state of vtnmd-orchestration ask for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Commit, Origin, Part, service_part
from vtnmd.domain.tree import Json
from vtnmd.northbound.backend import Backend, User
from vtnmd.northbound.orchestration.plans import Kept
from vtnmd.northbound.orchestration.services import NOTHING_COMMITTED, Committed, CommitView, tenants_of
from vtnmd.state import CommittedService, Store


@dataclass(frozen=True, slots=True)
class Made:
    """A commit without its values."""

    number: int
    time: float
    origin: Origin
    parts: tuple[Part, ...]


def made(commit: Commit) -> Made:
    """The same of a commit with them."""
    return Made(commit.number, commit.time, commit.origin, tuple(sorted(commit.changes)))


@dataclass(slots=True, eq=False)
class StoredLedger:
    """The port `vtnmd.northbound.orchestration.context.Ledger`, over a backend and the state that it commits to.

    `whose` tells which user an origin is of.
    """

    store: Store
    backend: Backend
    whose: Callable[[Origin], User]
    _plans: dict[str, Kept] = field(default_factory=dict)

    def committed(self) -> Mapping[str, Committed]:
        """Of services that are configured, or not gone yet."""
        return {each.service: self._committed(each) for each in self.store.committed_services()}

    def committed_of(self, service: str) -> Committed:
        found = self.store.committed_service(service)
        return NOTHING_COMMITTED if found is None else self._committed(found)

    def _committed(self, each: CommittedService) -> Committed:
        held = self.backend.running.current.services.get(each.service)
        trouble = each.trouble.diagnostics if each.trouble and each.trouble.number == each.number else ()
        plan = each.plan.digest if each.plan and each.plan.number == each.number else ""
        return Committed(each.number, each.begun, trouble, plan, tenants_of(held.value) if held else ())

    def may_see(self, service: str, origin: Origin) -> bool:
        """By what is configured and by what was applied: of a service that is being removed there is only that."""
        authority = self.backend.authority_of(self.whose(origin))
        if not authority.bound:
            return True
        held, applied = self.backend.running.current.services.get(service), self.store.service(service)
        known = [held.value] if held else self._removed(service)
        known += [applied.intent.service] if applied is not None and applied.intent is not None else []
        return bool(known) and all(map(authority.owns, known))

    def _removed(self, service: str) -> list[Json]:
        """What a service was that is configured no longer."""
        part = service_part(service)
        last = self.store.commits(1, part)
        before = self.store.commit_entry(last[0].number).values[part][0] if last else None
        return [] if before is None else [before]

    def is_bound(self, origin: Origin) -> bool:
        return self.backend.authority_of(self.whose(origin)).bound

    def commits(self, limit: int) -> Sequence[CommitView]:
        return self.store.commits(limit)

    def waiting_plans(self) -> Sequence[Kept]:
        waiting = self.store.kept_plans()
        digests = {each.digest for each in waiting}
        self._plans = {digest: kept for digest, kept in self._plans.items() if digest in digests}
        for each in waiting:
            if each.digest not in self._plans:
                self._plans[each.digest] = Kept(self.store.kept_plan(each.digest), each.digest, each.time)
        return list(self._plans.values())

    def entry(self, service: str, datastore: str, origin: Origin) -> Json | None:
        """Of the running configuration or the shared candidate, as far as whoever calls may read it."""
        tree = self.backend.candidate.tree if datastore == "candidate" else self.backend.running.current
        document = self.backend.authority_of(self.whose(origin)).readable(tree.document([service]))
        entries = document.get("vtnmd-vtn:services", {}).get("service", ())
        return next((entry for entry in entries if entry["name"] == service), None)

    def member(self, name: str) -> Json | None:
        held = self.backend.running.current.others.get(name)
        return None if held is None else held.value

    async def roll_back(self, number: int, origin: Origin) -> CommitView | None:
        """A new commit with what parts held right after commit `number`."""
        if number > self.backend.running.current.number:
            raise Refused(Fault("invalid-value", f"there is no commit {number}"))
        then = await asyncio.to_thread(self.store.changes_back_to, number)

        def edit(tree: Tree) -> Changes:
            return {part: value for part, value in then.items() if tree.held(part).value != value}

        authority = self.backend.authority_of(self.whose(origin))
        committed = await self.backend.running.commit(edit, origin, writer=authority, guard=self._guard(origin))
        return None if committed.commit is None else made(committed.commit)

    def _guard(self, origin: Origin) -> "_Guard":
        return _Guard(self.backend, origin.session)


@dataclass(frozen=True, slots=True)
class _Guard:
    """Keeps an edit from what others have locked, and from getting between a commit and its confirmation."""

    backend: Backend
    session: int

    def __call__(self, _tree: Tree, changes: Changes) -> None:
        self.backend.locks.check("running", self.session, tuple(changes))
        self.backend.confirmations.check_foreign()
