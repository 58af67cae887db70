"""Gives everything in a sketch its place, in whole numbers, so that a picture is the same everywhere, byte for byte."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vtnmd.drawing.grid import Grid, Row, Slot, arrange
from vtnmd.drawing.sketch import ACROSS, Item, Link, Sketch

ITEM_WIDTH, ITEM_HEIGHT = 216, 42
GAP = 10
_THREAD_HEIGHT = 6
_COLUMN_STEP = ITEM_WIDTH + 62
_STAGE_GAP = 26
_MARGIN, _PAD = 16, 12
_GUTTER = 136
_TITLE_HEIGHT, _HEADING_HEIGHT, _CAPTION_HEIGHT = 30, 28, 18
_PASSES = 6

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """The frame of a region (`lane` is None) or of a lane in it. `about` tells more of it, where there is more."""

    title: str
    place: Place
    region: str
    lane: str | None = None
    about: Item | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """Text that belongs to no item."""

    text: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sketch with the place of everything. `routes` are the points that each link leads through, from source to target."""

    sketch: Sketch
    width: int
    height: int
    boxes: tuple[Box, ...]
    bands: tuple[tuple[str, Place], ...]
    captions: tuple[Caption, ...]
    places: Mapping[str, Place]
    routes: tuple[tuple[Link, tuple[Point, ...]], ...]


def lay_out(sketch: Sketch) -> Drawing:
    """Regions from top to bottom, lanes in them, columns from left to right."""
    grid = arrange(sketch)
    xs = _column_places(grid)
    head = _MARGIN + (_HEADING_HEIGHT if sketch.stages else 0)
    width = max(xs.values(), default=_MARGIN + _GUTTER) + ITEM_WIDTH + 2 * _PAD + _MARGIN
    boxes: list[Box] = []
    captions: list[Caption] = []
    tops: dict[Slot, int] = {}
    y = head
    for region in dict.fromkeys(region for region, _ in grid.rows):
        top = y
        y += _TITLE_HEIGHT
        inner: list[Box] = []
        for row in (row for row in grid.rows if row[0] == region):
            lane_top, heights = y, _heights(grid, row)
            captions += _captions(sketch, grid, row, xs, y)
            y += _PAD + (_CAPTION_HEIGHT if sketch.captions else 0)
            tops |= {slot: y + offset for slot, offset in heights.items()}
            y += max((offset + _height(slot) for slot, offset in heights.items()), default=0) + _PAD
            place = Place(_MARGIN + _PAD, lane_top, width - 2 * (_MARGIN + _PAD), y - lane_top)
            inner.append(Box(row[1], place, region, row[1], sketch.lanes.get(row)))
            y += GAP
        boxes += [Box(region or _across(grid), Place(_MARGIN, top, width - 2 * _MARGIN, y - top + 2), region), *inner]
        y += _MARGIN
    places = {slot.id: Place(xs[slot.column], top, ITEM_WIDTH, ITEM_HEIGHT) for slot, top in tops.items() if not slot.is_thread}
    routes = tuple((link, tuple(_points(way, xs, tops))) for link, way in grid.ways)
    return Drawing(sketch, width, y, tuple(boxes), tuple(_bands(sketch, grid, xs, width, y)), tuple(captions), places, routes)


def _across(grid: Grid) -> str:
    return "across regions" if any(region != ACROSS for region, _ in grid.rows) else ""


def _column_places(grid: Grid) -> dict[int, int]:
    """Where each column begins; stages stand a little further apart."""
    found = {}
    for index, (first, after) in enumerate(grid.stages.values()):
        for column in range(first, after):
            found[column] = _MARGIN + _PAD + _GUTTER + column * _COLUMN_STEP + index * _STAGE_GAP
    return found


def _bands(sketch: Sketch, grid: Grid, xs: Mapping[int, int], width: int, height: int) -> Iterable[tuple[str, Place]]:
    """The background of each stage that has a heading, up to that of the next."""
    lefts = [(stage, xs[first] - _STAGE_GAP) for stage, (first, _) in grid.stages.items()]
    rights = [*(left for _, left in lefts[1:]), width - _MARGIN]
    for (stage, left), right in zip(lefts, rights, strict=False):
        if stage in sketch.stages:
            yield sketch.stages[stage], Place(left, _MARGIN // 2, right - left, height - _MARGIN)


def _captions(sketch: Sketch, grid: Grid, row: Row, xs: Mapping[int, int], y: int) -> Iterable[Caption]:
    for stage, (first, _) in grid.stages.items():
        text = sketch.captions.get((*row, stage))
        if text:
            yield Caption(text, xs[first], y + _CAPTION_HEIGHT)


def _heights(grid: Grid, row: Row) -> dict[Slot, int]:
    """How far below the top of its row each slot begins: near the mean of what it is linked to in this row."""
    cells = [cell for (where, _), cell in sorted(grid.cells.items()) if where == row]
    offsets: dict[Slot, int] = {}
    for cell in cells:
        offsets |= _stacked(cell, [0] * len(cell))
    height = max((offset + _height(slot) for slot, offset in offsets.items()), default=0)
    for each in range(_PASSES):
        for cell in cells if each % 2 else cells[::-1]:
            wanted = [_level(slot, grid, offsets) for slot in cell]
            offsets |= _within(cell, _stacked(cell, wanted), height)
    return offsets


def _level(slot: Slot, grid: Grid, offsets: Mapping[Slot, int]) -> int:
    """The offset at which the middle of the slot would be level with the mean of its neighbours."""
    middles = [offsets[other] + _height(other) // 2 for other in grid.beside(slot) if other in offsets]
    return max(0, sum(middles) // len(middles) - _height(slot) // 2) if middles else offsets[slot]


def _stacked(cell: list[Slot], wanted: list[int]) -> dict[Slot, int]:
    """As high up as wanted, one below the other."""
    offsets, free = {}, 0
    for slot, offset in zip(cell, wanted, strict=True):
        offsets[slot] = max(offset, free)
        free = offsets[slot] + _height(slot) + GAP
    return offsets


def _within(cell: list[Slot], offsets: dict[Slot, int], height: int) -> dict[Slot, int]:
    """Moved up where that is needed to end within the height."""
    end = height
    for slot in reversed(cell):
        offsets[slot] = min(offsets[slot], end - _height(slot))
        end = offsets[slot] - GAP
    return offsets


def _height(slot: Slot) -> int:
    return _THREAD_HEIGHT if slot.is_thread else ITEM_HEIGHT


def _points(way: tuple[Slot, ...], xs: Mapping[int, int], tops: Mapping[Slot, int]) -> Iterable[Point]:
    """Out of the source on its left side, into the target on its right side; on its left where that is no way."""
    source, *threads, target = way
    yield xs[source.column], tops[source] + ITEM_HEIGHT // 2
    for thread in threads:
        middle = tops[thread] + _THREAD_HEIGHT // 2
        yield xs[thread.column] + ITEM_WIDTH, middle
        yield xs[thread.column], middle
    side = ITEM_WIDTH if target.column < source.column else 0
    yield xs[target.column] + side, tops[target] + ITEM_HEIGHT // 2
