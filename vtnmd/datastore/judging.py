"""Validation of a commit: the parts that change, with what they refer to at hand, and the parts that refer to what changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.datastore.faults import Fault, Refused, refused_violations
from vtnmd.datastore.referring import Crossings, Index, Uses, crossings_of, services_named, uses_of
from vtnmd.datastore.tree import Changes, Tree, document_of
from vtnmd.domain.commit import SERVICES, Part, service_of, service_part
from vtnmd.domain.tree import Json
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema
from vtnmd.yang.violations import Violation

Learnt = Mapping[Part, Uses]
"""What parts refer to in others."""


@dataclass(slots=True)
class Judge:
    """Judges changes of one configuration, whose references it keeps indexed."""

    schema: Schema
    index: Index = field(default_factory=Index)
    crossings: Crossings = field(init=False)

    def __post_init__(self) -> None:
        self.crossings = crossings_of(self.schema)

    def learn(self, tree: Tree) -> None:
        """Index all that a configuration holds, which is taken to be valid."""
        self.index = Index()
        everything = [*tree.others, *(service_part(name) for name in tree.services)]
        for part, uses in uses_of(self.schema, self.crossings, tree.document(), everything).items():
            self.index.put(part, uses)

    def judge(self, tree: Tree, changes: Changes) -> Learnt:
        """What the changed parts refer to, for `accept` when the changes are made. Raises Refused with all that is wrong."""
        concerned = self.index.concerned(self.schema, tree, changes)
        judged = {part: tree.held(part).value for part in concerned} | dict(changes)
        document, aside = self._scene(tree, judged)
        violations = validate(self.schema, document, aside=aside)
        if violations:
            raise self._refusal(document, violations, concerned)
        return uses_of(self.schema, self.crossings, document, [part for part, value in changes.items() if value is not None])

    def accept(self, changes: Changes, learnt: Learnt) -> None:
        """The changes have been made."""
        for part in changes:
            self.index.put(part, learnt.get(part, frozenset()))

    def _scene(self, tree: Tree, judged: Changes) -> tuple[dict[str, Json], Collection[int]]:
        """A document of the judged parts and all that they may look at, and the ids of what is there to be looked at only."""
        others = {member: held.value for member, held in tree.others.items()}
        referred = services_named(self.schema, self.crossings, judged)
        services = {service_part(name): tree.services[name].value for name in referred if name in tree.services}
        document = document_of(others | services | dict(judged))
        aside = {id(value) for part, value in (others | services).items() if part not in judged and isinstance(value, dict)}
        for part, value in others.items():
            if part not in judged and isinstance(value, list):
                aside |= {id(entry) for entry in value if isinstance(entry, dict)}
        return document, aside

    def _refusal(self, document: Json, violations: tuple[Violation, ...], concerned: Collection[Part]) -> Refused:
        refusal = refused_violations(self.schema, document, violations)
        told = [
            _told(fault, _part_of(document, violation)) if _part_of(document, violation) in concerned else fault
            for fault, violation in zip(
                refusal.faults, violations, strict=False
            )  # there may be more violations than faults are told
        ]
        return Refused(*told)


def _told(fault: Fault, part: Part) -> Fault:
    name = service_of(part)
    return replace(fault, message=f"{fault.message}: {f'service {name}' if name else part} refers to it")


def _part_of(document: Json, violation: Violation) -> Part:
    path = violation.path
    if len(path) > 2 and path[0] == SERVICES:
        return service_part(str(document[SERVICES]["service"][path[2]].get("name")))
    return str(path[0]) if path else ""
