"""The runs that the matrix interrupts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SERVICE = Path(__file__).parent / "service.yaml"
NAME = "crash"


@dataclass(frozen=True)
class Scenario:
    """A run on a state of its own.

    `applied` says whether the service of this folder is applied beforehand. `wanted` makes of that service the one that the run
    brings; without it the service is destroyed. `changes` is how many changes the run has at least.
    """

    name: str
    applied: bool
    wanted: Callable[[Any], Any] | None
    changes: int


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


SCENARIOS = (
    Scenario("create", applied=False, wanted=lambda topology: topology, changes=60),
    Scenario("change", applied=True, wanted=_changed, changes=15),
    Scenario("destroy", applied=True, wanted=None, changes=60),
)


def written(scenario: Scenario, file: Path) -> Path:
    """The topology that the scenario wants, in a file."""
    assert scenario.wanted is not None
    topology = scenario.wanted(yaml.safe_load(SERVICE.read_text(encoding="utf-8")))
    file.write_text(yaml.safe_dump(topology, sort_keys=False), encoding="utf-8")
    return file
