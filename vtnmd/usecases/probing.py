"""Probes of a service: packets that must arrive if the service does what it is for."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.probe import Probe, ProbeResult, judge
from vtnmd.domain.tree import Json
from vtnmd.southbound.ports import EndpointError
from vtnmd.southbound.probe import ProbeAgent, connect
from vtnmd.state import open_store
from vtnmd.usecases.connecting import named
from vtnmd.usecases.finding import find_service


@dataclass(frozen=True, slots=True)
class Probed:
    """`results` in the order of the service's probes; `problems` are agents that could not be asked, each said once."""

    results: tuple[ProbeResult, ...]
    problems: tuple[Diagnostic, ...]


def probe(name: str, state: str, secrets: Callable[[str], str], clock: Callable[[], float]) -> Probed:
    """Run every probe of an applied service, each from the agent of the region where its packet starts. Raises StateError.

    How its interconnects carry is kept in the state, as of `clock` (seconds since the epoch).
    """
    with open_store(state, create=False) as store:
        probes = find_service(name, store).probes
        document = store.inventory() or {}
    found = send_probes(probes, document, secrets)
    with open_store(state, create=False) as store:
        known = store.carriage().get(name, {})
        judged = judge(probes, found.results, known, clock())
        if judged != known:
            store.keep_carriage(name, judged)
    return found


def send_probes(probes: Iterable[Probe], inventory: Json, secrets: Callable[[str], str]) -> Probed:
    """Run probes by the agents of an inventory's document. Blocks until all have answered, or could not be asked."""
    agents = {
        region["name"]: named(region["name"], entry)
        for region in inventory.get(ROOT, {}).get("region", [])
        for entry in region.get("endpoint", [])
        if "probe" in entry
    }
    return asyncio.run(_probe_all(tuple(probes), agents, secrets))


async def _probe_all(probes: tuple[Probe, ...], agents: Mapping[str, Json], secrets: Callable[[str], str]) -> Probed:
    opened = {region: connect(entry, secrets) for region, entry in agents.items()}
    try:
        found = await asyncio.gather(*(_probe_one(probe, opened.get(probe.source.region)) for probe in probes))
    finally:
        await asyncio.gather(*(agent.aclose() for agent in opened.values()))
    problems = (each for each in found if isinstance(each, Diagnostic))
    return Probed(tuple(each for each in found if isinstance(each, ProbeResult)), tuple(dict.fromkeys(problems)))


async def _probe_one(probe: Probe, agent: ProbeAgent | None) -> ProbeResult | Diagnostic:
    if agent is None:
        return Diagnostic(
            "VTN-E030",
            f"region {probe.source.region} has no probe agent",
            hint="add an endpoint of kind probe to the region in the inventory",
        )
    try:
        return await agent.probe(probe)
    except EndpointError as problem:
        return problem.diagnostic
