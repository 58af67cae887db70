"""Karaf as a process within the namespaces: started, awaited, asked, and ended together with standard input."""

import base64
import http.client
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lab.commands import LabError, say
from lab.isolation import READY

PORT = 8181
USERNAME = PASSWORD = "admin"  # noqa: S105 - the account that OpenDaylight comes with

_READ_ONLY = {"lib", "system"}
_PATIENCE = 600.0
_STEP = 0.5


def stay(
    karaf: Path,
    java_home: Path,
    folder: Path,
    is_ready: Callable[[], bool],
    megabytes: int,
    settings: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Run Karaf with its files in `folder` until standard input ends, and print READY once it is.

    Raises LabError when the controller ends by itself or takes too long. `megabytes` is the most that its heap takes; `settings`
    are files of its folder etc, by name.
    """
    started = time.monotonic()
    with _running(karaf, java_home, folder / "karaf", megabytes, settings) as controller:
        if _wait_until(is_ready, controller, folder):
            say(f"ready after {time.monotonic() - started:.0f} s")
            sys.stdout.write(READY)
            sys.stdout.flush()
            sys.stdin.read()


def ask(method: str, path: str) -> Any:
    """The JSON answer of the controller; None while there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    try:
        connection.request(method, path, headers={"Accept": "application/json", "Authorization": f"Basic {login}"})
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


@contextmanager
def _running(
    karaf: Path, java_home: Path, home: Path, megabytes: int, settings: Mapping[str, bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Karaf at home in a folder of its own, where it writes settings, data and databases; what it only reads stays in `karaf`.

    Karaf can keep the two apart by itself (KARAF_BASE), but OpenDaylight looks for its settings in Karaf's home only. A home that
    is there already is taken with all that it holds.
    """
    if not home.exists():
        _furnish(karaf, home)
    for name, content in settings.items():
        (home / "etc" / name).write_bytes(content)
    with (home / "console.log").open("wb") as output:
        controller = subprocess.Popen(  # noqa: S603 - the controller
            [str(home / "bin/karaf"), "server"],
            env={**os.environ, "JAVA_HOME": str(java_home), "JAVA_MIN_MEM": "256m", "JAVA_MAX_MEM": f"{megabytes}m"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield controller
    finally:
        # What it holds must survive a failure of its server as well, so nobody waits for a shutdown in good order.
        controller.kill()
        controller.wait()


def _furnish(karaf: Path, home: Path) -> None:
    part = home.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for entry in karaf.iterdir():
        if entry.name in _READ_ONLY:
            (part / entry.name).symlink_to(entry)
        elif entry.is_dir():
            shutil.copytree(entry, part / entry.name)
    part.rename(home)


def _wait_until(is_ready: Callable[[], bool], controller: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """False when standard input ends first."""
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        if controller.poll() is not None:
            raise LabError(f"the controller ended with exit code {controller.returncode}:\n{_end_of_log(folder)}")
        if time.monotonic() > deadline:
            raise LabError(f"the controller is not ready after {_PATIENCE:g} s:\n{_end_of_log(folder)}")
        if select.select([sys.stdin], [], [], _STEP)[0]:
            return False
    return True


def _end_of_log(folder: Path) -> str:
    text = (folder / "karaf/console.log").read_text(errors="replace")
    return "\n".join(text.replace("\r", "\n").splitlines()[-20:])
