"""A vtnmd in memory, and stacks of Heat's that are made without an API."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heat.common import template_format
from heat.engine import environment, stack, template
from heat.tests import utils
from vtnmd_heat.entries import Place
from vtnmd_heat.errors import Conflict, NotFound, VtnmdError
from vtnmd_heat.northbound import Held
from vtnmd_heat.standing import Standing

Json = Any


@dataclass
class World:
    """What a vtnmd has, and what becomes of edits: applied at once, unless something else is said.

    `results` are what the next looks at a service tell of its last run; `refusals` maps places to what edits of them meet; `told`
    is added to the answer of `status`.
    """

    services: dict[str, dict[Place, dict[str, Json]]] = field(default_factory=dict)
    commits: dict[str, int] = field(default_factory=dict)
    results: list[Mapping[str, Json]] = field(default_factory=list)
    refusals: dict[Place, list[VtnmdError]] = field(default_factory=dict)
    told: dict[str, Json] = field(default_factory=dict)
    probes: list[Mapping[str, Json]] = field(default_factory=list)
    findings: list[Mapping[str, Json]] = field(default_factory=list)
    edits: list[tuple[str, Place]] = field(default_factory=list)
    applied: list[bool] = field(default_factory=list)

    def edited(self, method: str, place: Place) -> None:
        """Note an edit, unless it is to meet a refusal."""
        if self.refusals.get(place):
            raise self.refusals[place].pop(0)
        self.edits.append((method, place))
        self.commits[place.service] = self.commits.get(place.service, 0) + 1


@dataclass
class MemoryNorthbound:
    """What `vtnmd_heat.northbound.Northbound` does, over a world."""

    world: World
    label: str = ""

    def read(self, place: Place) -> Held:
        held = self.world.services.get(place.service, {}).get(_key(place))
        if held is None:
            raise NotFound(f"there is no {place}")
        return Held(copy.deepcopy(held), repr(held))

    def write(self, place: Place, value: Mapping[str, Json], tag: str = "") -> None:
        held = self.world.services.get(place.service, {}).get(_key(place))
        if (repr(held) if held is not None else "") != tag:
            raise Conflict(f"{place} is another one")
        self.world.edited("PUT", place)
        service = self.world.services.setdefault(place.service, {})
        if place.list:
            named = {} if place.alone else {"name": place.key}
            service[place] = {**named, **copy.deepcopy(dict(value))}
        else:
            service[Place(place.service, "vtn")] = copy.deepcopy(value["vtn"][0])

    def remove(self, place: Place) -> None:
        self.read(place)
        self.world.edited("DELETE", place)
        if place.list:
            del self.world.services[place.service][place]
        else:
            del self.world.services[place.service]

    def regions(self) -> frozenset[str]:
        return frozenset({"east", "west"})

    def status(self, service: str) -> Standing:
        present = service in self.world.services
        number = str(self.world.commits.get(service, 0))
        found = {"present": present, "committed": number, "begun": number, "result": "applied", **self.world.told}
        return Standing({**found, **self.world.results.pop(0)} if self.world.results else found)

    def check(self, service: str) -> Json:
        return {"finding": self.world.findings}

    def probe(self, service: str) -> Json:
        return self.world.probes.pop(0) if self.world.probes else {"passed": True}

    def apply(self, service: str, *, repair: bool) -> None:
        self.world.applied.append(repair)
        if repair:
            self.world.findings.clear()


def _key(place: Place) -> Place:
    return place if place.list else Place(place.service, "vtn")


def new_stack(text: str, name: str = "shop", **parameters: str) -> stack.Stack:
    """A stack of a template, validated and stored."""
    parsed = template.Template(template_format.parse(text), env=environment.Environment({"parameters": parameters}))
    found = stack.Stack(utils.dummy_context(), name, parsed)
    found.validate()
    found.store()
    return found


def changed(found: stack.Stack, text: str, **parameters: str) -> stack.Stack:
    """Update a stack with another template; gives it as it is then, read from the database."""
    parsed = template.Template(template_format.parse(text), env=environment.Environment({"parameters": parameters}))
    found.update(stack.Stack(found.context, found.name, parsed))
    return loaded(found)


def loaded(found: stack.Stack) -> stack.Stack:
    """A stack as the database has it."""
    return stack.Stack.load(found.context, stack_id=found.id)
