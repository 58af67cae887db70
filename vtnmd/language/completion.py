"""What may be written at a place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vtnmd.compiler.tosca import scalars
from vtnmd.compiler.tosca.schema import PRIMITIVES
from vtnmd.compiler.tosca.values import FUNCTIONS
from vtnmd.language.documentation import about_type, choices
from vtnmd.language.keynames import KEYNAMES
from vtnmd.language.place import place_at
from vtnmd.language.roles import Keynames, Literals, Members, Role, TemplateNames, TypeNames, Value, View, role_at, taken_at


class What(StrEnum):
    """What an item is, for its icon."""

    KEYNAME = "keyname"
    TYPE = "type"
    PROPERTY = "property"
    REFERENCE = "reference"
    VALUE = "value"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Item:
    """`text` takes the place of the word; `told` is Markdown. Better ones have a lower `rank`."""

    label: str
    what: What
    text: str
    detail: str = ""
    told: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """Items for the columns `start` to `end` of the line."""

    items: tuple[Item, ...]
    start: int
    end: int


NOTHING = Completion((), 0, 0)


def complete(lines: Sequence[str], line: int, column: int, view: View) -> Completion:
    """What fits at a position, counted from 0; the client drops what does not begin like the word there."""
    place = place_at(lines, line, column, whole=False)
    role = role_at(place, view) if place else None
    if place is None or role is None:
        return NOTHING
    rest = lines[line][place.end :] if line < len(lines) else ""
    colon = "" if rest.lstrip().startswith(":") else ": "
    return Completion(tuple(_items(role, view, taken_at(place) if place.is_key else frozenset(), colon)), place.start, place.end)


def _items(role: Role, view: View, taken: frozenset[str], colon: str) -> Iterator[Item]:
    match role:
        case Keynames(names):
            return (Item(name, What.KEYNAME, name + colon, told=KEYNAMES.get(name, "")) for name in names if name not in taken)
        case Members():
            return _members(role, taken, colon)
        case TypeNames(section):
            return _types(section, view)
        case TemplateNames():
            return _templates(role, view)
        case Value():
            return _values(role)
        case Literals(words):
            return (Item(word, What.VALUE, word) for word in words)
    return iter(())


def _members(role: Members, taken: frozenset[str], colon: str) -> Iterator[Item]:
    for name, member in role.known.items():
        if member.usable and (role.repeated or name not in taken):
            yield Item(name, What.PROPERTY, name + colon, role.kind, member.told)


def _types(section: str, view: View) -> Iterator[Item]:
    """The types by their own names, those of the file before those that ship with vtnmd, and these before TOSCA's."""
    for name in sorted(PRIMITIVES) if section == "data_types" else ():
        yield Item(name, What.TYPE, name)
    for name, definition in view.vocabulary.named(section).items():
        if definition.name == name or (":" in name and not name.startswith("tosca:")):
            rank = 2 if name.startswith("tosca.") else 1 if name.startswith("vtnmd.") else 0
            yield Item(name, What.TYPE, name, told=about_type(definition), rank=rank)


def _templates(role: TemplateNames, view: View) -> Iterator[Item]:
    """The templates that fit, and those whose type is not known so far."""
    for section in role.sections:
        types = view.vocabulary.named("group_types" if section == "groups" else "node_types")
        for name, entry in view.outline.get(section, {}).items():
            definition = types.get(entry.type)
            if not role.wanted or definition is None or any(wanted in definition.ancestry for wanted in role.wanted):
                yield Item(name, What.REFERENCE, name, entry.type)
    for word in role.words:
        yield Item(word, What.VALUE, word, rank=1)


def _values(role: Value) -> Iterator[Item]:
    for value in choices(role.schema, role.node):
        yield Item(value, What.VALUE, value)
    if role.schema.kind in scalars.UNITS:
        for unit in scalars.UNITS[role.schema.kind]:
            yield Item(f"1 {unit}", What.VALUE, f"1 {unit}", rank=1)
    if role.schema.kind == "list" and role.schema.entry is not None:
        for value in choices(role.schema.entry, role.node):
            yield Item(value, What.VALUE, f"[ {value} ]")
    for name in sorted(FUNCTIONS):
        yield Item(name, What.FUNCTION, f"{{ {name}: }}", "function", rank=3)
