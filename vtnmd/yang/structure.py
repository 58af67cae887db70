"""Phase 1 of validation: names, shapes, types, keys, mandatory nodes, cases of choices, numbers of entries.

What is wrong is reported and marked (`poisoned`), so that later phases say nothing more about it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang import freeform
from vtnmd.yang.instances import Path
from vtnmd.yang.nodes import Case, Choice, Condition, Kind, SchemaNode
from vtnmd.yang.values import Problem, nearest, shown
from vtnmd.yang.violations import Content, Violation

_HINTS = 200
"""So many violations get hints."""

Select = Callable[[SchemaNode | Choice], bool]


class Structure:
    """Checks a document against a schema. `violations` grow in document order; `poisoned` holds (id of an object, member).

    Objects whose ids are in `aside` are left alone.
    """

    def __init__(self, content: Content, aside: frozenset[int] = frozenset()) -> None:
        self.content = content
        self.aside = aside
        self.violations: list[Violation] = []
        self.poisoned: set[tuple[int, str]] = set()

    def check(self, document: Json, root: SchemaNode) -> None:
        if isinstance(document, dict):
            self._object(document, root, ())
        else:
            self._report((), "VTN-Y205", f"{shown(document)} stands where an object is wanted")

    def _object(self, value: dict[str, Any], schema: SchemaNode, path: Path) -> None:
        if self.aside and id(value) in self.aside:
            return
        children = schema.children
        config_only = self.content is Content.CONFIG
        for member, item in value.items():
            child = children.get(member)
            if child is None:
                self._unknown(member, schema, path)
            elif config_only and not child.config:
                self._report((*path, member), "VTN-Y216", f"{child.name} is state and cannot be configured")
            elif child.kind is Kind.LEAF:
                problem = child.type.problem(item)  # type: ignore[union-attr] # a leaf has a type
                if problem is not None:
                    self._refuse((*path, member), child, problem)
                    self.poisoned.add((id(value), member))
            elif not self._compound(item, child, (*path, member)):
                self.poisoned.add((id(value), member))
        if schema.required or schema.choices:
            self.complete(value, schema, path, lambda part: not part.conditions)

    def _compound(self, value: Json, schema: SchemaNode, path: Path) -> bool:
        """Anything but a leaf; false if it has not even the right shape."""
        match schema.kind:
            case Kind.LIST if isinstance(value, list):
                self._entries(value, schema, path)
            case Kind.LEAF_LIST if isinstance(value, list):
                return self._values(value, schema, path)
            case Kind.CONTAINER if isinstance(value, dict):
                self._object(value, schema, path)
            case Kind.ANYDATA if isinstance(value, dict):
                self._freeform(value, schema, path)
            case Kind.ANYXML:
                self._freeform(value, schema, path)
            case Kind.LIST | Kind.LEAF_LIST:
                self._report(path, "VTN-Y205", f"{schema.name} is a {schema.kind} and wants an array", "put it in brackets")
                return False
            case _:
                self._report(path, "VTN-Y205", f"{schema.name} wants an object, not {shown(value)}")
                return False
        return True

    def _freeform(self, value: Json, schema: SchemaNode, path: Path) -> None:
        reason = freeform.problem(value)
        if reason:
            self._report(path, "VTN-Y206", f"{schema.name} {reason}")

    def _entries(self, listed: list[Any], schema: SchemaNode, path: Path) -> None:
        seen: set[Any] = set()
        for index, entry in enumerate(listed):
            here = (*path, index)
            if not isinstance(entry, dict):
                self._report(here, "VTN-Y205", f"an entry of {schema.name} is an object, not {shown(entry)}")
                continue
            self._object(entry, schema, here)
            if schema.keys:
                self._key(entry, schema, here, seen)
        self.count(len(listed), schema, path)

    def _key(self, entry: dict[str, Any], schema: SchemaNode, path: Path, seen: set[Any]) -> None:
        texts = []
        for key in schema.keys:
            value = entry.get(key)
            if value is None:
                self.poisoned.add((id(entry), key))
                self._report(path, "VTN-Y203", f"an entry of {schema.name} lacks its key {key}")
            elif (id(entry), key) not in self.poisoned:
                texts.append(schema.children[key].type.canonical(value))  # type: ignore[union-attr] # keys are leaves
        if len(texts) < len(schema.keys):
            return
        identity = tuple(texts)
        if identity in seen:
            self._report(path, "VTN-Y204", f"{schema.name} {' '.join(texts)} stands here twice")
        seen.add(identity)

    def _values(self, listed: list[Any], schema: SchemaNode, path: Path) -> bool:
        described = schema.type
        assert described is not None
        seen: set[str] = set()
        good = True
        for index, value in enumerate(listed):
            problem = described.problem(value)
            if problem is not None:
                self._refuse((*path, index), schema, problem)
                good = False
                continue
            text = described.canonical(value)
            if text in seen and schema.config:
                self._report((*path, index), "VTN-Y215", f"{schema.name} holds {shown(value)} twice")
            seen.add(text)
        self.count(len(listed), schema, path)
        return good

    def count(self, number: int, schema: SchemaNode, path: Path) -> None:
        """min-elements and max-elements."""
        if number < schema.min_elements:
            summary = f"{schema.name} has {number} entries, at least {schema.min_elements} are needed"
            self._report(path, "VTN-Y305", summary, app_tag="too-few-elements")
        elif schema.max_elements is not None and number > schema.max_elements:
            summary = f"{schema.name} has {number} entries, at most {schema.max_elements} are allowed"
            self._report(path, "VTN-Y306", summary, app_tag="too-many-elements")

    def complete(self, value: dict[str, Any], schema: SchemaNode, path: Path, select: Select) -> None:
        """Mandatory nodes and choices among those that `select` picks; the rest depends on a condition and is for phase 3."""
        self._required(value, schema.required, path, select)
        self._choices(value, schema.choices, path, select)

    def _required(self, value: dict[str, Any], required: tuple[SchemaNode, ...], path: Path, select: Select) -> None:
        for child in required:
            if child.member in value or not select(child) or (self.content is Content.CONFIG and not child.config):
                continue
            here = (*path, child.member)
            before = len(self.violations)
            if child.repeated:
                self.count(0, child, here)
            elif child.implied:
                self.complete({}, child, here, select)
            else:
                self._report(here, "VTN-Y202", f"{child.name} is missing", hint=child.description)
            if len(self.violations) > before:
                self.poisoned.add((id(value), child.member))

    def _choices(self, value: dict[str, Any], choices: tuple[Choice, ...], path: Path, select: Select) -> None:
        for choice in choices:
            chosen = choice.chosen(value)
            if not chosen:
                if choice.mandatory and select(choice) and (choice.config or self.content is Content.ALL):
                    alternatives = ", ".join(case.name for case in choice.cases)
                    summary = f"one of {alternatives} is needed"
                    details = (("missing-choice", choice.name),)
                    self.violations.append(Violation(path, "VTN-Y214", summary, "", "missing-choice", details=details))
                continue
            if len(chosen) > 1 and select(choice):
                names = " and ".join(sorted(member for case in chosen for member in case.members if member in value))
                self._report(path, "VTN-Y213", f"only one {choice.name} may be given, not {names}")
            for case in chosen:
                self._case(value, case, path, select)

    def _case(self, value: dict[str, Any], case: Case, path: Path, select: Select) -> None:
        self._required(value, case.required, path, select)
        self._choices(value, case.choices, path, select)

    def _unknown(self, member: str, schema: SchemaNode, path: Path) -> None:
        if member.startswith("@"):
            self._report((*path, member), "VTN-Y201", f"metadata {member} is not supported")
            return
        where = schema.name or "the document"
        self._report((*path, member), "VTN-Y201", f"{where} has no {member}", self._hinted(lambda: nearest_member(member, schema)))

    def _hinted(self, hint: Callable[[], str]) -> str:
        """A hint, which takes long to find, while there are few violations."""
        return hint() if len(self.violations) < _HINTS else ""

    def _refuse(self, path: Path, schema: SchemaNode, problem: Problem) -> None:
        summary = f"{schema.name} {problem.summary}"
        self.violations.append(
            Violation(path, problem.code, summary, problem.message, problem.app_tag, self._hinted(lambda: problem.hint))
        )

    def _report(self, path: Path, code: str, summary: str, hint: str = "", app_tag: str = "") -> None:
        self.violations.append(Violation(path, code, summary, "", app_tag, hint))


def nearest_member(member: str, schema: SchemaNode) -> str:
    """A hint for an unknown member: the same local name under another prefix, or the nearest names."""
    local = member.rpartition(":")[2]
    same = [child.member for child in schema.children.values() if child.name == local]
    if same:
        return f"did you mean {' or '.join(same)}?"
    return nearest(member, schema.children)


def conditional(required: tuple[SchemaNode, ...], choices: tuple[Choice, ...]) -> Iterator[tuple[Condition, ...]]:
    """The conditions of everything mandatory, for those who must know whether `complete` has to be called again."""
    for child in required:
        yield child.conditions
    for choice in choices:
        yield choice.conditions
        for case in choice.cases:
            yield from conditional(case.required, case.choices)
