"""Documents amended at resources (RFC 8040 section 4): create, replace, merge, remove. Results share what is not touched.

Values are in the form of documents (`vtnmd.yang.incoming`). What a result violates as a whole is for validation to say.
"""

from collections.abc import Callable, Mapping, Sequence

from vtnmd.domain.tree import Json
from vtnmd.yang.api_path import ABSENT, Step
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import Insert, InsertError, Key, KeyedEntries, key_of

Change = Callable[[Json], Json]
"""What was there (ABSENT: nothing) → what shall be there (ABSENT: nothing). It may hand on or merge what was there, not read it."""


class Missing(Exception):
    """Something on the way to a resource is not there. `steps` lead to it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(f"there is no {steps[-1].node.name}")
        self.steps = tuple(steps)


class Draft:
    """An object while it is amended, at its schema node. Of no use after an exception.

    Members and entries that were touched are drafts themselves, and lists are kept by key, so that an edit costs what it names,
    however large the lists are that it is made in.
    """

    def __init__(self, node: SchemaNode, members: Mapping[str, Json]) -> None:
        self._node = node
        self._members = dict(members)

    def __bool__(self) -> bool:
        return bool(self._members)

    def amend(self, steps: Sequence[Step], change: Change, place: Insert | None = None) -> None:
        """Change what the steps lead to. `place` is where an entry of a list ordered by its user goes.

        Raises Missing where an entry or presence container on the way is not there, InsertError where `place` names no entry.
        """
        self.amend_from(0, steps, change, place)

    def merge(self, new: Mapping[str, Json]) -> None:
        """Merge members in."""
        for member, value in new.items():
            node = self._node.children[member]
            fresh = member not in self._members
            if fresh or node.kind in {Kind.LEAF, Kind.ANYDATA, Kind.ANYXML}:
                self._members[member] = value
            elif node.repeated:
                self._merge_entries(member, node, value)
            else:
                self._opened(member, node).merge(value)
            if fresh:
                self._settle_cases(member)

    def result(self) -> dict[str, Json]:
        """The members as they are now."""
        return {member: _plain(value) for member, value in self._members.items()}

    def amend_from(self, at: int, steps: Sequence[Step], change: Change, place: Insert | None) -> None:
        """The same where the first `at` steps lead here."""
        node, key = steps[at].node, steps[at].key
        member, last = node.member, at == len(steps) - 1
        fresh = member not in self._members
        if key:
            self._amend_entry(key, steps, at, change, place)
        elif last:
            self._put(member, change(self._members.get(member, ABSENT)))
        else:
            if fresh and not node.implied:
                raise Missing(steps[: at + 1])
            below = self._opened(member, node)
            below.amend_from(at + 1, steps, change, place)
            if node.implied and not below:
                del self._members[member]
        if fresh and member in self._members:
            self._settle_cases(member)

    def _amend_entry(self, key: Key, steps: Sequence[Step], at: int, change: Change, place: Insert | None) -> None:
        node = steps[at].node
        listed = self._listed(node.member, node)
        old = listed.entries.get(key, ABSENT)
        if at < len(steps) - 1:
            if old is ABSENT:
                raise Missing(steps[: at + 1])
            below = old if isinstance(old, Draft) else Draft(node, old or {})
            listed.put(key, below, None)
            below.amend_from(at + 1, steps, change, place)
        else:
            new = change(old)
            if new is ABSENT:
                listed.remove(key)
            else:
                listed.put(key, new, place)
        if not listed.entries:
            del self._members[node.member]

    def _merge_entries(self, member: str, node: SchemaNode, new: list[Json]) -> None:
        listed = self._listed(member, node)
        for entry in new:
            key = key_of(node, entry)
            old = listed.entries.get(key, ABSENT)
            listed.put(key, merged(old, entry, node), None)

    def _opened(self, member: str, node: SchemaNode) -> "Draft":
        held = self._members.get(member, {})
        below = self._members[member] = held if isinstance(held, Draft) else Draft(node, held)
        return below

    def _listed(self, member: str, node: SchemaNode) -> KeyedEntries:
        held = self._members.get(member, [])
        listed = self._members[member] = held if isinstance(held, KeyedEntries) else KeyedEntries(node, held)
        return listed

    def _put(self, member: str, value: Json) -> None:
        if value is ABSENT:
            self._members.pop(member, None)
        else:
            self._members[member] = value

    def _settle_cases(self, member: str) -> None:
        """A member that has come drives those of the other cases of its choices out (RFC 7950 section 7.9)."""
        for choice, case in self._node.choices_of(member):
            for other in choice.cases:
                if other is not case:
                    for each in other.members:
                        self._members.pop(each, None)


def _plain(value: Json) -> Json:
    if isinstance(value, Draft):
        return value.result()
    return [_plain(entry) for entry in value.listed()] if isinstance(value, KeyedEntries) else value


def amend(root: SchemaNode, document: Json, steps: Sequence[Step], change: Change, place: Insert | None = None) -> dict[str, Json]:
    """The document after `change` of what the steps lead to (`Draft.amend`). Raises Missing, InsertError."""
    draft = Draft(root, document)
    draft.amend(steps, change, place)
    return draft.result()


def merged(old: Json, new: Json, node: SchemaNode) -> Json:
    """What merging `new` into `old` gives, as a value for `Change` to give: of a leaf, anydata, container or entry."""
    if old is ABSENT or node.type is not None or node.kind in {Kind.ANYDATA, Kind.ANYXML}:
        return new
    draft = old if isinstance(old, Draft) else Draft(node, old)
    draft.merge(new)
    return draft


def merged_members(old: Json, new: Json, node: SchemaNode) -> dict[str, Json]:
    """The members of one object after a merge."""
    draft = Draft(node, old)
    draft.merge(new)
    return draft.result()


__all__ = ["ABSENT", "Change", "Draft", "Insert", "InsertError", "Missing", "amend", "merged", "merged_members"]
