"""The names that a topology declares, found line by line, so that they are known while the text is no YAML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

SECTIONS = ("inputs", "node_templates", "relationship_templates", "groups", "policies")

_KEY = re.compile(r"""(\s*)(-\s+)?(["']?)([^\s:#"'\[\]{},]+)\3\s*:(?=\s|$)(.*)""")
_TYPE = re.compile(r"""(?:^|[\s{,])type:\s*["']?([^\s,}"'#]+)""")


@dataclass(frozen=True, slots=True)
class Entry:
    """A template or input: where its name stands, counted from 0, the line after its last one, and its type if it has one."""

    name: str
    line: int
    column: int
    end: int
    type: str = ""


Outline = Mapping[str, Mapping[str, Entry]]
"""Section of the topology → name → entry, in the order of the text."""


def outline(lines: Sequence[str]) -> Outline:
    """What is declared below `topology_template`, as far as it is written in block style."""
    found: dict[str, dict[str, Entry]] = {section: {} for section in SECTIONS}
    inside, section, depth, level = False, "", -1, -1
    current: Entry | None = None
    end: dict[tuple[str, str], int] = {}
    for number, text in enumerate(lines):
        bare = text.lstrip(" ")
        if not bare or bare.startswith("#"):
            continue
        indent = len(text) - len(bare)
        is_item = bare.startswith("- ")
        if indent == 0 and not is_item:
            inside, section, depth, current = text.startswith("topology_template:"), "", -1, None
        elif inside and depth in (-1, indent) and not is_item:
            depth, level, current = indent, -1, None
            match = _KEY.match(text)
            section = match[4] if match and match[4] in SECTIONS else ""
        elif inside and section and level in (-1, indent):
            level = indent
            match = _KEY.match(text)
            current = Entry(match[4], number, match.start(4), number + 1, _type_in(match[5])) if match else None
            if current is not None:
                found[section].setdefault(current.name, current)
        elif inside and section and current is not None:
            end[section, current.name] = number + 1
            if not current.type and bare.startswith("type:"):
                current = found[section][current.name] = replace(current, type=_type_in(bare))
    for (place, name), last in end.items():
        found[place][name] = replace(found[place][name], end=last)
    return found


def _type_in(rest: str) -> str:
    match = _TYPE.search(rest)
    return match[1] if match else ""
