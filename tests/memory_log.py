"""A commit log that keeps everything in memory, for tests of what stands on one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vtnmd.domain.commit import Commit, Configuration, Confirmation, Held, Overtaken, Part
from vtnmd.domain.tree import Json


@dataclass(slots=True)
class MemoryLog:
    """`fail` is raised by the next write, once."""

    parts: dict[Part, Held] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    fail: Exception | None = None
    kept: Confirmation | None = None

    def configuration(self) -> Configuration:
        return Configuration(dict(self.parts), len(self.commits))

    def write_commits(self, commits: Sequence[Commit], expected: int) -> None:
        if self.fail is not None:
            fail, self.fail = self.fail, None
            raise fail
        if len(self.commits) != expected:
            raise Overtaken(len(self.commits))
        for commit in commits:
            number = len(self.commits) + 1
            self.commits.append(replace(commit, number=number))
            self.kept = commit.confirmation or self.kept
            for part, value in commit.changes.items():
                self.put(part, value, number, commit.time)

    def put(self, part: Part, value: Json, number: int, time: float) -> None:
        """Hold a value; None removes the part."""
        if value is None:
            self.parts.pop(part, None)
        else:
            self.parts[part] = Held(value, number, time)

    def commits_since(self, number: int) -> Sequence[Commit]:
        return self.commits[number:]

    def newest_commit(self) -> int:
        return len(self.commits)

    # The one confirmed commit that is pending.

    def keep(self, pending: Confirmation) -> None:
        self.kept = pending

    def drop(self) -> None:
        self.kept = None

    def pending(self) -> Confirmation | None:
        return self.kept
