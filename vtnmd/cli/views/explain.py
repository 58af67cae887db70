"""A diagnostic code as text."""

import textwrap

from rich.text import Text

from vtnmd.domain.codes import Code

_WIDTH = 100


def show_code(name: str, code: Code) -> Text:
    """Title, explanation, exit code and error-tag."""
    explanation = textwrap.fill(code.explanation, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    tail = f"  exit code {code.exit_code}, RFC 6241 error-tag {code.error_tag}"
    return Text.assemble((f"{name}: {code.title}", "bold"), "\n", explanation, "\n", (tail, "dim"))
