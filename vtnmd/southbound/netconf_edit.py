"""One edit of a device, in steps that a transaction over several devices can interleave: prepare, commit, confirm, cancel.

    device offers                    prepare                          commit              confirm     cancel
    candidate, confirmed-commit      lock, edit and test candidate    confirmed commit    commit      cancel-commit
    candidate                        lock, edit and test candidate    commit              –           edit back
    writable-running                 –                                edit running        –           edit back

The edit is validated by its test-option and once more by the commit, and not by an operation of its own: that saves a round trip,
and after a validate of the candidate yuma123 netconfd 2.13 answers ok to a commit and commits nothing.
"""

import asyncio
import contextlib
from dataclasses import dataclass

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.netconf import operations
from vtnmd.netconf.messages import CANDIDATE, CONFIRMED_COMMIT, ROLLBACK_ON_ERROR, VALIDATE, WRITABLE_RUNNING
from vtnmd.netconf.session import Refused, Session
from vtnmd.southbound.netconf_link import Link
from vtnmd.southbound.ports import InDoubt, Rejected, Unreachable

_LOCK_PAUSE = 0.2
"""Seconds between two attempts at a lock."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`config` holds the trees to send, `back` those that take them back. `persist_id` names the confirmed commit."""

    config: tuple[Json, ...]
    back: tuple[Json, ...]
    persist_id: str


async def prepare(link: Link, edit: Edit) -> Session:
    """Make the candidate hold the edit, tested and locked. Raises Busy while somebody else holds the lock, Rejected, Unreachable.

    A confirmed commit of the same edit, left pending by an earlier life, is cancelled first. The session that is given holds lock
    and candidate: if it is lost, so are they.
    """
    session = await link.session()
    if CONFIRMED_COMMIT in session.capabilities:
        with contextlib.suppress(Refused):
            await link.ask(operations.cancel_commit(edit.persist_id))
        session = await link.session()
    if CANDIDATE not in session.capabilities:
        if WRITABLE_RUNNING not in session.capabilities:
            raise Rejected(
                Diagnostic(
                    "VTN-E207",
                    f"{link.name}: the device offers neither a candidate nor a writable running datastore",
                    hint="enable one of them on the device",
                )
            )
        return session
    await _lock(link, session)
    try:
        await link.call(session, operations.discard_changes())
        test_option = "test-then-set" if VALIDATE in session.capabilities else ""
        await link.call(session, operations.edit_config("candidate", edit.config, test_option=test_option))
    except Refused as refused:
        await release(link, session)
        raise link.refused("the edit of the candidate was refused", refused) from None
    return session


async def commit(link: Link, session: Session, edit: Edit, confirm_timeout: int) -> None:
    """Make what was prepared the running configuration; where the device can, only for `confirm_timeout` seconds.

    Raises Rejected, Busy, InDoubt when no answer came, Unreachable when the prepared session is gone.
    """
    if CANDIDATE not in session.capabilities:
        error_option = "rollback-on-error" if ROLLBACK_ON_ERROR in session.capabilities else ""
        operation = operations.edit_config("running", edit.config, error_option=error_option)
    elif CONFIRMED_COMMIT in session.capabilities:
        operation = operations.confirmed_commit(edit.persist_id, confirm_timeout)
    else:
        operation = operations.commit()
    try:
        await link.call(session, operation, commits=True)
    except Refused as refused:
        await release(link, session)
        raise link.refused("the commit was refused", refused) from None


async def confirm(link: Link, edit: Edit) -> bool:
    """Make a confirmed commit permanent, from any session; False for a device without them.

    Raises Refused when none is pending. Any other failure is InDoubt: the device may take the commit back.
    """
    try:
        session = await link.session()
        if CONFIRMED_COMMIT not in session.capabilities:
            return False
        await link.call(session, operations.confirming_commit(edit.persist_id), commits=True)
    except Unreachable as error:
        raise InDoubt(error.diagnostic) from None
    return True


async def cancel(link: Link, edit: Edit, prepared: Session | None, confirm_timeout: int) -> None:
    """Have the running configuration as it was before `prepare`, whichever steps have been done. Raises as `commit` does.

    `prepared` is what `prepare` gave, None for an edit of an earlier life.
    """
    session = await link.session()
    if CONFIRMED_COMMIT in session.capabilities:
        with contextlib.suppress(Refused):
            await link.call(session, operations.cancel_commit(edit.persist_id), commits=True)
        if prepared is not None:
            await release(link, prepared)
        return
    if prepared is not None:
        await release(link, prepared)
    back = Edit(edit.back, edit.config, edit.persist_id)
    again = await prepare(link, back)
    await commit(link, again, back, confirm_timeout)
    await release(link, again)


async def release(link: Link, session: Session, *, clean: bool = False) -> None:
    """Drop what is not committed and unlock. A session that is gone has taken both with it. `clean`: there is nothing to drop."""
    if CANDIDATE not in session.capabilities or not session.is_open:
        return
    for operation in (*(() if clean else (operations.discard_changes(),)), operations.unlock("candidate")):
        with contextlib.suppress(Refused, Unreachable):
            await link.call(session, operation)


async def _lock(link: Link, session: Session) -> None:
    """Lock the candidate, trying again while somebody else holds it. Raises Busy after the endpoint's time limit."""
    end = asyncio.get_running_loop().time() + link.time_limit
    while True:
        try:
            await link.call(session, operations.lock("candidate"))
        except Refused as refused:
            if "lock-denied" not in refused.tags or asyncio.get_running_loop().time() + _LOCK_PAUSE > end:
                raise link.refused("the candidate cannot be locked", refused) from None
            await asyncio.sleep(_LOCK_PAUSE)
        else:
            return
