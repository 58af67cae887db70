"""A log of commits in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vtnmd.domain.commit import Commit, Configuration, Held, Overtaken


@dataclass
class MemoryLog:
    """Commits in memory. `rivals` commit first, so many times."""

    held: Configuration = field(default_factory=Configuration)
    rivals: int = 0

    def configuration(self) -> Configuration:
        return self.held

    def write_commits(self, commits: Sequence[Commit], expected: int) -> None:
        if self.rivals:
            self.rivals -= 1
            self.held = Configuration(self.held.parts, self.held.number + 1)
        if expected != self.held.number:
            raise Overtaken(self.held.number)
        (fresh,) = commits
        assert fresh.number == expected + 1
        parts = {**self.held.parts, **{part: Held(value, fresh.number, fresh.time) for part, value in fresh.changes.items()}}
        self.held = Configuration(parts, fresh.number)

    def commits_since(self, number: int) -> Sequence[Commit]:
        raise NotImplementedError

    def newest_commit(self) -> int:
        return self.held.number

    def value(self, part: str) -> Any:
        return self.held.parts[part].value
