"""What `Store` offers of the configuration and its commits: the port that datastores write to."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from vtnmd.domain.commit import Commit, Configuration, Confirmation, Held, Part
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json
from vtnmd.state import committing, outstanding
from vtnmd.state.committing import CommitEntry, CommitValues
from vtnmd.state.outstanding import CommittedService, KeptPlan, Trouble


class CommitLog:
    """The log of commits. Every method is one transaction and raises StateError (VTN-S…) and nothing else, unless it says so."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def writing(self, *, appends: bool = False, brief: bool = False) -> AbstractContextManager[Connection]: ...

    def configuration(self) -> Configuration:
        """Every part of the running configuration."""
        with self.reading() as connection:
            return committing.read_configuration(connection)

    def part(self, part: Part) -> Held | None:
        """One part of it; None where it is not there."""
        with self.reading() as connection:
            return committing.read_part(connection, part)

    def newest_commit(self) -> int:
        """The number of the newest commit; 0 before the first."""
        with self.reading() as connection:
            return committing.newest_commit(connection)

    def write_commits(self, commits: Sequence[Commit], expected: int) -> None:
        """Write commits, numbered from `expected` + 1 on, durably, all or none. For anybody, owner of the state or not.

        Raises Overtaken where the newest commit is not `expected`, ValueError where a part of `COMPLETED` comes without its
        completed form.
        """
        with self.writing(brief=True) as connection:
            committing.write_commits(connection, commits, expected)

    def commits_since(self, number: int) -> Sequence[Commit]:
        """The commits after `number`, in order."""
        with self.reading() as connection:
            return committing.read_commits_since(connection, number)

    def parts_since(self, number: int) -> frozenset[Part]:
        """The parts that commits after `number` have changed."""
        with self.reading() as connection:
            return committing.parts_since(connection, number)

    def commits(self, limit: int = 100, part: Part = "") -> Sequence[CommitEntry]:
        """The latest commits first, of all parts or of the one."""
        with self.reading() as connection:
            return committing.read_commits(connection, limit, part)

    def commit_entry(self, number: int) -> CommitValues:
        """One commit with what its parts held before and after. Raises StateError (VTN-S041)."""
        with self.reading() as connection:
            return committing.read_commit(connection, number)

    def changes_back_to(self, number: int) -> Mapping[Part, Json]:
        """What leads back to the configuration as it was right after commit `number`; 0 is before the first.

        Of parts that differ now, what they held then; None for those that were not there. Raises StateError (VTN-S041).
        """
        with self.reading() as connection:
            return committing.changes_back_to(connection, number)

    def pending_confirmation(self) -> Confirmation | None:
        """The confirmed commit that waits to be confirmed, also where whoever made it has died; None where none does."""
        with self.reading() as connection:
            return committing.read_confirmation(connection)

    def keep_confirmation(self, pending: Confirmation) -> None:
        """Note that a confirmed commit waits, in place of any other."""
        with self.writing(brief=True) as connection:
            committing.write_confirmation(connection, pending)

    def drop_confirmation(self) -> None:
        """Nothing waits to be confirmed any more."""
        with self.writing(brief=True) as connection:
            committing.write_confirmation(connection, None)

    # What is committed of services, and what has come of it

    def committed_services(self) -> tuple[CommittedService, ...]:
        """How every service stands that is configured or was applied, by name."""
        with self.reading() as connection:
            return outstanding.read_services(connection)

    def committed_service(self, service: str) -> CommittedService | None:
        """How one service stands; None where it is neither configured nor applied."""
        with self.reading() as connection:
            return next(iter(outstanding.read_services(connection, service)), None)

    def outstanding(self) -> tuple[CommittedService, ...]:
        """Services of which something is committed that no run was begun of, those that were committed first before others."""
        with self.reading() as connection:
            return outstanding.read_outstanding(connection)

    def note_carried_out(self, service: str, number: int) -> None:
        """Commit `number` changes nothing of a service, which stands as its last run made it."""
        with self.writing(brief=True) as connection:
            outstanding.note_carried_out(connection, service, number)

    def troubles(self) -> tuple[Trouble, ...]:
        """Why commits of services cannot be planned."""
        with self.reading() as connection:
            return tuple(outstanding.read_troubles(connection))

    def keep_trouble(self, trouble: Trouble) -> None:
        """Remember why a commit of a service cannot be planned."""
        with self.writing(brief=True) as connection:
            outstanding.keep_trouble(connection, trouble)

    def forget_trouble(self, service: str) -> None:
        """Whatever it was, it is over, or is to be tried once more."""
        with self.writing(brief=True) as connection:
            outstanding.forget_trouble(connection, service)

    def keep_plan(self, plan: Plan, number: int, now: float) -> str:
        """Keep the plan of a commit until it is approved, in place of any other of its service; gives its digest."""
        with self.writing() as connection:
            return outstanding.keep_plan(connection, plan, number, now)

    def drop_plan(self, service: str) -> None:
        """The plan that was kept for a service is not wanted any more."""
        with self.writing(brief=True) as connection:
            outstanding.drop_plan(connection, service)

    def kept_plans(self) -> tuple[KeptPlan, ...]:
        """The plans of commits that are kept, without their content."""
        with self.reading() as connection:
            return outstanding.read_kept(connection)

    def kept_plan(self, digest: str) -> Plan:
        """A plan that is kept. Raises StateError (VTN-P026)."""
        with self.reading() as connection:
            return outstanding.kept_plan(connection, digest)
