"""One transaction over many NETCONF routers: `python -m bench.transactions [--devices 100] [--rounds 5]`.

The routers are yuma123 `netconfd` processes behind private OpenSSH servers on this machine, which share its processors with their
client. Each is locked, edited and tested, committed to under confirmation once all are ready, confirmed once all are committed,
and unlocked; by vtnmd's engine with its journal, and by ncclient in a thread pool as Python makes it, with ncclient as it comes and
with its TICK at 2 ms. vtnmd also reads back what it committed, which ncclient is spared. Sessions are open beforehand. To compare
with, and without a limit: ncclient as it comes with a thread for each router, of which it has three then.

Figures are medians over rounds, each in a process of its own that makes one transaction to warm up and then some that count; the
subjects in turn. Threads are those of the whole process. Needs the Debian packages netconfd and openssh-server, and root.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree
from ncclient import manager
from ncclient.transport import session as polling

from bench.rounds import Figures, Stopwatch, answer, line, medians
from lab.netconfd.fleet import DeviceAddress, missing_packages, netconfd_fleet
from vtnmd.assets import YANG_MODELS
from vtnmd.cli.collector import collect_rarely
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.graph import Resource
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.plan import Action, Change, Operation, Plan, Request, Transaction
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.engine import Clock, Interrupt, Policy, World, execute
from vtnmd.netconf.messages import content_of
from vtnmd.netconf.xmltree import BASE
from vtnmd.render.forms import Rendered
from vtnmd.southbound.netconf import NetconfDevice, connect
from vtnmd.state import open_store
from vtnmd.usecases.services import catalogue

VTNMD, STOCK, QUICK, WIDE = "vtnmd", "ncclient as it comes", "ncclient, TICK 2 ms", "ncclient, a thread per router"
LIMITS = {STOCK: 3.0, QUICK: 1.3}
TRANSACTIONS = 3
CONFIRM_TIMEOUT = 60


def circuit(device: str, number: int) -> Resource:
    """An attachment circuit of this process, whose VLAN says which transaction made it."""
    name = f"bench.{os.getpid()}"
    properties = {"name": name, "mtu": 1450, "interface": name, "vlan": 100 + number}
    return Resource(Address(device, "pe", "attachment", (name,)), properties)


def rendered(device: str, number: int) -> Rendered:
    return catalogue().render(circuit(device, number), Endpoint(device, "pe", "netconf", "vtnmd-pe", 30, 1, {}))


def make_plan(devices: Sequence[str], number: int) -> Plan:
    """The circuits of transaction `number` in place of those before it, committed together."""
    changes, requests = [], []
    for device in devices:
        before, after = rendered(device, number - 1), rendered(device, number)
        first = number == 0
        operation = Operation(
            after.put, after.remove if first else before.put, after.present, after.absent if first else before.present
        )
        resource = circuit(device, number)
        action, previous = (Action.CREATE, None) if first else (Action.UPDATE, circuit(device, number - 1))
        changes.append(Change(resource.address, action, previous, resource, operation, str(number), frozenset({"bench"})))
        endpoint = resource.address.endpoint_id
        requests.append(Request(f"{endpoint}#0", endpoint, 0, (resource.address,), operation.payload, operation.undo, ()))
    together = Transaction(requests[0].id, tuple(request.id for request in requests))
    intent = Intent("bench", {"vtnmd-vtn:services": {"service": [{"name": "bench"}]}})
    return Plan("bench", "bench", intent, {}, {}, EMPTY, (), (), tuple(changes), tuple(requests), (), (together,))


def measure_vtnmd(devices: Mapping[str, DeviceAddress]) -> Figures:
    """Whole runs of the engine, from its beginning to the event that tells its end."""
    return asyncio.run(_vtnmd(devices))


async def _vtnmd(devices: Mapping[str, DeviceAddress]) -> Figures:
    drivers = {f"{name}/pe": connect(_entry(name, device), str) for name, device in devices.items()}
    samples: list[Figures] = []
    with tempfile.TemporaryDirectory(dir=".") as folder, open_store(folder) as store:
        for number in range(TRANSACTIONS + 1):
            await asyncio.gather(*(driver.hello() for driver in drivers.values()))
            plan = make_plan(list(devices), number)
            run = store.begin_run(plan, "bench", time.time())
            watch = Stopwatch()
            listener = partial(_note_end, watch, samples)
            clock = Clock(time.time, time.monotonic, asyncio.sleep, random.random)
            world = World({name: partial(_same, driver) for name, driver in drivers.items()}, str, clock, (listener,))
            with watch:
                outcome = await execute(plan, run, store, world, Policy(limit=1), Interrupt())
            if outcome.result is not Result.APPLIED:
                raise RuntimeError(str(outcome.to_json()))
    return _medians(samples[1:])


def _same(driver: NetconfDevice) -> NetconfDevice:
    return driver


def _note_end(watch: Stopwatch, samples: list[Figures], event: Event) -> None:
    """The goodbyes that follow the end of the run are not part of the transaction."""
    if event.step is Step.ENDED:
        watch.stop()
        samples.append({**watch.figures(), "threads": threading.active_count()})


def _entry(name: str, device: DeviceAddress) -> Json:
    settings = {
        "host": device.host,
        "port": device.port,
        "username": device.username,
        "key-file": str(device.key_file),
        "known-hosts-file": str(device.known_hosts),
    }
    return {"name": f"{name}/pe", "timeout": 30, "netconf": settings}


def measure_ncclient(devices: Mapping[str, DeviceAddress], tick: float | None = None, *, wide: bool = False) -> Figures:
    """The same steps in a thread pool: of Python's own size, or `wide` with a thread for each router."""
    if tick is not None:
        polling.TICK = tick
    samples: list[Figures] = []
    with ThreadPoolExecutor(len(devices) if wide else None) as pool:
        sessions = list(pool.map(_open, devices.values()))
        for number in range(TRANSACTIONS + 1):
            edits = [_config(name, number) for name in devices]
            with Stopwatch() as watch:
                for step in (_prepare, _commit, _confirm):
                    list(pool.map(step, sessions, edits))
            samples.append({**watch.figures(), "threads": threading.active_count()})
        list(pool.map(lambda session: session.close_session(), sessions))
    return _medians(samples[1:])


def _open(device: DeviceAddress) -> Any:
    return manager.connect(
        host=device.host,
        port=device.port,
        username=device.username,
        key_filename=str(device.key_file),
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=60,
    )


def _config(device: str, number: int) -> str:
    config = etree.Element(f"{{{BASE}}}config", nsmap={None: BASE})  # type: ignore[dict-item]  # its types know no default namespace
    config.extend(content_of(rendered(device, number).put["config"]))
    return etree.tostring(config, encoding="unicode")


def _prepare(session: Any, config: str) -> None:
    session.lock("candidate")
    session.edit_config(target="candidate", config=config, test_option="test-then-set")


def _commit(session: Any, _config: str) -> None:
    session.commit(confirmed=True, timeout=str(CONFIRM_TIMEOUT), persist="bench")


def _confirm(session: Any, _config: str) -> None:
    session.commit(persist_id="bench")
    session.unlock("candidate")


def _medians(samples: Sequence[Figures]) -> Figures:
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


MEASURES: dict[str, Callable[[Mapping[str, DeviceAddress]], Figures]] = {
    VTNMD: measure_vtnmd,
    STOCK: measure_ncclient,
    QUICK: partial(measure_ncclient, tick=0.002),
    WIDE: partial(measure_ncclient, wide=True),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fleet", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=list(MEASURES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    collect_rarely()
    if arguments.one:
        answer(lambda: MEASURES[arguments.one](_read_fleet(arguments.fleet)))
        return 0
    if missing_packages():
        print(f"left out: Debian packages are missing: {', '.join(missing_packages())}")
        return 0
    with netconfd_fleet(arguments.devices, [YANG_MODELS], ["vtnmd-pe"]) as devices, tempfile.TemporaryDirectory() as folder:
        fleet = Path(folder) / "fleet.json"
        _write_fleet(fleet, devices)
        found = medians("bench.transactions", list(MEASURES), arguments.rounds, ["--fleet", str(fleet)])
    ours = found[VTNMD]
    for subject, figures in found.items():
        line(subject, figures, f"{figures['threads']:.0f} threads")
    ratios = {subject: found[subject]["wall"] / ours["wall"] for subject in (STOCK, QUICK, WIDE)}
    for subject, ratio in ratios.items():
        least = f" (at least {LIMITS[subject]:g})" if subject in LIMITS else ""
        print(f"vtnmd is {ratio:.1f} × as fast as {subject}{least}", end=", ")
        print(f"with {ours['threads'] / found[subject]['threads']:.2f} of its threads (at most 0.1)")
    slow = any(ratios[subject] < limit for subject, limit in LIMITS.items())
    return int(slow or any(ours["threads"] > found[subject]["threads"] / 10 for subject in LIMITS))


def _write_fleet(file: Path, devices: Sequence[DeviceAddress]) -> None:
    file.write_text(json.dumps([{name: str(value) for name, value in asdict(each).items()} for each in devices]))


def _read_fleet(file: Path) -> Mapping[str, DeviceAddress]:
    return {
        f"r{number:03d}": DeviceAddress(
            each["host"], int(each["port"]), each["username"], Path(each["key_file"]), Path(each["known_hosts"]), int(each["pid"])
        )
        for number, each in enumerate(json.loads(file.read_text()), 1)
    }


if __name__ == "__main__":
    sys.exit(main())
