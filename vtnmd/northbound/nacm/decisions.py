"""May this be done to that node: the first rule that matches decides, or else what holds without rules (RFC 8341 section 3.4.5).

Most of it follows from the schema alone, and is worked out once per schema node. Only where the path of a rule has keys do
instances matter: at such a list, `View.enter` gives the view of one entry, in which the rules for other entries are gone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json
from vtnmd.northbound.nacm.paths import texts
from vtnmd.northbound.nacm.rules import Access, Rule, Settings
from vtnmd.yang.nodes import Protection, SchemaNode

Default = Callable[[SchemaNode, Access], bool]
"""What holds where no rule matches."""

Index = dict[tuple[str, ...], dict[tuple[str, ...], list[Rule]]]
"""Names of keys → their texts → the rules whose paths lead through the entries that have these."""

_ABSENT = "\0"
"""The text of a key that an entry lacks; no text holds this character."""

WRITES = (Access.CREATE, Access.UPDATE, Access.DELETE)


def default_of(settings: Settings) -> Default:
    """As RFC 8341 has it in section 3.4.5, steps 10 to 13."""
    permits = {Access.READ: settings.read, Access.EXEC: settings.execute}

    def default(node: SchemaNode, access: Access) -> bool:
        if node.protection is Protection.ALL or (node.protection is Protection.WRITE and access in WRITES):
            return False
        return permits.get(access, settings.write)

    return default


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The rules for data that may match at one place of a document, and what they come to there."""

    rules: tuple[Rule, ...]
    default: Default
    _views: dict[tuple[Rule, ...], "View"] = field(default_factory=dict)
    """All views of one authority, by their rules."""
    _allowed: dict[tuple[SchemaNode, Access], bool] = field(default_factory=dict)
    _inside: dict[tuple[SchemaNode, Access], bool] = field(default_factory=dict)
    _guarded: dict[SchemaNode, Index] = field(default_factory=dict)
    _narrowed: dict[tuple[SchemaNode, tuple[Rule, ...]], "View"] = field(default_factory=dict)

    def allowed(self, node: SchemaNode, access: Access) -> bool:
        """Whether it may be done to an instance of the node, in the view of that instance."""
        found = self._allowed.get((node, access))
        if found is None:
            found = self._allowed[node, access] = self._decide(node, access)
        return found

    def _decide(self, node: SchemaNode, access: Access) -> bool:
        for rule in self.rules:
            if rule.is_for(node.module, access) and (rule.place is None or rule.place.covers(node)):
                return rule.permit
        return self.default(node, access)

    def inside(self, node: SchemaNode, access: Access) -> bool:
        """Whether it may be done to an instance and to all that can stand in it, whatever that is."""
        found = self._inside.get((node, access))
        if found is None:
            children = node.children.values()
            found = self.allowed(node, access) and all(self.everywhere(child, access) for child in children)
            self._inside[node, access] = found
        return found

    def everywhere(self, node: SchemaNode, access: Access) -> bool:
        """The same for all instances of a node."""
        return not self.guarded(node) and self.inside(node, access)

    def guarded(self, node: SchemaNode) -> Index:
        """The rules that tell instances of the node apart."""
        found = self._guarded.get(node)
        if found is None:
            found = self._guarded[node] = {}
            for rule in self.rules:
                guard = rule.place.guard(node) if rule.place is not None else None
                if guard is not None:
                    names, values = zip(*guard.keys, strict=True)
                    found.setdefault(names, {}).setdefault(values, []).append(rule)
        return found

    def enter(self, node: SchemaNode, entry: Json) -> "View":
        """The view of one instance of a node."""
        return self.narrowed(node, texts(node, entry)) if self.guarded(node) else self

    def narrowed(self, node: SchemaNode, keys: Mapping[str, str]) -> "View":
        """The same of an entry that is known by its keys."""
        index = self.guarded(node)
        here = [by_values.get(tuple(keys.get(name, _ABSENT) for name in names), ()) for names, by_values in index.items()]
        chosen = (node, tuple(rule for rules in here for rule in rules))
        found = self._narrowed.get(chosen)
        if found is None:
            others = {rule for by_values in index.values() for rules in by_values.values() for rule in rules} - {*chosen[1]}
            found = self._narrowed[chosen] = self._with(tuple(rule for rule in self.rules if rule not in others))
        return found

    def below(self, node: SchemaNode) -> "View":
        """The view of an instance whose ancestors' keys are not known: no rule permits anything by such a key."""
        depth = len(node.path) - 1
        unknown = {
            rule
            for rule in self.rules
            if rule.permit and rule.place is not None and any(guard.depth < depth for guard in rule.place.guards)
        }
        return self._with(tuple(rule for rule in self.rules if rule not in unknown)) if unknown else self

    def _with(self, rules: tuple[Rule, ...]) -> "View":
        if rules == self.rules:
            return self
        found = self._views.get(rules)
        if found is None:
            found = self._views[rules] = View(rules, self.default, self._views)
        return found
