"""Blanks between the tokens of a line, and quotes that are not needed."""

import re
from itertools import pairwise

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from vtnmd.compiler.tosca.document import YamlScalar, native_scalar
from vtnmd.language.formatting.tokens import Token, tokens_of

_OPENING = frozenset({"FlowMappingStart", "FlowSequenceStart"})
_CLOSING = frozenset({"FlowMappingEnd", "FlowSequenceEnd"})
_PLAIN = re.compile(r"[A-Za-z0-9/](?:[A-Za-z0-9_./+@ -]*[A-Za-z0-9_/])?")
_TEXT = "tag:yaml.org,2002:str"
_YAML_1_1 = Resolver()


def spaced(text: str) -> str:
    """The text with one blank where blanks separate tokens: `{ a: 1, b: [ 2, 3 ] }`, and plain scalars where quotes say nothing."""
    lines = text.split("\n")
    edits: list[tuple[int, int, int, str]] = []
    tokens = tokens_of(text)
    edits += [
        (token.line, token.column, token.end_column, token.value)
        for token in tokens
        if token.style in ("'", '"') and token.line == token.end_line and _needs_no_quotes(token.value)
    ]
    for first, second in pairwise(tokens):
        if first.end_line != second.line:
            continue
        between = lines[second.line][first.end_column : second.column]
        wanted = _gap(first, second)
        if wanted is not None and between != wanted and not between.strip(" \t"):
            edits.append((second.line, first.end_column, second.column, wanted))
    for line, start, end, written in sorted(edits, reverse=True):
        lines[line] = lines[line][:start] + written + lines[line][end:]
    return "\n".join(lines)


def _gap(first: Token, second: Token) -> str | None:
    """What stands between two tokens of a line; None for what is left as it is."""
    if first.kind in _OPENING:
        return "" if second.kind in _CLOSING else " "
    if second.kind == "FlowEntry":
        return ""
    if second.kind == "Value":
        return "" if first.kind == "Scalar" else None
    if second.kind in _CLOSING or first.kind in ("FlowEntry", "Value"):
        return " "
    return None


def _needs_no_quotes(value: str) -> bool:
    """Whether a text is the same text without quotes, for YAML 1.1 too, which sees numbers, dates and booleans in more of them."""
    if not _PLAIN.fullmatch(value) or not isinstance(native_scalar(YamlScalar(value, True, "", 0, 0, 0)), str):
        return False
    return bool(_YAML_1_1.resolve(ScalarNode, value, (True, False)) == _TEXT)  # type: ignore[no-untyped-call]  # not in the stubs
