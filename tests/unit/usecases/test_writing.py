"""Files that a user names are replaced as a whole; what is no file is written to."""

import os
import threading
from pathlib import Path

import pytest

from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.writing import write_bytes, write_text


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    place = tmp_path / "plan.json"
    place.write_text("old")
    place.chmod(0o640)
    write_text("new", place)
    assert place.read_text() == "new"
    assert place.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [place]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_bytes(b"new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_bytes(b"through", pipe)
    reader.join()
    assert found == [b"through"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("place", ["", "folder", "nowhere/file", "circle"])
def test_what_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Invalid, match="VTN-F008"):
        write_bytes(b"", tmp_path / place if place else Path())
    assert {each.name for each in tmp_path.iterdir()} == {"folder", "circle"}
