"""Candidates: changes on top of running that wait to be committed (RFC 6241 section 8.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from vtnmd.datastore.aside import is_large
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Part
from vtnmd.domain.tree import Json


@dataclass(slots=True, eq=False)
class Candidate:
    """`changes` are what was edited, `started` what running held of these parts when they were first edited.

    Parts that nobody edited follow running. One that running has changed meanwhile, and not to the same, keeps the candidate from
    being committed.
    """

    running: Callable[[], Tree]
    changes: dict[Part, Json] = field(default_factory=dict)
    started: dict[Part, Json] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        """What the candidate holds."""
        running = self.running()
        return running.after(self.changes, running.number, running.time) if self.changes else running

    @property
    def is_modified(self) -> bool:
        running = self.running()
        return any(running.held(part).value != value for part, value in self.changes.items())

    def edit(self, changes: Changes) -> None:
        """Take over changes that were made on `tree`. What is as in running again is no change any more."""
        running = self.running()
        for part, value in changes.items():
            held = running.held(part).value
            if part not in self.changes or self.changes[part] == held:
                self.started[part] = held
            self.changes[part] = value
            if value == self.started[part]:
                del self.changes[part], self.started[part]

    @property
    def is_large(self) -> bool:
        """Whether it takes long to judge the changes."""
        return is_large(dict(self.changes))

    def discard(self) -> None:
        """Hold what running holds."""
        self.changes.clear()
        self.started.clear()

    def onto(self, running: Tree) -> Changes:
        """What a commit changes in running. Raises Refused (operation-failed) where running has moved under the candidate."""
        left = {part: value for part, value in self.changes.items() if running.held(part).value != value}
        moved = [part for part in left if running.held(part).value != self.started[part]]
        if moved:
            what = ", ".join(sorted(moved))
            message = f"{what} changed in running since the candidate was edited; discard the changes and edit anew"
            raise Refused(Fault("operation-failed", message, app_tag="conflict"))
        return left
