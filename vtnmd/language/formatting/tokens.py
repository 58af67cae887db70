"""The tokens of a YAML text with their places, and the comments between them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is that of PyYAML, without `Token`. Lines and columns count from 0; `style` is that of a scalar."""

    kind: str
    line: int
    column: int
    end_line: int
    end_column: int
    value: str = ""
    style: str = ""


def tokens_of(text: str) -> list[Token]:
    """The tokens that cover some text. Raises yaml.YAMLError."""
    found = []
    for raw in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        start, end = raw.start_mark, raw.end_mark
        if (start.line, start.column) != (end.line, end.column):
            value, style = getattr(raw, "value", ""), getattr(raw, "style", "")
            kind = type(raw).__name__.removesuffix("Token")
            found.append(Token(kind, start.line, start.column, end.line, end.column, str(value), style or ""))
    return found


def comments_of(text: str, tokens: Sequence[Token]) -> list[str]:
    """The comments outside of tokens, without the blanks around them."""
    lines = text.split("\n")
    found = []
    line, column = 0, 0
    ends = [
        *((token.line, token.column, token.end_line, token.end_column) for token in tokens),
        (len(lines) - 1, len(lines[-1]), 0, 0),
    ]
    for start_line, start_column, end_line, end_column in ends:
        for number in range(line, start_line + 1):
            first = column if number == line else 0
            last = start_column if number == start_line else len(lines[number])
            match = _COMMENT.search(lines[number][:last], first)
            if match:
                found.append(match[0].rstrip())
        line, column = end_line, end_column
    return found
