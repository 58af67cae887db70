"""The Heat driver: one stack per resource, found by its name, marked as vtnmd's by the tag `vtnmd`.

A put looks the stack up before it does anything, so it may be repeated after any failure: there are never two stacks of one name,
and a stack that already is as wanted is not touched. Payload forms: docs/architecture.md, "Payloads". The API is OpenStack
Orchestration v1.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, Observed, Rejected, Resolve, Unreachable
from vtnmd.southbound.stack import OWNER_TAG, Stack, Step, differences, next_step, stack_from_json

_NOT_FOUND, _CONFLICT = "VTN-E309", "VTN-E310"
_DEFAULT_MINUTES = 60
_LONGEST_TAG = 80
_PAGE = 100


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
    """The driver of an inventory entry of kind `heat`. Sends nothing yet."""
    return HeatDriver(Cloud(endpoint, secrets))


class HeatDriver:
    """Applies and reads stacks (`vtnmd.southbound.ports.Driver`). A cancelled call leaves its HTTP exchange to end by itself."""

    def __init__(self, cloud: Cloud, pace: Pace | None = None) -> None:
        self._cloud = cloud
        self._pace = pace or Pace()

    async def hello(self) -> str:
        await self._cloud.send("GET", "/stacks?limit=1")
        try:
            build = await self._cloud.send("GET", "/build_info")
        except Rejected:  # some clouds show it to administrators only
            build = None
        revision = build.get("engine", {}).get("revision", "unknown") if isinstance(build, dict) else "unknown"
        return f"OpenStack Heat, Orchestration API v1, engine revision {revision}"

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
                for stack in await self._tagged()
                if stack.ours and stack.name not in names
            )
        )

    async def aclose(self) -> None:
        await self._cloud.aclose()

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
        """Bring the stack of that name to what is wanted, and give it. Each kind of step is taken once at most."""
        taken: set[Step] = set()
        while True:
            found = await self._settled(wanted["name"], wanted.get("timeout", _DEFAULT_MINUTES))
            if found is not None:
                self._refuse_foreign(found)
                if found.failed and not taken.isdisjoint({Step.CREATE, Step.UPDATE}):
                    raise Rejected(await self._failure(found))
            step = next_step(found, await self._template(found) if found and found.sound else None, wanted)
            if found is not None and step is Step.KEEP:
                return found
            if step in taken:
                hint = "see who else works on it; it will be tried again"
                raise Busy(self._about(_CONFLICT, wanted["name"], "does not stay as vtnmd makes it", hint))
            taken.add(step)
            await self._take(step, found, wanted)

    async def _remove(self, name: str) -> None:
        found = await self._settled(name)
        if found is None:
            return
        self._refuse_foreign(found)
        await self._take(Step.DELETE, found, {})
        left = await self._settled(name)
        if left is not None and left.failed:
            raise Rejected(await self._failure(left))
        if left is not None:
            raise Busy(self._about(_CONFLICT, name, "is there although its deletion was accepted", "it will be tried again"))

    async def _take(self, step: Step, found: Stack | None, wanted: Json) -> None:
        """Send one step. A conflict, or a stack that has vanished, is no error: the next look finds out what is there."""
        try:
            if found is None:
                body = {"stack_name": wanted["name"], "disable_rollback": True, **_content(wanted)}
                await self._cloud.send("POST", "/stacks", body)
            elif step is Step.DELETE:
                await self._cloud.send("DELETE", _path(found))
            else:
                await self._cloud.send("PUT", _path(found), _content(wanted))
        except Rejected as error:
            if error.diagnostic.code not in {_NOT_FOUND, _CONFLICT}:
                raise

    async def _observe(self, address: Address, tree: Tree, resolve: Resolve) -> Observed:
        """One read: `{"stack": STACK, "attributes": …}` or `{"absent": {"name": …}}`."""
        absent = "absent" in tree
        with _naming(address):
            found = await self._look((tree["absent"] if absent else tree["stack"])["name"])
            if found is not None and found.in_progress:
                raise Busy(self._about("VTN-E303", found.name, f"is {found.status}", "it will be looked at again"))
            if found is None or absent:
                return Observed(present=found is not None)
            wanted = self._filled(tree["stack"], resolve)
            template = await self._template(found)
        names: Mapping[str, str] = tree.get("attributes", {})
        return Observed(
            present=True,
            attributes={name: found.outputs[output] for name, output in names.items() if output in found.outputs},
            differences=_shortcomings(found, wanted) | differences(tree["stack"]["template"], wanted["template"], template),
        )

    async def _settled(self, name: str, minutes: float = _DEFAULT_MINUTES) -> Stack | None:
        """The stack of that name once nothing is under way in it. Raises Busy when that takes too long."""
        found = await self._look(name)
        for delay in self._pace.delays(minutes):
            if found is None or not found.in_progress:
                return found
            await asyncio.sleep(delay)
            found = await self._look(name)
        if found is None or not found.in_progress:
            return found
        raise Busy(self._about("VTN-E303", name, f"is still {found.status}", "it will be looked at again"))

    async def _look(self, name: str) -> Stack | None:
        """The stack of that name with its outputs, in whatever state; None where there is none."""
        listed = await self._cloud.send("GET", f"/stacks?{urlencode({'name': name})}")
        try:
            # The name is compared again: a Heat that ignores the filter lists every stack.
            entry = next((entry for entry in listed["stacks"] if entry["stack_name"] == name), None)
            if entry is None:
                return None
            shown = await self._cloud.send("GET", _path(stack_from_json(entry)))
            stack = stack_from_json(shown["stack"])
        except Rejected as error:
            if error.diagnostic.code == _NOT_FOUND:  # it went between the list and the look
                return None
            raise
        except (KeyError, TypeError, AttributeError):
            raise self._not_understood(name) from None
        return None if stack.gone else stack

    async def _tagged(self) -> list[Stack]:
        """Every stack that carries the tag of vtnmd, page by page. A Heat that ignores the filter gives others as well."""
        found: dict[str, Stack] = {}
        marker: dict[str, str] = {}
        while True:
            listed = await self._cloud.send("GET", f"/stacks?{urlencode({'tags': OWNER_TAG, 'limit': _PAGE, **marker})}")
            try:
                page = {stack.id: stack for stack in map(stack_from_json, listed["stacks"])}
            except (KeyError, TypeError):
                raise self._not_understood("list") from None
            if page.keys() <= found.keys():
                return list(found.values())
            found |= page
            marker = {"marker": list(page)[-1]}

    async def _template(self, stack: Stack) -> Json:
        template = await self._cloud.send("GET", f"{_path(stack)}/template")
        if not isinstance(template, dict):
            raise self._not_understood(stack.name)
        return template

    async def _failure(self, stack: Stack) -> Diagnostic:
        """Why a stack failed: its own reason, and those of the resources that failed in it."""
        answer = await self._cloud.send("GET", f"{_path(stack)}/resources")
        entries = answer.get("resources", ()) if isinstance(answer, dict) else ()
        reasons = [
            f"{entry.get('resource_name')}: {entry.get('resource_status_reason')}"
            for entry in entries
            if str(entry.get("resource_status", "")).endswith("_FAILED")
        ]
        hint = "mend what Heat complains of and apply again; the stack is left for inspection"
        return self._about("VTN-E305", stack.name, f"is {stack.status}: {stack.reason}", hint, "\n".join(reasons))

    def _refuse_foreign(self, stack: Stack) -> None:
        if not stack.ours:
            hint = f"rename or remove that stack, or, if it is vtnmd's, give it the tag {OWNER_TAG} again"
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
        return Diagnostic(code, f"{self._cloud.name}: stack {name} {what}", hint=hint, detail=detail)

    def _not_understood(self, name: str) -> Unreachable:
        hint = "check that the catalogue of Keystone leads to Heat"
        return Unreachable(self._about("VTN-E010", name, "is shown in a form that is not Heat's", hint))


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


def _path(stack: Stack) -> str:
    return f"/stacks/{quote(stack.name, safe='')}/{quote(stack.id, safe='')}"


def _content(wanted: Json) -> Json:
    """The members that creating and updating share."""
    return {
        "template": wanted["template"],
        "tags": ",".join(wanted["tags"]),
        "timeout_mins": wanted.get("timeout", _DEFAULT_MINUTES),
    }
