"""First phase: a file becomes one YAML document with the place of every node, or everything that is wrong with it as YAML.

Reports VTN-F001 (unreadable), F002 (not UTF-8), F003 (too large), F004 (syntax), F005 (duplicate keys), F006 (tags), F007 (alias
expansion) and F009 (depth). The C parser is used where PyYAML has it. No tag is ever interpreted and no object constructed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar
from vtnmd.compiler.tosca.library import Files, read_file
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span

try:
    from yaml._yaml import CParser as _FastParser
except ImportError:  # PyYAML without libyaml
    _FastParser = None  # type: ignore[assignment,misc]

_CORE = "tag:yaml.org,2002:"
_STRING = _CORE + "str"
_SCALAR_TAGS = frozenset(_CORE + name for name in ("str", "int", "float", "bool", "null"))
_REPEATED = "VTN-F005"
_PLAIN, _QUOTED, _COLLECTION = "plain", "quoted", "collection"


@dataclass(frozen=True, slots=True)
class Limits:
    """What protects against hostile files: octets of a file, levels of nesting, nodes that aliases may add."""

    file_size: int = 16 * 1024 * 1024
    depth: int = 100
    alias_nodes: int = 200_000


DEFAULT_LIMITS = Limits()


_DEPTH = "nesting depth"
"""What libyaml says where it gives up."""


class _TooDeepError(Exception):
    def __init__(self, mark: Any) -> None:
        super().__init__()
        self.mark = mark


class _Composition:
    """Hooks of a PyYAML composer: tags stay symbolic, so that nothing is resolved by YAML 1.1 rules, and depth is counted."""

    levels = 0
    limit = DEFAULT_LIMITS.depth

    def resolve(self, kind: type, value: object, implicit: Any) -> str:  # noqa: ARG002
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return _PLAIN if implicit[0] else _QUOTED

    def descend_resolver(self, parent: Any, index: object) -> None:  # noqa: ARG002
        self.levels += 1
        if self.levels > self.limit:
            raise _TooDeepError(parent.start_mark)

    def ascend_resolver(self) -> None:
        self.levels -= 1


class PlainComposer(_Composition, yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer):
    """PyYAML in Python."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)


if _FastParser is None:
    _Composer: type[Any] = PlainComposer
else:

    class FastComposer(_Composition, _FastParser):
        """libyaml."""

    _Composer = FastComposer


def read_document(path: Path, limits: Limits = DEFAULT_LIMITS) -> YamlMap:
    """The mapping that a file holds. Raises Invalid with everything that is wrong with the file as YAML."""
    return parse_document(read_file(Files(str(path)), str(path), limits.file_size), str(path), limits)


def parse_document(content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> YamlMap:
    """The mapping that a file's content holds; `name` is what places in it are called by. Raises Invalid."""
    document, repeated = parse_leniently(content, name, limits)
    if repeated:
        raise Invalid(*repeated)
    return document


def parse_leniently(content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> tuple[YamlMap, tuple[Diagnostic, ...]]:
    """The mapping, of whose repeated keys the first stands, and a diagnostic for each repetition. Raises Invalid for all else."""
    text = _decoded(content, name)
    try:
        root = _composed(text, limits)
    except _TooDeepError as error:
        raise Invalid(_too_deep(error.mark, name, limits)) from None
    except RecursionError:
        raise Invalid(Diagnostic("VTN-F009", f"nested deeper than {limits.depth} levels", Span(name, 1, 1))) from None
    except yaml.YAMLError as error:
        raise Invalid(_syntax(error, text, name)) from None
    if root is None:
        raise Invalid(Diagnostic("VTN-F004", "the file is empty", Span(name, 1, 1)))
    conversion = _Conversion(name, limits, "&" in text)
    document = conversion.node(root)
    if not conversion.problems and not isinstance(document, YamlMap):
        conversion.problems.append(Diagnostic("VTN-F004", "the file must hold a mapping", document.span))
    if not isinstance(document, YamlMap) or any(problem.code != _REPEATED for problem in conversion.problems):
        raise Invalid(*conversion.problems)
    return document, tuple(conversion.problems)


def _composed(text: str, limits: Limits) -> Any:
    """PyYAML's root node. Raises _TooDeepError, RecursionError or YAMLError."""
    try:
        return _rooted(_Composer(text), limits)
    except yaml.scanner.ScannerError as error:
        if _DEPTH not in (error.problem or ""):
            raise
        return _rooted(PlainComposer(text), limits)  # libyaml has a limit of its own, and tells no place that would help


def _rooted(composer: Any, limits: Limits) -> Any:
    composer.limit = limits.depth
    return composer.get_single_node()


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        summary = f"octet 0x{content[error.start]:02x} is not UTF-8"
        raise Invalid(Diagnostic("VTN-F002", summary, Span(name, line, column), hint="save the file as UTF-8")) from None


def _syntax(error: yaml.YAMLError, text: str, name: str) -> Diagnostic:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        span = Span(name, mark.line + 1, mark.column + 1) if mark else Span(name, 1, 1)
        summary = error.problem or "not valid YAML"
        return Diagnostic("VTN-F004", summary, span, detail=error.context or "", hint=_syntax_hint(summary))
    position = getattr(error, "position", 0)
    before = text[:position]
    span = Span(name, before.count("\n") + 1, position - before.rfind("\n"))
    return Diagnostic("VTN-F004", f"not valid YAML: {getattr(error, 'reason', 'unreadable character')}", span)


def _syntax_hint(summary: str) -> str:
    if "token" in summary and "cannot start" in summary:
        return "indent with spaces, and quote values that begin with a special character"
    return "quote values that hold ': ' or ' #'" if "mapping values" in summary else ""


def _too_deep(mark: Any, name: str, limits: Limits) -> Diagnostic:
    return Diagnostic("VTN-F009", f"nested deeper than {limits.depth} levels", Span(name, mark.line + 1, mark.column + 1))


class _Conversion:
    """From PyYAML's nodes to ours. `aliased` tells whether the text can hold anchors at all; if not, no node is met twice."""

    def __init__(self, name: str, limits: Limits, aliased: bool) -> None:
        self.name = name
        self.limits = limits
        self.aliased = aliased
        self.problems: list[Diagnostic] = []
        self.added = 0
        self.known: dict[int, tuple[YamlNode | None, int]] = {}
        self.count = 0

    def node(self, raw: Any) -> YamlNode:
        self.count += 1
        if raw.__class__ is yaml.ScalarNode:
            return self.scalar(raw)
        if not self.aliased:
            return self.collection(raw)
        if id(raw) in self.known:
            return self.alias(raw)
        self.known[id(raw)] = (None, 0)
        before = self.count
        converted = self.collection(raw)
        self.known[id(raw)] = (converted, self.count - before + 1)
        return converted

    def alias(self, raw: Any) -> YamlNode:
        """The node that an anchor stands for, as long as all aliases together stay within the limit."""
        converted, size = self.known[id(raw)]
        if converted is None:
            self.report("VTN-F007", "an alias stands inside of what it stands for", raw)
            return self.nothing(raw)
        self.added += size
        self.count += size
        if self.added > self.limits.alias_nodes:
            self.problems = [problem for problem in self.problems if problem.code != "VTN-F007"]
            self.report("VTN-F007", f"aliases expand to more than {self.limits.alias_nodes} nodes", raw)
            raise Invalid(*self.problems)
        return converted

    def scalar(self, raw: Any) -> YamlScalar:
        tag, start, end = raw.tag, raw.start_mark, raw.end_mark
        plain = tag is _PLAIN
        if not plain and tag is not _QUOTED:
            plain = tag != _STRING
            if tag not in _SCALAR_TAGS:
                self.report("VTN-F006", f"the tag {tag} is not read", raw, "write plain YAML without tags")
        line, column = start.line, start.column + 1
        return YamlScalar(raw.value, plain, self.name, line + 1, column, end.column + 1 if end.line == line else column)

    def collection(self, raw: Any) -> YamlList | YamlMap:
        is_list = raw.__class__ is yaml.SequenceNode
        if raw.tag is not _COLLECTION and raw.tag != _CORE + ("seq" if is_list else "map"):
            self.report("VTN-F006", f"the tag {raw.tag} is not read", raw, "write plain YAML without tags")
        children = raw.value
        if not self.aliased:
            raw.value = None  # a large file is then never held twice
        start, end = raw.start_mark, raw.end_mark
        line, column = start.line, start.column + 1
        end_column = end.column + 1 if end.line == line else column
        if is_list:
            return YamlList(tuple(self.node(child) for child in children), self.name, line + 1, column, end_column)
        entries, keys = self.mapping(children)
        return YamlMap(entries, keys, self.name, line + 1, column, end_column)

    def mapping(self, children: list[tuple[Any, Any]]) -> tuple[dict[str, YamlNode], dict[str, YamlScalar]]:
        entries: dict[str, YamlNode] = {}
        keys: dict[str, YamlScalar] = {}
        merged: list[YamlNode] = []
        for raw_key, raw_value in children:
            if raw_key.__class__ is not yaml.ScalarNode:
                self.report("VTN-F004", "a key must be a plain value", raw_key)
                continue
            key, value = self.scalar(raw_key), self.node(raw_value)
            if key.text == "<<" and key.plain:
                merged.append(value)
            elif key.text in keys:
                first = keys[key.text]
                hint = f"the first one stands at line {first.line}, column {first.column}"
                self.problems.append(Diagnostic(_REPEATED, f"duplicate key {key.text[:80]!r}", key.span, hint))
            else:
                keys[key.text], entries[key.text] = key, value
        for value in merged:
            self.merge(value, entries, keys)
        return entries, keys

    def merge(self, value: YamlNode, entries: dict[str, YamlNode], keys: dict[str, YamlScalar]) -> None:
        """What a merge key brings in: a mapping, or several of which the first wins. Own keys always win."""
        for source in value.items if isinstance(value, YamlList) else (value,):
            if not isinstance(source, YamlMap):
                self.problems.append(Diagnostic("VTN-F004", "a merge key takes a mapping or a list of mappings", source.span))
                continue
            for key, node in source.entries.items():
                if key not in entries:
                    entries[key], keys[key] = node, source.keys[key]

    def nothing(self, raw: Any) -> YamlScalar:
        return YamlScalar("", True, self.name, raw.start_mark.line + 1, raw.start_mark.column + 1, 0)

    def report(self, code: str, summary: str, raw: Any, hint: str = "") -> None:
        mark = raw.start_mark
        self.problems.append(Diagnostic(code, summary, Span(self.name, mark.line + 1, mark.column + 1), hint))
