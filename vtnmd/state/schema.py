"""Brings a database to the schema that this vtnmd works with."""

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.sql import column, table

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.database import WRITES, Database
from vtnmd.state.tables import SCHEMA, metadata

_version = table("alembic_version", column("version_num"))


def current(connection: Connection) -> str:
    """The newest migration that was run; empty for a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(select(_version.c.version_num)).scalar_one_or_none() or ""


def is_there(engine: Engine) -> bool:
    """Whether any vtnmd has been here."""
    return bool(_found(engine))


def bring_up_to_date(engine: Engine, database: Database) -> None:
    """Run what migrations are missing, one process at a time, on a state that its kind of database can lead back.

    Raises StateError (VTN-S004) where a newer vtnmd was here before.
    """
    if _found(engine) == SCHEMA:
        return
    with database.alone(engine):
        found = _found(engine)
        if found > SCHEMA:
            raise StateError(
                Diagnostic(
                    "VTN-S004",
                    f"the state {database} has schema {found}, this vtnmd knows {SCHEMA}",
                    hint="use the newer vtnmd that wrote it",
                )
            )
        if found < SCHEMA:
            if found:
                database.keep_copy(found)
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
