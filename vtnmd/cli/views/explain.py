"""Diagnostic codes as text."""

import textwrap
from collections.abc import Iterator, Mapping

from rich.text import Text

from vtnmd.cli.views.text import joined
from vtnmd.domain.codes import Code
from vtnmd.domain.remedies import REMEDIES

_WIDTH = 100

LETTERS: Mapping[str, str] = {
    "F": "files and YAML",
    "T": "TOSCA",
    "Y": "YANG and intents",
    "I": "inventory",
    "G": "graph",
    "H": "hand-off to Heat",
    "R": "rendering",
    "P": "plans",
    "S": "state",
    "E": "endpoints and execution",
    "A": "accounts",
    "U": "usage",
}
"""What the letter of a code stands for."""


def show_code(name: str, code: Code) -> Text:
    """Title, explanation, what to do, exit code and error-tag."""
    parts = [code.explanation, *filter(None, [REMEDIES.get(name)])]
    told = "\n".join(textwrap.fill(part, _WIDTH, initial_indent="  ", subsequent_indent="  ") for part in parts)
    tail = f"  exit code {code.exit_code}, RFC 6241 error-tag {code.error_tag}"
    return Text.assemble((f"{name}: {code.title}", "bold"), "\n", told, "\n", (tail, "dim"))


def show_codes(codes: Mapping[str, Code]) -> Text:
    """Code and title of each, by letter."""
    return joined(_lines(codes))


def _lines(codes: Mapping[str, Code]) -> Iterator[Text]:
    for letter, meaning in LETTERS.items():
        found = {name: code for name, code in codes.items() if name.startswith(f"VTN-{letter}")}
        if found:
            yield Text(f"{letter}  {meaning}", style="bold")
        for name, code in found.items():
            yield Text(f"   {name}  {code.title}")
