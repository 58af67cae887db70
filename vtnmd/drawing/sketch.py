"""Sketch: what is to be seen in a picture, before anything has a place."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.domain.diagnostics import Span
from vtnmd.domain.tree import Tree

_DIGITS = re.compile(r"(\d+)")

ACROSS = ""
"""The region of what belongs to no region, or to several."""

Facts = tuple[tuple[str, str], ...]
"""Names and values, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Item:
    """A node of the picture. `id` is unique in its sketch; `span` is where it was written.

    It stands in the box of its `region`, and there in the row `lane`. Items of an earlier `stage` stand left of those of a later
    one. `facts` say what it is, `properties` what it has. An item with `members` stands for all of them.
    """

    id: str
    kind: str
    label: str
    summary: str = ""
    region: str = ACROSS
    lane: str = ""
    stage: int = 0
    tenant: str = ""
    facts: Facts = ()
    properties: Facts = ()
    span: Span | None = None
    members: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from what needs to what is needed. `span` is where it was written, None where a rule made it."""

    source: str
    target: str
    reason: str
    properties: Facts = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Sketch:
    """One picture of a service.

    `stages` are the headings of the stages; `captions` say more of a stage in one lane: (region, lane, stage) → text. `lanes` holds
    what may be told of a lane, such as a group of the topology: (region, lane) → item.
    """

    view: str
    service: str
    title: str
    items: tuple[Item, ...]
    links: tuple[Link, ...]
    stages: Mapping[int, str] = field(default_factory=dict)
    captions: Mapping[tuple[str, str, int], str] = field(default_factory=dict)
    lanes: Mapping[tuple[str, str], Item] = field(default_factory=dict)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants of all items, sorted."""
        return tuple(sorted({item.tenant for item in self.every() if item.tenant}))

    def every(self) -> Iterator[Item]:
        """Every item that stands for itself."""
        for item in self.items:
            yield from item.members or (item,)

    def cleaned(self) -> "Sketch":
        """The same, of which no text could break a line or a terminal, or may not stand in XML."""
        return replace(
            self,
            service=plain(self.service),
            title=plain(self.title),
            items=tuple(_cleaned(item) for item in self.items),
            links=tuple(
                Link(identifier(link.source), identifier(link.target), plain(link.reason), _clean_facts(link.properties), link.span)
                for link in self.links
            ),
            lanes={(plain(region), plain(lane)): _cleaned(item) for (region, lane), item in self.lanes.items()},
        )


def identifier(text: str) -> str:
    """Another text for each text, all of whose characters print."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(each if each.isprintable() and each != "\\" else f"\\{ord(each):x};" for each in text)


def natural(item: Item) -> tuple[str, list[tuple[int, str]], str]:
    """Sorts by kind and then label, where numbers count as such."""
    return item.kind, [_magnitude(part) for part in _DIGITS.split(item.label)], item.id


def _magnitude(part: str) -> tuple[int, str]:
    """Of two numbers without leading zeros the longer one is greater."""
    digits = part.lstrip("0")
    return (len(digits), digits) if part.isdecimal() else (-1, part)


def plain(text: str) -> str:
    """`text` on one line, with a replacement character for each that does not print."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in text)


def facts_of(tree: Tree, path: str = "") -> Facts:
    """The leaves of a tree by their path; holes and lists of plain values as text."""
    if isinstance(tree, dict) and tree:
        return tuple(fact for key, value in tree.items() for fact in facts_of(value, f"{path}/{key}" if path else str(key)))
    if isinstance(tree, list | tuple) and any(isinstance(value, dict | list | tuple) for value in tree):
        return tuple(fact for index, value in enumerate(tree) for fact in facts_of(value, f"{path}/{index + 1}"))
    if isinstance(tree, list | tuple):
        return ((path, ", ".join(_text(value) for value in tree)),)
    return ((path, _text(tree)),)


def width(text: str) -> int:
    """How many columns the text takes where each narrow character takes one."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "FW" else 1 for each in text)


def shortened(text: str, most: int) -> str:
    """`text` in at most that many columns, its middle left out where it is longer."""
    if width(text) <= most:
        return text
    head, tail = _cut(text, (most - 1) // 2), _cut(text[::-1], most - 1 - (most - 1) // 2)[::-1]
    return f"{head}…{tail}"


def _cut(text: str, most: int) -> str:
    end = taken = 0
    for each in text:
        taken += width(each)
        if taken > most:
            break
        end += 1
    return text[:end]


def _text(value: Tree) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _cleaned(item: Item) -> Item:
    return replace(
        item,
        id=identifier(item.id),
        kind=plain(item.kind),
        label=plain(item.label),
        summary=plain(item.summary),
        region=plain(item.region),
        lane=plain(item.lane),
        tenant=plain(item.tenant),
        facts=_clean_facts(item.facts),
        properties=_clean_facts(item.properties),
        members=tuple(_cleaned(member) for member in item.members),
    )


def _clean_facts(facts: Facts) -> Facts:
    return tuple((plain(name), plain(value)) for name, value in facts)
