"""How long plans take in a network of 100,000 resources: `python -m bench.planning [--services 50] [--rounds 5]`.

The state holds as many services of 1,000 attachments each as it takes, made by the compiler and applied. Measured from the valid
Intent on, as `vtnmd plan` does it once the topology is read, which bench/compile.py measures:

    no-op                a plan of every service, none of which has changed
    one attachment       a plan of one service that has one more attachment
    first plan           a plan of one such service where the state holds none of it, to compare with

Figures are medians of as many rounds, each in a process of its own on the same state.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.rounds import Figures, Stopwatch, answer, line, medians
from vtnmd.cli.collector import collect_rarely
from vtnmd.compiler.models import service_schema
from vtnmd.domain.address import Address
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Endpoint, Inventory
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Action, Change, Operation, Plan
from vtnmd.domain.reads import service_read
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json
from vtnmd.state import Store, open_store
from vtnmd.usecases.plans import Planned, plan_checked
from vtnmd.usecases.services import Checked, catalogue, compile_checked
from vtnmd.usecases.standing import maker
from vtnmd.yang.defaults import with_defaults

NO_OP, ONE_MORE, FIRST = "no-op", "one attachment", "first plan"
LIMITS = {NO_OP: 3.0, ONE_MORE: 0.5}
MEMORY_LIMIT = 700
REGIONS, SEGMENTS, ATTACHMENTS = 10, 10, 1000
NOW = 1_795_000_000.0


def inventory() -> Inventory:
    """Regions with a VTN Manager each and every VLAN."""
    entries = [
        {
            "name": f"region{number}",
            "vlan-range": {"start": 1, "end": 4094},
            "endpoint": [
                {"name": "odl", "odl": {"url": "https://127.0.0.1:1/restconf", "username": "bench", "password": "env:NONE"}}
            ],
        }
        for number in range(REGIONS)
    ]
    return Inventory(with_defaults(service_schema(), {ROOT: {"region": entries}}))


def intent(number: int, attachments: int = ATTACHMENTS) -> Intent:
    """A service with its attachments spread over segments, and those over two regions."""
    regions = (f"region{number % REGIONS}", f"region{(number + 1) % REGIONS}")
    segments = [
        {"name": f"segment{at}", "cidr": f"10.{at}.0.0/16", "gateway": f"10.{at}.0.1", "region": [{"name": regions[at % 2]}]}
        for at in range(SEGMENTS)
    ]
    name = f"service{number}"
    entry = {
        "name": name,
        "vtn": [
            {
                "name": "net",
                "tenant": f"tenant{number}",
                "segment": segments,
                "attachment": [_attachment(at, regions) for at in range(attachments)],
            }
        ],
    }
    return Intent(name, with_defaults(service_schema(), {"vtnmd-vtn:services": {"service": [entry]}}))


def _attachment(at: int, regions: tuple[str, str]) -> Json:
    segment = at % SEGMENTS
    return {
        "name": f"port{at}",
        "segment": f"segment{segment}",
        "region": regions[segment % 2],
        "node": f"openflow:{at % 97 + 1}",
        "port": f"eth{at}",
    }


def fill(folder: Path, services: int) -> int:
    """Make a state in which that many services are applied; how many resources it holds. Nothing is rendered for it."""
    stock, count = inventory(), 0
    endpoints = {endpoint.id: endpoint for endpoint in stock.endpoints()}
    with open_store(folder) as store:
        for number in range(services):
            plan = _applied_plan(Checked(intent(number), stock), endpoints, store)
            run = store.begin_run(plan, "bench", NOW + number)
            store.append(list(_records(plan, run)))
            count += len(plan.changes)
    return count


def _applied_plan(checked: Checked, endpoints: dict[str, Endpoint], store: Store) -> Plan:
    wanted = compile_checked(checked, store).wanted
    nothing = Operation({}, {}, {}, {})
    name = checked.intent.name

    def change(resource: Resource) -> Change:
        digest = catalogue().digest(resource, endpoints[resource.address.endpoint_id])
        return Change(resource.address, Action.CREATE, None, resource, nothing, digest, frozenset({name}))

    resources = tuple(wanted.graph.resources.values())
    changes = tuple(change(resource) for resource in resources)
    return Plan(
        name,
        "bench",
        wanted.intent,
        checked.inventory.document,
        {service_read(name): ""},
        wanted.allocations,
        resources,
        wanted.probes,
        changes,
        (),
        maker=maker(),
    )


def _records(plan: Plan, run: str) -> Iterator[Record]:
    applied: dict[Address, Applied | None] = {
        change.address: Applied(change.after, change.digest, {}, change.owners, run) for change in plan.changes if change.after
    }
    yield Record(Event(run, 1, NOW, Step.STARTED), applied)
    yield Record(Event(run, 2, NOW, Step.ENDED, detail={"result": Result.APPLIED.value}))


def measure_no_op(folder: Path, services: int) -> Figures:
    stock = inventory()
    wanted = [Checked(intent(number), stock) for number in range(services)]
    with open_store(folder) as store, Stopwatch() as watch:
        planned = [plan_checked(each, store, "bench").plan for each in wanted]
    _expect(all(plan.is_empty for plan in planned), "an unchanged service has changes")
    return {**watch.figures(), "resources": sum(len(plan.contributions) for plan in planned)}


def measure_one_more(folder: Path, services: int) -> Figures:
    found = _measure_one(folder, Checked(intent(services // 2, ATTACHMENTS + 1), inventory()))
    _expect(found["changes"] == 2, "an attachment is a vInterface and a port map")
    return found


def measure_first(folder: Path, services: int) -> Figures:
    return _measure_one(folder, Checked(intent(services), inventory()))


def _measure_one(folder: Path, checked: Checked) -> Figures:
    with open_store(folder) as store, Stopwatch() as watch:
        planned: Planned = plan_checked(checked, store, "bench")
    return {**watch.figures(), "resources": len(planned.plan.contributions), "changes": len(planned.plan.changes)}


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuntimeError(otherwise)


MEASURES: dict[str, Callable[[Path, int], Figures]] = {NO_OP: measure_no_op, ONE_MORE: measure_one_more, FIRST: measure_first}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--state", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=list(MEASURES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    collect_rarely()
    if arguments.one:
        answer(lambda: MEASURES[arguments.one](arguments.state, arguments.services))
        return 0
    with tempfile.TemporaryDirectory(dir=".") as folder:
        with Stopwatch() as watch:
            count = fill(Path(folder), arguments.services)
        print(f"{arguments.services} services of {ATTACHMENTS} attachments: {count} resources, applied in {watch.cpu:.0f} s of CPU")
        given = ["--services", str(arguments.services), "--state", folder]
        found = medians("bench.planning", list(MEASURES), arguments.rounds, given)
    for subject, figures in found.items():
        limit = f"(limit {LIMITS[subject]:g} s of CPU)" if subject in LIMITS else ""
        line(subject, figures, f"{figures['resources']:.0f} resources {limit}")
    print(f"peak {found[NO_OP]['memory']:.0f} MB (limit {MEMORY_LIMIT})")
    return int(any(found[name]["cpu"] > limit for name, limit in LIMITS.items()) or found[NO_OP]["memory"] > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
