"""A worker leaves when it is asked to, whatever becomes of a cancellation."""

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import pytest

from tests.support.fleet_child import member
from tests.support.postgres import PostgresServer
from vtnmd.engine import Interrupt
from vtnmd.fleet import work
from vtnmd.fleet.queue import Fenced
from vtnmd.state import open_store
from vtnmd.state.shared import SharedStore

pytestmark = pytest.mark.anyio

_ENOUGH_SECONDS = 60.0


@pytest.mark.parametrize("call", ["register_worker", "take_from_the_dead"])
async def test_a_cancellation_that_the_database_client_swallows_keeps_no_worker(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """As `asyncio.wait_for` does, up to Python 3.11, where what it waits for ends at the same moment."""
    usual: Callable[..., Coroutine[Any, Any, Any]] = getattr(Fenced, call)
    called = asyncio.Event()

    async def swallowing(manager: Fenced, *given: Any) -> Any:
        if not called.is_set():
            called.set()
            try:
                await asyncio.sleep(_ENOUGH_SECONDS)
            except asyncio.CancelledError:
                """Nobody hears of it."""
        return await usual(manager, *given)

    monkeypatch.setattr(Fenced, call, swallowing)
    interrupt = Interrupt()
    with open_store(postgres.new_database()) as store:
        working = asyncio.create_task(work(member(store, "", 5.0), {"east"}, interrupt))
        await called.wait()
        interrupt.ask()
        await asyncio.wait([working], timeout=_ENOUGH_SECONDS / 2)
        assert working.done()


async def test_what_a_worker_tells_the_state_last_is_that_it_has_gone(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a thread of its was about when it was asked to leave."""
    usual, loop = SharedStore.seen, asyncio.get_running_loop()
    called, held, told = asyncio.Event(), threading.Event(), threading.Event()

    def slow(shared: SharedStore, worker: str, regions: Collection[str]) -> None:
        loop.call_soon_threadsafe(called.set)
        held.wait(_ENOUGH_SECONDS)
        usual(shared, worker, regions)
        told.set()

    monkeypatch.setattr(SharedStore, "seen", slow)
    interrupt, url = Interrupt(), postgres.new_database()
    with open_store(url) as store:
        working = asyncio.create_task(work(member(store, "", 5.0), {"east"}, interrupt))
        await called.wait()
        interrupt.ask()
        loop.call_later(0.5, held.set)
        await working
        assert await asyncio.to_thread(told.wait, _ENOUGH_SECONDS)
    assert postgres.query(postgres.database(url), "SELECT count(*) FROM workers") == "0\n"
