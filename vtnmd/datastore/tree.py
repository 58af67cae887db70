"""A configuration as a datastore holds it: services by name, everything else by member, and the documents that they make up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES, Configuration, Held, Part, service_of, service_part
from vtnmd.domain.tree import Json

Changes = Mapping[Part, Json]
"""Part → what it shall hold; None for what goes."""

NOTHING = Held(None)


@dataclass(frozen=True, slots=True)
class Tree:
    """`services` by name and `others` by top-level member; treat all of it as read-only. `number` is that of the newest commit."""

    services: Mapping[str, Held] = field(default_factory=dict)
    others: Mapping[str, Held] = field(default_factory=dict)
    number: int = 0
    time: float = 0.0

    def held(self, part: Part) -> Held:
        """What a part holds; its value is None where there is nothing."""
        name = service_of(part)
        return self.services.get(name, NOTHING) if name else self.others.get(part, NOTHING)

    def document(self, services: Iterable[str] | None = None) -> dict[str, Json]:
        """The RFC 7951 document with the named services, None for all of them, and everything else."""
        document = {member: held.value for member, held in self.others.items()}
        if services is None:
            entries = [held.value for held in self.services.values()]
        else:
            entries = [self.services[name].value for name in services if name in self.services]
        if entries:
            document[SERVICES] = {SERVICE: entries}
        return document

    def after(self, changes: Changes, number: int, time: float) -> "Tree":
        """The tree after a commit."""
        services, others = dict(self.services), dict(self.others)
        for part, value in changes.items():
            name = service_of(part)
            where, key = (services, name) if name else (others, part)
            if value is None:
                where.pop(key, None)
            else:
                where[key] = Held(value, number, time)
        return Tree(services, others, number, time)


def tree_of(configuration: Configuration) -> Tree:
    """A stored configuration as a tree."""
    services = {service_of(part): held for part, held in configuration.parts.items() if service_of(part)}
    others = {part: held for part, held in configuration.parts.items() if not service_of(part)}
    newest = max((held.time for held in configuration.parts.values()), default=0.0)
    return Tree(services, others, configuration.number, newest)


def document_of(parts: Changes) -> dict[str, Json]:
    """The document that parts make up; those that hold nothing (None) are left out."""
    document: dict[str, Json] = {}
    services: list[Json] = []
    for part, value in parts.items():
        if value is None:
            continue
        if service_of(part):
            services.append(value)
        else:
            document[part] = value
    if services:
        document[SERVICES] = {SERVICE: services}
    return document


def parts_of(document: Json) -> dict[Part, Json]:
    """The inverse of `document_of`. Entries of the list of services that have no name are left out; validation refuses them."""
    parts: dict[Part, Json] = {}
    for member, value in document.items():
        if member == SERVICES:
            parts |= {service_part(entry[SERVICE_KEY]): entry for entry in value.get(SERVICE, ())}
        elif value != {}:
            parts[member] = value
    return parts


def difference(tree: Tree, document: Json, services: Iterable[str] | None) -> dict[Part, Json]:
    """What leads from a tree to a document that holds all but the services that are not named."""
    after = parts_of(document)
    names = tree.services.keys() if services is None else services
    before = {service_part(name): tree.services[name].value for name in names if name in tree.services}
    before |= {member: held.value for member, held in tree.others.items()}
    changes = {part: value for part, value in after.items() if before.get(part) is not value and before.get(part) != value}
    return changes | {part: None for part in before if part not in after}
