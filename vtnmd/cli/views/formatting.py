"""What formatting changes, as a unified diff."""

import difflib

from rich.text import Text

from vtnmd.cli.views.text import joined, plain

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def show_formatting(name: str, before: bytes, after: bytes) -> Text:
    """The difference that `patch` could apply, but for line ends other than a line feed."""
    old, new = (content.decode("utf-8", "replace").splitlines() for content in (before, after))
    lines = difflib.unified_diff(old, new, name, f"{name} (formatted)", lineterm="")
    return joined([Text(plain(line), style=_STYLES.get(line[:1], "")) for line in lines])
