"""Regions as operators see them: their modes, the health of their endpoints, and what waits for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.health import Health
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Transaction
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.run import Event, Step
from vtnmd.state import Store, open_store
from vtnmd.usecases.queue import Queued, read_queue, unfinished
from vtnmd.usecases.runs import Setting, owned


@dataclass(frozen=True, slots=True)
class RegionStatus:
    """A region: its mode, the health of each endpoint by id, and the requests that wait there."""

    region: str
    mode: RegionMode
    health: Mapping[str, Health]
    waiting: tuple[Queued, ...]

    @property
    def queued(self) -> int:
        return len(self.waiting)


def list_regions(state: str) -> tuple[RegionStatus, ...]:
    """Every region of the inventory in the state."""
    with open_store(state, create=False) as store:
        inventory = _inventory(store)
        modes, health = store.modes(), store.health()
        found: dict[str, dict[str, Health]] = {region: {} for region in inventory.regions}
        for endpoint in inventory.endpoints():
            found[endpoint.region][endpoint.id] = health.get(endpoint.id, Health())
        waiting = {region: tuple(each for each in read_queue(region, store) if not each.pruned) for region in found}
    return tuple(
        RegionStatus(region, modes.get(region, RegionMode(region, Mode.ACTIVE, "", 0.0)), found[region], waiting[region])
        for region in found
    )


def set_mode(mode: RegionMode, state: str) -> None:
    """Set the mode of a region; runs that are at work notice within a second. Raises Invalid (VTN-I008)."""
    with open_store(state, create=False) as store:
        _check(mode.region, store)
        store.set_mode(mode)


def show_queue(region: str, state: str) -> tuple[Queued, ...]:
    """What waits in a region. Raises Invalid (VTN-I008)."""
    with open_store(state, create=False) as store:
        _check(region, store)
        return read_queue(region, store)


def find_queued(region: str, name: str, state: str) -> Queued:
    """One request of the queue, by its id or as RUN:ID. Raises Invalid (VTN-I008, VTN-I009)."""
    with open_store(state, create=False) as store:
        _check(region, store)
        return _find(region, name, store)


def prune(region: str, name: str, setting: Setting, confirm: Callable[[Queued, tuple[Queued, ...]], bool]) -> bool:
    """Take one request out of the queue, and with it what needs it; whether that was done.

    `confirm` is told both and decides. The Snapshot stays as it is, so that the next plan of the service brings the changes again.
    Raises Invalid (VTN-I008, VTN-I009) or StateError.
    """
    with open_store(setting.state, create=False) as store:
        _check(region, store)
        chosen = _find(region, name, store)
        behind = _behind(chosen, store)
    if not confirm(chosen, behind):
        return False
    with owned(setting) as store:
        if _find(region, name, store).run != chosen.run:
            raise Invalid(_none(region, name))
        found = unfinished(chosen.run, store)
        if found.is_bound:
            hint = f"let it come to its end first: vtnmd resume {chosen.run}"
            raise Invalid(Diagnostic("VTN-I009", f"run {chosen.run} is in the middle of a transaction or a rollback", hint=hint))
        reason = f"taken out of the queue by {setting.user}"
        left = {request.id for request in found.left}
        pruned = {each: reason for each in _mates(chosen.id, found.plan.transactions) if each in left}
        pruned |= {each.id: f"{reason}, with {chosen.id}" for each in behind if each.id in left}
        store.append(
            [
                Record(
                    Event(
                        chosen.run,
                        found.progress.sequence + number,
                        setting.clock.now(),
                        Step.PRUNED,
                        request,
                        {"user": setting.user, "reason": why},
                    )
                )
                for number, (request, why) in enumerate(pruned.items(), 1)
            ]
        )
    return True


def _behind(chosen: Queued, store: Store) -> tuple[Queued, ...]:
    """What goes with it: members of its transaction, and all that needs one of them, in any region."""
    found = unfinished(chosen.run, store)
    gone = set(_mates(chosen.id, found.plan.transactions))
    for request in found.plan.requests:
        if not gone.isdisjoint(request.needs):
            gone |= set(_mates(request.id, found.plan.transactions))
    regions = sorted({request.region for request in found.left})
    listed = {each.id: each for region in regions for each in read_queue(region, store) if each.run == chosen.run}
    return tuple(each for name, each in listed.items() if name in gone and name != chosen.id and not each.pruned)


def _mates(request: str, transactions: tuple[Transaction, ...]) -> tuple[str, ...]:
    """The request and what is committed together with it."""
    return next((each.requests for each in transactions if request in each.requests), (request,))


def _find(region: str, name: str, store: Store) -> Queued:
    found = [each for each in read_queue(region, store) if not each.pruned and name in (each.id, f"{each.run}:{each.id}")]
    if len(found) > 1:
        hint = f"say which: {', '.join(f'{each.run}:{each.id}' for each in found)}"
        raise Invalid(Diagnostic("VTN-I009", f"{len(found)} services wait with a request {name}", hint=hint))
    if not found:
        raise Invalid(_none(region, name))
    return found[0]


def _none(region: str, name: str) -> Diagnostic:
    return Diagnostic(
        "VTN-I009", f"no request {name} waits in region {region}", hint=f"list them with: vtnmd region queue {region}"
    )


def _check(region: str, store: Store) -> None:
    regions = _inventory(store).regions
    if region not in regions:
        hint = f"regions of the inventory: {', '.join(regions)}"
        raise Invalid(Diagnostic("VTN-I008", f"there is no region {region}", hint=hint))


def _inventory(store: Store) -> Inventory:
    """The inventory in the state. Raises Invalid (VTN-I005)."""
    document = store.inventory()
    if document is None:
        raise Invalid(Diagnostic("VTN-I005", "the state holds no inventory", hint="keep one with: vtnmd inventory load FILE"))
    return Inventory(document)
