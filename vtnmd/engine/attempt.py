"""One request, from the journal to the endpoint and back: sent, tried again, read back where it is in doubt."""

import asyncio
from collections.abc import Mapping

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Action, Change, Request
from vtnmd.domain.run import Step
from vtnmd.engine.breaker import Breaker
from vtnmd.engine.guard import guard
from vtnmd.engine.lane import Lane
from vtnmd.engine.patience import Patience
from vtnmd.engine.scene import Done, Parked, Refused, Scene, Verdict, answer_of, is_as_wanted, is_there, read_back
from vtnmd.southbound.ports import Attributes, EndpointError, InDoubt, Observed, Rejected, Unreachable, is_transactional


async def get_ready(scene: Scene, lane: Lane, request: Request) -> Done | None:
    """Whatever can fail before anything of the request leaves. Done where nothing has to (`guard`). Raises EndpointError."""
    scene.check_known(scene.needs.get(request.id, ()), request)
    lane.driver()
    return await guard(scene, lane, request)


class Attempt:
    """One request on its way.

    `doubtful`: it was sent before, so it is read back before it is sent again. So is one that changes an unknown resource.
    """

    def __init__(self, scene: Scene, lane: Lane, request: Request, *, doubtful: bool) -> None:
        self._scene = scene
        self._lane = lane
        self._request = request
        self._doubtful = doubtful or not scene.unknown.isdisjoint(request.changes)
        self._left = False
        self._in_flight = False
        self._missing: frozenset[Address] = frozenset()
        self._patience = Patience(scene.policy, scene.clock, scene.sleeping)

    async def carry(self) -> Verdict:
        """Send the request until it took effect, was refused, or is to wait. Raises what keeps the journal from being written."""
        try:
            while True:
                if self._lane.hold is not None:
                    return self._wait_for_release(self._lane.hold)
                answer = await self._try()
                match answer:
                    case None:
                        return Parked(None)
                    case Done():
                        return answer
                    case Rejected():
                        return await self._refuse(answer)
                    case EndpointError():
                        if not await self._pause(answer):
                            return Parked(answer.diagnostic, self._doubtful or not isinstance(answer, Unreachable))
        except asyncio.CancelledError:
            self._leave()
            return Parked(None)

    async def _try(self) -> Done | EndpointError | None:
        """Ask the endpoint, unless its health forbids it. None where the run stopped meanwhile."""
        breaker, rate = self._lane.breaker, self._lane.rate
        if rate.per_second and (seconds := rate.reserve(self._scene.clock.elapsed())) > 0:
            await self._patience.sleep(seconds)
        if breaker.is_closed:
            return await self._ask(breaker)
        async with breaker.passage(self._lane.driver) as barred:
            return barred if barred is not None else await self._ask(breaker)

    async def _ask(self, breaker: Breaker) -> Done | EndpointError | None:
        if self._scene.stopping:
            return None
        mark = breaker.mark
        answer = await self._settle() if self._doubtful else None
        if answer is None:
            answer = await self._send()
        breaker.hear(answer, mark)
        if isinstance(answer, Done):
            await self._learn_offers()
        return answer

    async def _learn_offers(self) -> None:
        """Note how far an endpoint that does transactions takes part in them; its session knows."""
        driver = self._lane.driver()
        if is_transactional(driver) and isinstance(offers := await answer_of(driver.offers()), str):
            self._lane.breaker.learn(offers)

    def _wait_for_release(self, hold: Diagnostic) -> Parked:
        """An operator holds the region."""
        if not self._doubtful:
            self._scene.journal.note(Step.WAITING, self._request.id, {"code": hold.code, "reason": hold.summary, "next-try": None})
        return Parked(hold, reached=True)

    async def _settle(self) -> Done | EndpointError | None:
        """Done where the endpoint holds what the request was to bring, None where it does not."""
        found = await answer_of(self._read_what_stays())
        if isinstance(found, EndpointError):
            return found
        if all(is_as_wanted(change, found) for change in self._scene.changes_of(self._request)):
            return self._scene.took_effect(Step.SETTLED, self._request, {a: o.attributes for a, o in found.items()})
        self._scene.learn(found)
        self._doubtful = False
        self._missing = self._not_made(found)
        return None

    async def _read_what_stays(self) -> Mapping[Address, Observed]:
        await self._lane.driver().recover(self._request, self._scene.resolve)
        return await read_back(self._scene, self._lane.driver, self._request)

    async def _send(self) -> Done | EndpointError:
        hindrance = await answer_of(get_ready(self._scene, self._lane, self._request))
        if hindrance is not None:
            return hindrance
        self._scene.journal.note(Step.SENT, self._request.id)
        await self._scene.journal.durable()
        self._in_flight = self._left = True
        self._missing = frozenset()
        answer = await answer_of(self._apply())
        return answer if isinstance(answer, EndpointError) else self._scene.took_effect(Step.ANSWERED, self._request, answer)

    async def _apply(self) -> Mapping[Address, Attributes]:
        return await self._lane.driver().apply(self._request, self._scene.resolve)

    async def _refuse(self, refusal: Rejected) -> Refused:
        """Note the refusal. What the endpoint may have kept of the request all the same is marked unknown in the Snapshot."""
        unknown = await self._kept(refusal) if self._left or self._doubtful else ()
        self._scene.refused(self._request, refusal.diagnostic, unknown, self._missing)
        return Refused(refusal.diagnostic)

    async def _kept(self, refusal: Rejected) -> tuple[Change, ...]:
        """The changes that may have left something behind.

        Where reading is refused for the same reason, that is about the way to the endpoint (credentials, a file on this side) and
        not about the request: nothing of it got there.
        """
        changes = self._scene.changes_of(self._request)
        found = await answer_of(read_back(self._scene, self._lane.driver, self._request))
        if isinstance(found, EndpointError):
            same = isinstance(found, Rejected) and found.diagnostic.code == refusal.diagnostic.code
            return () if same and not self._doubtful else changes
        self._missing = self._not_made(found)
        return tuple(change for change in changes if change.action is not Action.CREATE or is_there(change, found))

    def _not_made(self, found: Mapping[Address, Observed]) -> frozenset[Address]:
        """What the request was to make and is not there."""
        created = (change for change in self._scene.changes_of(self._request) if change.action is Action.CREATE)
        return frozenset(change.address for change in created if not is_there(change, found))

    async def _pause(self, problem: EndpointError) -> bool:
        """Note why the request waits, and wait. False where it has been tried for long enough."""
        scene = self._scene
        self._doubtful = self._doubtful or isinstance(problem, InDoubt)
        if isinstance(problem, Unreachable):
            self._lane.ailing.add(self._request.id)
        else:
            self._lane.ailing.discard(self._request.id)
        seconds = None if scene.stopping or self._lane.closed else self._patience.next(problem, self._lane.breaker.wait)
        detail = {
            "code": problem.diagnostic.code,
            "reason": problem.diagnostic.summary,
            "next-try": self._lane.breaker.next_try if seconds is None else scene.clock.now() + seconds,
        }
        if self._doubtful:
            scene.journal.note(Step.IN_DOUBT, self._request.id, detail, unknown=scene.changes_of(self._request))
        else:
            scene.journal.note(Step.WAITING, self._request.id, detail)
        self._in_flight = False
        if seconds is None:
            return False
        await self._patience.sleep(seconds)
        return True

    def _leave(self) -> None:
        """The run stops while the request is on its way."""
        if self._in_flight:
            self._scene.left_in_flight(self._request)
