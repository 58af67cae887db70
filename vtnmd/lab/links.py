"""Links of a lab's backbone that were taken down. They stand in a file of the lab, which every region's probe agent reads."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.lab.layout import Lab
from vtnmd.lab.record import LabError

_FILE = "down-links.json"

Ends = frozenset[str]
"""The two nodes that a link joins, in no order."""


def down_links(lab: Lab) -> Mapping[Ends, float]:
    """The links that are down, and since when in seconds since the epoch."""
    try:
        entries = json.loads(lab.file(_FILE).read_text(encoding="utf-8"))
        return {frozenset({str(entry["a"]), str(entry["b"])}): float(entry["since"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def set_link(lab: Lab, a: str, b: str, *, down: bool, now: float) -> None:
    """Take a link down, or up again; one that is so already stays so. Raises LabError where there is no such link."""
    ends = frozenset({a, b})
    known = sorted(f"{link['a']} – {link['b']}" for link in lab.backbone()["link"])
    if ends not in {frozenset({link["a"], link["b"]}) for link in lab.backbone()["link"]}:
        hint = f"links of this lab: {', '.join(known)}"
        raise LabError(Diagnostic("VTN-U017", f"the lab has no link {a} – {b}", hint=hint))
    found = dict(down_links(lab))
    if down:
        found.setdefault(ends, now)
    else:
        found.pop(ends, None)
    _write(lab.file(_FILE), found)


def forget_links(lab: Lab) -> None:
    """All links are up."""
    lab.file(_FILE).unlink(missing_ok=True)


def _write(file: Path, found: Mapping[Ends, float]) -> None:
    """In one piece, for agents may be reading. Raises LabError."""
    entries = [{"a": min(ends), "b": max(ends), "since": since} for ends, since in found.items()]
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        problem = Diagnostic("VTN-F008", f"cannot write {file}: {error.strerror}", hint="check the folder of the lab")
        raise LabError(problem) from None
