"""Commands that write one JSON document: to the screen, or to a file."""

import json
from pathlib import Path

from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.domain.tree import Json
from vtnmd.usecases.writing import write_text


def write_document(document: Json, output: Path | None, *, record: str, word: str) -> None:
    """Show a document, or write it to the file `output`.

    `record` is the type that the document has where output is JSON lines; `word` is its member there, and what a person is told was
    written.
    """
    screen = current()
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if output is None:
        screen.record(record, {word: document})
        screen.data(Text(text))
        return
    write_text(f"{text}\n", output)
    screen.record("file", {"path": str(output)})
    screen.say(Text(f"{word} written to {output}"))
