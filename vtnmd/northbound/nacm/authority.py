"""What one user may do, decided by one version of /nacm."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES
from vtnmd.domain.tree import Json
from vtnmd.northbound.backend import User
from vtnmd.northbound.nacm.counters import Counters
from vtnmd.northbound.nacm.decisions import View, default_of
from vtnmd.northbound.nacm.reading import visible
from vtnmd.northbound.nacm.rules import EVERY, Access, Rule, Settings, groups_of, rules_for, settings, tenants_of
from vtnmd.northbound.nacm.tenants import INVENTORY, Tenants, bound_default, in_sight, is_theirs, out_of_bounds, part_in_sight
from vtnmd.northbound.nacm.writing import Denied, denied
from vtnmd.northbound.procedures import Step
from vtnmd.northbound.same import Same
from vtnmd.yang.identifiers import Identifier, instance_identifier
from vtnmd.yang.nodes import Kind, Protection, SchemaNode
from vtnmd.yang.schema import Schema

_BASE = "ietf-netconf"
_ALWAYS_ALLOWED = (_BASE, "close-session")
_DENIED_BY_DEFAULT = frozenset({(_BASE, "kill-session"), (_BASE, "delete-config")})
_ALWAYS_TOLD = frozenset({"replayComplete", "notificationComplete"})
_NO_DATASTORE = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.NOTIFICATION})
_KEPT = 512


@dataclass(frozen=True, slots=True)
class RuleAuthority:
    """An `Authority` (vtnmd.northbound.authority).

    `unbounded` where access control is off, or where the first of all rules permits everything.
    """

    schema: Schema = field(repr=False)
    user: str
    settings: Settings
    rules: tuple[Rule, ...] = field(repr=False)
    view: View = field(repr=False)
    tenants: Tenants
    unbounded: bool
    counters: Counters = field(repr=False)

    @property
    def bound(self) -> bool:
        """See `Authority.bound`."""
        return bool(self.tenants) and not self.unbounded

    def owns(self, service: Json) -> bool:
        """See `Authority.owns`."""
        return not self.bound or is_theirs(service, self.tenants)

    def readable(self, document: Json, root: SchemaNode | None = None) -> Json:
        """See `Authority.readable`. What operations and notifications carry is no datastore and is passed on as it is.

        Users that are bound to tenants are judged by whole services: give the whole of each, and filter what comes back.
        """
        if self.unbounded or not isinstance(document, dict) or (root is not None and root.kind in _NO_DATASTORE):
            return document
        top = self.schema.root
        if root is None or root is top:
            return visible(in_sight(document, self.tenants) if self.tenants else document, top, self.view)
        seen = part_in_sight(document, root, self.tenants) if self.tenants else document
        view = self.view.below(root).enter(root, document)
        way = (self.schema.node(root.path[:length]) for length in range(1, len(root.path) + 1))
        allowed = all(node is not None and view.allowed(node, Access.READ) for node in way)
        return visible(seen, root, view) if allowed else {}

    def may_read(self, member: str) -> bool:
        """See `Authority.may_read`."""
        node = self.schema.root.children.get(member)
        bound = bool(self.tenants) and member in {SERVICES, INVENTORY}
        return self.unbounded or (node is not None and not bound and self.view.everywhere(node, Access.READ))

    def check_write(self, before: Json, after: Json) -> None:
        """See `Authority.check_write`."""
        if self.unbounded or before is after:
            return
        faults = {fault.path.text: fault for fault in self._write_faults(before or {}, after or {})}
        if faults:
            self.counters.data_writes += 1
            raise Refused(*faults.values())

    def _write_faults(self, before: Json, after: Json) -> Iterator[Fault]:
        def told(found: Denied) -> Fault:
            document = before if found.access is Access.DELETE else after
            return _fault(found.access, instance_identifier(self.schema, document, found.path))

        if self.tenants:
            yield from map(told, out_of_bounds(before, after, self.tenants))
        yield from map(told, denied(self.schema.root, before, after, self.view))

    def check_execute(self, operation: SchemaNode, target: tuple[Step, ...] = (), document: Json = None) -> None:
        """See `Authority.check_execute`. `target` leads to the instance of an action, in the configuration `document`.

        An action is data: all that it stands in must be readable, and the action itself executable (RFC 8341 section 3.1.3). Users
        that are bound to tenants need the service's part of the document.
        """
        if self.unbounded or self._may_execute(operation, target, document):
            return
        self.counters.operations += 1
        raise Refused(Fault("access-denied", f"{operation.name} may not be called", "protocol"))

    def _may_execute(self, operation: SchemaNode, target: tuple[Step, ...], document: Json) -> bool:
        if operation.kind is Kind.ACTION:
            return self._may_act(operation, target, document)
        name = (operation.module, operation.name)
        if name == _ALWAYS_ALLOWED:
            return True
        for rule in self.rules:
            if rule.is_for(operation.module, Access.EXEC) and (rule.bare or rule.operation in {"*", operation.name}):
                return rule.permit
        return name not in _DENIED_BY_DEFAULT and self.view.default(operation, Access.EXEC)

    def _may_act(self, action: SchemaNode, target: tuple[Step, ...], document: Json) -> bool:
        if self.tenants and action.path[0] == SERVICES and not self._acts_on_theirs(target, document):
            return False
        node, view = self.schema.root, self.view
        for member, keys in target:
            node = node.children[member]
            view = view.narrowed(node, dict(zip(node.keys, keys, strict=False)))
            if not view.allowed(node, Access.READ):
                return False
        return view.allowed(action, Access.EXEC)

    def _acts_on_theirs(self, target: tuple[Step, ...], document: Json) -> bool:
        names = target[1][1] if len(target) > 1 else ()
        services = (document or {}).get(SERVICES, {}).get(SERVICE, ())
        return any((service.get(SERVICE_KEY),) == names and is_theirs(service, self.tenants) for service in services)

    def may_receive(self, member: str) -> bool:
        """See `Authority.may_receive`."""
        if self.unbounded or self._may_receive(member):
            return True
        self.counters.notifications += 1
        return False

    def _may_receive(self, member: str) -> bool:
        module, _, name = member.rpartition(":")
        if name in _ALWAYS_TOLD:
            return True
        for rule in self.rules:
            if rule.is_for(module, Access.READ) and (rule.bare or rule.notification in {"*", name}):
                return rule.permit
        known = self.schema.root.operations.get(member)
        if self.tenants or known is None:
            return not self.tenants and self.settings.read
        return known.protection is not Protection.ALL and self.settings.read


def _fault(access: Access, path: Identifier) -> Fault:
    return Fault("access-denied", f"{access} is not allowed", path=path)


_UNCOUNTED = Counters()


def authority_of(
    schema: Schema,
    nacm: Json,
    user: str,
    groups: frozenset[str] = frozenset(),
    *,
    recovery: bool = False,
    counters: Counters = _UNCOUNTED,
) -> RuleAuthority:
    """The same of a user of that name, whose proof names `groups` and no tenant."""
    return authority_for(schema, nacm, User(user, groups, recovery), counters)


def authority_for(schema: Schema, nacm: Json, user: User, counters: Counters = _UNCOUNTED) -> RuleAuthority:
    """What `user` may do by the value of /nacm: that of the configuration in use, {} or None where there is none.

    Groups and tenants of the user are those beside the ones in /nacm. A recovery session passes everything. The same value of
    /nacm, by identity, gives the same object. Raises LookupError where the schema is without ietf-netconf-acm.
    """
    return _authority(schema, Same(nacm), user, counters)


@lru_cache(_KEPT)
def _authority(schema: Schema, same: Same, user: User, counters: Counters) -> RuleAuthority:
    nacm = same.held
    said = settings(schema, nacm)
    groups = groups_of(nacm, user.name, user.groups if said.external_groups else frozenset())
    tenants = tenants_of(nacm, groups) | user.tenants
    rules = rules_for(schema, nacm, user.name, groups)
    default = default_of(said)
    data = tuple(rule for rule in rules if rule.operation is None and rule.notification is None)
    view = View(data, bound_default(default) if tenants else default)
    first = rules[0] if rules else None
    permits_all = first is not None and first.permit and first.bare and first.module == "*" and first.accesses == EVERY
    unbounded = user.recovery or not said.enabled or (permits_all and not tenants)
    return RuleAuthority(schema, user.name, said, rules, view, tenants, unbounded, counters)
