"""Requests that are committed together at several NETCONF endpoints: all of them take effect or none (DESIGN §5.5).

    sent        journalled for every member, before anything leaves
    prepare     candidates locked, edited and tested, all at once
    commit      under confirmation, those that cannot take a commit back last and one by one
    verify      what every endpoint holds now is compared with what was asked for
    decided     journalled: from here on the transaction is confirmed, whatever happens
    confirm     all at once; a member whose time ran out meanwhile is sent again by itself

Until it is decided, a failure of any member, or the end of this process, puts all of them back: by `cancel`, here or in a later
life, or by the endpoints themselves when their time is up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar, cast

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Action, Request
from vtnmd.domain.run import Step
from vtnmd.engine.attempt import get_ready
from vtnmd.engine.lane import Lane
from vtnmd.engine.patience import Patience
from vtnmd.engine.scene import Parked, PutBack, Refused, Scene, Verdict, answer_of, is_as_wanted, read_back
from vtnmd.southbound.ports import Busy, EndpointError, InDoubt, Rejected, Transactional, Unreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One request of a transaction and the lane of its endpoint."""

    lane: Lane
    request: Request

    def driver(self) -> Transactional:
        """The driver, which the planner saw to be transactional. Raises EndpointError."""
        return cast("Transactional", self.lane.driver())


Problems = Mapping[Member, EndpointError]
"""The members that a step failed at."""


class Transaction:
    """One transaction on its way. `doubtful` are the ids of requests that an earlier life sent; `decided` as in `Unit`."""

    def __init__(self, scene: Scene, name: str, members: Sequence[Member], doubtful: Collection[str], *, decided: bool) -> None:
        self._scene = scene
        self._name = name
        self._open = list(members)
        unknown = {member for member in members if not scene.unknown.isdisjoint(member.request.changes)}
        self._doubtful = unknown | {member for member in members if member.request.id in doubtful}
        self._decided = decided
        self._in_flight = False
        self._patience = Patience(scene.policy, scene.clock, scene.sleeping)
        self._verdicts: dict[str, Verdict] = {}

    async def carry(self) -> Mapping[str, Verdict]:
        """Carry the transaction until it took effect, was refused, or is to wait; what became of each request, by id."""
        try:
            while self._open:
                hold = next((member for member in self._open if member.lane.hold is not None), None)
                if hold is not None and not self._decided:
                    self._wait_for_release(hold)
                    break
                problems = await self._pass()
                if problems and not await self._pause(problems):
                    self._park(problems)
        except asyncio.CancelledError:
            self._leave()
        return self._verdicts

    async def _pass(self) -> Problems:
        """Ask the endpoints, unless the health of one forbids it. Nothing where the run stopped meanwhile."""
        members, clock = tuple(self._open), self._scene.clock
        seconds = max(member.lane.rate.reserve(clock.elapsed()) for member in members)
        if seconds > 0:
            await self._patience.sleep(seconds)
        async with AsyncExitStack() as stack:
            passing = [stack.enter_async_context(member.lane.breaker.passage(member.driver)) for member in members]
            answers = dict(zip(members, await asyncio.gather(*passing), strict=True))
            barred = {member: problem for member, problem in answers.items() if problem is not None}
            if barred:
                return barred
            if self._scene.stopping and not self._decided:
                self._leave()
                return {}
            marks = {member: member.lane.breaker.mark for member in members}
            problems = await self._conclude() if self._decided else await self._try()
            for member in members:
                member.lane.breaker.hear(problems.get(member), marks[member])
            return problems

    def _wait_for_release(self, held: Member) -> None:
        """An operator holds the region of one."""
        assert held.lane.hold is not None
        for member in tuple(self._open):
            if member not in self._doubtful:
                self._note_waiting(member, Unreachable(held.lane.hold), None)
            self._close(member, Parked(held.lane.hold, reached=True, endpoint=held.request.endpoint))

    async def _try(self) -> Problems:
        """From the beginning to the end, or as far as it goes. Members that are done or refused are no longer open."""
        problems = await self._settle() if self._doubtful else {}
        if problems or not self._open:
            return problems
        unready, ready = await self._all(lambda member: get_ready(self._scene, member.lane, member.request))
        for member, adopted in ready.items():
            if adopted is not None:
                self._close(member, adopted)
        if unready or not self._open:
            return await self._put_back(unready) if unready else {}
        for member in self._open:
            self._scene.journal.note(Step.SENT, member.request.id, {"transaction": self._name})
        await self._scene.journal.durable()
        self._in_flight = True
        for step in (self._prepare, self._commit, self._verify):
            problems = await step()
            if problems:
                return await self._put_back(problems)
        self._scene.journal.note(Step.DECIDED, detail={"transaction": self._name})
        await self._scene.journal.durable()
        self._decided = True
        return await self._conclude()

    async def _settle(self) -> Problems:
        """Put away what an earlier sending may have left pending, and see whether all is as wanted already."""
        problems, _ = await self._all(lambda member: member.driver().recover(member.request, self._scene.resolve))
        if problems:
            return problems
        problems, found = await self._all(lambda member: read_back(self._scene, member.lane.driver, member.request))
        if problems:
            return problems
        if all(is_as_wanted(change, found[m]) for m in self._open for change in self._scene.changes_of(m.request)):
            for member in tuple(self._open):
                self._done(member, Step.SETTLED)
        self._doubtful.clear()
        return {}

    async def _prepare(self) -> Problems:
        problems, _ = await self._all(lambda member: member.driver().prepare(member.request, self._scene.resolve))
        return problems

    async def _commit(self) -> Problems:
        """Those that take a commit back by themselves first: where one of them fails, the others have not begun."""
        problems, offers = await self._all(lambda member: member.driver().offers())
        if problems:
            return problems
        for member, offer in offers.items():
            member.lane.breaker.learn(offer)
        safe = [member for member in self._open if offers[member] == "confirmed"]
        problems, _ = await self._all(lambda member: member.driver().commit(member.request, self._scene.resolve), safe)
        for member in self._open:
            if problems:
                break
            if member not in safe:
                problems, _ = await self._all(lambda each: each.driver().commit(each.request, self._scene.resolve), [member])
        return problems

    async def _verify(self) -> Problems:
        problems, found = await self._all(lambda member: read_back(self._scene, member.lane.driver, member.request))
        wrong: dict[Member, EndpointError] = dict(problems)
        for member, observed in found.items():
            amiss = [change for change in self._scene.changes_of(member.request) if not is_as_wanted(change, observed)]
            if amiss:
                listed = "\n".join(
                    f"{change.address} {path}: {held!r} instead of {wanted!r}"
                    for change in amiss
                    for path, (wanted, held) in observed[change.address].differences.items()
                )
                summary = f"{member.request.endpoint}: committed, but the device does not hold what was asked for"
                hint = "a `when` of its model may have dropped it, or somebody else configures the device; see which, apply again"
                wrong[member] = Rejected(Diagnostic("VTN-E206", summary, detail=listed, hint=hint, address=str(amiss[0].address)))
        return wrong

    async def _conclude(self) -> Problems:
        """Confirm what is committed. What an endpoint no longer holds, for its time ran out, is sent once more by itself."""
        self._in_flight = True
        problems, confirmed = await self._all(lambda member: member.driver().confirm(member.request, self._scene.resolve))
        for member in confirmed:
            self._done(member, Step.ANSWERED)
        lost = [member for member, problem in problems.items() if isinstance(problem, Rejected)]
        again, applied = await self._all(lambda member: member.driver().apply(member.request, self._scene.resolve), lost)
        for member in applied:
            self._done(member, Step.ANSWERED)
        for member, problem in again.items():
            if isinstance(problem, Rejected):
                self._refuse(member, problem, kept=True)
        left = {**problems, **again}
        self._doubtful |= {member for member in self._open if member in left}
        return {member: problem for member, problem in left.items() if member in self._open}

    async def _put_back(self, problems: Problems) -> Problems:
        """Have every endpoint as it was. Where one refused, the transaction is over; else gives what failed, to be waited for."""
        stuck: Problems = {}
        if self._in_flight:
            stuck, _ = await self._all(lambda member: member.driver().cancel(member.request, self._scene.resolve))
        self._doubtful |= stuck.keys()
        self._in_flight = False
        refused = [member for member, problem in problems.items() if isinstance(problem, Rejected)]
        if not refused:
            return problems
        because = refused[0].request.id
        for member in refused:
            self._refuse(member, cast("Rejected", problems[member]), kept=member in stuck)
        for member in tuple(self._open):
            if member in stuck:
                self._note_waiting(member, stuck[member], None)
            else:
                self._scene.put_back(member.request, because)
            self._close(member, PutBack(because))
        return {}

    async def _pause(self, problems: Problems) -> bool:
        """Note why the members wait, and wait. False where it has been tried for long enough, or an endpoint was given up."""
        scene = self._scene
        for member in self._open:
            problem = problems.get(member)
            if isinstance(problem, Unreachable):
                member.lane.ailing.add(member.request.id)
            else:
                member.lane.ailing.discard(member.request.id)
            if isinstance(problem, InDoubt):
                self._doubtful.add(member)
        worst = _worst(problems)
        given_up = scene.stopping or any(member.lane.closed for member in self._open)
        seconds = None if given_up else self._patience.next(problems[worst], max(member.lane.breaker.wait for member in problems))
        for member in self._open:
            self._note_waiting(member, problems.get(member, problems[worst]), seconds)
        self._in_flight = False
        if seconds is None:
            return False
        await self._patience.sleep(seconds)
        return True

    def _note_waiting(self, member: Member, problem: EndpointError, seconds: float | None) -> None:
        scene, diagnostic = self._scene, problem.diagnostic
        next_try = member.lane.breaker.next_try if seconds is None else scene.clock.now() + seconds
        detail = {"code": diagnostic.code, "reason": diagnostic.summary, "next-try": next_try}
        if member in self._doubtful:
            scene.journal.note(Step.IN_DOUBT, member.request.id, detail, unknown=scene.changes_of(member.request))
        else:
            scene.journal.note(Step.WAITING, member.request.id, detail)

    def _park(self, problems: Problems) -> None:
        worst = _worst(problems)
        reached = bool(self._doubtful) or not isinstance(problems[worst], Unreachable)
        for member in tuple(self._open):
            culprit = member if member in problems else worst
            self._close(member, Parked(problems[culprit].diagnostic, reached, culprit.request.endpoint))

    def _refuse(self, member: Member, refusal: Rejected, *, kept: bool) -> None:
        """Note a refusal; `kept`: the endpoint may hold something of the request all the same."""
        changes = self._scene.changes_of(member.request)
        missing = [] if kept else [change.address for change in changes if change.action is Action.CREATE]
        self._scene.refused(member.request, refusal.diagnostic, changes if kept else (), missing)
        self._close(member, Refused(refusal.diagnostic))

    def _done(self, member: Member, step: Step) -> None:
        self._close(member, self._scene.took_effect(step, member.request, {}))

    def _close(self, member: Member, verdict: Verdict) -> None:
        self._open.remove(member)
        self._doubtful.discard(member)
        member.lane.ailing.discard(member.request.id)
        self._verdicts[member.request.id] = verdict

    def _leave(self) -> None:
        """The run stops while the transaction is on its way."""
        for member in tuple(self._open):
            if self._in_flight:
                self._scene.left_in_flight(member.request)
            self._close(member, Parked(None))

    async def _all(
        self, call: Callable[[Member], Awaitable[T]], members: Sequence[Member] | None = None
    ) -> tuple[dict[Member, EndpointError], dict[Member, T]]:
        """One call for every open member, or for `members`, at once: what failed, and what the others answered."""
        asked = tuple(self._open if members is None else members)
        answers = await asyncio.gather(*(answer_of(_hold(call, member)) for member in asked))
        problems = {member: answer for member, answer in zip(asked, answers, strict=True) if isinstance(answer, EndpointError)}
        answered = {m: answer for m, answer in zip(asked, answers, strict=True) if not isinstance(answer, EndpointError)}
        return problems, answered


async def _hold(call: Callable[[Member], Awaitable[T]], member: Member) -> T:
    """The call as a coroutine, so that what it raises before it first waits is heard as well."""
    return await call(member)


def _worst(problems: Problems) -> Member:
    """Whose failure is told first: one that leaves doubt, then one that is unreachable, then one that is busy."""
    order = (InDoubt, Unreachable, Busy, Rejected)
    return min(problems, key=lambda member: next(place for place, kind in enumerate(order) if isinstance(problems[member], kind)))
