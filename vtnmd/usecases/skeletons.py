"""Skeletons: folders with everything that a designer needs to begin with, under the designer's own names."""

import re
from collections.abc import Mapping
from pathlib import Path

from vtnmd.assets import SKELETONS
from vtnmd.domain.diagnostics import Diagnostic, Invalid

_PLACEHOLDER = "@NAME@"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,38}")


def skeleton(kind: str, name: str) -> Mapping[str, str]:
    """Relative path → content of the skeleton `kind`, composite or device. Raises Invalid (VTN-U001) for a name that is none."""
    if not _NAME.fullmatch(name) or name.startswith("vtnmd"):
        hint = "take letters, digits, hyphens and underscores, at most 39, beginning with a letter and not with vtnmd"
        raise Invalid(Diagnostic("VTN-U001", f"{name[:80]!r} cannot be the name of a {kind}", hint=hint))
    top = SKELETONS / kind
    return {
        path.relative_to(top).as_posix().replace(_PLACEHOLDER, name): path.read_text(encoding="utf-8").replace(_PLACEHOLDER, name)
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }


def write_skeleton(files: Mapping[str, str], folder: Path) -> None:
    """Write the files below a folder, which is made. Raises Invalid (VTN-F022) where one of them is there, VTN-F008."""
    there = [folder / name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        hint = "name another folder with -o, or take it away"
        raise Invalid(*(Diagnostic("VTN-F022", f"{path} is there already, and nothing was written", hint=hint) for path in there))
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
    except OSError as error:
        place = error.filename or folder
        raise Invalid(Diagnostic("VTN-F008", f"{place} cannot be written: {error.strerror}", hint="name another folder")) from None
