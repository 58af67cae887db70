"""What all requests of a run share, what can become of one, and how a driver's answers are heard."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Action, Change, Request
from vtnmd.domain.run import Step
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, Ref, Secret, Tree, holes
from vtnmd.engine.interrupt import Interrupt
from vtnmd.engine.journal import Journal
from vtnmd.engine.policy import Clock, Policy
from vtnmd.southbound.ports import Attributes, Driver, EndpointError, Observed, Rejected

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Done:
    """The request took effect."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The endpoint refused the request for good."""

    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Parked:
    """Nothing more is tried in this run: the endpoint does not serve (`diagnostic`), or the run stops (None).

    `reached`: the endpoint answered something, or took the request and then went silent. `endpoint` is the one that does not serve
    where it is another than the request's own: one that the request is committed together with.
    """

    diagnostic: Diagnostic | None
    reached: bool = False
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Nothing of the request is in force, for another request of its transaction, `because`, was refused."""

    because: str


Verdict = Done | Refused | Parked | PutBack


@dataclass(slots=True)
class Scene:
    """What all requests of a run share.

    `attributes` are those of applied resources; `unknown` are resources of which the Snapshot cannot say how they are, so that they
    are read before they are changed. `needs` are the values that each request's payload waits for, `starts` those that tell how a
    changed resource was before; what has none is left out. `at_first` are the attributes as
    the run found them, without those of resources that an earlier life of it changed; `accepted` are deviations that are no drift.
    `passed` are requests that were sent before, or that the guard let pass. `sleeping` are the tasks between two attempts. Once
    `stopped`, nothing new is begun. `resumed`: the run has had a life before this one.
    """

    changes: Mapping[Address, Change]
    attributes: dict[Address, Attributes]
    unknown: frozenset[Address]
    needs: Mapping[str, tuple[Ref, ...]]
    starts: Mapping[Address, tuple[Ref, ...]]
    secrets: Callable[[str], str]
    journal: Journal
    clock: Clock
    policy: Policy
    interrupt: Interrupt
    at_first: Mapping[Address, Attributes] = field(default_factory=dict)
    accepted: Mapping[Address, Mapping[str, Json]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    sleeping: set[asyncio.Task[None]] = field(default_factory=set)
    stopped: bool = False
    resumed: bool = False

    @property
    def stopping(self) -> bool:
        """Nothing new is begun and nothing tried again."""
        return self.stopped or self.interrupt.asked.is_set()

    def resolve(self, hole: Ref | Secret) -> Json:
        """What stands behind a hole. KeyError where no applied resource has the attribute; `secrets` raises Rejected."""
        if isinstance(hole, Secret):
            return self.secrets(hole.reference)
        return self.attributes[hole.address][hole.attribute]

    def check_known(self, wanted: Iterable[Ref], request: Request) -> None:
        """Raises Rejected (VTN-E016) where a hole has no value yet: better said before anything is sent."""
        for hole in wanted:
            if hole.attribute not in self.attributes.get(hole.address, {}):
                summary = f"{hole.address} has no {hole.attribute}, which {request.id} needs"
                raise Rejected(Diagnostic("VTN-E016", summary, hint="see what became of that resource", address=str(hole.address)))

    def changes_of(self, request: Request) -> tuple[Change, ...]:
        return tuple([self.changes[address] for address in request.changes])

    def took_effect(
        self,
        step: Step,
        request: Request,
        found: Mapping[Address, Attributes],
        accepted: Mapping[Address, Mapping[str, Json]] | None = None,
    ) -> Done:
        """Note what the request left behind, learn its attributes, and keep which deviations from it are `accepted`."""
        applied = {
            change.address: self._applied(change, found.get(change.address, {}), (accepted or {}).get(change.address, {}))
            for change in self.changes_of(request)
        }
        told = {str(address): dict(attributes) for address, attributes in found.items() if attributes}
        self.journal.note(step, request.id, told, applied=applied)
        return Done()

    def refused(
        self, request: Request, diagnostic: Diagnostic, unknown: tuple[Change, ...], missing: Collection[Address] = ()
    ) -> None:
        """Note that the request was refused for good; of `unknown` the endpoint may have kept something, `missing` is not there."""
        detail = {"diagnostic": diagnostic.to_json(), "kept": bool(unknown)}
        self.journal.note(Step.FAILED, request.id, detail, applied=dict.fromkeys(missing), unknown=unknown)

    def put_back(self, request: Request, because: str) -> None:
        """Note that nothing of the request is in force, for another one, `because`, was refused."""
        applied = {change.address: self._before(change) for change in self.changes_of(request)}
        self.journal.note(Step.PUT_BACK, request.id, {"because": because}, applied=applied)

    def learn(self, found: Mapping[Address, Observed]) -> None:
        """Attributes of resources as they were read: a removal may need what a lost answer held."""
        for address, observed in found.items():
            if observed.attributes:
                self.attributes[address] = {**self.attributes.get(address, {}), **observed.attributes}

    def left_in_flight(self, request: Request) -> None:
        """Note that the run stops before the answer to the request has come."""
        detail = {"code": "", "reason": "the run was stopped before the answer came", "next-try": None}
        self.journal.note(Step.IN_DOUBT, request.id, detail, unknown=self.changes_of(request))

    def _before(self, change: Change) -> Applied | None:
        """What the Snapshot held when the plan was made."""
        if change.before is None:
            return None
        attributes, accepted = self.attributes.get(change.address, {}), self.accepted.get(change.address, {})
        return Applied(change.before, change.before_digest, attributes, change.before_owners, self.journal.run, accepted)

    def _applied(self, change: Change, attributes: Attributes, accepted: Mapping[str, Json]) -> Applied | None:
        before = self.attributes.pop(change.address, {})
        if change.after is None:
            return None
        now = {**before, **attributes} if change.action is Action.UPDATE else dict(attributes)
        self.attributes[change.address] = now
        return Applied(change.after, change.digest, now, change.owners, self.journal.run, accepted)


async def read_back(scene: Scene, driver: Callable[[], Driver], request: Request) -> Mapping[Address, Observed]:
    """What the endpoint holds of the request's resources, seen through what it was to bring. Raises EndpointError."""
    reads = {change.address: change.operation.read for change in scene.changes_of(request)}
    scene.check_known(references(reads.values()), request)
    return await driver().read(reads, scene.resolve)


def references(trees: Iterable[Tree]) -> tuple[Ref, ...]:
    """The values of other changes that `trees` wait for."""
    return tuple([hole for tree in trees for hole in holes(tree) if isinstance(hole, Ref)])


def is_there(change: Change, found: Mapping[Address, Observed]) -> bool:
    """Whether anything of the change's resource was found."""
    return change.address not in found or found[change.address].present


def is_as_wanted(change: Change, found: Mapping[Address, Observed]) -> bool:
    """Whether what was found is what the change was to bring."""
    observed = found.get(change.address, Observed(present=False))
    return not observed.present if change.after is None else observed.present and not observed.differences


async def answer_of(call: Awaitable[Answer]) -> Answer | EndpointError:
    """What a driver answers, errors as values. Anything that its contract does not know becomes a refusal that says so."""
    try:
        return await call
    except EndpointError as problem:
        return problem
    except Exception as error:  # noqa: BLE001 - whatever a driver raises must end up in the journal
        _log.debug("a driver failed unexpectedly", exc_info=True)
        return Rejected(_unexpected(error))


def _unexpected(error: Exception) -> Diagnostic:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Diagnostic(
        "VTN-E020",
        f"a driver failed unexpectedly: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}",
        hint="please report this; resume reads back what the endpoint holds",
    )
