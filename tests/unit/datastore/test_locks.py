"""Locks of sessions, whole and partial."""

import pytest

from vtnmd.datastore.faults import Refused
from vtnmd.datastore.locks import CANDIDATE, RUNNING, Locks


def test_a_lock_keeps_others_out_until_it_goes() -> None:
    locks = Locks()
    locks.lock(RUNNING, 1)
    locks.check(RUNNING, 1)
    locks.check(CANDIDATE, 2)
    with pytest.raises(Refused, match="in-use"):
        locks.check(RUNNING, 2)
    with pytest.raises(Refused) as caught:
        locks.lock(RUNNING, 2)
    assert caught.value.faults[0].tag == "lock-denied"
    assert caught.value.faults[0].info == (("session-id", "1"),)
    locks.unlock(RUNNING, 1)
    locks.lock(RUNNING, 2)


def test_only_the_holder_unlocks() -> None:
    locks = Locks()
    locks.lock(CANDIDATE, 1)
    with pytest.raises(Refused, match="operation-failed"):
        locks.unlock(CANDIDATE, 2)


def test_a_session_takes_its_locks_with_it() -> None:
    locks = Locks()
    locks.lock(CANDIDATE, 1)
    locks.lock_parts(["service/a"], 1)
    assert locks.end(1) == [CANDIDATE]
    locks.lock(RUNNING, 2)


def test_a_partial_lock_holds_its_parts_alone() -> None:
    locks = Locks()
    number = locks.lock_parts(["service/a"], 1)
    locks.check(RUNNING, 2, ["service/b"])
    with pytest.raises(Refused, match="service/a"):
        locks.check(RUNNING, 2, ["service/a", "service/b"])
    with pytest.raises(Refused, match="lock-denied"):
        locks.lock_parts(["service/a"], 2)
    with pytest.raises(Refused, match="lock-denied"):
        locks.lock(RUNNING, 2)
    with pytest.raises(Refused, match="operation-failed"):
        locks.unlock_parts(number, 2)
    locks.unlock_parts(number, 1)
    locks.lock(RUNNING, 2)
    with pytest.raises(Refused, match="lock-denied"):
        locks.lock_parts(["service/a"], 1)
