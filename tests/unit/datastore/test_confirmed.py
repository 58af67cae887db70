"""Confirmed commits: confirmed, cancelled, out of time, and taken back by the next life."""

import asyncio

import pytest

from tests.memory_log import MemoryLog
from vtnmd.compiler.models import service_schema
from vtnmd.datastore.confirmed import Confirmations, Wait
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.running import Edit, Running
from vtnmd.domain.commit import Origin

ORIGIN = Origin("ann", "netconf", session=7)


class Told(list[str]):
    """Why commits were taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.happened = asyncio.Event()

    def take(self, _: object, reason: str) -> None:
        self.append(reason)
        self.happened.set()


async def opened(log: MemoryLog) -> tuple[Running, Confirmations, Told]:
    running = Running(service_schema(), log, lambda: 50.0)
    running.load()
    told = Told()
    confirmations = Confirmations(running, log, told.take)
    await confirmations.resume()
    return running, confirmations, told


def described(text: str) -> Edit:
    return lambda _: {"service/shop": {"name": "shop", "description": text}}


def description(running: Running) -> str | None:
    held = running.current.services.get("shop")
    return held.value["description"] if held else None


def test_what_is_not_confirmed_in_time_goes_back_to_before_the_first_of_several() -> None:
    async def work() -> None:
        running, confirmations, told = await opened(MemoryLog())
        await running.commit(described("one"), ORIGIN)
        await confirmations.commit(described("two"), ORIGIN, Wait(60))
        await confirmations.commit(described("three"), ORIGIN, Wait(0))
        await asyncio.wait_for(told.happened.wait(), 10)
        assert told == ["timeout"]
        assert description(running) == "one"
        assert confirmations.pending is None

    asyncio.run(work())


def test_what_is_confirmed_stays() -> None:
    async def work() -> None:
        log = MemoryLog()
        running, confirmations, _ = await opened(log)
        await confirmations.commit(described("two"), ORIGIN, Wait(60))
        await confirmations.confirm()
        await confirmations.session_ended(7)
        assert description(running) == "two"
        assert log.kept is None

    asyncio.run(work())


def test_a_persist_id_outlives_its_session_and_is_asked_for() -> None:
    async def work() -> None:
        running, confirmations, told = await opened(MemoryLog())
        await confirmations.commit(described("two"), ORIGIN, Wait(60, "tonight"))
        await confirmations.session_ended(7)
        assert description(running) == "two"
        for session, persist_id, tag in [(7, "", "in-use"), (9, "morning", "invalid-value")]:
            with pytest.raises(Refused, match=tag):
                confirmations.check(session, persist_id)
        with pytest.raises(Refused, match="in-use"):
            confirmations.check_foreign()
        confirmations.check(9, "tonight")
        with pytest.raises(Refused):
            await confirmations.cancel(7, "")
        await confirmations.cancel(9, "tonight")
        assert description(running) is None
        assert told == ["cancelled"]

    asyncio.run(work())


def test_the_end_of_a_session_takes_its_commit_back() -> None:
    async def work() -> None:
        running, confirmations, told = await opened(MemoryLog())
        await confirmations.commit(described("two"), ORIGIN, Wait(60))
        with pytest.raises(Refused, match="in-use"):
            confirmations.check(8, "")
        confirmations.check_foreign()
        await confirmations.session_ended(7)
        assert (description(running), told) == (None, ["session ended"])

    asyncio.run(work())


def test_the_next_life_takes_back_what_was_pending() -> None:
    async def work() -> None:
        log = MemoryLog()
        running, confirmations, _ = await opened(log)
        await running.commit(described("one"), ORIGIN)
        await confirmations.commit(described("two"), ORIGIN, Wait(60, "tonight"))
        confirmations._disarm()
        again, _, told = await opened(log)
        assert (description(again), told, log.kept) == ("one", ["restarted"], None)

    asyncio.run(work())


def test_nothing_is_cancelled_where_nothing_is_pending() -> None:
    async def work() -> None:
        _, confirmations, _ = await opened(MemoryLog())
        with pytest.raises(Refused, match="operation-failed"):
            await confirmations.cancel(7, "")
        with pytest.raises(Refused, match="invalid-value"):
            confirmations.check(7, "tonight")

    asyncio.run(work())
