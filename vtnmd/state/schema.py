"""Brings a database to the schema that this vtnmd works with."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.sql import column, table

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.backup import keep_before_migration
from vtnmd.state.place import Place
from vtnmd.state.sqlite import WRITES
from vtnmd.state.tables import SCHEMA, metadata

_version = table("alembic_version", column("version_num"))


def current(connection: Connection) -> str:
    """The newest migration that was run; empty for a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(select(_version.c.version_num)).scalar_one_or_none() or ""


def bring_up_to_date(engine: Engine, place: Place) -> None:
    """Run what migrations are missing, one process at a time, on a state of which a copy is kept.

    Raises StateError (VTN-S004) where a newer vtnmd was here before.
    """
    if _found(engine) == SCHEMA:
        return
    with _alone(place):
        found = _found(engine)
        if found > SCHEMA:
            raise StateError(
                Diagnostic(
                    "VTN-S004",
                    f"the state {place} has schema {found}, this vtnmd knows {SCHEMA}",
                    hint="use the newer vtnmd that wrote it",
                )
            )
        if found < SCHEMA:
            if found:
                keep_before_migration(place, found)
            with engine.connect().execution_options(**WRITES) as connection, connection.begin():
                _migrate(connection)


def _found(engine: Engine) -> str:
    with engine.connect() as connection:
        return current(connection)


def make_empty(engine: Engine) -> None:
    """The present schema at once, for a database that is thrown away."""
    metadata.create_all(engine)


def _migrate(connection: Connection) -> None:
    # Imported here because most commands find the schema up to date and need not wait for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "vtnmd.state:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    descriptor = os.open(place.folder / "schema.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
