"""What is there: services, runs and the inventory, as the state tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.plan import Plan
from vtnmd.domain.probe import Carriage
from vtnmd.domain.run import Event
from vtnmd.domain.snapshot import Snapshot
from vtnmd.state import AuditEntry, Owner, RunEntry, ServiceEntry, open_store
from vtnmd.usecases.finding import find_service


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service with what of it was applied, its latest runs, and how its interconnects carried when they were last probed."""

    service: ServiceEntry
    snapshot: Snapshot
    runs: tuple[RunEntry, ...]
    carriage: Mapping[Address, Carriage]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run with its plan, its journal, and how far it came."""

    run: RunEntry
    plan: Plan
    events: tuple[Event, ...]
    progress: Progress


def list_services(state: str) -> tuple[ServiceEntry, ...]:
    with open_store(state, create=False) as store:
        return store.services()


def list_runs(state: str, service: str, limit: int) -> tuple[RunEntry, ...]:
    """The latest runs first, of one service (it may be gone by now) or of all."""
    with open_store(state, create=False) as store:
        return store.runs(service, limit)


def status_of(name: str, state: str) -> ServiceStatus | RunStatus:
    """Of a service, else of a run of that id. Raises StateError (VTN-S007) where there is neither."""
    with open_store(state, create=False) as store:
        try:
            service = find_service(name, store)
        except StateError as unknown:
            try:
                run = store.run(name)
            except StateError:
                raise unknown from None
            plan, events = store.plan(name), store.events(name)
            return RunStatus(run, plan, events, replay(events))
        return ServiceStatus(service, store.snapshot(owner=name), store.runs(name, 5), store.carriage().get(name, {}))


def list_audit(state: str, limit: int) -> tuple[AuditEntry, ...]:
    """The latest lines of the audit log first."""
    with open_store(state, create=False) as store:
        return store.audit(limit)


def load_inventory(path: Path, state: str, owner: Owner, user: str) -> Inventory:
    """Check an inventory file and keep it in the state. Raises Invalid or StateError."""
    from vtnmd.compiler.inventory import read_inventory  # noqa: PLC0415  loads yangson, which looking does without
    from vtnmd.usecases.configuring import written_inventory  # noqa: PLC0415  the same

    inventory = read_inventory(path)
    with open_store(state) as store, store.own(owner):
        store.load_inventory(inventory.document, owner.since, user, written_inventory(inventory.document))
    return inventory


def show_inventory(state: str) -> Inventory | None:
    """The inventory that the state holds."""
    with open_store(state, create=False) as store:
        document = store.inventory()
    return None if document is None else Inventory(document)
