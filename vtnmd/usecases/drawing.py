"""Pictures of a service: what its designer wrote, and what it comes to. Reads the state and writes none of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.graph import ResourceGraph
from vtnmd.drawing.fold import fold
from vtnmd.drawing.html import page
from vtnmd.drawing.layout import lay_out
from vtnmd.drawing.resources import sketch_resources
from vtnmd.drawing.sketch import Sketch
from vtnmd.drawing.svg import svg
from vtnmd.drawing.topology import sketch_topology
from vtnmd.planner import World, make_plan
from vtnmd.usecases.services import Source, catalogue, compile_source, topology_of


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of a service that is not there yet, with a sketch of how they would come about."""

    graph: ResourceGraph
    sketch: Sketch
    warnings: tuple[Diagnostic, ...]


def see_topology(source: Source, state: str) -> Sketch:
    """What is written; that needs no inventory. Raises Invalid."""
    return sketch_topology(topology_of(source, state), source.name)


def see_resources(source: Source, state: str) -> Resources:
    """What the service comes to. Raises Invalid, also where there is no inventory at all."""
    ready = compile_source(source, state)
    plan = make_plan(ready.intent.name, "", ready.wanted, ready.inventory, World(), catalogue(ready.intent.models))
    return Resources(ready.compiled.graph, sketch_resources(plan, ready.intent), ready.warnings)


def draw_svg(sketch: Sketch) -> str:
    """The picture as a file, folded where it is large."""
    return svg(lay_out(fold(sketch)))


def draw_page(sketches: Sequence[Sketch]) -> str:
    """A page that shows one sketch at a time, the first one first; what is folded there unfolds."""
    return page([(sketch, lay_out(fold(sketch))) for sketch in sketches])
