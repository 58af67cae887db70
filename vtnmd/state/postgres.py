"""State in a PostgreSQL database: how it is reached, what its transactions lock, who owns what, and what its errors mean.

A writing transaction holds an advisory lock: alone, or side by side with others that append to the journals of other runs.
Ownership is a lock for each service, held by a connection of its own, which the server lets go when that ends; a row says who
holds it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, delete, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.secrecy import without_secrets
from vtnmd.state.database import Claim
from vtnmd.state.ownership import NOBODY, Owner, owned, owner_from_text
from vtnmd.state.tables import holders

_SETTINGS = {"connect_timeout": "10", "application_name": "vtnmd"}
_LOCK_SECONDS, _IDLE_SECONDS, _BRIEF_SECONDS = 40, 30, 4
_ALIVE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; SET lock_timeout = 0"
_BARE = {"isolation_level": "AUTOCOMMIT", "vtnmd_bare": True}
_HINT_WRITTEN = "write it as postgresql://USER@HOST/DATABASE"


def parse_url(url: str) -> "Postgres":
    """The database that a URL names. Raises StateError (VTN-S011) where it is none, VTN-S032 where the driver is missing."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StateError(Diagnostic("VTN-S011", "the URL of the state is not one of PostgreSQL", hint=_HINT_WRITTEN)) from None
    if not parsed.database:
        raise StateError(Diagnostic("VTN-S011", "the URL of the state names no database", hint=_HINT_WRITTEN))
    if not all(find_spec(package) for package in ("psycopg", "procrastinate")):
        raise StateError(
            Diagnostic("VTN-S032", "state on PostgreSQL needs packages that are not there", hint="pip install 'vtnmd[fleet]'")
        )
    return Postgres(parsed.set(drivername="postgresql+psycopg"))


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL database; see `vtnmd.state.database.Database`. `url` may hold a password, and is shown to nobody."""

    url: URL = field(repr=False)
    is_shared: ClassVar[bool] = True

    def __str__(self) -> str:
        """The URL without secrets, so that it can be typed where PGPASSWORD or a passfile gives the password."""
        return without_secrets(self.url.set(drivername="postgresql").render_as_string(hide_password=False))

    @property
    def conninfo(self) -> dict[str, Any]:
        """The same in the words of libpq, for sessions that do no more than a moment's work in a transaction."""
        given = {**self.url.translate_connect_args(username="user", database="dbname"), **self.url.query}
        options = f"{given.get('options', '')} -c idle_in_transaction_session_timeout={_BRIEF_SECONDS}s".strip()
        return {**_SETTINGS, **given, "options": options}

    def open(self, *, create: bool) -> Engine | None:  # noqa: ARG002 -- the database is there, or nothing can be done about it
        engine = create_engine(self.url, connect_args=_SETTINGS, pool_pre_ping=True)
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
        return engine

    @contextmanager
    def alone(self, engine: Engine) -> Iterator[None]:
        with engine.connect().execution_options(**_BARE) as connection:
            connection.execute(select(text("pg_advisory_lock(:key)")), {"key": _key("schema")})
            try:
                yield
            finally:
                connection.execute(select(text("pg_advisory_unlock(:key)")), {"key": _key("schema")})

    def keep_copy(self, schema: str) -> None:
        """Nothing: a migration is one transaction here, and backups are the server's."""

    @contextmanager
    def own(
        self, engine: Engine, owner: Owner, services: Iterable[str], *, wait: bool, waiting: Callable[[Owner], None]
    ) -> Iterator[Claim]:
        """Own these services, and those that the claim takes later."""
        with _errors_of(self):
            connection = engine.connect().execution_options(**_BARE)
            connection.detach()  # it ends with the block: its locks shall not linger in a pool
        try:
            with _errors_of(self):
                connection.exec_driver_sql(_ALIVE)
            claim = _Held(self, connection, owner)
            for service in services:
                claim.take(service, wait=wait, waiting=waiting)
            yield claim
        finally:
            connection.close()

    def has_owner(self, connection: Connection, service: str) -> bool:
        free = connection.execute(select(text("pg_try_advisory_xact_lock(:key)")), {"key": _service_key(service)}).scalar_one()
        return not free

    def diagnose(self, error: BaseException) -> Diagnostic:
        told = " ".join(str(error).split())
        state = getattr(error, "sqlstate", None) or _state_of(told)
        match state:
            case "53100":
                return Diagnostic(
                    "VTN-S002", f"no room is left to write the state {self}", hint="make room on its server, then resume the run"
                )
            case "55P03" | "40P01":
                return Diagnostic("VTN-S005", f"the state {self} is locked by another process", hint="try again when it has ended")
            case "25006":
                hint = "name the server that takes writes, not its stand-by"
                return Diagnostic("VTN-S001", f"the state {self} cannot be written: {told}", hint=hint)
            case "42501" | "28000" | "28P01" | "3D000":
                hint = "check user, password (PGPASSWORD or ~/.pgpass), database and its rights"
                return Diagnostic("VTN-S031", f"the state {self} refuses this user: {told}", hint=hint)
            case str() if state[:2] == "XX":
                return Diagnostic(
                    "VTN-S003", f"the state {self} is damaged: {told}", hint="restore the database from its backup, and resume"
                )
            case str() if state[:2] in {"08", "57", "53"} or state == "25P03":
                hint = "try again when the server runs; a run that it interrupted can be resumed"
                return Diagnostic("VTN-S030", f"the state {self} cannot be reached: {told}", hint=hint)
            case _:
                return Diagnostic("VTN-S010", f"the state {self} cannot be used: {told}")


class _Held:
    """What one owner holds, by a connection whose end lets go of it."""

    def __init__(self, database: Postgres, connection: Connection, owner: Owner) -> None:
        self._database = database
        self._connection = connection
        self._owner = owner
        self._services: set[str] = set()

    def take(self, service: str, *, wait: bool = False, waiting: Callable[[Owner], None] | None = None) -> None:
        if service in self._services:
            return
        with _errors_of(self._database):
            key = {"key": _service_key(service)}
            if not self._connection.execute(select(text("pg_try_advisory_lock(:key)")), key).scalar_one():
                other = self._holder(service)
                if not wait:
                    raise owned(f"service {service}", other)
                if waiting is not None:
                    waiting(other)
                self._connection.execute(select(text("pg_advisory_lock(:key)")), key)
            self._services.add(service)
            self._connection.execute(delete(holders).where(holders.c.service == service))
            self._connection.execute(insert(holders).values(service=service, owner=self._owner.to_text()))

    def _holder(self, service: str) -> Owner:
        found = self._connection.execute(select(holders.c.owner).where(holders.c.service == service)).scalar_one_or_none()
        return NOBODY if found is None else owner_from_text(found)


@contextmanager
def _errors_of(database: Postgres) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StateError(database.diagnose(error.orig or error)) from error


def _connected(connection: Any, _record: object) -> None:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
    connection.autocommit = False


def _begun(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("vtnmd_bare"):
        return
    if not options.get("vtnmd_writes"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    else:
        shared = "_shared" if options.get("vtnmd_appends") else ""
        seconds = _BRIEF_SECONDS if options.get("vtnmd_brief") else _IDLE_SECONDS
        # Whoever is frozen in the middle of a transaction must not keep all others waiting: the server ends its session.
        connection.exec_driver_sql(
            f"SELECT set_config('idle_in_transaction_session_timeout', '{seconds}s', true), "
            f"pg_advisory_xact_lock{shared}({_key('state')})"
        )


def _service_key(service: str) -> int:
    return _key(f"service {service}")


def _key(name: str) -> int:
    """Of an advisory lock: 64 bits, with a sign."""
    return int.from_bytes(sha256(f"vtnmd {name}".encode()).digest()[:8], signed=True)


def _state_of(told: str) -> str:
    """The SQLSTATE class of an error that comes before a session is there, and so without one."""
    if "FATAL" in told and "does not exist" in told:
        return "28000" if "role" in told else "3D000"
    refused = ("password authentication failed", "no password supplied", "no pg_hba.conf entry", "Peer authentication failed")
    if any(words in told for words in refused):
        return "28P01"
    return "08006"
