"""Pieces of text that several views use."""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text

from vtnmd.domain.plan import Action

STYLES = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.REPLACE: "magenta", Action.DELETE: "bold red"}
_REPLACEMENT = "\ufffd"


def plain(text: str) -> str:
    """`text` without characters that would steer a terminal or break a line."""
    return "".join(character if character.isprintable() else _REPLACEMENT for character in text.replace("\t", "    "))


def counted(number: int, noun: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def joined(lines: Iterable[Text]) -> Text:
    """The lines as one text, without a line break at the end."""
    return Text("\n").join(lines)


def aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell; the last one is left as it is."""
    table = list(rows)
    columns = max((len(row) for row in table), default=0)
    widths = [max((cell_len(row[column]) for row in table if column < len(row)), default=0) for column in range(columns)]
    return ["  ".join(_padded(cell, widths[column]) for column, cell in enumerate(row)).rstrip() for row in table]


def side_by_side(blocks: list[list[Text]], width: int, gap: int = 3) -> list[Text]:
    """Blocks of lines in columns where they fit the width, else one below the other with an empty line between."""
    widths = [max((line.cell_len for line in block), default=0) for block in blocks]
    if len(blocks) < 2 or sum(widths) + gap * (len(blocks) - 1) > width:
        lines: list[Text] = []
        for position, block in enumerate(blocks):
            lines += [Text(""), *block] if position else block
        return lines
    merged = []
    for row in range(max(len(block) for block in blocks)):
        line = Text()
        for block, block_width in zip(blocks, widths, strict=True):
            cell = block[row] if row < len(block) else Text("")
            line.append_text(cell)
            line.append(" " * (block_width - cell.cell_len + gap))
        line.rstrip()
        merged.append(line)
    return merged


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
