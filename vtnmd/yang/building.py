"""From yangson's schema tree to SchemaNode values and DataTypes.

yangson parses the modules and resolves groupings, augments, refinements, deviations and features; nothing else of the project
looks at its objects.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yangson import datatype as yt
from yangson import schemanode as yn
from yangson.datamodel import DataModel
from yangson.enumerations import NodeStatus
from yangson.statement import Statement

from vtnmd.domain.tree import Json
from vtnmd.yang import datatypes as dt
from vtnmd.yang import reference_types as rt
from vtnmd.yang.nodes import (
    Becomes,
    Case,
    Check,
    Choice,
    Condition,
    Kind,
    Must,
    Protection,
    QualifiedName,
    Reference,
    SchemaNode,
)
from vtnmd.yang.values import Pattern, Restriction
from vtnmd.yang.xpath import compile_path, compile_test

CHECK_EXTENSION = "vtnmd-types:check"
RESOURCE_EXTENSION = "vtnmd-types:resource"

_NODE_INSTANCE_IDENTIFIER = "node-instance-identifier"
"""A type of RFC 8341 whose values have prefixes, which a string would keep as they stood."""

_KINDS: dict[type, Kind] = {
    yn.ContainerNode: Kind.CONTAINER,
    yn.ListNode: Kind.LIST,
    yn.LeafNode: Kind.LEAF,
    yn.LeafListNode: Kind.LEAF_LIST,
    yn.AnydataNode: Kind.ANYDATA,
    yn.AnyxmlNode: Kind.ANYXML,
    yn.NotificationNode: Kind.NOTIFICATION,
    yn.InputNode: Kind.INPUT,
    yn.OutputNode: Kind.OUTPUT,
}


def _keep_check(node: Any, statement: Statement, _: Any) -> None:
    app_tag, message = statement.get_error_info()
    check = Check(statement.argument or "", _flow(message), app_tag or "")
    node.__dict__.setdefault("vtnmd_checks", []).append(check)


def _keep_resource(node: Any, statement: Statement, _: Any) -> None:
    said: dict[str, list[str]] = {}
    for part in statement.substatements:
        said.setdefault(part.keyword, []).append(part.argument or "")
    unknown = said.keys() - {"at", "region", "takes", "description", "reference"}
    once = [len(said.get(name, ())) for name in ("at", "region")]
    if unknown or once != [1, 1] or not isinstance(node, yn.ListNode) or not statement.argument:
        what = (
            f"it has no substatement {min(unknown)}"
            if unknown
            else "it stands in a list, names a kind, and has one at and one region"
        )
        raise LookupError(f"resource {statement.argument} below {node.name}: {what}")
    becomes = Becomes(statement.argument, said["at"][0], said["region"][0], tuple(said.get("takes", ())))
    node.__dict__.setdefault("vtnmd_becomes", []).append(becomes)


def _keep_protection(node: Any, statement: Statement, _: Any) -> None:
    said = Protection.ALL if statement.keyword == "default-deny-all" else Protection.WRITE
    node.__dict__["vtnmd_protection"] = max(said, node.__dict__.get("vtnmd_protection", Protection.NONE))


# yangson drops extension statements it does not know while it expands groupings; its table of callbacks is the one place where
# ours can be kept together with the node that it ends up on. Those of RFC 8341 it knows, but not in choices and cases.
setattr(yn.SchemaNode, "_vtnmd_check", _keep_check)  # noqa: B010
setattr(yn.SchemaNode, "_vtnmd_resource", _keep_resource)  # noqa: B010
setattr(yn.SchemaNode, "_vtnmd_protection", _keep_protection)  # noqa: B010
_OURS = {CHECK_EXTENSION: "_vtnmd_check", RESOURCE_EXTENSION: "_vtnmd_resource"}
_OURS |= dict.fromkeys(("ietf-netconf-acm:default-deny-write", "ietf-netconf-acm:default-deny-all"), "_vtnmd_protection")
yn.SchemaNode._stmt_callback = {**yn.SchemaNode._stmt_callback, **_OURS}  # noqa: SLF001


def _flow(text: str | None) -> str:
    """A text of a module without the line breaks and indentation of its source."""
    return re.sub(r"\s*\n\s*", " ", text or "").strip()


def build(model: DataModel) -> SchemaNode:
    """The root of the schema: all top-level data nodes as children, rpcs and notifications as operations."""
    return _Builder(model).root()


@dataclass(slots=True)
class _Gathered:
    """What stands below one container, list, case or root while it is collected."""

    children: dict[str, SchemaNode] = field(default_factory=dict)
    required: list[SchemaNode] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    operations: dict[str, SchemaNode] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


class _Builder:
    """Walks yangson's tree once, top down for names and paths, bottom up for the values."""

    def __init__(self, model: DataModel) -> None:
        self.model = model
        self.prefixes: dict[str, Mapping[str, str]] = {
            name: {prefix: module[0] for prefix, module in data.prefix_map.items()}
            for name, data in model.schema_data.modules_by_name.items()
        }

    def root(self) -> SchemaNode:
        gathered = _Gathered()
        self._gather(self.model.schema, None, (), (), gathered)
        return self._finish(Kind.ROOT, self.model.schema, "", (), gathered)

    def _gather(
        self, node: Any, module: str | None, path: tuple[str, ...], conditions: tuple[Condition, ...], into: _Gathered
    ) -> None:
        for child in node.children:
            if child._status is NodeStatus.obsolete:  # noqa: SLF001
                continue
            if isinstance(child, yn.RpcActionNode | yn.NotificationNode):
                built = self._operation(child, module, path)
                into.operations[built.member] = built
            elif isinstance(child, yn.ChoiceNode):
                into.choices.append(self._choice(child, module, path, conditions, into))
            elif isinstance(child, yn.DataNode):
                built = self._data(child, module, path, conditions)
                into.children[built.member] = built
                if built.mandatory or built.min_elements or (built.implied and _demands(built)):
                    into.required.append(built)
            else:
                into.checks.extend(child.__dict__.get("vtnmd_checks", ()))
                self._gather(child, module, path, (*conditions, *self._condition(child, on_parent=True)), into)

    def _choice(
        self, node: Any, module: str | None, path: tuple[str, ...], conditions: tuple[Condition, ...], into: _Gathered
    ) -> Choice:
        own = (*conditions, *self._condition(node, on_parent=True))
        cases = []
        for case in node.children:
            inner = _Gathered()
            wrapper = (*own, *self._condition(case, on_parent=True))
            self._gather(case, module, path, wrapper, inner)
            into.children.update(inner.children)
            name = case.name or next((part.name for part in case.children if part.name), "")
            cases.append(Case(name, frozenset(inner.children), tuple(inner.required), tuple(inner.choices)))
        default = node.default_case[0] if node.default_case else ""
        return Choice(node.name, node.mandatory, default, tuple(cases), own, node.config)

    def _operation(self, node: Any, module: str | None, path: tuple[str, ...]) -> SchemaNode:
        member = node.name if node.ns == module else f"{node.ns}:{node.name}"
        here = (*path, member)
        if isinstance(node, yn.NotificationNode):
            gathered = _Gathered()
            self._gather(node, node.ns, here, (), gathered)
            return self._finish(Kind.NOTIFICATION, node, member, here, gathered)
        sides = {}
        for side in node.children:
            kind = _KINDS.get(type(side))
            if kind in {Kind.INPUT, Kind.OUTPUT}:
                gathered = _Gathered()
                self._gather(side, side.ns, (*here, side.name), (), gathered)
                sides[side.name] = self._finish(kind, side, side.name, (*here, side.name), gathered)
        return SchemaNode(
            Kind.ACTION if path else Kind.RPC,
            node.name,
            node.ns,
            member,
            here,
            _flow(node.description),
            config=False,
            operations=sides,
            protection=_protection(node),
        )

    def _data(self, node: Any, module: str | None, path: tuple[str, ...], conditions: tuple[Condition, ...]) -> SchemaNode:
        member = node.name if node.ns == module else f"{node.ns}:{node.name}"
        here = (*path, member)
        gathered = _Gathered()
        if isinstance(node, yn.InternalNode):
            self._gather(node, node.ns, here, (), gathered)
        return self._finish(
            _KINDS[type(node)], node, member, here, gathered, (*conditions, *self._condition(node, on_parent=False))
        )

    def _finish(
        self,
        kind: Kind,
        node: Any,
        member: str,
        path: tuple[str, ...],
        gathered: _Gathered,
        conditions: tuple[Condition, ...] = (),
    ) -> SchemaNode:
        keys = tuple(node.get_data_child(*key).iname() for key in node.keys) if kind is Kind.LIST else ()
        described = self._type(node.type, node) if isinstance(node, yn.TerminalNode) else None
        references = self._references(node.type, node) if described else ()
        musts = tuple(self._must(must, node) for must in node.must)
        checks = (*node.__dict__.get("vtnmd_checks", ()), *gathered.checks)
        unique = tuple(tuple(_steps(expression) for expression in group) for group in node.unique) if kind is Kind.LIST else ()
        children = gathered.children
        default = _default(node, described) if described else None
        return SchemaNode(
            kind=kind,
            name=node.name or "",
            module=node.ns or "",
            member=member,
            path=path,
            description=_flow(node.description),
            config=True if kind is Kind.ROOT else node.config,
            mandatory=kind in {Kind.LEAF, Kind.ANYDATA, Kind.ANYXML} and node._mandatory,  # noqa: SLF001
            presence=kind is Kind.CONTAINER and node.presence,
            keys=keys,
            ordered_by_user=getattr(node, "user_ordered", False),
            min_elements=getattr(node, "min_elements", 0),
            max_elements=getattr(node, "max_elements", None),
            unique=unique,
            type=described,
            units=(node.units or "") if described else "",
            default=default,
            children=children,
            choices=tuple(gathered.choices),
            required=tuple(child for child in gathered.required if child.member not in keys),
            operations=gathered.operations,
            conditions=conditions,
            musts=musts,
            checks=checks,
            becomes=tuple(node.__dict__.get("vtnmd_becomes", ())),
            references=references,
            lookup={(child.name, child.module): child for child in children.values()},
            refers=bool(references) or _is_pointer(described) or any(child.refers for child in children.values()),
            constrained=bool(musts or checks or unique or conditions) or any(child.constrained for child in children.values()),
            conditional=bool(conditions) or any(child.conditional for child in children.values()),
            has_defaults=default is not None or any(child.has_defaults for child in children.values()),
            protection=_protection(node),
        )

    def _condition(self, node: Any, *, on_parent: bool) -> tuple[Condition, ...]:
        if node.when is None:
            return ()
        return (Condition(_shown(node.when, node), compile_test(node.when, self._prefixes(node)), on_parent),)

    def _must(self, must: Any, node: Any) -> Must:
        app_tag = "" if must.error_tag == "must-violation" else must.error_tag
        return Must(
            _shown(must.expression, node), compile_test(must.expression, self._prefixes(node)), _flow(must.error_message), app_tag
        )

    def _prefixes(self, node: Any) -> Mapping[str, str]:
        while node.ns is None and node.parent is not None:
            node = node.parent
        return self.prefixes.get(node.ns, {})

    def _references(self, described: Any, node: Any) -> tuple[Reference, ...]:
        if isinstance(described, yt.UnionType):
            return tuple(reference for member in described.types for reference in self._references(member, node))
        if not isinstance(described, yt.LeafrefType):
            return ()
        locate, tail = compile_path(described.path, self._prefixes(node))
        expression = str(described.path)
        target = _target_path(described, node)
        own = self._type(described, node)
        direct = "[" not in expression
        return (Reference(expression, locate, tail, own, described.require_instance, target[0], target, direct),)

    def _type(self, described: Any, node: Any) -> dt.DataType:
        base = described.yang_type()
        name = described.name or base
        match described:
            case yt.LeafrefType():
                target = self._type(described.ref_type, node)
                path = _target_path(described, node)
                return rt.LeafrefType(base, name, target, path, str(described.path), described.require_instance)
            case yt.UnionType():
                return dt.UnionType(base, name, tuple(self._type(member, node) for member in described.types))
            case yt.IdentityrefType():
                return rt.IdentityType(base, name, node.ns, self._identities(described.bases))
            case yt.StringType() if name == _NODE_INSTANCE_IDENTIFIER:
                return rt.NodeInstanceIdentifierType(base, name)
            case _:
                return _scalar(described, base, name)

    def _identities(self, bases: list[QualifiedName]) -> frozenset[str]:
        data = self.model.schema_data
        return frozenset(
            f"{module}:{name}"
            for name, module in data.identity_adjs
            if all(data.is_derived_from((name, module), base) for base in bases)
        )


def _shown(expression: Any, node: Any) -> str:
    """An expression as its author may have written it: yangson qualifies all names and makes floats of numbers."""
    while node.ns is None and node.parent is not None:
        node = node.parent
    return re.sub(r"\b(\d+)\.0\b", r"\1", str(expression).replace(f"{node.ns}:", ""))


def _demands(node: SchemaNode) -> bool:
    return bool(node.required) or any(choice.mandatory for choice in node.choices)


def _is_pointer(described: dt.DataType | None) -> bool:
    return isinstance(described, rt.InstanceIdentifierType)


def _protection(node: Any) -> Protection:
    """The strongest default denial of a node and of what it stands in: what is below a protected node is no less sensitive."""
    strongest = Protection.NONE
    while node is not None and strongest is not Protection.ALL:
        strongest = max(strongest, node.__dict__.get("vtnmd_protection", Protection.NONE))
        node = node.parent
    return strongest


def _steps(expression: Any) -> tuple[QualifiedName, ...]:
    """The names along a descendant schema node identifier of a `unique` statement."""
    steps: list[QualifiedName] = []
    while hasattr(expression, "left"):
        steps.insert(0, expression.right.qname)
        expression = expression.left
    return (expression.qname, *steps)


def _target_path(described: Any, node: Any) -> tuple[str, ...]:
    target = node._follow_leafref(described.path, node)  # noqa: SLF001
    path: list[str] = []
    while isinstance(target, yn.DataNode):
        path.insert(0, target.iname())
        target = target.data_parent()
    return tuple(path)


def _default(node: Any, described: dt.DataType) -> Json:
    cooked = node.default
    if cooked is None:
        return None
    if isinstance(node, yn.LeafListNode):
        return [_raw(value, node, described) for value in cooked]
    return _raw(cooked, node, described)


def _raw(cooked: Any, node: Any, described: dt.DataType) -> Json:
    raw = node.type.to_raw(cooked)
    return raw if raw is not None else described.parse(str(cooked), dt.MODULE_NAMES)


def _restriction(intervals: Any) -> Restriction | None:
    if intervals is None:
        return None
    message = "" if intervals.error_message in {"not in range", "invalid length"} else intervals.error_message
    pairs = tuple((interval[0], interval[-1]) for interval in intervals.intervals)
    return Restriction(pairs, _flow(message), intervals.error_tag or "")


def _scalar(described: Any, base: str, name: str) -> dt.DataType:
    match described:
        case yt.Decimal64Type():
            low, high = described._range  # noqa: SLF001
            limits = _restriction(described.range) or Restriction(((low, high),))
            return dt.DecimalType(base, name, described.fraction_digits, limits)
        case yt.IntegralType():
            low, high = described._range  # noqa: SLF001
            limits = _restriction(described.range) or Restriction(((low, high),))
            return dt.IntegerType(base, name, limits)
        case yt.StringType():
            return dt.StringType(base, name, _restriction(described.length), tuple(_pattern(p) for p in described.patterns))
        case yt.BinaryType():
            return dt.BinaryType(base, name, _restriction(described.length))
        case yt.BooleanType():
            return dt.BooleanType(base, name)
        case yt.EmptyType():
            return dt.EmptyType(base, name)
        case yt.EnumerationType():
            return dt.EnumerationType(base, name, dict(described.sorted_enums()))
        case yt.BitsType():
            return dt.BitsType(base, name, dict(described.sorted_bits()))
        case yt.InstanceIdentifierType():
            return rt.InstanceIdentifierType(base, name, described.require_instance)
        case _:
            raise TypeError(f"YANG type {base} is not known")


def _pattern(pattern: Any) -> Pattern:
    stated = pattern.error_message
    message = "" if stated == f"pattern '{pattern.pattern}'" else stated
    return Pattern(pattern.pattern, pattern.regex, pattern.invert_match, _flow(message), pattern.error_tag or "")
