import asyncio
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from tests.unit.northbound.access.conftest import QUICK, SECRET, Clock, access, ann
from vtnmd.northbound.access.accounts import Accounts, accounts_of
from vtnmd.northbound.access.gate import Gate, Unproven, authenticate_password
from vtnmd.northbound.access.passwords import UNKNOWN, hash_password
from vtnmd.northbound.backend import User
from vtnmd.yang.schema import Schema


class Counting(Executor):
    """Works at once, and remembers what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def submit(self, work: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        self.calls.append(arguments)
        done: Future[Any] = Future()
        done.set_result(work(*arguments))
        return done


@pytest.fixture
def workers() -> Counting:
    return Counting()


@pytest.fixture
def gate(workers: Counting) -> Gate:
    return Gate(Clock(), workers=workers)


def accounts(schema: Schema, *users: dict[str, Any]) -> Accounts:
    return accounts_of(schema, access(*users, limits={"failures": 2}))


def enter(gate: Gate, accounts: Accounts, user: str = "ann", password: str = SECRET, client: str = "c") -> User | Unproven:
    return asyncio.run(authenticate_password(gate, accounts, user, password, client))


def test_who_knows_the_password_is_the_user(schema: Schema, gate: Gate) -> None:
    assert enter(gate, accounts(schema, ann(group=["staff"]))) == User("ann", frozenset({"staff"}))
    assert enter(gate, accounts(schema, ann()), password="wrong") == Unproven()


@pytest.mark.parametrize("user", [{"name": "bob"}, ann(disabled=True), {"name": "ann"}])
def test_as_much_work_is_done_for_whoever_cannot_log_in(
    schema: Schema, gate: Gate, workers: Counting, user: dict[str, Any]
) -> None:
    assert enter(gate, accounts(schema, user)) == Unproven()
    assert workers.calls == [(UNKNOWN, SECRET)]


def test_a_right_password_is_hashed_once(schema: Schema, gate: Gate, workers: Counting) -> None:
    held = accounts(schema, ann())
    for _ in range(3):
        assert enter(gate, held) == User("ann")
    assert len(workers.calls) == 1
    assert SECRET not in repr(gate)


def test_what_is_remembered_ends_with_the_password_and_the_account(schema: Schema, gate: Gate) -> None:
    assert enter(gate, accounts(schema, ann())) == User("ann")
    assert enter(gate, accounts(schema, ann(disabled=True))) == Unproven()
    assert enter(gate, accounts(schema)) == Unproven()
    gate.clock.now += 100  # type: ignore[attr-defined]
    assert enter(gate, accounts(schema, ann(password=hash_password("another", QUICK)))) == Unproven()
    assert isinstance(enter(gate, accounts(schema, {"name": "ann"})), Unproven)


def test_wrong_passwords_are_not_remembered(schema: Schema, gate: Gate, workers: Counting) -> None:
    held = accounts(schema, ann())
    enter(gate, held, password="wrong")
    enter(gate, held, password="wrong")
    assert len(workers.calls) == 2


def test_guessing_is_held_up_and_not_even_looked_at(schema: Schema, gate: Gate, workers: Counting) -> None:
    held = accounts(schema, ann())
    for _ in range(3):
        assert enter(gate, held, password="wrong") == Unproven()
    assert enter(gate, held) == Unproven(1.0)
    assert len(workers.calls) == 3
    gate.clock.now += 1  # type: ignore[attr-defined]
    assert enter(gate, held) == User("ann")
    assert enter(gate, held) == User("ann")


def test_a_remembered_password_passes_where_it_was_given_while_others_guess(schema: Schema, gate: Gate) -> None:
    held = accounts(schema, ann())
    assert enter(gate, held, client="home") == User("ann")
    assert enter(gate, held, client="work") == User("ann")
    for _ in range(9):
        enter(gate, held, password="wrong", client="elsewhere")
        enter(gate, held, "bob", password="wrong", client="home")
    assert enter(gate, held, client="home") == User("ann")
    assert enter(gate, held, client="work") == User("ann")


@pytest.mark.parametrize("client", ["home", "elsewhere"])
def test_who_guesses_does_not_learn_what_is_remembered(schema: Schema, gate: Gate, client: str) -> None:
    held = accounts(schema, ann())
    assert enter(gate, held, client="home") == User("ann")
    for _ in range(3):
        enter(gate, held, password="wrong", client=client)
    assert enter(gate, held, client=client) == enter(gate, held, password="wrong", client=client) == Unproven(1.0)


def test_many_guesses_at_once_gain_nothing(schema: Schema, workers: Counting) -> None:
    gate = Gate(Clock(), workers=workers)
    held = accounts(schema, ann())

    async def guess() -> list[User | Unproven]:
        tries = (authenticate_password(gate, held, "ann", f"guess-{number}", "c") for number in range(50))
        return await asyncio.gather(*tries)

    found = asyncio.run(guess())
    assert len(workers.calls) == 3
    assert found.count(Unproven(1.0)) == 47


def test_many_that_give_the_same_password_at_once_are_one_guess(schema: Schema, workers: Counting) -> None:
    gate = Gate(Clock(), workers=workers)
    held = accounts(schema, ann())

    async def enter_often(password: str) -> set[User | Unproven]:
        tries = (authenticate_password(gate, held, "ann", password, f"client-{number}") for number in range(200))
        return set(await asyncio.gather(*tries))

    assert asyncio.run(enter_often("wrong")) == {Unproven()}
    assert asyncio.run(enter_often(SECRET)) == {User("ann")}
    assert len(workers.calls) == 2


def test_who_gives_up_takes_nothing_from_others(schema: Schema, workers: Counting) -> None:
    held = accounts(schema, ann())

    async def enter_twice() -> User | Unproven:
        gate = Gate(Clock(), workers=workers)
        impatient = asyncio.ensure_future(authenticate_password(gate, held, "ann", SECRET, "c"))
        patient = asyncio.ensure_future(authenticate_password(gate, held, "ann", SECRET, "c"))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(enter_twice()) == User("ann")


def test_passwords_do_not_queue_without_end(schema: Schema) -> None:
    held = accounts(schema, ann())

    class Stuck(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            return Future()

    async def flood() -> Unproven | User:
        gate = Gate(Clock(), workers=Stuck())
        tries = [asyncio.ensure_future(authenticate_password(gate, held, f"u{n}", "x", f"c{n}")) for n in range(64)]
        await asyncio.sleep(0)
        last = await authenticate_password(gate, held, "ann", SECRET, "c")
        for each in tries:
            each.cancel()
        return last

    assert asyncio.run(flood()) == Unproven(1.0)
