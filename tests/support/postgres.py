"""A private PostgreSQL server in a folder of its own: started, stopped, restarted and thrown away by the tests that use it.

postgres = PostgresServer.start(folder)   # listens on a Unix socket in the folder, on no port that others see
url = postgres.new_database()             # a postgresql:// URL for --state
postgres.stop() / postgres.start_again()  # an outage
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vtnmd.state import open_store

_WHERE = ("/usr/lib/postgresql", "/usr/pgsql")
_USER = "vtnmd"
_MODEL = "migrated"
GUARDED = "guarded"
"""A user who needs a password, where a test has made one."""

_HBA = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"
_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",  # it survives every kill of a process; the machine does not fail in a test
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


def find_program(name: str) -> str | None:
    """A program of the PostgreSQL server, which Debian keeps off the PATH."""
    found = shutil.which(name)
    if found is not None:
        return found
    versions = sorted((path for where in _WHERE for path in Path(where).glob(f"*/bin/{name}")), reverse=True)
    return str(versions[0]) if versions else None


def why_not() -> str:
    """Why no server can be started here; empty where one can."""
    missing = [name for name in ("initdb", "postgres", "pg_ctl") if find_program(name) is None]
    return f"no PostgreSQL server here, {', '.join(missing)} missing (Debian package postgresql)" if missing else ""


@dataclass
class PostgresServer:
    """A server with its data in `folder`. Databases are numbered."""

    folder: Path
    identity: dict[str, Any]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _has_model: bool = False

    @classmethod
    def start(cls, folder: Path) -> "PostgresServer":
        """Make a cluster in `folder`, which need not exist but must be within everybody's reach, and serve it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = cls(folder, _identity())
        if server.identity:
            os.chown(folder, server.identity["user"], server.identity["group"])
        server._run("initdb", "--pgdata", str(server.data), "--username", _USER, "--no-sync", "--locale", "C.UTF-8")
        (server.data / "pg_hba.conf").write_text(_HBA, encoding="ascii")
        with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
            file.write(f"unix_socket_directories = '{folder}'\n")
        server.start_again()
        return server

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def start_again(self) -> None:
        """Serve, and return once connections are taken."""
        self._run("pg_ctl", "start", "--pgdata", str(self.data), "--log", str(self.folder / "log"), "--wait", "--silent")

    def stop(self) -> None:
        """Throw every client out, and return once nothing is served."""
        self._run("pg_ctl", "stop", "--pgdata", str(self.data), "--mode", "immediate", "--wait", "--silent")

    def close(self) -> None:
        """Stop for good, whatever state it is in."""
        if (self.data / "postmaster.pid").exists():
            os.kill(self.pid, signal.SIGCONT)
            self.stop()

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@/{database}?host={quote(str(self.folder), safe='')}"

    @staticmethod
    def database(url: str) -> str:
        """The inverse of `url`."""
        return url.rpartition("/")[2].partition("?")[0]

    def new_database(self, *, migrated: bool = True) -> str:
        """The URL of a database that holds an empty state, or nothing at all."""
        name = f"state{next(self._numbers)}"
        if not migrated:
            self.query("postgres", f"CREATE DATABASE {name}")
            return self.url(name)
        if not self._has_model:
            self.query("postgres", f"CREATE DATABASE {_MODEL}")
            open_store(self.url(_MODEL)).close()
            self._has_model = True
        self.query("postgres", f"CREATE DATABASE {name} TEMPLATE {_MODEL}")
        return self.url(name)

    def query(self, database: str, statement: str) -> str:
        """What psql says to a statement, row by row."""
        command = ["psql", "--host", str(self.folder), "--username", _USER, "--dbname", database, "-AtXqc", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _run(self, program: str, *arguments: str) -> None:
        found = find_program(program)
        assert found is not None, why_not()
        done = subprocess.run(
            [found, *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **self.identity,
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {done.stderr}\n{log.read_text() if log.exists() else ''}")


@contextmanager
def serving() -> Iterator[PostgresServer]:
    """A server for a block. Its folder has a short name, for a socket's path may have 107 characters only."""
    with tempfile.TemporaryDirectory(prefix="vtnmd-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # whoever the server runs as passes through
        server = PostgresServer.start(Path(folder) / "server")
        try:
            yield server
        finally:
            server.close()


def _identity() -> dict[str, Any]:
    """As whom the server runs: it refuses to be root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
