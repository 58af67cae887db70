"""Enrolling what an endpoint shows in a file that others write too."""

from pathlib import Path

import pytest

from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.trusting import Shown, enrol

LINE = "router ssh-ed25519 AAAA\n"


def shown(file: Path) -> Shown:
    return Shown("host key", "SHA256:x", LINE, file, known=False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", LINE),
        ("other ssh-ed25519 BBBB\n", f"other ssh-ed25519 BBBB\n{LINE}"),
        ("other ssh-ed25519 BBBB", f"other ssh-ed25519 BBBB\n{LINE}"),
        ("# Käthe's router\n", f"# Käthe's router\n{LINE}"),
    ],
)
def test_it_becomes_a_line_of_its_own(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(before.encode("latin-1"))
    enrol(shown(file))
    assert file.read_bytes() == after.encode("latin-1")


def test_the_folder_is_made(tmp_path: Path) -> None:
    enrol(shown(tmp_path / "keys" / "known_hosts"))
    assert (tmp_path / "keys" / "known_hosts").read_text(encoding="ascii") == LINE


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(Invalid, match="VTN-F008"):
        enrol(shown(tmp_path / "keys" / "known_hosts"))
