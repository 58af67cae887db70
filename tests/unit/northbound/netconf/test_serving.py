"""Sessions over SSH: who gets in, how many, how long, and what is left when they are over."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from tests.conformance.test_netconf import DEPOT
from tests.support.netconf import until
from tests.support.netconf_peer import Closed, Peer, peer
from tests.support.northbound import Doors
from tests.unit.northbound.netconf.conftest import depot
from vtnmd.netconf.messages import BASE_1_0
from vtnmd.netconf.server import Patience
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.northbound.backend import Backend
from vtnmd.northbound.netconf.serving import NetconfServer, serve_netconf

Work = Callable[[Backend, NetconfServer], Awaitable[None]]


def run(work: Work, host_key: Path, **settings: object) -> None:
    async def main() -> None:
        backend = depot()
        doors = Doors({"ann": "ann", "bob": "bob"})
        server = await serve_netconf(backend, ServerSettings("127.0.0.1", 0, host_key, doors, **settings))  # type: ignore[arg-type] # by name
        try:
            await work(backend, server)
        finally:
            await server.aclose()
            await backend.running.aclose()

    asyncio.run(main())


async def ann(server: NetconfServer, user: str = "ann") -> Peer:
    """A session that has been answered once."""
    session = await peer(server.host, server.port, user, user)
    await session.ask("<discard-changes/>")
    return session


async def ended(session: Peer) -> None:
    with pytest.raises(Closed):
        await session.receive()


def test_a_wrong_password_is_refused(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            await peer(server.host, server.port, "ann", "bob")

    run(work, host_key)


def test_sessions_have_the_number_that_both_protocols_count(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        next(backend.numbers)
        session = await ann(server)
        assert session.number == 2
        assert backend.sessions[2].user == "ann"
        assert backend.sessions[2].client == "127.0.0.1"
        session.connection.abort()
        await until(lambda: not backend.sessions)

    run(work, host_key)


def test_one_user_cannot_take_all_sessions(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        first = await ann(server)
        with pytest.raises(Closed):
            await ann(server)
        other = await ann(server, "bob")
        assert (await other.ask("<get-config><source><running/></source></get-config>")) is not None
        first.connection.abort()

    run(work, host_key, sessions_of_user=1)


def test_there_is_a_limit_of_sessions(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        await ann(server)
        with pytest.raises((Closed, OSError, asyncssh.Error)):
            await ann(server, "bob")

    run(work, host_key, sessions=1)


def test_who_says_nothing_is_sent_away(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        session = await ann(server)
        await ended(session)
        await until(lambda: any(event.content.get("termination-reason") == "timeout" for event in backend.streams.replay(0)))

    run(work, host_key, patience=Patience(idle=0.1))


def test_who_sends_no_hello_is_sent_away(host_key: Path) -> None:
    async def work(_backend: Backend, server: NetconfServer) -> None:
        connection = await asyncssh.connect(server.host, server.port, username="ann", password="ann", known_hosts=None, config=None)
        _, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
        with contextlib.suppress(asyncssh.Error):
            while await reader.read(1024):
                pass
        await connection.wait_closed()

    run(work, host_key, patience=Patience(hello=0.1))


def test_a_hello_that_a_server_would_send_ends_the_session(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        with contextlib.suppress(asyncssh.Error, OSError):
            session = await peer(server.host, server.port, "ann", "ann", ("urn:nothing",))
            await ended(session)
        session = await ann(server)
        state = '<netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><statistics/></netconf-state>'
        reply = await session.ask(f"<get><filter>{state}</filter></get>")
        assert reply.findtext(".//{*}in-bad-hellos") == "1"

    run(work, host_key)


def test_a_message_that_is_too_long_ends_the_session(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        session = await ann(server)
        session.send(f"<rpc>{'x' * 5000}</rpc>")
        await ended(session)

    run(work, host_key, limit=4000)


def test_a_client_of_base_1_0(host_key: Path) -> None:
    async def work(_: Backend, server: NetconfServer) -> None:
        session = await peer(server.host, server.port, "ann", "ann", (BASE_1_0,))
        reply = await session.ask("<get-config><source><running/></source></get-config>")
        assert reply.find("{*}data") is not None

    run(work, host_key)


def test_two_sessions_on_one_connection_end_one_by_one(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        first = await ann(server)
        writer, reader, _ = await first.connection.open_session(subsystem="netconf", encoding=None)
        second = Peer(first.connection, writer, reader)
        await second.greet(BASE_1_0)
        await second.ask("<discard-changes/>")
        backend.sessions[second.number].cut()
        await ended(second)
        reply = await first.ask("<get-config><source><running/></source></get-config>")
        assert reply.find("{*}data") is not None

    run(work, host_key)


def test_notifications_stand_between_replies(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        session = await ann(server)
        await session.ask('<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>')
        for number in range(200):
            backend.streams.publish("depot:spill", {"what": "x" * 1000})
            reply = await session.ask("<get-config><source><running/></source></get-config>")
            assert reply.get("message-id") == str(number + 3)
        while len(session.notices) < 200:
            session.notices.append(await session.receive())

    run(work, host_key)


def test_who_is_too_slow_for_events_is_sent_away(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        backend.streams.backlog = 10
        session = await ann(server)
        await session.ask('<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>')
        for _ in range(100):
            backend.streams.publish("depot:spill", {"what": "x"})
        await until(lambda: not backend.sessions)

    run(work, host_key)


def test_everything_is_over_when_the_server_is(host_key: Path) -> None:
    async def work(backend: Backend, server: NetconfServer) -> None:
        session = await ann(server)
        gate = f'<gate xmlns="{DEPOT}"><opens>1</opens></gate>'
        await session.ask(f"<edit-config><target><candidate/></target><config>{gate}</config></edit-config>")
        await session.ask("<commit><confirmed/></commit>")
        assert backend.running.current.others
        await server.aclose()
        assert not backend.sessions
        assert not backend.running.current.others

    run(work, host_key)


def test_the_server_connects_out_to_a_client(host_key: Path) -> None:
    async def work(_backend: Backend, server: NetconfServer) -> None:
        arrived: asyncio.Queue[asyncssh.SSHClientConnection] = asyncio.Queue()
        acceptor = await asyncssh.listen_reverse(
            "127.0.0.1", 0, known_hosts=None, username="ann", password="ann", config=None, acceptor=arrived.put_nowait
        )
        calling = asyncio.create_task(server.call("127.0.0.1", acceptor.get_addresses()[0][1]))
        connection = await asyncio.wait_for(arrived.get(), 20)
        writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
        session = Peer(connection, writer, reader)
        await session.greet(BASE_1_0)
        assert (await session.ask("<get-config><source><running/></source></get-config>")).find("{*}data") is not None
        connection.abort()
        await asyncio.wait_for(calling, 20)
        acceptor.close()

    run(work, host_key)
