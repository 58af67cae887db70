"""What is told of the calls of a driver."""

import asyncio

import pytest

from tests.support.fake_driver import FAULTS, FakeDriver, FakeEndpoint, create, plan_of, resource_of
from vtnmd.southbound.measured import Call, measured

PLAN = plan_of([create(resource_of("east/a"))])
(REQUEST,) = PLAN.requests


def told(endpoint: FakeEndpoint, *verbs: str) -> list[Call]:
    calls: list[Call] = []
    times = iter(range(100))
    driver = measured(FakeDriver(endpoint, []), "east/odl", calls.append, lambda: float(next(times)))

    async def call() -> None:
        for verb in verbs:
            await getattr(driver, verb)(*(() if verb in {"hello", "offers"} else (REQUEST, str)))
        await driver.aclose()

    asyncio.run(call())
    return calls


def test_every_call_is_told_with_its_time_and_result() -> None:
    endpoint = FakeEndpoint()
    assert told(endpoint, "apply", "recover", "hello") == [
        Call("east/odl", verb, 1.0, "ok") for verb in ("apply", "recover", "hello")
    ]
    assert endpoint.closed == 1


def test_the_steps_of_a_transaction_are_told_too() -> None:
    steps = ("prepare", "offers", "commit", "confirm", "cancel")
    assert [call.verb for call in told(FakeEndpoint(), *steps)] == list(steps)


@pytest.mark.parametrize(("fault", "result"), [("unreachable",) * 2, ("busy",) * 2, ("lost-after", "in-doubt"), ("rejected",) * 2])
def test_a_failure_is_told_and_passed_on(fault: str, result: str) -> None:
    calls: list[Call] = []
    driver = measured(FakeDriver(FakeEndpoint(faults=[fault]), []), "east/odl", calls.append, lambda: 0.0)
    with pytest.raises(type(FAULTS[fault])):
        asyncio.run(driver.apply(REQUEST, str))
    assert [call.result for call in calls] == [result]


def test_what_is_broken_off_is_told() -> None:
    calls: list[Call] = []
    driver = measured(FakeDriver(FakeEndpoint(broken=ZeroDivisionError()), []), "east/odl", calls.append, lambda: 0.0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(driver.apply(REQUEST, str))
    assert [call.result for call in calls] == ["broken-off"]
