"""MariaDB servers of the lab: without network, without passwords, reached by a socket in a folder that only root may enter."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.commands import LabError, run

NAMES = ("keystone", "heat", "neutron", "placement", "glance", "cinder", "nova_api", "nova", "nova_cell0")

_LONGEST_SOCKET_PATH = 107
"""Linux, unix(7): sun_path holds 108 bytes, the last of them zero."""
_PATIENCE = 60.0
_SETTINGS = (
    "--skip-networking",
    "--skip-grant-tables",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--max-connections=400",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--performance-schema=OFF",
    # Nothing of a run is kept, so nothing need survive a crash of the machine.
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
)


def create(data: Path) -> None:
    """Make the data folder of a server that holds nothing but its own tables."""
    run(
        *("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"),
        *(f"--datadir={data}", "--user=root", "--innodb-log-file-size=16M"),
    )


@contextmanager
def running(data: Path, home: Path) -> Iterator[Path]:
    """Run a server on a data folder, its socket and log in `home`, until the context is left; gives the socket.

    Raises LabError when it does not start.
    """
    socket, log = home / "socket", home / "log"
    if len(os.fsencode(socket)) > _LONGEST_SOCKET_PATH:
        raise LabError(f"{socket} is too long for a UNIX socket: set TMPDIR to a shorter folder, or name one with --cache")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = ["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={socket}", *_SETTINGS]
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - the lab's own program
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _await(server, socket, log)
        yield socket
    finally:
        server.terminate()
        server.wait()


def copied(data: Path, target: Path) -> Path:
    """A copy of a data folder that no server runs on; its files share their blocks where the file system can."""
    run("cp", "--recursive", "--reflink=auto", "--sparse=always", data, target)
    return target


def execute(socket: Path, statement: str) -> None:
    run("mariadb", "--no-defaults", "--user=root", f"--socket={socket}", "--execute", statement)


def _await(server: "subprocess.Popen[bytes]", socket: Path, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while "ready for connections" not in log.read_text(errors="replace") or not socket.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise LabError(f"MariaDB did not start. Its log ends with:\n{tail}")
        time.sleep(0.05)
