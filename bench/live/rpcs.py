"""Rate and latency of requests to a genuine VTN Manager: `python -m bench.live.rpcs [--segments 200]`, in the real lab.

The requests are those that vtnmd plans for a service of so many segments in one region: a vBridge and a VLAN map for each. The
driver sends them with as many under way as it is allowed, from 1 to 32, in the order of the plan; a map waits for its vBridge.
Latency is that of one call of the driver, with all RPCs that it comes to and without the time that it waits for its turn. Rates are
medians of several rounds, latencies are those of all of them.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import yaml

from lab.room.room import found
from vtnmd.domain.plan import Request, plan_from_json
from vtnmd.domain.tree import Json
from vtnmd.southbound.catalogue import connect
from vtnmd.southbound.ports import Driver

CONCURRENCIES = (1, 2, 4, 8, 16, 32)
_WARMING = 3
"""Rounds that are not counted: a virtual machine for Java is slow until it has compiled what it does often."""
_REGION = "east"


def topology(segments: int) -> str:
    """A service of one VTN with so many segments in one region."""
    lines = [
        "tosca_definitions_version: tosca_simple_yaml_1_3",
        "metadata: { template_name: rpcs }",
        "imports: [ vtnmd ]",
        "topology_template:",
        "  node_templates:",
        "    acme: { type: vtnmd.nodes.Tenant }",
        f"    {_REGION}: {{ type: vtnmd.nodes.Region }}",
        "    net: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }",
    ]
    for number in range(segments):
        lines += [
            f"    lan-{number}:",
            "      type: vtnmd.nodes.Segment",
            f"      properties: {{ cidr: 10.{number // 256}.{number % 256}.0/24 }}",
            f"      requirements: [ vtn: net, region: {_REGION} ]",
        ]
    return "\n".join(lines) + "\n"


def requests_of(segments: int, inventory: Path) -> tuple[Request, ...]:
    """What vtnmd would send to the VTN Manager."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "service.yaml").write_text(topology(segments), encoding="utf-8")
        words = ["plan", "service.yaml", "-I", str(inventory.resolve()), "-o", "plan.json", "--summary"]
        command = [str(Path(sys.executable).with_name("vtnmd")), *words]
        subprocess.run(command, cwd=folder, env={"VTNMD_STATE": str(folder / "state")}, capture_output=True, check=True)
        plan = plan_from_json(json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    return tuple(request for request in plan.requests if request.endpoint == f"{_REGION}/odl")


async def send(
    requests: tuple[Request, ...], endpoint: Mapping[str, Json], secret: str, concurrency: int
) -> tuple[float, list[float]]:
    """Send all of them; gives the seconds that it took and those of each call."""
    driver = connect({**endpoint, "concurrency": concurrency}, lambda _reference: secret)
    turns = asyncio.Semaphore(concurrency)
    done = {request.id: asyncio.Event() for request in requests}
    latencies: list[float] = []

    async def carry(request: Request) -> None:
        for needed in request.needs:
            if needed in done:
                await done[needed].wait()
        async with turns:
            begun = time.perf_counter()
            await driver.apply(request, _no_holes)
            latencies.append(time.perf_counter() - begun)
        done[request.id].set()

    began = time.perf_counter()
    try:
        await asyncio.gather(*map(carry, requests))
        return time.perf_counter() - began, latencies
    finally:
        await _remove(driver, requests)
        await driver.aclose()


async def _remove(driver: Driver, requests: tuple[Request, ...]) -> None:
    """Take the VTN away, and all that is in it with it."""
    first = next(request for request in requests if not request.needs)
    await driver.apply(Request("undo", first.endpoint, 0, first.changes, first.undo, first.payload, ()), _no_holes)


def _no_holes(hole: object) -> Json:
    raise KeyError(hole)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live.rpcs", description=__doc__)
    parser.add_argument("--segments", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    room = found()
    if room is None or room.enter:
        sys.stderr.write("run this in the room: python -m lab.room enter .venv/bin/python -m bench.live.rpcs\n")
        return 1
    inventory = room.folder / "inventory.yaml"
    document = yaml.safe_load(inventory.read_text(encoding="utf-8"))["inventory"]
    (endpoint,) = (
        each for region in document["region"] if region["name"] == _REGION for each in region["endpoint"] if "odl" in each
    )
    endpoint["odl"]["ca-file"] = str(room.folder / endpoint["odl"]["ca-file"])
    secret = (room.folder / endpoint["odl"]["password"].removeprefix("file:")).read_text(encoding="utf-8").strip()
    requests = requests_of(chosen.segments, inventory)
    print(f"{len(requests)} requests")
    for _ in range(_WARMING):
        asyncio.run(send(requests, endpoint, secret, CONCURRENCIES[-1]))
    for concurrency in CONCURRENCIES:
        rounds = [asyncio.run(send(requests, endpoint, secret, concurrency)) for _ in range(chosen.rounds)]
        rate = len(requests) / statistics.median(seconds for seconds, _ in rounds)
        percentiles = statistics.quantiles([latency for _, latencies in rounds for latency in latencies], n=20)
        print(
            f"concurrency {concurrency:2}: {rate:6.1f} requests a second,"
            f" p50 {percentiles[9] * 1000:6.1f} ms, p95 {percentiles[18] * 1000:6.1f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
