"""Services and inventories to test with: a real one, and a strategy for random ones that are valid."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from vtnmd.compiler.check import check_intent
from vtnmd.compiler.lasting_names import without_moves
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.pipeline import Compiled, compile_service
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.plan import Plan
from vtnmd.domain.snapshot import Applied
from vtnmd.planner import Wanted, World
from vtnmd.yang.defaults import with_defaults

REGIONS = ("east", "west", "north")
PROTECTIONS = ("none", "path", "fast-reroute")


def inventory(regions: tuple[str, ...] = REGIONS) -> Inventory:
    """Regions in a full mesh over two transit nodes, so that each pair has two disjoint ways."""
    nodes: list[Any] = [{"name": f"pe-{region}", "region": region} for region in regions]
    links: list[Any] = []
    for plane in (1, 2):
        nodes.append({"name": f"p{plane}"})
        for index, region in enumerate(regions):
            label = 1000 * plane + 10 * index
            links.append(
                {"a": f"p{plane}", "b": f"pe-{region}", "label-a": label, "label-b": label + 1, "metric": plane, "mtu": 2000}
            )
    document = {
        ROOT: {
            "region": [_region(name) for name in regions],
            "backbone": {
                "node": nodes,
                "link": links,
                "label-range": {"start": 100000, "end": 199999},
                "route-distinguisher": {"administrator": 65000},
            },
        }
    }
    return Inventory(with_defaults(service_schema(), document))


def _region(name: str) -> Any:
    return {
        "name": name,
        "vlan-range": {"start": 100, "end": 499},
        "endpoint": [
            {"name": "odl", "odl": {"url": "https://127.0.0.1:8181/restconf", "username": "admin", "password": "env:ODL"}},
            {"name": "pe", "netconf": {"host": "127.0.0.1", "username": "vtnmd", "customer-port": "ge-0"}},
            {
                "name": "heat",
                "heat": {
                    "cloud": name,
                    "physical-network": "physnet1",
                    "image": [{"name": "debian", "type": "linux"}],
                    "flavor": [{"name": "small", "cpus": 1, "memory": 2048, "disk": 20}],
                },
            },
        ],
    }


def server(name: str, segment: str) -> Any:
    return {"name": name, "flavor": {"num_cpus": 1}, "image": {}, "ports": [{"segment": segment}], "volumes": []}


def guarded() -> Intent:
    """Terminals, flow conditions and filters, path policies and maps, MAC maps: the golden service `traffic`."""
    source = Path(__file__).parents[1] / "golden" / "services" / "traffic" / "service.yaml"
    return bind(read_topology(source), service_schema()).intent


def shop() -> Intent:
    """One stretched segment, one local one in each of two regions, routed; shaped, protected; servers; one attachment."""
    pools = [
        {"name": "east", "pool": [{"start": "10.1.0.10", "end": "10.1.0.99"}]},
        {"name": "west", "pool": [{"start": "10.1.0.110", "end": "10.1.0.199"}]},
    ]
    vtn = {
        "name": "shop",
        "tenant": "acme",
        "segment": [
            {"name": "web", "cidr": "10.1.0.0/24", "gateway": "10.1.0.1", "region": pools},
            {"name": "db-east", "cidr": "10.2.0.0/24", "gateway": "10.2.0.1", "region": [{"name": "east"}]},
            {"name": "db-west", "cidr": "10.3.0.0/24", "gateway": "10.3.0.1", "region": [{"name": "west"}]},
        ],
        "router": [{"name": "core", "segment": ["web", "db-east", "db-west"]}],
        "attachment": [{"name": "till", "segment": "web", "region": "east", "node": "openflow:1", "port": "s1-eth1"}],
        "vtnmd-interconnect:interconnect": [
            {
                "name": "backbone",
                "kind": "mpls-l2vpn",
                "segment": ["web"],
                "qos-class": "gold",
                "bandwidth": {"min": "200000", "max": "400000"},
                "protection": "fast-reroute",
            },
            {"name": "routed", "kind": "mpls-l3vpn", "router": "core", "protection": "fast-reroute"},
        ],
        "vtnmd-workload:workload": [
            {
                "name": "web-servers",
                "count": 2,
                "region": ["east", "west"],
                "segment": ["web"],
                "body": {"servers": [server("front", "web")]},
            }
        ],
    }
    return intent("global-shop", [vtn], [{"name": "gold", "dscp": 46, "priority": 1}])


def intent(name: str, vtns: list[Any], classes: list[Any] | None = None) -> Intent:
    entry: dict[str, Any] = {"name": name, "vtn": vtns}
    if classes:
        entry["vtnmd-interconnect:qos-class"] = classes
    return Intent(name, {"vtnmd-vtn:services": {"service": [entry]}})


def edited(original: Intent, edit: Any) -> Intent:
    """A copy in which `edit` has changed the entry of the list `service`."""
    document = deepcopy(original.document)
    edit(document["vtnmd-vtn:services"]["service"][0])
    return Intent(original.name, document)


def compiled(service: Intent, stock: Inventory, taken: Allocations = EMPTY) -> Wanted:
    """Checked against YANG and compiled, as every front end does."""
    complete = check_intent(service, stock).intent
    result: Compiled = compile_service(complete, stock, taken)
    return Wanted(without_moves(complete), result.graph, result.allocations, result.probes)


def after(plan: Plan, world: World) -> World:
    """The state once the plan is applied."""
    applied: dict[Address, Applied] = dict(world.applied)
    for change in plan.changes:
        if change.after is None:
            del applied[change.address]
        else:
            applied[change.address] = Applied(change.after, change.digest, {}, change.owners)
    return World(plan.intent, plan.inventory, applied, world.sharing)


Renames = Mapping[tuple[str, str], str]
"""(kind, name) → new name, kinds being those of `renamed`."""

_LISTS = {
    "segment": "segment",
    "router": "router",
    "attachment": "attachment",
    "interconnect": "vtnmd-interconnect:interconnect",
    "workload": "vtnmd-workload:workload",
    "terminal": "vtnmd-traffic:terminal",
}

_SHARED_LISTS = {"flow condition": "vtnmd-traffic:flow-condition", "path policy": "vtnmd-traffic:path-policy"}

_REFERENCES = {"condition": "flow condition", "policy": "path policy"}
"""Leaves that refer to something, where they are not called like its kind."""


def names_in(service: Intent) -> list[tuple[str, str]]:
    """(kind, name) of all that can be renamed."""
    entry = service.service
    found = [("service", service.name)]
    found += [(kind, each["name"]) for kind, member in _SHARED_LISTS.items() for each in entry.get(member, ())]
    for vtn in entry["vtn"]:
        found.append(("vtn", vtn["name"]))
        found += [(kind, each["name"]) for kind, member in _LISTS.items() for each in vtn.get(member, ())]
    return found


def renamed(service: Intent, names: Renames, *, said: bool = True) -> Intent:
    """The service with other names for some of its parts, wherever they stand; with `said` their entries say so."""

    def rename(kind: str, entry: Any) -> None:
        old = entry["name"]
        entry["name"] = names.get((kind, old), old)
        if said and entry["name"] != old:
            entry["moved-from"] = [*entry.get("moved-from", ()), old]

    def edit(entry: Any) -> None:
        _refer(entry, names)
        rename("service", entry)
        for kind, member in _SHARED_LISTS.items():
            for each in entry.get(member, ()):
                rename(kind, each)
        for vtn in entry["vtn"]:
            rename("vtn", vtn)
            for kind, member in _LISTS.items():
                for each in vtn.get(member, ()):
                    rename(kind, each)

    changed = edited(service, edit)
    return Intent(changed.service["name"], changed.document)


def _refer(entry: Any, names: Renames) -> None:
    """Give everything below that refers to something its new name."""
    for member, value in entry.items():
        kind = _REFERENCES.get(member, member)
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, dict):
                _refer(item, names)
            else:
                value[index] = names.get((kind, item), item)
        if isinstance(value, dict):
            _refer(value, names)
        elif isinstance(value, str):
            entry[member] = names.get((kind, value), value)


@st.composite
def renames(draw: st.DrawFn, service: Intent) -> Renames:
    """New names for some parts of the service, none of which anything of the service had before."""
    chosen = draw(st.lists(st.sampled_from(names_in(service)), min_size=1, unique=True))
    suffix = draw(st.sampled_from(["-new", ".2", "-a-name-that-is-almost-as-long-as-any-name-can-be"]))
    return {(kind, name): f"{kind[0]}{index}{suffix}" for index, (kind, name) in enumerate(chosen)}


@st.composite
def services(draw: st.DrawFn, alike: str = "") -> Intent:
    """A service of one VTN over one to three regions, with anything that is allowed there.

    Those that are `alike` in a protection share paths that are protected so, between the first two regions at least.
    """
    segments: list[Any] = []
    for index in range(draw(st.integers(1, 4))):
        anywhere = st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3, unique=True)
        regions = list(REGIONS[:2]) if alike and index == 0 else draw(anywhere)
        segments.append(_segment(index, sorted(regions)))
    vtn: dict[str, Any] = {"name": "net", "tenant": draw(st.sampled_from(["acme", "b-1"])), "segment": segments}
    routed = [segment["name"] for segment in segments if draw(st.booleans())]
    if routed:
        vtn["router"] = [{"name": "core", "segment": routed}]
    protection = alike or draw(st.sampled_from(PROTECTIONS))
    joins = [_stretch(segment, protection) for segment in segments if len(segment["region"]) > 1]
    reached = {region["name"] for segment in segments if segment["name"] in routed for region in segment["region"]}
    if len(reached) > 1:
        joins.append({"name": "routed", "kind": "mpls-l3vpn", "router": "core", "protection": protection})
    if joins:
        vtn["vtnmd-interconnect:interconnect"] = joins
    vtn["attachment"] = [_attachment(draw, index, segments) for index in range(draw(st.integers(0, 3)))]
    workloads = draw(st.lists(st.sampled_from(segments), max_size=2, unique_by=lambda segment: segment["name"]))
    vtn["vtnmd-workload:workload"] = [_workload(segment, draw(st.integers(1, 2))) for segment in workloads]
    return intent("random", [vtn])


def _segment(index: int, regions: list[str]) -> Any:
    pools = [
        {"name": region, "pool": [{"start": f"10.{index}.0.{10 + 50 * number}", "end": f"10.{index}.0.{49 + 50 * number}"}]}
        for number, region in enumerate(regions)
    ]
    return {"name": f"s{index}", "cidr": f"10.{index}.0.0/24", "gateway": f"10.{index}.0.1", "region": pools}


def _stretch(segment: Any, protection: str) -> Any:
    return {"name": f"join-{segment['name']}", "kind": "mpls-l2vpn", "segment": [segment["name"]], "protection": protection}


def _attachment(draw: st.DrawFn, index: int, segments: list[Any]) -> Any:
    segment = draw(st.sampled_from(segments))
    region = draw(st.sampled_from([region["name"] for region in segment["region"]]))
    return {"name": f"a{index}", "segment": segment["name"], "region": region, "node": "openflow:1", "port": f"eth{index}"}


def _workload(segment: Any, count: int) -> Any:
    return {
        "name": f"w-{segment['name']}",
        "count": count,
        "region": [region["name"] for region in segment["region"]],
        "segment": [segment["name"]],
        "body": {"servers": [server("node", segment["name"])]},
    }
