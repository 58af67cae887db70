"""The runs that the matrix interrupts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.labs import call_odl
from vtnmd.lab.layout import Lab

SERVICE = Path(__file__).parent / "service.yaml"
NAME = "crash"


@dataclass(frozen=True)
class Scenario:
    """A run on a state of its own.

    `applied` says whether the service of this folder is applied beforehand. `wanted` makes of that service the one that the run
    brings; without it the service is destroyed. `changes` is how many changes the run has at least. `refused`: something is in the
    way in north, and the run rolls back. Without `both` the sides of the boundaries take turns.
    """

    name: str
    applied: bool
    wanted: Callable[[Any], Any] | None
    changes: int
    refused: bool = False
    both: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        """What the run and its resume are told."""
        return ("--on-failure", "rollback") if self.refused else ()

    @property
    def code(self) -> int:
        """How the run ends."""
        return 1 if self.refused else 0


def _changed(topology: Any) -> Any:
    """More bandwidth and more web servers, and the database in west is gone with its segment."""
    parts = topology["topology_template"]
    parts["inputs"]["bandwidth"]["default"] = "300 Mbps"
    parts["inputs"]["web_servers"]["default"] = 2
    for gone in ("db-west", "store", "records", "store-port"):
        del parts["node_templates"][gone]
    del parts["groups"]["db-servers"]
    parts["node_templates"]["core"]["requirements"].remove({"segment": "db-west"})
    return topology


def _same(topology: Any) -> Any:
    return topology


SCENARIOS = (
    Scenario("create", applied=False, wanted=_same, changes=60),
    Scenario("change", applied=True, wanted=_changed, changes=15),
    Scenario("rollback", applied=False, wanted=_same, changes=60, refused=True, both=False),
    Scenario("destroy", applied=True, wanted=None, changes=60, both=False),
)


def put_in_the_way(lab: Lab) -> None:
    """Somebody else maps the port in north that the service wants."""
    place = {"tenant-name": "squatter", "bridge-name": "bridge", "interface-name": "port"}
    for rpc, given in (
        ("vtn:update-vtn", ("tenant-name",)),
        ("vtn-vbridge:update-vbridge", ("tenant-name", "bridge-name")),
        ("vtn-vinterface:update-vinterface", tuple(place)),
    ):
        call_odl(lab, "north", rpc, {name: place[name] for name in given})
    call_odl(lab, "north", "vtn-port-map:set-port-map", {**place, "node": "openflow:1", "port-name": "s1-eth3", "vlan-id": 0})


def written(scenario: Scenario, file: Path) -> Path:
    """The topology that the scenario wants, in a file."""
    assert scenario.wanted is not None
    topology = scenario.wanted(yaml.safe_load(SERVICE.read_text(encoding="utf-8")))
    file.write_text(yaml.safe_dump(topology, sort_keys=False), encoding="utf-8")
    return file
