"""Who the user is comes from the login and from the kernel, never from what the user may set."""

import os
import pwd
from pathlib import Path

import pytest

from vtnmd.cli import user


def name_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@pytest.fixture(autouse=True)
def _boasting(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("USER", "LOGNAME", "SUDO_USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "mallory")


@pytest.mark.parametrize(("logged_in", "number"), [("0", 0), ("7654321", 7654321), ("4294967295", None), ("", None), (None, None)])
def test_the_login_counts_and_without_one_the_real_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged_in: str | None, number: int | None
) -> None:
    file = tmp_path / "loginuid"
    if logged_in is not None:
        file.write_text(logged_in, encoding="ascii")
    monkeypatch.setattr(user, "_LOGIN", file)
    assert user.user_name() == name_of(os.getuid() if number is None else number)
