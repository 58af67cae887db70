"""How much CPU it takes to draw a service of about 2,000 resources, beside what it takes to read and compile it in the same run.

    python -m bench.drawing [--segments 400] [--rounds 3]

Drawn are both views: sketch, fold, layout and page. Each figure is the median CPU time of as many rounds, the two in turn.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.support.topologies import written
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan
from vtnmd.domain.topology import Topology
from vtnmd.drawing.resources import sketch_resources
from vtnmd.drawing.topology import sketch_topology
from vtnmd.planner import World, make_plan
from vtnmd.usecases import drawing
from vtnmd.usecases.services import Source, catalogue, compile_source, topology_of

LIMIT = 1.0
_TENANTS = 5
_INVENTORY = Path(__file__).resolve().parent.parent / "examples" / "global-shop" / "inventory.yaml"

Value = TypeVar("Value")


def timed(work: Callable[[], Value]) -> tuple[Value, float]:
    """What it gives, and the CPU seconds that it took."""
    begun = time.process_time()
    found = work()
    return found, time.process_time() - begun


def draw(topology: Topology, plan: Plan, intent: Intent) -> str:
    """The page of both views."""
    return drawing.draw_page([sketch_topology(topology), sketch_resources(plan, intent)])


def measure(segments: int, rounds: int) -> tuple[int, int, float, float]:
    """Resources, bytes of the page, seconds to compile, seconds to draw."""
    compiling, drawn = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "service.yaml"
        file.write_text(written(tenants=_TENANTS, segments=segments // _TENANTS))
        source, state = Source(file, inventory=_INVENTORY), f"{folder}/state"
        compile_source(source, state)  # the models are read once
        for _ in range(rounds):
            ready, seconds = timed(partial(compile_source, source, state))
            compiling.append(seconds)
            plan = make_plan(ready.intent.name, "", ready.wanted, ready.inventory, World(), catalogue())
            page, seconds = timed(partial(draw, topology_of(source, state), plan, ready.intent))
            drawn.append(seconds)
    return len(plan.contributions), len(page), statistics.median(compiling), statistics.median(drawn)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    resources, size, compiling, drawn = measure(given.segments, given.rounds)
    print(f"{resources} resources, a page of {size / 1e6:.1f} MB")
    print(f"compile  {compiling:6.2f} s of CPU")
    print(f"draw     {drawn:6.2f} s of CPU, {drawn / compiling:.2f} ×   (limit {LIMIT} ×)")
    return 0 if drawn <= LIMIT * compiling else 1


if __name__ == "__main__":
    sys.exit(main())
