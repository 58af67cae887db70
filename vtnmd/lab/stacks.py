"""The engine of the simulated Heat: stacks that take their time from CREATE_IN_PROGRESS to CREATE_COMPLETE or CREATE_FAILED.

As with Heat's convergence engine, an update or delete supersedes what is under way, an update makes, changes or replaces just the
resources that differ, and what fails stays as it is until somebody updates or deletes the stack.
"""

import asyncio
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_objects import attribute, create, delete, make_way, update
from vtnmd.lab.cloud_state import CloudError, CloudState
from vtnmd.lab.hot import Definition, Template, read_template
from vtnmd.lab.hot_functions import HotError, evaluate
from vtnmd.lab.hot_properties import checked_properties
from vtnmd.lab.hot_types import TYPES
from vtnmd.lab.keystone import PROJECT_ID

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,254}")


@dataclass(slots=True)
class Made:
    """One resource of a stack: where it is in the cloud, and how its last action went."""

    definition: Definition
    properties: Mapping[str, Json]
    kind: str = ""
    id: str = ""
    status: str = "CREATE_COMPLETE"
    reason: str = "state changed"


@dataclass(slots=True)
class SimulatedStack:
    """One stack. `given` is the template as it was sent, `made` its resources in the order in which they were made."""

    id: str
    name: str
    project: str
    given: Json
    template: Template
    tags: tuple[str, ...]
    timeout: int
    created: str
    updated: str | None = None
    status: str = "CREATE_IN_PROGRESS"
    reason: str = "Stack CREATE started"
    made: dict[str, Made] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None

    def told(self) -> Mapping[str, Made]:
        """Its resources, those of the template included whose turn has not come."""
        if self.status.startswith("DELETE"):
            return self.made
        waiting = {name: Made(each, {}, status="INIT_COMPLETE", reason="") for name, each in self.template.resources.items()}
        return waiting | self.made


@dataclass(frozen=True, slots=True)
class KeptStacks:
    """Stacks as they were once, and how often a stack of each name had been made."""

    stacks: tuple[SimulatedStack, ...]
    made: Counter[str]


class Stacks:
    """The stacks of one cloud. `delay` is the seconds that each action takes. While it `ignores`, what it answers is not done.

    The name of a stack that was deleted is not free before another `delay`, as genuine Heat holds it for a moment longer.
    Unless it `checks_names`, it makes a second stack of a name, as genuine Heat does for two who ask at the same moment: that looks
    whether the name is free and stores the stack in two transactions.
    """

    def __init__(self, cloud: CloudState, delay: float) -> None:
        self.delay = delay
        self._cloud = cloud
        self._stacks: dict[str, SimulatedStack] = {}
        self._made: Counter[str] = Counter()
        self._leaving: list[SimulatedStack] = []
        self.ignores: Callable[[], bool] = lambda: False
        self.checks_names = True

    def create(self, project: str, name: Json, given: Json, tags: Iterable[str], timeout: int) -> SimulatedStack:
        """Begin to make a stack. Raises HotError."""
        if not isinstance(name, str):
            raise HotError("StackValidationFailed", f"Invalid stack name {name}, must be a string")
        if not _NAME.fullmatch(name):
            rules = 'must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.'
            raise HotError("StackValidationFailed", f"Invalid stack name {name} {rules}")
        if self.checks_names and any((held.name, held.project) == (name, project) for held in [*self.live(), *self._leaving]):
            raise HotError("StackExists", f"The Stack ({name}) already exists.")
        template = read_template(given, self._cloud.exists)
        number = self._made[name] + 1
        identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._cloud.region}/{name}/{number}"))
        stack = SimulatedStack(identity, name, project, given, template, tuple(tags), timeout, _now())
        if self.ignores():
            return stack
        self._made[name] = number
        self._stacks[identity] = stack
        self._begin(stack, "CREATE", lambda: self._converge(stack))
        return stack

    def update(self, stack: SimulatedStack, given: Json, tags: Iterable[str], timeout: int) -> None:
        """Begin to bring a stack to another template. Raises HotError."""
        template = read_template(given, self._cloud.exists)
        if self.ignores():
            return
        stack.template = template
        stack.given, stack.tags, stack.timeout, stack.updated = given, tuple(tags), timeout, _now()
        self._begin(stack, "UPDATE", lambda: self._converge(stack))

    def delete(self, stack: SimulatedStack) -> None:
        """Begin to remove a stack."""
        if stack.status != "DELETE_COMPLETE" and not self.ignores():
            self._begin(stack, "DELETE", lambda: self._take_away(stack, [*stack.made]))

    def live(self) -> list[SimulatedStack]:
        """Every stack that has not been deleted, of all projects, as Heat lists them for an administrator."""
        return [stack for stack in self._stacks.values() if stack.status != "DELETE_COMPLETE"]

    def known(self, identity: str) -> SimulatedStack | None:
        """The stack of that id, live or deleted."""
        return self._stacks.get(identity)

    def find(self, name_or_id: str, project: str = PROJECT_ID) -> SimulatedStack:
        """The oldest live stack of that name in a project, or the stack of that id, live or deleted. Raises HotError."""
        named = [stack for stack in self.live() if (stack.name, stack.project) == (name_or_id, project)]
        found = min(named, key=lambda stack: stack.created) if named else self._stacks.get(name_or_id)
        if found is None:
            raise HotError("EntityNotFound", f"The Stack ({name_or_id}) could not be found.")
        return found

    def outputs(self, stack: SimulatedStack) -> list[Json]:
        """The outputs of a stack, with a value of None for what is not made yet."""
        scope = _RunScope(self._cloud, stack)
        return [
            {
                "output_key": name,
                "description": output.get("description", "No description given"),
                "output_value": evaluate(output["value"], scope, f"outputs.{name}.value"),
            }
            for name, output in stack.template.outputs.items()
        ]

    def held(self) -> list[Json]:
        """Every live stack: its name, status, tags, template and the ids of what it made."""
        return [
            {
                "id": stack.id,
                "name": stack.name,
                "status": stack.status,
                "reason": stack.reason,
                "tags": list(stack.tags),
                "template": stack.given,
                "resources": {name: made.id for name, made in stack.made.items()},
            }
            for stack in self.live()
        ]

    def keep(self) -> KeptStacks:
        """A copy of the stacks and of how often each name was made, for `put_back`. Nothing may be under way."""
        return KeptStacks(tuple(_copy(stack) for stack in self._stacks.values()), self._made.copy())

    def put_back(self, kept: KeptStacks) -> None:
        """Stop what is under way and hold what was kept."""
        self.aclose()
        self._stacks = {stack.id: _copy(stack) for stack in kept.stacks}
        self._made = kept.made.copy()

    def aclose(self) -> None:
        """Stop what is under way."""
        for stack in self._stacks.values():
            if stack.task is not None:
                stack.task.cancel()

    def _begin(self, stack: SimulatedStack, action: str, work: Callable[[], None]) -> None:
        if stack.task is not None:
            stack.task.cancel()
        stack.status, stack.reason = f"{action}_IN_PROGRESS", f"Stack {action} started"
        stack.task = asyncio.create_task(self._carry_out(stack, action, work))

    async def _carry_out(self, stack: SimulatedStack, action: str, work: Callable[[], None]) -> None:
        await asyncio.sleep(self.delay)
        try:
            work()
        except (CloudError, HotError) as error:
            stack.status, stack.reason = f"{action}_FAILED", f"Resource {action} failed: {error}"
        else:
            stack.status, stack.reason = f"{action}_COMPLETE", f"Stack {action} completed successfully"
            if action == "DELETE":
                await self._leave(stack)

    async def _leave(self, stack: SimulatedStack) -> None:
        """Hold the name of a stack that was deleted for a moment."""
        self._leaving.append(stack)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self._leaving.remove(stack)

    def _converge(self, stack: SimulatedStack) -> None:
        """Make, change and replace resources in order, then take away in reverse order what is not wanted any more."""
        replaced: list[Made] = []
        scope = _RunScope(self._cloud, stack)
        for name, definition in stack.template.resources.items():
            place = f"resources.{name}"
            old = stack.made.get(name)
            try:
                values = evaluate(definition.properties, scope, f"{place}.properties")
                properties = checked_properties(name, definition.type, values, self._cloud.exists)
                if old is not None and _changes_in_place(old, definition, properties):
                    self._change(old, definition, properties)
                    continue
                if old is not None and old.id:
                    make_way(self._cloud, old.kind, old.id)
                kind, identity = create(self._cloud, definition.type, _physical_name(stack, name), properties)
            except (CloudError, HotError) as error:
                reason = f"{error.kind}: {place}: {error}{_request_told(stack, definition)}"
                stack.made[name] = _failed(old, definition, reason)
                raise CloudError(error.kind, reason) from None
            if old is not None and old.id:
                replaced.append(old)
            stack.made[name] = Made(definition, properties, kind, identity)
        for old in reversed(replaced):
            delete(self._cloud, old.kind, old.id)
        self._take_away(stack, [name for name in stack.made if name not in stack.template.resources])

    def _change(self, old: Made, definition: Definition, properties: Mapping[str, Json]) -> None:
        if properties != old.properties:
            update(self._cloud, old.kind, old.id, properties)
            old.status = "UPDATE_COMPLETE"
        old.definition, old.properties = definition, properties

    def _take_away(self, stack: SimulatedStack, names: list[str]) -> None:
        for name in reversed(names):
            made = stack.made[name]
            try:
                if made.id:
                    delete(self._cloud, made.kind, made.id)
            except CloudError as error:
                told = _request_told(stack, made.definition)
                made.status, made.reason = "DELETE_FAILED", f"{error.kind}: resources.{name}: {error}{told}"
                raise CloudError(error.kind, made.reason) from None
            del stack.made[name]


class _RunScope:
    """What intrinsic functions yield once resources are there."""

    def __init__(self, cloud: CloudState, stack: SimulatedStack) -> None:
        self._cloud = cloud
        self._stack = stack

    def reference(self, resource: str, _place: str, /) -> Json:
        made = self._stack.made.get(resource)
        return made.id if made is not None else None

    def attribute(self, resource: str, path: tuple[str | int, ...], _place: str, /) -> Json:
        made = self._stack.made.get(resource)
        return attribute(self._cloud, made.kind, made.id, path) if made is not None and made.id else None

    def parameter(self, name: str, _place: str, /) -> Json:
        stack = self._stack
        return {"OS::stack_name": stack.name, "OS::stack_id": stack.id, "OS::project_id": stack.project}[name]


def _changes_in_place(old: Made, definition: Definition, properties: Mapping[str, Json]) -> bool:
    """Whether a resource that is there can become what is wanted without being replaced."""
    if not old.id or old.definition.type != definition.type or old.status.endswith("_FAILED"):
        return False
    schema = TYPES[definition.type].properties
    changed = {name for name in {*old.properties, *properties} if old.properties.get(name) != properties.get(name)}
    return all(schema[name].updatable for name in changed)


def _failed(old: Made | None, definition: Definition, reason: str) -> Made:
    """A resource that could not be made or changed; what was there of it stays known, so that it can be deleted."""
    if old is None:
        return Made(definition, {}, status="CREATE_FAILED", reason=reason)
    old.status, old.reason = "UPDATE_FAILED", reason
    return old


def _request_told(stack: SimulatedStack, definition: Definition) -> str:
    """What the client of Neutron adds to an error: a line of its own with the request that it came of."""
    if not definition.type.startswith("OS::Neutron::"):
        return ""
    return f"\nNeutron server returns request_ids: ['req-{uuid.uuid5(uuid.NAMESPACE_URL, stack.id + definition.name)}']"


def _copy(stack: SimulatedStack) -> SimulatedStack:
    return replace(stack, task=None, made={name: replace(made) for name, made in stack.made.items()})


def _physical_name(stack: SimulatedStack, resource: str) -> str:
    """The name that Heat gives what has none: stack, resource and twelve characters."""
    return f"{stack.name}-{resource}-{uuid.uuid5(uuid.NAMESPACE_URL, stack.id + resource).hex[:12]}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
