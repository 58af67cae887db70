"""The process that executes a run notices that it was cancelled elsewhere."""

import asyncio

from tests.support.fake_driver import FakeTime
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.engine import Interrupt, heed


class Says:
    """What the state says, look by look; None where it cannot be read."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = iter(answers)

    def cancelled_by(self, _run: str) -> str:
        answer = next(self._answers)
        if answer is None:
            raise StateError(Diagnostic("VTN-S005", "locked"))
        return answer


def test_it_looks_again_until_somebody_has_cancelled() -> None:
    time, interrupt = FakeTime(), Interrupt()
    asyncio.run(heed("run-1", Says("", None, "", "bob"), time.clock(), interrupt))
    assert (interrupt.cancelled, interrupt.asked.is_set(), interrupt.urgent.is_set()) == ("bob", True, False)
    assert time.slept == [0.5] * 3


def test_a_run_that_is_interrupted_already_still_ends_as_cancelled() -> None:
    interrupt = Interrupt()
    interrupt.ask()
    asyncio.run(heed("run-1", Says("bob"), FakeTime().clock(), interrupt))
    assert (interrupt.cancelled, interrupt.urgent.is_set()) == ("bob", False)
