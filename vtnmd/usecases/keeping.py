"""What datastores keep, kept in the state: commits, and the confirmed one that waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vtnmd.domain.commit import Commit, Configuration, Confirmation
from vtnmd.domain.inventory import ROOT
from vtnmd.state import Store
from vtnmd.usecases.configuring import complete_inventory


@dataclass(frozen=True, slots=True)
class KeptCommits:
    """The ports `vtnmd.datastore.running.CommitLog` and `vtnmd.datastore.confirmed.ConfirmationLog`.

    `written` is called once commits are durable, so that who carries them out need not look for them. Raises as `Store` does.
    """

    store: Store
    written: Callable[[], None] = lambda: None

    def configuration(self) -> Configuration:
        return self.store.configuration()

    def newest_commit(self) -> int:
        return self.store.newest_commit()

    def commits_since(self, number: int) -> Sequence[Commit]:
        return self.store.commits_since(number)

    def write_commits(self, commits: Sequence[Commit], expected: int) -> None:
        """With the inventory as planners read it, where a commit changes that."""
        self.store.write_commits([_completed(commit) for commit in commits], expected)
        self.written()

    def keep(self, pending: Confirmation) -> None:
        self.store.keep_confirmation(pending)

    def drop(self) -> None:
        self.store.drop_confirmation()

    def pending(self) -> Confirmation | None:
        return self.store.pending_confirmation()


def _completed(commit: Commit) -> Commit:
    value = commit.changes.get(ROOT)
    return commit if value is None else replace(commit, completed={ROOT: complete_inventory(value)})
