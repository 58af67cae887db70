import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.commit_log import MemoryLog
from vtnmd.cli import accounts
from vtnmd.cli.app import main
from vtnmd.northbound.access.passwords import is_password

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> MemoryLog:
    held = MemoryLog()

    @contextmanager
    def opened(_state: str, *, create: bool = True) -> Iterator[MemoryLog]:
        yield held

    monkeypatch.setattr(accounts, "open_store", opened)
    return held


def users(log: MemoryLog) -> dict[str, Any]:
    return {user["name"]: user for user in log.value("vtnmd-access:access")["user"]}


def test_a_password_is_made_and_shown_once_where_there_is_no_terminal(log: MemoryLog, capsys: Capture) -> None:
    assert main(["user", "add", "root"]) == 0
    shown = capsys.readouterr().out.split()[-1]
    assert is_password(users(log)["root"]["password"], shown)
    assert main(["user", "list"]) == 0
    told = capsys.readouterr().out
    assert told == "root  recovery, password\n"


def test_a_password_from_standard_input_is_not_shown(log: MemoryLog, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("open sesame\n"))
    assert main(["user", "add", "ann", "--password-stdin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"type": "user", "name": "ann"}
    assert is_password(users(log)["ann"]["password"], "open sesame")
    monkeypatch.setattr("sys.stdin", io.StringIO("another sesame\n"))
    assert main(["user", "password", "ann", "--password-stdin"]) == 0
    assert "another" not in capsys.readouterr().out
    assert is_password(users(log)["ann"]["password"], "another sesame")


def test_groups_tenants_and_keys(log: MemoryLog, capsys: Capture, tmp_path: Path) -> None:
    key = tmp_path / "laptop.pub"
    key.write_text("ssh-ed25519 AAAAC3Nz ann@laptop\n")
    assert main(["user", "add", "ann", "--no-password", "--group", "ops", "--tenant", "acme", "--tenant", "umbrella"]) == 0
    assert main(["user", "key", "ann", str(key)]) == 0
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "ann  recovery, key laptop, group ops, group tenant-acme, group tenant-umbrella\n"
    assert main(["user", "key", "ann", "--remove", "laptop"]) == 0
    assert main(["user", "remove", "ann"]) == 0
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "no users\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["remove", "eve"], "VTN-A003"),
        (["password", "eve"], "VTN-A003"),
        (["add", "a:b"], "VTN-A005"),
        (["key", "eve"], "VTN-U001"),
        (["key", "eve", "nowhere.pub"], "VTN-F001"),
    ],
)
def test_what_is_refused(log: MemoryLog, capsys: Capture, arguments: list[str], code: str) -> None:
    assert main(["user", *arguments]) == 2
    assert code in capsys.readouterr().err
    assert log.held.number == 0
