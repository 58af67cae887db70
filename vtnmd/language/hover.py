"""What is told of the word at a position."""

from collections.abc import Sequence
from dataclasses import dataclass

from vtnmd.language.documentation import about_type
from vtnmd.language.keynames import KEYNAMES
from vtnmd.language.place import Place, place_at
from vtnmd.language.roles import Members, Role, TemplateNames, TypeNames, View, role_at


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown for the columns `start` to `end` of the line."""

    told: str
    start: int
    end: int


def hover(lines: Sequence[str], line: int, column: int, view: View) -> Hover | None:
    """Of a property, requirement or capability what the type and YANG say, of a type what it declares, of a node its type."""
    place = place_at(lines, line, column, whole=True)
    if place is None or not place.word:
        return None
    told = _told(place, role_at(place, view), view)
    return Hover(told, place.start, place.end) if told else None


def _told(place: Place, role: Role | None, view: View) -> str:
    word = place.word
    match role:
        case Members(known=known) if word in known:
            return known[word].told
        case TypeNames(section) if word in view.vocabulary.named(section):
            return about_type(view.vocabulary.named(section)[word])
        case TemplateNames(sections):
            return next((told for section in sections if (told := _about_entry(section, word, view))), "")
    return f"**{word}**\n\n{KEYNAMES[word]}" if place.is_key and word in KEYNAMES else ""


def _about_entry(section: str, name: str, view: View) -> str:
    entry = view.outline.get(section, {}).get(name)
    if entry is None:
        return ""
    types = view.vocabulary.named("group_types" if section == "groups" else "node_types")
    definition = types.get(entry.type)
    return f"**{name}**: {entry.type or section}" + (f"\n\n{about_type(definition)}" if definition else "")
