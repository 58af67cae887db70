"""Topology: the normal form of a TOSCA service template (TOSCA Simple Profile in YAML 1.3).

Types are resolved, inputs substituted, requirements matched to targets. Nothing of the YAML is left but the places it came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vtnmd.domain.diagnostics import Diagnostic, Span

NO_SPANS: Mapping[tuple[str | int, ...], Span] = {}


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A TOSCA function that stays unresolved until deployment: get_attribute, get_operation_output, concat of such."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """One requirement of a node that was matched to a target node."""

    requirement: str
    target: str
    type: str
    ancestry: tuple[str, ...]
    capability: str
    properties: Mapping[str, Any]
    span: Span
    spans: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """The names that something is said to have had before, and where that is said."""

    names: tuple[str, ...]
    span: Span


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
    interfaces: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group(Entity):
    """A group; `members` are names of nodes."""

    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy(Entity):
    """A policy; `targets` are names of nodes or groups."""

    targets: tuple[str, ...] = ()
    triggers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole service template. The mappings keep the order of the file; `warnings` are what its author should know."""

    name: str
    description: str
    metadata: Mapping[str, str]
    inputs: Mapping[str, Any]
    nodes: Mapping[str, Node]
    groups: Mapping[str, Group]
    policies: Mapping[str, Policy]
    outputs: Mapping[str, Any]
    span: Span
    moved: Moved | None = None
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)
