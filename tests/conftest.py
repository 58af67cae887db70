"""What every test may ask for."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import PostgresServer, serving, why_not

if TYPE_CHECKING:
    from tests.support.commands import Commands

# What tests load lives as long as they do: looking through it again and again takes a quarter of all the time.
gc.set_threshold(50_000, 20, 10)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have tests that mostly wait stand evenly among all others, so that these run meanwhile, and none is left for the end."""
    waiting = [item for item in items if item.get_closest_marker("waits")]
    ordered = [item for item in items if not item.get_closest_marker("waits")]
    gap = len(ordered) // (len(waiting) + 1)
    for number, item in reversed(list(enumerate(waiting, 1))):
        ordered.insert(number * gap, item)
    items[:] = ordered


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Coroutines of tests run on asyncio, as everywhere in vtnmd."""
    return "asyncio"


@pytest.fixture(scope="session")
def commands() -> "Iterator[Commands]":
    """The process that has loaded what commands of vtnmd load, and becomes them."""
    from tests.support.commands import Commands  # noqa: PLC0415 - loads the command line, which most tests do without

    running = Commands()
    yield running
    running.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own. Whoever stops it starts it again."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a state may be kept that nobody else uses: each kind of database in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "state")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
