"""TOSCA files in one form: indentation, spaces, quotes and blank lines. Keys stay in their order, and lines are kept.

The text is edited where it stands, between the tokens of YAML, so that comments, anchors, merge keys and block scalars stay what
they are (docs/adr/0023). Afterwards the events of YAML and the comments are compared with those before: a text whose meaning would
change is refused.
"""

import re
from collections.abc import Iterator

import yaml

from vtnmd.compiler.tosca.read import parse_document
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span
from vtnmd.language.formatting.indentation import indented
from vtnmd.language.formatting.spacing import spaced
from vtnmd.language.formatting.tokens import comments_of, tokens_of

_BOM = "\ufeff"
_OTHER_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


def formatted(content: bytes, name: str) -> bytes:
    """The content of a file in the one form, with its line endings.

    Raises Invalid (VTN-F…) where it cannot be read, or not be formatted safely.
    """
    parse_document(content, name)
    text = content.decode("utf-8")
    mark = _BOM if text.startswith(_BOM) else ""
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.removeprefix(_BOM).replace("\r\n", "\n")
    if _OTHER_BREAKS.search(plain):
        raise _unsafe(name, "it ends lines with something else than a line feed")
    found = indented(spaced(plain))
    if found is None or _meaning(found) != _meaning(plain):
        raise _unsafe(name, "it is laid out in a way that fmt does not know")
    return (mark + found.replace("\n", ending)).encode()


def _unsafe(name: str, reason: str) -> Invalid:
    hint = "format it by hand; vtnmd reads it as it is"
    return Invalid(Diagnostic("VTN-F015", f"the file is left as it is: {reason}", Span(name, 1, 1), hint))


def _meaning(text: str) -> tuple[list[tuple[str, ...]], list[str]] | None:
    """What must stay: the events of YAML, and the comments in their order; None where the text is no YAML."""
    try:
        return list(_events(text)), comments_of(text, tokens_of(text))
    except yaml.YAMLError:
        return None


def _events(text: str) -> Iterator[tuple[str, ...]]:
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yield type(event).__name__, str(getattr(event, "anchor", "")), str(getattr(event, "value", ""))
