"""The order of what is drawn: a column for each item, and an order within each cell of row and column that crosses few links.

A layered layout (Sugiyama, Tagawa, Toda 1981) whose layers are cut into rows: what is needed stands left of what needs it, and
everything of one region and lane stays together. A link that passes columns is led through them by threads, which keep a place free
for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from vtnmd.domain.graph import Cycle, topological_order
from vtnmd.drawing.sketch import Link, Sketch, natural

Row = tuple[str, str]
"""A region and a lane of it."""

_SWEEPS = 6


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place in a cell: that of an item, or of the thread of all links from the same row to the item `id`."""

    id: str
    row: Row
    column: int
    is_thread: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """`cells` hold slots from top to bottom; `ways` are the slots that each link leads through, from its source to its target.

    `stages` maps each stage to its first column and the one after its last.
    """

    rows: tuple[Row, ...]
    stages: Mapping[int, tuple[int, int]]
    cells: Mapping[tuple[Row, int], list[Slot]]
    ways: tuple[tuple[Link, tuple[Slot, ...]], ...]
    _besides: Mapping[Slot, list[Slot]] = field(repr=False)

    def beside(self, slot: Slot) -> list[Slot]:
        """What is linked to the slot and stands in a column next to it."""
        return self._besides.get(slot, [])


def arrange(sketch: Sketch) -> Grid:
    """The same for equal sketches, whatever the order of their items and links."""
    stages, columns = _columns(sketch)
    slots = {item.id: Slot(item.id, (item.region, item.lane), columns[item.id]) for item in sketch.items}
    links = sorted(sketch.links, key=lambda link: (link.source, link.target, link.reason))
    ways = tuple(
        (link, _way(slots[link.source], slots[link.target])) for link in links if {link.source, link.target} <= slots.keys()
    )
    cells: dict[tuple[Row, int], list[Slot]] = {}
    for item in sorted(sketch.items, key=natural):
        cells.setdefault((slots[item.id].row, columns[item.id]), []).append(slots[item.id])
    for slot in sorted({slot for _, way in ways for slot in way if slot.is_thread}):
        cells.setdefault((slot.row, slot.column), []).append(slot)
    rows = tuple(sorted({slot.row for slot in slots.values()}))
    grid = Grid(rows, stages, cells, ways, _besides(way for _, way in ways))
    _uncross(grid)
    return grid


def _columns(sketch: Sketch) -> tuple[dict[int, tuple[int, int]], dict[str, int]]:
    """The columns of each stage, and that of each item: within its stage, right of all that it needs there."""
    stage_of = {item.id: item.stage for item in sketch.items}
    needs: dict[str, set[str]] = {item.id: set() for item in sketch.items}
    for link in sketch.links:
        if link.source != link.target and stage_of.get(link.source, -1) == stage_of.get(link.target, -2):
            needs[link.source].add(link.target)
    depths: dict[str, int] = {}
    for each in _order(needs):
        depths[each] = max((depths[need] + 1 for need in needs[each]), default=0)
    stages: dict[int, tuple[int, int]] = {}
    first = 0
    for stage in sorted(set(stage_of.values())):
        after = first + 1 + max(depth for each, depth in depths.items() if stage_of[each] == stage)
        stages[stage] = first, after
        first = after
    return stages, {each: stages[stage][0] + depths[each] for each, stage in stage_of.items()}


def _order(needs: dict[str, set[str]]) -> tuple[str, ...]:
    """What is needed first. Kinds may need each other where resources do not: then a need is dropped from `needs`."""
    while True:
        try:
            return topological_order(needs)
        except Cycle as cycle:
            source, target, *_ = cycle.path
            needs[str(source)].discard(str(target))


def _way(source: Slot, target: Slot) -> tuple[Slot, ...]:
    between = range(source.column - 1, target.column, -1)
    return (source, *(Slot(target.id, source.row, column, is_thread=True) for column in between), target)


def _besides(ways: Iterable[tuple[Slot, ...]]) -> dict[Slot, list[Slot]]:
    found: dict[Slot, dict[Slot, None]] = {}
    for way in ways:
        for one, other in pairwise(way):
            if one.column != other.column:
                found.setdefault(one, {})[other] = None
                found.setdefault(other, {})[one] = None
    return {slot: list(others) for slot, others in found.items()}


def _uncross(grid: Grid) -> None:
    """Sweeps over the columns, there and back, and sorts each cell by the mean position of what it is linked to."""
    row_index = {row: float(index) for index, row in enumerate(grid.rows)}
    position: dict[Slot, float] = {}

    def number(cell: list[Slot]) -> None:
        for index, slot in enumerate(cell):
            position[slot] = row_index[slot.row] + (index + 1) / (len(cell) + 1)

    for cell in grid.cells.values():
        number(cell)
    columns = sorted({column for _, column in grid.cells})
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 else -1
        for column in columns[::step]:
            for row in grid.rows:
                cell = grid.cells.get((row, column), [])
                means = {slot: _mean([position[other] for other in grid.beside(slot)], position[slot]) for slot in cell}
                cell.sort(key=lambda slot: (means[slot], slot.is_thread))
                number(cell)


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
