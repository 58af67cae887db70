"""How things stand in the state at this moment, for metrics."""

from vtnmd.domain.inventory import Inventory
from vtnmd.state import open_store
from vtnmd.telemetry.metrics import Standing, Waiting
from vtnmd.usecases.queue import read_queue


def read_standing(state: str) -> Standing:
    """What waits for which endpoint, the condition of endpoints and how interconnects carry, as far as known. Raises StateError."""
    with open_store(state, create=False) as store:
        regions = Inventory(store.inventory() or {}).regions if store.inventory() else {}
        waiting = [each for region in regions for each in read_queue(region, store) if not each.pruned]
        health, carriage = store.health(), store.carriage()
    by_endpoint: dict[str, list[tuple[int, float]]] = {}
    for queued in waiting:
        by_endpoint.setdefault(queued.endpoint, []).append((queued.changes, queued.since))
    return Standing(
        tuple(
            Waiting(endpoint, sum(changes for changes, _ in found), min(since for _, since in found))
            for endpoint, found in sorted(by_endpoint.items())
        ),
        tuple((endpoint, known.condition.value) for endpoint, known in sorted(health.items())),
        tuple(
            (service, str(address), known.verdict.value)
            for service, found in sorted(carriage.items())
            for address, known in found.items()
        ),
    )
