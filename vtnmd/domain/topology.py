"""Topology: the normal form of a TOSCA service template (TOSCA Simple Profile in YAML 1.3).

Types are resolved, inputs substituted, requirements matched to targets. Nothing of the YAML is left but the places it came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vtnmd.domain.diagnostics import Diagnostic, Span

BINDING = "vtnmd.yang."
"""How the keys of metadata begin that bind a type to YANG."""

NO_SPANS: Mapping[tuple[str | int, ...], Span] = {}


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A TOSCA function that stays unresolved until deployment: get_attribute, get_operation_output, concat of such.

    Where inputs stay symbolic it may also be get_input; `value` is then what the input would give now, None if nothing.
    """

    name: str
    arguments: tuple[Any, ...]
    value: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of an interface that something implements, with what types and template say together.

    `implementation` and `dependencies` are files, named from where the service template stands; `inputs` are plain values or
    FunctionCalls.
    """

    interface: str
    name: str
    implementation: str
    inputs: Mapping[str, Any]
    span: Span
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a node, named from where the service template stands, or a URL. `type` is empty where none is given."""

    name: str
    type: str
    ancestry: tuple[str, ...]
    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a topology: its declaration and its value, given or default; None where it has none. It may have been given
    without being `declared`.

    `type` is as declared, `kind` the primitive type behind it or `record`. `constraints` are (operator, operand) of the
    declaration itself, not of its type.
    """

    name: str
    type: str
    kind: str
    description: str
    value: Any
    constraints: tuple[tuple[str, Any], ...]
    metadata: Mapping[str, str]
    span: Span
    required: bool = True
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a topology: a plain value or a FunctionCall."""

    name: str
    value: Any
    description: str
    span: Span


@dataclass(frozen=True, slots=True)
class Relation:
    """One requirement of a node that was matched to a target node. `template` names the relationship template, if it is one."""

    requirement: str
    target: str
    type: str
    ancestry: tuple[str, ...]
    capability: str
    properties: Mapping[str, Any]
    span: Span
    spans: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, compare=False)
    template: str = ""
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """The names that something is said to have had before, and where that is said.

    `inherited`: it is said of a composite, and holds for whatever inside of it keeps a name.
    """

    names: tuple[str, ...]
    span: Span
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """What nodes, groups and policies share.

    `ancestry` begins with the type itself and ends with the root type. `metadata` is that of the type, inherited keys included;
    it holds the binding to YANG. `properties` are plain values in TOSCA form (`200 Mbps`), defaults included, or FunctionCalls.
    `spans` gives the place of a property value by its path below `properties`, e.g. `("bandwidth", "min")`. `moved` is what the
    metadata of the template says of former names.
    """

    name: str
    type: str
    ancestry: tuple[str, ...]
    metadata: Mapping[str, str]
    properties: Mapping[str, Any]
    span: Span
    spans: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, compare=False)
    moved: Moved | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Node(Entity):
    """A node template. `capabilities` maps a capability's name to its properties."""

    relations: tuple[Relation, ...] = ()
    capabilities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group(Entity):
    """A group; `members` are names of nodes. `prefix` is what its name and those of all in the same composite begin with."""

    members: tuple[str, ...] = ()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Policy(Entity):
    """A policy; `targets` are names of nodes or groups. `triggers` are as written, their functions evaluated."""

    targets: tuple[str, ...] = ()
    triggers: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole service template. The mappings keep the order of the file; `warnings` are what its author should know."""

    name: str
    description: str
    metadata: Mapping[str, str]
    inputs: Mapping[str, Input]
    nodes: Mapping[str, Node]
    groups: Mapping[str, Group]
    policies: Mapping[str, Policy]
    outputs: Mapping[str, Output]
    span: Span
    moved: Moved | None = None
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether nothing in it is bound to YANG: normative types and what derives from them, but no service of vtnmd."""
        entities: tuple[Entity, ...] = (*self.nodes.values(), *self.groups.values(), *self.policies.values())
        return not any(is_bound(entity.metadata) for entity in entities)


def is_bound(metadata: Mapping[str, str]) -> bool:
    """Whether the metadata of a type binds it to YANG (docs/binding.md)."""
    return any(key.startswith(BINDING) for key in metadata)
