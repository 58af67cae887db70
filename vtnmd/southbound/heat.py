"""The Heat driver: one stack per resource, found by its name, marked as vtnmd's by the tag `vtnmd`.

A put looks the stack up before it does anything, so it may be repeated after any failure: it makes no second stack of one name,
and a stack that already is as wanted is not touched. Where two make one at the same moment, Heat may let both; the oldest stays.
Payload forms: docs/architecture.md, "Payloads". Which of Heat's two APIs is spoken is for `stack_service` and those behind it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat_native import NativeStacks
from vtnmd.southbound.heat_query import QueryStacks
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, Observed, Rejected, Resolve
from vtnmd.southbound.stack import OWNER_TAG, Stack, Step, differences, next_step
from vtnmd.southbound.stack_service import CONFLICT, DEFAULT_MINUTES, NOT_FOUND, StackService

_LONGEST_TAG = 80
_ROUNDS = 8
"""How often a put begins anew because the name was not free: others made a stack of it at the same moment, or one is leaving."""
_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stack in progress is looked at: seconds between looks, growing by `factor` from `first` to `longest`.

    `patience` is the seconds to wait beyond the time that Heat itself gives the stack.
    """

    first: float = 0.2
    factor: float = 1.5
    longest: float = 5.0
    patience: float = 60.0

    def delays(self, minutes: float) -> Iterator[float]:
        """The delays before each look at a stack that Heat gives so many minutes."""
        delay, left = self.first, minutes * 60 + self.patience
        while left > 0:
            yield min(delay, left)
            left -= delay
            delay = min(delay * self.factor, self.longest)


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> "HeatDriver":
    """The driver of an inventory entry of kind `heat`, over the API that it names. Sends nothing yet."""
    return HeatDriver(stacks_of(Cloud(endpoint, secrets)))


def stacks_of(cloud: Cloud) -> StackService:
    """The stacks of a cloud, over the API that its inventory entry names."""
    return QueryStacks(cloud) if cloud.speaks_query else NativeStacks(cloud)


class HeatDriver:
    """Applies and reads stacks (`vtnmd.southbound.ports.Driver`)."""

    def __init__(self, stacks: StackService, pace: Pace | None = None) -> None:
        self._stacks = stacks
        self._pace = pace or Pace()

    async def hello(self) -> str:
        return await self._stacks.hello()

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        with _naming(request.changes[0]):
            attributes = await self._carry_out(request.payload, resolve)
        return {address: attributes for address in request.changes if attributes}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Nothing stays pending here: what was taken takes effect."""

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        # All are awaited before the first error is raised, so that none is left behind unheard.
        seen = await asyncio.gather(
            *(self._observe(address, tree, resolve) for address, tree in reads.items()), return_exceptions=True
        )
        observed = {}
        for address, result in zip(reads, seen, strict=True):
            if isinstance(result, BaseException):
                raise result
            observed[address] = result
        return observed

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """Stacks that carry the tag of vtnmd and that nobody knows. Those of others are no concern of vtnmd's."""
        del resolve  # names of stacks hold no holes
        if not reads:
            return ()
        names = {(read["absent"] if "absent" in read else read["stack"])["name"] for read in known}
        return tuple(
            sorted(
                Stranger("stack", stack.name, "stacks", f"{stack.status}, tags {', '.join(sorted(stack.tags))}")
                for stack in await self._stacks.marked(names)
            )
        )

    async def aclose(self) -> None:
        await self._stacks.aclose()

    async def _carry_out(self, payload: Tree, resolve: Resolve) -> Attributes:
        """One payload: `{"put": STACK, "attributes": …}` or `{"remove": {"name": …}}`."""
        if "remove" in payload:
            await self._remove(payload["remove"]["name"])
            return {}
        stack = await self._put(self._filled(payload["put"], resolve))
        names: Mapping[str, str] = payload.get("attributes", {})
        missing = sorted(set(names.values()) - stack.outputs.keys())
        if missing:
            hint = "look at the outputs of the stack's template"
            raise Rejected(self._about("VTN-E308", stack.name, f"has no value for output {', '.join(missing)}", hint))
        return {name: stack.outputs[output] for name, output in names.items()}

    async def _put(self, wanted: Json) -> Stack:
        """Bring the stack of that name to what is wanted, and give it."""
        for delay in islice(self._pace.delays(DEFAULT_MINUTES), _ROUNDS):
            stack = await self._bring(wanted)
            if stack is not None:
                return stack
            await asyncio.sleep(delay)
        raise self._unsteady(wanted["name"])

    async def _bring(self, wanted: Json) -> Stack | None:
        """As `_put`, each kind of step taken once at most. None, to begin anew a little later, where the name was not free.

        Others made a stack of it at the same moment, or Heat holds the name of one that was deleted for a moment longer.
        """
        taken: set[Step] = set()
        made = ""
        while True:
            found = await self._settled(wanted["name"], wanted.get("timeout", DEFAULT_MINUTES))
            if found is not None:
                if made and await self._had_twins(made, found.name):
                    return None
                self._refuse_foreign(found)
                if found.failed and not taken.isdisjoint({Step.CREATE, Step.UPDATE}):
                    raise Rejected(await self._failure(found))
            step = next_step(found, await self._stacks.template(found) if found and found.sound else None, wanted)
            if found is not None and step is Step.KEEP:
                return found
            if step in taken:
                if step is Step.UPDATE:
                    raise self._unsteady(wanted["name"])
                return None
            taken.add(step)
            made = await self._take(step, found, wanted) or made

    async def _had_twins(self, made: str, name: str) -> bool:
        """Whether others made stacks of that name when this call made the one of that id.

        All of vtnmd's but the oldest are gone then, and what was done before tells nothing of what the next step will come to.
        """
        named = await self._stacks.named(name)
        if named and named[0].id != made and not named[0].sound:
            # Who made the oldest is to see the others before they go: it may have failed because of them, and is made anew then.
            # Were all to do so at the same moment, they would make as many stacks again.
            await asyncio.sleep(2 * self._pace.longest)
            named = await self._stacks.named(name)
        doomed = [stack for stack in named[1:] if stack.ours]
        for stack in doomed:
            await self._end(stack)
        return bool(doomed) or made not in {stack.id for stack in named}

    async def _remove(self, name: str) -> None:
        found = await self._settled(name)
        if found is None:
            return
        ours = [stack for stack in await self._stacks.named(name) if stack.ours]
        if not ours:
            self._refuse_foreign(found)
        for stack in ours:
            await self._end(stack)

    async def _end(self, stack: Stack) -> None:
        """Remove a stack and wait until it is gone. Rejected where it cannot go, Busy where it does not."""
        await self._take(Step.DELETE, stack, {})
        left = await self._at_rest(stack.name, lambda: self._stacks.look(stack))
        if left is not None and left.failed:
            raise Rejected(await self._failure(left))
        if left is not None:
            raise Busy(self._about(CONFLICT, left.name, "is there although its deletion was accepted", "it will be tried again"))

    async def _take(self, step: Step, found: Stack | None, wanted: Json) -> str:
        """Send one step, and give the id of what was made, if anything was.

        A conflict, or a stack that has vanished, is no error: the next look finds out what is there.
        """
        try:
            if found is None:
                return await self._stacks.create(wanted)
            if step is Step.DELETE:
                await self._stacks.delete(found)
            else:
                await self._stacks.update(found, wanted)
        except Rejected as error:
            if error.diagnostic.code not in {NOT_FOUND, CONFLICT}:
                raise
        return ""

    async def _observe(self, address: Address, tree: Tree, resolve: Resolve) -> Observed:
        """One read: `{"stack": STACK, "attributes": …}` or `{"absent": {"name": …}}`."""
        absent = "absent" in tree
        with _naming(address):
            found = await self._stacks.find((tree["absent"] if absent else tree["stack"])["name"])
            if found is not None and found.in_progress:
                raise Busy(self._about("VTN-E303", found.name, f"is {found.status}", "it will be looked at again"))
            if found is None or absent:
                return Observed(present=found is not None)
            wanted = self._filled(tree["stack"], resolve)
            template = await self._stacks.template(found)
        names: Mapping[str, str] = tree.get("attributes", {})
        return Observed(
            present=True,
            attributes={name: found.outputs[output] for name, output in names.items() if output in found.outputs},
            differences=_shortcomings(found, wanted) | differences(tree["stack"]["template"], wanted["template"], template),
        )

    async def _settled(self, name: str, minutes: float = DEFAULT_MINUTES) -> Stack | None:
        """The stack of that name once nothing is under way in it. Raises Busy when that takes too long."""
        return await self._at_rest(name, lambda: self._stacks.find(name), minutes)

    async def _at_rest(
        self, name: str, look: Callable[[], Awaitable[Stack | None]], minutes: float = DEFAULT_MINUTES
    ) -> Stack | None:
        """What `look` gives of a stack of that name once nothing is under way in it. Raises Busy when that takes too long."""
        found = await look()
        for delay in self._pace.delays(minutes):
            if found is None or not found.in_progress:
                return found
            await asyncio.sleep(delay)
            found = await look()
        if found is None or not found.in_progress:
            return found
        raise Busy(self._about("VTN-E303", name, f"is still {found.status}", "it will be looked at again"))

    async def _failure(self, stack: Stack) -> Diagnostic:
        """Why a stack failed: its own reason, and those of the resources that failed in it."""
        reasons = await self._stacks.failures(stack)
        hint = "mend what Heat complains of and apply again; the stack is left for inspection"
        told = f"is {stack.status}: {stack.reason.partition(_NEW_LINE)[0]}"
        return self._about("VTN-E305", stack.name, told, hint, "\n".join(reasons))

    def _unsteady(self, name: str) -> Busy:
        hint = "see who else works on it; it will be tried again"
        return Busy(self._about(CONFLICT, name, "does not stay as vtnmd makes it", hint))

    def _refuse_foreign(self, stack: Stack) -> None:
        if not stack.ours:
            hint = f"rename or remove that stack, or, if it is vtnmd's, {self._stacks.remark}"
            raise Rejected(self._about("VTN-E306", stack.name, f"exists and has no tag {OWNER_TAG}", hint))

    def _filled(self, stack: Tree, resolve: Resolve) -> Json:
        """The STACK with its holes filled and its tags proven fit to be sent, which Heat wants as one comma-separated text."""

        def known(hole: Ref | Secret) -> Json:
            try:
                return resolve(hole)
            except KeyError:
                raise Rejected(
                    self._about("VTN-E016", stack["name"], f"needs {hole}, which is not there", "apply that first")
                ) from None

        filled = fill(stack, known)
        for tag in filled.get("tags", ()):
            if "," in tag or not 0 < len(tag) <= _LONGEST_TAG:
                hint = f"a tag has 1 to {_LONGEST_TAG} characters and no comma"
                raise Rejected(self._about("VTN-E304", filled["name"], f"has a tag that Heat cannot keep: {tag!r}", hint))
        return {**filled, "tags": sorted({OWNER_TAG, *filled.get("tags", ())})}

    def _about(self, code: str, name: str, what: str, hint: str, detail: str = "") -> Diagnostic:
        return Diagnostic(code, f"{self._stacks.name}: stack {name} {what}", hint=hint, detail=detail)


@contextmanager
def _naming(address: Address) -> Iterator[None]:
    """Errors from within name the resource."""
    try:
        yield
    except EndpointError as error:
        raise type(error)(replace(error.diagnostic, address=str(address))) from None


def _shortcomings(found: Stack, wanted: Json) -> dict[str, tuple[Json, Json]]:
    """What a stack differs in beside its template: a status that is not sound, tags that it lacks."""
    lacking: dict[str, tuple[Json, Json]] = {}
    if not found.sound:
        lacking["status"] = ("CREATE_COMPLETE", found.status)
    if not found.tags.issuperset(wanted["tags"]):
        lacking["tags"] = (wanted["tags"], sorted(found.tags))
    return lacking
