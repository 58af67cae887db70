"""What the kinds of endpoint make of a parsed document: payload, undo and read trees (docs/architecture.md, "Payloads").

A new kind of endpoint is a new module with a `Form` and one line in `FORMS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vtnmd.domain.tree import Tree


@dataclass(frozen=True, slots=True)
class Rendered:
    """One resource: what puts it there, what removes it, how to see either, and which properties cannot change in place."""

    put: Tree
    remove: Tree
    present: Tree
    absent: Tree
    immutable: frozenset[str]


@dataclass(frozen=True, slots=True)
class Form:
    """How documents of one kind of endpoint are read.

    `parse` turns a template's output into a tree or raises ValueError; `shape` turns the trees that were rendered for the
    operations `replace` and `remove` into a Rendered or raises ValueError; `replace` joins a removal and what follows it; `merge`
    makes one payload of those of several changes; `one_request_per_wave` says whether a wave travels together, `transactional`
    whether requests of several endpoints can be committed together. `version` is part of every digest: raise it when the same
    document has another effect.
    """

    extension: str
    escape_xml: bool
    parse: Callable[[str], Tree]
    shape: Callable[[Tree, Tree], Rendered]
    replace: Callable[[Tree, Tree], Tree]
    merge: Callable[[Sequence[Tree]], Tree]
    one_request_per_wave: bool
    version: int
    transactional: bool = False
