"""What runs inside the namespaces: the fabric and the controller, until standard input ends.

Started by `controller.running_controller`. Prints one line, `ready`, on standard output once everything answers. As process 1 of
its process namespace it takes all others with it when it ends.
"""

import base64
import http.client
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lab.vtn_manager.commands import LabError, run, say
from lab.vtn_manager.fabric import PORTS, fabric

PORT = 8181
USERNAME = PASSWORD = "admin"  # noqa: S105 - the account that OpenDaylight comes with
_OPENFLOW = "tcp:127.0.0.1:6653"
_READ_ONLY = {"lib", "system"}
_PATIENCE = 600.0
_STEP = 0.5


def main(karaf: Path, java_home: Path, folder: Path) -> int:
    """Run until standard input ends; gives the exit code. `folder` takes everything that is written and is empty before."""
    run("ip", "link", "set", "lo", "up")
    (folder / "ovs").mkdir()
    try:
        with fabric(folder / "ovs", _OPENFLOW):
            started = time.monotonic()
            controller = _start_karaf(karaf, java_home, folder / "karaf")
            try:
                if _wait_until_ready(controller, folder):
                    say(f"ready after {time.monotonic() - started:.0f} s")
                    sys.stdout.write("ready\n")
                    sys.stdout.flush()
                    sys.stdin.read()
            finally:
                # Nothing of its data is kept, so there is nothing to shut down in good order.
                controller.kill()
                controller.wait()
    except LabError as error:
        say(str(error))
        return 1
    return 0


def _start_karaf(karaf: Path, java_home: Path, home: Path) -> "subprocess.Popen[bytes]":
    """Karaf at home in a folder of its own, where it writes settings, data and databases; what it only reads stays in `karaf`.

    Karaf can keep the two apart by itself (KARAF_BASE), but OpenDaylight looks for its settings in Karaf's home only.
    """
    home.mkdir()
    for entry in karaf.iterdir():
        if entry.name in _READ_ONLY:
            (home / entry.name).symlink_to(entry)
        elif entry.is_dir():
            shutil.copytree(entry, home / entry.name)
    with (home / "console.log").open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - the controller
            [str(home / "bin/karaf"), "server"],
            env={**os.environ, "JAVA_HOME": str(java_home), "JAVA_MIN_MEM": "256m", "JAVA_MAX_MEM": "1536m"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _wait_until_ready(controller: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """Until the RPCs answer and the VTN Manager sees the fabric; False when standard input ends first.

    Raises LabError when the controller ends or takes too long.
    """
    deadline = time.monotonic() + _PATIENCE
    while not (_answers() and _sees_fabric()):
        if controller.poll() is not None:
            raise LabError(f"the controller ended with exit code {controller.returncode}:\n{_end_of_log(folder)}")
        if time.monotonic() > deadline:
            raise LabError(f"the controller is not ready after {_PATIENCE:g} s:\n{_end_of_log(folder)}")
        if select.select([sys.stdin], [], [], _STEP)[0]:
            return False
    return True


def _answers() -> bool:
    return (
        _ask("POST", "operations/vtn-version:get-manager-version") is not None and _ask("GET", "operational/vtn:vtns") is not None
    )


def _sees_fabric() -> bool:
    answer = _ask("GET", "operational/vtn-inventory:vtn-nodes") or {}
    nodes = answer.get("vtn-nodes", {}).get("vtn-node", [])
    seen = {node["id"]: {port["name"] for port in node.get("vtn-port", []) if port.get("enabled")} for node in nodes}
    return all(seen.get(node, set()) >= set(ports) for node, ports in PORTS.items())


def _ask(method: str, path: str) -> Any:
    """The JSON answer; None while there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    login = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    try:
        connection.request(method, f"/restconf/{path}", headers={"Accept": "application/json", "Authorization": f"Basic {login}"})
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _end_of_log(folder: Path) -> str:
    text = (folder / "karaf/console.log").read_text(errors="replace")
    return "\n".join(text.replace("\r", "\n").splitlines()[-20:])


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:4])))
