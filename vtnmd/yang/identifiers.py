"""Instance identifiers (RFC 7950 section 9.13) for error-paths, and the namespaces that their prefixes stand for."""

from collections.abc import Callable, Mapping
from functools import partial

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Path
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema


class Identifier:
    """`text` is the XPath, `namespaces` maps each prefix in it to its namespace.

    Whoever reads a document has one for each place, and most are never shown: they are spelled only where they are.
    """

    __slots__ = ("_above", "_namespaces", "_spell", "_text")

    def __init__(self, text: str = "", namespaces: Mapping[str, str] | None = None) -> None:
        self._text: str | None = text
        self._namespaces = dict(namespaces or {})
        self._above: Identifier | None = None
        self._spell: _Spell | None = None

    @property
    def text(self) -> str:
        return self._spelled()[0]

    @property
    def namespaces(self) -> dict[str, str]:
        return self._spelled()[1]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Identifier({self.text!r}, {self.namespaces!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identifier) and self._spelled() == other._spelled()

    def __hash__(self) -> int:
        return hash(self.text)

    def below(self, schema: Schema, node: SchemaNode, *predicates: tuple[SchemaNode | None, str]) -> "Identifier":
        """One step further: to an instance of `node`, told apart by (key leaf, value) pairs; no leaf: the value itself."""
        return self._further(partial(_step, schema, node, predicates))

    def entry(self, schema: Schema, node: SchemaNode, value: Json, position: int) -> "Identifier":
        """One step further: to an entry of a list, told apart by its keys where it has all of them, else by its position."""
        return self._further(partial(_entry_step, schema, node, value, position))

    def at(self, position: int) -> "Identifier":
        """The same with a position, counted from 1, for entries that no key tells apart."""
        return self._further(lambda _: f"[{position}]")

    def _further(self, spell: "_Spell") -> "Identifier":
        further = Identifier()
        further._text, further._above, further._spell = None, self, spell
        return further

    def _spelled(self) -> tuple[str, dict[str, str]]:
        if self._text is None:
            namespaces: dict[str, str] = {}
            self._text = "".join([piece(namespaces) for piece in self._pieces()])
            self._namespaces = namespaces
        return self._text, self._namespaces

    def _pieces(self) -> list["_Spell"]:
        """What it is written by, from the top on."""
        steps: list[_Spell] = []
        at: Identifier | None = self
        while at is not None:
            steps.append(at._spell or at._known)  # noqa: SLF001 -- of its own class
            at = at._above  # noqa: SLF001
        return steps[::-1]

    def _known(self, namespaces: dict[str, str]) -> str:
        namespaces.update(self._namespaces)
        return self._text or ""


_Spell = Callable[[dict[str, str]], str]
"""Writes one step, and notes the namespaces of its prefixes."""


def _step(
    schema: Schema, node: SchemaNode, predicates: tuple[tuple[SchemaNode | None, str], ...], namespaces: dict[str, str]
) -> str:
    pieces = ["/", _name(schema, node, namespaces)]
    for leaf, value in predicates:
        pieces += ["[", _name(schema, leaf, namespaces) if leaf else ".", "=", _quoted(value), "]"]
    return "".join(pieces)


def _name(schema: Schema, node: SchemaNode, namespaces: dict[str, str]) -> str:
    module = schema.modules[node.module]
    namespaces[module.prefix] = module.namespace
    return f"{module.prefix}:{node.name}"


def _quoted(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"


def instance_identifier(schema: Schema, document: Json, path: Path, root: SchemaNode | None = None) -> Identifier:
    """The identifier of the instance at a path of member names and indexes. What the schema does not know ends it."""
    node, value, found = root or schema.root, document, Identifier()
    steps = list(path)
    while steps:
        child = node.children.get(str(steps.pop(0)))
        if child is None:
            break
        value = value.get(child.member) if isinstance(value, dict) else None
        if child.repeated and steps and isinstance(steps[0], int):
            index = steps.pop(0)
            value = value[index] if isinstance(value, list) and isinstance(index, int) and index < len(value) else None
            found = _entry(schema, found, child, value, int(index))
        else:
            found = found.below(schema, child)
        node = child
    return found


def _entry(schema: Schema, parent: Identifier, node: SchemaNode, value: Json, index: int) -> Identifier:
    if node.type is not None:
        known = node.type.problem(value) is None
        return parent.below(schema, node, (None, node.type.canonical(value))) if known else parent.below(schema, node).at(index + 1)
    return parent.entry(schema, node, value, index + 1)


def _entry_step(schema: Schema, node: SchemaNode, value: Json, position: int, namespaces: dict[str, str]) -> str:
    held = value if isinstance(value, dict) else {}
    keys = [(node.children[key], held.get(key, held.get(f"{node.module}:{key}"))) for key in node.keys]
    if not keys or any(leaf.type is None or leaf.type.problem(text) is not None for leaf, text in keys):
        return f"{_step(schema, node, (), namespaces)}[{position}]"
    return _step(schema, node, tuple((leaf, leaf.type.canonical(text)) for leaf, text in keys if leaf.type), namespaces)
