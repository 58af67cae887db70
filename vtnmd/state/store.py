"""Store: the state, opened. Synchronous; the engine calls it from one writer thread, off the event loop."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.graph import Resource
from vtnmd.domain.health import Health
from vtnmd.domain.intent import Intent
from vtnmd.domain.journal import Record
from vtnmd.domain.models import Models
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Carriage
from vtnmd.domain.region import RegionMode
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied, Snapshot
from vtnmd.domain.tree import Json
from vtnmd.state import approving, auditing, beginning, cancelling, configuring, operating, reading, recording, reopening, restoring
from vtnmd.state.approving import Approvals
from vtnmd.state.auditing import AuditEntry
from vtnmd.state.beginning import APPLY, NO_SUCCESSION, Cause, Succession
from vtnmd.state.commit_log import CommitLog
from vtnmd.state.database import APPENDS, BRIEF, WRITES, Claim, Database, empty_engine
from vtnmd.state.modelling import are_models_kept, kept_models
from vtnmd.state.ownership import Owner, ignore
from vtnmd.state.place import DEFAULT_FOLDER, parse_place
from vtnmd.state.reading import Standing
from vtnmd.state.rows import RunEntry, ServiceBrief, ServiceEntry, run_entry, stored_events, stored_plan
from vtnmd.state.schema import bring_up_to_date, is_there, make_empty
from vtnmd.state.tables import runs


def open_store(place: str | Path = DEFAULT_FOLDER, *, create: bool = True) -> "Store":
    """The state in a folder or at a database URL.

    Where there is none yet it is made, or, without `create`, reads as empty and keeps nothing. Raises StateError (VTN-S…): not
    writable, disk full, damaged, of a newer vtnmd, locked.
    """
    database = parse_place(place)
    with _errors_of(database):
        engine = database.open(create=create)
        if engine is not None:
            try:
                if create or is_there(engine):
                    bring_up_to_date(engine, database)
                    return Store(engine, database)
            except BaseException:
                engine.dispose()
                raise
            engine.dispose()
        nothing = empty_engine()
        make_empty(nothing)
        return Store(nothing, database)


class Store(CommitLog):
    """The state. Every method is one transaction and raises StateError (VTN-S…) and nothing else, unless it says so."""

    def __init__(self, engine: Engine, place: Database) -> None:
        self._engine = engine
        self.place = place
        self._claim: Claim | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def own(self, owner: Owner, *services: str, wait: bool = False, waiting: Callable[[Owner], None] = ignore) -> Iterator[None]:
        """Own the state, or where its database can do that only `services`, until the block ends.

        Runs that a crashed owner left behind are closed as interrupted. Where somebody else is the owner: with `wait`, tell
        `waiting` who and wait, else raise StateError (VTN-S006).
        """
        with self.place.own(self._engine, owner, services, wait=wait, waiting=waiting) as claim:
            with self._writing() as connection:
                recording.recover(
                    connection, owner.since, lambda name: name not in services and self.place.has_owner(connection, name)
                )
            self._claim = claim
            try:
                yield
            finally:
                self._claim = None

    # What is there, for planners and for the command line

    def snapshot(self, addresses: Iterable[Address] | None = None, *, owner: str = "") -> Snapshot:
        """What was last applied: all of it, at `addresses`, or what the service `owner` owns.

        An entry with an empty digest is one whose state at the endpoint is not known.
        """
        with self._reading() as connection:
            return reading.read_snapshot(connection, addresses, owner)

    def services(self) -> tuple[ServiceEntry, ...]:
        """Every service, by name."""
        with self._reading() as connection:
            return reading.read_services(connection)

    def service_briefs(self) -> tuple[ServiceBrief, ...]:
        """Every service by name, without what is large."""
        with self._reading() as connection:
            return reading.read_service_briefs(connection)

    def service(self, name: str) -> ServiceEntry | None:
        """One service; None where the state holds none of that name."""
        with self._reading() as connection:
            return next(iter(reading.read_services(connection, name)), None)

    def keeps_models(self) -> bool:
        """Whether any service was ever made with models of a designer."""
        with self._reading() as connection:
            return are_models_kept(connection)

    def kept_models(self) -> tuple[Models, ...]:
        """The models of designers that services were made with, those that were used last first."""
        with self._reading() as connection:
            return kept_models(connection)

    def contributions(
        self, *, service: str = "", excluding: str = "", addresses: Iterable[Address] | None = None
    ) -> Mapping[Address, Mapping[str, Resource]]:
        """Who wants which resource, by address and service: of one service, of all but one, at some addresses, or of all."""
        with self._reading() as connection:
            return reading.read_contributions(connection, service, excluding, addresses)

    def sharing(self, service: str, addresses: Iterable[Address]) -> Mapping[Address, frozenset[str]]:
        """Which services but this one want what it owns, and what stands at `addresses`."""
        with self._reading() as connection:
            return reading.read_sharing(connection, service, addresses)

    def standing(self, service: str) -> Standing | None:
        """What stands of a service; None where a resource of it is not as its last plan wants it, or is not known to be."""
        with self._reading() as connection:
            return reading.read_standing(connection, service)

    def pools_of(self, services: Iterable[str]) -> frozenset[str]:
        """The pools that services of those names drew from, and those that are theirs, whoever drew from them."""
        with self._reading() as connection:
            return reading.read_pools(connection, services)

    def allocations(self, pools: Iterable[str] | None = None) -> Allocations:
        """What is drawn from every pool, or from `pools`."""
        with self._reading() as connection:
            return reading.read_allocations(connection, pools)

    def inventory(self) -> Json | None:
        """The inventory that was loaded or applied last; None before the first."""
        with self._reading() as connection:
            return reading.read_inventory(connection)

    def load_inventory(self, document: Json, now: float, user: str = "", written: Json = None) -> None:
        """Commit `document` as the inventory. `written` is its one member without what equals defaults; None: as it stands."""
        with self._writing() as connection:
            configuring.commit_inventory(connection, document, written, user, now)

    # Runs

    def begin_run(self, plan: Plan, user: str, now: float, succession: Succession = NO_SUCCESSION, cause: Cause = APPLY) -> str:
        """Commit the plan's Intent, allocations and contributions together with a new run of it, and give the run's id.

        Raises Stale (VTN-S020) with one diagnostic per thing that moved since the plan was made, StateError (VTN-S012, VTN-P020).
        """
        with self._writing() as connection:
            self.take(plan.service)
            return beginning.begin(connection, plan, user, now, succession, cause)

    def reopen_run(self, run: str, user: str = "", now: float = 0.0) -> tuple[Plan, tuple[Event, ...]]:
        """A run that has not applied everything, to go on with: it counts as running again. Only for the owner of the state.

        Raises StateError (VTN-S008, VTN-S009, VTN-S012), Stale (VTN-S020) where another service's run took over a part of what is
        left.
        """
        with self._writing() as connection:
            row = reading.found_run(connection, run)
            self.take(row.service)
            return reopening.reopen(connection, row, user, now)

    def label_run(self, run: str, label: str, user: str, now: float) -> None:
        """Give a run another label. Raises StateError (VTN-S008)."""
        with self._writing() as connection:
            reading.found_run(connection, run)
            connection.execute(update(runs).where(runs.c.id == run).values(label=label))
            auditing.audit(connection, now, user, "label", run, {"label": label})

    def cancel_run(self, run: str, user: str, now: float) -> Result:
        """End a run: at once where it waits, failed or was interrupted; one that goes on is told to, and still RUNNING then.

        For anybody, owner of the state or not. Raises StateError (VTN-S008, VTN-S014).
        """
        with self._writing() as connection:
            return cancelling.cancel(connection, run, Result(reading.found_run(connection, run).result), user, now)

    def cancelled_by(self, run: str) -> str:
        """Who told a run to end; empty while nobody did."""
        with self._reading() as connection:
            return connection.execute(select(runs.c.cancelled).where(runs.c.id == run)).scalar_one_or_none() or ""

    def intent_before(self, run: str) -> Intent | None:
        """The Intent of the service before the run; None where there was none. Raises StateError (VTN-S008, VTN-S013)."""
        with self._reading() as connection:
            return restoring.intent_before(connection, reading.found_run(connection, run))

    def later_name(self, run: str) -> tuple[str, str]:
        """The name that the run's service was given after it, and the run that did; empty where none. Raises StateError."""
        with self._reading() as connection:
            return restoring.later_name(connection, reading.found_run(connection, run))

    # What users say about plans, and what they did. Written in a transaction of its own by anybody, owner of the state or not.

    def check_approved(self, plan: Plan) -> None:
        """Raises StateError (VTN-P020) where approvals are missing, Stale (VTN-S020) where none would help any more."""
        with self._reading() as connection:
            standing = approving.approvals_of(connection, plan)
            if standing.missing:
                beginning.refuse_stale(connection, plan)
        approving.check_approved(plan, standing)

    def check_approvable(self, plan: Plan, user: str) -> None:
        """Raises Stale (VTN-S020) where something that the plan read has moved, StateError (VTN-P021) where the user made it."""
        approving.refuse_author(plan, user)
        with self._reading() as connection:
            beginning.refuse_stale(connection, plan)

    def approvals_needed(self, plan: Plan) -> int:
        """How many approvals the plan needs."""
        with self._reading() as connection:
            return approving.approvals_needed(connection, plan)

    def approvals(self, plan: Plan) -> Approvals:
        """How many approvals the plan needs, and who gave one."""
        with self._reading() as connection:
            return approving.approvals_of(connection, plan)

    def approve(self, plan: Plan, user: str, now: float) -> Approvals:
        """Note that a user agrees to the plan. Raises Stale (VTN-S020), StateError (VTN-P021)."""
        with self._writing() as connection:
            beginning.refuse_stale(connection, plan)
            return approving.approve(connection, plan, user, now)

    def audit(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """The latest lines of the audit log first."""
        with self._reading() as connection:
            return auditing.read_audit(connection, limit)

    # What runs write and tell

    def append(self, records: Sequence[Record]) -> None:
        """Write events of runs and what they mean for the Snapshot, durably, in one transaction."""
        ends = any(record.event.step is Step.ENDED for record in records)  # frees what other runs may free as well
        with self._writing(appends=not ends) as connection:
            recording.append(connection, records)

    def runs(self, service: str = "", limit: int = 100) -> tuple[RunEntry, ...]:
        """Runs of one service or of all, the latest first."""
        with self._reading() as connection:
            return reading.read_runs(connection, service, limit)

    def runs_after(self, run: str) -> tuple[RunEntry, ...]:
        """Runs of the same service that began after this one, the latest first. Raises StateError (VTN-S008)."""
        with self._reading() as connection:
            return reading.read_runs_after(connection, reading.found_run(connection, run))

    def run(self, run: str) -> RunEntry:
        """One run. Raises StateError (VTN-S008)."""
        with self._reading() as connection:
            return run_entry(reading.found_run(connection, run))

    def plan(self, run: str) -> Plan:
        """The plan of a run. Raises StateError (VTN-S008)."""
        with self._reading() as connection:
            return stored_plan(run, reading.found_run(connection, run).plan)

    def events(self, run: str) -> tuple[Event, ...]:
        """The journal of a run, in order; empty where there is no such run."""
        with self._reading() as connection:
            return stored_events(connection, run)

    # What operators and probes say; written without owning the state

    def modes(self) -> Mapping[str, RegionMode]:
        """Regions that were ever given a mode, by name."""
        with self._reading() as connection:
            return operating.read_modes(connection)

    def set_mode(self, mode: RegionMode) -> None:
        """Set the mode of a region."""
        with self._writing() as connection:
            operating.write_mode(connection, mode)

    def health(self) -> Mapping[str, Health]:
        """The health of endpoints of which any is known, by id."""
        with self._reading() as connection:
            return operating.read_health(connection)

    def keep_health(self, known: Mapping[str, Health]) -> None:
        """Remember the health of some endpoints."""
        with self._writing() as connection:
            operating.write_health(connection, known)

    def carriage(self) -> Mapping[str, Mapping[Address, Carriage]]:
        """How well interconnects carried when they were last probed, by service and address."""
        with self._reading() as connection:
            return operating.read_carriage(connection)

    def keep_carriage(self, service: str, known: Mapping[Address, Carriage]) -> None:
        """Remember how well all interconnects of a service carry."""
        with self._writing() as connection:
            operating.write_carriage(connection, service, known)

    # What waits

    def waiting_runs(self) -> tuple[str, ...]:
        """The latest run of each service, where it left work that waits; the oldest first."""
        with self._reading() as connection:
            return operating.waiting_runs(connection)

    def cut_short(self) -> tuple[str, ...]:
        """The latest run of each service, where a commit of a client began it and it was interrupted; the oldest first."""
        with self._reading() as connection:
            return operating.cut_short(connection)

    def service_allocations(self, service: str) -> Allocations:
        """What one service drew from pools."""
        with self._reading() as connection:
            return operating.read_service_allocations(connection, service)

    def correct(self, entries: Mapping[Address, Applied | None]) -> None:
        """Make the Snapshot say what was found at endpoints; None is for what is not there. Only for the owner of the state."""
        with self._writing() as connection:
            recording.correct(connection, entries)

    # For transactions that do more

    def take(self, service: str) -> None:
        """Own this service too, where an owner does not own all. Raises StateError (VTN-S006)."""
        if self._claim is not None:
            self._claim.take(service)

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one moment."""
        return self._reading()

    def writing(self, *, appends: bool = False, brief: bool = False) -> AbstractContextManager[Connection]:
        """A transaction that sees all that was written before it; `appends` to what belongs to one run only."""
        return self._writing(appends=appends, brief=brief)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._transaction({})

    def _writing(self, *, appends: bool = False, brief: bool = False) -> AbstractContextManager[Connection]:
        return self._transaction({**(APPENDS if appends else WRITES), **(BRIEF if brief else {})})

    @contextmanager
    def _transaction(self, options: Mapping[str, bool]) -> Iterator[Connection]:
        with _errors_of(self.place), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection


@contextmanager
def _errors_of(database: Database) -> Iterator[None]:
    """Turn what the database and the file system raise into diagnostics."""
    try:
        yield
    except DBAPIError as error:
        raise StateError(database.diagnose(error.orig or error)) from error
    except (SQLAlchemyError, OSError) as error:
        raise StateError(database.diagnose(error)) from error
