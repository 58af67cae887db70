"""What the handler makes of what goes wrong, and of sessions that end under their requests."""

import asyncio
import logging
from typing import Any

import pytest
from lxml import etree

from tests.conformance.test_netconf import DEPOT
from tests.unit.northbound.netconf.conftest import depot
from vtnmd.datastore.faults import Refused
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.netconf.messages import Rpc
from vtnmd.netconf.server import RpcFailed, ServerSession
from vtnmd.netconf.xmltree import BASE
from vtnmd.northbound.backend import User
from vtnmd.northbound.netconf import reading
from vtnmd.northbound.netconf.handler import Sessions
from vtnmd.northbound.netconf.monitoring import capabilities_of
from vtnmd.northbound.netconf.requests import PRIVATE_CANDIDATE, Desk
from vtnmd.northbound.procedures import Call


def rpc(text: str) -> Rpc:
    return Rpc("1", etree.fromstring(text))


def session(number: int, *capabilities: str) -> ServerSession:
    return ServerSession(number, "ann", lambda: None, identity=User("ann"), capabilities=frozenset(capabilities))


async def raising(error: Exception) -> tuple[Any, ...]:
    """The errors that a client gets where a procedure raises."""

    async def rest(_: Call) -> dict[str, Any]:
        raise error

    backend = depot()
    backend.procedures = {"depot:rest": rest}
    desk = Desk(backend, capabilities_of(backend.schema))
    with pytest.raises(RpcFailed) as failure:
        await Sessions(desk).handle(session(1), rpc(f'<rest xmlns="{DEPOT}"/>'))
    return failure.value.errors


def test_what_vtnmd_knows_of_is_told() -> None:
    (error,) = asyncio.run(raising(StateError(Diagnostic("VTN-S007", "no service shop", hint="look again"))))
    assert (error.tag, error.app_tag, error.message) == ("data-missing", "VTN-S007", "no service shop; look again")


def test_a_fault_of_the_server_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    (error,) = asyncio.run(raising(ZeroDivisionError("secret")))
    assert error.tag == "operation-failed"
    assert "secret" not in error.message
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_candidate_of_its_own_is_gone_with_the_session() -> None:
    async def work() -> None:
        backend = depot()
        desk = Desk(backend, capabilities_of(backend.schema))
        sessions = Sessions(desk)
        one = session(1, PRIVATE_CANDIDATE)
        sessions.opened(one)
        assert desk.candidate_of(one) is not backend.candidate
        sessions.closed(one)
        sessions.closed(one)
        await sessions.drained()
        with pytest.raises(Refused):
            desk.candidate_of(one)
        assert desk.totals.in_sessions == desk.totals.dropped_sessions == 1
        assert not backend.sessions

    asyncio.run(work())


def test_an_operation_that_nobody_carries_out_is_not_supported() -> None:
    async def work() -> None:
        backend = depot()
        backend.procedures = {}
        with pytest.raises(RpcFailed, match="operation-not-supported"):
            await Sessions(Desk(backend, ())).handle(session(1), rpc(f'<rest xmlns="{DEPOT}"/>'))

    asyncio.run(work())


def test_large_edits_and_filters_are_carried_out_and_endless_ones_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MUCH_WORK", 500_000)
    jobs = "".join(f"<job><id>{number}</id></job>" for number in range(30_000))
    edit = "<edit-config {base}><target><{store}/></target><config><queue xmlns='{depot}'>{jobs}</queue></config></edit-config>"
    get = "<get-config {base}><source><running/></source><filter type='xpath' select='{path}' xmlns:d='{depot}'/></get-config>"

    async def work() -> None:
        backend = depot()
        sessions, asking = Sessions(Desk(backend, capabilities_of(backend.schema))), session(1)
        sessions.opened(asking)

        async def ask(text: str, **more: str) -> Any:
            return await sessions.handle(asking, rpc(text.format(base=f'xmlns="{BASE}"', depot=DEPOT, **more)))

        await ask(edit, store="candidate", jobs=jobs)
        assert len(backend.candidate.tree.others["depot:queue"].value["job"]) == 30_000
        await ask("<commit {base}/>")
        await ask(edit, store="running", jobs=jobs.replace("<job>", "<job><task>unload</task>"))
        assert backend.running.current.number == 2
        found = await ask(get, path="/d:queue/d:job[d:id > 29998]")
        assert b"".join(found).count(b"<job>") == 1
        with pytest.raises(RpcFailed, match="looks at too much"):
            await ask(get, path="//d:job[count(//d:job) > 0]")
        await backend.running.aclose()

    asyncio.run(work())
