"""YANG types whose values name something else: identities, instances, leaves (RFC 7950 sections 9.9, 9.10 and 9.13)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import DataType, Prefixes
from vtnmd.yang.values import Problem, shown, wrong_type

_QUOTED = """"[^"]*"|'[^']*'"""


def _paths(literal: str) -> str:
    """What instance identifiers look like whose keys are compared with `literal`."""
    name = r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?"
    return rf"(/{name}(\[(\s*(\.|{name})\s*=\s*({literal})|\s*[1-9][0-9]*)\s*\])*)+"


_INSTANCE_IDENTIFIER = re.compile(_paths(_QUOTED))
_NODE_INSTANCE_IDENTIFIER = re.compile(rf"/|{_paths(rf'{_QUOTED}|[$]USER')}")

_TOKENS = re.compile(r"""/|\[|\]|"[^"]*"|'[^']*'|=|\s+|[^/\[\]="'\s]+""")
_NAME = re.compile(r"[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class IdentityType:
    """identityref. `identities` are all that are derived from the bases, each as `module:name`."""

    base: str
    name: str
    module: str
    """The module of the leaf: its identities may stand without a prefix."""
    identities: frozenset[str]

    def problem(self, value: Json) -> Problem | None:
        if isinstance(value, str) and self.canonical(value) in self.identities:
            return None
        known = {identity.removeprefix(f"{self.module}:") for identity in self.identities}
        return Problem("VTN-Y211", f"{shown(value)} is no identity that is allowed here", near=(str(value), known))

    def canonical(self, value: Json) -> str:
        return value if ":" in value else f"{self.module}:{value}"

    def parse(self, text: str, prefixes: Prefixes) -> Json:
        prefix, colon, name = text.strip().rpartition(":")
        module = prefixes.module(prefix) if colon else prefixes.module("") or self.module
        return f"{module}:{name}" if module and name else None

    def text(self, value: Json, prefixes: Prefixes) -> str:
        module, _, name = self.canonical(value).partition(":")
        return f"{prefixes.prefix(module)}:{name}"


class _PathType:
    """Values that are paths of nodes with keys: in JSON their prefixes are names of modules."""

    __slots__ = ()

    def canonical(self, value: Json) -> str:
        return str(value)

    def parse(self, text: str, prefixes: Prefixes) -> Json:
        """Names are qualified where the module changes (RFC 7951 section 6.11)."""
        return _requalify(text.strip(), prefixes.module, keep_repeated=False)

    def text(self, value: Json, prefixes: Prefixes) -> str:
        return _requalify(value, prefixes.prefix, keep_repeated=True) or ""


@dataclass(frozen=True, slots=True)
class InstanceIdentifierType(_PathType):
    base: str
    name: str
    require_instance: bool

    def problem(self, value: Json) -> Problem | None:
        if isinstance(value, str) and _INSTANCE_IDENTIFIER.fullmatch(value):
            return None
        return wrong_type("instance identifier", value)


@dataclass(frozen=True, slots=True)
class NodeInstanceIdentifierType(_PathType):
    """`node-instance-identifier` of RFC 8341: keys may be left out, compared with `$USER`, and `/` is everything."""

    base: str
    name: str

    def problem(self, value: Json) -> Problem | None:
        if isinstance(value, str) and _NODE_INSTANCE_IDENTIFIER.fullmatch(value):
            return None
        return wrong_type("path of nodes with keys", value)


def _requalify(path: str, translate: Callable[[str], str | None], *, keep_repeated: bool) -> str | None:
    """The instance identifier with each prefix translated; None if one is not known.

    A name in a predicate has the prefix of its step where it has none. `keep_repeated` says whether names whose prefix is that of
    the step before are written with it.
    """
    pieces: list[str] = []
    step_prefix, before = "", ""
    for token in _TOKENS.findall(path):
        if not _NAME.match(token):
            pieces.append(token)
        else:
            prefix, _, local = token.rpartition(":")
            module = translate(prefix or step_prefix)
            if module is None:
                return None
            repeated = bool(step_prefix) and module == translate(step_prefix)
            pieces.append(local if repeated and not keep_repeated else f"{module}:{local}")
            if before == "/" and prefix:
                step_prefix = prefix
        before = token if token.strip() else before
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class LeafrefType:
    """`target` is the type of the leaf referred to; `path` the member names of that leaf from the top."""

    base: str
    name: str
    target: DataType
    path: tuple[str, ...]
    expression: str
    require_instance: bool

    def problem(self, value: Json) -> Problem | None:
        return self.target.problem(value)

    def canonical(self, value: Json) -> str:
        return self.target.canonical(value)

    def parse(self, text: str, prefixes: Prefixes) -> Json:
        return self.target.parse(text, prefixes)

    def text(self, value: Json, prefixes: Prefixes) -> str:
        return self.target.text(value, prefixes)
