"""Phases 2 and 3 of validation: references, then `when`, `must`, `unique`, checks and what is mandatory under a condition."""

from collections.abc import Iterator

from vtnmd.yang.checks import CHECKS
from vtnmd.yang.instances import Evaluation, Instance, Path, Poisoned
from vtnmd.yang.nodes import Check, Choice, Kind, Must, QualifiedName, SchemaNode
from vtnmd.yang.references import dangling, referring
from vtnmd.yang.structure import Structure, conditional
from vtnmd.yang.values import nearest, shown
from vtnmd.yang.violations import Violation

_HINTS = 20
"""So many references that lead nowhere get hints, each of which looks at all that could have been referred to."""


def check_references(root: Instance, run: Evaluation, aside: frozenset[int] = frozenset()) -> Iterator[Violation]:
    """Leafrefs and instance-identifiers without a target, but for those in objects `aside`; each is marked as dangling.

    Those whose path has predicates come last: where a value that they go through dangles, nothing more is said.
    """
    indirect: list[Instance] = []
    for node in referring(root, aside):
        if all(reference.direct for reference in node.schema.references):
            yield from _check_reference(node, run)
        else:
            indirect.append(node)
    for node in indirect:
        yield from _check_reference(node, run)


def _check_reference(node: Instance, run: Evaluation) -> Iterator[Violation]:
    parent = node.parent
    if parent is None or (id(parent.value), node.schema.member) in run.poisoned:
        return
    try:
        lost = dangling(node, run)
    except Poisoned:
        return
    if lost is None:
        return
    if node.schema.kind is Kind.LEAF_LIST:
        run.dangling.add((id(parent.value[node.schema.member]), node.step[-1]))
    else:
        run.dangling.add((id(parent.value), node.schema.member))
    summary = f"{lost.wanted} {shown(node.value)} does not exist"
    hint = nearest(node.text(), lost.candidates()) if len(run.dangling) <= _HINTS else ""
    yield Violation(node.path, "VTN-Y301", summary, "", "instance-required", hint)


class Constraints:
    """Walks the instances that carry constraints, default and implied ones among them (RFC 7950 section 8.1).

    What is missing or not allowed comes before the constraints that look at it: children before parents.
    """

    def __init__(self, run: Evaluation, structure: Structure) -> None:
        self.run = run
        self.structure = structure
        self.violations = structure.violations

    def check(self, node: Instance) -> None:
        """Everything below one object instance."""
        schema = node.schema
        for child in schema.children.values():
            if child.constrained:
                self._child(node, child)
        if any(conditional(schema.required, schema.choices)):
            self.structure.complete(node.value, schema, node.path, lambda part: self._demanded(node, part))

    def _child(self, node: Instance, schema: SchemaNode) -> None:
        try:
            instances = self.run.child(node, schema)
        except Poisoned:
            return
        if instances and schema.conditions and schema.member in node.value:
            instances = [instance for instance in instances if self._allowed(instance, schema)]
        for group in schema.unique:
            self._unique(instances, schema, group)
        if self.run.dangling and schema.kind is Kind.LEAF_LIST:
            listed = id(node.value.get(schema.member))
            instances = [instance for instance in instances if (listed, instance.step[-1]) not in self.run.dangling]
        for instance in instances:
            if self.structure.aside and id(instance.value) in self.structure.aside:
                continue
            if schema.type is None and isinstance(instance.value, dict):
                self.check(instance)
            for must in schema.musts:
                self._must(instance, must)
            for check in schema.checks:
                self._check(instance, check)

    def _check(self, instance: Instance, check: Check) -> None:
        for path, detail in CHECKS[check.name](instance.value):
            self._report((*instance.path, *path), "VTN-Y307", detail, check.message, check.app_tag or check.name)

    def _allowed(self, instance: Instance, schema: SchemaNode) -> bool:
        try:
            if self.run.applies(instance, schema):
                return True
        except Poisoned:
            return False
        if instance.parent is not None:
            self.run.poisoned.add((id(instance.parent.value), schema.member))
        expressions = " and ".join(condition.expression for condition in schema.conditions)
        self._report(instance.path, "VTN-Y303", f"{schema.name} is allowed only when {expressions}")
        return False

    def _must(self, instance: Instance, must: Must) -> None:
        try:
            if must.test(instance, self.run):
                return
        except Poisoned:
            return
        summary = must.message or f"{instance.schema.name}: {must.expression} does not hold"
        self._report(instance.path, "VTN-Y302", summary, must.message, must.app_tag or "must-violation")

    def _demanded(self, node: Instance, part: SchemaNode | Choice) -> bool:
        """Whether a mandatory node or choice with conditions is needed, all of them holding."""
        if not part.conditions:
            return False
        absent = Instance(None, part, node, (part.member,)) if isinstance(part, SchemaNode) else node
        try:
            return all(condition.test(node if condition.on_parent else absent, self.run) for condition in part.conditions)
        except Poisoned:
            return False

    def _unique(self, instances: list[Instance], schema: SchemaNode, group: tuple[tuple[QualifiedName, ...], ...]) -> None:
        seen: dict[tuple[str, ...], tuple[Instance, list[Instance]]] = {}
        for instance in instances:
            try:
                leaves = [leaf for steps in group for leaf in self._leaf(instance, steps)]
            except Poisoned:
                continue
            if len(leaves) < len(group):
                continue
            texts = tuple(leaf.text() for leaf in leaves)
            first, others = seen.setdefault(texts, (instance, leaves))
            if first is not instance:
                names = ", ".join(steps[-1][0] for steps in group)
                other = " ".join(str(first.value.get(key)) for key in schema.keys) or str(first.step[-1])
                summary = f"{schema.name} has the same {names} ({', '.join(texts)}) as {schema.name} {other}"
                details = tuple(("non-unique", leaf.path) for leaf in (*others, *leaves))
                self.violations.append(Violation(instance.path, "VTN-Y304", summary, "", "data-not-unique", details=details))

    def _leaf(self, instance: Instance, steps: tuple[QualifiedName, ...]) -> Iterator[Instance]:
        """The leaf that a unique statement names, if it exists or has a default."""
        node = instance
        for step in steps:
            schema = node.schema.lookup.get(step)
            found = self.run.child(node, schema) if schema else []
            if not found:
                return
            node = found[0]
        if node.schema.kind is Kind.LEAF:
            yield node

    def _report(self, path: Path, code: str, summary: str, message: str = "", app_tag: str = "") -> None:
        self.violations.append(Violation(path, code, summary, message, app_tag))
