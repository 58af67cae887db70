import os
from pathlib import Path

import pytest

from vtnmd.southbound.ports import Rejected
from vtnmd.southbound.secrets import read_secret


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAST_PASSWORD", " s3cret ")
    assert read_secret("env:EAST_PASSWORD") == " s3cret "


@pytest.mark.parametrize("content", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_file_without_its_line_break(tmp_path: Path, content: str) -> None:
    (tmp_path / "password").write_bytes(content.encode())
    assert read_secret(f"file:{tmp_path}/password") == "s3cret"


def test_only_one_line_break_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("two\n\n")
    assert read_secret(f"file:{tmp_path}/password") == "two\n"


@pytest.mark.parametrize("reference", ["", "env:", "file:", "plain", "vault:x", "env:VTNMD_NOT_SET", "file:/nowhere/at/all"])
def test_what_is_not_there_is_refused_with_a_hint(reference: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read_secret(reference)
    assert refusal.value.diagnostic.code == "VTN-E001"
    assert refusal.value.diagnostic.hint


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_file_that_holds_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(Rejected):
        read_secret(f"file:{tmp_path}/password")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected):
        read_secret(f"file:{tmp_path}")


def test_text_of_no_known_form_is_not_repeated() -> None:
    """Somebody may have written the secret itself in place of its reference."""
    with pytest.raises(Rejected) as refusal:
        read_secret("hunter2")
    assert "hunter2" not in str(refusal.value.diagnostic.to_json())


def test_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAST_PASSWORD", "old")
    assert read_secret("env:EAST_PASSWORD") == "old"
    os.environ["EAST_PASSWORD"] = "new"
    assert read_secret("env:EAST_PASSWORD") == "new"
