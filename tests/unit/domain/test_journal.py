"""What the events of a run say about its requests, and what a plan's reads are compared by."""

from dataclasses import replace

import pytest

from tests.support.fake_driver import intent_of, resource_of
from vtnmd.domain.journal import Progress, replay
from vtnmd.domain.reads import inventory_digest, resource_digest, service_digest
from vtnmd.domain.run import Event, Step
from vtnmd.domain.snapshot import Applied

A = resource_of("east/a")
KEY = str(A.address)


def events(*steps: Step) -> list[Event]:
    return [
        Event("run", 1, 0.0, Step.STARTED),
        *(Event("run", number, 0.0, step, KEY) for number, step in enumerate(steps, 2)),
    ]


def test_a_run_without_events_has_done_nothing() -> None:
    assert replay([]) == Progress()


@pytest.mark.parametrize(
    ("steps", "done", "doubtful"),
    [
        ([Step.SENT], False, True),
        ([Step.SENT, Step.ANSWERED], True, False),
        ([Step.SENT, Step.WAITING], False, False),
        ([Step.SENT, Step.WAITING, Step.SENT], False, True),
        ([Step.SENT, Step.IN_DOUBT], False, True),
        ([Step.SENT, Step.IN_DOUBT, Step.SETTLED], True, False),
        ([Step.SENT, Step.FAILED], False, True),
        ([Step.WAITING], False, False),
        ([Step.SKIPPED], False, False),
    ],
)
def test_the_last_step_of_a_request_decides(steps: list[Step], done: bool, doubtful: bool) -> None:
    progress = replay(events(*steps))
    assert (KEY in progress.done, KEY in progress.doubtful) == (done, doubtful)
    assert progress.sequence == len(steps) + 1


def test_what_is_absent_has_an_empty_digest() -> None:
    assert {service_digest(None), inventory_digest(None), resource_digest(None)} == {""}
    assert "" not in {service_digest(intent_of("shop")), inventory_digest({})}


def test_a_resource_is_told_by_its_digest_and_its_owners() -> None:
    applied = Applied(A, "1", {"id": "x"}, frozenset({"shop"}), "run")
    assert resource_digest(applied) == resource_digest(replace(applied, attributes={}, run="later"))
    assert resource_digest(applied) != resource_digest(replace(applied, digest="2"))
    assert resource_digest(applied) != resource_digest(replace(applied, owners=frozenset({"shop", "other"})))
