"""Data resources that requests are for: their steps, the part of the configuration that they stand in, and what is seen of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vtnmd.datastore.tree import Tree
from vtnmd.domain.commit import SERVICE, SERVICES, Part, service_part
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.restconf.queries import wrong
from vtnmd.northbound.restconf.refusals import absent
from vtnmd.yang.api_path import PathProblem, Step, parse_path
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_KEPT, _KEPT_LENGTH = 4096, 512


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A data resource. `text` is its path below the datastore, `steps` () for the datastore itself.

    `part` is the part of the configuration that holds all of it; empty where it spans several.
    """

    text: str
    steps: tuple[Step, ...]
    node: SchemaNode
    part: Part

    @property
    def name(self) -> str:
        return self.text or "datastore"

    @property
    def is_whole_list(self) -> bool:
        """A list or leaf-list without a key."""
        return bool(self.steps) and self.steps[-1].key is None

    @property
    def is_action(self) -> bool:
        return self.node.kind is Kind.ACTION

    @property
    def is_configuration(self) -> bool:
        return self.node.config

    @property
    def services(self) -> list[str] | None:
        """The services that it is in or may be about; None for all."""
        if not self.steps:
            return None
        if self.steps[0].node.member != SERVICES:
            return []
        return [self.steps[1].key[0]] if len(self.steps) > 1 and self.steps[1].key else None


def target_parser(schema: Schema) -> Callable[[str], Target]:
    """Paths below the datastore, still percent-encoded → what they lead to; short ones are remembered.

    The function raises Refusal: 404 for names that are not known, 400 for wrong keys.
    """

    def parse(text: str) -> Target:
        try:
            steps = parse_path(schema, text)
        except PathProblem as problem:
            if problem.known:
                raise wrong(str(problem)) from None
            refusal = absent(text)
            raise refusal from None
        node = steps[-1].node if steps else schema.root
        return Target(text.strip("/"), steps, node, _part(steps))

    remembered = lru_cache(_KEPT)(parse)
    return lambda text: remembered(text) if len(text) < _KEPT_LENGTH else parse(text)


def _part(steps: tuple[Step, ...]) -> Part:
    if not steps:
        return ""
    if steps[0].node.member != SERVICES:
        return steps[0].node.member
    return service_part(steps[1].key[0]) if len(steps) > 1 and steps[1].key else ""


def document_for(tree: Tree, target: Target) -> dict[str, Json]:
    """As much of a configuration as a resource is in."""
    if not target.steps:
        return tree.document()
    member = target.steps[0].node.member
    if not target.part:
        return {SERVICES: {SERVICE: [held.value for held in tree.services.values()]}} if tree.services else {}
    value = tree.held(target.part).value
    if value is None:
        return {}
    return {SERVICES: {SERVICE: [value]}} if member == SERVICES else {member: value}


def seen(tree: Tree, target: Target, authority: Authority) -> Json:
    """The same, without what the user may not read."""
    document = document_for(tree, target)
    return document if authority.unbounded else authority.readable(document)
